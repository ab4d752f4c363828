package engine

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

func TestNobodyIsPersonalizedWithoutARecordedYes(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(120, 24)
	w.train()
	for _, o := range w.send("stranger", "purchased", 1) {
		if o.Status != OutcomeRefused || o.Reason != "no_subject" || o.Remedy == "" {
			t.Errorf("a stranger's event: %+v", o)
		}
	}
	d := w.decide(tactful.Request{Subject: user("stranger"), Placement: tactful.ForYou})
	if d.Level != tactful.Generic || d.ID == "" {
		t.Errorf("a stranger is served at level %s", d.Level)
	}
	for _, s := range d.Suggestions {
		if s.Origin == tactful.Ranked || s.Reason.Sentence == "" {
			t.Errorf("%s is %s because %q", s.Item.ID, s.Origin, s.Reason.Sentence)
		}
	}
}

func TestTheFirstEventChangesTheNextAnswer(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(120, 24)
	w.train()
	w.agree("anna", tactful.Personal)
	before := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou})
	w.mustSend("anna", "purchased", 1)
	after := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou})
	if slices.Equal(shown(before), shown(after)) {
		t.Fatalf("still %v", shown(after))
	}
	first := after.Suggestions[0]
	if first.Origin != tactful.Ranked || !slices.Equal(first.Reason.Items, []string{"item-1"}) || !strings.Contains(first.Reason.Sentence, "Thing number 1") {
		t.Errorf("the first one is %s because %q of %v", first.Origin, first.Reason.Sentence, first.Reason.Items)
	}
	if slices.Contains(shown(after), "item-1") {
		t.Error("what was bought is pushed")
	}
	receipt, err := w.Receipt(context.Background(), after.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(receipt.Evidence) != 1 || receipt.Evidence[0].Item != "item-1" || receipt.ConsentID == "" || receipt.ModelVersion == "" {
		t.Errorf("the receipt says %+v", receipt)
	}
	if receipt.Shown[0].Reason.Sentence != first.Reason.Sentence {
		t.Error("the receipt tells another reason than the answer")
	}
}

func TestWithdrawingYesEndsItInTheNextDecision(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(120, 24)
	w.train()
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1)
	if d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou}); d.Level != tactful.Personal {
		t.Fatalf("level %s", d.Level)
	}
	c, err := w.SetConsents(context.Background(), user("anna"), ConsentChange{Answers: []tactful.Consent{{Purpose: tactful.Recommendations, Answer: tactful.Denied}}})
	if err != nil || c.Purposes[tactful.Recommendations].Answer != tactful.Withdrawn {
		t.Fatalf("%v %v", c.Purposes[tactful.Recommendations].Answer, err)
	}
	d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou})
	for _, s := range d.Suggestions {
		if s.Origin == tactful.Ranked {
			t.Errorf("%s is still picked from the history", s.Item.ID)
		}
	}
}

func TestGenericIsTheSameForEverybodyAndReadsTheConsentRowOnly(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(120, 24)
	w.train()
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 5, 9)
	w.agree("ben", tactful.Full)
	w.mustSend("ben", "purchased", 2, 6)
	var lists [][]tactful.Suggestion
	for _, who := range []tactful.Alias{{}, user("stranger"), user("anna"), user("ben")} {
		d := w.decide(tactful.Request{Subject: who, Placement: tactful.ForYou, Level: tactful.Generic, Count: 10})
		if d.Level != tactful.Generic {
			t.Errorf("level %s", d.Level)
		}
		lists = append(lists, d.Suggestions)
	}
	for _, list := range lists[1:] {
		if !reflect.DeepEqual(list, lists[0]) {
			t.Errorf("two generic lists differ:\n%v\n%v", list, lists[0])
		}
	}
}

func TestDontUseThisIsObeyedInTheNextList(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(120, 24)
	w.train()
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2)
	for _, word := range []string{"unused", "gift", "wrong"} {
		if err := w.SetHistory(context.Background(), user("anna"), "item-1", word); err != nil {
			t.Fatal(err)
		}
		d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou, Count: 10})
		receipt, err := w.Receipt(context.Background(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, used := range receipt.Evidence {
			if used.Item == "item-1" {
				t.Errorf("%s: item-1 still has a share of %g", word, used.Share)
			}
		}
		if slices.Contains(shown(d), "item-1") {
			t.Errorf("%s: what was bought is pushed", word)
		}
	}
	if err := w.SetHistory(context.Background(), user("anna"), "item-1", "none"); err != nil {
		t.Fatal(err)
	}
	d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou, Count: 10})
	receipt, err := w.Receipt(context.Background(), d.ID)
	if err != nil || !slices.ContainsFunc(receipt.Evidence, func(u tactful.Used) bool { return u.Item == "item-1" }) {
		t.Errorf("undone, but not used again: %v", err)
	}
}

func TestErasedEqualsNeverSeen(t *testing.T) {
	without := newWorld(t, nil)
	without.stock(24)
	without.crowd(60, 24)
	never := without.train()

	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(60, 24)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2, 3, 7)
	with := w.train()
	if with.Hash == never.Hash {
		t.Fatal("the model did not learn from anna: the test looks at the wrong thing")
	}
	if _, err := w.Erase(context.Background(), user("anna")); err != nil {
		t.Fatal(err)
	}
	if got := w.Health().ModelHash; got != never.Hash {
		t.Errorf("the model after erasure is %s, never seen is %s", got, never.Hash)
	}
	if c, err := w.Consents(context.Background(), user("anna")); err != nil || c.Level != tactful.LevelUnknown {
		t.Errorf("consents after erasure: %+v, %v", c, err)
	}
	w.shut()
	w.open()
	if got := w.Health().ModelHash; got != never.Hash {
		t.Errorf("after a restart the model is %s", got)
	}
	if again := w.train(); again.Hash != never.Hash {
		t.Errorf("after the next fit the model is %s", again.Hash)
	}
}

func TestReceiptsExpire(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(3)
	d := w.decide(tactful.Request{Placement: tactful.Popular})
	if _, err := w.Receipt(context.Background(), d.ID); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(90*24*time.Hour + time.Second)
	if _, err := w.Receipt(context.Background(), d.ID); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("after ninety days: %v", err)
	}
	if _, err := w.Receipt(context.Background(), "nonsense"); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("nonsense: %v", err)
	}
}

func TestFeedbackStandsInTheReceipt(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(6)
	d := w.decide(tactful.Request{Placement: tactful.Popular})
	item := d.Suggestions[0].Item.ID
	if err := w.Report(context.Background(), d.ID, tactful.FeedbackCreepy, item); err != nil {
		t.Fatal(err)
	}
	if err := w.Report(context.Background(), d.ID, tactful.FeedbackWrong, "item-of-others"); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("feedback on an item that was not shown: %v", err)
	}
	r, err := w.Receipt(context.Background(), d.ID)
	if err != nil || len(r.Feedback) != 1 || r.Feedback[0].Kind != tactful.FeedbackCreepy || r.Feedback[0].Item != item {
		t.Errorf("%+v %v", r, err)
	}
}
