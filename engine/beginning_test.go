package engine

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/tactful/tactful"
)

// in is the context in which the centre acts in a visit.
func (w *world) in(ticket string) context.Context {
	w.t.Helper()
	v, err := w.VisitOf(context.Background(), ticket)
	if err != nil {
		w.t.Fatal(err)
	}
	return WithBeginning(tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson, Key: v.Maker}), v.Beginning)
}

// agreeIn says yes as the page of a visit does.
func (w *world) agreeIn(ticket, id string) {
	w.t.Helper()
	if err := w.sayYes(w.in(ticket), id); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) sayYes(ctx context.Context, id string) error {
	change := ConsentChange{Level: tactful.Personal}
	for _, n := range w.Notices("en") {
		if n.Purpose == tactful.Recommendations {
			change.Answers = append(change.Answers, tactful.Consent{
				Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"})
		}
	}
	_, err := w.SetConsents(ctx, user(id), change)
	return err
}

// enterAsNew redeems a link for somebody whom nobody knows.
func (w *world) enterAsNew(id string) string {
	w.t.Helper()
	l, err := w.MakeLink(asShop, LinkRequest{Subject: user(id), Base: centre, Newcomer: true})
	if err != nil {
		w.t.Fatal(err)
	}
	v, err := w.RedeemLink(context.Background(), l.Token)
	if err != nil {
		w.t.Fatal(err)
	}
	ticket, err := w.BeginVisit(context.Background(), v)
	if err != nil {
		w.t.Fatal(err)
	}
	return ticket
}

// TestAVisitOfNobodyEndsWhenAnythingElseMakesThemKnown: a link for a stranger is a
// way into the centre of whoever gets the name later.
func TestAVisitOfNobodyEndsWhenAnythingElseMakesThemKnown(t *testing.T) {
	ctx := context.Background()
	template, _ := prepare(t, nil)
	for name, known := range map[string]func(w *world) error{
		"their yes in the shop":   func(w *world) error { return w.sayYes(asShop, "new") },
		"a protection":            func(w *world) error { return w.SetMinor(asShop, user("new")) },
		"another visit of theirs": func(w *world) error { return w.sayYes(w.in(w.enterAsNew("new")), "new") },
		"one more name of somebody known": func(w *world) error {
			return w.records.Link(ctx, user("new"), w.ref("anna"), w.clock.Now())
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := template.another(t)
			w.open()
			defer w.shut()
			ticket := w.enterAsNew("new")
			l, err := w.MakeLink(asShop, LinkRequest{Subject: user("new"), Base: centre, Newcomer: true})
			if err != nil {
				t.Fatal(err)
			}
			early, err := w.RedeemLink(ctx, l.Token)
			if err != nil {
				t.Fatal(err)
			}
			slow := w.in(ticket) // a request that is still being sent
			if err := known(w); err != nil {
				t.Fatal(err)
			}
			if w.visits(ticket) {
				t.Error("the visit goes on")
			}
			if _, err := w.BeginVisit(ctx, early); tactful.KindOf(err) != tactful.NotFound {
				t.Errorf("a visit begins that was opened before: %v", err)
			}
			if _, err := w.History(slow, user("new"), 10); tactful.KindOf(err) != tactful.NotFound {
				t.Errorf("a request under way shows them: %v", err)
			}
			if err := w.sayYes(slow, "new"); tactful.KindOf(err) != tactful.NotFound {
				t.Errorf("a request under way says yes for them: %v", err)
			}
			if _, err := w.History(w.in(w.visit("new")), user("new"), 10); err != nil {
				t.Errorf("control, a visit of them as they are known: %v", err)
			}
		})
	}
}

// TestWhomAVisitMakesKnownSeeItsLink: it goes on for them, and who made the link is
// on record, as of everybody else.
func TestWhomAVisitMakesKnownSeeItsLink(t *testing.T) {
	w := newWorld(t, nil)
	ticket := w.enterAsNew("new")
	w.agreeIn(ticket, "new")
	if !w.visits(ticket) {
		t.Error("the yes in the visit ended it")
	}
	var opened tactful.Opened
	for _, look := range w.looked("new") {
		if look.Kind != tactful.ActorService || look.Name != w.cfg.Looks.Website {
			t.Errorf("%+v", look)
		}
		opened |= look.Opened
	}
	if opened != tactful.OpenedLink|tactful.OpenedRedeemed {
		t.Errorf("on record is %b", opened)
	}
	if _, err := w.History(w.in(ticket), user("new"), 10); err != nil {
		t.Errorf("in the visit: %v", err)
	}
	w.shut()
	w.reopen(new(bytes.Buffer))
	if !w.visits(ticket) {
		t.Error("a restart ended it")
	}
	if _, err := w.Erase(w.in(ticket), user("new")); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(1)
	if err := w.sayYes(asShop, "new"); err != nil {
		t.Fatal(err)
	}
	if w.visits(ticket) {
		t.Error("it opens who got the name after an erasure")
	}
}

// TestLinksForStrangersCountInThePaceOfTheirKey: one for each name of tomorrow's
// customers is looking for people too.
func TestLinksForStrangersCountInThePaceOfTheirKey(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Looks.ServicePeoplePerHour = 3 })
	make := func(id string) error {
		_, err := w.MakeLink(asShop, LinkRequest{Subject: user(id), Base: centre, Newcomer: true})
		return err
	}
	for _, id := range []string{"a", "b", "c", "a"} {
		if err := make(id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	var wait *TooMany
	if err := make("d"); !errors.As(err, &wait) {
		t.Errorf("the fourth: %v", err)
	}
}
