package attack

import "math"

// LogOdds is how much each coordinate speaks for the secret: the logarithm of
// the ratio of its shares among people with and without it, each share begun
// with prior observations at the common share, so that rare coordinates say
// little.
func LogOdds(x []Vector, secret []bool, dim int, prior float64) []float64 {
	with, without := make([]float64, dim), make([]float64, dim)
	var withAll, withoutAll float64
	for i, v := range x {
		for _, f := range v {
			if secret[i] {
				with[f.Index] += f.Value
				withAll += f.Value
			} else {
				without[f.Index] += f.Value
				withoutAll += f.Value
			}
		}
	}
	odds := make([]float64, dim)
	all := withAll + withoutAll
	for i := range odds {
		common := (with[i] + without[i]) / all
		if common > 0 {
			odds[i] = math.Log((with[i]+prior*common)/(withAll+prior)) - math.Log((without[i]+prior*common)/(withoutAll+prior))
		}
	}
	return odds
}

// Bayes adds up log-odds that it learns from the taught.
func Bayes(dim int, prior float64) Attacker {
	return func(x []Vector, secret []bool) func(Vector) float64 {
		return sumOf(LogOdds(x, secret, dim, prior))
	}
}

// Public adds up log-odds that anybody knows, from elsewhere; it learns
// only which way round they point.
func Public(odds []float64) Attacker {
	return func(x []Vector, secret []bool) func(Vector) float64 {
		score := sumOf(odds)
		scores := make([]float64, len(x))
		for i, v := range x {
			scores[i] = score(v)
		}
		if AUC(scores, secret) < 0.5 {
			return func(v Vector) float64 { return -score(v) }
		}
		return score
	}
}

func sumOf(odds []float64) func(Vector) float64 {
	return func(v Vector) (sum float64) {
		for _, f := range v {
			sum += odds[f.Index] * f.Value
		}
		return sum
	}
}
