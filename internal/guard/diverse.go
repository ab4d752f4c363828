package guard

import (
	"math"
	"sync"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Diverse keeps a list from being one-note. What is picked for a person shows
// their interests in the proportions of their own history (calibration: Steck,
// RecSys 2018), not ten times the strongest of them; a list of ten has at least
// Breadth categories where there is something to show from so many; and what is
// the same but for its colour does not stand side by side.
//
// Offers rotate: never the same creative twice running, and one of another
// category goes before one of the category that was shown last.
//
// Of items it withholds nothing. Search results and what goes with an item are what was
// asked for: there it only parts what is alike.
type Diverse struct {
	Rules DiverseRules
	room  *sync.Pool // of *mixture
}

var _ Arranger = Diverse{}

// DiverseRules say how far a list follows the person's own mix.
type DiverseRules struct {
	Calibration float64 `yaml:"calibration" doc:"How much the mix of categories counts beside the score, 0 to 1; -1 for not at all."`
	Breadth     int     `yaml:"breadth" doc:"Categories that a list of ten has at least, where the catalogue has them; -1 for any."`
}

// The defaults were chosen on a validation cut of MovieLens 1M; docs/MEASURED.md
// says what they cost and bring.
func (r *DiverseRules) defaults() {
	if r.Calibration == 0 {
		r.Calibration = 0.47
	}
	if r.Breadth == 0 {
		r.Breadth = 4
	}
}

func (r *DiverseRules) validate() (faults []error) {
	if !(r.Calibration >= 0 && r.Calibration <= 1 || r.Calibration == -1) {
		faults = append(faults, tactful.InvalidField("diverse.calibration", "is out of range", "set 0 to 1, or -1 for none; 0.47 is the default"))
	}
	if r.Breadth < -1 || r.Breadth > 10 {
		faults = append(faults, tactful.InvalidField("diverse.breadth", "is out of range", "set 1 to 10, or -1 for any; 4 is the default"))
	}
	return faults
}

// NewDiverse returns the guard.
func NewDiverse(rules DiverseRules) Diverse {
	return Diverse{Rules: rules, room: &sync.Pool{New: func() any { return new(mixture) }}}
}

// Name is the guard's word.
func (Diverse) Name() string { return "diverse" }

// Promise is the sentence it keeps.
func (Diverse) Promise() string {
	return "A list mixes your interests as you do, and is not the same thing ten times."
}

// File is where it is decided.
func (Diverse) File() string { return "internal/guard/diverse.go" }

// Details of the diverse guard.
const (
	diverseMoved uint8 = iota + 1
	diverseUnmixed
	diverseTwice
	diverseCategory
)

// Detail says what a verdict's code means.
func (Diverse) Detail(code uint8) string {
	switch code {
	case diverseMoved:
		return "moved back for a better mix"
	case diverseUnmixed:
		return "the categories are not known"
	case diverseTwice:
		return "the same creative was the last one shown"
	case diverseCategory:
		return "moved back: the last offer was of the same category"
	}
	return failedDetail(code)
}

// Judge allows everything that can be mixed: alone, no item is one-note.
func (Diverse) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	for i := range candidates {
		out[i] = decision.Verdict{Ruling: decision.Allow}
		switch {
		case candidates[i].Offer != nil:
			out[i] = rotate(c, &candidates[i])
		case candidates[i].Item == nil:
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: diverseUnmixed}
		}
	}
	return nil
}

// Turn is the first: it decides what the list is made of.
func (Diverse) Turn() Turn { return TurnMix }

// Arrange mixes the list.
func (d Diverse) Arrange(c *decision.Case, candidates []decision.Candidate, line Line, out []decision.Verdict) ([]int, error) {
	if anyOffer(candidates, line.Order) {
		return rotateList(candidates, line, out), nil
	}
	if c.Shelves == nil || len(line.Order) < 2 {
		return line.Order, nil
	}
	m := d.room.Get().(*mixture)
	m.begin(c, candidates, &line)
	switch c.Request.Placement {
	case tactful.ForYou:
		if d.Rules.Calibration > 0 && m.taste(c) {
			m.calibrate(d.Rules.Calibration)
		}
		m.broaden(d.Rules.Breadth)
	case tactful.Popular:
		m.broaden(d.Rules.Breadth)
	case tactful.Similar, tactful.Basket, tactful.Search, tactful.PlacementUnknown:
	}
	m.part()
	for k, i := range line.Order[:m.count] {
		if m.order[k] != i && !m.shows(i) {
			out[i] = decision.Verdict{Ruling: decision.Demote, Detail: diverseMoved}
		}
	}
	copy(line.Order, m.order)
	m.end()
	d.room.Put(m) // not deferred: after a panic nobody uses this memory again
	return line.Order, nil
}

// mixture is the working memory of one list.
type mixture struct {
	shelves    *decision.Shelves
	candidates []decision.Candidate
	line       *Line
	order      []int // the list in the making
	count      int   // of it will be shown

	slot  []uint16  // by category: its place below + 1, zero between lists
	used  []uint16  // categories that have a place
	own   []float64 // the person's share of each
	shown []float64 // what the list has of each so far
	gain  []float64 // what one more item would add, by place and the number of categories it has; below 0: not computed
	bound []float64 // by place in the order: what adding it is worth at most
	taken []bool
	next  []int
}

func (m *mixture) begin(c *decision.Case, candidates []decision.Candidate, line *Line) {
	m.shelves, m.candidates, m.line = c.Shelves, candidates, line
	m.order = append(m.order[:0], line.Order...)
	m.count = min(line.Count, len(m.order))
	if len(m.slot) < len(m.shelves.Names) {
		m.slot = make([]uint16, len(m.shelves.Names))
	}
}

// end leaves nothing of a person behind.
func (m *mixture) end() {
	for _, shelf := range m.used {
		m.slot[shelf] = 0
	}
	clear(m.own)
	clear(m.shown)
	clear(m.bound)
	m.used, m.own, m.shown, m.gain, m.bound = m.used[:0], m.own[:0], m.shown[:0], m.gain[:0], m.bound[:0]
	m.shelves, m.candidates, m.line = nil, nil, nil
}

// most categories of one item that are told apart in the table of gains.
const mostOfItem = 8

// place returns where a category is counted.
func (m *mixture) place(shelf uint16) int {
	if m.slot[shelf] == 0 {
		m.used = append(m.used, shelf)
		m.own, m.shown = append(m.own, 0), append(m.shown, 0)
		for range mostOfItem {
			m.gain = append(m.gain, -1)
		}
		m.slot[shelf] = uint16(len(m.used))
	}
	return int(m.slot[shelf]) - 1
}

// taste adds up the person's own mix. It is false for somebody who has none here.
func (m *mixture) taste(c *decision.Case) bool {
	total := 0.0
	for i := range c.Evidence.Pieces {
		p := &c.Evidence.Pieces[i]
		shelves := m.shelves.At(p.Item)
		if p.Weight <= 0 || len(shelves) == 0 || c.Labels != nil && c.Labels.At(p.Item)&c.Labels.Sensitive != 0 {
			continue // what is sensitive serves nothing else, not even a mix
		}
		total += p.Weight
		part := p.Weight / float64(len(shelves))
		for _, shelf := range shelves {
			m.own[m.place(shelf)] += part
		}
	}
	for at := range m.own {
		m.own[at] /= total
	}
	return total > 0
}

// smooth is how much of the person's own mix every list is taken to have, so
// that a category which is missing costs much, but not everything.
const smooth = 0.01

// calibrate chooses, one position after the other, what adds most to score and
// mix together. The mix is measured by the divergence of Kullback and Leibler
// between the person's categories and the list's; one more item of a category
// adds less each time, so that the greedy choice is near the best one. Filler
// stays at the end.
func (m *mixture) calibrate(weight float64) {
	most := 0.0
	ranked := 0
	for ranked < len(m.order) && m.candidates[m.order[ranked]].Origin != tactful.Filler && !m.line.demoted(m.order[ranked]) {
		most = max(most, m.candidates[m.order[ranked]].Score)
		ranked++
	}
	if most <= 0 {
		return
	}

	m.taken = append(m.taken[:0], make([]bool, ranked)...)
	m.next, m.bound = m.next[:0], m.bound[:0]
	for range ranked {
		m.bound = append(m.bound, math.Inf(1))
	}
	for position := 0; position < min(m.count, ranked); position++ {
		best := position
		if !m.line.fixed(position) {
			best = m.best(ranked, weight, most)
		}
		if best < 0 {
			break // only what has a place of its own is left
		}
		m.taken[best] = true
		m.next = append(m.next, m.order[best])
		m.add(m.order[best])
	}
	for at := range ranked {
		if !m.taken[at] {
			m.next = append(m.next, m.order[at])
		}
	}
	copy(m.order, m.next)
}

// best finds what adds most to score and mix, -1 if nothing is left. With every
// item that is added the others are worth as much as before or less, so what one
// was worth is a bound, and most need not be looked at again (Minoux 1978).
func (m *mixture) best(ranked int, weight, most float64) int {
	best, value := -1, math.Inf(-1)
	for at := range ranked {
		if m.bound[at] <= value || m.taken[at] || m.line.fixed(at) {
			continue
		}
		v := (1-weight)*m.candidates[m.order[at]].Score/most + weight*m.worth(m.order[at])
		if m.bound[at] = v; v > value {
			best, value = at, v
		}
	}
	return best
}

// worth is what an item adds to the mix.
func (m *mixture) worth(i int) (sum float64) {
	shelves := m.shelves.At(m.candidates[i].Item.No)
	kinds := min(len(shelves), mostOfItem)
	for _, shelf := range shelves {
		slot := int(m.slot[shelf])
		if slot == 0 {
			continue // nothing of the person's
		}
		at := (slot-1)*mostOfItem + kinds - 1
		if m.gain[at] < 0 {
			own := m.own[slot-1]
			begun := m.shown[slot-1] + smooth*own*float64(m.count)
			m.gain[at] = own * math.Log((begun+1/float64(len(shelves)))/begun)
		}
		sum += m.gain[at]
	}
	return sum
}

func (m *mixture) add(i int) {
	shelves := m.shelves.At(m.candidates[i].Item.No)
	for _, shelf := range shelves {
		if slot := int(m.slot[shelf]); slot > 0 {
			m.shown[slot-1] += 1 / float64(len(shelves))
			for at := (slot - 1) * mostOfItem; at < slot*mostOfItem; at++ {
				m.gain[at] = -1
			}
		}
	}
}

// kind is the most exact category of an item, false if it has none.
func (m *mixture) kind(i int) (uint16, bool) {
	shelves := m.shelves.At(m.candidates[i].Item.No)
	if len(shelves) == 0 {
		return 0, false
	}
	return shelves[len(shelves)-1], true
}

// broaden brings in categories that are missing, first among the first ten and
// then in the whole list, in place of the last item of a category that is there
// twice. Only what may be shown as it is takes part.
func (m *mixture) broaden(breadth int) {
	if m.count > 10 {
		m.widen(10, breadth)
	}
	m.widen(m.count, (breadth*m.count+9)/10)
}

func (m *mixture) widen(count, want int) {
	for m.distinct(count) < want {
		in := -1
		for at := count; at < len(m.order); at++ {
			if k, ok := m.kind(m.order[at]); ok && !m.line.fixed(at) && !m.line.demoted(m.order[at]) && !m.has(k, count) {
				in = at
				break
			}
		}
		out := -1
		for at := count - 1; at > 0 && in >= 0; at-- {
			k, ok := m.kind(m.order[at])
			if !m.line.fixed(at) && !m.line.demoted(m.order[at]) && (!ok || m.has(k, at)) {
				out = at
				break
			}
		}
		if in < 0 || out < 0 {
			return
		}
		m.order[in], m.order[out] = m.order[out], m.order[in]
	}
}

// distinct counts the categories among the first items.
func (m *mixture) distinct(first int) (n int) {
	for at := range first {
		if k, ok := m.kind(m.order[at]); ok && !m.has(k, at) {
			n++
		}
	}
	return n
}

// has reports whether one of the first items is of a category.
func (m *mixture) has(kind uint16, first int) bool {
	for _, i := range m.order[:first] {
		if k, ok := m.kind(i); ok && k == kind {
			return true
		}
	}
	return false
}

// part moves what is like the item before it to the next position where it is
// not, behind what is shown if there is none.
func (m *mixture) part() {
	for at := 1; at < m.count; at++ {
		if !m.alike(at-1, at) || m.line.fixed(at) {
			continue
		}
		for later := at + 1; later < len(m.order); later++ {
			if m.line.fixed(later) || m.line.demoted(m.order[later]) != m.line.demoted(m.order[at]) {
				continue
			}
			m.order[at], m.order[later] = m.order[later], m.order[at]
			if !m.alike(at-1, at) && (later == at+1 || !m.alike(later-1, later)) && (later+1 >= m.count || !m.alike(later, later+1)) {
				break
			}
			m.order[at], m.order[later] = m.order[later], m.order[at]
		}
	}
}

func (m *mixture) alike(a, b int) bool {
	return m.shelves.Alike(m.candidates[m.order[a]].Item.No, m.candidates[m.order[b]].Item.No)
}

// shows reports whether an item is among those that will be shown.
func (m *mixture) shows(i int) bool {
	for _, j := range m.order[:m.count] {
		if i == j {
			return true
		}
	}
	return false
}
