package guard

import (
	"slices"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// spoken is a verdict as a receipt keeps it, the zero value for a plain yes.
func spoken(j *tactful.Judged, guard string, at int) decision.Verdict {
	for _, line := range j.Rulings {
		if line.Guard == guard && slices.Contains(line.At, int32(at)) {
			ruling, _ := decision.ParseRuling(line.Ruling)
			return decision.Verdict{Ruling: ruling, Detail: line.Detail}
		}
	}
	return decision.Verdict{Ruling: decision.Allow}
}

func TestEveryVerdictOfEveryGuardIsWrittenDown(t *testing.T) {
	c, candidates := busy()
	guards := All(settings())
	var rulings Rulings
	if err := Run(guards, c, candidates, &rulings); err != nil {
		t.Fatal(err)
	}
	order := make([]int, 0, len(candidates))
	for i, ruling := range rulings.Overall() {
		if ruling != decision.Withhold {
			order = append(order, i)
		}
	}
	Arrange(c, candidates, order, nil, &rulings)
	j := rulings.Judged(candidates)
	if j.Count != len(candidates) || len(j.Items) != len(candidates) || len(j.Guards) != len(guards) || !slices.IsSorted(j.Items) {
		t.Fatalf("%d candidates, %d items, %d guards", j.Count, len(j.Items), len(j.Guards))
	}
	said := 0
	for i := range candidates {
		at, found := slices.BinarySearch(j.Items, candidates[i].Item.No)
		if !found {
			t.Fatalf("candidate %d is not there", i)
		}
		for g, guard := range guards {
			want := rulings.Verdict(g, i)
			if want.Ruling == decision.Allow {
				want.Detail = 0
			} else {
				said++
			}
			if got := spoken(j, guard.Name(), at); got != want {
				t.Errorf("%s on %d: %v, want %v", guard.Name(), i, got, want)
			}
		}
	}
	if said == 0 {
		t.Error("no guard said anything but yes: nothing was compared")
	}
}

func TestWhatMovedAnItemIsWrittenDown(t *testing.T) {
	moves := arranges("mover", TurnMix, func(l Line, out []decision.Verdict) ([]int, error) {
		out[0] = decision.Verdict{Ruling: decision.Demote, Detail: 7}
		return []int{1, 0, 2, 3}, nil
	})
	_, r := arranged(t, 1, moves)
	candidates := []decision.Candidate{only(lamp, tactful.Filler, 1), only(shade, tactful.Filler, 1), only(coffee, tactful.Filler, 1), only(beans, tactful.Filler, 1)}
	j := r.Judged(candidates)
	if got := spoken(j, "mover", 0); got != (decision.Verdict{Ruling: decision.Demote, Detail: 7}) { // the lamp has the lowest number
		t.Errorf("%+v", j)
	}
}

func TestAWordThatTheHouseDoesNotKnowIsWrittenDownAsNone(t *testing.T) {
	var r Rulings
	if err := Run([]Guard{always("broken", 99, decision.Unruled, decision.Withhold)}, &decision.Case{}, three(), &r); err != nil {
		t.Fatal(err)
	}
	j := r.Judged(three())
	if len(j.Rulings) != 2 || j.Rulings[0].Ruling != "unruled" || !slices.Equal(j.Rulings[0].At, []int32{0, 2}) || !slices.Equal(j.Rulings[1].At, []int32{1}) {
		t.Errorf("%+v", j.Rulings) // lamp, coffee, shade by number: 99, withhold, unruled
	}
}

func TestWritingVerdictsDownTakesAFewSlicesInAll(t *testing.T) {
	c, candidates := busy()
	var rulings Rulings
	if err := Run(All(settings()), c, candidates, &rulings); err != nil {
		t.Fatal(err)
	}
	const few = 16
	if allocs := testing.AllocsPerRun(20, func() { rulings.Judged(candidates) }); allocs > few {
		t.Errorf("%v allocations for %d candidates", allocs, len(candidates))
	}
	if rulings.Judged(candidates[:3]) != nil {
		t.Error("verdicts on other candidates are written down")
	}
}

func BenchmarkWriteDownVerdictsOn200Candidates(b *testing.B) {
	c, candidates := busy()
	var rulings Rulings
	if err := Run(All(settings()), c, candidates, &rulings); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		rulings.Judged(candidates)
	}
}
