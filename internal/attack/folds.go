package attack

import (
	"context"
	"math/rand/v2"
)

// Folds deals people into n folds with equal shares of both groups. The same
// seed deals alike.
func Folds(secret []bool, n int, seed uint64) []int {
	rng := rand.New(rand.NewPCG(seed, 0xf01d))
	folds := make([]int, len(secret))
	dealt := map[bool]int{true: 0, false: n / 2}
	for _, i := range rng.Perm(len(secret)) {
		folds[i] = dealt[secret[i]] % n
		dealt[secret[i]]++
	}
	return folds
}

// Attacker learns from people whose secret is known and returns what scores
// others: the higher, the likelier that they have it.
type Attacker func(x []Vector, secret []bool) (score func(Vector) float64)

// CrossAUC is the mean AUC of an attacker over the folds, each attacked with
// what the others taught.
func CrossAUC(ctx context.Context, x []Vector, secret []bool, folds []int, attacker Attacker) (float64, error) {
	n := 0
	for _, f := range folds {
		n = max(n, f+1)
	}
	sum := 0.0
	for fold := range n {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		sum += foldAUC(x, secret, folds, fold, attacker)
	}
	return sum / float64(max(n, 1)), nil
}

func foldAUC(x []Vector, secret []bool, folds []int, fold int, attacker Attacker) float64 {
	var taught, tested []Vector
	var known, hidden []bool
	for i := range x {
		if folds[i] == fold {
			tested, hidden = append(tested, x[i]), append(hidden, secret[i])
		} else {
			taught, known = append(taught, x[i]), append(known, secret[i])
		}
	}
	score := attacker(taught, known)
	scores := make([]float64, len(tested))
	for i, v := range tested {
		scores[i] = score(v)
	}
	return AUC(scores, hidden)
}

// Strongest tries each attacker on a fifth of the taught and uses the best: an
// attacker may tune, but not on those it attacks.
func Strongest(attackers []Attacker, seed uint64) Attacker {
	return func(x []Vector, secret []bool) func(Vector) float64 {
		best, most := 0, -1.0
		if len(attackers) > 1 {
			folds := Folds(secret, 5, seed)
			for i, a := range attackers {
				if auc := foldAUC(x, secret, folds, 0, a); auc > most {
					best, most = i, auc
				}
			}
		}
		return attackers[best](x, secret)
	}
}
