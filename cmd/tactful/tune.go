package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/alecthomas/kong"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/evaluate"
)

type tuneCommand struct {
	Train   string        `placeholder:"FILE" help:"Training pairs; validation is cut from them. The shipped demo purchases if left out."`
	Share   float64       `default:"0.1" help:"Share of each person's items that is held out."`
	Seed    uint64        `default:"1" help:"Seed of the cut."`
	K       int           `help:"Neighbours; 0 chooses from the curve."`
	Support supportFlag   `help:"Print what each support costs: distinct people that a pair of items needs. With a number: search with that support."`
	Prices  string        `enum:",support,k,explore,dropout,exponent" default:"" help:"Instead of searching, print what each value of this setting costs: support, k, explore, dropout, exponent."`
	Budget  time.Duration `default:"30m" help:"No trial begins after it."`
	Journal string        `placeholder:"FILE" help:"Remember trials here, so that the search can be resumed."`
	Write   string        `placeholder:"FILE" help:"Write the chosen settings into this configuration; all else in it stays as it is."`
	JSON    bool          `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (tuneCommand) Help() string {
	return `Chooses k, user-weight exponent b, dropout p, ridge l and the rank exponent of neighbour selection. Prints every trial and
the chosen settings as YAML for engine.learn. The test split is never read; the same seed gives the same choice.

Examples:
  tactful tune --train train.txt.gz --journal tune.jsonl --budget 1h --write tactful.yaml
  tactful tune --train train.txt.gz --support        what it costs to ask for more people behind each pair
  tactful tune --train train.txt.gz --support=2      search with two people behind each pair
  tactful tune --prices explore                      recall against coverage, on the shipped purchases`
}

// supportFlag prices support when it stands alone, and sets it with a number.
type supportFlag struct {
	Price  bool
	People uint32
}

// IsBool lets the flag stand alone.
func (supportFlag) IsBool() bool { return true }

// Decode reads the number, if there is one: --support=2 or --support 2.
func (f *supportFlag) Decode(c *kong.DecodeContext) error {
	next := c.Scan.Peek()
	text, given := next.Value.(string)
	if given && next.Type != kong.FlagValueToken {
		_, err := strconv.Atoi(text)
		given = err == nil
	}
	if !given || next.IsEOL() {
		f.Price = true
		return nil
	}
	c.Scan.Pop()
	people, err := strconv.ParseUint(text, 10, 20)
	if err != nil || people < 1 {
		return tactful.InvalidField("--support", "is not a count of people", "write a number from 1, or nothing to print the prices")
	}
	f.People = uint32(people)
	return nil
}

// Run tunes.
func (c *tuneCommand) Run(a *app) error {
	a = a.work()
	train, err := c.pairs(a)
	if err != nil {
		return err
	}
	if c.Support.Price {
		c.Prices = evaluate.SupportAxis.String()
	}
	if c.Prices != "" {
		return c.prices(a, train)
	}
	if c.Write != "" { // a file with faults is told before the search, not after
		if err := config.Amend(c.Write, nil); err != nil {
			return err
		}
	}
	say := a.out
	if c.JSON {
		say = a.err
	}
	fmt.Fprintln(say, "     k     b     p       l   rank  recall   ndcg   items")
	found, err := evaluate.Tune(a.ctx, tactful.SystemClock{}, train, evaluate.TuneOptions{
		K: c.K, Share: c.Share, Seed: c.Seed, Support: max(c.Support.People, 1), Budget: c.Budget, Journal: c.Journal,
		Told: func(t evaluate.Trial) {
			fmt.Fprintf(say, "%6d %5g %5g %7g %6g  %.4f  %.4f %6d\n", t.K, t.Exponent, t.Dropout, t.Ridge, t.Rank, t.Recall, t.NDCG, t.Coverage)
		},
	})
	if err != nil {
		return err
	}
	if c.Write != "" {
		if err := config.Amend(c.Write, tuned(found)); err != nil {
			return err
		}
		fmt.Fprintf(a.err, "%s: the chosen settings are written\n", c.Write)
	}
	if c.JSON {
		return showJSON(a.out, found)
	}
	fmt.Fprintln(a.out, "\nengine:\n  learn:")
	for _, s := range tuned(found) {
		fmt.Fprintf(a.out, "    %s: %s\n", s.Path[len(s.Path)-1], s.Value)
	}
	if !found.Finished {
		fmt.Fprintln(a.out, "# the budget ran out before the search did; run again with --journal to go on")
	}
	return nil
}

// tuned are the chosen settings as the configuration names them.
func tuned(t *evaluate.Tuned) (chosen []config.Scalar) {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	for _, s := range [...]struct{ name, value string }{
		{"neighbours", strconv.Itoa(t.Settings.K)}, {"user_exponent", number(t.Exponent)}, {"dropout", number(t.Settings.Dropout)},
		{"ridge", number(t.Settings.Ridge)}, {"rank", number(t.Settings.Rank)}, {"support", strconv.Itoa(int(max(t.Settings.Support, 1)))},
	} {
		chosen = append(chosen, config.Scalar{Path: []string{"engine", "learn", s.name}, Value: s.value})
	}
	return chosen
}

func (c *tuneCommand) pairs(a *app) (*evaluate.Pairs, error) {
	if c.Train == "" {
		return retailPairs()
	}
	return evaluate.ReadPairsFile(a.ctx, c.Train)
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
	o.Settings.Support = max(c.Support.People, 1)
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
