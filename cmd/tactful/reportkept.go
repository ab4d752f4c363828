package main

import (
	"crypto/rand"
	"fmt"
	"strconv"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/noise"
	"github.com/tactful/tactful/internal/report"
	"github.com/tactful/tactful/internal/retail"
)

type reportKeptCommand struct {
	Epsilon []float64 `default:"0.25,0.5,1,2" help:"Budgets of a month to try."`
	Days    []int     `default:"30,90,373" help:"Windows to try; the shipped purchases span 373 days."`
	Items   int       `default:"40" help:"Items of one person that count."`
	Draws   int       `default:"10" help:"How often each is drawn."`
	JSON    bool      `name:"json" help:"Print as JSON."`
}

// Help says what the table is good for.
func (reportKeptCommand) Help() string {
	return `Where engine.reports.bestsellers.noised is on, what everybody sees as popular is a list that is made once a month from counts with
noise. KEPT is the share of the true top 20 that it keeps, SAYS what the noised counts themselves say of it. Only a list that says 75 % or
more is shown, so that it keeps about 70 % at least; else the list of a month before stays, or your own (curated). Choose the window and
epsilon by this table: a longer window, or more people, keeps more at the same epsilon.

Example:
  tactful report kept --epsilon 0.5,1,2 --days 90,373`
}

// Run draws lists over known counts.
func (c *reportKeptCommand) Run(a *app) error {
	a = a.work()
	if c.Draws < 1 || c.Draws > 1000 {
		return tactful.InvalidField("--draws", "is out of range", "use 1 to 1000")
	}
	data, err := retail.Load()
	if err != nil {
		return err
	}
	items := data.Items()
	groups := make([]report.Group, len(items))
	for i := range items {
		groups[i].Name = items[i].ID
	}
	bar := a.progress()
	defer bar.End()
	source := noise.NewSource(rand.Reader)
	var all []report.Kept
	for _, days := range c.Days {
		var people [][]int32
		for _, bought := range data.BoughtWithin(days) {
			in := make([]int32, len(bought))
			for i, no := range bought {
				in[i] = int32(no) - 1
			}
			people = append(people, in)
		}
		for _, epsilon := range c.Epsilon {
			if err := a.ctx.Err(); err != nil {
				return err
			}
			set := report.Settings{Epsilon: epsilon, Items: c.Items}
			set.Defaults()
			if err := set.Validate(); err != nil {
				return err
			}
			kept, err := report.MeasureKept(people, groups, &set, c.Draws, source)
			if err != nil {
				return err
			}
			kept.Days = days
			all = append(all, kept)
			bar.Report("draw lists", len(all), len(c.Days)*len(c.Epsilon))
		}
	}
	bar.End()
	if c.JSON {
		return showJSON(a.out, all)
	}
	rows := [][]string{{"DAYS", "PEOPLE", "EPSILON", "KEPT", "SAYS", "SHOWN", "WORST SHOWN"}}
	share := func(f float64) string { return fmt.Sprintf("%.0f %%", 100*f) }
	for _, k := range all {
		worst := "-"
		if k.Published > 0 {
			worst = share(k.Worst)
		}
		rows = append(rows, []string{strconv.Itoa(k.Days), strconv.Itoa(k.People), strconv.FormatFloat(k.Epsilon, 'g', 3, 64), share(k.True), share(k.Estimated), share(k.Published), worst})
	}
	return showTable(a.out, rows)
}
