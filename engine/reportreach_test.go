package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/report"
)

func TestReachCountsPeopleOnceInEachStepAndOnlyWhoAgreed(t *testing.T) {
	ctx := context.Background()
	w := selling(t, shopCampaigns, nil)
	w.busy()
	person := tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorPerson})
	for _, id := range []string{"anna", "ben", "cleo", "dora"} {
		w.grant(id, append([]tactful.Purpose{tactful.Improvement}, every...)...)
		w.mustSend(id, "purchased", 1)
	}
	w.grant("eve", every...) // no yes to improvement: served, never counted
	w.mustSend("eve", "purchased", 1)
	for _, id := range []string{"anna", "ben", "cleo", "dora", "eve"} {
		d := w.offerFor(id, "site", 1)
		if got := offeredNames(d); len(got) != 1 || got[0] != "kitchen/site" {
			t.Fatalf("%s is offered %v", id, got)
		}
		switch id {
		case "anna", "eve":
			for range 2 { // said twice
				if err := w.Report(person, d.ID, tactful.FeedbackClicked, "kitchen/site"); err != nil && tactful.KindOf(err) != tactful.Conflict {
					t.Fatal(err)
				}
			}
		case "ben":
			if err := w.Report(person, d.ID, tactful.FeedbackDismissed, "kitchen/site"); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.clock.pass(24 * time.Hour)
	q := report.Question{Report: report.Campaigns}
	got := w.exactly(q)
	if got["kitchen shown"] != 4 || got["kitchen clicked"] != 1 || got["kitchen dismissed"] != 1 || got["kitchen converted"] != 0 || got["toys shown"] != 0 {
		t.Errorf("reach %v", got)
	}
	w.answerTo("anna", tactful.Improvement, tactful.Withdrawn)
	if _, err := w.Erase(person, user("ben")); err != nil {
		t.Fatal(err)
	}
	if err := w.Restrict(person, user("cleo")); err != nil {
		t.Fatal(err)
	}
	if got = w.exactly(q); got["kitchen shown"] != 1 || got["kitchen clicked"] != 0 || got["kitchen dismissed"] != 0 {
		t.Errorf("who took back, was erased or is locked is counted: %v", got)
	}
	// Campaigns that nobody saw are named as well: that a name stands there tells nothing.
	a := w.mustAsk(q)
	if len(a.Rows) != 4*4 || a.Groups != 16 || a.Epsilon <= 0 || a.Margin < 1 {
		t.Errorf("%d rows, %d groups, epsilon %g, margin %g", len(a.Rows), a.Groups, a.Epsilon, a.Margin)
	}
}

func TestOutcomesOfTestsCountWhoIsInThemNow(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(6)
	w.running(testedFile)
	w.dismay(0, 30, 0.5)
	for i := range 3 { // bought within the window
		w.clock.pass(time.Second)
		w.mustSend(fmt.Sprintf("p%d", i), "purchased", 1)
	}
	q := report.Question{Report: report.Experiments}
	got := w.exactly(q)
	all := got["calm-button/calm exposed"] + got["calm-button/control exposed"]
	if all != 30 || got["calm-button/calm creepy"] == 0 || got["calm-button/control creepy"] != 0 ||
		got["calm-button/calm conversion"]+got["calm-button/control conversion"] != 3 {
		t.Fatalf("outcomes %v", got)
	}
	w.takesPart("p0", tactful.Denied) // leaves: out of every number
	got = w.exactly(q)
	if left := got["calm-button/calm exposed"] + got["calm-button/control exposed"]; left != 29 || got["calm-button/calm conversion"]+got["calm-button/control conversion"] != 2 {
		t.Errorf("who left is counted: %v", got)
	}
	// What harm stopped is reported as well.
	if err := w.LookAtExperiments(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.StopExperiment(benTests, "calm-button", "it is enough"); err != nil && tactful.KindOf(err) != tactful.Conflict {
		t.Fatal(err)
	}
	if got := w.exactly(q); got["calm-button/calm exposed"]+got["calm-button/control exposed"] != 29 {
		t.Errorf("after its end: %v", got)
	}
	a := w.mustAsk(q)
	if len(a.Rows) != 2*(1+4) || a.Rows[0].Of != report.Exposed {
		t.Errorf("rows %v", a.Rows)
	}
}
