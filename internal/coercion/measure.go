package coercion

import (
	"cmp"
	"slices"
)

// Scores says how well scores tell pressing texts (true) from calm ones.
type Scores struct {
	Accuracy  float64 `json:"accuracy"`
	AUC       float64 `json:"auc"`
	F1        float64 `json:"f1"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	RecallAt1 float64 `json:"recall_at_1_percent_false_positives"`
	Texts     int     `json:"texts"`
}

// Measure counts a score above the threshold as pressing. Equal scores count
// half in the AUC, and against the recall at 1 %.
func Measure(score []float64, pressing []bool, threshold float64) Scores {
	order := make([]int, len(score))
	var positives, negatives, hit, wrong, right float64
	for i := range score {
		order[i] = i
		said := score[i] > threshold
		switch {
		case pressing[i]:
			positives++
		default:
			negatives++
		}
		switch {
		case said && pressing[i]:
			hit++
		case said:
			wrong++
		}
		if said == pressing[i] {
			right++
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(score[b], score[a]) })
	s := Scores{Texts: len(score)}
	if len(score) == 0 {
		return s
	}
	s.Accuracy = right / float64(len(score))
	if hit > 0 {
		s.Precision, s.Recall = hit/(hit+wrong), hit/positives
		s.F1 = 2 * s.Precision * s.Recall / (s.Precision + s.Recall)
	}
	if positives == 0 || negatives == 0 {
		return s
	}
	found, false1 := 0.0, 0.0
	for i := 0; i < len(order); {
		j, ties, tiesFalse := i, 0.0, 0.0
		for ; j < len(order) && score[order[j]] == score[order[i]]; j++ {
			if pressing[order[j]] {
				ties++
			} else {
				tiesFalse++
			}
		}
		s.AUC += tiesFalse * (found + ties/2)
		found, false1 = found+ties, false1+tiesFalse
		if false1 <= negatives/100 {
			s.RecallAt1 = found / positives
		}
		i = j
	}
	s.AUC /= positives * negatives
	return s
}
