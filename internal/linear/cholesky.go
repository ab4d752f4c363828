package linear

// The solver factors a symmetric positive definite matrix as L·Lᵀ and carries
// the right-hand side along as one more row, which leaves the forward solution
// behind for nothing. It works on panels of 12 rows, so that one 12x4 tile of
// the result fits the registers of AVX2 (12 sums, 3 loads, 1 broadcast).
//
// Element (i, p), p <= i, lies at panelStart(i/12) + 12·p + i%12. Each element
// sees the same operations in the same order in the AVX2 kernel and in its Go
// twin, with a fused multiply-add for each, so both give the same bits.

const (
	panelRows = 12 // rows that are stored together
	tileCols  = 4  // columns that are finished together
)

func panelStart(panel int) int { return panelRows * panelRows * panel * (panel + 1) / 2 }

func element(i, p int) int { return panelStart(i/panelRows) + panelRows*p + i%panelRows }

// kernel does the two inner loops on one tile. tile and rows point into panels.
type kernel struct {
	// update subtracts panel·rowsᵀ over the first p columns from a 12x4 tile.
	update func(panel, rows *float64, p int, tile *float64)
	// finish divides a 12x4 tile by the 4x4 triangle it stands under.
	finish func(tile *float64, tri *triangle)
}

// triangle is a factored 4x4 corner: the reciprocals of its diagonal and the
// six elements below it.
type triangle struct {
	inverse [4]float64
	below   [6]float64 // (1,0) (2,0) (2,1) (3,0) (3,1) (3,2)
}

// solver is the memory of one goroutine for systems of at most k unknowns.
type solver struct {
	cells   []float64 // the matrix, then its factor
	inverse []float64 // reciprocals of the factor's diagonal
	right   []float64
	bound   [][]float64 // constraints, forward solved, orthogonal to each other
	pull    float64     // multiplier of the first constraint in the last solution
	starts  []int       // element(i, 0)
	kernel  kernel
}

// newSolver makes the memory for k unknowns and as many constraints.
func newSolver(k, constraints int, kern kernel) *solver {
	panels := (k+constraints)/panelRows + 1 // with a row for the right-hand side
	n := panelStart(panels)
	s := &solver{cells: make([]float64, n), kernel: kern,
		inverse: make([]float64, panels*panelRows), right: make([]float64, k), bound: make([][]float64, constraints), starts: make([]int, panels*panelRows)}
	for i := range s.starts {
		s.starts[i] = element(i, 0)
	}
	return s
}

// solve factors the k unknowns in cells, whose row k is the right-hand side and
// whose next rows are the constraints c·w = 0, and leaves the solution in w. An unknown whose pivot has vanished (it repeats
// others, and the ridge was too small to part them) gets weight 0.
func (s *solver) solve(k int, w []float64) {
	panels := (k+len(s.bound))/panelRows + 1
	var tri triangle
	for c := 0; c < k; c += tileCols {
		home := c / panelRows
		rows := &s.cells[s.starts[c]]
		start := panelStart(home)
		tile := &s.cells[start+panelRows*c]
		// The tile on the diagonal needs its sums before the triangle is known.
		before := s.diagonalBefore(c, k)
		s.kernel.update(&s.cells[start], rows, c, tile)
		s.corner(c, k, before, &tri)
		s.kernel.finish(tile, &tri)
		for panel := home + 1; panel < panels; panel++ {
			start := panelStart(panel)
			tile := &s.cells[start+panelRows*c]
			s.kernel.update(&s.cells[start], rows, c, tile)
			s.kernel.finish(tile, &tri)
		}
	}
	s.back(k, w)
}

func (s *solver) diagonalBefore(c, k int) (d [tileCols]float64) {
	for t := 0; t < tileCols && c+t < k; t++ {
		d[t] = s.cells[s.starts[c+t]+panelRows*(c+t)]
	}
	return d
}

// vanished is the part of a diagonal element below which a pivot is noise.
const vanished = 1e-12

// corner factors the 4x4 corner at column c. Columns at k and beyond are
// padding and count as vanished.
func (s *solver) corner(c, k int, before [tileCols]float64, tri *triangle) {
	*tri = triangle{}
	var l [tileCols][tileCols]float64
	for t := 0; t < tileCols && c+t < k; t++ {
		row := s.starts[c+t] + panelRows*c
		for u := 0; u <= t; u++ {
			sum := s.cells[row+panelRows*u]
			for v := range u {
				sum = fusedNegative(l[t][v], l[u][v], sum)
			}
			if u < t {
				l[t][u] = sum * tri.inverse[u]
			} else if sum > vanished*before[t] {
				tri.inverse[t] = 1 / sqrt(sum)
			}
		}
		s.inverse[c+t] = tri.inverse[t]
	}
	tri.below = [6]float64{l[1][0], l[2][0], l[2][1], l[3][0], l[3][1], l[3][2]}
}

// back solves Lᵀ·w = y, where y is row k of the factor without its part along
// the constraints.
func (s *solver) back(k int, w []float64) {
	y := s.right[:k]
	s.read(k, y)
	s.project(k, y)
	s.substitute(k, y, w)
}

// free is the solution without the constraints, after solve.
func (s *solver) free(k int, w []float64) {
	y := s.right[:k]
	s.read(k, y)
	s.substitute(k, y, w)
}

// substitute solves Lᵀ·w = y and overwrites y.
func (s *solver) substitute(k int, y, w []float64) {
	var part [panelRows]float64 // of w; zero beyond the last unknown
	for first := (k - 1) / panelRows * panelRows; first >= 0; first -= panelRows {
		end := min(first+panelRows, k)
		for i := end - 1; i >= first; i-- {
			w[i] = y[i] * s.inverse[i]
			part[i-first] = w[i]
			for p := first; p < i; p++ {
				y[p] -= float64(s.cells[s.starts[i]+panelRows*p] * w[i])
			}
		}
		panel := s.cells[s.starts[first]:]
		for p := range first {
			y[p] -= dot12((*[panelRows]float64)(panel[panelRows*p:]), &part)
		}
	}
}

// dot12 adds up in four strands, which the processor runs side by side.
func dot12(x, y *[panelRows]float64) float64 {
	a := float64(x[0]*y[0]) + float64(x[4]*y[4]) + float64(x[8]*y[8])
	b := float64(x[1]*y[1]) + float64(x[5]*y[5]) + float64(x[9]*y[9])
	c := float64(x[2]*y[2]) + float64(x[6]*y[6]) + float64(x[10]*y[10])
	d := float64(x[3]*y[3]) + float64(x[7]*y[7]) + float64(x[11]*y[11])
	return (a + b) + (c + d)
}

// read copies the first k elements of a row.
func (s *solver) read(row int, y []float64) {
	for i := range y {
		y[i] = s.cells[s.starts[row]+panelRows*i]
	}
}

// project takes the constraints out of y. With A = L·Lᵀ, minimising under
// c·w = 0 means that Lᵀ·w is y without its part along L⁻¹·c (Gram and Schmidt,
// where there are several). A constraint that repeats others is dropped.
func (s *solver) project(k int, y []float64) {
	s.pull = 0
	for i := range s.bound {
		c := append(s.bound[i][:0], y...)
		s.bound[i] = c
		s.read(k+1+i, c)
		size := dot(c, c)
		for _, earlier := range s.bound[:i] {
			without(c, earlier)
		}
		if dot(c, c) <= vanished*size {
			clear(c)
		}
		if part := without(y, c); i == 0 {
			s.pull = part
		}
	}
}

// without takes the part along c out of y and returns how many c it was.
func without(y, c []float64) (part float64) {
	size := dot(c, c)
	if size == 0 {
		return 0
	}
	part = dot(y, c) / size
	for i := range y {
		y[i] -= float64(part * c[i])
	}
	return part
}

func dot(x, y []float64) (sum float64) {
	for i := range x {
		sum += float64(x[i] * y[i])
	}
	return sum
}
