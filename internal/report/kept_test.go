package report

import (
	"math"
	"math/rand/v2"
	"testing"
)

// shoppers buy from a shelf on which some things are far more popular than others.
func shoppers(people, items int, seed uint64) [][]int32 {
	r := rand.New(rand.NewPCG(seed, 1))
	all := make([][]int32, people)
	for p := range all {
		for range 5 + r.IntN(40) {
			all[p] = append(all[p], int32(math.Pow(r.Float64(), 2.5)*float64(items)))
		}
	}
	return all
}

// TestAListThatIsPublishedKeepsEnough draws lists for shops of several sizes: what
// the noised counts say of themselves decides, and it must not flatter.
func TestAListThatIsPublishedKeepsEnough(t *testing.T) {
	published, withheld := 0, 0
	for _, people := range []int{300, 1500, 6000, 20_000} {
		for _, epsilon := range []float64{.5, 2} {
			set := settings()
			set.Epsilon = epsilon
			k, err := MeasureKept(shoppers(people, 800, 7), shelf(800), set, 4, seeded(uint64(people)))
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%6d people, epsilon %.1f: keeps %.2f, says %.2f, shown %.2f, worst shown %.2f", people, epsilon, k.True, k.Estimated, k.Published, k.Worst)
			if k.Published > 0 {
				published++
				if k.Worst < LeastKept-.1 || k.True < LeastKept {
					t.Errorf("%d people, epsilon %g: a list is shown that keeps %.2f, on average %.2f", people, epsilon, k.Worst, k.True)
				}
			} else {
				withheld++
			}
		}
	}
	if published == 0 || withheld == 0 {
		t.Errorf("%d settings are shown and %d are not: nothing was decided", published, withheld)
	}
}
