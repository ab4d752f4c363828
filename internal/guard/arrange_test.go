package guard

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// arranging is a guard of the test that allows everything and arranges as told.
type arranging struct {
	told
	turn    Turn
	arrange func(line Line, out []decision.Verdict) ([]int, error)
}

func (a arranging) Turn() Turn { return a.turn }

func (a arranging) Arrange(_ *decision.Case, _ []decision.Candidate, line Line, out []decision.Verdict) ([]int, error) {
	return a.arrange(line, out)
}

func arranges(name string, turn Turn, arrange func(line Line, out []decision.Verdict) ([]int, error)) Guard {
	return arranging{always(name, decision.Allow).(told), turn, arrange}
}

// arranged judges four candidates, the last of them demoted, and arranges the
// list of all of them.
func arranged(t *testing.T, count int, guards ...Guard) ([]int, *Rulings) {
	t.Helper()
	candidates := []decision.Candidate{only(lamp, tactful.Filler, 1), only(shade, tactful.Filler, 1), only(coffee, tactful.Filler, 1), only(beans, tactful.Filler, 1)}
	c := with(tactful.ForYou, permitted())
	c.Request.Count = count
	guards = append([]Guard{always("kind", decision.Allow, decision.Allow, decision.Allow, decision.Demote)}, guards...)
	r := new(Rulings)
	if err := Run(guards, &c, candidates, r); err != nil {
		t.Fatal(err)
	}
	return Arrange(&c, candidates, []int{0, 1, 2, 3}, nil, r), r
}

func TestArrangersMayOnlyReorderOrDrop(t *testing.T) {
	for name, c := range map[string]struct {
		arrange func(line Line, out []decision.Verdict) ([]int, error)
		want    []int
		failed  bool
	}{
		"nothing is changed":           {func(l Line, _ []decision.Verdict) ([]int, error) { return l.Order, nil }, []int{0, 1, 2}, false},
		"another order":                {func(Line, []decision.Verdict) ([]int, error) { return []int{2, 0, 1, 3}, nil }, []int{2, 0, 1}, false},
		"one is left out":              {func(l Line, _ []decision.Verdict) ([]int, error) { return slices.Delete(l.Order, 0, 1), nil }, []int{1, 2, 3}, false},
		"all are left out":             {func(Line, []decision.Verdict) ([]int, error) { return nil, nil }, []int{}, false},
		"one is added":                 {func(l Line, _ []decision.Verdict) ([]int, error) { return append(l.Order, 4), nil }, []int{}, true},
		"one is below zero":            {func(Line, []decision.Verdict) ([]int, error) { return []int{-1}, nil }, []int{}, true},
		"one is doubled":               {func(Line, []decision.Verdict) ([]int, error) { return []int{0, 1, 0}, nil }, []int{}, true},
		"what was demoted passes one":  {func(Line, []decision.Verdict) ([]int, error) { return []int{0, 1, 3, 2}, nil }, []int{}, true},
		"what was demoted leads":       {func(Line, []decision.Verdict) ([]int, error) { return []int{3, 0, 1, 2}, nil }, []int{}, true},
		"what was demoted stays alone": {func(Line, []decision.Verdict) ([]int, error) { return []int{3}, nil }, []int{3}, false},
		"it errs":                      {func(l Line, _ []decision.Verdict) ([]int, error) { return l.Order, errors.New("no") }, []int{}, true},
		"it panics":                    {func(l Line, _ []decision.Verdict) ([]int, error) { return l.Order[:len(l.Order):1], nil }, []int{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, r := arranged(t, 3, arranges("whole", TurnMix, c.arrange))
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if failed := len(r.Failures()) > 0; failed != c.failed {
				t.Errorf("failures: %v", r.Failures())
			}
			if !c.failed {
				return
			}
			for i := range 4 {
				if g, v := r.Stopped(i); g == nil || g.Name() != "whole" || v.Detail != detailFailed {
					t.Errorf("candidate %d is stopped by %v with %+v", i, g, v)
				}
			}
		})
	}
}

func TestWhatIsLeftOutHasAVerdict(t *testing.T) {
	_, r := arranged(t, 3,
		arranges("silent", TurnMix, func(Line, []decision.Verdict) ([]int, error) { return []int{1, 2, 3}, nil }),
		arranges("plain", TurnMix, func(_ Line, out []decision.Verdict) ([]int, error) {
			out[1] = withhold(7)
			return []int{2, 3}, nil
		}))
	if v := r.Verdict(1, 0); v != withhold(detailDropped) {
		t.Errorf("left out in silence: %+v", v)
	}
	if v := r.Verdict(2, 1); v != withhold(7) {
		t.Errorf("left out with a reason: %+v", v)
	}
	withheld := r.Withheld([]decision.Candidate{only(lamp, tactful.Filler, 1), only(shade, tactful.Filler, 1), only(coffee, tactful.Filler, 1), only(beans, tactful.Filler, 1)})
	if len(withheld) != 2 || withheld[0].Guard != "silent" || withheld[1].Guard != "plain" {
		t.Errorf("the receipt says %+v", withheld)
	}
}

func TestWhatRefusesComesAfterWhatMixes(t *testing.T) {
	var turns []string
	note := func(name string, turn Turn) Guard {
		return arranges(name, turn, func(l Line, _ []decision.Verdict) ([]int, error) {
			turns = append(turns, name)
			return l.Order, nil
		})
	}
	arranged(t, 4, note("refuses", TurnRefuse), note("shares", TurnShares), note("mixes", TurnMix))
	if want := []string{"mixes", "shares", "refuses"}; !slices.Equal(turns, want) {
		t.Errorf("got %v", turns)
	}
}

func TestWhateverAnArrangerReturnsTheListIsAPartOfTheOneBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		answer := rapid.SliceOfN(rapid.IntRange(-1, 5), 0, 6).Draw(t, "answer")
		guards := []Guard{
			always("kind", decision.Allow, decision.Demote),
			arranges("whole", TurnMix, func(Line, []decision.Verdict) ([]int, error) { return answer, nil }),
		}
		candidates := []decision.Candidate{only(lamp, tactful.Filler, 1), only(shade, tactful.Filler, 1), only(coffee, tactful.Filler, 1), only(beans, tactful.Filler, 1)}
		c := with(tactful.ForYou, permitted())
		var r Rulings
		if err := Run(guards, &c, candidates, &r); err != nil {
			t.Fatal(err)
		}
		got := Arrange(&c, candidates, []int{0, 2, 1}, nil, &r)
		seen := map[int]bool{}
		for _, i := range got {
			if seen[i] || !slices.Contains([]int{0, 2, 1}, i) {
				t.Fatalf("%v came of %v", got, answer)
			}
			seen[i] = true
		}
		if len(got) > 0 && !slices.Equal(got, answer) {
			t.Fatalf("%v came of %v", got, answer)
		}
	})
}

// BenchmarkArrange arranges a list of ten out of a line of ninety, as a decision
// does, with every arranger at work.
func BenchmarkArrange(b *testing.B) {
	c, candidates := busy()
	var items []*tactful.Item
	for i := range candidates {
		candidates[i].Item.Categories = []string{"Home", fmt.Sprint("Shelf ", i%12)}
		candidates[i].Score = 1 - float64(i)/400
		items = append(items, candidates[i].Item)
	}
	c.Shelves, c.Touched = decision.NewShelves(items), make([]uint32, 300)
	for no := range c.Touched {
		c.Touched[no] = uint32(1000 - 3*no)
	}
	odds := make([]float32, 300)
	for no := range odds {
		odds[no] = float32(no%7) / 10
	}
	c.Cues = &decision.Cues{Classes: []decision.Class{1}, Odds: [][]float32{odds}}
	guards := All(settings())
	var r Rulings
	if err := Run(guards, c, candidates, &r); err != nil {
		b.Fatal(err)
	}
	line := make([]int, 90)
	for i := range line {
		line[i] = i
	}
	b.ReportAllocs()
	for b.Loop() {
		if got := Arrange(c, candidates, line, nil, &r); len(got) == 0 {
			b.Fatal("nothing is left")
		}
	}
}
