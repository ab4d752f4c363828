package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/label"
)

// reviewer is an operator with a key of their own.
func reviewer(name, key string) context.Context {
	return tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: name, Key: key, Reason: "labels"})
}

func (w *world) label(ctx context.Context, item, class string, answer label.Answer) ItemLabel {
	w.t.Helper()
	l, err := w.DecideLabel(ctx, LabelDecision{Item: item, Class: class, Answer: answer, Reason: "I looked at it"})
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// drugstore lists a proposal, a sensitive thing, a harmful one and an ordinary one.
func drugstore(t *testing.T) *world {
	w := newWorld(t, nil)
	err := w.PutItems(context.Background(), []tactful.Item{
		{ID: "pills", Title: "Antibabypillen"}, {ID: "test", Title: "Pregnancy test"}, {ID: "gun", Title: "Air gun"}, {ID: "lamp", Title: "Desk lamp"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) classesOf(id string) decision.Classes {
	g := w.ground.Load()
	return g.labels.At(g.items.ByID(id).No)
}

func TestTwoPeopleTakeASensitiveLabelAwayAndItStaysAway(t *testing.T) {
	w := drugstore(t)
	pregnancy := w.classNamed("pregnancy")
	if w.classesOf("test") != pregnancy {
		t.Fatal("it has no label")
	}
	if l := w.label(reviewer("Ada B.", "k1"), "test", "pregnancy", label.IsNot); l.State != LabelWaiting || !l.Acts || w.classesOf("test") != pregnancy {
		t.Errorf("one person took it away: %+v", l)
	}
	for name, by := range map[string]context.Context{
		"the same person again":                 reviewer("Ada B.", "k1"),
		"the same person, written otherwise":    reviewer(" ADA  b. ", "k2"),
		"somebody else with the same key":       reviewer("Ben", "k1"),
		"nobody":                                context.Background(),
		"a service":                             tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorService, Name: "shop", Key: "k3"}),
		"a person of the public":                themself(),
		"an operator whose name is not written": reviewer(" ", "k4"),
	} {
		_, err := w.DecideLabel(by, LabelDecision{Item: "test", Class: "pregnancy", Answer: label.IsNot, Reason: "I looked at it"})
		if tactful.KindOf(err) != tactful.Refused {
			t.Errorf("%s: %v", name, err)
		}
	}
	if w.classesOf("test") != pregnancy {
		t.Fatal("one pair of eyes took it away")
	}
	if l := w.label(reviewer("Ben", "k5"), "test", "pregnancy", label.IsNot); l.State != LabelTaken || l.Acts || w.classesOf("test") != 0 {
		t.Errorf("two people did not take it away: %+v", l)
	}
	w.shut()
	w.open()
	if w.classesOf("test") != 0 {
		t.Error("after a restart it is back")
	}
	all, err := w.ItemLabels("test")
	if err != nil || len(all) != 1 || len(all[0].Votes) != 2 || all[0].Votes[0].Operator != "Ada B." || all[0].Votes[1].Reason != "I looked at it" {
		t.Errorf("what was decided is not on record: %+v %v", all, err)
	}
	// Another thing under the same number has its label again, until two people have looked at it.
	if err := w.PutItems(context.Background(), []tactful.Item{{ID: "test", Title: "Pregnancy test, new recipe"}}); err != nil {
		t.Fatal(err)
	}
	if w.classesOf("test") != pregnancy {
		t.Error("a release outlived what was looked at")
	}
}

func TestOneOperatorGivesALabelAndTakesAHarmfulOneAway(t *testing.T) {
	w := drugstore(t)
	if l := w.label(reviewer("Ada B.", "k1"), "lamp", "health", label.Is); l.State != LabelGiven || !l.Acts || l.Source != label.Decided {
		t.Errorf("%+v", l)
	}
	if w.classesOf("lamp") != w.classNamed("health") || w.classesOf("gun") != w.classNamed("weapons") {
		t.Error("the next list does not obey")
	}
	if l := w.label(reviewer("Ada B.", "k1"), "gun", "weapons", label.IsNot); l.State != LabelTaken || w.classesOf("gun") != 0 {
		t.Errorf("%+v", l)
	}
	for field, in := range map[string]LabelDecision{
		"class":  {Item: "lamp", Class: "nothing", Answer: label.Is, Reason: "I looked at it"},
		"answer": {Item: "lamp", Class: "health", Reason: "I looked at it"},
		"reason": {Item: "lamp", Class: "health", Answer: label.Is, Reason: "  "},
	} {
		_, err := w.DecideLabel(reviewer("Ada B.", "k1"), in)
		var fault *tactful.Error
		if !errors.As(err, &fault) || fault.Kind != tactful.Invalid || fault.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := w.DecideLabel(reviewer("Ada B.", "k1"), LabelDecision{Item: "none", Class: "health", Answer: label.Is, Reason: "I looked at it"}); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("an item that is not there: %v", err)
	}
}

func TestTheQueueHoldsWhatWaitsForAnOperator(t *testing.T) {
	w := drugstore(t)
	queue := func() (ids []string) {
		t.Helper()
		after := ""
		for {
			page, next, err := w.Labels(context.Background(), LabelQuery{Proposals: true, After: after, Limit: 1})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range page {
				ids = append(ids, l.Item.ID+" "+l.Class+" "+string(l.State))
			}
			if after = next; next == "" {
				return ids
			}
		}
	}
	if got := queue(); !slices.Equal(got, []string{"pills pregnancy open"}) {
		t.Errorf("%v", got)
	}
	w.label(reviewer("Ada B.", "k1"), "test", "pregnancy", label.IsNot)
	w.label(reviewer("Ada B.", "k1"), "pills", "pregnancy", label.Is)
	if got := queue(); !slices.Equal(got, []string{"test pregnancy waiting"}) {
		t.Errorf("%v", got)
	}
	all, next, err := w.Labels(context.Background(), LabelQuery{Class: "weapons", Limit: 10})
	if err != nil || next != "" || len(all) != 1 || all[0].Item.ID != "gun" || all[0].Saw != "gun*" && all[0].Saw != "gun" {
		t.Errorf("%+v %q %v", all, next, err)
	}
	if _, _, err := w.Labels(context.Background(), LabelQuery{Class: "nothing"}); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("a class that is none: %v", err)
	}
}

func TestTwoKeysOfOneHandAreOnePairOfEyesOverALabel(t *testing.T) {
	w := drugstore(t)
	first := label.Decision{Votes: []label.Vote{{Answer: label.IsNot, Operator: "Ada B.", Key: "k1", Person: "ada b.", Time: noon.Add(-time.Hour), Print: "p"}}}
	by, err := labeller(reviewer("Ben", "k2"), &LabelDecision{Answer: label.IsNot, Reason: "why"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.secondEyes(&first, by, "p"); err != nil {
		t.Errorf("another person: %v", err)
	}
	by.Key = "k1"
	if err := w.secondEyes(&first, by, "p"); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("the same key: %v", err)
	}
	if err := w.secondEyes(&first, by, "another item"); err != nil {
		t.Errorf("a vote on another thing counts: %v", err)
	}
}

func TestOperatorsWhoDecideAtOnceLoseNothing(t *testing.T) {
	w := drugstore(t)
	classes := []string{"health", "alcohol", "money", "weight", "dating", "children"}
	done := make(chan error, len(classes)+1)
	for i, class := range classes {
		by := reviewer(fmt.Sprintf("Operator %d", i), fmt.Sprintf("k%d", i))
		go func() {
			var err error
			for range 10 { // whoever loses the race too often is told to try again
				_, err = w.DecideLabel(by, LabelDecision{Item: "lamp", Class: class, Answer: label.Is, Reason: "I looked at it"})
				if tactful.KindOf(err) != tactful.Conflict {
					break
				}
			}
			done <- err
		}()
	}
	go func() { // meanwhile lists are made and the catalogue changes
		var err error
		for i := range 20 {
			w.decide(tactful.Request{Placement: tactful.Popular, Count: 3})
			err = errors.Join(err, w.PutItems(context.Background(), []tactful.Item{{ID: "gun", Title: fmt.Sprint("Air gun ", i)}}))
		}
		done <- err
	}()
	for range len(classes) + 1 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	var want decision.Classes
	for _, class := range classes {
		want |= w.classNamed(class)
	}
	if got := w.classesOf("lamp"); got != want {
		t.Errorf("the labels are %b, want %b", got, want)
	}
	w.shut()
	w.open()
	if got := w.classesOf("lamp"); got != want {
		t.Errorf("after a restart they are %b, want %b", got, want)
	}
}

// TestAKeyThatAVoterMadeReleasesNothingBehindAVoteOnAnotherVersion: the second name
// is made by the first, and votes once on the item with another title in between, so
// that whoever asks who voted last and whoever counts the votes see different ones.
func TestAKeyThatAVoterMadeReleasesNothingBehindAVoteOnAnotherVersion(t *testing.T) {
	w := drugstore(t)
	ada, byAda := w.acting(access.New{Name: "ada", Operator: "Ada B.", Scopes: access.Admin}, "labels")
	_, byZoe := w.acting(access.New{Name: "zoe", Operator: "Zoe Z.", Scopes: access.Admin, Maker: access.Maker{Name: "Ada B.", Key: ada.ID}}, "labels")
	_, byBen := w.acting(access.New{Name: "ben", Operator: "Ben C.", Scopes: access.Admin}, "labels")
	titled := func(title string) {
		t.Helper()
		if err := w.PutItems(context.Background(), []tactful.Item{{ID: "test", Title: title}}); err != nil {
			t.Fatal(err)
		}
	}
	in := LabelDecision{Item: "test", Class: "pregnancy", Answer: label.IsNot, Reason: "I looked at it"}
	w.label(byAda, "test", "pregnancy", label.IsNot)
	if _, err := w.DecideLabel(byZoe, in); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("with a key that the first one made: %v", err)
	}
	titled("Pregnancy test, two")
	w.label(byZoe, "test", "pregnancy", label.IsNot)
	titled("Pregnancy test")
	if l := w.label(byZoe, "test", "pregnancy", label.IsNot); l.State != LabelWaiting || !l.Acts || w.classesOf("test") != w.classNamed("pregnancy") {
		t.Fatalf("one person took it away with two names: %+v", l)
	}
	if _, err := w.DecideLabel(byAda, in); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("who made the key of the first one: %v", err)
	}
	if l := w.label(byBen, "test", "pregnancy", label.IsNot); l.State != LabelTaken || w.classesOf("test") != 0 {
		t.Errorf("a second person did not take it away: %+v", l)
	}
}
