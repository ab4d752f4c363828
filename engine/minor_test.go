package engine

import (
	"context"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// TestAMinorIsNotProfiledWhoeverAgreed has somebody with a history and every
// permission become known as a minor.
func TestAMinorIsNotProfiledWhoeverAgreed(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(120, 24)
	w.agree("kim", tactful.Full)
	w.mustSend("kim", "purchased", 1, 5)
	w.train()
	ask := tactful.Request{Placement: tactful.ForYou, Count: 6, Subject: user("kim")}
	before := w.decide(ask)
	if before.Level != tactful.Full || before.Suggestions[0].Origin != tactful.Ranked {
		t.Fatalf("level %s: a list that is not personal proves nothing", before.Level)
	}
	if err := w.SetMinor(ctx, user("kim")); err != nil {
		t.Fatal(err)
	}
	nobody := w.decide(tactful.Request{Placement: tactful.ForYou, Count: 6, Level: tactful.Context})
	for _, level := range []tactful.Level{tactful.LevelUnknown, tactful.Full, tactful.Personal, tactful.Context, tactful.Generic} {
		ask.Level = level
		d := w.decide(ask)
		if d.Level > tactful.Context {
			t.Errorf("asked for %s: made at %s", level, d.Level)
		}
		for i, s := range d.Suggestions {
			if len(s.Reason.Items) > 0 || s.Item.ID != nobody.Suggestions[i].Item.ID {
				t.Errorf("asked for %s: %s in place %d, resting on %v; nobody gets %s", level, s.Item.ID, i, s.Reason.Items, nobody.Suggestions[i].Item.ID)
			}
		}
		if r, err := w.Receipt(ctx, d.ID); err != nil || len(r.Evidence) > 0 || r.ConsentID != "" {
			t.Errorf("the receipt names evidence: %+v %v", r, err)
		}
	}
	for _, o := range w.send("kim", "viewed", 4) {
		if o.Status != OutcomeRefused || o.Reason != decision.BecauseMinor.String() {
			t.Errorf("an event of a minor: %+v", o)
		}
	}
	// Asked again, with everything granted anew, it stays so.
	w.clock.pass(time.Hour)
	w.agree("kim", tactful.Full)
	ask.Level = tactful.LevelUnknown
	if d := w.decide(ask); d.Level > tactful.Context {
		t.Errorf("a new yes made it %s", d.Level)
	}
	if may, err := w.MayAsk(ctx, user("kim"), "DE"); err != nil || len(may) > 0 {
		t.Errorf("a minor may be asked for %v %v", may, err)
	}
	// Across a restart too, and in the copy and the controls.
	w.shut()
	w.open()
	if d := w.decide(ask); d.Level > tactful.Context {
		t.Errorf("after a restart: %s", d.Level)
	}
	if c, err := w.Control(ctx, user("kim")); err != nil || !c.Minor {
		t.Errorf("%+v %v", c, err)
	}
	// Positive control: of age again, the same history counts again.
	if err := w.SetAdult(ctx, user("kim")); err != nil {
		t.Fatal(err)
	}
	if d := w.decide(ask); d.Level != tactful.Full || len(d.Suggestions[0].Reason.Items) == 0 {
		t.Errorf("of age: level %s", d.Level)
	}
}

func TestTheModelForgetsWhatItLearnedFromAMinor(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(12)
	w.crowd(30, 12)
	without := w.train()
	w.agree("kim", tactful.Full)
	w.mustSend("kim", "purchased", 1, 2, 3)
	if with := w.train(); with.People != without.People+1 || with.Hash == without.Hash {
		t.Fatalf("%d and %d people: the fit proves nothing", with.People, without.People)
	}
	if err := w.SetMinor(context.Background(), user("kim")); err != nil {
		t.Fatal(err)
	}
	if again := w.train(); again.People != without.People || again.Hash != without.Hash {
		t.Errorf("%d people, hash %s; before the minor came %d, %s", again.People, again.Hash, without.People, without.Hash)
	}
}

func TestWhoIsUnknownBecomesKnownAsAMinorBeforeAYesCounts(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(6)
	if err := w.SetMinor(context.Background(), user("new")); err != nil {
		t.Fatal(err)
	}
	w.agree("new", tactful.Full)
	if d := w.decide(tactful.Request{Placement: tactful.ForYou, Count: 3, Subject: user("new")}); d.Level > tactful.Context {
		t.Errorf("level %s", d.Level)
	}
}

func TestOnlyAServiceSaysThatSomebodyIsOfAge(t *testing.T) {
	w := newWorld(t, nil)
	operator := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B.", Key: "k", Reason: "her mother wrote a letter"})
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	service := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorService, Key: "shop"})
	for name, ctx := range map[string]context.Context{"operator": operator, "person": person, "service": service} {
		if err := w.SetMinor(ctx, user("kim")); err != nil {
			t.Errorf("%s: what restricts is refused: %v", name, err)
		}
		err := w.SetAdult(ctx, user("kim"))
		if refused := tactful.KindOf(err) == tactful.Refused; refused != (name != "service") || err != nil && !refused {
			t.Errorf("%s: %v", name, err)
		}
	}
	if looks, err := w.Looks(person, user("kim"), 10); err != nil || len(looks) == 0 || looks[0].Name != "Ada B." {
		t.Errorf("what the operator did is not on record: %+v %v", looks, err)
	}
}
