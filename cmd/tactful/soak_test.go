package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// TestASoakFindsWhatIsLost is the positive control of the count: a store in which
// half of what is asked for was never written.
func TestASoakFindsWhatIsLost(t *testing.T) {
	dir := t.TempDir()
	a := (&app{ctx: context.Background(), out: &lockedBuffer{}, err: &lockedBuffer{}}).work()
	c := &benchSoak{AtOnce: 4}
	cfg, err := c.config(dir)
	if err != nil {
		t.Fatal(err)
	}
	eng, done, err := openEngine(a, &cfg, newLog(a, "error"))
	if err != nil {
		t.Fatal(err)
	}
	load := &soakLoad{items: []string{"A1"}, customers: []string{"p"}, willing: []string{"p"}, changing: []string{"q", "r", "s"}, levels: make([]level, 3)}
	if err := eng.PutItems(a.ctx, []tactful.Item{{ID: "A1", Title: "First", Price: -1}}); err != nil {
		t.Fatal(err)
	}
	for _, person := range []string{"p", "q", "r", "s"} {
		change := engine.ConsentChange{Level: tactful.Full}
		for _, n := range eng.Notices("en") {
			if n.Purpose == tactful.Recommendations {
				change.Answers = append(change.Answers, tactful.Consent{Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"})
			}
		}
		if _, err := eng.SetConsents(a.ctx, tactful.Alias{Kind: tactful.UserID, ID: person}, change); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now().Unix()
	for turn := range int32(6) {
		e := sentEvent{client: 1, turn: turn, second: now}
		load.events = append(load.events, e)
		if turn >= 3 {
			continue // as if it had been acknowledged and not stored
		}
		outcomes, err := eng.Ingest(a.ctx, engine.Delivery{Trust: engine.Trusted, Form: engine.Native, Body: fmt.Appendf(nil, `{"events":[%s]}`, load.eventOf(e))})
		if err != nil || outcomes[0].Status != engine.OutcomeAccepted {
			t.Fatal(outcomes, err)
		}
	}
	d, err := eng.Decide(a.ctx, &tactful.Request{Placement: tactful.Popular, Count: 1})
	if err != nil {
		t.Fatal(err)
	}
	load.decisions = []string{d.ID, d.ID[:len(d.ID)-4] + "AAAA"}
	load.levels[0].acknowledged = tactful.Full     // it is
	load.levels[1].acknowledged = tactful.Personal // it is not
	load.levels[2] = level{acknowledged: tactful.Personal, unanswered: tactful.Full}
	done()
	var r soakResult
	if err := load.readBack(a, c, dir, &r); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]struct{ got, want soakKept }{
		"events": {r.Events, soakKept{6, 3}}, "consents": {r.Consents, soakKept{3, 1}}, "decisions": {r.Decisions, soakKept{2, 1}},
	} {
		if got.got != got.want {
			t.Errorf("%s: %+v, want %+v", name, got.got, got.want)
		}
	}
}

func TestASoakIsJudgedByEachGoal(t *testing.T) {
	c := &benchSoak{Memory: 1000, P99: 100 * time.Millisecond}
	good := func() *soakResult {
		return &soakResult{Capacity: 1000, Offered: 1990, Sent: 100, Refused: 50, P99: 20, Memory: soakRSS{Start: 200, Median: 300, Max: 350},
			Events: soakKept{10, 0}, Consents: soakKept{10, 0}, Decisions: soakKept{10, 0}}
	}
	for _, tt := range []struct {
		name  string
		spoil func(r *soakResult)
		says  string
	}{
		{"a good run misses nothing", func(*soakResult) {}, ""},
		{"too much memory is a miss", func(r *soakResult) { r.Memory.Max = 1001 }, "memory went to"},
		{"memory that grows is a miss", func(r *soakResult) { r.Memory.Growth = 0.11 }, "memory grew"},
		{"memory that was not read is a miss", func(r *soakResult) { r.Memory = soakRSS{} }, "could not be read"},
		{"long waits are a miss", func(r *soakResult) { r.P99 = 101 }, "p99"},
		{"a load that is no overload is a miss", func(r *soakResult) { r.Offered = 1500 }, "1.5 times"},
		{"a server that refuses nothing was not overloaded", func(r *soakResult) { r.Refused = 0 }, "nothing was refused"},
		{"a refusal without Retry-After is a miss", func(r *soakResult) { r.Bare = 1 }, "without Retry-After"},
		{"a failure is a miss", func(r *soakResult) { r.Failed = 1; r.Failure = "500" }, "failed: 500"},
		{"a lost event is a miss", func(r *soakResult) { r.Events.Lost = 1 }, "events are lost"},
		{"a lost consent is a miss", func(r *soakResult) { r.Consents.Lost = 1 }, "consents are lost"},
		{"a lost decision is a miss", func(r *soakResult) { r.Decisions.Lost = 1 }, "decisions are lost"},
		{"a run that acknowledged nothing shows nothing", func(r *soakResult) { r.Events = soakKept{} }, "no events"},
	} {
		r := good()
		tt.spoil(r)
		c.judge(r)
		if said := strings.Join(r.Missed, "; "); tt.says == "" && said != "" || !strings.Contains(said, tt.says) || tt.says != "" && len(r.Missed) != 1 {
			t.Errorf("%s: %q", tt.name, said)
		}
	}
}

func TestTheSlopeOfMemoryIsThatOfItsSecondHalf(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []float64
		slope  float64 // a minute
		growth float64
	}{
		{"flat memory has none", []float64{100, 100, 100, 100}, 0, 0},
		{"what rose at first and stays is flat", []float64{10, 50, 100, 100, 100, 100}, 0, 0},
		{"what grows to the end has one", []float64{100, 100, 100, 110, 120, 130}, 1200, 30.0 / 110},
	} {
		if m := rssOf(tt.values); math.Abs(m.Slope-tt.slope) > 1e-9 || math.Abs(m.Growth-tt.growth) > 1e-9 {
			t.Errorf("%s: %+v", tt.name, m)
		}
	}
}
