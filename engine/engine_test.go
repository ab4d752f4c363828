package engine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// clock is a clock that tests move by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is an engine with a small shop in it.
type world struct {
	*Engine
	t     testing.TB
	clock *clock
	dir   string
	cfg   Config
}

func newWorld(t testing.TB, adjust func(*Config)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{now: noon}, dir: t.TempDir()}
	w.cfg.Learn.Check = time.Hour // tests fit when they say so
	w.cfg.Learn.Support = 1
	if adjust != nil {
		adjust(&w.cfg)
	}
	if w.cfg.Looks.AnswersPerPerson == 0 { // tests ask faster than people
		w.cfg.Looks.AnswersPerPerson, w.cfg.Looks.AnswersPerKey = 100_000, 100_000
	}
	w.cfg.Defaults()
	w.open()
	t.Cleanup(func() { w.shut() })
	return w
}

func (w *world) open() {
	w.t.Helper()
	e, err := Open(context.Background(), w.cfg, w.options())
	if err != nil {
		w.t.Fatal(err)
	}
	w.Engine = e
}

func (w *world) options() Options {
	return Options{
		Dir: filepath.Join(w.dir, "data"), KeyDir: filepath.Join(w.dir, "keys"),
		Clock: w.clock, Entropy: rand.Reader, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

func (w *world) shut() {
	w.t.Helper()
	if err := w.Close(context.Background()); err != nil {
		w.t.Error(err)
	}
}

func user(id string) tactful.Alias { return tactful.Alias{Kind: tactful.UserID, ID: id} }

// stock lists n items in three categories: item-1, item-2, ...
func (w *world) stock(n int) {
	w.t.Helper()
	categories := []string{"Kitchen", "Garden", "Toys"}
	items := make([]tactful.Item, n)
	for i := range items {
		items[i] = tactful.Item{ID: fmt.Sprintf("item-%d", i+1), Title: fmt.Sprintf("Thing number %d", i+1),
			Categories: []string{categories[i%3]}, Price: int64(100 * (i + 1)), Currency: "GBP", Availability: tactful.InStock}
	}
	if err := w.PutItems(context.Background(), items); err != nil {
		w.t.Fatal(err)
	}
}

// agree records yes to recommendations and improvement at a level.
func (w *world) agree(id string, level tactful.Level) {
	w.t.Helper()
	change := ConsentChange{Level: level}
	for _, n := range w.Notices("en") {
		if n.Purpose == tactful.Recommendations || n.Purpose == tactful.Improvement {
			change.Answers = append(change.Answers, tactful.Consent{
				Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"})
		}
	}
	if _, err := w.SetConsents(context.Background(), user(id), change); err != nil {
		w.t.Fatal(err)
	}
}

// send delivers one action on items; it returns the outcomes.
func (w *world) send(id, action string, items ...int) []Outcome {
	w.t.Helper()
	var events []map[string]any
	for _, item := range items {
		events = append(events, map[string]any{
			"messageId": fmt.Sprintf("%s-%s-%d-%d", id, action, item, w.clock.Now().Unix()), "userId": id, "action": action,
			"item": fmt.Sprintf("item-%d", item), "source": "web", "time": w.clock.Now().Format(time.RFC3339),
		})
	}
	body, err := json.Marshal(map[string]any{"events": events})
	if err != nil {
		w.t.Fatal(err)
	}
	outcomes, err := w.Ingest(context.Background(), Delivery{Trust: Trusted, Form: Native, Body: body})
	if err != nil {
		w.t.Fatal(err)
	}
	return outcomes
}

func (w *world) mustSend(id, action string, items ...int) {
	w.t.Helper()
	for _, o := range w.send(id, action, items...) {
		if o.Status != OutcomeAccepted {
			w.t.Fatalf("event %d: %s %s %s %s", o.Index, o.Status, o.Reason, o.Field, o.Detail)
		}
	}
}

// crowd lets n people buy things that go together: each buys one of four
// groups of items, so that neighbours are clear and have enough support.
func (w *world) crowd(n, items int) {
	w.t.Helper()
	together(n, func(i int) {
		id := fmt.Sprintf("crowd-%d", i)
		w.agree(id, tactful.Personal)
		group := i % 4
		var bought []int
		for item := 1 + group; item <= items; item += 4 {
			if (i/4+item)%3 != 0 {
				bought = append(bought, item)
			}
		}
		w.mustSend(id, "purchased", bought...)
	})
}

func (w *world) train() TrainReport {
	w.t.Helper()
	report, err := w.Train(context.Background(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return report
}

func (w *world) decide(r tactful.Request) *tactful.Decision {
	w.t.Helper()
	if r.Count == 0 {
		r.Count = 5
	}
	d, err := w.Decide(context.Background(), &r)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func shown(d *tactful.Decision) []string {
	var ids []string
	for _, s := range d.Suggestions {
		ids = append(ids, s.Item.ID)
	}
	return ids
}
