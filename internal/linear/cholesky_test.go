package linear

import (
	"math"
	"math/rand/v2"
	"testing"
)

// system fills the solver with a random positive definite matrix of k unknowns
// and returns it densely, with its right-hand side.
func system(s *solver, k int, r *rand.Rand) (a [][]float64, y []float64) {
	x := make([][]float64, k+7)
	for i := range x {
		x[i] = make([]float64, k)
		for j := range x[i] {
			x[i][j] = r.NormFloat64()
		}
	}
	a, y = make([][]float64, k), make([]float64, k)
	clear(s.cells)
	for i := range k {
		a[i] = make([]float64, k)
		y[i] = r.NormFloat64()
		for j := range k {
			for _, row := range x {
				a[i][j] += row[i] * row[j]
			}
		}
		a[i][i]++
		for j := range i + 1 {
			s.cells[element(i, j)] = a[i][j]
		}
		s.cells[element(k, i)] = y[i]
	}
	return a, y
}

func TestSolutionSatisfiesItsSystem(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, kern := range []kernel{plain, best()} {
		for k := 1; k < 80; k++ {
			s := newSolver(k, 0, kern)
			a, y := system(s, k, r)
			w := make([]float64, k)
			s.solve(k, w)
			for i := range a {
				sum := 0.0
				for j := range a {
					sum += a[i][j] * w[j]
				}
				if math.Abs(sum-y[i]) > 1e-9 {
					t.Fatalf("k=%d: row %d gives %g, not %g", k, i, sum, y[i])
				}
			}
		}
	}
}

func TestAssemblyAndGoGiveTheSameBits(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, k := range []int{1, 2, 3, 4, 5, 11, 12, 13, 23, 24, 25, 47, 100, 199, 200, 201} {
		a, b := newSolver(k, 0, plain), newSolver(k, 0, best())
		system(a, k, r)
		copy(b.cells, a.cells)
		v, w := make([]float64, k), make([]float64, k)
		a.solve(k, v)
		b.solve(k, w)
		for i := range v {
			if math.Float64bits(v[i]) != math.Float64bits(w[i]) {
				t.Fatalf("k=%d: weight %d is %x in Go and %x in assembly", k, i, v[i], w[i])
			}
		}
	}
}

func TestRepeatedUnknownGetsNoWeightAndBreaksNothing(t *testing.T) {
	s := newSolver(3, 0, best())
	for _, c := range []struct {
		i, j int
		v    float64
	}{{0, 0, 1}, {1, 0, 1}, {1, 1, 1}, {2, 2, 2}, {3, 0, 1}, {3, 1, 1}, {3, 2, 4}} {
		s.cells[element(c.i, c.j)] = c.v
	}
	w := make([]float64, 3)
	s.solve(3, w)
	if w[0] != 1 || w[1] != 0 || math.Abs(w[2]-2) > 1e-15 {
		t.Fatalf("weights are %v", w)
	}
}

func BenchmarkSolve200(b *testing.B) {
	for name, kern := range map[string]kernel{"plain": plain, "best": best()} {
		b.Run(name, func(b *testing.B) {
			s := newSolver(200, 0, kern)
			system(s, 200, rand.New(rand.NewPCG(1, 2)))
			cells, w := append([]float64(nil), s.cells...), make([]float64, 200)
			for b.Loop() {
				copy(s.cells, cells)
				s.solve(200, w)
			}
		})
	}
}
