package learn

import (
	"context"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
)

func learnerOf(t rapid.TB, people map[int]*linear.Contribution, p *linear.Parameters, s linear.Settings) *Learner {
	l, err := New(p, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range people {
		if err := l.Apply(nil, c); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// Over random histories of events, settings and erasures the model file after a
// refit is, byte for byte, that of a learner that only ever saw what is left.
func TestModelFileRemembersNobodyWhoLeft(t *testing.T) {
	p := linear.NewParameters(7, 0.3)
	s := linear.DefaultSettings()
	s.K = 6
	ctx := context.Background()
	rapid.Check(t, func(t *rapid.T) {
		people := map[int]*linear.Contribution{}
		l := learnerOf(t, nil, p, s)
		for range rapid.IntRange(1, 4).Draw(t, "rounds") {
			for range rapid.IntRange(1, 25).Draw(t, "changes") {
				who := rapid.IntRange(0, 12).Draw(t, "who")
				var next *linear.Contribution
				if rapid.IntRange(0, 3).Draw(t, "what") > 0 {
					events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Event {
						return at(tactful.ItemNo(rapid.IntRange(1, 25).Draw(t, "no")), tactful.Action(rapid.IntRange(1, 9).Draw(t, "action")), rapid.IntRange(0, 99).Draw(t, "hour"))
					}), 1, 12).Draw(t, "events")
					c := Contribution(events, nil, p)
					next = &c
				}
				if err := l.Apply(people[who], next); err != nil {
					t.Fatal(err)
				}
				if people[who] = next; next == nil {
					delete(people, who)
				}
			}
			got, err := l.Refit(ctx, 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			want, err := learnerOf(t, people, p, s).Fit(ctx, 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got.Model.Hash() != want.Model.Hash() {
				t.Fatal("the model remembers")
			}
		}
	})
}

func TestLearnerRefusesWhatDoesNotFitItsSums(t *testing.T) {
	p := linear.NewParameters(7, 0.3)
	c := &linear.Contribution{Epoch: 7, Weight: 5, Items: []linear.Entry{{No: 1, Quantity: 64}}}
	l := learnerOf(t, map[int]*linear.Contribution{1: c}, p, linear.DefaultSettings())
	if err := l.Apply(nil, &linear.Contribution{Epoch: 8, Weight: 5, Items: c.Items}); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("another epoch: %v", err)
	}
	if err := l.Apply(nil, &linear.Contribution{Epoch: 7, Weight: -5, Items: c.Items}); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("a negative weight: %v", err)
	}
	if l.Waiting() != 1 {
		t.Errorf("%d changes wait", l.Waiting())
	}
	if err := l.Apply(c, nil); err != nil {
		t.Fatal(err)
	}
	if err := l.Apply(c, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := l.Refit(context.Background(), 0, nil); tactful.KindOf(err) != tactful.Conflict {
			t.Errorf("forgetting twice: %v", err)
		}
	}
}

func TestCancelledFitLosesNoChange(t *testing.T) {
	p := linear.NewParameters(7, 0.3)
	c := &linear.Contribution{Epoch: 7, Weight: 5, Items: []linear.Entry{{No: 1, Quantity: 64}, {No: 2, Quantity: 64}}}
	l := learnerOf(t, map[int]*linear.Contribution{1: c}, p, linear.DefaultSettings())
	if _, err := l.Fit(context.Background(), 0, nil); err != nil {
		t.Fatal(err)
	}
	if err := l.Apply(c, nil); err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.Refit(cancelled, 0, nil); err == nil {
		t.Fatal("a cancelled fit gave a model")
	}
	r, err := l.Refit(context.Background(), 0, nil)
	if err != nil || r.Model.Len() != 0 || r.Columns == 0 {
		t.Fatalf("the erased person's items are still there: %v", err)
	}
}

func TestApplyMayRunBesideAFit(t *testing.T) {
	p := linear.NewParameters(7, 0.3)
	l := learnerOf(t, nil, p, linear.DefaultSettings())
	var both sync.WaitGroup
	both.Go(func() {
		for i := range 200 {
			c := &linear.Contribution{Epoch: 7, Weight: 5, Items: []linear.Entry{{No: tactful.ItemNo(1 + i%9), Quantity: 64}, {No: 20, Quantity: 64}}}
			if err := l.Apply(nil, c); err != nil {
				t.Error(err)
			}
		}
	})
	both.Go(func() {
		for range 20 {
			if _, err := l.Refit(context.Background(), 0, nil); err != nil {
				t.Error(err)
			}
		}
	})
	both.Wait()
	r, err := l.Refit(context.Background(), 0, nil)
	if err != nil || r.Model.Len() != 10 {
		t.Fatalf("%v", err)
	}
	if c, ok := r.Model.Column(20); !ok || r.Model.People(c) != 200 {
		t.Fatal("changes were lost")
	}
}

func TestProtectingAnAttributeChangesTheModelAndUndoingItRestoresIt(t *testing.T) {
	p := linear.NewParameters(7, 0.3)
	ctx := context.Background()
	people := map[int]*linear.Contribution{}
	panel := linear.NewPanel(p.ID)
	for i := range 60 {
		c := Contribution([]Event{at(tactful.ItemNo(1+i%5), tactful.Purchased, 0), at(tactful.ItemNo(6+i%7), tactful.Purchased, 1),
			at(tactful.ItemNo(13+i%2), tactful.Purchased, 2)}, nil, p)
		people[i] = &c
		if err := panel.Add(&c, linear.Group(i%2)); err != nil {
			t.Fatal(err)
		}
	}
	l := learnerOf(t, people, p, linear.DefaultSettings())
	plain, err := l.Fit(ctx, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	l.Protect([]*linear.Panel{panel})
	blind, err := l.Refit(ctx, 0, nil)
	if err != nil || blind.Columns != blind.Model.Len() || blind.Model.Hash() == plain.Model.Hash() {
		t.Fatalf("protection solved %d columns: %v", blind.Columns, err)
	}
	l.Protect(nil)
	if again, err := l.Refit(ctx, 0, nil); err != nil || again.Model.Hash() != plain.Model.Hash() {
		t.Fatalf("the plain model did not come back: %v", err)
	}
}
