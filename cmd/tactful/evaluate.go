package main

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/evaluate"
)

// modelFlags are the settings of a fit; what is left out is as shipped or as
// the configuration says.
type modelFlags struct {
	Config   string   `placeholder:"FILE" help:"Take the model's settings from this configuration."`
	K        *int     `help:"Neighbours of each item."`
	Exponent *float64 `help:"User-weight exponent b."`
	Ridge    *float64 `help:"Ridge l."`
	Dropout  *float64 `help:"Dropout p."`
	Support  *int     `help:"Distinct people a pair needs; 1 switches pruning off."`
	Explore  *float64 `help:"Exponent a that lifts the long tail."`
}

// options lays the flags over the configuration.
func (f *modelFlags) options() (evaluate.Options, config.Config, error) {
	cfg, err := config.Load(f.Config)
	if err != nil {
		return evaluate.Options{}, cfg, err
	}
	l := &cfg.Engine.Learn
	over(&l.Neighbours, f.K)
	over(&l.UserExponent, f.Exponent)
	over(&l.Ridge, f.Ridge)
	over(&l.Dropout, f.Dropout)
	over(&l.Support, f.Support)
	over(&l.Explore, f.Explore)
	return evaluate.Options{Exponent: l.UserExponent, Settings: l.Settings()}, cfg, cfg.Validate()
}

func over[T any](at, flag *T) {
	if flag != nil {
		*at = *flag
	}
}

type evaluateCommand struct {
	modelFlags
	Train     string `placeholder:"FILE" help:"Training pairs; the shipped demo purchases if left out."`
	Test      string `placeholder:"FILE" help:"Held-out pairs; a fifth of each demo customer's items if left out."`
	Format    string `enum:"pairs" default:"pairs" help:"pairs: a line is a user number and their item numbers; plain or gzip."`
	Through   string `enum:"model,engine" default:"model" help:"model: the raw model; engine: also every list from the whole path, with consent, all guards and receipts."`
	At        int    `default:"20" help:"Length of the lists."`
	Baselines bool   `help:"Also popularity, item-kNN, and dense EASE on small catalogues."`
	JSON      bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (evaluateCommand) Help() string {
	return `Full ranking over all items, never sampled negatives; what a person has in training is left out.
Use the test split once: tune on validation cut from the training data (tactful tune).

Examples:
  tactful evaluate --train train.txt.gz --test test.txt.gz --support 1
  tactful evaluate --train train.txt.gz --test test.txt.gz --k 100 --support 1 --json
  tactful evaluate --through engine     on the shipped demo purchases`
}

// Run measures.
func (c *evaluateCommand) Run(a *app) error {
	a = a.work()
	opt, cfg, err := c.options()
	if err != nil {
		return err
	}
	train, test, err := openPairs(a.ctx, c.Train, c.Test)
	if err != nil {
		return err
	}
	bar := a.progress()
	defer bar.End()
	opt.Length, opt.Progress = c.At, func(done, total int) { bar.Report("fit", done, total) }
	if c.Baselines {
		opt.Baselines = evaluate.PlainBaselines
	}
	report, err := evaluate.Evaluate(a.ctx, tactful.SystemClock{}, train, test, opt)
	if err != nil {
		return err
	}
	if c.Through == "engine" {
		row, err := throughEngine(a, cfg, train, test, c.At, bar.Report)
		if err != nil {
			return err
		}
		report.Rows = append(report.Rows, row)
	}
	bar.End()
	if c.JSON {
		return showJSON(a.out, report)
	}
	return report.WriteTable(a.out)
}
