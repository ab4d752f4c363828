package campaign

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestChancesAreThoseOfThompsonSampling(t *testing.T) {
	arms := []Arm{{Shown: 40, Clicked: 4}, {Shown: 60, Clicked: 12}, {Shown: 5, Clicked: 0}}
	r := rand.New(rand.NewPCG(1, 2))
	beta := func(a Arm) float64 { // by the order statistics of uniforms
		n := a.Shown + 1
		draws := make([]float64, n)
		for i := range draws {
			draws[i] = r.Float64()
		}
		k := a.Clicked // the (k+1)-th smallest of n is Beta(k+1, n-k)
		for i := 0; i <= k; i++ {
			for j := i + 1; j < n; j++ {
				if draws[j] < draws[i] {
					draws[i], draws[j] = draws[j], draws[i]
				}
			}
		}
		return draws[k]
	}
	const times = 40_000
	won := [3]float64{}
	for range times {
		best, at := -1.0, 0
		for i, a := range arms {
			if x := beta(a); x > best {
				best, at = x, i
			}
		}
		won[at]++
	}
	sum := 0.0
	for i, p := range Chances(arms, 0) {
		if got := won[i] / times; math.Abs(got-p) > 0.01 {
			t.Errorf("arm %d: %.3f of draws, %.3f computed", i, got, p)
		}
		sum += p
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("the chances sum to %v", sum)
	}
}

func TestEveryArmKeepsTheFloor(t *testing.T) {
	chances := Chances([]Arm{{Shown: 100_000, Clicked: 90_000}, {Shown: 100_000, Clicked: 10}, {Clicked: 9, Shown: -3}}, 0.3)
	for i, p := range chances {
		if p < 0.1-1e-12 || math.IsNaN(p) {
			t.Errorf("arm %d has %v", i, p)
		}
	}
	if Likeliest(chances) != 0 || chances[0] < 0.69 {
		t.Errorf("the best one has %v", chances[0])
	}
	if got := Chances(nil, 0.1); len(got) != 0 {
		t.Error("no arms")
	}
	if got := Chances([]Arm{{}}, 0.1); got[0] != 1 {
		t.Errorf("a single arm has %v", got[0])
	}
}

func TestADrawIsReplayedAndHasItsChances(t *testing.T) {
	chances := []float64{0.2, 0.5, 0.3}
	counts := [3]int{}
	const times = 30_000
	for i := range times {
		draw := fmt.Sprint("draw", i)
		at := Draw(draw, "c", chances)
		if at != Draw(draw, "c", chances) {
			t.Fatal("the same draw chose something else")
		}
		counts[at]++
	}
	for i, n := range counts {
		if got := float64(n) / times; math.Abs(got-chances[i]) > 0.01 {
			t.Errorf("arm %d: %.3f, want %.1f", i, got, chances[i])
		}
	}
}
