package main

import (
	"crypto/rand"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/replay"
)

type replayCommand struct {
	Seed uint64 `default:"1" help:"Seed of the attacks; the same seed gives the same attack."`
	JSON bool   `name:"json" help:"A row a line as JSON."`
}

// Help adds examples to --help.
func (replayCommand) Help() string {
	return `Each row attacks a plain engine and this one in the same process and says whether the goal is met. The exit code is 1 if one is missed.

Example:
  tactful replay --seed 7 --json`
}

// Run replays.
func (c *replayCommand) Run(a *app) error {
	rows, err := replay.Run(a.ctx, a.out, replay.Options{Seed: c.Seed, JSON: c.JSON, Clock: tactful.SystemClock{}, Entropy: rand.Reader})
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
