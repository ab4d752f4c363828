package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strconv"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/evaluate"
	"github.com/tactful/tactful/internal/retail"
)

type benchCommand struct {
	Serve  benchServe  `cmd:"" help:"Decisions over HTTP on loopback, with 1 % writes, receipts and all guards on."`
	Ingest benchIngest `cmd:"" help:"Durable events over HTTP on loopback, in batches and one by one."`
	Learn  benchLearn  `cmd:"" help:"The model: accuracy, speed, forgetting, cost, in one table."`
	Soak   benchSoak   `cmd:"" help:"Twice what the server can do, for minutes: memory, waiting times, refusals; nothing acknowledged is lost."`
	Scale  benchScale  `cmd:"" help:"Decisions, start and memory against the number of people."`
	Offers benchOffers `cmd:"" help:"Offers over HTTP on loopback, with caps, receipts and reservations durable."`
	Erase  benchErase  `cmd:"" help:"Erasures of demo customers, model and all, one after another."`
}

const benchKey = "bench"

// benchFlags are shared by the benches that run a server.
type benchFlags struct {
	Duration time.Duration `default:"10s" help:"How long each load runs."`
	DataDir  string        `name:"data-dir" placeholder:"DIR" help:"A demo directory to use; a temporary one, filled first, if left out."`
	JSON     bool          `name:"json" help:"Print as JSON."`
	profileFlags

	campaigns string // directory of campaigns that the engine has, "" for none
}

// bench is a running server over the demo data, with a key.
type benchHouse struct {
	run       string // names this run in the events it sends
	addr      string
	key       string
	customers []string // all customer numbers of the data
	items     []string
	eng       *engine.Engine
}

// benchResult is what a bench prints.
type benchResult struct {
	Cores   int            `json:"cores"`
	Go      string         `json:"go"`
	Clients int            `json:"clients"`
	Rows    []loadRow      `json:"rows"`
	Extra   map[string]any `json:"extra,omitempty"`
	Memory  int64          `json:"peak_rss_bytes"`
	Effort  effort         `json:"effort"` // of server and load together
}

// run fills an engine with the demo data, serves it on loopback and hands it over.
func (f *benchFlags) run(a *app, load func(h *benchHouse) error) error {
	dir, away, err := placeFor(f.DataDir, "bench")
	if err != nil {
		return err
	}
	defer away()
	cfg, err := demoConfig(dir, "127.0.0.1:0")
	if err != nil {
		return err
	}
	cfg.Server.LogLevel = "error"
	cfg.Engine.Campaigns.Dir = f.campaigns
	log := newLog(a, cfg.Server.LogLevel)
	data, err := retail.Load()
	if err != nil {
		return err
	}
	eng, done, err := openEngine(a, &cfg, log)
	if err != nil {
		return err
	}
	defer done()
	demo := demoCommand{Seed: 20111209}
	if err := demo.prepare(a, eng, data, dir); err != nil {
		return err
	}
	h := &benchHouse{eng: eng}
	for _, number := range data.Numbers() {
		h.customers = append(h.customers, retail.Alias(number).ID)
	}
	for _, item := range data.Items() {
		h.items = append(h.items, item.ID)
	}
	return h.serve(a, &cfg, log, func() error { return load(h) })
}

// serve opens the doors on loopback, with a key, for as long as the load takes.
func (h *benchHouse) serve(a *app, cfg *config.Config, log *slog.Logger, load func() error) error {
	house, err := newHouse(h.eng, cfg, log)
	if err != nil {
		return err
	}
	defer runtime.KeepAlive(house)
	scopes, err := access.ParseScopes([]string{"write", "decide"})
	if err != nil {
		return err
	}
	lasting := context.WithoutCancel(a.ctx)
	if err := h.eng.Access().Revoke(lasting, benchKey); err != nil && tactful.KindOf(err) != tactful.NotFound {
		return err // one that an earlier bench left behind
	}
	if h.key, err = h.eng.Access().Create(a.ctx, benchKey, scopes, nil); err != nil {
		return err
	}
	defer func() { _ = h.eng.Access().Revoke(lasting, benchKey) }()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	h.addr, h.run = listener.Addr().String(), "run"+strconv.FormatInt(time.Now().UnixNano(), 36)
	server := house.limits.Server(house.public(nil))
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	return load()
}

// drive runs a load and tells what it cost.
func (f *benchFlags) drive(a *app, l *load) (rows []loadRow, cost effort, err error) {
	cost, err = f.measure(func() (err error) {
		rows, err = l.run(a.ctx)
		return err
	})
	return rows, cost, err
}

func (f *benchFlags) show(a *app, r benchResult, heading string) error {
	r.Cores, r.Go, r.Memory = runtime.NumCPU(), runtime.Version(), evaluate.PeakBytes()
	if f.JSON {
		return showJSON(a.out, r)
	}
	fmt.Fprintf(a.out, "%s (%d cores shared with the load, %s, peak memory %.0f MB)\n", heading, r.Cores, r.Go, float64(r.Memory)/1e6)
	rows := [][]string{{"what", "requests", "failed", "per second", "p50", "p99", "worst"}}
	for _, row := range r.Rows {
		rows = append(rows, []string{row.Name, strconv.Itoa(row.Requests), strconv.Itoa(row.Failed), fmt.Sprintf("%.0f", row.PerSecond),
			row.P50.Round(10 * time.Microsecond).String(), row.P99.Round(10 * time.Microsecond).String(), row.Worst.Round(100 * time.Microsecond).String()})
	}
	if err := showTable(a.out, rows); err != nil {
		return err
	}
	for _, row := range r.Rows {
		if row.Failure != "" {
			fmt.Fprintf(a.out, "first failed %s: %s\n", row.Name, row.Failure)
		}
	}
	many := 0
	for _, row := range r.Rows {
		many += row.Requests
	}
	return r.Effort.show(a, many, "request")
}

type benchServe struct {
	benchFlags
	Clients int     `default:"8" help:"Connections, each with one request under way."`
	Writes  float64 `default:"0.01" help:"Share of requests that are events."`
	Count   int     `default:"10" help:"Suggestions per decision."`
}

// Help adds an example to --help.
func (benchServe) Help() string {
	return "Subjects are drawn uniformly over all customers of the demo data; the load shares the machine's cores.\n\nExample:\n  tactful bench serve --clients 8 --duration 20s --json"
}

// Run measures decisions.
func (c *benchServe) Run(a *app) error {
	a = a.work()
	return c.benchFlags.run(a, func(h *benchHouse) error {
		l := &load{addr: h.addr, clients: c.Clients, most: c.Duration, next: mixture{
			run: h.run, key: h.key, writes: c.Writes, count: c.Count,
			who:  func(n uint64) string { return h.customers[n%uint64(len(h.customers))] },
			item: func(n uint64) string { return h.items[n%uint64(len(h.items))] },
		}.next}
		rows, cost, err := c.drive(a, l)
		if err != nil {
			return err
		}
		return c.show(a, benchResult{Clients: c.Clients, Rows: rows, Effort: cost}, fmt.Sprintf("decisions over HTTP, %d clients", c.Clients))
	})
}

// mixture is a load of decisions with some events among them.
type mixture struct {
	run       string // of this run, so that its events are nobody's duplicates
	key       string
	writes    float64 // share of events
	count     int     // suggestions of a decision
	who, item func(n uint64) string
}

func (m mixture) next(client, turn int) ([]byte, string) {
	n := mix(uint64(client)<<32 | uint64(turn))
	who := m.who(n)
	if float64(n>>40&0xffff)/0x10000 < m.writes {
		body := fmt.Sprintf(`{"events":[{"messageId":"%s-%d-%d","userId":"%s","action":"viewed","item":"%s","source":"web","time":"%s"}]}`,
			m.run, client, turn, who, m.item(n>>20), time.Now().UTC().Format(time.RFC3339))
		return post("/v1/events", m.key, []byte(body)), "event"
	}
	body := append(append(append(make([]byte, 0, 128), `{"userId":"`...), who...), `","placement":"for_you","count":`...)
	body = append(strconv.AppendInt(body, int64(m.count), 10), '}')
	return post("/v1/decisions/recommendations", m.key, body), "decision"
}

// mix spreads a counter over all bits (splitmix64), so that the load is drawn
// uniformly and the same in every run.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

type benchIngest struct {
	benchFlags
	Clients int `default:"8" help:"Connections, each with one request under way."`
	Batch   int `default:"500" help:"Events of one request."`
}

// Help adds an example to --help.
func (benchIngest) Help() string {
	return "Every event is of a consenting customer and durable when the answer comes.\n\nExample:\n  tactful bench ingest --batch 500 --json"
}

// Run measures ingest.
func (c *benchIngest) Run(a *app) error {
	a = a.work()
	return c.benchFlags.run(a, func(h *benchHouse) error {
		willing, err := h.willing(a.ctx)
		if err != nil {
			return err
		}
		before := h.eng.Tally().Accepted
		begun := time.Now()
		l := &load{addr: h.addr, clients: c.Clients, most: c.Duration, next: func(client, turn int) ([]byte, string) {
			body := []byte(`{"events":[`)
			now := time.Now().UTC().Format(time.RFC3339)
			for i := range c.Batch {
				n := mix(uint64(client)<<40 | uint64(turn)<<12 | uint64(i))
				if i > 0 {
					body = append(body, ',')
				}
				body = fmt.Appendf(body, `{"messageId":"%s-%d-%d-%d","userId":"%s","action":"viewed","item":"%s","source":"web","time":"%s"}`,
					h.run, client, turn, i, willing[n%uint64(len(willing))], h.items[n>>20%uint64(len(h.items))], now)
			}
			body = append(body, "]}"...)
			return post("/v1/events", h.key, body), fmt.Sprintf("batch of %d", c.Batch)
		}}
		rows, cost, err := c.drive(a, l)
		if err != nil {
			return err
		}
		perSecond := float64(h.eng.Tally().Accepted-before) / time.Since(begun).Seconds()
		if err := c.show(a, benchResult{Clients: c.Clients, Rows: rows, Effort: cost, Extra: map[string]any{"events_per_second": perSecond}}, fmt.Sprintf("durable events over HTTP, %d clients", c.Clients)); err != nil {
			return err
		}
		if !c.JSON {
			fmt.Fprintf(a.out, "%.0f accepted events per second\n", perSecond)
		}
		return nil
	})
}

// willing returns the customers whose events may be kept.
func (h *benchHouse) willing(ctx context.Context) ([]string, error) {
	var out []string
	for _, number := range h.customers {
		c, err := h.eng.Consents(ctx, tactful.Alias{Kind: tactful.UserID, ID: number})
		if err != nil {
			return nil, err
		}
		if c.Level >= tactful.Personal && c.Purposes[tactful.Recommendations].Answer == tactful.Granted {
			out = append(out, number)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("nobody agreed: is this a demo directory?")
	}
	return out, nil
}
