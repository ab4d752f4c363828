package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/consent"
)

// step plays one line.
func (w *world) step(ctx context.Context, word, text string) error {
	switch word {
	case "scandal":
		w.verdict.Scandal = text
		return nil
	case "promise":
		return nil
	case "guard":
		w.verdict.Guard = text
		return nil
	case "law":
		w.law = consent.Regime(text)
		return nil
	case "asks":
		w.asks = list(text)
		return nil
	case "item":
		return w.item(text)
	}
	if err := w.open(ctx); err != nil {
		return err
	}
	switch word {
	case "crowd":
		return w.gather(ctx, text)
	case "person":
		p, err := fields(text, 2, 3)
		if err != nil {
			return err
		}
		level, ok := tactful.ParseLevel(p[1])
		if !ok && p[1] != "none" {
			return tactful.Errorf(tactful.Invalid, "an unknown level")
		}
		return w.answer(ctx, p[0], level, p[2])
	case "say":
		p, err := fields(text, 2, 2)
		if err != nil {
			return err
		}
		return w.answer(ctx, p[0], tactful.LevelUnknown, p[1])
	case "event":
		return w.event(ctx, text)
	case "send", "browser":
		at := strings.LastIndex(text, "|")
		if at < 0 {
			return tactful.Errorf(tactful.Invalid, "the outcome is missing")
		}
		trust := engine.Trusted
		if word == "browser" {
			trust = engine.Untrusted
		}
		return w.send(ctx, trust, strings.TrimSpace(text[:at]), strings.TrimSpace(text[at+1:]))
	case "setting":
		p, err := fields(text, 3, 3)
		if err != nil {
			return err
		}
		return w.engine.SetHistory(ctx, user(p[0]), p[1], p[2])
	case "wish":
		p, err := fields(text, 3, 3)
		if err != nil {
			return err
		}
		wish, ok := tactful.ParseTopicWish(p[2])
		if !ok {
			return tactful.Errorf(tactful.Invalid, "an unknown wish")
		}
		themself := tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorPerson})
		_, err = w.engine.PatchPreferences(themself, user(p[0]), tactful.PreferencesPatch{Topics: map[string]tactful.TopicWish{p[1]: wish}})
		return err
	case "train":
		_, err := w.engine.Train(ctx, nil)
		return err
	case "later":
		d, err := age(text)
		w.clock.at = w.clock.at.Add(d)
		return err
	case "request":
		return w.ask(ctx, text)
	}
	if w.decision == nil {
		return tactful.Errorf(tactful.Invalid, "an unknown word, or an expectation before the first request")
	}
	return w.check(ctx, word, text)
}

func (w *world) item(text string) error {
	p, err := fields(text, 3, 5)
	if err != nil {
		return err
	}
	it := tactful.Item{ID: p[0], Title: p[1], Price: -1, Availability: tactful.InStock}
	for _, c := range strings.Split(p[2], ",") {
		it.Categories = append(it.Categories, strings.TrimSpace(c))
	}
	if p[3] != "" {
		price, err := strconv.ParseFloat(p[3], 64)
		if err != nil {
			return tactful.Errorf(tactful.Invalid, "a price is not a number")
		}
		it.Price, it.Currency = int64(price*100+0.5), "EUR"
	}
	it.Labels = list(p[4])
	w.items = append(w.items, it)
	return nil
}

// gather makes a crowd that bought things.
func (w *world) gather(ctx context.Context, text string) error {
	p, err := fields(text, 2, 2)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(p[0])
	if err != nil || n < 1 || n > 1000 {
		return tactful.Errorf(tactful.Invalid, "a crowd is 1 to 1000 people")
	}
	var events []string
	for range n {
		w.crowd++
		name := fmt.Sprintf("crowd-%d", w.crowd)
		if err := agree(ctx, w.engine, name, tactful.Full); err != nil {
			return err
		}
		for _, item := range list(p[1]) {
			events = append(events, w.native(name, "purchased", item, 30*24*time.Hour))
		}
	}
	outcomes, err := w.engine.Ingest(ctx, engine.Delivery{Trust: engine.Trusted, Form: engine.Native, Body: []byte(`{"events":[` + strings.Join(events, ",") + `]}`)})
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if o.Status != engine.OutcomeAccepted {
			return tactful.Errorf(tactful.Invalid, "an event of the crowd was %s: %s %s", o.Status, o.Reason, o.Detail)
		}
	}
	return nil
}

// native writes an event; nothing in it can need escaping but quotes.
func (w *world) native(name, action, item string, age time.Duration) string {
	w.sent++
	field := "item"
	if action == "searched" {
		field = "query"
	}
	b, err := json.Marshal(map[string]any{
		"messageId": fmt.Sprintf("m%d", w.sent), "userId": name, "action": action, field: item, "time": w.clock.at.Add(-age).Format(time.RFC3339),
	})
	if err != nil {
		return "null" // refused as an event; strings always marshal
	}
	return string(b)
}

// answer records answers on the texts in force.
func (w *world) answer(ctx context.Context, name string, level tactful.Level, text string) error {
	change := engine.ConsentChange{Level: level}
	for _, part := range strings.Split(text, ",") {
		said, purpose, _ := strings.Cut(strings.TrimSpace(part), " ")
		answer := map[string]tactful.Answer{"yes": tactful.Granted, "no": tactful.Denied}[said]
		if said == "" {
			continue
		}
		for _, n := range w.engine.Notices("en") {
			if string(n.Purpose) == purpose {
				change.Answers = append(change.Answers, tactful.Consent{
					Purpose: n.Purpose, Answer: answer, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form",
				})
			}
		}
	}
	_, err := w.engine.SetConsents(ctx, user(name), change)
	return err
}

func (w *world) event(ctx context.Context, text string) error {
	p, err := fields(text, 3, 5)
	if err != nil {
		return err
	}
	d, err := age(p[3])
	if err != nil {
		return err
	}
	if p[4] == "" {
		p[4] = "accepted"
	}
	return w.send(ctx, engine.Trusted, w.native(p[0], p[1], p[2], d), p[4])
}

func (w *world) send(ctx context.Context, trust engine.Trust, event, outcome string) error {
	outcomes, err := w.engine.Ingest(ctx, engine.Delivery{Trust: trust, Form: engine.Native, Body: []byte(`{"events":[` + event + `]}`)})
	if err != nil {
		return err
	}
	if len(outcomes) != 1 {
		return tactful.Errorf(tactful.Invalid, "one event has %d outcomes", len(outcomes))
	}
	got := strings.TrimSpace(outcomes[0].Status.String() + " " + outcomes[0].Reason)
	w.expect(got == outcome, "the event is %q instead of %q: %s", got, outcome, outcomes[0].Detail)
	return nil
}

func (w *world) ask(ctx context.Context, text string) error {
	p, err := fields(text, 2, 3)
	if err != nil {
		return err
	}
	placement, ok := tactful.ParsePlacement(p[1])
	if !ok {
		return tactful.Errorf(tactful.Invalid, "an unknown placement")
	}
	r := tactful.Request{Subject: user(p[0]), Placement: placement, Count: 10, Language: "en"}
	for _, part := range strings.Split(p[2], ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), " ")
		switch key {
		case "":
		case "items":
			r.Items = list(value)
		case "count":
			if r.Count, err = strconv.Atoi(value); err != nil {
				return tactful.Errorf(tactful.Invalid, "a count is not a number")
			}
		case "level":
			if r.Level, ok = tactful.ParseLevel(value); !ok {
				return tactful.Errorf(tactful.Invalid, "an unknown level")
			}
		case "region":
			r.Region = value
		case "gpc":
			r.GPC = value == "yes"
		case "query":
			r.Query = value
		case "language":
			r.Language = value
		case "surface":
			if r.Surface, ok = tactful.ParseSurface(value); !ok {
				return tactful.Errorf(tactful.Invalid, "an unknown surface")
			}
		default:
			return tactful.Errorf(tactful.Invalid, "an unknown part of a request")
		}
	}
	w.request = r
	w.decision, err = w.engine.Decide(ctx, &r)
	return err
}

// check compares the last decision with one expectation.
func (w *world) check(ctx context.Context, word, text string) error {
	d := w.decision
	at := -1
	id, rest, _ := strings.Cut(text, " ")
	for i := range d.Suggestions {
		if d.Suggestions[i].Item.ID == id {
			at = i
		}
	}
	switch word {
	case "level":
		w.expect(d.Level.String() == text, "the level is %s", d.Level)
	case "shown":
		w.expect(at >= 0, "%s is not shown; the list is %v", id, shown(d))
	case "not shown":
		w.expect(at < 0, "%s is shown", id)
	case "picked":
		w.expect(at >= 0 && d.Suggestions[at].Origin == tactful.Ranked, "%s is not picked for the person; the list is %v", id, shown(d))
	case "not picked":
		w.expect(at < 0 || d.Suggestions[at].Origin != tactful.Ranked, "%s is picked for the person", id)
	case "before":
		first, second := position(d, id), position(d, rest)
		w.expect(first >= 0 && second >= 0 && first < second, "%s is not before %s; the list is %v", id, rest, shown(d))
	case "withheld":
		_, guard, _ := strings.Cut(text, " by ")
		w.expect(withheld(d, id, guard), "%s is not withheld by %s but %+v", id, guard, d.Withheld)
	case "sentence":
		want := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(rest), "="))
		got := ""
		if at >= 0 {
			got = d.Suggestions[at].Reason.Sentence
		}
		w.expect(got == want, "the sentence of %s is %q", id, got)
	case "sentence lacks":
		for i := range d.Suggestions {
			w.expect(!strings.Contains(d.Suggestions[i].Reason.Sentence, text), "a sentence says it: %q", d.Suggestions[i].Reason.Sentence)
		}
	case "note":
		w.expect(d.Note == text, "the note is %q", d.Note)
	case "same as":
		other := w.request
		other.Subject = user(text)
		e, err := w.engine.Decide(ctx, &other)
		if err != nil {
			return err
		}
		w.expect(reflect.DeepEqual(d.Suggestions, e.Suggestions), "the lists differ: %v and %v", shown(d), shown(e))
	default:
		return tactful.Errorf(tactful.Invalid, "an unknown word")
	}
	return nil
}

func shown(d *tactful.Decision) []string {
	var all []string
	for i := range d.Suggestions {
		all = append(all, d.Suggestions[i].Item.ID+" ("+d.Suggestions[i].Origin.String()+")")
	}
	return all
}

// position is where an item stands in a list, -1 if it does not.
func position(d *tactful.Decision, id string) int {
	return slices.IndexFunc(d.Suggestions, func(s tactful.Suggestion) bool { return s.Item.ID == strings.TrimSpace(id) })
}

func withheld(d *tactful.Decision, item, guard string) bool {
	for _, w := range d.Withheld {
		if w.Guard != guard {
			continue
		}
		for _, id := range w.Items {
			if id == item {
				return true
			}
		}
	}
	return false
}
