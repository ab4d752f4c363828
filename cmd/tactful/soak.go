package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/retail"
)

type benchSoak struct {
	Minutes float64       `default:"10" help:"How long twice the capacity is sent."`
	Find    time.Duration `default:"10s" help:"How long the capacity is looked for, after as long a time to get warm."`
	Clients int           `default:"64" help:"Connections of the load, each with one request under way."`
	AtOnce  int           `name:"at-once" default:"16" help:"Requests that the server works on at once; it refuses those beyond."`
	Memory  int64         `default:"1024" help:"Goal: the server's memory stays below so many MB."`
	P99     time.Duration `name:"p99" default:"250ms" help:"Goal: accepted requests are answered so fast, 99 of 100."`
	JSON    bool          `name:"json" help:"Print as JSON."`

	Serve   bool   `hidden:"" help:"Be the server."`
	DataDir string `name:"data-dir" hidden:"" help:"Of the server."`
}

// Help adds an example to --help.
func (benchSoak) Help() string {
	return `A server with the demo data and a bounded capacity runs in its own process on loopback. First its capacity is looked for, then twice as
much is sent: decisions, 19 % events, 1 % changes of consent. The server is killed at the end (-9); then everything it had acknowledged is
looked for in its stores: all events, all last levels, one decision in fifty. Exit 1 if a goal is missed. It reads /proc, so it needs Linux.

Examples:
  tactful bench soak --minutes 10 --json
  tactful bench soak --minutes 2 --at-once 8`
}

const soakKey = "soak"

// soakConfig is the demo's configuration with a bounded capacity.
func (c *benchSoak) config(dir string) (config.Config, error) {
	cfg, err := demoConfig(dir, "127.0.0.1:0")
	cfg.Server.MaxInFlight, cfg.Server.LogLevel = c.AtOnce, "error"
	return cfg, err
}

// Run soaks a server, or is one.
func (c *benchSoak) Run(a *app) error {
	switch {
	case c.Serve:
		return c.serve(a)
	case c.Clients <= c.AtOnce:
		return tactful.InvalidField("--clients", "are no more than --at-once", "a load of so few connections can never be too much: send more")
	case c.Minutes <= 0 || c.Minutes > 24*60:
		return tactful.InvalidField("--minutes", "is out of range", "above 0, up to 1440")
	}
	return c.soak(a, func(args ...string) (*exec.Cmd, error) {
		exe, err := os.Executable()
		return exec.Command(exe, args...), err
	})
}

// serve is the server's process: it says where it listens, and serves until it is killed
// or whoever started it has gone.
func (c *benchSoak) serve(a *app) error {
	a = a.work()
	cfg, err := c.config(c.DataDir)
	if err != nil {
		return err
	}
	log := newLog(a, cfg.Server.LogLevel)
	eng, done, err := openEngine(a, &cfg, log)
	if err != nil {
		return err
	}
	defer done()
	house, err := newHouse(eng, &cfg, log)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(a.ctx)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until its other end is closed
		stop()
	}()
	return house.serve(ctx, cfg.Server.Addr, house.public(nil), "", func(addr string) { fmt.Fprintln(a.out, addr) })
}

// soakResult is what a soak prints.
type soakResult struct {
	Cores     int      `json:"cores"`
	Minutes   float64  `json:"minutes"`
	Clients   int      `json:"clients"`
	AtOnce    int      `json:"at_once"`
	Capacity  float64  `json:"capacity_per_second"`
	Offered   float64  `json:"offered_per_second"`
	Accepted  float64  `json:"accepted_per_second"`
	Sent      int      `json:"sent"`
	Refused   int      `json:"refused"`          // 429 and 503
	Bare      int      `json:"refused_no_retry"` // of these, without Retry-After
	Failed    int      `json:"failed"`           // anything else
	Failure   string   `json:"failure,omitempty"`
	P50       float64  `json:"accepted_p50_ms"`
	P99       float64  `json:"accepted_p99_ms"`
	Worst     float64  `json:"accepted_worst_ms"`
	Memory    soakRSS  `json:"memory"`
	Events    soakKept `json:"events"`
	Consents  soakKept `json:"consents"`
	Decisions soakKept `json:"decisions_sampled"`
	Missed    []string `json:"missed"` // goals
}

// soakRSS is the server's resident memory during the load, in MB.
type soakRSS struct {
	Start  float64 `json:"start_mb"`
	Median float64 `json:"median_mb"`
	Max    float64 `json:"max_mb"`
	Slope  float64 `json:"slope_mb_per_minute"` // over the second half
	Growth float64 `json:"second_half_growth"`  // by that slope, as a share of the median
}

// soakKept is what the server acknowledged, and how much of it is not there.
type soakKept struct {
	Acknowledged int `json:"acknowledged"`
	Lost         int `json:"lost"`
}

// soak fills a store, serves it in a process of its own, and judges.
func (c *benchSoak) soak(a *app, launch func(args ...string) (*exec.Cmd, error)) error {
	a = a.work()
	dir, err := os.MkdirTemp("", "tactful-soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	load, err := c.prepare(a, dir)
	if err != nil {
		return err
	}
	child, err := launch("bench", "soak", "--serve", "--data-dir", dir, "--at-once", strconv.Itoa(c.AtOnce))
	if err != nil {
		return err
	}
	child.Stderr = a.err
	hold, err := child.StdinPipe() // closed with this process, however it ends
	if err != nil {
		return err
	}
	defer hold.Close()
	said, err := child.StdoutPipe()
	if err != nil {
		return err
	}
	if err := child.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	ended := false
	end := func() {
		if !ended {
			ended = true
			_ = child.Process.Kill()
			_ = child.Wait() // it was killed
		}
	}
	defer end()
	line, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the server did not start: %w", err)
	}
	load.addr = strings.TrimSpace(line)
	r := soakResult{Cores: runtime.NumCPU(), Minutes: c.Minutes, Clients: c.Clients, AtOnce: c.AtOnce, Missed: []string{}}
	if r.Capacity, err = c.capacity(a, load); err != nil {
		return err
	}
	memory, err := c.overload(a, load, child.Process.Pid, &r)
	if err != nil {
		return err
	}
	end()
	r.Memory = memory
	if err := load.readBack(a, c, dir, &r); err != nil {
		return err
	}
	c.judge(&r)
	return c.show(a, &r)
}

// prepare fills the store and makes the key.
func (c *benchSoak) prepare(a *app, dir string) (*soakLoad, error) {
	cfg, err := c.config(dir)
	if err != nil {
		return nil, err
	}
	data, err := retail.Load()
	if err != nil {
		return nil, err
	}
	eng, done, err := openEngine(a, &cfg, newLog(a, "error"))
	if err != nil {
		return nil, err
	}
	defer done()
	demo := demoCommand{Seed: 20111209}
	if err := demo.prepare(a, eng, data, dir); err != nil {
		return nil, err
	}
	h := &benchHouse{eng: eng}
	for _, number := range data.Numbers() {
		h.customers = append(h.customers, retail.Alias(number).ID)
	}
	for _, item := range data.Items() {
		h.items = append(h.items, item.ID)
	}
	willing, err := h.willing(a.ctx)
	if err != nil {
		return nil, err
	}
	scopes, err := access.ParseScopes([]string{"write", "decide", "rights"})
	if err != nil {
		return nil, err
	}
	key, err := eng.Access().Create(a.ctx, soakKey, scopes, nil)
	if err != nil {
		return nil, err
	}
	own := len(willing) / 10 // whose consent changes: each belongs to one client
	if own < c.Clients {
		return nil, fmt.Errorf("%d people agreed, too few for %d clients", len(willing), c.Clients)
	}
	return &soakLoad{key: key, items: h.items, customers: h.customers, changing: willing[:own], willing: willing[own:], levels: make([]level, own)}, nil
}

// capacity sends as much as the server takes, first to get it warm.
func (c *benchSoak) capacity(a *app, load *soakLoad) (float64, error) {
	for _, phase := range []string{"get warm", "find the capacity"} {
		fmt.Fprintf(a.err, "%s: %s\n", phase, c.Find)
		begun := time.Now()
		counts, err := load.run(a.ctx, c.AtOnce, 0, c.Find)
		if err != nil {
			return 0, err
		}
		if phase == "find the capacity" {
			return float64(len(counts.took)) / time.Since(begun).Seconds(), nil
		}
	}
	return 0, nil
}

// overload sends twice the capacity and watches the memory.
func (c *benchSoak) overload(a *app, load *soakLoad, pid int, r *soakResult) (soakRSS, error) {
	most := time.Duration(c.Minutes * float64(time.Minute))
	fmt.Fprintf(a.err, "send twice the capacity of %.0f requests a second: %s\n", r.Capacity, most)
	ctx, stop := context.WithCancel(a.ctx)
	watched := make(chan []float64)
	go func() { watched <- watchRSS(ctx, pid) }()
	begun := time.Now()
	counts, err := load.run(a.ctx, c.Clients, 2*r.Capacity, most)
	took := time.Since(begun).Seconds()
	stop()
	memory := <-watched
	if err != nil {
		return soakRSS{}, err
	}
	r.Sent, r.Refused, r.Bare, r.Failed, r.Failure = counts.sent, counts.refused, counts.bare, counts.failed, counts.failure
	r.Offered, r.Accepted = float64(counts.sent)/took, float64(len(counts.took))/took
	if n := len(counts.took); n > 0 {
		slices.Sort(counts.took)
		ms := func(at int) float64 { return float64(counts.took[at]) / 1000 }
		r.P50, r.P99, r.Worst = ms(n/2), ms(n*99/100), ms(n-1)
	}
	return rssOf(memory), nil
}

// watchRSS reads the resident memory of a process each half second, in MB.
func watchRSS(ctx context.Context, pid int) (all []float64) {
	tick := time.NewTicker(rssEach)
	defer tick.Stop()
	for {
		text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "statm"))
		if fields := strings.Fields(string(text)); err == nil && len(fields) > 1 {
			if pages, err := strconv.ParseFloat(fields[1], 64); err == nil {
				all = append(all, pages*float64(os.Getpagesize())/(1<<20))
			}
		}
		select {
		case <-ctx.Done():
			return all
		case <-tick.C:
		}
	}
}

const rssEach = 500 * time.Millisecond

func rssOf(all []float64) soakRSS {
	if len(all) == 0 {
		return soakRSS{}
	}
	half := all[len(all)/2:]
	sorted := slices.Sorted(slices.Values(all))
	m := soakRSS{Start: all[0], Median: sorted[len(sorted)/2], Max: sorted[len(sorted)-1]}
	perSample := slope(half)
	m.Slope = perSample * float64(time.Minute/rssEach)
	if m.Median > 0 {
		m.Growth = perSample * float64(len(half)) / m.Median
	}
	return m
}

// slope is that of the line of least squares through values at 0, 1, 2, ...
func slope(values []float64) float64 {
	n := float64(len(values))
	var sx, sy, sxy, sxx float64
	for i, y := range values {
		x := float64(i)
		sx, sy, sxy, sxx = sx+x, sy+y, sxy+x*y, sxx+x*x
	}
	if d := n*sxx - sx*sx; d != 0 {
		return (n*sxy - sx*sy) / d
	}
	return 0
}

// Goals that are not flags.
const (
	soakGrowth = 0.10 // of the median, by the slope of the second half
	soakTwice  = 1.8  // of the capacity must really be offered
)

// judge says which goals are missed.
func (c *benchSoak) judge(r *soakResult) {
	miss := func(missed bool, format string, values ...any) {
		if missed {
			r.Missed = append(r.Missed, fmt.Sprintf(format, values...))
		}
	}
	miss(r.Memory.Median == 0, "the memory could not be read (/proc is needed)")
	miss(r.Memory.Max > float64(c.Memory), "memory went to %.0f MB, above %d", r.Memory.Max, c.Memory)
	miss(r.Memory.Growth > soakGrowth, "memory grew by %.0f %% in the second half, more than %.0f %%", 100*r.Memory.Growth, 100*soakGrowth)
	miss(r.P99 > float64(c.P99)/float64(time.Millisecond) || math.IsNaN(r.P99), "p99 of accepted requests is %.0f ms, above %s", r.P99, c.P99)
	miss(r.Offered < soakTwice*r.Capacity, "only %.1f times the capacity could be offered: the load is too slow here", r.Offered/r.Capacity)
	miss(r.Refused == 0, "nothing was refused: the server was not overloaded")
	miss(r.Bare > 0, "%d refusals came without Retry-After", r.Bare)
	miss(r.Failed > 0, "%d requests failed: %s", r.Failed, r.Failure)
	for _, kept := range []struct {
		name string
		soakKept
	}{{"events", r.Events}, {"consents", r.Consents}, {"decisions", r.Decisions}} {
		miss(kept.Lost > 0, "%d of %d acknowledged %s are lost", kept.Lost, kept.Acknowledged, kept.name)
		miss(kept.Acknowledged == 0, "no %s were acknowledged", kept.name)
	}
}

func (c *benchSoak) show(a *app, r *soakResult) error {
	if c.JSON {
		if err := showJSON(a.out, r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.out, "%g minutes at twice the capacity (%d cores shared with the load, %d connections, %d requests at once)\n", r.Minutes, r.Cores, r.Clients, r.AtOnce)
		rows := [][]string{
			{"capacity", fmt.Sprintf("%.0f requests/s", r.Capacity)},
			{"offered", fmt.Sprintf("%.0f requests/s, %.1f times", r.Offered, r.Offered/r.Capacity)},
			{"accepted", fmt.Sprintf("%.0f requests/s; p50 %.1f ms, p99 %.1f ms, worst %.0f ms", r.Accepted, r.P50, r.P99, r.Worst)},
			{"refused", fmt.Sprintf("%.0f %%, without Retry-After %d; failed otherwise %d", 100*float64(r.Refused)/float64(max(r.Sent, 1)), r.Bare, r.Failed)},
			{"memory", fmt.Sprintf("start %.0f MB, median %.0f, most %.0f; %.1f MB a minute in the second half", r.Memory.Start, r.Memory.Median, r.Memory.Max, r.Memory.Slope)},
			{"after kill -9", fmt.Sprintf("events: %d acknowledged, %d lost; last levels: %d, %d lost; decisions sampled: %d, %d lost",
				r.Events.Acknowledged, r.Events.Lost, r.Consents.Acknowledged, r.Consents.Lost, r.Decisions.Acknowledged, r.Decisions.Lost)},
		}
		if err := showTable(a.out, rows); err != nil {
			return err
		}
		for _, missed := range r.Missed {
			fmt.Fprintln(a.out, "MISSED: "+missed)
		}
	}
	if len(r.Missed) > 0 {
		return errGoalMissed
	}
	return nil
}
