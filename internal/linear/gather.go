package linear

// exact is the largest diagonal below which every sum of a neighbourhood is a
// whole number that float64 holds, so that adding up in float64 rounds nothing.
const exact = 1 << 53

// gather adds up G between the chosen neighbours into solver.cells. Pairs inside
// the block are read there. Every other pair is added up person by person, over
// those who have a neighbour outside the block: a neighbourhood touches a few
// thousand people, so this costs less than looking tens of thousands of cells
// up in a sparse matrix, and needs no such matrix.
func (w *worker) gather() {
	w.tails, w.heads = w.tails[:0], w.heads[:0]
	var largest int64
	for i, no := range w.chosen {
		largest = max(largest, w.gram.diagonal[no])
		p := place{no: no, row: int32(w.solver.starts[i]), column: int32(panelRows * i), rank: w.gram.popular.rankOf(no)}
		if p.rank >= 0 {
			w.heads = append(w.heads, p)
		} else {
			w.tails = append(w.tails, p)
		}
	}
	cells := w.solver.cells[:panelStart((len(w.chosen)+len(w.shared.directions))/panelRows+1)]
	clear(cells)
	if largest < exact {
		readBlock(w, cells)
		addPairs(w, cells)
		return
	}
	sums := make([]int64, len(cells))
	readBlock(w, sums)
	addPairs(w, sums)
	for i, sum := range sums {
		cells[i] = float64(sum)
	}
}

func readBlock[T int64 | float64](w *worker, sums []T) {
	cells := w.gram.popular.cells
	for i, a := range w.heads {
		base := int(a.rank) * (int(a.rank) + 1) / 2
		for _, b := range w.heads[:i] {
			at := base + int(b.rank)
			if b.rank > a.rank {
				at = int(b.rank)*(int(b.rank)+1)/2 + int(a.rank)
			}
			sums[a.row+b.column] = T(cells[at])
		}
	}
}

// addPairs goes through the people of each neighbour outside the block, then of
// each inside it. last leads from a person to the chain of the neighbours
// outside the block that they were already found with.
func addPairs[T int64 | float64](w *worker, sums []T) {
	total := 0
	for _, t := range w.tails {
		total += len(w.gram.inverted[t.no])
	}
	if total == 0 {
		return
	}
	if len(w.marks) < total {
		w.marks = make([]mark, total+total/4)
	}
	if w.base > 1<<32-1-uint32(total) {
		clear(w.last)
		w.base = 0
	}
	base, next := w.base, uint32(0)
	marks, last, weights := w.marks, w.last, w.gram.weights
	for _, a := range w.tails {
		for _, p := range w.gram.inverted[a.no] {
			before := last[p.slot]
			if before > base {
				wq := weights[p.slot] * int64(p.quantity)
				for at := before; at > base; {
					b := &marks[at-base-1] // stands before a
					sums[a.row+b.column] += T(wq * int64(b.quantity))
					at = b.before
				}
			}
			marks[next] = mark{before, p.quantity, a.row, a.column}
			next++
			last[p.slot] = base + next
		}
	}
	for _, a := range w.heads {
		for _, p := range w.gram.inverted[a.no] {
			at := last[p.slot]
			if at <= base {
				continue
			}
			wq := weights[p.slot] * int64(p.quantity)
			for at > base {
				b := &marks[at-base-1]
				cell := a.row + b.column
				if b.column > a.column {
					cell = b.row + a.column
				}
				sums[cell] += T(wq * int64(b.quantity))
				at = b.before
			}
		}
	}
	w.base += next
}

// prepare completes the system: the ridge on the diagonal, the right-hand side
// as row k, the constraints after it. It is written in the units of the sums; weights have no unit.
func (w *worker) prepare(k int) {
	s := w.solver
	for i, no := range w.chosen {
		ridge := w.shared.ridge + float64(w.shared.dropout*float64(w.gram.squares[no]))
		s.cells[s.starts[i]+panelRows*i] = float64(w.gram.diagonal[no]) + ridge
		s.cells[s.starts[k]+panelRows*i] = float64(w.column[no].sum)
		for n, direction := range w.shared.directions {
			if int(no) < len(direction) {
				s.cells[s.starts[k+1+n]+panelRows*i] = direction[no]
			}
		}
	}
}
