package decision

import (
	"slices"
	"testing"

	"github.com/tactful/tactful"
)

func TestWhatIsShownAgainTellsNothingNew(t *testing.T) {
	cues := &Cues{Classes: []Class{3}, Odds: [][]float32{{0, 1, 0, -0.5}}}
	told, more := (*Told)(nil).With(cues, 7, []tactful.ItemNo{3, 1, 2, 9})
	if !more || !slices.Equal(told.Items, []tactful.ItemNo{1, 3}) || told.Sum(cues, 0) != 0.5 {
		t.Fatalf("first: %+v, %v", told, told.Sum(cues, 0))
	}
	if again, more := told.With(cues, 7, []tactful.ItemNo{1, 2, 3}); more || again.Sum(cues, 0) != 0.5 {
		t.Errorf("again: %+v", again)
	}
	if next, more := told.With(cues, 8, []tactful.ItemNo{1}); !more || !slices.Equal(next.Items, []tactful.ItemNo{1}) {
		t.Errorf("in the next week: %+v", next)
	}
	if !told.Counts(1) || told.Counts(2) || (*Told)(nil).Counts(1) || (*Told)(nil).Sum(cues, 0) != 0 {
		t.Error("it does not know what it counted")
	}
}

func TestAWeekIsBounded(t *testing.T) {
	odds := make([]float32, 2*MaxTold)
	items := make([]tactful.ItemNo, len(odds))
	for i := range odds {
		odds[i], items[i] = 1, tactful.ItemNo(i)
	}
	told, _ := (*Told)(nil).With(&Cues{Classes: []Class{0}, Odds: [][]float32{odds}}, 1, items)
	if len(told.Items) != MaxTold {
		t.Errorf("%d items", len(told.Items))
	}
}
