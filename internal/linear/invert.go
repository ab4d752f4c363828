package linear

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/tactful/tactful"
)

// Invert returns the inverse of a symmetric positive definite n x n matrix, by
// rows, on all processors. It is for the dense baseline: 24·n² bytes, n³
// multiplications. The model itself never needs an inverse.
func Invert(ctx context.Context, a []float64, n int) ([]float64, error) {
	if n < 1 || len(a) != n*n {
		return nil, tactful.Errorf(tactful.Invalid, "the matrix is not square")
	}
	s := newSolver(n, 0, best())
	for i := range n {
		for p := range i + 1 {
			s.cells[s.starts[i]+panelRows*p] = a[i*n+p]
		}
	}
	s.solve(n, make([]float64, n)) // row n is zero: only the factor is wanted
	for _, inverse := range s.inverse[:n] {
		if inverse == 0 {
			return nil, tactful.Errorf(tactful.Invalid, "the matrix is not positive definite")
		}
	}
	// Rows of Y are the columns of L⁻¹, in panels of 12 rows; then A⁻¹ = Y·Yᵀ.
	width := (n + tileCols - 1) / tileCols * tileCols
	panels := (n + panelRows - 1) / panelRows
	y := make([]float64, panels*panelRows*width)
	each := func(do func(panel int)) {
		var next atomic.Int64
		var workers sync.WaitGroup
		for range runtime.GOMAXPROCS(0) {
			workers.Go(func() {
				for ctx.Err() == nil {
					panel := int(next.Add(1)) - 1
					if panel >= panels {
						return
					}
					do(panel)
				}
			})
		}
		workers.Wait()
	}
	each(func(panel int) { s.invertPanel(panel, n, y[panel*panelRows*width:]) })
	out := make([]float64, n*n)
	each(func(panel int) {
		rows := y[panel*panelRows*width:]
		for c := 0; c < min((panel+1)*panelRows, n); c += tileCols {
			var tile [panelRows * tileCols]float64
			from := panel * panelRows // both rows are zero before
			others := y[c/panelRows*panelRows*width+c%panelRows:]
			s.kernel.update(&rows[panelRows*from], &others[panelRows*from], width-from, &tile[0])
			for u := range tileCols {
				for i := range panelRows {
					if row, col := panel*panelRows+i, c+u; row < n && col <= row {
						out[row*n+col], out[col*n+row] = -tile[panelRows*u+i], -tile[panelRows*u+i]
					}
				}
			}
		}
	})
	return out, ctx.Err()
}

// invertPanel solves Yᵀ = L⁻¹·E for 12 columns of the identity.
func (s *solver) invertPanel(panel, n int, y []float64) {
	from := panel * panelRows
	for i := range panelRows {
		if from+i < n {
			y[panelRows*(from+i)+i] = 1
		}
	}
	for c := from; c < n; c += tileCols {
		tri := s.factored(c, n)
		tile := &y[panelRows*c]
		s.kernel.update(&y[panelRows*from], &s.cells[s.starts[c]+panelRows*from], c-from, tile)
		s.kernel.finish(tile, &tri)
	}
}

// factored reads the 4x4 corner at column c back from the factor.
func (s *solver) factored(c, n int) (tri triangle) {
	next := 0
	for t := range min(tileCols, n-c) {
		tri.inverse[t] = s.inverse[c+t]
		for u := range t {
			tri.below[next] = s.cells[s.starts[c+t]+panelRows*(c+u)]
			next++
		}
	}
	return tri
}
