package linear

import (
	"math"
	"slices"
)

// worker solves columns one after another. It owns all the memory that needs.
type worker struct {
	gram     *Gram
	shared   *scale
	settings *Settings
	solver   *solver
	column   []sumCell // by item number: the column being solved
	met      []uint32  // items with a cell in column
	ranked   []candidate
	chosen   []uint32 // neighbours, ascending
	weights  []float64
	tails    []place // neighbours outside the block
	heads    []place // neighbours inside it
	marks    []mark
	last     []uint32 // by slot: base + 1 + index of the newest mark, if above base
	base     uint32   // what last held for the columns before
}

type sumCell struct {
	sum     int64
	support uint32
	met     bool
}

// candidate is an item with its rank score in one column.
type candidate struct {
	score float64
	no    uint32
}

// before orders candidates: higher score first, then the smaller number.
func (a candidate) before(b candidate) bool {
	return a.score > b.score || a.score == b.score && a.no < b.no
}

// place is a neighbour: its number, where its row and its column lie among the
// cells, its rank in the block.
type place struct {
	no          uint32
	rank        int32
	row, column int32
}

// mark says that a person has a neighbour.
type mark struct {
	before      uint32 // the person's mark before this one, as in last
	quantity    int32
	row, column int32 // of the neighbour
}

func newWorker(g *Gram, shared *scale, s *Settings) *worker {
	return &worker{gram: g, shared: shared, settings: s, solver: newSolver(s.K, len(shared.directions), best()),
		column: make([]sumCell, len(g.inverted)), last: make([]uint32, len(g.rows)), weights: make([]float64, s.K)}
}

func (w *worker) solve(no uint32) column {
	if len(w.gram.inverted[no]) == 0 {
		return column{}
	}
	w.accumulate(no)
	defer w.forget()
	floor := w.choose(no)
	out := column{present: true, floor: floor}
	k := len(w.chosen)
	if k == 0 {
		return out
	}
	w.gather()
	w.prepare(k)
	w.solver.solve(k, w.weights[:k])
	out.neighbours = slices.Clone(w.chosen)
	out.weights, out.pull = w.lifted(no, k), w.solver.pull
	out.support = make([]uint32, k)
	for i, other := range w.chosen {
		out.support[i] = w.column[other].support
	}
	if len(w.shared.directions) > 0 {
		w.solver.free(k, w.weights[:k])
		out.free = w.lifted(no, k)
	}
	return out
}

// lifted are the weights of a solution as the model holds them.
func (w *worker) lifted(no uint32, k int) []float32 {
	weights := make([]float32, k)
	for i, other := range w.chosen {
		weights[i] = float32(w.lift(no, other) * w.weights[i])
	}
	return weights
}

// lift is the factor of Settings.Explore: (people of the evidence / people of
// the suggestion)^a, as in DAN (Park et al., SIGIR 2025).
func (w *worker) lift(suggestion, evidence uint32) float64 {
	if w.settings.Explore == 0 {
		return 1
	}
	n, m := w.gram.likers[evidence], w.gram.likers[suggestion]
	return math.Pow(float64(max(n, 1))/float64(max(m, 1)), w.settings.Explore)
}

// accumulate sums up column no of G.
func (w *worker) accumulate(no uint32) {
	met := w.met[:0]
	for _, p := range w.gram.inverted[no] {
		weight := w.gram.weights[p.slot] * int64(p.quantity)
		var liked uint32
		if p.quantity > 0 {
			liked = 1
		}
		for _, e := range w.gram.rows[p.slot] {
			cell := &w.column[e.no]
			if !cell.met {
				cell.met = true
				met = append(met, e.no)
			}
			cell.sum += weight * int64(e.quantity)
			if e.quantity > 0 {
				cell.support += liked
			}
		}
	}
	w.met = met
}

// forget clears column for the next one.
func (w *worker) forget() {
	for _, no := range w.met {
		w.column[no] = sumCell{}
	}
	w.met = w.met[:0]
}

func (w *worker) eligible(c sumCell) bool {
	return c.sum > 0 && c.support > 0 && c.support >= w.settings.Support
}

// choose ranks the cells of the column and keeps the best K as chosen,
// ascending by number. It returns the worst one kept.
func (w *worker) choose(no uint32) candidate {
	w.ranked = w.ranked[:0]
	for _, other := range w.met {
		if cell := w.column[other]; other != no && w.eligible(cell) {
			w.ranked = append(w.ranked, candidate{float64(cell.sum) * w.shared.norm[other], other})
		}
	}
	w.ranked = keepBest(w.ranked, w.settings.K)
	w.chosen = w.chosen[:0]
	var floor candidate
	for i, c := range w.ranked {
		w.chosen = append(w.chosen, c.no)
		if i == 0 || floor.before(c) {
			floor = c
		}
	}
	slices.Sort(w.chosen)
	return floor
}
