package noise

import (
	"fmt"
	"math"
	"testing"

	"github.com/tactful/tactful"
)

func TestACostIsNeverMoreThanTheSimpleBound(t *testing.T) {
	for _, rho := range []float64{1e-6, 1e-3, .01, .1, .5, 1, 8} {
		for _, delta := range []float64{1e-3, 1e-6, 1e-9} {
			c := costOf(rho)
			simple := rho + 2*math.Sqrt(rho*math.Log(1/delta))
			got := c.Epsilon(delta)
			// The same bound at 100,000 orders, found by looking at each.
			want := math.Inf(1)
			for i := range 100_000 {
				a := 1 + math.Exp(float64(i)/100_000*45-15)
				want = min(want, a*rho+(math.Log(1/delta)-math.Log(a-1)+a*math.Log1p(-1/a))/(a-1))
			}
			want = max(0, want)
			if got > simple || math.Abs(got-want) > 1e-4*(1+want) {
				t.Errorf("rho %g, delta %g: epsilon %g, by search %g, simple %g", rho, delta, got, want, simple)
			}
			if back := CostFor(got, delta); got > 0 && (back < c || back.Epsilon(delta) > got*(1+1e-9)) {
				t.Errorf("rho %g, delta %g: epsilon %g allows only %d of %d", rho, delta, got, back, c)
			}
		}
	}
}

func TestNoiseForABudgetCostsNoMore(t *testing.T) {
	for _, budget := range []Cost{1, 1000, 12_345_678, 1_000_000_000} {
		for _, s := range []Ratio{{1, 1}, {45, 1}, {3, 2}} {
			v, err := VarianceFor(s, budget)
			if err != nil {
				if budget > 1 {
					t.Error(err)
				}
				continue
			}
			c, err := CostOfGaussian(s, v)
			if err != nil || c > budget || float64(c) < .99*float64(budget)-1 && v.Num > 1 {
				t.Errorf("budget %d, sensitivity %v: variance %v costs %d, %v", budget, s, v, c, err)
			}
		}
	}
	if _, err := VarianceFor(Ratio{1, 1}, 0); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("a spent budget: %v", err)
	}
}

func TestCostsAreRoundedUp(t *testing.T) {
	for _, c := range []struct {
		epsilon Ratio
		least   Cost
	}{{Ratio{1, 1}, 500_000_000}, {Ratio{1, 3}, 55_555_556}, {Ratio{1, 1 << 40}, 1}, {Ratio{1 << 40, 1}, MaxCost}} {
		got, err := CostOfPure(c.epsilon)
		if err != nil || got < c.least || got > c.least+1 {
			t.Errorf("epsilon %v costs %d, %v; want %d", c.epsilon, got, err, c.least)
		}
	}
}

// TestALoneGroupIsNamedHardlyEver draws for a group at the lower door and one
// below it: the second is never named, the first with chance delta at most.
func TestALoneGroupIsNamedHardlyEver(t *testing.T) {
	const delta, draws = 1e-3, 200_000
	for _, c := range []struct{ perPerson, pre uint64 }{{1, 1}, {1, 20}, {5, 20}} {
		sel, err := NewSelection(Ratio{1, 1}, delta, c.perPerson, c.pre)
		if err != nil {
			t.Fatal(err)
		}
		s := seeded(byte(c.perPerson + c.pre))
		named := 0
		for range draws {
			if ok, err := s.Pass(sel, c.pre); err != nil {
				t.Fatal(err)
			} else if ok {
				named++
			}
			if ok, _ := s.Pass(sel, c.pre-1); ok {
				t.Fatalf("a group of %d was named", c.pre-1)
			}
		}
		most := delta/float64(c.perPerson)*draws + outOf*math.Sqrt(delta*draws)
		if float64(named) > most {
			t.Errorf("%+v: a group of %d people was named %d times of %d", sel, c.pre, named, draws)
		}
		crowd := uint64(sel.Threshold) + 20*c.perPerson
		if ok, err := s.Pass(sel, crowd); err != nil || !ok {
			t.Errorf("%+v: a group of %d people is not named: %v", sel, crowd, err)
		}
		t.Logf("per person %d, at least %d: threshold %d, the smallest group named %d of %d times", c.perPerson, c.pre, sel.Threshold, named, draws)
	}
	if ok, err := seeded(1).Pass(Selection{}, 1000); ok || err == nil {
		t.Error("a selection that was not made names a group")
	}
}

func TestEverySampleOfTheSameSizeIsEquallyLikely(t *testing.T) {
	s := seeded(3)
	counts := map[string]float64{}
	const draws = 60_000
	for range draws {
		kept, err := s.Sample(5, 2)
		if err != nil || len(kept) != 2 {
			t.Fatal(kept, err)
		}
		counts[fmt.Sprint(kept)]++
	}
	chi := 0.0
	for _, n := range counts {
		chi += (n - draws/10) * (n - draws/10) / (draws / 10)
	}
	if len(counts) != 10 || chi > 9+outOf*math.Sqrt(18)+5 {
		t.Errorf("%d sets, chi-square %.1f of 9 degrees", len(counts), chi)
	}
	if kept, err := s.Sample(3, 7); err != nil || len(kept) != 3 {
		t.Errorf("more than there are: %v, %v", kept, err)
	}
}
