package engine

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

func TestWhatWasBoughtStaysAwayUnderManyNewerLooks(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(40)
	w.crowd(120, 40)
	w.train()
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1)
	w.mustSend("anna", "dismissed", 5)
	for range 30 {
		w.clock.pass(time.Minute)
		w.mustSend("anna", "viewed", 9, 13, 17, 21, 25, 29, 33, 37, 9+1, 13+1)
	}
	d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou, Count: 40})
	if got := shown(d); slices.Contains(got, "item-1") || slices.Contains(got, "item-5") || len(got) == 0 {
		t.Errorf("after three hundred looks the list is %v", got)
	}
	if !slices.ContainsFunc(d.Withheld, func(h tactful.Withheld) bool { return h.Guard == "purchased" && h.Count >= 2 }) {
		t.Errorf("withheld: %+v", d.Withheld)
	}
}

func TestAnErasureBehindALongFitIsFinishedInTheBackground(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(40, 24)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2)
	w.train()
	if err := w.school.lesson.take(context.Background()); err != nil { // a fit that takes its time
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := w.Erase(ctx, user("anna"))
	if tactful.KindOf(err) != tactful.Unavailable {
		t.Fatalf("while a fit holds the sums: %v", err)
	}
	if d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou}); d.Level != tactful.Generic {
		t.Errorf("a person to be erased is served at level %s", d.Level)
	}
	w.school.lesson.give()
	deadline := time.After(20 * time.Second)
	for w.school.owed.Load() {
		select {
		case <-deadline:
			t.Fatal("the erasure was not finished")
		case <-time.After(5 * time.Millisecond):
		}
	}
	if refs, err := w.records.Lookup(context.Background(), []tactful.Alias{user("anna")}, w.clock.Now()); err != nil || !refs[0].IsZero() {
		t.Errorf("still known: %v", err)
	}
	if _, err := w.Erase(context.Background(), user("anna")); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("asked again: %v", err)
	}
}

func TestAFitThatWasCutShortIsNotTakenForDone(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(40, 24)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2, 7)
	with := w.train()
	ctx, cancel := context.WithCancel(context.Background())
	ref, err := w.find(ctx, user("anna"), w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.freeze(ctx, ref, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if err := w.school.lesson.take(ctx); err != nil {
		t.Fatal(err)
	}
	if err := w.empty(ctx, []tactful.Ref{ref}, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, _, err := w.refit(ctx, w.clock.Now(), nil); err == nil {
		t.Fatal("a cancelled fit gave a model")
	}
	w.school.lesson.give()
	if _, err := w.Erase(context.Background(), user("anna")); err != nil {
		t.Fatal(err)
	}
	if w.Health().ModelHash == with.Hash {
		t.Error("the model in use still remembers the person")
	}
}
