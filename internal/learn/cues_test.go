package learn

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/linear"
)

// Item 1 is of the sensitive class, item 2 goes with it, items 3 to 9 do not.
func cueShop() *decision.Labels {
	labels := &decision.Labels{Names: []string{"pregnancy", "adult"}, Sensitive: 1, Harm: 2, Of: make([]decision.Classes, 10)}
	labels.Of[1] = 1
	labels.Of[9] = 2 // a harm class: no cue is looked for
	return labels
}

func touched(items ...uint32) *linear.Contribution {
	c := &linear.Contribution{Epoch: 1, Weight: 1}
	for _, no := range items {
		c.Items = append(c.Items, linear.Entry{No: tactful.ItemNo(no), Quantity: 1})
	}
	return c
}

func crowd(t *testing.T, s *CueSums, n int) {
	t.Helper()
	for i := range n {
		c := touched(3+uint32(i%5), 8)
		if i%4 == 0 {
			c = touched(1, 2, 3+uint32(i/4%5), 8)
		}
		if err := s.Add(c); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAPlantedCueIsFoundAndNothingElse(t *testing.T) {
	s := NewCueSums(cueShop())
	crowd(t, s, 400)
	cues := s.Cues(20)
	if diff := cmp.Diff([]decision.Class{0}, cues.Classes); diff != "" {
		t.Fatal(diff)
	}
	if got := cues.Of(0, 2); got < 1 {
		t.Errorf("the planted cue speaks with %.2f nats only", got)
	}
	for no := tactful.ItemNo(3); no < 10; no++ {
		if got := cues.Of(0, no); got > 0.2 {
			t.Errorf("item %d speaks with %.2f nats", no, got)
		}
	}
	if got := cues.Of(0, 1); got != 0 {
		t.Errorf("what is of the class is a cue for it: %.2f", got)
	}
}

func TestASmallPanelTellsNothing(t *testing.T) {
	s := NewCueSums(cueShop())
	crowd(t, s, 76) // 19 of them touched the class
	if cues := s.Cues(20); len(cues.Classes) != 0 {
		t.Errorf("19 people are told of: %v", cues.Classes)
	}
	crowd(t, s, 4)
	if cues := s.Cues(20); len(cues.Classes) != 1 {
		t.Error("20 people tell nothing")
	}
}

func TestTakenOutEqualsNeverIn(t *testing.T) {
	gone := NewCueSums(cueShop())
	crowd(t, gone, 100)
	who := touched(1, 2, 5, 7)
	if err := gone.Add(who); err != nil {
		t.Fatal(err)
	}
	crowd(t, gone, 100)
	never := NewCueSums(cueShop())
	crowd(t, never, 100)
	crowd(t, never, 100)
	if cmp.Equal(never.Cues(1), gone.Cues(1)) {
		t.Fatal("one more person changes nothing: the test shows nothing")
	}
	if err := gone.Remove(who); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(never.Cues(1), gone.Cues(1)); diff != "" {
		t.Error(diff)
	}
	if err := NewCueSums(cueShop()).Remove(who); tactful.KindOf(err) != tactful.Internal {
		t.Errorf("taking out somebody who was never in: %v", err)
	}
	if err := never.Add(touched(99)); tactful.KindOf(err) != tactful.Internal {
		t.Errorf("an item beyond the labels: %v", err)
	}
}
