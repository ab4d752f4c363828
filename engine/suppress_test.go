package engine

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// sendSaying delivers one purchase that carries a yes of the moment said.
func (w *world) sendSaying(id, message string, said time.Time) Outcome {
	w.t.Helper()
	var answers []map[string]any
	for _, n := range w.Notices("en") {
		if n.Purpose == tactful.Recommendations || n.Purpose == tactful.Improvement {
			answers = append(answers, map[string]any{"purpose": n.Purpose, "answer": "granted", "noticeHash": n.Hash, "method": "form", "time": said.Format(time.RFC3339)})
		}
	}
	body, err := json.Marshal(map[string]any{"events": []any{map[string]any{
		"messageId": message, "userId": id, "action": "purchased", "item": "item-2", "source": "web", "time": said.Format(time.RFC3339),
		"consent": map[string]any{"level": "personal", "answers": answers},
	}}})
	if err != nil {
		w.t.Fatal(err)
	}
	outcomes, err := w.Ingest(context.Background(), Delivery{Trust: Trusted, Form: Native, Body: body})
	if err != nil || len(outcomes) != 1 {
		w.t.Fatal(outcomes, err)
	}
	return outcomes[0]
}

// erasedUnder says when somebody was erased under a name, as far as it is remembered.
func (w *world) erasedUnder(id string) time.Time {
	w.t.Helper()
	erased, err := w.forgotten.ErasedUnder(context.Background(), []tactful.Alias{user(id)}, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return erased[0]
}

func (w *world) known(id string) bool {
	w.t.Helper()
	ref, err := w.find(context.Background(), user(id), w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return !ref.IsZero()
}

func TestAnOldYesSentAgainAfterAnErasureMakesNobodyKnown(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(4)
	said := w.clock.Now().Add(-time.Hour)
	if o := w.sendSaying("anna", "m1", said); o.Status != OutcomeAccepted || !w.known("anna") {
		t.Fatalf("control: without an erasure the yes counts: %+v", o)
	}
	receipt, err := w.Erase(ctx, user("anna"))
	if err != nil {
		t.Fatal(err)
	}
	erased := w.clock.Now()

	w.clock.pass(time.Hour)
	if o := w.sendSaying("anna", "m1", said); o.Status != OutcomeRefused || o.Reason != "no_subject" || w.known("anna") {
		t.Errorf("the same message once more: %+v", o)
	}
	if o := w.sendSaying("anna", "m2", erased); o.Status != OutcomeRefused || w.known("anna") {
		t.Errorf("another message with a yes of that moment: %+v", o)
	}
	old := w.answers(said)
	if _, err := w.SetConsents(ctx, user("anna"), ConsentChange{Level: tactful.Personal, Answers: old}); tactful.KindOf(err) != tactful.Refused || w.known("anna") {
		t.Errorf("an import of the old yes: %v", err)
	}
	w.shut()
	w.open()
	w.clock.pass(300 * 24 * time.Hour)
	if o := w.sendSaying("anna", "m3", erased.Add(-time.Minute)); o.Status != OutcomeRefused || w.known("anna") {
		t.Errorf("300 days later: %+v", o)
	}

	var suppression ErasureRemains
	for _, r := range receipt.Remains {
		if r.What == "suppression" {
			suppression = r
		}
	}
	if len(suppression.Hashes) != 1 || !suppression.Until.Equal(erased.Add(w.cfg.Erasure.Suppress)) || w.cfg.Erasure.Suppress != 395*24*time.Hour {
		t.Errorf("the receipt says %+v", suppression)
	}
	if o := w.sendSaying("anna", "m4", w.clock.Now().Add(-time.Minute)); o.Status != OutcomeAccepted || !w.known("anna") {
		t.Errorf("a new yes of her own: %+v", o)
	}
	if got := w.erasedUnder("anna"); !got.Equal(erased) {
		t.Errorf("her coming back ended the suppression before its term: %v", got)
	}
	if o := w.sendSaying("ben", "m5", said); o.Status != OutcomeAccepted {
		t.Errorf("control: somebody else with a yes as old: %+v", o)
	}
}

func (w *world) answers(said time.Time) (list []tactful.Consent) {
	for _, n := range w.Notices("en") {
		if n.Purpose == tactful.Recommendations || n.Purpose == tactful.Improvement {
			list = append(list, tactful.Consent{Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Method: "form", Time: said})
		}
	}
	return list
}

func TestAfterTheTermOfTheSuppressionNothingIsRemembered(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, func(c *Config) { c.Erasure.Suppress = 48 * time.Hour })
	w.stock(4)
	w.agree("anna", tactful.Personal)
	if _, err := w.Erase(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(47 * time.Hour)
	if w.erasedUnder("anna").IsZero() {
		t.Fatal("forgotten within the term")
	}
	w.clock.pass(time.Hour)
	if erased := w.erasedUnder("anna"); !erased.IsZero() {
		t.Errorf("after the term: %v", erased)
	}
	if n, err := w.keys.Sweep(ctx, w.clock.Now()); err != nil || n != 1 {
		t.Errorf("the sweep removed %d rows, %v", n, err)
	}
}

func TestANewYesBesideAnOldNoBringsSomebodyBackAndTheOldYesBesideItDoesNotCount(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(4)
	w.agree("anna", tactful.Personal)
	if _, err := w.Erase(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(time.Hour)
	answers := w.answers(time.Time{}) // said now
	answers[1].Time = w.clock.Now().Add(-2 * time.Hour)
	next, err := w.SetConsents(ctx, user("anna"), ConsentChange{Level: tactful.Personal, Answers: answers})
	if tactful.KindOf(err) != tactful.Refused {
		t.Errorf("nobody says that the old yes did not count: %v", err)
	}
	if next.Purposes[answers[0].Purpose].Answer != tactful.Granted || next.Purposes[answers[1].Purpose].Answer == tactful.Granted {
		t.Errorf("%+v", next.Purposes)
	}
}
