package coercion

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
)

// families joins texts that are nearly the same: half of their three-letter
// pieces are shared, of at least so many that it is no accident. A text must not
// be judged by a model that has seen its twin.
func families(texts []string) []int {
	parent := make([]int, len(texts))
	pieces := make([]map[string]bool, len(texts))
	for i, t := range texts {
		parent[i] = i
		pieces[i] = map[string]bool{}
		runes := []rune(" " + strings.Join(words(t), " ") + " ")
		for at := 0; at+3 <= len(runes); at++ {
			pieces[i][string(runes[at:at+3])] = true
		}
	}
	root := func(i int) int {
		for parent[i] != i {
			i = parent[i]
		}
		return i
	}
	const alike = 0.6
	for i, a := range pieces {
		for j, b := range pieces[:i] {
			if float64(min(len(a), len(b))) < alike*float64(max(len(a), len(b))) || root(i) == root(j) {
				continue
			}
			shared := 0
			for p := range a {
				if b[p] {
					shared++
				}
			}
			if float64(shared) >= alike*float64(len(a)+len(b)-shared) {
				parent[root(i)] = root(j)
			}
		}
	}
	for i := range parent {
		parent[i] = root(i)
	}
	return parent
}

// deal puts whole families into folds, the next one always into the smallest.
func deal(family []int, folds int, seed uint64) []int {
	size := map[int]int{}
	for _, f := range family {
		size[f]++
	}
	order := make([]int, 0, len(size))
	for f := range size {
		order = append(order, f)
	}
	slices.Sort(order)
	rand.New(rand.NewPCG(seed, 1)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(size[b], size[a]) })
	filled, into := make([]int, folds), map[int]int{}
	for _, f := range order {
		smallest := 0
		for k := range filled {
			if filled[k] < filled[smallest] {
				smallest = k
			}
		}
		into[f] = smallest
		filled[smallest] += size[f]
	}
	out := make([]int, len(family))
	for i, f := range family {
		out[i] = into[f]
	}
	return out
}
