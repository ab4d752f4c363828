package main

import (
	"fmt"
	"time"

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

type tuneCommand struct {
	Train   string        `required:"" placeholder:"FILE" help:"Training pairs; validation is cut from them."`
	Share   float64       `default:"0.1" help:"Share of each person's items that is held out."`
	Seed    uint64        `default:"1" help:"Seed of the cut."`
	K       int           `help:"Neighbours; 0 chooses from the curve."`
	Prices  string        `enum:",support,k,explore,dropout,exponent" default:"" help:"Instead of searching, print what each value of this setting costs: support, k, explore, dropout, exponent."`
	Support uint32        `default:"1" help:"Distinct people a pair needs."`
	Budget  time.Duration `default:"30m" help:"No trial begins after it."`
	Journal string        `placeholder:"FILE" help:"Remember trials here, so that the search can be resumed."`
	JSON    bool          `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (tuneCommand) Help() string {
	return `Prints every trial and the chosen settings as YAML for engine.learn. The test split is never read.

Examples:
  tactful tune --train train.txt.gz --journal tune.jsonl --budget 1h
  tactful tune --train train.txt.gz --prices support`
}

// Run tunes.
func (c *tuneCommand) Run(a *app) error {
	train, err := evaluate.ReadPairsFile(a.ctx, c.Train)
	if err != nil {
		return err
	}
	if c.Prices != "" {
		return c.prices(a, train)
	}
	say := a.out
	if c.JSON {
		say = a.err
	}
	fmt.Fprintln(say, "     k     b     p       l   rank  recall   ndcg   items")
	found, err := evaluate.Tune(a.ctx, tactful.SystemClock{}, train, evaluate.TuneOptions{
		K: c.K, Share: c.Share, Seed: c.Seed, Support: c.Support, Budget: c.Budget, Journal: c.Journal,
		Told: func(t evaluate.Trial) {
			fmt.Fprintf(say, "%6d %5g %5g %7g %6g  %.4f  %.4f %6d\n", t.K, t.Exponent, t.Dropout, t.Ridge, t.Rank, t.Recall, t.NDCG, t.Coverage)
		},
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, found)
	}
	s := found.Settings
	fmt.Fprintf(a.out, "\nengine:\n  learn:\n    neighbours: %d\n    user_exponent: %g\n    dropout: %g\n    ridge: %g\n    rank: %g\n    support: %d\n",
		s.K, found.Exponent, s.Dropout, s.Ridge, s.Rank, max(s.Support, 1))
	if !found.Finished {
		fmt.Fprintln(a.out, "# the budget ran out before the search did; run again with --journal to go on")
	}
	return nil
}

// priceValues are what each setting is measured at.
var priceValues = map[string]struct {
	axis   evaluate.Axis
	values []float64
}{
	"support":  {evaluate.SupportAxis, []float64{1, 2, 3, 5, 10, 20, 50}},
	"k":        {evaluate.SizeAxis, []float64{10, 25, 50, 100, 200, 400}},
	"explore":  {evaluate.ExploreAxis, []float64{0, 0.05, 0.1, 0.2, 0.3, 0.5}},
	"dropout":  {evaluate.DropoutAxis, []float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8}},
	"exponent": {evaluate.ExponentAxis, []float64{0, 0.2, 0.3, 0.4, 0.5, 0.7}},
}

// prices prints what a setting's values cost on the validation cut.
func (c *tuneCommand) prices(a *app, train *evaluate.Pairs) error {
	bar := a.progress()
	defer bar.End()
	o := evaluate.DefaultOptions()
	o.Settings.Support = c.Support
	if c.K > 0 {
		o.Settings.K = c.K
	}
	o.Progress = func(done, total int) { bar.Report("fit", done, total) }
	choice := priceValues[c.Prices]
	prices, err := evaluate.Prices(a.ctx, train, o, c.Share, c.Seed, choice.axis, choice.values)
	if err != nil {
		return err
	}
	bar.End()
	if c.JSON {
		return showJSON(a.out, prices)
	}
	return evaluate.WritePrices(a.out, choice.axis, prices)
}
