package main

import (
	"crypto/rand"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/replay"
)

type replayCommand struct {
	Seed uint64   `default:"1" help:"Seed of the attacks; the same seed gives the same attack."`
	Data string   `type:"existingdir" placeholder:"DIR" help:"Directory with the public data sets (ml-1m, completejourney); synthetic people without it."`
	Rows []string `placeholder:"NAME" help:"Only these rows, separated by commas."`
	JSON bool     `name:"json" help:"A row a line as JSON."`
}

// Help adds examples to --help.
func (replayCommand) Help() string {
	return `Each row attacks a plain engine and this one in the same process and says whether the goal is met. The exit code is 1 if one is missed.
MovieLens is not shipped: GroupLens allows no passing on. Get it from them, and name the directory with --data.

Examples:
  tactful replay --seed 7 --json
  tactful replay --rows specific,hide --data ../shared/data`
}

// Run replays.
func (c *replayCommand) Run(a *app) error {
	a = a.work()
	bar := a.progress()
	defer bar.End()
	rows, err := replay.Run(a.ctx, a.out, replay.Options{
		Seed: c.Seed, JSON: c.JSON, Data: c.Data, Rows: c.Rows, Progress: bar.Report, Clock: tactful.SystemClock{}, Entropy: rand.Reader,
	})
	if err != nil {
		return err
	}
	for _, row := range rows {
		if !row.Met {
			return errGoalMissed
		}
	}
	return nil
}
