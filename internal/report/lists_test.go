package report

import (
	"slices"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/noise"
)

func TestOnlyItemsThatManyTouchedHaveAPublicList(t *testing.T) {
	together, err := NewTogether(40)
	if err != nil {
		t.Fatal(err)
	}
	for p := range 3000 {
		history := []uint32{uint32(p % 20), uint32(20 + p%5)}
		if p < 90 {
			history = append(history, 39)
		}
		together.Add(history)
	}
	lists, err := together.Release(t.Context(), DefaultLists(), seeded(2))
	if err != nil {
		t.Fatal(err)
	}
	for i, list := range lists {
		if len(list) > ListLength || len(list) > 0 && together.alone[i] < 250 || slices.Contains(list, 39) || slices.Contains(list, int32(i)) {
			t.Errorf("item %d, of %d people, has the list %v", i, together.alone[i], list)
		}
	}
	if len(lists[20]) == 0 {
		t.Error("an item of 600 people has no list")
	}
	before := slices.Clone(together.pairs)
	together.Add([]uint32{1, 2, 3})
	together.Remove([]uint32{1, 2, 3})
	if !slices.Equal(before, together.pairs) {
		t.Error("adding and removing somebody leaves a trace")
	}
	for _, set := range []Lists{{Least: 10, Length: 20, Variance: noise.Ratio{Num: 9, Den: 1}}, {Least: 250, Length: 20, Variance: noise.Ratio{Num: 1, Den: 1}}, {Least: 250, Length: 0, Variance: noise.Ratio{Num: 9, Den: 1}}} {
		if _, err := together.Release(t.Context(), set, seeded(1)); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%+v: %v", set, err)
		}
	}
	if _, err := NewTogether(MostTogether + 1); tactful.KindOf(err) != tactful.Invalid {
		t.Error("too many items")
	}
}
