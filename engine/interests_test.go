package engine

import (
	"context"
	"math"
	"testing"

	"github.com/tactful/tactful"
)

// interested is a person with pieces of all kinds.
func interested(t *testing.T) *world {
	w := newWorld(t, nil)
	w.stock(60)
	var items []tactful.Item
	for _, item := range []struct{ id, sub string }{{"item-1", "Cups"}, {"item-4", "Pots"}} { // both of Kitchen
		it := *w.ground.Load().items.ByID(item.id)
		it.Categories = append(it.Categories, item.sub)
		items = append(items, it)
	}
	if err := w.PutItems(context.Background(), items); err != nil {
		t.Fatal(err)
	}
	w.crowd(120, 60)
	w.train()
	w.agree("me", tactful.Personal)
	w.mustSend("me", "purchased", 1, 4, 2)
	w.mustSend("me", "viewed", 3)
	w.mustSend("me", "dismissed", 6)
	return w
}

func (w *world) interests(id string) Interests {
	w.t.Helper()
	found, err := w.Interests(themself(), user(id))
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

func (in Interests) of(topic string) Interest {
	for _, one := range in.List {
		if one.Topic == topic {
			return one
		}
	}
	return Interest{Share: -1}
}

func TestInterestsAreTheEvidenceThatDecisionsUse(t *testing.T) {
	w := interested(t)
	found := w.interests("me")
	if !found.Used || found.Because != "" || len(found.List) != 3 || found.List[0].Topic != "Kitchen" {
		t.Fatalf("%+v", found)
	}
	kitchen, toys := found.List[0], found.of("Toys")
	total := 1.0 + 1 + 1 + 0.3
	if math.Abs(kitchen.Share-2/total) > 1e-12 || len(kitchen.Pieces) != 2 || kitchen.Pieces[0].Action != tactful.Purchased {
		t.Errorf("Kitchen: %+v", kitchen)
	}
	if len(kitchen.Parts) != 2 || kitchen.Parts[0].Topic != "Kitchen/Cups" || math.Abs(kitchen.Parts[0].Share-1/total) > 1e-12 {
		t.Errorf("its parts: %+v", kitchen.Parts)
	}
	if math.Abs(toys.Share-0.3/total) > 1e-12 || len(toys.Pieces) != 2 || math.Min(toys.Pieces[0].Share, toys.Pieces[1].Share) >= 0 {
		t.Errorf("what was sent away speaks against: %+v", toys)
	}
	sum := 0.0
	for _, one := range found.List {
		sum += one.Share
	}
	if math.Abs(sum-1) > 1e-12 {
		t.Errorf("the shares sum to %v", sum)
	}
}

func TestARemovedInterestCountsNothingInTheNextListAndComesBackWithOneUndo(t *testing.T) {
	w := interested(t)
	if err := w.SetHistory(context.Background(), user("me"), "item-4", "gift"); err != nil {
		t.Fatal(err)
	}
	before := w.interests("me")
	for _, word := range []string{"unused", "wrong"} {
		change, err := w.SetInterest(context.Background(), user("me"), "Kitchen", word, noon)
		if err != nil || change.Items != 1 { // the gift stays a gift
			t.Fatalf("%+v, %v", change, err)
		}
		after := w.interests("me").of("Kitchen")
		if after.Share != 0 || len(after.Pieces) != 2 {
			t.Errorf("%s: %+v", word, after)
		}
		receipt, err := w.Receipt(context.Background(), w.decide(forMe(20)).ID)
		if err != nil || len(receipt.Evidence) == 0 {
			t.Fatalf("no evidence is left, or %v", err)
		}
		for _, used := range receipt.Evidence {
			if used.Item == "item-1" || used.Item == "item-4" {
				t.Errorf("%s: %s is used for %v", word, used.Item, used.Share)
			}
		}
		w.clock.pass(1e9)
		if back, err := w.SetInterest(context.Background(), user("me"), "Kitchen", "none", change.At); err != nil || back.Items != 1 {
			t.Errorf("undo: %+v, %v", back, err)
		}
		if now := w.interests("me"); now.of("Kitchen").Share != before.of("Kitchen").Share {
			t.Errorf("after the undo %v, before %v", now.of("Kitchen").Share, before.of("Kitchen").Share)
		}
	}
}

func TestAnUndoOfAnotherTimeTakesNothingBack(t *testing.T) {
	w := interested(t)
	change, err := w.SetInterest(context.Background(), user("me"), "Kitchen/Cups", "wrong", noon)
	if err != nil || change.Items != 1 {
		t.Fatalf("%+v, %v", change, err)
	}
	if back, err := w.SetInterest(context.Background(), user("me"), "Kitchen", "none", change.At.Add(1e9)); err != nil || back.Items != 0 {
		t.Errorf("%+v, %v", back, err)
	}
	if _, err := w.SetInterest(context.Background(), user("me"), "Kitchen", "gift", noon); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("a topic is no gift: %v", err)
	}
	if _, err := w.SetInterest(context.Background(), user("nobody"), "Kitchen", "wrong", noon); tactful.KindOf(err) != tactful.NotFound {
		t.Error(err)
	}
}

func TestInterestsSayWhyNothingIsUsed(t *testing.T) {
	w := interested(t)
	if found := w.interests("stranger"); found.Used || found.Because != "no_subject" || len(found.List) != 0 {
		t.Errorf("%+v", found)
	}
	w.wish("me", tactful.PreferencesPatch{KeepOnDevice: yes()})
	if found := w.interests("me"); found.Used || found.Because != "on_device" || len(found.List) != 0 {
		t.Errorf("%+v", found)
	}
	if _, err := w.SetConsents(context.Background(), user("me"), ConsentChange{Level: tactful.Generic}); err != nil {
		t.Fatal(err)
	}
	seen := w.observe()
	if found := w.interests("me"); found.Used || found.Because != "level" || len(found.List) != 0 {
		t.Errorf("%+v", found)
	}
	queries, _ := seen.forget()
	for i := range queries {
		if what := classify(&queries[i]); what != "alias" && what != "consent" {
			t.Errorf("at level generic %s is read", what)
		}
	}
}
