package attack

import "math"

// Feature is one coordinate of a Vector.
type Feature struct {
	Index int
	Value float64
}

// Vector is one person as an attacker sees them: coordinates that are not zero,
// each index once.
type Vector []Feature

// Set makes a vector that is 1 at each index.
func Set[T ~int | ~int32 | ~uint32](indices []T) Vector {
	v := make(Vector, len(indices))
	for i, at := range indices {
		v[i] = Feature{int(at), 1}
	}
	return v
}

// Logistic is logistic regression on dim coordinates with penalty/2 times the
// squared length of the weights, which leaves the intercept alone.
func Logistic(dim int, penalty float64) Attacker {
	return func(x []Vector, secret []bool) func(Vector) float64 {
		w := minimise(make([]float64, dim+1), func(w, gradient []float64) float64 {
			return logisticLoss(x, secret, w, penalty, gradient)
		})
		return func(v Vector) float64 { return margin(v, w) }
	}
}

// LogisticTuned is Logistic with the penalty that tells most on a part of the taught.
func LogisticTuned(dim int, seed uint64) Attacker {
	var all []Attacker
	for _, penalty := range []float64{1, 10, 100} {
		all = append(all, Logistic(dim, penalty))
	}
	return Strongest(all, seed)
}

// margin is the linear score; the intercept stands last.
func margin(v Vector, w []float64) float64 {
	sum := w[len(w)-1]
	for _, f := range v {
		sum += w[f.Index] * f.Value
	}
	return sum
}

func logisticLoss(x []Vector, secret []bool, w []float64, penalty float64, gradient []float64) float64 {
	last := len(w) - 1
	loss := 0.0
	for i := range last {
		gradient[i] = penalty * w[i]
		loss += penalty / 2 * w[i] * w[i]
	}
	gradient[last] = 0
	for i, v := range x {
		sign := -1.0
		if secret[i] {
			sign = 1
		}
		z := sign * margin(v, w)
		loss += math.Log1p(math.Exp(-math.Abs(z))) + max(-z, 0)
		slope := -sign / (1 + math.Exp(z))
		for _, f := range v {
			gradient[f.Index] += slope * f.Value
		}
		gradient[last] += slope
	}
	return loss
}
