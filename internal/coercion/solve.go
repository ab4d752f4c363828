package coercion

import "math/rand/v2"

// passes over the texts; the solution no longer moves in its third digit.
const passes = 40

// separate finds the plane w·x + bias between texts with y = 1 and y = -1 that
// leaves the widest gap, with squared loss of weight c beside it: the dual
// coordinate descent of Hsieh et al., "A Dual Coordinate Descent Method for
// Large-scale Linear SVM" (2008), algorithm 1. Equal inputs give equal bits.
func separate(x [][]feature, y []float64, c float64, seed uint64) (w []float64, bias float64) {
	w = make([]float64, places)
	alpha, square := make([]float64, len(x)), make([]float64, len(x))
	for i := range x {
		square[i] = 1 + 1/(2*c)
		for _, f := range x[i] {
			square[i] += f.value * f.value
		}
	}
	random := rand.New(rand.NewPCG(seed, 0))
	for range passes {
		for _, i := range random.Perm(len(x)) {
			gradient := y[i]*(dot(w, x[i])+bias) - 1 + alpha[i]/(2*c)
			next := max(0, alpha[i]-gradient/square[i])
			step := (next - alpha[i]) * y[i]
			alpha[i] = next
			if step == 0 {
				continue
			}
			for _, f := range x[i] {
				w[f.at] += step * f.value
			}
			bias += step
		}
	}
	return w, bias
}

func dot(w []float64, x []feature) float64 {
	sum := 0.0
	for _, f := range x {
		sum += w[f.at] * f.value
	}
	return sum
}
