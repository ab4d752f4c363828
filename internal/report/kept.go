package report

import (
	"cmp"
	"math"
	"slices"

	"github.com/tactful/tactful/internal/noise"
)

// What a public list must keep of the true one.
const (
	ListLength = 20
	LeastKept  = 0.7
	keptSlack  = 0.05 // by which the estimate must be above it; measured in TestAListThatIsPublishedKeepsEnough
)

// top are the places of the n largest counts, ties by place.
func top(counts []int64, n int) []int {
	order := make([]int, len(counts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(counts[b], counts[a]) })
	return order[:min(n, len(order))]
}

// overlap is the share of n that two lists have in common.
func overlap(a, b []int, n int) float64 {
	both := 0
	for _, x := range a {
		if slices.Contains(b, x) {
			both++
		}
	}
	return float64(both) / float64(n)
}

const keptDraws = 60

// expectedKept estimates from noised counts alone how much of the true top list
// the noised one keeps, so that whether a list is good enough tells nothing more
// of anybody. Noised counts lie further apart than true ones, which flatters; so
// they are first drawn together by what the noise added to their spread (James
// and Stein), around the middle of those that could be in the list, and then
// noised again.
func expectedKept(noised []int64, variance float64, r *noise.Source) (float64, error) {
	n := min(ListLength, len(noised))
	if n == 0 {
		return 0, nil
	}
	// Only what stands near the edge of the list decides; the far rest is near zero.
	near := top(noised, min(len(noised), 5*n))
	mean, spread := 0.0, 0.0
	for _, i := range near {
		mean += float64(noised[i]) / float64(len(near))
	}
	for _, i := range near {
		spread += (float64(noised[i]) - mean) * (float64(noised[i]) - mean) / float64(max(1, len(near)-1))
	}
	shrink := 0.0
	if spread > 0 {
		shrink = math.Sqrt(max(0, 1-variance/spread))
	}
	likely := make([]int64, len(near))
	for k, i := range near {
		likely[k] = int64(math.Round(mean + shrink*(float64(noised[i])-mean)))
	}
	truth := top(likely, n)
	again := make([]int64, len(likely))
	step := noise.Ratio{Num: max(1, uint64(math.Round(variance*1000))), Den: 1000}
	sum := 0.0
	for range keptDraws {
		for k := range likely {
			x, err := r.Gaussian(step)
			if err != nil {
				return 0, err
			}
			again[k] = likely[k] + x
		}
		sum += overlap(truth, top(again, n), ListLength)
	}
	return sum / keptDraws, nil
}

// Kept is how much a noised list of the most popular keeps of the true one.
type Kept struct {
	Days      int     `json:"days"` // 0: all there is
	Epsilon   float64 `json:"epsilon"`
	People    int     `json:"people"`
	True      float64 `json:"true"`      // share of the true top 20, mean of the draws
	Estimated float64 `json:"estimated"` // what the noised counts themselves say of it
	Published float64 `json:"published"` // share of draws whose list would be published
	Worst     float64 `json:"worst"`     // least share kept by a list that would be
}

// MeasureKept plays the release of a list many times over counts that are known,
// to say what epsilon and a window cost. It reads no records.
func MeasureKept(people [][]int32, groups []Group, s *Settings, draws int, source *noise.Source) (k Kept, err error) {
	k.Epsilon, k.Worst = s.Epsilon, 1
	exact := make([]int64, len(groups))
	for _, in := range people {
		if len(in) > 0 {
			k.People++
		}
		for _, at := range in {
			exact[at]++
		}
	}
	truth := top(exact, ListLength)
	for range draws {
		t := NewTally(groups, s.Items, source)
		for _, in := range people {
			if err := t.Add(in); err != nil {
				return k, err
			}
		}
		counts, variance, err := t.noised(s.Each(Bestsellers))
		if err != nil {
			return k, err
		}
		share := overlap(truth, top(counts, ListLength), ListLength)
		guess, err := expectedKept(counts, variance.Float(), source)
		if err != nil {
			return k, err
		}
		k.True += share / float64(draws)
		k.Estimated += guess / float64(draws)
		if guess >= LeastKept+keptSlack {
			k.Published += 1 / float64(draws)
			k.Worst = min(k.Worst, share)
		}
	}
	if k.Published == 0 {
		k.Worst = 0
	}
	return k, nil
}
