package attack

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestAUCCountsPairs(t *testing.T) {
	for _, c := range []struct {
		name   string
		scores []float64
		secret []bool
		want   float64
	}{
		{"all in order is 1", []float64{1, 2, 3, 4}, []bool{false, false, true, true}, 1},
		{"all in reverse is 0", []float64{4, 3, 2, 1}, []bool{false, false, true, true}, 0},
		{"all alike is a half", []float64{1, 1, 1, 1}, []bool{false, true, false, true}, 0.5},
		{"one tie of two counts half", []float64{1, 2, 2}, []bool{false, false, true}, 0.75},
		{"nobody with the secret tells nothing", []float64{1, 2}, []bool{false, false}, 0.5},
		{"nobody at all tells nothing", nil, nil, 0.5},
	} {
		if got := AUC(c.scores, c.secret); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "n")
		scores, secret := make([]float64, n), make([]bool, n)
		for i := range n {
			scores[i] = float64(rapid.IntRange(0, 6).Draw(t, "score"))
			secret[i] = rapid.Bool().Draw(t, "secret")
		}
		won, pairs := 0.0, 0.0
		for i := range n {
			for j := range n {
				if secret[i] && !secret[j] {
					pairs++
					switch {
					case scores[i] > scores[j]:
						won++
					case scores[i] == scores[j]:
						won += 0.5
					}
				}
			}
		}
		if got := AUC(scores, secret); pairs > 0 && math.Abs(got-won/pairs) > 1e-12 {
			t.Fatalf("%v, not %v", got, won/pairs)
		}
	})
}

// planted makes people with 10 of dim coordinates; the first told of them are
// twice as likely among people with the secret.
func planted(people, dim, told int, strength float64, seed uint64) (x []Vector, secret []bool) {
	rng := rand.New(rand.NewPCG(seed, 9))
	for i := range people {
		has := i%3 == 0
		own := map[int]bool{}
		for len(own) < 10 {
			at := rng.IntN(dim)
			if has && rng.Float64() < strength {
				at = rng.IntN(told)
			}
			own[at] = true
		}
		var v []int
		for at := range dim {
			if own[at] {
				v = append(v, at)
			}
		}
		x, secret = append(x, Set(v)), append(secret, has)
	}
	return x, secret
}

func attackers(x []Vector, secret []bool, dim int) map[string]Attacker {
	return map[string]Attacker{
		"logistic": LogisticTuned(dim, 1),
		"bayes":    Bayes(dim, 10),
		"public":   Public(LogOdds(x[:len(x)/2], secret[:len(x)/2], dim, 10)),
		"space":    NewSpace(x, dim, 12, 1).In(LogisticTuned(12, 1)),
	}
}

func TestAttackersFindAPlantedSecretAndNothingWhereThereIsNone(t *testing.T) {
	const people, dim = 1200, 60
	told, secret := planted(people, dim, 12, 0.25, 1)
	silent, _ := planted(people, dim, 12, 0, 2)
	auc := func(x []Vector, a Attacker) float64 {
		x, secret := x[people/2:], secret[people/2:]
		got, err := CrossAUC(context.Background(), x, secret, Folds(secret, 5, 3), a)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for name, a := range attackers(told, secret, dim) {
		if got := auc(told, a); got < 0.7 {
			t.Errorf("%s finds the planted secret with AUC %.3f only", name, got)
		}
	}
	for name, a := range attackers(silent, secret, dim) {
		if got := auc(silent, a); got < 0.4 || got > 0.6 {
			t.Errorf("%s finds a secret that is not there, AUC %.3f", name, got)
		}
	}
}

func TestSameSeedAttacksAlike(t *testing.T) {
	x, secret := planted(300, 40, 8, 0.3, 1)
	for name := range attackers(x, secret, 40) {
		var got [2]float64
		for i := range got {
			var err error
			if got[i], err = CrossAUC(context.Background(), x, secret, Folds(secret, 5, 3), attackers(x, secret, 40)[name]); err != nil {
				t.Fatal(err)
			}
		}
		if got[0] != got[1] {
			t.Errorf("%s: %v and %v", name, got[0], got[1])
		}
	}
}

func TestFoldsShareBothGroupsEqually(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.SliceOfN(rapid.Bool(), 1, 200).Draw(t, "secret")
		n := rapid.IntRange(2, 7).Draw(t, "folds")
		counts := map[[2]any]int{}
		for i, f := range Folds(secret, n, 1) {
			if f < 0 || f >= n {
				t.Fatalf("fold %d", f)
			}
			counts[[2]any{f, secret[i]}]++
		}
		for _, group := range []bool{true, false} {
			least, most := len(secret), 0
			for f := range n {
				least, most = min(least, counts[[2]any{f, group}]), max(most, counts[[2]any{f, group}])
			}
			if most-least > 1 {
				t.Fatalf("a fold has %d and another %d", most, least)
			}
		}
	})
}

// The minimum of the penalised loss has no slope, whatever the data.
func TestLogisticStopsWhereTheGradientVanishes(t *testing.T) {
	x, secret := planted(400, 30, 6, 0.3, 4)
	w := minimise(make([]float64, 31), func(w, gradient []float64) float64 {
		return logisticLoss(x, secret, w, 1, gradient)
	})
	gradient := make([]float64, 31)
	here := logisticLoss(x, secret, w, 1, gradient)
	if length(gradient) > 0.01 {
		t.Errorf("the gradient is %g long", length(gradient))
	}
	for i := range w { // convex: no neighbour is lower
		for _, step := range []float64{-0.1, 0.1} {
			w[i] += step
			if logisticLoss(x, secret, w, 1, gradient) < here {
				t.Errorf("a step along %d leads down", i)
			}
			w[i] -= step
		}
	}
	if z := margin(Vector{}, w); math.IsNaN(z) {
		t.Error("the intercept is not a number")
	}
}

func TestCancelledAttackStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	x, secret := planted(30, 20, 5, 0.3, 1)
	if _, err := CrossAUC(ctx, x, secret, Folds(secret, 3, 1), Bayes(20, 1)); err == nil {
		t.Error("it went on")
	}
}
