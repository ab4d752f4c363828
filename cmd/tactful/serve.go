package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/datamap"
	"github.com/tactful/tactful/internal/web/api"
	"github.com/tactful/tactful/internal/web/centre"
	"github.com/tactful/tactful/internal/web/door"
	"github.com/tactful/tactful/internal/web/metrics"
	"github.com/tactful/tactful/internal/web/ofrep"
	"github.com/tactful/tactful/internal/web/segment"
	"github.com/tactful/tactful/internal/web/unsubscribe"
)

type serveCommand struct {
	configFlags
	Addr string `placeholder:"HOST:PORT" help:"Overrides server.addr."`
}

// Help adds examples to --help.
func (serveCommand) Help() string {
	return `Serves the API (read about it at /docs), Segment's wire, OpenFeature's (OFREP) for flags, those of Recombee and Amazon Personalize where configured, the customers' privacy centre at /privacy, /healthz and /readyz; metrics and profiling on server.admin_addr (loopback by default).
Ctrl-C or SIGTERM lets requests under way finish, then closes the stores.

Examples:
  tactful serve --config tactful.yaml
  tactful serve --data-dir ./data --key-dir ./keys --addr 127.0.0.1:8080`
}

// Run serves until it is told to stop.
func (c *serveCommand) Run(a *app) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	if c.Addr != "" {
		cfg.Server.Addr = c.Addr
		if err := cfg.Validate(); err != nil {
			return err
		}
	}
	log := newLog(a, cfg.Server.LogLevel)
	eng, done, err := openEngine(a, &cfg, log, c.despite())
	if err != nil {
		return err
	}
	defer done()
	if err := eng.AdoptPolicy(a.work().ctx); err != nil { // before anybody is served
		return err
	}
	house, err := newHouse(eng, &cfg, log)
	if err != nil {
		return err
	}
	private, err := ownCentre(eng, &cfg, log)
	if err != nil {
		return err
	}
	house.doors[centre.Root], house.doors[centre.Root+"/"] = private, private
	if len(eng.Access().List()) == 0 {
		log.Warn("there is no API key yet, so every call is refused; stop the server and run `tactful keys create --name operator --scope admin --operator 'YOUR NAME'`, and those of your servers")
	}
	return house.serve(a.ctx, cfg.Server.Addr, house.public(atHome(cfg.Centre.URL, house.rest)), cfg.Server.AdminAddr, func(addr string) {
		log.Info("serving", "addr", addr, "admin", cfg.Server.AdminAddr)
	})
}

// roomForSyncs lets goroutines run while others wait for the disk: a sync holds
// its processor until the scheduler notices, and on two cores that is half of
// the machine. Whoever sets GOMAXPROCS decides for themselves.
func roomForSyncs() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 2)
	}
}

// house is all doors of one engine.
type house struct {
	doors   map[string]http.Handler // the public side, by path
	rest    http.Handler            // the API, which also answers unknown paths
	admin   http.Handler            // metrics and profiling
	limits  door.Limits
	warm    func(context.Context) error // what the engine does beside serving, once
	patient time.Duration               // for requests under way at the end
	log     *slog.Logger
	room    []byte // see headroom
	streams *ofrep.Door
}

func newHouse(eng *engine.Engine, cfg *config.Config, log *slog.Logger) (*house, error) {
	if err := datamap.Check(&cfg.Engine); err != nil {
		return nil, err
	}
	roomForSyncs()
	limits := door.Limits{Body: cfg.Server.MaxBodyBytes, AtOnce: cfg.Server.MaxInFlight, Connections: cfg.Server.MaxConnections, Handling: cfg.Server.RequestTimeout,
		EventsBody: int64(cfg.Engine.Ingest.MaxBodyBytes)}.Defaults()
	clock := tactful.SystemClock{}
	count := metrics.New(metrics.Options{Guards: eng.GuardNames(), Reasons: engine.RefusalReasons()})
	if err := count.Watch(eng, clock); err != nil {
		return nil, err
	}
	if err := count.WatchLooks(eng); err != nil {
		return nil, err
	}
	if err := count.WatchKeys(eng.Access()); err != nil {
		return nil, err
	}
	if err := count.WatchRights(eng); err != nil {
		return nil, err
	}
	rest, err := api.New(api.Options{Engine: eng, Keys: eng.Access(), KeyTable: eng.Access(), Map: datamap.Of(&cfg.Engine), Log: log, Clock: clock, Limits: limits, Observer: count, Tally: count,
		Backups: api.Backups{Dir: cfg.Backup.Dir, KeyDir: cfg.Backup.KeyDir}})
	if err != nil {
		return nil, err
	}
	wire, err := segment.New(segment.Options{Engine: eng, Keys: eng.Access(), Log: log, Clock: clock, Limits: limits, Observer: count, Tally: count, Public: cfg.Server.PublicURL})
	if err != nil {
		return nil, err
	}
	h := &house{doors: map[string]http.Handler{}, rest: rest, warm: eng.Warm, admin: count.Handler(eng), limits: limits, patient: cfg.Server.ShutdownTimeout, log: log, room: headroom()}
	for _, path := range api.Paths() {
		h.doors[path] = rest
	}
	for _, path := range segment.Paths() {
		h.doors[path] = wire
	}
	if err := errors.Join(h.readable(), h.otherWires(eng, cfg, clock, count), h.flagDoor(eng, clock, count)); err != nil {
		return nil, err
	}
	out, err := unsubscribe.New(unsubscribe.Options{Engine: eng, Log: log, Clock: clock, Limits: limits, Observer: count})
	if err != nil {
		return nil, err
	}
	for _, path := range unsubscribe.Paths() {
		h.doors[path] = out
	}
	health := metrics.Health(eng)
	h.doors["/healthz"], h.doors["/readyz"] = health, health
	h.doors[door.GPCPath] = door.GPCSupport()
	return h, nil
}

// public is the handler of the public address; otherwise answers what no door
// knows, and is the API's own "no such route" if nil.
func (h *house) public(otherwise http.Handler) http.Handler {
	if otherwise == nil {
		otherwise = h.rest
	}
	return door.Split(h.doors, otherwise)
}

// serve listens on both addresses until the context ends, then lets requests
// under way finish. ready is told the address really taken.
func (h *house) serve(ctx context.Context, addr string, public http.Handler, adminAddr string, ready func(addr string)) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return &tactful.Error{Kind: tactful.Unavailable, Field: "server.addr", Detail: "cannot be listened on", Remedy: "is another server running there? choose another with --addr", Err: err}
	}
	servers := []*http.Server{h.limits.Server(public)}
	h.endStreams(servers[0])
	faults := make(chan error, 2)
	go func() { faults <- servers[0].Serve(door.Crowd(listener, h.limits.Connections)) }()
	if adminAddr != "" {
		inner, err := net.Listen("tcp", adminAddr)
		if err != nil {
			return errors.Join(&tactful.Error{Kind: tactful.Unavailable, Field: "server.admin_addr", Detail: "cannot be listened on", Remedy: "choose another address", Err: err}, servers[0].Close())
		}
		admin := h.limits.Server(h.admin)
		admin.WriteTimeout = 2 * time.Minute // a CPU profile takes its time
		servers = append(servers, admin)
		go func() { faults <- admin.Serve(inner) }()
	}
	ready(listener.Addr().String())
	var warming sync.WaitGroup
	warming.Go(func() {
		if err := h.warm(ctx); err != nil && ctx.Err() == nil {
			h.log.Error("the sums were not read into memory; the first erasure will take longer", "err", err)
		}
	})
	defer warming.Wait()
	var fault error
	select {
	case <-ctx.Done():
	case fault = <-faults:
	}
	h.log.Info("stopping: requests under way finish first")
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.patient)
	defer cancel()
	for _, server := range servers {
		if err := server.Shutdown(patience); err != nil {
			fault = errors.Join(fault, fmt.Errorf("shut down: %w", err))
		}
	}
	return fault
}
