package report

import (
	"slices"
	"testing"
	"time"

	"github.com/tactful/tactful"
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
	lists, err := together.Release(t.Context(), DefaultLists(), nil, seeded(2))
	if err != nil {
		t.Fatal(err)
	}
	for i, list := range lists {
		if len(list) > ListLength || len(list) > 0 && together.alone[i] < 100 || slices.Contains(list, 39) || slices.Contains(list, int32(i)) {
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
	for _, spoil := range []func(*Lists){
		func(l *Lists) { l.Least = 99 }, func(l *Lists) { l.Deviation = 2 }, func(l *Lists) { l.Length = -1 }, func(l *Lists) { l.Margin = 5 },
		func(l *Lists) { l.Every = time.Hour }, func(l *Lists) { l.Items = 101 }, func(l *Lists) { l.Days = 800 },
	} {
		set := DefaultLists()
		spoil(&set)
		if _, err := together.Release(t.Context(), set, nil, seeded(1)); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%+v: %v", set, err)
		}
	}
	if _, err := NewTogether(MostTogether + 1); tactful.KindOf(err) != tactful.Invalid {
		t.Error("too many items")
	}
}

// TestAListChangesOnlyByAMargin lets one item overtake another, by less and by more
// than the margin.
func TestAListChangesOnlyByAMargin(t *testing.T) {
	set := DefaultLists()
	set.Length = 1
	crowd := func(second int) *Together {
		together, err := NewTogether(3)
		if err != nil {
			t.Fatal(err)
		}
		for range 2000 { // as many touched each, so that pairs alone decide
			for i := range uint32(3) {
				together.Add([]uint32{i})
			}
		}
		for range 500 {
			together.Add([]uint32{0, 1})
			together.Add([]uint32{2})
		}
		for range second {
			together.Add([]uint32{0, 2})
			together.Add([]uint32{1})
		}
		return together
	}
	for _, c := range []struct {
		name   string
		second int
		want   int32
	}{
		{"one person more changes nothing", 501, 1},
		{"the half of a margin changes nothing", 506, 1},
		{"many more people do", 600, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := 0
			for seed := range uint64(200) {
				lists, err := crowd(c.second).Release(t.Context(), set, [][]int32{{1}, {0}, {0}}, seeded(seed+1))
				if err != nil || len(lists[0]) != 1 {
					t.Fatal(lists, err)
				}
				if lists[0][0] != c.want {
					changed++
				}
			}
			if changed > 30 {
				t.Errorf("%d of 200 editions say something else", changed)
			}
		})
	}
	if got := inOldOrder([]int32{5, 3, 9, 1}, []int32{1, 2, 3}); !slices.Equal(got, []int32{1, 3, 5, 9}) {
		t.Errorf("order %v", got)
	}
}

func TestAnEditionCostsWhatItsBoundsSay(t *testing.T) {
	set := DefaultLists()
	if rho := set.Cost().Rho(); rho < 70.8 || rho > 70.9 { // 50*51/2 counts of one person, over twice the variance of 9
		t.Errorf("an edition costs %g", rho)
	}
}

func TestAnEditionSaysOfEachItemWhatItSaid(t *testing.T) {
	d := &Edition{Given: noon, Next: noon, Until: noon, Cost: 1, Items: []string{"a", "b", "c"}, Lists: [][]int32{{2, 1}, {0}, nil}}
	text, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if d, err = DecodeEdition(text); err != nil {
		t.Fatal(err)
	}
	if got := d.Of("a"); !slices.Equal(got, []string{"c", "b"}) {
		t.Errorf("of a: %v", got)
	}
	if got := d.Over([]string{"c", "x", "a"}); len(got) != 3 || !slices.Equal(got[2], []int32{0}) || got[0] != nil || got[1] != nil {
		t.Errorf("among other items: %v", got)
	}
}

func FuzzDecodeEdition(f *testing.F) {
	f.Add([]byte(`{"cost":1,"items":["a","b"],"lists":[[1],[0]]}`))
	f.Add([]byte(`{"cost":1,"items":["a"],"lists":[[1]]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := DecodeEdition(text)
		if err != nil {
			return
		}
		for _, id := range d.Items {
			if len(d.Of(id)) > 0 && len(d.Items) == 0 {
				t.Error("a list of nothing")
			}
		}
		if len(d.Over(d.Items)) != len(d.Items) {
			t.Error("lists are missing")
		}
	})
}
