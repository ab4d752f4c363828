package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
)

// Popularity ranks by the number of people, the same for everyone.
func Popularity(train *Pairs) func() Ranker {
	counts := make([]int, train.Items)
	var order []uint32
	for _, items := range train.People {
		for _, item := range items {
			if counts[item]++; counts[item] == 1 {
				order = append(order, item)
			}
		}
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) })
	return func() Ranker {
		var list []uint32
		return func(history []uint32, n int) []uint32 {
			list = list[:0]
			for _, item := range order {
				if len(list) == n {
					break
				}
				if _, own := slices.BinarySearch(history, item); !own {
					list = append(list, item)
				}
			}
			return list
		}
	}
}

// edge is one weight of a baseline: evidence rows, as in the model.
type edge struct {
	item   uint32
	weight float64
}

// rankRows ranks with rows of weights by evidence item.
func rankRows(rows [][]edge) func() Ranker {
	return func() Ranker {
		sums := make([]float64, len(rows))
		var met, list []uint32
		return func(history []uint32, n int) []uint32 {
			met, list = met[:0], list[:0]
			for _, item := range history {
				if int(item) >= len(rows) {
					continue
				}
				for _, e := range rows[item] {
					if sums[e.item] == 0 {
						met = append(met, e.item)
					}
					sums[e.item] += e.weight
				}
			}
			for _, item := range history {
				if int(item) < len(sums) {
					sums[item] = math.Inf(-1)
				}
			}
			slices.SortFunc(met, func(a, b uint32) int { return cmp.Or(cmp.Compare(sums[b], sums[a]), cmp.Compare(a, b)) })
			met = slices.Compact(met)
			for _, item := range met {
				if len(list) < n && sums[item] > 0 {
					list = append(list, item)
				}
				sums[item] = 0
			}
			for _, item := range history {
				if int(item) < len(sums) {
					sums[item] = 0
				}
			}
			return list
		}
	}
}

// ItemKNN is the k most similar items by shrunk cosine (Sarwar et al., WWW
// 2001; shrinkage as in Bell and Koren, 2007), each weighing its similarity.
func ItemKNN(ctx context.Context, train *Pairs, k int, shrink float64) (func() Ranker, error) {
	byItem := make([][]uint32, train.Items)
	for u, items := range train.People {
		for _, item := range items {
			byItem[item] = append(byItem[item], uint32(u))
		}
	}
	rows := make([][]edge, train.Items)
	counts := make([]uint32, train.Items)
	var met []uint32
	var near []edge
	for j := range byItem {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		met, near = met[:0], near[:0]
		for _, u := range byItem[j] {
			for _, i := range train.People[u] {
				if counts[i] == 0 {
					met = append(met, i)
				}
				counts[i]++
			}
		}
		for _, i := range met {
			if int(i) != j {
				both := float64(len(byItem[i])) * float64(len(byItem[j]))
				near = append(near, edge{i, float64(counts[i]) / (math.Sqrt(both) + shrink)})
			}
			counts[i] = 0
		}
		slices.SortFunc(near, func(a, b edge) int { return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.item, b.item)) })
		for _, e := range near[:min(k, len(near))] {
			rows[e.item] = append(rows[e.item], edge{uint32(j), e.weight})
		}
	}
	return rankRows(rows), nil
}

// MaxDense is the largest catalogue that dense EASE takes: 8·n² bytes, n³/3 operations.
const MaxDense = 6000

// EASE is the dense regression of each item on all others (Steck, WWW 2019), by
// the published formula: P = (G + l)⁻¹, B = I - P / diag(P).
func EASE(ctx context.Context, train *Pairs, ridge float64) (func() Ranker, error) {
	if train.Items > MaxDense {
		return nil, fmt.Errorf("dense EASE for %d items: %w", train.Items, errDense)
	}
	n := train.Items
	g := make([]float64, n*n)
	for _, items := range train.People {
		for _, i := range items {
			for _, j := range items {
				g[int(i)*n+int(j)]++
			}
		}
	}
	for i := range n {
		g[i*n+i] += ridge
	}
	inverse, err := linear.Invert(ctx, g, n)
	if err != nil {
		return nil, err
	}
	rows := make([][]edge, n)
	for i := range n {
		for j := range n {
			if w := -inverse[i*n+j] / inverse[j*n+j]; i != j && i > 0 && j > 0 {
				rows[i] = append(rows[i], edge{uint32(j), w})
			}
		}
	}
	return rankRows(rows), nil
}

var errDense = tactful.Errorf(tactful.Invalid, "too many items; dense EASE is for small catalogues")
