package engine

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// TestAMergeCutAtAnyChangeEndsAsOneOrTwo pulls the plug at every single change of
// either store that a merge makes, one after another, starts again, and finds each
// time two whole people or one whole person, and never less of either.
func TestAMergeCutAtAnyChangeEndsAsOneOrTwo(t *testing.T) {
	ctx := context.Background()
	template := two(t, nil)
	template.crowd(20, 24)
	receipt := template.decide(tactful.Request{Subject: user("phone"), Placement: tactful.ForYou}).ID
	if err := template.SetHistory(ctx, user("phone"), "item-3", "unused"); err != nil {
		t.Fatal(err)
	}
	if _, err := template.SetConsents(ctx, user("phone"), ConsentChange{Answers: []tactful.Consent{{Purpose: tactful.Improvement, Answer: tactful.Withdrawn}}}); err != nil {
		t.Fatal(err)
	}
	template.train()
	anna, phone := template.ref("anna"), template.ref("phone")
	template.shut()
	t.Cleanup(func() { template.open() }) // the world's own cleanup closes it

	whole := template.another(t)
	measure := &plug{after: -1}
	whole.wire(measure, nil)
	measure.mu.Lock()
	began := measure.count
	measure.mu.Unlock()
	whole.mustMerge("anna", "phone")
	measure.mu.Lock()
	changes := measure.seen[began:measure.count]
	measure.mu.Unlock()
	want := whole.train().Hash
	whole.shut()
	if len(changes) < 10 {
		t.Fatalf("a merge made only %d changes: %v", len(changes), changes)
	}
	ones, twos := 0, 0
	for at := range changes {
		w := template.another(t)
		p := &plug{after: -1}
		w.wire(p, nil)
		p.mu.Lock()
		p.after = p.count + at
		p.mu.Unlock()
		if _, err := w.Merge(stolen("shop"), user("anna"), user("phone")); !errors.Is(err, errPulled) {
			t.Fatalf("cut at change %d (%s): %v", at, changes[at], err)
		}
		w.kill()
		w.wire(&plug{after: -1}, nil)
		if w.ref("anna") != anna {
			t.Errorf("cut at change %d (%s): anna has another reference", at, changes[at])
		}
		switch w.ref("phone") {
		case anna:
			ones++
		case phone:
			twos++
			if got := len(w.kept(user("phone"))); got != 2 {
				t.Errorf("cut at change %d (%s): the phone has %d events", at, changes[at], got)
			}
			w.mustMerge("anna", "phone") // nothing of the first stands in the way
		default:
			t.Errorf("cut at change %d (%s): the phone is somebody else", at, changes[at])
		}
		got := w.kept(user("phone"))
		if slices.Sort(got); !slices.Equal(got, []string{"purchased item-1 1", "purchased item-2 1", "viewed item-3 1", "viewed item-7 1"}) {
			t.Errorf("cut at change %d (%s): kept %q", at, changes[at], got)
		}
		standings, err := w.records.ReadStanding(ctx, []tactful.Ref{anna}, w.clock.Now())
		if err != nil || standings[0].Consents.Purposes[tactful.Improvement].Answer != tactful.Withdrawn {
			t.Errorf("cut at change %d (%s): the no is lost, %v", at, changes[at], err)
		}
		s, _, err := w.records.ReadSettings(ctx, anna, w.clock.Now())
		if err != nil || s["item-3"].Setting.String() != "unused" {
			t.Errorf("cut at change %d (%s): what was put aside is used, %v", at, changes[at], err)
		}
		if _, err := w.Receipt(ctx, receipt); err != nil {
			t.Errorf("cut at change %d (%s): the receipt: %v", at, changes[at], err)
		}
		if left, err := w.records.Left(ctx, phone, [][16]byte{w.vault.AliasID(user("phone"))}); err != nil || !left.Empty() {
			t.Errorf("cut at change %d (%s): %+v is left of the phone, %v", at, changes[at], left, err)
		}
		if open, err := w.records.OpenMerges(ctx); err != nil || len(open) > 0 {
			t.Errorf("cut at change %d (%s): %d merges are under way, %v", at, changes[at], len(open), err)
		}
		if hash := w.train().Hash; hash != want {
			t.Errorf("cut at change %d (%s): another model", at, changes[at])
		}
		w.whole()
		w.shut()
	}
	if ones == 0 || twos == 0 {
		t.Errorf("one person %d times and two %d times: the cuts are not everywhere", ones, twos)
	}
	t.Logf("cut at each of %d changes: one person %d times, two %d times: %v", len(changes), ones, twos, changes)
}

// TestAMergeThatFailsIsTakenBackOrGoesOn lets single writes fail without the process
// ending: nobody is half of two.
func TestAMergeThatFailsIsTakenBackOrGoesOn(t *testing.T) {
	ctx := context.Background()
	for _, fails := range []string{"data write", "keys write", "data drop"} {
		for nth := range 8 {
			w := two(t, nil)
			w.shut()
			f := &failing{what: fails, nth: -1}
			w.wireFailing(f)
			f.arm(nth)
			_, err := w.Merge(stolen("shop"), user("anna"), user("phone"))
			failed := f.disarm()
			if err == nil && failed {
				t.Errorf("%s %d failed, and nobody was told", fails, nth)
			}
			if err := w.finishMerges(ctx); err != nil {
				t.Fatalf("%s %d: %v", fails, nth, err)
			}
			if w.ref("anna") != w.ref("phone") {
				if !failed {
					t.Fatalf("%s %d: nothing failed, and they are two", fails, nth)
				}
				w.clock.pass(time.Second)
				w.mustMerge("anna", "phone")
			}
			if got := w.kept(user("phone")); len(got) != 4 {
				t.Errorf("%s %d: kept %q", fails, nth, got)
			}
			w.whole()
			w.shut()
			w.open()
			if w.ref("anna") != w.ref("phone") || len(w.kept(user("phone"))) != 4 {
				t.Errorf("%s %d: another end after a start", fails, nth)
			}
		}
	}
}
