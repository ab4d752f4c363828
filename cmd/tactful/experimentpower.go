package main

import (
	"fmt"
	"strconv"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/experiment"
)

type experimentPowerCommand struct {
	Base  []float64 `default:"0.02,0.05,0.1,0.2" help:"Rates of control."`
	Ratio []float64 `default:"1.2,1.5,2" help:"Rates of the variant, as multiples of control's."`
	Most  int       `default:"60000" help:"People that are tried at most, in both arms together."`
	Seed  uint64    `default:"1" help:"Seed; the same one gives the same table."`
	JSON  bool      `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (experimentPowerCommand) Help() string {
	return `PEOPLE are those of both arms together that suffice in eight of ten experiments which are looked at all the time; each line is played 60
times. An interval that bears looking at any time needs more people than one that is looked at once: that is its price.

Examples:
  tactful experiment power
  tactful experiment power --base 0.03 --ratio 1.3,1.6 --most 200000`
}

// Run plays.
func (c *experimentPowerCommand) Run(a *app) error {
	if c.Most < 100 || c.Most > 2_000_000 || len(c.Base)*len(c.Ratio) > 64 {
		return tactful.InvalidField("--most", "or the number of lines is out of range", "try 100 to 2000000 people, and at most 64 lines")
	}
	bar := a.progress()
	defer bar.End()
	lines := []experiment.Power{}
	for _, base := range c.Base {
		for _, ratio := range c.Ratio {
			other := base * ratio
			if !(base > 0 && base < 1 && other > 0 && other < 1) {
				return tactful.InvalidField("--base", "or the variant's rate is no rate", "keep both between 0 and 1")
			}
			p, err := experiment.PowerOf(a.ctx, base, other, c.Most, c.Seed, bar.Report)
			if err != nil {
				return err
			}
			lines = append(lines, p)
		}
	}
	bar.End()
	if c.JSON {
		return showJSON(a.out, lines)
	}
	rows := [][]string{{"CONTROL", "VARIANT", "PEOPLE"}}
	for _, p := range lines {
		people := strconv.Itoa(p.People)
		if p.People == 0 {
			people = fmt.Sprintf("more than %d", p.Most)
		}
		rows = append(rows, []string{fmt.Sprintf("%.3f", p.Base), fmt.Sprintf("%.3f", p.Other), people})
	}
	return showTable(a.out, rows)
}
