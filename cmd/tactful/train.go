package main

import (
	"fmt"
	"time"

	"github.com/tactful/tactful/engine"
)

type trainCommand struct {
	configFlags
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (trainCommand) Help() string {
	return "Learns only from people whose consent covers improvement now. A running server fits by itself (engine.learn.every, .changes).\n\nExample:\n  tactful train --config tactful.yaml"
}

// Run fits the model.
func (c *trainCommand) Run(a *app) error {
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	bar := a.progress()
	defer bar.End()
	report, err := eng.Train(a.ctx, bar.Report)
	if err != nil {
		return err
	}
	bar.End()
	return c.show(a, report)
}

func (c *trainCommand) show(a *app, r engine.TrainReport) error {
	if c.JSON {
		return showJSON(a.out, map[string]any{"people": r.People, "items": r.Items, "weights": r.Pairs, "columns": r.Columns, "model": r.Hash, "seconds": r.Took.Seconds()})
	}
	_, err := fmt.Fprintf(a.out, "model %.12s: learned from %d people about %d items, %d weights, %d columns solved, %s\n",
		r.Hash, r.People, r.Items, r.Pairs, r.Columns, r.Took.Round(time.Millisecond))
	return err
}
