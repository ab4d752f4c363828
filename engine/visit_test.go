package engine

import (
	"bytes"
	"context"
	"testing"

	"github.com/tactful/tactful"
)

func (w *world) visits(ticket string) bool {
	w.t.Helper()
	_, err := w.VisitOf(context.Background(), ticket)
	if err != nil && (tactful.KindOf(err) != tactful.NotFound || err.Error() != noVisit().Error()) {
		w.t.Fatal(err)
	}
	return err == nil
}

func (w *world) visit(id string) string {
	w.t.Helper()
	ticket, err := w.BeginVisit(context.Background(), Visit{Subject: user(id), Opens: true, Until: w.clock.Now().Add(w.cfg.Rights.Visit)})
	if err != nil {
		w.t.Fatal(err)
	}
	return ticket
}

func TestAVisitOutlivesARestartAndSoDoesItsEnd(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	w.agree("ben", tactful.Personal)
	restart := func() {
		t.Helper()
		if err := w.Close(ctx); err != nil {
			t.Fatal(err)
		}
		w.reopen(new(bytes.Buffer))
	}
	phone, desk, bens := w.visit("anna"), w.visit("anna"), w.visit("ben")
	restart()
	if v, err := w.VisitOf(ctx, phone); err != nil || v.Subject != user("anna") {
		t.Errorf("after a restart: %+v, %v", v, err)
	}
	if err := w.EndVisits(ctx, phone); err != nil {
		t.Fatal(err)
	}
	restart()
	if w.visits(phone) || w.visits(desk) {
		t.Error("a visit goes on after signing out")
	}
	if !w.visits(bens) {
		t.Error("signing out ended somebody else's visit")
	}
	later := w.visit("anna")
	if !w.visits(later) {
		t.Error("a new visit does not count")
	}
	w.clock.now = w.clock.now.Add(w.cfg.Rights.Visit)
	if w.visits(later) || w.visits(bens) {
		t.Error("visits do not end by themselves")
	}
}

func TestAVisitOfSomebodyElsesMakingOpensNothing(t *testing.T) {
	w, other := newWorld(t, nil), newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	other.agree("anna", tactful.Personal)
	if w.visits(other.visit("anna")) {
		t.Error("a ticket of another installation opens this one")
	}
	if w.visits("") || w.visits("AAAA") {
		t.Error("nonsense opens a visit")
	}
}

// Whoever is not known yet comes with their name alone: once they say yes, the
// visit goes on, and signing out ends it.
func TestAVisitOfSomebodyNewGoesOnAfterTheirFirstYes(t *testing.T) {
	w := newWorld(t, nil)
	ticket := w.visit("cleo")
	if !w.visits(ticket) {
		t.Fatal("whoever is new cannot come in")
	}
	w.agreeIn(ticket, "cleo")
	if !w.visits(ticket) {
		t.Error("the first yes ended the visit")
	}
	if err := w.EndVisits(context.Background(), ticket); err != nil || w.visits(ticket) {
		t.Errorf("signing out: %v", err)
	}
}

func FuzzVisitOf(f *testing.F) {
	w := newWorld(f, nil)
	w.agree("anna", tactful.Personal)
	ticket := w.visit("anna")
	f.Add("")
	f.Add("AAAA")
	f.Add(ticket[:len(ticket)-1])
	f.Fuzz(func(t *testing.T, text string) {
		v, err := w.VisitOf(context.Background(), text)
		if err == nil && text != ticket {
			t.Errorf("%q opens %+v", text, v)
		}
		if err != nil && v != (Visit{}) {
			t.Error("a refused ticket names somebody")
		}
	})
}

func TestACopySaysWhenThePersonLastLeft(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	if err := w.EndVisits(ctx, w.visit("anna")); err != nil {
		t.Fatal(err)
	}
	c, err := w.copyOf(ctx, w.ref("anna"), w.clock.Now())
	if err != nil || len(c.Visits) != 1 || !c.Visits[0].Ended.Equal(w.clock.Now()) {
		t.Fatalf("%+v, %v", c.Visits, err)
	}
	for _, other := range c.Other {
		if other.Place == "state 0a" {
			t.Error("it is there twice")
		}
	}
	if err := w.RotateKeys(ctx, nil); err != nil { // nobody watches
		t.Fatal(err)
	}
}
