package attack

import (
	"cmp"
	"slices"
)

// AUC is the chance that somebody with the secret scores higher than somebody
// without, ties counting half (Mann and Whitney): 0.5 tells nothing. It is 0.5
// where one of the two groups is empty.
func AUC(scores []float64, secret []bool) float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
	with, ranks := 0.0, 0.0
	for from := 0; from < len(order); {
		to, holders := from, 0.0
		for ; to < len(order) && scores[order[to]] == scores[order[from]]; to++ {
			if secret[order[to]] {
				holders++
			}
		}
		with += holders
		ranks += holders * (float64(from+to+1) / 2) // the mean rank, from 1, of those who tie
		from = to
	}
	without := float64(len(order)) - with
	if with == 0 || without == 0 {
		return 0.5
	}
	return (ranks - with*(with+1)/2) / (with * without)
}
