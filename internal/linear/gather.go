package linear

// gather adds up G between the chosen neighbours into solver.sums. Pairs inside
// the block are read there. Every other pair is added up person by person, over
// those who have a neighbour outside the block: a neighbourhood touches a few
// thousand people, so this costs less than looking tens of thousands of cells
// up in a sparse matrix, and needs no such matrix.
func (w *worker) gather() {
	k := len(w.chosen)
	panels := k/panelRows + 1
	clear(w.solver.sums[:panelStart(panels)])
	w.tails, w.heads = w.tails[:0], w.heads[:0]
	for i, no := range w.chosen {
		if r := w.gram.popular.rankOf(no); r >= 0 {
			w.heads = append(w.heads, place{no, int32(i), r})
		} else {
			w.tails = append(w.tails, place{no, int32(i), -1})
		}
	}
	w.readBlock()
	if len(w.tails) > 0 {
		w.markPeople()
		w.addPairs()
	}
}

func (w *worker) readBlock() {
	cells, sums := w.gram.popular.cells, w.solver.sums
	for i, a := range w.heads {
		row := w.solver.starts[a.position]
		base := int(a.rank) * (int(a.rank) + 1) / 2
		for _, b := range w.heads[:i] {
			at := base + int(b.rank)
			if b.rank > a.rank {
				at = int(b.rank)*(int(b.rank)+1)/2 + int(a.rank)
			}
			sums[row+panelRows*int(b.position)] = cells[at]
		}
	}
}

// markPeople lists for each person with a neighbour outside the block all the
// neighbours that they have.
func (w *worker) markPeople() {
	w.slots = w.slots[:0]
	for _, t := range w.tails {
		for _, p := range w.gram.inverted[t.no] {
			if w.counts[p.slot] == 0 {
				w.slots = append(w.slots, p.slot)
			}
			w.counts[p.slot]++
		}
	}
	w.spans = w.spans[:0]
	for _, slot := range w.slots {
		w.spans = append(w.spans, span{heads: w.counts[slot]})
	}
	for _, h := range w.heads {
		for _, p := range w.gram.inverted[h.no] {
			if w.counts[p.slot] > 0 {
				w.counts[p.slot]++
			}
		}
	}
	var total uint32
	for i, slot := range w.slots {
		first := total
		total += w.counts[slot]
		w.spans[i] = span{first, first + w.spans[i].heads, total}
		w.counts[slot] = first + 1 // never 0 while marking
	}
	if int(total) > len(w.marks) {
		w.marks = make([]mark, total+total/4)
	}
	for _, t := range w.tails {
		w.put(t)
	}
	for _, h := range w.heads {
		w.put(h)
	}
	for _, slot := range w.slots {
		w.counts[slot] = 0
	}
}

func (w *worker) put(p place) {
	for _, posting := range w.gram.inverted[p.no] {
		if at := w.counts[posting.slot]; at > 0 {
			w.marks[at-1] = mark{p.position, posting.quantity}
			w.counts[posting.slot] = at + 1
		}
	}
}

func (w *worker) addPairs() {
	sums := w.solver.sums
	for i, slot := range w.slots {
		s := w.spans[i]
		weight := w.gram.rows[slot].weight
		rare, heads := w.marks[s.first:s.heads], w.marks[s.heads:s.end]
		for n, a := range rare {
			wq := weight * int64(a.quantity)
			row := w.solver.starts[a.position]
			for _, b := range rare[:n] { // b stands before a
				sums[row+panelRows*int(b.position)] += wq * int64(b.quantity)
			}
			for _, b := range heads {
				hi, lo := a.position, b.position
				if hi < lo {
					hi, lo = lo, hi
				}
				sums[w.solver.starts[hi]+panelRows*int(lo)] += wq * int64(b.quantity)
			}
		}
	}
}

// prepare turns the sums into the system: real numbers, the ridge on the
// diagonal, the right-hand side as row k, zeros in the padding.
func (w *worker) prepare(k int) {
	s := w.solver
	for i, sum := range s.sums[:panelStart(k/panelRows+1)] {
		s.cells[i] = float64(sum) * w.shared.one
	}
	for i, no := range w.chosen {
		d := float64(w.gram.diagonal[no]) * w.shared.one
		dropped := float64(w.gram.squares[no]) * w.shared.square
		s.cells[s.starts[i]+panelRows*i] = d + (w.settings.Ridge + float64(w.shared.dropout*dropped))
		s.cells[s.starts[k]+panelRows*i] = float64(w.column[no].sum) * w.shared.one
	}
}
