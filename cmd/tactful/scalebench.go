package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/chart"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/evaluate"
)

// What a large store may cost (issue 5).
const (
	scaleMemory = 2 << 30         // resident bytes, the load generator's included
	scaleStart  = 3 * time.Second // from opening the stores to the first answer
	scaleRatio  = 1.2             // processor time of a decision, the largest store over the smallest
)

type benchScale struct {
	benchFlags
	Subjects int    `default:"100000" help:"People in the largest store."`
	Items    int    `default:"100000" help:"Items of the catalogue."`
	Events   int    `default:"10" help:"Events of each person."`
	Steps    int    `default:"3" help:"Sizes to measure, each four times the one before."`
	Clients  int    `default:"8" help:"Connections, each with one request under way."`
	SVG      string `name:"svg" placeholder:"DIR" help:"Write the curves as SVG here."`
}

// Help adds an example to --help.
func (benchScale) Help() string {
	return `Fills a store with made-up people who agreed, through the engine's own door; fits the model, opens the store again, and decides over HTTP for
people drawn uniformly, with 1 % writes, receipts and all guards. It does so at each size and tells what a decision costs, how long the start
takes and how much memory is resident. With --data-dir a store that was filled before is filled on, and sizes below it are passed over.
The exit code is 1 if a goal is missed: ` + fmt.Sprintf("%d GB, a start of %s, and a decision in the largest store at most %.1f times that in the smallest.", scaleMemory>>30, scaleStart, scaleRatio) + `

Example:
  tactful bench scale --subjects 1000000 --items 100000 --data-dir ./million --svg docs/scale`
}

// scaleRow is what was measured at one size.
type scaleRow struct {
	Subjects  int           `json:"subjects"`
	Weights   int64         `json:"model_weights"`
	Filling   time.Duration `json:"filling_ns"` // fitting the model included
	Disk      int64         `json:"disk_bytes"`
	Start     time.Duration `json:"start_ns"` // to the first answer
	Opening   effort        `json:"opening"`  // what opening the stores cost the processor
	Sums      time.Duration `json:"sums_ns"`  // reading the sums into memory, which nobody waits for
	Resident  int64         `json:"resident_bytes"`
	Peak      int64         `json:"peak_bytes"`
	Each      time.Duration `json:"processor_ns"` // of one request, the load's part included
	PerSecond float64       `json:"per_second"`
	P50       time.Duration `json:"p50_ns"`
	P99       time.Duration `json:"p99_ns"`
	Failed    int           `json:"failed"`
	Effort    effort        `json:"effort"`
}

// Run fills and measures.
func (c *benchScale) Run(a *app) error {
	if c.Subjects < 1000 || c.Subjects > 10_000_000 || c.Items < 100 || c.Items > 1_000_000 || c.Events < 1 || c.Events > 1000 || c.Steps < 1 || c.Steps > 8 {
		return tactful.InvalidField("--subjects", "or another size is out of range", "1000 to 10 million people, 100 to 1 million items, 1 to 1000 events each, 1 to 8 steps")
	}
	a = a.work()
	dir, away, err := placeFor(c.DataDir, "scale")
	if err != nil {
		return err
	}
	defer away()
	cfg, err := demoConfig(dir, "127.0.0.1:0")
	if err != nil {
		return err
	}
	cfg.Server.LogLevel = "error"
	var rows []scaleRow
	for step := range c.Steps {
		size := c.Subjects >> (2 * (c.Steps - 1 - step))
		crowd := &crowd{dir: dir, items: c.Items, events: c.Events}
		there, err := crowd.there()
		if err != nil {
			return err
		}
		if there > size {
			continue
		}
		row, err := c.measureAt(a, &cfg, crowd, size)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return errors.New("the store holds more people than that: ask for more, or name an empty directory")
	}
	if c.SVG != "" {
		if err := drawScale(c.SVG, rows); err != nil {
			return err
		}
	}
	return c.show(a, rows)
}

// measureAt fills the store up to a size and measures there.
func (c *benchScale) measureAt(a *app, cfg *config.Config, crowd *crowd, size int) (row scaleRow, err error) {
	log := newLog(a, cfg.Server.LogLevel)
	row.Subjects = size
	begun := time.Now()
	if err := crowd.fill(a, cfg, log, size); err != nil {
		return row, err
	}
	row.Filling = time.Since(begun)
	if row.Disk, err = diskBytes(crowd.dir); err != nil {
		return row, err
	}
	debug.FreeOSMemory()
	forgetPeak()
	begun = time.Now()
	var eng *engine.Engine
	var done func()
	opening := profileFlags{Profile: c.Profile}
	if c.ProfileFile != "" {
		opening.ProfileFile = c.ProfileFile + ".start"
	}
	if row.Opening, err = opening.measure(func() (err error) {
		eng, done, err = openEngine(a, cfg, log)
		return err
	}); err != nil {
		return row, err
	}
	defer done()
	h := &benchHouse{eng: eng}
	return row, h.serve(a, cfg, log, func() error {
		m := mixture{run: h.run, key: h.key, writes: .01, count: 10, who: func(n uint64) string { return personName(int(n % uint64(size))) }, item: func(n uint64) string { return itemName(int(n % uint64(c.Items))) }}
		first := &load{addr: h.addr, clients: 1, most: time.Minute, next: func(_, turn int) ([]byte, string) {
			if turn > 0 {
				return nil, ""
			}
			return mixture{key: m.key, count: 10, who: m.who}.next(0, 0)
		}}
		if _, err := first.run(a.ctx); err != nil {
			return err
		}
		row.Start = time.Since(begun)
		begun = time.Now()
		if err := eng.Warm(a.ctx); err != nil {
			return err
		}
		row.Sums = time.Since(begun)
		if card, err := eng.ModelCard(); err == nil {
			row.Weights = int64(card.Weights)
		}
		rows, cost, err := c.drive(a, &load{addr: h.addr, clients: c.Clients, most: c.Duration, next: m.next})
		if err != nil {
			return err
		}
		many := 0
		for _, r := range rows {
			many += r.Requests
			row.Failed += r.Failed
			if r.Name == "decision" {
				row.PerSecond, row.P50, row.P99 = r.PerSecond, r.P50, r.P99
			}
		}
		row.Effort, row.Each = cost, cost.Processor/time.Duration(max(many, 1))
		row.Resident, row.Peak = residentBytes(), evaluate.PeakBytes()
		return nil
	})
}

// diskBytes adds up the files below a directory.
func diskBytes(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}

func (c *benchScale) show(a *app, rows []scaleRow) error {
	small, large := rows[0], rows[len(rows)-1]
	ratio := float64(large.Each) / float64(max(small.Each, 1))
	slowest := slices.MaxFunc(rows, func(x, y scaleRow) int { return int(x.Start - y.Start) }).Start
	missed := ratio > scaleRatio || large.Peak > scaleMemory || slowest > scaleStart
	if c.JSON {
		if err := showJSON(a.out, map[string]any{"cores": runtime.NumCPU(), "items": c.Items, "events_each": c.Events, "rows": rows, "ratio": ratio, "missed": missed}); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.out, "decisions against the number of people: %d items, %d events each, %d clients, %d cores shared with the load\n", c.Items, c.Events, c.Clients, runtime.NumCPU())
		table := [][]string{{"people", "weights", "filled in", "on disk", "start", "its processor time", "sums", "resident", "peak", "processor", "per second", "p50", "p99", "failed"}}
		for _, r := range rows {
			table = append(table, []string{strconv.Itoa(r.Subjects), strconv.FormatInt(r.Weights, 10), r.Filling.Round(time.Second).String(), megabytes(r.Disk),
				r.Start.Round(10 * time.Millisecond).String(), r.Opening.Processor.Round(10 * time.Millisecond).String(), r.Sums.Round(10 * time.Millisecond).String(), megabytes(r.Resident), megabytes(r.Peak),
				r.Each.Round(100 * time.Nanosecond).String(), fmt.Sprintf("%.0f", r.PerSecond), r.P50.Round(10 * time.Microsecond).String(), r.P99.Round(10 * time.Microsecond).String(), strconv.Itoa(r.Failed)})
		}
		if err := showTable(a.out, table); err != nil {
			return err
		}
		for _, r := range rows {
			if len(r.Effort.Where) > 0 {
				fmt.Fprintf(a.out, "%d people, opening the stores, ", r.Subjects)
				if err := r.Opening.show(a, 1, "start"); err != nil {
					return err
				}
				fmt.Fprintf(a.out, "%d people, ", r.Subjects)
				if err := r.Effort.show(a, int(r.Effort.Processor/max(r.Each, 1)), "request"); err != nil {
					return err
				}
			}
		}
		goal := func(name, got, most string, met bool) {
			word := "met"
			if !met {
				word = "MISSED"
			}
			fmt.Fprintf(a.out, "%s: %s, goal %s: %s\n", name, got, most, word)
		}
		goal("memory", megabytes(large.Peak), megabytes(scaleMemory), large.Peak <= scaleMemory)
		goal("start", slowest.Round(time.Millisecond).String(), scaleStart.String(), slowest <= scaleStart)
		goal("a decision, the largest store over the smallest", fmt.Sprintf("%.2f", ratio), fmt.Sprintf("%.2f", scaleRatio), ratio <= scaleRatio)
	}
	if missed {
		return errGoalMissed
	}
	return nil
}

func megabytes(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }

// drawScale writes the curves.
func drawScale(dir string, rows []scaleRow) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var cost, resident, peak, start []chart.Point
	for _, r := range rows {
		x := float64(r.Subjects)
		cost = append(cost, chart.Point{X: x, Y: float64(r.Each) / 1e3})
		resident, peak = append(resident, chart.Point{X: x, Y: float64(r.Resident) / 1e6}), append(peak, chart.Point{X: x, Y: float64(r.Peak) / 1e6})
		start = append(start, chart.Point{X: x, Y: r.Start.Seconds()})
	}
	for file, c := range map[string]chart.Chart{
		"decision-by-people.svg": {Title: "What a decision costs", Description: "Processor time of one request over HTTP, the load's part included, against the number of people in the store.",
			X: "people", Y: "µs", Scale: chart.Log, Lines: []chart.Line{{Name: "processor time", Points: cost}}},
		"memory-by-people.svg": {Title: "Memory", Description: "Resident memory while deciding, against the number of people in the store.",
			X: "people", Y: "MB", Scale: chart.Log, Lines: []chart.Line{{Name: "at the end", Points: resident}, {Name: "at most", Points: peak}}, Mark: &chart.Level{Name: "goal", Y: scaleMemory / 1e6}},
		"start-by-people.svg": {Title: "Start", Description: "From opening the stores to the first answer, against the number of people in the store.",
			X: "people", Y: "s", Scale: chart.Log, Lines: []chart.Line{{Name: "start", Points: start}}, Mark: &chart.Level{Name: "goal", Y: scaleStart.Seconds()}},
	} {
		if err := drawFile(filepath.Join(dir, file), &c); err != nil {
			return err
		}
	}
	return nil
}
