package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/tactful/tactful/engine"
)

type trainCommand struct {
	configFlags
	serverFlags
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (trainCommand) Help() string {
	return "Learns only from people whose consent covers improvement now. A running server fits by itself (engine.learn.every, .changes).\n\nExamples:\n  tactful train --config tactful.yaml\n  TACTFUL_KEY=tk_… tactful train --url http://127.0.0.1:8080"
}

// Run fits the model.
func (c *trainCommand) Run(a *app) error {
	if c.URL != "" {
		return c.order(a)
	}
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

// order has a running server fit the model.
func (c *trainCommand) order(a *app) error {
	var answer struct {
		People, Items, Pairs int64
		Columns              int
		Model                string
		Seconds              float64
		Blind                []struct {
			Attribute string
			Values    [2]string
		}
		PanelFitSeconds float64
	}
	if _, err := c.ask(a, http.MethodPost, "/v1/train", nil, &answer); err != nil {
		return err
	}
	seconds := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	report := engine.TrainReport{People: answer.People, Items: answer.Items, Pairs: answer.Pairs, Columns: answer.Columns, Hash: answer.Model,
		Took: seconds(answer.Seconds), PanelFit: seconds(answer.PanelFitSeconds)}
	for _, b := range answer.Blind {
		report.Blind = append(report.Blind, engine.Blindness{Attribute: b.Attribute, Values: b.Values})
	}
	return c.show(a, report)
}

func (c *trainCommand) show(a *app, r engine.TrainReport) error {
	if c.JSON {
		blind := []map[string]any{}
		for _, b := range r.Blind {
			blind = append(blind, map[string]any{"attribute": b.Attribute, "values": b.Values})
		}
		return showJSON(a.out, map[string]any{"people": r.People, "items": r.Items, "weights": r.Pairs, "columns": r.Columns, "model": r.Hash, "seconds": r.Took.Seconds(),
			"blind": blind, "panelFitSeconds": r.PanelFit.Seconds()})
	}
	if r.PanelFit > 0 {
		fmt.Fprintf(a.out, "panel changed: full fit, %.1f s\n", r.PanelFit.Seconds())
	}
	for _, b := range r.Blind {
		fmt.Fprintf(a.out, "blind to %s: %s and %s\n", b.Attribute, b.Values[0], b.Values[1])
	}
	_, err := fmt.Fprintf(a.out, "model %.12s: learned from %d people about %d items, %d weights, %d columns solved, %s\n",
		r.Hash, r.People, r.Items, r.Pairs, r.Columns, r.Took.Round(time.Millisecond))
	return err
}

type modelCommand struct {
	configFlags
	serverFlags
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (modelCommand) Help() string {
	return "The card says what the model in use is made of, how often it was fitted, and how often it had to forget.\n\nExamples:\n  tactful model --config tactful.yaml --json\n  TACTFUL_KEY=tk_… tactful model --url http://127.0.0.1:8080"
}

// Run prints the card of the model in use.
func (c *modelCommand) Run(a *app) error {
	card, err := c.card(a)
	if err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, card)
	}
	return showTable(a.out, [][]string{
		{"model", card.Hash},
		{"fitted", card.Fitted.Format(time.RFC3339)},
		{"learned from", fmt.Sprintf("%d people, whose consent to improvement stood then", card.People)},
		{"about", fmt.Sprintf("%d items, %d weights", card.Items, card.Weights)},
		{"this fit solved", fmt.Sprintf("%d columns; the others were taken over unchanged", card.Columns)},
		{"fits so far", fmt.Sprint(card.Fits)},
		{"forgettings so far", fmt.Sprint(card.Forgettings)},
		{"settings", fmt.Sprintf("k %d, b %g, l %g, p %g, rank %g, support %d, explore %g", card.Settings.K, card.Settings.Exponent,
			card.Settings.Ridge, card.Settings.Dropout, card.Settings.Rank, card.Settings.Support, card.Settings.Explore)},
	})
}

func (c *modelCommand) card(a *app) (card engine.ModelCard, err error) {
	if c.URL != "" {
		_, err = c.ask(a, http.MethodGet, "/v1/model", nil, &card)
		return card, err
	}
	eng, done, err := c.open(a)
	if err != nil {
		return card, err
	}
	defer done()
	return eng.ModelCard()
}
