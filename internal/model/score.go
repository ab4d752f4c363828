package model

import "math/bits"

// Scratch is the memory of one goroutine for scoring with one model, or with
// models of at most its size. Keep it in a pool.
type Scratch struct {
	sums []float64 // by column, zero between calls
	met  []uint64  // bit by column, zero between calls
	best []Scored  // heap, the worst on top
}

// NewScratch makes the memory for scoring with m.
func (m *Model) NewScratch() *Scratch {
	return &Scratch{sums: make([]float64, len(m.items)), met: make([]uint64, (len(m.items)+63)/64)}
}

func (s *Scratch) fit(m *Model) {
	if len(s.sums) < len(m.items) {
		fresh := m.NewScratch()
		s.sums, s.met = fresh.sums, fresh.met
	}
}

// Score returns the n items with the highest scores, best first, ties by
// number. Only items with a score above zero and for which skip (if not nil) is
// false are returned. The score of an item is the sum over the inputs, in their
// order, of input weight times model weight. It allocates the answer only.
func (m *Model) Score(s *Scratch, inputs []Input, n int, skip func(column int32) bool) []Scored {
	s.fit(m)
	s.best = s.best[:0]
	if m.crowded(inputs) {
		m.addDense(s, inputs)
		s.sift(n, s.sums[:len(m.items)], skip)
	} else {
		m.add(s, inputs)
		s.siftMet(n, skip)
	}
	return s.ranked()
}

// denseShare: when the rows of the inputs hold at least one target for so many
// items of the model, looking at every sum costs less than noting which were met.
const denseShare = 8

// crowded reports whether the inputs meet a good part of the model.
func (m *Model) crowded(inputs []Input) bool {
	edges := 0
	for _, in := range inputs {
		edges += int(m.starts[in.Column+1] - m.starts[in.Column])
	}
	return edges >= len(m.items)/denseShare
}

func (m *Model) addDense(s *Scratch, inputs []Input) {
	sums := s.sums
	for _, in := range inputs {
		if in.Weight == 0 {
			continue
		}
		from, to := m.starts[in.Column], m.starts[in.Column+1]
		targets := m.targets[from:to]
		weights := m.weights[from:to]
		weights = weights[:len(targets)]
		for i, t := range targets {
			sums[t] += float64(in.Weight * float64(weights[i])) // not fused, as in add
		}
	}
}

func (m *Model) add(s *Scratch, inputs []Input) {
	sums, met := s.sums, s.met
	for _, in := range inputs {
		if in.Weight == 0 {
			continue
		}
		from, to := m.starts[in.Column], m.starts[in.Column+1]
		targets := m.targets[from:to]
		weights := m.weights[from:to]
		weights = weights[:len(targets)]
		for i, t := range targets {
			// The conversion keeps the product from being fused with the sum,
			// so that Contributions can repeat it.
			sums[t] += float64(in.Weight * float64(weights[i]))
			met[t>>6] |= 1 << (t & 63)
		}
	}
}

// sift keeps the n best of all sums and leaves zeros behind.
func (s *Scratch) sift(n int, sums []float64, skip func(int32) bool) {
	floor := 0.0
	for column, score := range sums {
		if score > floor {
			floor = s.offer(Scored{int32(column), score}, n, floor, skip)
		}
	}
	clear(sums)
}

// siftMet does the same where few were met.
func (s *Scratch) siftMet(n int, skip func(int32) bool) {
	floor := 0.0
	for word, set := range s.met {
		if set == 0 {
			continue
		}
		s.met[word] = 0
		for ; set != 0; set &= set - 1 {
			column := int32(word<<6 + bits.TrailingZeros64(set))
			score := s.sums[column]
			s.sums[column] = 0
			if score > floor {
				floor = s.offer(Scored{column, score}, n, floor, skip)
			}
		}
	}
}

// offer takes in one score above the floor and returns the floor from now on.
// Columns come ascending, so of equal scores the first stays.
func (s *Scratch) offer(x Scored, n int, floor float64, skip func(int32) bool) float64 {
	if n <= 0 || skip != nil && skip(x.Column) {
		return floor
	}
	if len(s.best) < n {
		s.push(x)
	} else {
		s.best[0] = x
		s.sink(0, n)
	}
	if len(s.best) == n {
		return s.best[0].Score
	}
	return floor
}

// ranked empties the heap, best first.
func (s *Scratch) ranked() []Scored {
	answer := make([]Scored, len(s.best))
	for i := len(answer) - 1; i >= 0; i-- {
		answer[i] = s.best[0]
		s.best[0] = s.best[i]
		s.sink(0, i)
	}
	return answer
}

// worse orders the heap: a lower score first, of equal ones the larger column.
func worse(a, b Scored) bool {
	return a.Score < b.Score || a.Score == b.Score && a.Column > b.Column
}

func (s *Scratch) push(x Scored) {
	s.best = append(s.best, x)
	for i := len(s.best) - 1; i > 0; {
		parent := (i - 1) / 2
		if !worse(s.best[i], s.best[parent]) {
			return
		}
		s.best[i], s.best[parent] = s.best[parent], s.best[i]
		i = parent
	}
}

func (s *Scratch) sink(i, n int) {
	for {
		child := 2*i + 1
		if child >= n {
			return
		}
		if child+1 < n && worse(s.best[child+1], s.best[child]) {
			child++
		}
		if !worse(s.best[child], s.best[i]) {
			return
		}
		s.best[i], s.best[child] = s.best[child], s.best[i]
		i = child
	}
}
