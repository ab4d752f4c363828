package engine

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
)

// These are the bugs of other consent tools, each tried on this engine. The
// comment of a test names where it was reported.

// ethyca/fides #3489 and #5384: the signal was applied after the page had
// started, so that listeners first saw the default, and overlays kept showing
// it. Here there is no "before": the very first answer knows the signal, and
// whichever of a yes and the signal is stored first, the signal binds.
func TestOthersFides5384TheSignalHoldsFromTheFirstAnswerOn(t *testing.T) {
	w := gpcWorld(t)
	w.stock(4)
	w.grantAll(user("anna"))
	first := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou, GPC: true})
	if !first.GPC {
		t.Error("the first answer does not know the signal that came with it")
	}
	if stranger := w.decide(tactful.Request{Subject: anonymous("never-seen"), Placement: tactful.ForYou, GPC: true}); !stranger.GPC {
		t.Error("the first answer to a stranger does not know the signal")
	}
	if !w.mayUse(user("anna"), shares) {
		t.Fatal("the yes does not count without the signal: the race below would prove nothing")
	}
	for i := range 200 {
		a := anonymous(fmt.Sprintf("browser-%d", i))
		w.grantAll(a)
		var race sync.WaitGroup
		race.Go(func() { w.grantAll(a) })
		race.Go(func() {
			if i%2 == 0 {
				if err := w.HonourGPC(context.Background(), a); err != nil {
					t.Error(err)
				}
				return
			}
			w.deliver(Native, true, events(viewing(fmt.Sprintf("gpc-%d", i), a, noon, nil)))
		})
		race.Wait()
		if w.mayUse(a, shares) {
			t.Fatalf("round %d: after both, the yes stands over the signal", i)
		}
		if !w.stands(a).GPC {
			t.Fatalf("round %d: the signal is lost", i)
		}
	}
}

// ethyca/fides #6660: a click on "Acknowledge", which chooses nothing, was taken
// for a choice and overrode the signal.
func TestOthersFides6660AnAcknowledgementIsNoChoice(t *testing.T) {
	w := gpcWorld(t)
	w.stock(4)
	anna := user("anna")
	w.grantAll(anna)
	if err := w.HonourGPC(context.Background(), anna); err != nil {
		t.Fatal(err)
	}
	var notice Notice
	for _, n := range w.Notices("en") {
		if n.Purpose == shares {
			notice = n
		}
	}
	yes := tactful.Consent{Purpose: shares, Answer: tactful.Granted, NoticeVersion: notice.Version, NoticeHash: notice.Hash, Method: "form"}
	acknowledged := yes
	acknowledged.Method = "acknowledge"
	for name, change := range map[string]ConsentChange{
		"a click that says nothing":           {},
		"a level alone":                       {Level: tactful.Full},
		"a yes by a method that is no choice": {Answers: []tactful.Consent{acknowledged}},
		"another real yes":                    {Answers: []tactful.Consent{yes}},
	} {
		w.clock.pass(time.Minute)
		_, err := w.SetConsents(context.Background(), anna, change)
		if (err != nil) != (len(change.Answers) > 0 && change.Answers[0].Method == "acknowledge") {
			t.Errorf("%s: %v", name, err)
		}
		if !w.stands(anna).GPC || w.mayUse(anna, shares) {
			t.Errorf("%s overrode the signal", name)
		}
	}
	w.expect(w.deliver(Native, false, events(viewing("ack-1", anna, w.clock.Now(), object{"level": "full"}))), "accepted")
	if !w.stands(anna).GPC || w.mayUse(anna, shares) {
		t.Error("an event without the header overrode the signal")
	}
	off := false
	if _, err := w.SetConsents(context.Background(), anna, ConsentChange{GPC: &off}); err != nil || !w.mayUse(anna, shares) {
		t.Errorf("the positive control: only taking the signal back itself lifts it (%v)", err)
	}
}

// PostHog/posthog-js #5020 (its fix #5024 was closed unmerged): events that
// waited in the queue, or for a retry, were still sent after the opt-out. We
// cannot empty the queues of others; we do not take what they bring.
func TestOthersPostHog5020WhatWaitedInAQueueIsNotTakenAfterANo(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(8)
	w.crowd(40, 8)
	w.agree("anna", tactful.Personal)
	at := w.clock.Now()
	queued := events(viewing("q-1", user("anna"), at, nil), viewing("q-2", user("anna"), at.Add(time.Second), nil))
	w.expect(w.deliver(Native, false, events(viewing("q-0", user("anna"), at, nil))), "accepted")
	w.clock.pass(time.Minute)
	before := w.train()
	w.says(user("anna"), tactful.LevelUnknown, tactful.Withdrawn)
	for _, wait := range []time.Duration{0, time.Second, time.Hour, 40 * time.Hour} { // a batch, then its retries
		w.clock.pass(wait)
		w.expect(w.deliver(Native, false, queued), "refused withdrawn", "refused withdrawn")
		w.expect(w.fromBrowser(Native, false, events(viewing("q-3", anonymous("phone"), at, nil))), "refused not_permitted")
	}
	if kept := w.kept(user("anna")); len(kept) != 1 {
		t.Errorf("kept %q", kept)
	}
	// The same at our own queue: what was stored before the no waits for the next fit, and is not learned.
	if after := w.train(); after.People != before.People-1 {
		t.Errorf("learned from %d people, before %d", after.People, before.People)
	}
	if d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou}); d.Level >= tactful.Personal {
		t.Errorf("a list at level %s", d.Level)
	}
}

// snowplow/snowplow-javascript-tracker #663: "consent withdrawn" was only one
// more event; tracking went on. Here it ends the taking, in the same delivery,
// and the using, however it is said.
func TestOthersSnowplow663AWithdrawalIsNotOnlyWrittenDown(t *testing.T) {
	for name, withdraw := range map[string]func(w *world) []Outcome{
		"through the API": func(w *world) []Outcome {
			w.says(user("anna"), tactful.LevelUnknown, tactful.Withdrawn)
			return w.send("anna", "viewed", 2)
		},
		"in an event": func(w *world) []Outcome {
			no := object{"answers": []any{object{"purpose": "recommendations", "answer": "withdrawn"}, object{"purpose": "improvement", "answer": "withdrawn"}}}
			return w.deliver(Native, false, events(viewing("s-1", user("anna"), w.clock.Now(), no)))
		},
		"by a Segment client": func(w *world) []Outcome {
			e := track("s-2", "anna", "Segment Consent Preference Updated", object{})
			e["context"] = object{"consent": object{"categoryPreferences": object{"Functional": false}}}
			w.deliver(SegmentBatch, false, object{"batch": []any{e}})
			return w.send("anna", "viewed", 2)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(c *Config) {
				c.Consent.Categories = map[string]consent.CategoryConfig{"Functional": {
					Purposes: []tactful.Purpose{tactful.Recommendations, tactful.Improvement}, Version: "1", Text: "We may use what you do here.", Language: "en", Level: "personal",
				}}
			})
			w.stock(8)
			w.crowd(40, 8)
			w.agree("anna", tactful.Personal)
			w.mustSend("anna", "purchased", 1)
			if d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou}); d.Level != tactful.Personal {
				t.Fatalf("before: level %s", d.Level)
			}
			w.clock.pass(time.Minute)
			for _, o := range withdraw(w) {
				if o.Status != OutcomeRefused || o.Reason != "withdrawn" {
					t.Errorf("an event with or after it: %s", fate(&o))
				}
			}
			w.clock.pass(time.Minute)
			for _, o := range w.send("anna", "viewed", 3) {
				if o.Status != OutcomeRefused {
					t.Errorf("tracking goes on: %s", fate(&o))
				}
			}
			if d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou}); d.Level >= tactful.Personal {
				t.Errorf("using goes on at level %s", d.Level)
			}
			if got := w.stands(user("anna")).Purposes[tactful.Recommendations].Answer; got != tactful.Withdrawn {
				t.Errorf("on record: %s", got)
			}
		})
	}
}

// Klaro permits services with `default: true`: consent before anybody answered.
// Segment lets events without a consent object pass its filters. Here silence,
// an empty object and a missing category are all no, for every purpose.
func TestOthersKlaroSilenceIsNoYes(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Consent.Categories = map[string]consent.CategoryConfig{"Functional": {
			Purposes: []tactful.Purpose{tactful.Recommendations}, Version: "1", Text: "We may use what you do here.", Language: "en", Level: "personal",
		}}
	})
	w.stock(4)
	sent := 0
	for name, consent := range map[string]any{
		"no object at all":              nil,
		"an empty object":               object{},
		"no categories":                 object{"categoryPreferences": object{}},
		"a category that is not ours":   object{"categoryPreferences": object{"Advertising": true}},
		"a yes that is a word":          object{"categoryPreferences": object{"Functional": "true"}},
		"a yes that is a number":        object{"categoryPreferences": object{"Functional": 1}},
		"a category by its lower case":  object{"categoryPreferences": object{"functional": true}},
		"an object that is a plain yes": true,
	} {
		sent++
		e := track(fmt.Sprintf("k-%d", sent), "nobody", "Product Viewed", object{"product_id": "item-3"})
		if consent != nil {
			e["context"] = object{"consent": consent}
		}
		for _, o := range w.deliver(SegmentBatch, false, object{"batch": []any{e}}) {
			if o.Status != OutcomeRefused {
				t.Errorf("%s: %s", name, fate(&o))
			}
		}
	}
	if n := w.subjects(); n != 0 {
		t.Errorf("%d people were made by silence", n)
	}
	// Somebody who is known, and has answered nothing.
	if _, err := w.SetConsents(context.Background(), user("anna"), ConsentChange{Level: tactful.Full}); err != nil {
		t.Fatal(err)
	}
	for _, purpose := range w.policy.Purposes() {
		if w.mayUse(user("anna"), purpose) {
			t.Errorf("%s is permitted by a level and silence", purpose)
		}
	}
	e := track("k-yes", "ben", "Product Viewed", object{"product_id": "item-3"})
	e["context"] = object{"consent": object{"categoryPreferences": object{"Functional": true}}}
	w.expect(w.deliver(SegmentBatch, false, object{"batch": []any{e}}), "accepted") // the positive control
}
