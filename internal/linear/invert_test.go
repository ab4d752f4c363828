package linear

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

func TestInverseTimesMatrixIsTheIdentity(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for _, n := range []int{1, 2, 5, 12, 13, 40, 61} {
		rows, _ := system(newSolver(n, 0, plain), n, r)
		var a []float64
		for _, row := range rows {
			a = append(a, row...)
		}
		p, err := Invert(context.Background(), a, n)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			for j := range n {
				sum := 0.0
				for k := range n {
					sum += p[i*n+k] * a[k*n+j]
				}
				if want := map[bool]float64{true: 1}[i == j]; math.Abs(sum-want) > 1e-9 {
					t.Fatalf("n=%d: (%d, %d) is %g", n, i, j, sum)
				}
			}
		}
	}
}

func TestInverseOfASingularMatrixIsRefused(t *testing.T) {
	if _, err := Invert(context.Background(), []float64{1, 1, 1, 1}, 2); err == nil {
		t.Fatal("two equal rows were inverted")
	}
}
