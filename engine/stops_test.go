package engine

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/rights"
)

// TestWhoSaidNoIsObeyedByACopyFromBefore backs up, lets people say no in every
// way there is, puts the copy back, and looks at what is used.
func TestWhoSaidNoIsObeyedByACopyFromBefore(t *testing.T) {
	ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(40, 24)
	for _, who := range []string{"withdraws", "lowers", "objects", "locks", "pauses", "clears", "puts-aside", "removes-one", "signals", "minor", "nothing"} {
		w.live(who, 1, 2, 3, 7)
	}
	w.train()
	yes := w.decide(tactful.Request{Subject: user("nothing"), Placement: tactful.ForYou}).Level
	events := len(w.kept(user("nothing")))
	place := filepath.Join(t.TempDir(), "monday")
	if _, err := w.Backup(context.Background(), place, nil); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(time.Minute)
	on := true
	say := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.SetConsents(ctx, user("withdraws"), ConsentChange{Answers: []tactful.Consent{{Purpose: tactful.Recommendations, Answer: tactful.Withdrawn}}})
	say(err)
	_, err = w.SetConsents(ctx, user("lowers"), ConsentChange{Level: tactful.Generic})
	say(err)
	say(w.Object(ctx, user("objects")))
	say(w.Restrict(ctx, user("locks")))
	say(w.Pause(ctx, user("pauses"), w.clock.Now().Add(240*time.Hour)))
	_, err = w.WithdrawEvents(ctx, user("clears"), rights.Selection{All: true})
	say(err)
	say(w.SetHistory(ctx, user("puts-aside"), "item-1", "unused"))
	_, err = w.WithdrawEvents(ctx, user("removes-one"), rights.Selection{Item: "item-1"})
	say(err)
	_, err = w.SetConsents(ctx, user("signals"), ConsentChange{GPC: &on})
	say(err)
	say(w.SetMinor(stolen("shop"), user("minor")))
	w.shut()
	w.putBackCopy(place)
	w.open()

	level := func(who string) tactful.Level {
		return w.decide(tactful.Request{Subject: user(who), Placement: tactful.ForYou}).Level
	}
	if got := level("nothing"); got != yes || yes < tactful.Personal {
		t.Errorf("who said nothing is served at %s, and was at %s", got, yes)
	}
	for _, who := range []string{"withdraws", "lowers", "locks", "pauses", "minor"} {
		if got := level(who); got >= tactful.Personal {
			t.Errorf("who %s is served at %s by the copy", who, got)
		}
	}
	if c, err := w.Control(ctx, user("objects")); err != nil || c.Objected.IsZero() {
		t.Errorf("the objection is forgotten: %+v, %v", c, err)
	}
	if c, err := w.Consents(ctx, user("signals")); err != nil || !c.GPC {
		t.Errorf("the signal is forgotten: %+v, %v", c, err)
	}
	if got := len(w.kept(user("clears"))); got != 0 {
		t.Errorf("%d events that were removed are back", got)
	}
	if got := len(w.kept(user("removes-one"))); got != events-1 {
		t.Errorf("%d of %d events are kept, one was removed", got, events)
	}
	history, err := w.History(ctx, user("puts-aside"), 100)
	say(err)
	for _, h := range history {
		if h.Item.ID == "item-1" && h.Setting != "unused" {
			t.Errorf("what was put aside is used again: %+v", h)
		}
	}
	report, err := w.VerifyLedger(context.Background(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range report.Faults {
		if fault == "a standing rests on a record that is not there or says something else" {
			t.Error(fault)
		}
	}
	w.shut()
	w.open() // and stays so
	if got := level("withdraws"); got >= tactful.Personal {
		t.Errorf("after another start: %s", got)
	}
}

// TestWhatWasSaidLastCountsWhateverTheClockSaid lets a clock stand ahead for one
// answer and be set right before the next.
func TestWhatWasSaidLastCountsWhateverTheClockSaid(t *testing.T) {
	ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	w := newWorld(t, nil)
	w.stock(24)
	w.agree("anna", tactful.Full)
	place := filepath.Join(t.TempDir(), "monday")
	if _, err := w.Backup(context.Background(), place, nil); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(24 * time.Hour)
	if err := w.Pause(ctx, user("anna"), w.clock.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(-24*time.Hour + time.Minute)
	if _, err := w.SetConsents(ctx, user("anna"), ConsentChange{Answers: []tactful.Consent{{Purpose: tactful.Recommendations, Answer: tactful.Withdrawn}}}); err != nil {
		t.Fatal(err)
	}
	w.shut()
	w.putBackCopy(place)
	w.open()
	if c, err := w.Consents(ctx, user("anna")); err != nil || c.Purposes[tactful.Recommendations].Answer != tactful.Withdrawn {
		t.Errorf("the last no is forgotten: %+v, %v", c, err)
	}
}

// TestAStartThatIsCutAfterTheStopsDoesNotServeTheCopysModel opens a restored copy
// with a fit that fails, and once more.
func TestAStartThatIsCutAfterTheStopsDoesNotServeTheCopysModel(t *testing.T) {
	ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(40, 24)
	w.train()
	before := w.Health().ModelHash
	place := filepath.Join(t.TempDir(), "monday")
	if _, err := w.Backup(context.Background(), place, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := w.WithdrawEvents(ctx, user("crowd-1"), rights.Selection{All: true}); err != nil {
		t.Fatal(err)
	}
	w.shut()
	w.putBackCopy(place)
	w.open()
	w.shut()
	// As the start leaves it that ends after the stops: data and keys disagree still.
	w.putBackCopy(place)
	w.open()
	if after := w.Health().ModelHash; after == before || after == "" {
		t.Errorf("the model of the copy serves: %s", after)
	}
}
