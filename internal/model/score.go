package model

import (
	"math"
	"math/bits"
)

// Scratch is the memory of one goroutine for scoring with one model, or with
// models of at most its size. Keep it in a pool.
type Scratch struct {
	sums []float64 // by column, zero between calls
	met  []uint64  // bit by column, zero between calls
	best []Scored  // those that may be among the best, see offer
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
// order, of input weight times model weight. The answer lies in scratch until its
// next use.
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
	return s.ranked(n)
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

// sift keeps the n best of all sums and leaves zeros behind. It begins with a
// floor that a sample makes likely; where too few are above it, after what is
// skipped, it looks at all of them.
func (s *Scratch) sift(n int, sums []float64, skip func(int32) bool) {
	for floor := s.likely(n, sums); ; floor = 0 {
		begun := floor
		for column, score := range sums {
			if score > floor {
				floor = s.offer(Scored{int32(column), score}, n, floor, skip)
			}
		}
		if begun == 0 || len(s.best) >= n {
			break
		}
		s.best = s.best[:0]
	}
	clear(sums)
}

// A sample is one sum of at least so many, and at most about so many sums.
const (
	sampledOf = 8
	sampled   = 512
)

// likely returns a score above which there are probably n sums and not many
// more, 0 if a sample cannot tell. Its rank in the sample lies three or four
// deviations above what is wanted, so that looking twice is rare.
func (s *Scratch) likely(n int, sums []float64) float64 {
	step := max(sampledOf, len(sums)/sampled)
	want := n/step + 1
	want += 4 * int(math.Sqrt(float64(want)))
	for at := 0; at < len(sums); at += step {
		if sums[at] > 0 {
			s.best = append(s.best, Scored{int32(at), sums[at]})
		}
	}
	sample := s.best
	s.best = s.best[:0]
	if n <= 0 || len(sample) < 4*want {
		return 0
	}
	return least(firstOf(sample, want))
}

func least(all []Scored) float64 {
	floor := all[0].Score
	for i := range all {
		floor = min(floor, all[i].Score)
	}
	return floor
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

// spare is how many times more than wanted are kept before the best are told
// from the rest: once for many is cheaper than a heap's step for each.
const spare = 4

// offer takes in one score above the floor and returns the floor from now on.
// Columns come ascending, so of equal scores the first stays.
func (s *Scratch) offer(x Scored, n int, floor float64, skip func(int32) bool) float64 {
	if n <= 0 || skip != nil && skip(x.Column) {
		return floor
	}
	s.best = append(s.best, x)
	if len(s.best) < spare*n {
		return floor
	}
	s.best = firstOf(s.best, n)
	return least(s.best)
}

// ranked cuts what was kept to the n best and sorts them, best first.
func (s *Scratch) ranked(n int) []Scored {
	if len(s.best) > n {
		s.best = firstOf(s.best, n)
	}
	bestFirst(s.best)
	return s.best
}

// bestFirst sorts: a shell sort with Ciura's gaps (2001), which at these lengths
// beats a sort that calls its comparison.
func bestFirst(all []Scored) {
	for _, gap := range [...]int{701, 301, 132, 57, 23, 10, 4, 1} {
		for i := gap; i < len(all); i++ {
			x, j := all[i], i
			for ; j >= gap && before(x, all[j-gap]); j -= gap {
				all[j] = all[j-gap]
			}
			all[j] = x
		}
	}
}

// before orders what was scored: a higher score first, of equal ones the smaller column.
func before(a, b Scored) bool {
	return a.Score > b.Score || a.Score == b.Score && a.Column < b.Column
}

// firstOf moves the n that come first to the front, in no order, and cuts off the
// rest (Hoare's selection, 1961, with the median of three).
func firstOf(all []Scored, n int) []Scored {
	from, to := 0, len(all)-1 // the border is between n-1 and n, somewhere in here
	for from < to {
		mid := from + (to-from)/2
		if before(all[mid], all[from]) {
			all[mid], all[from] = all[from], all[mid]
		}
		if before(all[to], all[from]) {
			all[to], all[from] = all[from], all[to]
		}
		if before(all[to], all[mid]) {
			all[to], all[mid] = all[mid], all[to]
		}
		pivot := all[mid]
		i, j := from, to
		for i <= j {
			for before(all[i], pivot) {
				i++
			}
			for before(pivot, all[j]) {
				j--
			}
			if i <= j {
				all[i], all[j] = all[j], all[i]
				i++
				j--
			}
		}
		switch {
		case n-1 <= j:
			to = j
		case n-1 >= i:
			from = i
		default:
			from = to
		}
	}
	return all[:n]
}
