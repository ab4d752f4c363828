package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

type benchOffers struct {
	benchFlags
	Clients int `default:"32" help:"Connections, each with one request under way."`
	Count   int `default:"1" help:"Offers per decision."`
}

// What the issue asks of offers.
const (
	offersGoal    = 3000
	offersGoalP99 = 25 * time.Millisecond
)

// Help adds an example to --help.
func (benchOffers) Help() string {
	return `Subjects are drawn uniformly over the customers of the demo data who agreed to lists; they are made to agree to offers first. Each answer has
its receipt and its reservation on disk. Ever more decisions find caps in their way, as in real life: of 2 s four in five make an offer, of 8 s one in
four. The load shares the machine's cores. The exit code is 1 if 3,000 a second at p99 25 ms are missed.

Example:
  tactful bench offers --clients 32 --duration 20s --json`
}

// Run measures offers.
func (c *benchOffers) Run(a *app) error {
	a = a.work()
	dir, err := os.MkdirTemp("", "tactful-campaigns-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "demo.yaml"), demoCampaigns, 0o600); err != nil {
		return err
	}
	c.campaigns = dir
	return c.benchFlags.run(a, func(h *benchHouse) error {
		people, err := h.takers(a)
		if err != nil {
			return err
		}
		l := &load{addr: h.addr, clients: c.Clients, most: c.Duration, next: func(client, turn int) ([]byte, string) {
			n := mix(uint64(client)<<32 | uint64(turn))
			body := append(append(append(make([]byte, 0, 128), `{"userId":"`...), people[n%uint64(len(people))]...), `","placement":"home","channel":"site","count":`...)
			body = append(strconv.AppendInt(body, int64(c.Count), 10), `,"context":{"language":"en"}}`...)
			return post("/v1/decisions/offers", h.key, body), "offer decision"
		}}
		before := h.eng.Tally().Offers
		rows, cost, err := c.drive(a, l)
		if err != nil {
			return err
		}
		after := h.eng.Tally().Offers
		made, none := after["site made"]-before["site made"], after["site none"]-before["site none"]
		extra := map[string]any{"made": made, "none": none}
		if err := c.show(a, benchResult{Clients: c.Clients, Rows: rows, Effort: cost, Extra: extra}, fmt.Sprintf("offers over HTTP, %d clients", c.Clients)); err != nil {
			return err
		}
		if !c.JSON {
			fmt.Fprintf(a.out, "%d decisions made an offer, %d none\n", made, none)
		}
		if len(rows) == 0 || rows[0].PerSecond < offersGoal || rows[0].P99 > offersGoalP99 || rows[0].Failed > 0 {
			return errGoalMissed
		}
		return nil
	})
}

// takers lets the willing customers agree to offers too.
func (h *benchHouse) takers(a *app) ([]string, error) {
	people, err := h.willing(a.ctx)
	if err != nil {
		return nil, err
	}
	var yes []tactful.Consent
	for _, n := range h.eng.Notices("en") {
		if n.Purpose == tactful.Offers {
			yes = append(yes, tactful.Consent{Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"})
		}
	}
	ctx := tactful.WithActor(a.ctx, tactful.Actor{Kind: tactful.ActorPerson})
	bar := a.progress()
	defer bar.End()
	for i, id := range people {
		if _, err := h.eng.SetConsents(ctx, tactful.Alias{Kind: tactful.UserID, ID: id}, engine.ConsentChange{Answers: yes}); err != nil {
			return nil, err
		}
		bar.Report("agree to offers", i+1, len(people))
	}
	return people, nil
}
