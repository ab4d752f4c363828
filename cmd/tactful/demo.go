package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/retail"
	"github.com/tactful/tactful/internal/web/centre"
	"github.com/tactful/tactful/internal/web/shop"
)

type demoCommand struct {
	Addr    string `default:"127.0.0.1:8080" help:"Address of the shop."`
	DataDir string `name:"data-dir" placeholder:"DIR" help:"Where the demo's stores live; a temporary place that is removed at the end if left out."`
	NoOpen  bool   `name:"no-open" help:"Do not open a browser."`
	Seed    uint64 `default:"20111209" help:"Seed of the simulated views, baskets and consents."`
}

// Help adds examples to --help.
func (demoCommand) Help() string {
	return `Imports the UCI Online Retail purchases that ship with the program (CC BY 4.0, see NOTICE), completes them with simulated views,
baskets and consents (seeded, marked as simulated wherever shown), trains, and serves a shop that says why.

Examples:
  tactful demo
  tactful demo --addr 127.0.0.1:9000 --data-dir ./demo --no-open`
}

// Run imports, trains and serves the demo.
func (c *demoCommand) Run(a *app) error {
	a = a.work()
	dir, away, err := placeFor(c.DataDir, "demo")
	if err != nil {
		return err
	}
	defer away()
	cfg, err := demoConfig(dir, c.Addr)
	if err != nil {
		return err
	}
	log := newLog(a, "warn")
	data, err := retail.Load()
	if err != nil {
		return fmt.Errorf("unpack the shipped data: %w", err)
	}
	if err := demoOffers(dir, &cfg); err != nil {
		return err
	}
	eng, done, err := openEngine(a, &cfg, log)
	if err != nil {
		return err
	}
	defer done()
	if err := c.prepare(a, eng, data, dir); err != nil {
		return err
	}
	if err := startDemoTest(a, eng); err != nil {
		return err
	}
	return c.serve(a, eng, &cfg, data, log)
}

const demoNeighbours = 50

// demoConfig is the careful configuration with the demo's own sources.
func demoConfig(dir, addr string) (config.Config, error) {
	var c config.Config
	c.DataDir, c.KeyDir = filepath.Join(dir, "data"), filepath.Join(dir, "keys")
	c.Server.Addr = addr
	c.Engine.Controller = "the demo shop"
	c.Centre.Name = "The Tactful Shop"
	c.Centre.Purposes = []string{string(tactful.Recommendations), string(tactful.Improvement), string(tactful.Offers), string(tactful.MessagesEmail), string(tactful.Experiments)}
	c.Engine.Preferences.Occasions = []engine.Occasion{{Name: "christmas", Topics: []string{"Christmas"}}, {Name: "easter", Topics: []string{"Easter"}}}
	// On the shipped purchases fifty neighbours are as good as two hundred
	// (validation: .2979/.1899 and .2983/.1890, docs/MODEL.md) and cost a quarter.
	c.Engine.Learn.Neighbours = demoNeighbours
	c.Engine.Looks.AnswersPerPerson = 600 // who tries a demo out clicks faster than they read
	c.Engine.Location.Heat.On = true      // a map of a made-up town
	c.Engine.Ingest.Sources = []string{"web", retail.SourceReal, retail.SourceSimulated}
	c.Defaults()
	return c, c.Validate()
}

// demoOffers gives the demo its campaigns. Somebody's own file there is kept.
func demoOffers(dir string, cfg *config.Config) error {
	cfg.Engine.Campaigns.Dir = filepath.Join(dir, "campaigns")
	if err := os.MkdirAll(cfg.Engine.Campaigns.Dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(cfg.Engine.Campaigns.Dir, "demo.yaml")
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	return os.WriteFile(path, demoCampaigns, 0o600)
}

// prepare imports and trains, once for a directory and a seed.
func (c *demoCommand) prepare(a *app, eng *engine.Engine, data *retail.Data, dir string) error {
	marker := filepath.Join(dir, "imported")
	want := fmt.Sprintf("%s seed %d\n", version, c.Seed)
	if text, err := os.ReadFile(marker); err == nil && string(text) == want {
		fmt.Fprintln(a.err, "the data is there from an earlier start")
		return nil
	}
	bar := a.progress()
	defer bar.End()
	if err := loadRetail(a.ctx, eng, data, c.Seed, time.Now().UTC(), bar.Report); err != nil {
		return err
	}
	if err := loadPlaces(a.ctx, eng, data, c.Seed, time.Now().UTC(), bar.Report); err != nil {
		return err
	}
	if _, err := eng.Train(a.ctx, bar.Report); err != nil {
		return err
	}
	bar.End()
	return os.WriteFile(marker, []byte(want), 0o600)
}

func (c *demoCommand) serve(a *app, eng *engine.Engine, cfg *config.Config, data *retail.Data, log *slog.Logger) error {
	var people []shop.Person
	for _, p := range data.People() {
		people = append(people, shop.Person{Number: strconv.FormatUint(uint64(p.Number), 10), Alias: p.Alias, Taste: p.Taste})
	}
	h, err := newHouse(eng, cfg, log)
	if err != nil {
		return err
	}
	private, err := shopCentre(eng, cfg, people, log)
	if err != nil {
		return err
	}
	h.doors[centre.Root], h.doors[centre.Root+"/"] = private, private
	if h.doors[resultsAt], err = demoResults(a, eng, cfg, log); err != nil {
		return err
	}
	for path, handler := range demoReports(eng, log) {
		h.doors[path] = handler
	}
	pages, err := shop.New(shop.Options{Engine: eng, Clock: tactful.SystemClock{}, Entropy: rand.Reader, People: people, Ask: private.Ask, Log: log})
	if err != nil {
		return err
	}
	err = h.serve(a.ctx, c.Addr, h.public(pages), "", func(addr string) {
		base := "http://" + strings.Replace(addr, "127.0.0.1", "localhost", 1)
		fmt.Fprintf(a.out, `
The shop is open. Try:
  %[1]s/            popular with everyone, and for you
  %[1]s/privacy     the privacy centre: level, uses, interests, history, every decision with its reasons
  %[1]s/reports     numbers about crowds, and a map of a made-up town
  %[1]s/about       what is real here and what is simulated
  %[1]s/experiments a running experiment with simulated people, and what may be concluded so far
  %[1]s/openapi.yaml
Purchases: UCI Online Retail, real and without names. Views, baskets and consents: simulated.
Ctrl-C ends it.
`, base)
		if !c.NoOpen {
			openBrowser(a.ctx, base+"/")
		}
	})
	if stopped(a, err) {
		return nil
	}
	return err
}

// openBrowser tries; a machine without a screen simply does not open one.
func openBrowser(ctx context.Context, url string) {
	name := map[string]string{"darwin": "open", "linux": "xdg-open"}[runtime.GOOS]
	if name == "" || runtime.GOOS == "linux" && os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return
	}
	if path, err := exec.LookPath(name); err == nil {
		command := exec.CommandContext(ctx, path, url)
		if command.Start() == nil {
			go func() { _ = command.Wait() }()
		}
	}
}

// errShort says that the demo's data did not go in whole.
var errShort = errors.New("not all of the shipped data was accepted")
