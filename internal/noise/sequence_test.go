package noise

import (
	"math"
	"math/rand/v2"
	"testing"
)

// peek runs two arms of chances a and b and looks after every pair of people; it
// returns when the difference is first known not to be zero, 0 for never.
func peek(r *rand.Rand, a, b float64, people int) int {
	arms := [2]Sequence{{Alpha: .025}, {Alpha: .025}}
	for n := range people {
		for i, chance := range []float64{a, b} {
			value := 0.0
			if r.Float64() < chance {
				value = 1
			}
			arms[i].Add(value)
		}
		if low, high := Difference(&arms[0], &arms[1]); low > 0 || high < 0 {
			return n + 1
		}
	}
	return 0
}

func TestLookingAllTheTimeFindsNothingWhereThereIsNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	const tests = 1000
	for _, chance := range []float64{.02, .1, .5} {
		found := 0
		for range tests {
			if peek(r, chance, chance, 1500) > 0 {
				found++
			}
		}
		t.Logf("chance %.2f: %d of %d A/A tests, looked at after each of 1,500 pairs, found a difference", chance, found, tests)
		if found > tests/20 {
			t.Errorf("chance %.2f: %d of %d", chance, found, tests)
		}
	}
}

func TestADifferenceIsFound(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 2))
	for _, c := range []struct {
		a, b   float64
		people int
	}{{.1, .3, 1500}, {.1, .2, 4000}, {.5, .6, 8000}, {.02, .06, 6000}} {
		found, sum := 0, 0
		for range 50 {
			if at := peek(r, c.a, c.b, c.people); at > 0 {
				found++
				sum += at
			}
		}
		t.Logf("%.2f against %.2f: found %d of 50 within %d pairs, after %d on average", c.a, c.b, found, c.people, sum/max(1, found))
		if found < 40 {
			t.Errorf("%.2f against %.2f: found %d of 50 within %d pairs", c.a, c.b, found, c.people)
		}
	}
}

// TestAFixedIntervalIsFooledByPeeking is the control: the usual interval, looked
// at all the time, finds differences that are not there.
func TestAFixedIntervalIsFooledByPeeking(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 3))
	fooled := 0
	for range 200 {
		sums := [2]float64{}
		for n := 1; n <= 1500; n++ {
			for i := range sums {
				if r.Float64() < .5 {
					sums[i]++
				}
			}
			if gap := math.Abs(sums[0]-sums[1]) / float64(n); n > 30 && gap > 1.96*math.Sqrt(.5/float64(n)) {
				fooled++
				break
			}
		}
	}
	if fooled < 40 {
		t.Errorf("only %d of 200", fooled)
	}
	t.Logf("a 95 %% interval for one look, looked at all the time: %d of 200 A/A tests found a difference", fooled)
}

func TestASequenceBearsAnyValue(t *testing.T) {
	q := Sequence{Alpha: .05}
	if low, high := q.Interval(); low != 0 || high != 1 {
		t.Errorf("before the first value: %g to %g", low, high)
	}
	for _, x := range []float64{math.NaN(), math.Inf(1), -5, 7, .5} {
		q.Add(x)
	}
	if low, high := q.Interval(); math.IsNaN(low) || math.IsNaN(high) || low < 0 || high > 1 || q.N != 5 || q.Mean() != .5 {
		t.Errorf("%g to %g: %+v", low, high, q)
	}
}
