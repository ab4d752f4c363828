package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/chart"
	"github.com/tactful/tactful/internal/evaluate"
	"github.com/tactful/tactful/internal/learn"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/model"
	"github.com/tactful/tactful/internal/retail"
)

type benchLearn struct {
	modelFlags
	Train   string `placeholder:"FILE" help:"Training pairs; the shipped demo purchases if left out."`
	Test    string `placeholder:"FILE" help:"Held-out pairs; cut from the demo purchases if left out."`
	Forget  int    `default:"100" help:"People to forget one by one, and as many again at once."`
	Panel   int    `default:"500" help:"Members of each group of a panel, to see what it makes forgetting cost; none: 0."`
	Sizes   []int  `default:"5000,10000,20000,40000" help:"Catalogue sizes of the synthetic cost curve; none: 0."`
	PerItem int    `default:"30" help:"Events per item of the synthetic data."`
	Large   bool   `help:"Also 100,000 items and 10 million events."`
	SVG     string `name:"svg" placeholder:"DIR" help:"Write the curves as SVG here."`
	JSON    bool   `name:"json" help:"Print as JSON."`
	profileFlags
}

// Help adds examples to --help.
func (benchLearn) Help() string {
	return `One run prints: accuracy beside popularity, item-kNN and (on small catalogues) dense EASE; what a day's 1 % of new events costs
beside a full fit; what forgetting costs, with a panel and without, and that it ends at the model that never saw the people; the time of one list;
cost per item against catalogue size; accuracy against size and against support (validation cut from the training pairs).

Examples:
  tactful bench learn
  tactful bench learn --train train.txt.gz --test test.txt.gz --support 1 --json
  tactful bench learn --sizes 0 --svg docs/model`
}

// learnResult is the table of one run.
type learnResult struct {
	Cores       int                 `json:"cores"`
	Accuracy    *evaluate.Report    `json:"accuracy"`
	Incremental []incremental       `json:"incremental"`
	Forgetting  *evaluate.Forgotten `json:"forgetting"`
	Engine      []protected         `json:"forgettingInTheEngine,omitempty"`
	Serving     serving             `json:"serving"`
	Cost        []costRow           `json:"cost"`
	BySize      []evaluate.Price    `json:"bySize"`
	BySupport   []evaluate.Price    `json:"bySupport"`
	PeakBytes   int64               `json:"peakBytes"`
	Effort      effort              `json:"effort"`
}

// Run measures and prints.
func (c *benchLearn) Run(a *app) error {
	a = a.work()
	var r learnResult
	cost, err := c.measure(func() error { return c.bench(a, &r) })
	if err != nil {
		return err
	}
	r.PeakBytes, r.Effort = evaluate.PeakBytes(), cost
	if c.SVG != "" {
		if err := r.draw(c.SVG); err != nil {
			return err
		}
	}
	if c.JSON {
		return showJSON(a.out, r)
	}
	if err := r.show(a); err != nil {
		return err
	}
	return cost.show(a, 1, "run")
}

// bench fills in the table.
func (c *benchLearn) bench(a *app, r *learnResult) error {
	opt, _, err := c.options()
	if err != nil {
		return err
	}
	train, test, err := openPairs(a.ctx, c.Train, c.Test)
	if err != nil {
		return err
	}
	bar := a.progress()
	defer bar.End()
	clock := tactful.SystemClock{}
	opt.Length, opt.Baselines = 20, evaluate.PlainBaselines
	opt.Progress = func(done, total int) { bar.Report("fit", done, total) }
	r.Cores = runtime.GOMAXPROCS(0)
	if r.Accuracy, err = evaluate.Evaluate(a.ctx, clock, train, test, opt); err != nil {
		return err
	}
	if r.Serving, err = measureServing(a.ctx, train, opt); err != nil {
		return err
	}
	for _, day := range []day{someOfMany, allOfFew} {
		row, err := measureIncremental(a.ctx, train, opt, day)
		if err != nil {
			return err
		}
		r.Incremental = append(r.Incremental, row)
	}
	if c.Forget > 0 {
		if r.Forgetting, err = evaluate.Forget(a.ctx, clock, train, opt, c.Forget, 1); err != nil {
			return err
		}
	}
	if c.Forget > 0 {
		quiet := opt
		quiet.Progress = nil
		for i, size := range slices.Compact([]int{0, max(c.Panel, 0)}) {
			bar.Report("forgetting in the engine", i, 2)
			row, err := measureProtected(a.ctx, train, quiet, size, c.Forget)
			if err != nil {
				return err
			}
			r.Engine = append(r.Engine, row)
		}
	}
	sizes := c.Sizes
	if len(sizes) == 1 && sizes[0] == 0 {
		sizes = nil
	}
	for i, items := range sizes {
		bar.Report("cost by size", i, len(sizes))
		row, err := measureCost(a.ctx, items, c.PerItem*items, opt)
		if err != nil {
			return err
		}
		r.Cost = append(r.Cost, row)
	}
	if c.Large {
		bar.Report("100,000 items, 10 M events", 0, 1)
		row, err := measureCost(a.ctx, 100_000, 10_000_000, opt)
		if err != nil {
			return err
		}
		r.Cost = append(r.Cost, row)
	}
	if c.Train == "" || c.SVG != "" {
		quiet := opt
		quiet.Progress = nil
		bar.Report("accuracy by size", 0, 1)
		if r.BySize, err = evaluate.Prices(a.ctx, train, quiet, 0.1, 2, evaluate.SizeAxis, []float64{10, 25, 50, 100, 200, 400}); err != nil {
			return err
		}
		bar.Report("accuracy by support", 0, 1)
		if r.BySupport, err = evaluate.Prices(a.ctx, train, quiet, 0.1, 2, evaluate.SupportAxis, []float64{1, 2, 3, 5, 10, 20, 50}); err != nil {
			return err
		}
	}
	return nil
}

// openPairs reads a split, or cuts one from the shipped purchases.
func openPairs(ctx context.Context, trainFile, testFile string) (train, test *evaluate.Pairs, err error) {
	switch {
	case trainFile == "" && testFile == "":
		all, err := retailPairs()
		if err != nil {
			return nil, nil, err
		}
		train, test = evaluate.Split(all, demoHeldOut, 1)
		return train, test, nil
	case trainFile == "" || testFile == "":
		return nil, nil, tactful.InvalidField("--test", "stands without --train, or --train without --test", "give both, or neither for the shipped data")
	}
	if train, err = evaluate.ReadPairsFile(ctx, trainFile); err != nil {
		return nil, nil, err
	}
	test, err = evaluate.ReadPairsFile(ctx, testFile)
	return train, test, err
}

// demoHeldOut is the share of each customer's items that measures, not trains.
const demoHeldOut = 0.2

// retailPairs is who bought what in the shipped data.
func retailPairs() (*evaluate.Pairs, error) {
	data, err := retail.Load()
	if err != nil {
		return nil, err
	}
	return &evaluate.Pairs{People: data.Bought(), Items: len(data.Items()) + 1}, nil
}

// serving is the time of one raw list.
type serving struct {
	History int           `json:"history"`
	Lists   int           `json:"lists"`
	P50     time.Duration `json:"p50_ns"`
	P99     time.Duration `json:"p99_ns"`
}

// measureServing scores histories of 50 items, one goroutine, top 20.
func measureServing(ctx context.Context, train *evaluate.Pairs, opt evaluate.Options) (serving, error) {
	m, err := evaluate.FitPairs(ctx, train, linear.NewParameters(1, opt.Exponent), opt.Settings, opt.Progress)
	if err != nil {
		return serving{}, err
	}
	s := serving{History: 50, Lists: 5000}
	r := rand.New(rand.NewPCG(1, 50))
	scratch := m.NewScratch()
	var times []time.Duration
	for range s.Lists {
		// Histories are joined from people, so that items are as popular as in life.
		var inputs []model.Input
		for len(inputs) < s.History {
			items := train.People[r.IntN(len(train.People))]
			for _, item := range items[:min(len(items), s.History-len(inputs))] {
				if column, ok := m.Column(tactful.ItemNo(item)); ok {
					inputs = append(inputs, model.Input{Column: column, Weight: 1})
				}
			}
		}
		begun := time.Now()
		list := m.Score(scratch, inputs, 20, nil)
		times = append(times, time.Since(begun))
		if len(list) == 0 && m.Edges() > 0 {
			return serving{}, fmt.Errorf("a history of %d items gave an empty list", s.History)
		}
	}
	slices.Sort(times)
	s.P50, s.P99 = times[len(times)/2], times[len(times)*99/100]
	return s, nil
}

// incremental is what a day's new events cost beside a full fit.
type incremental struct {
	Day     string        `json:"day"`
	Share   float64       `json:"share"`
	People  int           `json:"people"`
	Full    time.Duration `json:"full_ns"`
	FullCPU time.Duration `json:"full_processor_ns"`
	Refit   time.Duration `json:"refit_ns"`
	CPU     time.Duration `json:"refit_processor_ns"`
	Columns int           `json:"columns"`
	Of      int           `json:"of"`
	Equal   bool          `json:"equal"` // the model equals a full fit, byte for byte
}

// day says whose events come new.
type day string

const (
	someOfMany day = "a tenth of some people's histories"
	allOfFew   day = "the whole histories of few people"
)

// measureIncremental trains without 1 % of the events and then adds them.
func measureIncremental(ctx context.Context, train *evaluate.Pairs, opt evaluate.Options, day day) (incremental, error) {
	p := linear.NewParameters(1, opt.Exponent)
	learner, err := learn.New(p, opt.Settings)
	if err != nil {
		return incremental{}, err
	}
	r := rand.New(rand.NewPCG(7, 1))
	before := &evaluate.Pairs{Items: train.Items, People: slices.Clone(train.People)}
	moved, people := 0, 0
	for _, person := range r.Perm(len(train.People)) {
		if moved*100 >= train.Count() {
			break
		}
		items := train.People[person]
		if len(items) < 2 {
			continue
		}
		cut := len(items)
		if day == someOfMany {
			cut = max(1, len(items)/10)
		}
		before.People[person] = items[:len(items)-cut]
		moved += cut
		people++
	}
	old, now := evaluate.Contributions(before, p), evaluate.Contributions(train, p)
	for i := range old {
		if err := learner.Apply(nil, &old[i]); err != nil {
			return incremental{}, err
		}
	}
	begun, used := time.Now(), evaluate.Processor()
	if _, err := learner.Fit(ctx, 0, opt.Progress); err != nil {
		return incremental{}, err
	}
	out := incremental{Day: string(day), Share: float64(moved) / float64(train.Count()), People: people, Full: time.Since(begun), FullCPU: evaluate.Processor() - used}
	begun, used = time.Now(), evaluate.Processor()
	for i := range now {
		if !old[i].Equal(&now[i]) {
			if err := learner.Apply(&old[i], &now[i]); err != nil {
				return incremental{}, err
			}
		}
	}
	refit, err := learner.Refit(ctx, 0, opt.Progress)
	if err != nil {
		return incremental{}, err
	}
	out.Refit, out.CPU, out.Columns, out.Of = time.Since(begun), evaluate.Processor()-used, refit.Columns, refit.Model.Len()
	whole, err := learner.Fit(ctx, 0, opt.Progress)
	if err != nil {
		return incremental{}, err
	}
	out.Equal = whole.Model.Hash() == refit.Model.Hash()
	return out, nil
}

// costRow is one fit of synthetic data.
type costRow struct {
	Items   int           `json:"items"`
	Events  int           `json:"events"`
	Wall    time.Duration `json:"wall_ns"`
	PerItem time.Duration `json:"per_item_ns"`
	Peak    int64         `json:"peak_bytes"` // of the process so far
}

func measureCost(ctx context.Context, items, events int, opt evaluate.Options) (costRow, error) {
	pairs := evaluate.Synthetic(max(1, events/25), items, events, 1)
	begun := time.Now()
	if _, err := evaluate.FitPairs(ctx, pairs, linear.NewParameters(1, opt.Exponent), opt.Settings, opt.Progress); err != nil {
		return costRow{}, err
	}
	wall := time.Since(begun)
	return costRow{Items: items, Events: pairs.Count(), Wall: wall, PerItem: wall / time.Duration(items), Peak: evaluate.PeakBytes()}, nil
}

func (r *learnResult) show(a *app) error {
	if err := r.Accuracy.WriteTable(a.out); err != nil {
		return err
	}
	fmt.Fprintln(a.out)
	for _, i := range r.Incremental {
		fmt.Fprintf(a.out, "incremental, %s: %.1f %% new events of %d people: %s beside %s for a full fit (processor %s beside %s, %.0f %%), %d of %d columns, equal to a full fit: %v\n",
			i.Day, 100*i.Share, i.People, i.Refit.Round(time.Millisecond), i.Full.Round(time.Millisecond), i.CPU.Round(time.Millisecond), i.FullCPU.Round(time.Millisecond),
			100*float64(i.CPU)/float64(max(i.FullCPU, 1)), i.Columns, i.Of, i.Equal)
	}
	fmt.Fprintf(a.out, "one list: history %d, p50 %s, p99 %s\n\n", r.Serving.History, r.Serving.P50.Round(time.Microsecond), r.Serving.P99.Round(time.Microsecond))
	if r.Forgetting != nil {
		if err := r.Forgetting.WriteTable(a.out); err != nil {
			return err
		}
	}
	for i := range r.Engine {
		r.Engine[i].show(a.out)
	}
	if len(r.Cost) > 0 {
		rows := [][]string{{"items", "events", "fit", "per item", "peak memory so far"}}
		for _, c := range r.Cost {
			rows = append(rows, []string{fmt.Sprint(c.Items), fmt.Sprint(c.Events), c.Wall.Round(time.Millisecond).String(), c.PerItem.Round(time.Microsecond).String(), fmt.Sprintf("%.0f MB", float64(c.Peak)/1e6)})
		}
		fmt.Fprintln(a.out)
		if err := showTable(a.out, rows); err != nil {
			return err
		}
	}
	for _, c := range []struct {
		axis   evaluate.Axis
		prices []evaluate.Price
	}{{evaluate.SizeAxis, r.BySize}, {evaluate.SupportAxis, r.BySupport}} {
		if len(c.prices) == 0 {
			continue
		}
		fmt.Fprintln(a.out)
		if err := evaluate.WritePrices(a.out, c.axis, c.prices); err != nil {
			return err
		}
	}
	fmt.Fprintf(a.out, "\n%d cores, peak memory %.0f MB\n", r.Cores, float64(r.PeakBytes)/1e6)
	return nil
}

// draw writes the curves.
func (r *learnResult) draw(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, c := range []struct {
		file  string
		chart chart.Chart
	}{
		{"accuracy-by-size.svg", chart.Chart{Title: "Accuracy against size", Description: "Validation accuracy by how many neighbours an item may rest on.",
			X: "neighbours k", Y: "at 20", Scale: chart.Log, Lines: lines(r.BySize)}},
		{"accuracy-by-support.svg", chart.Chart{Title: "Accuracy against privacy", Description: "Validation accuracy by how many people a pair of items needs.",
			X: "people behind each pair (support)", Y: "at 20", Scale: chart.Log, Lines: lines(r.BySupport)}},
		{"cost-per-item.svg", chart.Chart{Title: "Cost per item", Description: "Time of a fit divided by items, synthetic data, k fixed.",
			X: "items", Y: "ms per item", Scale: chart.Log, Lines: costLines(r.Cost)}},
	} {
		if len(c.chart.Lines) == 0 {
			continue
		}
		if err := drawFile(filepath.Join(dir, c.file), &c.chart); err != nil {
			return err
		}
	}
	return nil
}

func drawFile(path string, c *chart.Chart) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := c.WriteSVG(file); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}

func lines(rows []evaluate.Price) []chart.Line {
	if len(rows) == 0 {
		return nil
	}
	recall, ndcg := chart.Line{Name: "Recall"}, chart.Line{Name: "NDCG"}
	for _, row := range rows {
		recall.Points = append(recall.Points, chart.Point{X: row.Value, Y: row.Recall})
		ndcg.Points = append(ndcg.Points, chart.Point{X: row.Value, Y: row.NDCG})
	}
	return []chart.Line{recall, ndcg}
}

func costLines(rows []costRow) []chart.Line {
	if len(rows) == 0 {
		return nil
	}
	line := chart.Line{Name: "local ridge"}
	for _, row := range rows {
		line.Points = append(line.Points, chart.Point{X: float64(row.Items), Y: row.PerItem.Seconds() * 1000})
	}
	return []chart.Line{line}
}
