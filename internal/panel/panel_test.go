package panel

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tactful/tactful/internal/noise"
)

// chance is a reader of random bytes with a seed.
type chance struct{ *rand.ChaCha8 }

func seeded(seed byte) *noise.Source { return noise.NewSource(chance{rand.NewChaCha8([32]byte{seed})}) }

// crowd draws members whose history leans to the first of four categories by lean
// and whose lists do so by list.
func crowd(rng *rand.Rand, n int, lean, list, served float64) *Sums {
	s := NewSums(4, 1)
	for range n {
		share := func(lean float64) []float64 {
			one := min(1, max(0, lean+0.2*(rng.Float64()-0.5)))
			return []float64{one, (1 - one) / 2, (1 - one) / 2, 0}
		}
		s.Add(&Member{History: share(lean), List: share(list), Served: min(1, max(0, served+0.3*(rng.Float64()-0.5))), Shown: []float64{0.5}})
	}
	return s
}

var names = []string{"Toys", "Books", "Games", "Nothing"}

func TestWhatListsDoWithGroupsIsMeasuredAndBoundsAreHeldBeyondDoubtOnly(t *testing.T) {
	bounds := Bounds{Mean: 0.01, Worst: 0.05, Served: 0.9}
	for name, x := range map[string]struct {
		people               int
		one, other, to, goal float64 // leaning of the groups' histories, and of the second's lists; served
		beyond               []string
	}{
		"lists as histories are":                     {5000, 0.3, 0.4, 0.4, 0.5, nil},
		"lists that even out":                        {5000, 0.3, 0.5, 0.3, 0.5, nil},
		"lists that carry it further":                {5000, 0.3, 0.4, 0.7, 0.5, []string{BeyondMean, BeyondWorst}},
		"a group that is served worse":               {5000, 0.3, 0.4, 0.4, 0.3, []string{BeyondServed}},
		"the same in a panel that is too small":      {40, 0.3, 0.4, 0.7, 0.45, nil},
		"a large panel sees what a small one cannot": {40_000, 0.3, 0.4, 0.45, 0.44, []string{BeyondMean, BeyondServed}},
	} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			sums := [2]*Sums{crowd(rng, x.people, x.one, x.one, 0.5), crowd(rng, x.people, x.other, x.to, x.goal)}
			variance, err := Variance(noise.CostFor(3, 1e-6), 1)
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range sums {
				if err := s.Noise(seeded(byte(i)), variance); err != nil {
					t.Fatal(err)
				}
			}
			c := Compare("group", [2]string{"a", "b"}, sums, variance, names, []Items{{Name: "seller=x", Least: 0.4}}, bounds)
			if !slices.Equal(c.Beyond, x.beyond) {
				t.Errorf("beyond %v, want %v: %+v", c.Beyond, x.beyond, c)
			}
			if x.people < 100 && len(c.Held) > 2 || x.people > 10_000 && !slices.Contains(c.Held, BeyondLeast) {
				t.Errorf("held %v: %+v", c.Held, c)
			}
			if c.Categories != 3 || len(c.Exposure) != 2 || math.Abs(float64(c.People[0])-float64(x.people)) > 40 {
				t.Errorf("%+v", c)
			}
		})
	}
}

func TestASideOfAMarketThatIsHardlyShownIsBeyondItsBound(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	sums := [2]*Sums{crowd(rng, 4000, 0.3, 0.3, 0.5), crowd(rng, 4000, 0.3, 0.3, 0.5)}
	variance := noise.Ratio{Num: unit * unit, Den: 1}
	c := Compare("group", [2]string{"a", "b"}, sums, variance, names, []Items{{Name: "seller=x", Least: 0.6}, {}}[:1], Bounds{1, 1, 0.1})
	if !slices.Equal(c.Beyond, []string{BeyondLeast}) {
		t.Errorf("%+v", c)
	}
	c = Compare("group", [2]string{"a", "b"}, sums, variance, names, []Items{{Name: "seller=x", Most: 0.3}}, Bounds{1, 1, 0.1})
	if !slices.Equal(c.Beyond, []string{BeyondMost}) {
		t.Errorf("%+v", c)
	}
}

func TestOnePersonChangesNoPartByMoreThanOne(t *testing.T) {
	for _, m := range []Member{
		{History: []float64{1, 1, 1, 1}, List: []float64{5, 0, 0, 0}, Served: 7, Shown: []float64{9}},
		{History: []float64{-3, math.Inf(1), 0, 1}, List: []float64{math.NaN(), 1, 1, 1}, Served: math.NaN(), Shown: []float64{-1}},
		{History: []float64{1, 0, 0, 0, 1, 1}, List: nil, Served: 1, Shown: []float64{1, 1}},
	} {
		s := NewSums(4, 1)
		s.Add(&m)
		for name, part := range map[string][]int64{"history": s.History, "list": s.List, "served": {s.Served}, "shown": s.Shown, "people": {s.People}} {
			square := 0.0
			for _, v := range part {
				square += float64(v) * float64(v)
			}
			if square > unit*unit+1e-6 || slices.Min(part) < 0 {
				t.Errorf("%s of %+v: %v", name, m, part)
			}
		}
	}
}

// An attacker knows everything of everybody but which of two groups one person
// is in, and sees all numbers that leave. The best there is, the ratio of the
// likelihoods, must do no better than the budget says; without noise it is right
// always.
func TestTheNumbersTellNobodysAttribute(t *testing.T) {
	budget := noise.CostFor(3, 1e-6)
	variance, err := Variance(budget, 1)
	if err != nil {
		t.Fatal(err)
	}
	one := &Member{History: []float64{1, 0, 0, 0}, List: []float64{1, 0, 0, 0}, Served: 1, Shown: []float64{1}}
	world := func(group int) [2]*Sums {
		rng := rand.New(rand.NewPCG(5, 6))
		sums := [2]*Sums{crowd(rng, 60, 0.3, 0.3, 0.5), crowd(rng, 60, 0.4, 0.4, 0.5)}
		sums[group].Add(one)
		return sums
	}
	flat := func(s [2]*Sums) (all []float64) {
		for _, g := range s {
			all = append(all, float64(g.People), float64(g.Served))
			for _, list := range [][]int64{g.History, g.List, g.Shown} {
				for _, v := range list {
					all = append(all, float64(v))
				}
			}
		}
		return all
	}
	a, b := flat(world(0)), flat(world(1))
	score := func(seen []float64) (d float64) {
		for i := range seen {
			d += (seen[i]-a[i])*(seen[i]-a[i]) - (seen[i]-b[i])*(seen[i]-b[i])
		}
		return d
	}
	auc := func(noisy bool) float64 {
		source := seeded(9)
		var scores [2][]float64
		for draw := range 3000 {
			s := world(draw % 2)
			if noisy {
				for i := range s {
					if err := s[i].Noise(source, variance); err != nil {
						t.Fatal(err)
					}
				}
			}
			scores[draw%2] = append(scores[draw%2], score(flat(s)))
		}
		right := 0.0
		for _, x := range scores[1] {
			for _, y := range scores[0] {
				if x > y {
					right++
				} else if x == y {
					right += 0.5
				}
			}
		}
		return right / float64(len(scores[0])*len(scores[1]))
	}
	if exact := auc(false); exact != 1 {
		t.Errorf("exact sums tell with AUC %.3f: there is nothing to hide", exact)
	}
	bound := 0.5 * (1 + math.Erf(math.Sqrt(budget.Rho())/math.Sqrt2)) // of two normals that are sqrt(2 rho) deviations apart
	if got := auc(true); got > bound+0.02 || bound > 0.72 {
		t.Errorf("AUC %.3f, the budget says %.3f", got, bound)
	} else {
		t.Logf("AUC %.3f, the budget says %.3f", got, bound)
	}
}

func FuzzDecodeMeasures(f *testing.F) {
	whole := &Measures{Month: "2026-11", Cost: 5, Comparisons: []Comparison{{Attribute: "gender", Values: [2]string{"f", "m"}, Exposure: []Exposure{{Of: "f"}}, Beyond: []string{"mean"}}}}
	text, err := whole.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"month":"","cost":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := DecodeMeasures(text)
		if err != nil {
			return
		}
		again, err := m.Encode()
		if err != nil {
			return // numbers that JSON cannot write were never written
		}
		back, err := DecodeMeasures(again)
		if err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		if once, err := back.Encode(); err != nil || !bytes.Equal(once, again) { // an empty list and none are written alike
			t.Errorf("%v: %s, %s", err, again, once)
		}
	})
}
