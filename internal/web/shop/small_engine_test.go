package shop

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/ingest"
)

// smallEngine keeps the engine's rules with the simplest means: it picks from
// the shelf of what somebody has, and only if they allowed it.
type smallEngine struct {
	mu        sync.Mutex
	clock     tactful.Clock
	items     []tactful.Item
	standing  map[tactful.Alias]tactful.Consents
	past      map[tactful.Alias][]engine.HistoryEntry
	receipts  []tactful.Receipt
	owners    []tactful.Alias
	delivered []event
	values    []int64 // of what was delivered, as the event door reads it
	broken    error   // what every call answers, if set
}

func newSmallEngine(clock tactful.Clock, items []tactful.Item) *smallEngine {
	return &smallEngine{
		clock: clock, items: items,
		standing: map[tactful.Alias]tactful.Consents{}, past: map[tactful.Alias][]engine.HistoryEntry{},
	}
}

func (e *smallEngine) allowed(a tactful.Alias) bool {
	c := e.standing[a]
	return c.Level >= tactful.Personal && c.Purposes[tactful.Recommendations].Answer == tactful.Granted
}

func (e *smallEngine) Decide(_ context.Context, r *tactful.Request) (*tactful.Decision, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.broken != nil {
		return nil, e.broken
	}
	if err := r.Validate(); err != nil {
		return nil, err
	}
	d := &tactful.Decision{ID: fmt.Sprintf("r%d", len(e.receipts)+1), Time: e.clock.Now(), Placement: r.Placement, Level: tactful.Generic}
	var sources []string
	switch {
	case r.Placement == tactful.Popular:
	case e.allowed(r.Subject):
		d.Level = e.standing[r.Subject].Level
		for _, h := range e.past[r.Subject] {
			if h.Setting == "none" {
				sources = append(sources, h.Item.ID)
			}
		}
		fallthrough
	case r.Level == tactful.Context || len(r.Items) > 0:
		d.Level = max(d.Level, tactful.Context)
		sources = append(append([]string{}, r.Items...), sources...)
	}
	owned := map[string]bool{}
	for _, h := range e.past[r.Subject] {
		owned[h.Item.ID] = d.Level >= tactful.Personal
	}
	add := func(it tactful.Item, origin tactful.Origin, reason tactful.Reason) {
		if len(d.Suggestions) >= r.Count || owned[it.ID] || slices.Contains(r.Items, it.ID) {
			return
		}
		for _, sg := range d.Suggestions {
			if sg.Item.ID == it.ID {
				return
			}
		}
		reason.Language = "en"
		d.Suggestions = append(d.Suggestions, tactful.Suggestion{Item: it, Score: 1, Origin: origin, Reason: reason})
	}
	if r.Placement == tactful.Search {
		for _, it := range e.items {
			if strings.Contains(strings.ToLower(it.Title), strings.ToLower(r.Query)) {
				add(it, tactful.Match, tactful.Reason{Key: "match", Sentence: "It fits what you searched for."})
			}
		}
	} else {
		for _, id := range sources {
			src, err := e.Item(id)
			n := 0
			for _, it := range e.items {
				if err == nil && n < 2 && it.ID != id && slices.Equal(it.Categories, src.Categories) {
					before := len(d.Suggestions)
					add(it, tactful.Ranked, tactful.Reason{Key: "because", Sentence: "You have “" + src.Title + "”. Many people who have it also have this.", Items: []string{id}, Share: 1})
					n += len(d.Suggestions) - before
				}
			}
		}
		origin := tactful.Filler
		if r.Placement == tactful.Popular {
			origin = tactful.Bestseller
		}
		for i := 0; i < len(e.items) && r.Placement != tactful.Similar; i += 7 {
			add(e.items[i], origin, tactful.Reason{Key: "popular", Sentence: "Many people buy this here."})
		}
	}
	if d.Level >= tactful.Personal && len(owned) > 0 {
		d.Withheld = []tactful.Withheld{{Guard: "purchased", Count: len(owned)}}
	}
	e.record(d, r.Subject)
	return d, nil
}

func (e *smallEngine) record(d *tactful.Decision, a tactful.Alias) {
	rc := tactful.Receipt{
		ID: d.ID, Time: d.Time, Placement: d.Placement, Level: d.Level, PolicyVersion: "policy-1", Withheld: d.Withheld,
		Integrity: tactful.Integrity{Sender: "you", Recipient: "this shop", Subject: "you", InformationType: "what you bought", Principle: "your yes"},
	}
	if d.Level >= tactful.Personal {
		rc.ConsentID, rc.ModelVersion = e.standing[a].Purposes[tactful.Recommendations].ID, "model-1"
		for _, h := range e.past[a] {
			if h.Setting == "none" {
				rc.Evidence = append(rc.Evidence, tactful.Used{Item: h.Item.ID, Action: h.Action, Provenance: tactful.Observed, Day: h.Day, Share: 0.5})
			}
		}
	}
	for _, sg := range d.Suggestions {
		rc.Shown = append(rc.Shown, tactful.Shown{Item: sg.Item.ID, Score: sg.Score, Origin: sg.Origin, Reason: sg.Reason})
	}
	e.receipts, e.owners = append(e.receipts, rc), append(e.owners, a)
}

func (e *smallEngine) Consents(_ context.Context, a tactful.Alias) (tactful.Consents, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.standing[a], e.broken
}

func (e *smallEngine) SetConsents(_ context.Context, a tactful.Alias, c engine.ConsentChange) (tactful.Consents, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	next := tactful.Consents{Level: e.standing[a].Level, Purposes: map[tactful.Purpose]tactful.Consent{}}
	for p, record := range e.standing[a].Purposes {
		next.Purposes[p] = record
	}
	if c.Level != tactful.LevelUnknown {
		next.Level = c.Level
	}
	for _, record := range c.Answers {
		record.ID = fmt.Sprintf("consent-%d", len(next.Purposes)+1)
		record.Time = e.clock.Now()
		next.Purposes[record.Purpose] = record
	}
	e.standing[a] = next
	return next, nil
}

// ask puts the question until it is answered, as the privacy centre does.
func (e *smallEngine) ask(r *http.Request, back string) (template.HTML, error) {
	who := Guests{People: []Person{{Number: "14282", Alias: tactful.Alias{Kind: tactful.UserID, ID: "14282"}}}}.Who(r)
	if e.standing[who].Purposes[tactful.Recommendations].Answer != tactful.NoAnswer {
		return "", nil
	}
	return template.HTML(`<section class="ask">May we? ` + template.HTMLEscapeString(back) + `</section>`), nil
}

func (e *smallEngine) Ingest(_ context.Context, d engine.Delivery) ([]engine.Outcome, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	rules, err := ingest.New(ingest.Config{})
	if err != nil {
		return nil, err
	}
	read, err := rules.Native(d.Body, e.clock.Now())
	if err != nil {
		return nil, err
	}
	for _, sent := range read.Items {
		if sent.Problem != nil {
			return nil, sent.Problem
		}
		e.values = append(e.values, sent.Event.Value)
	}
	var in struct{ Events []event }
	if err := json.Unmarshal(d.Body, &in); err != nil {
		return nil, tactful.InvalidField("body", "is not JSON", "send JSON")
	}
	var out []engine.Outcome
	for i, ev := range in.Events {
		e.delivered = append(e.delivered, ev)
		a := tactful.Alias{Kind: tactful.UserID, ID: ev.UserID}
		if ev.UserID == "" {
			a = tactful.Alias{Kind: tactful.Anonymous, ID: ev.AnonymousID}
		}
		if !e.allowed(a) {
			out = append(out, engine.Outcome{Index: i, Status: engine.OutcomeRefused, Reason: "no_record"})
			continue
		}
		it, err := e.Item(ev.Item)
		if err != nil {
			return nil, err
		}
		action, _ := tactful.ParseAction(ev.Action)
		e.remember(a, it, action, ev.Source, e.clock.Now())
		out = append(out, engine.Outcome{Index: i, Status: engine.OutcomeAccepted})
	}
	return out, nil
}

func (e *smallEngine) remember(a tactful.Alias, it tactful.Item, action tactful.Action, source string, day time.Time) {
	past := slices.DeleteFunc(e.past[a], func(h engine.HistoryEntry) bool { return h.Item.ID == it.ID })
	e.past[a] = append([]engine.HistoryEntry{{Item: it, Action: action, Source: source, Day: day, Setting: "none"}}, past...)
}

func (e *smallEngine) History(_ context.Context, a tactful.Alias, limit int) ([]engine.HistoryEntry, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	past := e.past[a]
	return slices.Clone(past[:min(limit, len(past))]), nil
}

func (e *smallEngine) Item(id string) (tactful.Item, error) {
	for _, it := range e.items {
		if it.ID == id {
			return it, nil
		}
	}
	return tactful.Item{}, tactful.Errorf(tactful.NotFound, "there is no such item")
}

func (e *smallEngine) Categories() []engine.CategoryCount {
	count := map[string]int{}
	for _, it := range e.items {
		count[it.Categories[0]]++
	}
	var all []engine.CategoryCount
	for name, n := range count {
		all = append(all, engine.CategoryCount{Name: name, Items: n})
	}
	slices.SortFunc(all, func(a, b engine.CategoryCount) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func (e *smallEngine) InCategory(name string, limit int) []tactful.Item {
	var in []tactful.Item
	for _, it := range e.items {
		if it.Categories[0] == name && len(in) < limit {
			in = append(in, it)
		}
	}
	return in
}
