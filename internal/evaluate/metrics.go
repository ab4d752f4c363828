package evaluate

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Measures are the accuracy of ranked lists against held-out items, averaged
// over the people who have any, over the full catalogue, never over sampled
// negatives (Krichene and Rendle, KDD 2020, show why those mislead). Recall is
// hits / held-out items, NDCG is binary with an ideal of min(length, held-out),
// as in the LightGCN line of papers and the BARS benchmark.
type Measures struct {
	Recall   float64 `json:"recall"`
	NDCG     float64 `json:"ndcg"`
	Error    float64 `json:"error"`    // standard error of the mean of the two
	Coverage int     `json:"coverage"` // distinct items in all lists
	People   int     `json:"people"`   // people measured
}

// Ranker gives the n best items for a history, best first, none of the history
// among them. It is used by one goroutine.
type Ranker func(history []uint32, n int) []uint32

// Lister gives the n best items for a person of the test pairs. It is used by
// one goroutine. A fault ends the measurement.
type Lister func(person, n int) ([]uint32, error)

// Measure ranks for everybody who has held-out items. ranker is called once for
// each goroutine. The result does not depend on how many there are.
func Measure(ctx context.Context, train, test *Pairs, n int, ranker func() Ranker) (Measures, error) {
	return MeasureLists(ctx, max(train.Items, test.Items), test, n, func() Lister {
		rank := ranker()
		return func(person, n int) ([]uint32, error) {
			var history []uint32
			if person < len(train.People) {
				history = train.People[person]
			}
			return rank(history, n), nil
		}
	})
}

// MeasureLists is Measure for lists that come from elsewhere, such as a whole
// engine; items bounds their numbers.
func MeasureLists(ctx context.Context, items int, test *Pairs, n int, lister func() Lister) (Measures, error) {
	recalls := make([]float64, len(test.People))
	gains := make([]float64, len(test.People))
	seen := make([]atomic.Bool, items)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			list := lister()
			for ctx.Err() == nil {
				u := int(next.Add(1)) - 1
				if u >= len(test.People) {
					return
				}
				if len(test.People[u]) == 0 {
					continue
				}
				best, err := list(u, n)
				if err != nil {
					stop(err)
					return
				}
				for _, item := range best {
					seen[item].Store(true)
				}
				recalls[u], gains[u] = score(best, test.People[u], n)
			}
		})
	}
	workers.Wait()
	if ctx.Err() != nil {
		return Measures{}, context.Cause(ctx)
	}
	return summary(test, recalls, gains, seen), nil
}

// Mean is the mean of recall and NDCG, by which tuning compares.
func (m Measures) Mean() float64 { return (m.Recall + m.NDCG) / 2 }

func summary(test *Pairs, recalls, gains []float64, seen []atomic.Bool) (m Measures) {
	for u, held := range test.People {
		if len(held) > 0 {
			m.People++
			m.Recall += recalls[u]
			m.NDCG += gains[u]
		}
	}
	for i := range seen {
		if seen[i].Load() {
			m.Coverage++
		}
	}
	if m.People == 0 {
		return m
	}
	n := float64(m.People)
	m.Recall /= n
	m.NDCG /= n
	variance := 0.0
	for u, held := range test.People {
		if d := (recalls[u]+gains[u])/2 - m.Mean(); len(held) > 0 {
			variance += d * d / n
		}
	}
	m.Error = math.Sqrt(variance / n)
	return m
}

// score returns recall and NDCG of one list; held is ascending.
func score(list, held []uint32, n int) (recall, ndcg float64) {
	hits, gain := 0, 0.0
	for i, item := range list {
		if _, hit := slices.BinarySearch(held, item); hit {
			hits++
			gain += 1 / math.Log2(float64(i)+2)
		}
	}
	ideal := 0.0
	for i := range min(n, len(held)) {
		ideal += 1 / math.Log2(float64(i)+2)
	}
	return float64(hits) / float64(len(held)), gain / ideal
}
