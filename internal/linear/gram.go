package linear

import (
	"math/bits"
	"slices"

	"github.com/tactful/tactful"
)

// Gram is the matrix G = sum over people of weight·x·xᵀ, with the number of
// people behind every pair. It keeps the contributions, by person and by item,
// and adds up the cells when they are asked for; so a cell is by construction a
// pure function of the contributions that are present, takes no memory when it
// is zero, and forgets exactly. Only the cells between the most popular items
// are kept summed up, as a cache.
//
// Memory is 16 bytes an entry, not a cell: the 42 million cells of the Gowalla
// data come from 0.8 million entries.
//
// A Gram may be read by many goroutines at once; Add, Subtract, Organise and
// ClearChanged need it for themselves. It is a cache of whoever fits the model
// and is rebuilt by a scan of the stored contributions.
type Gram struct {
	epoch    uint32
	weights  []int64     // by slot: the person's weight
	rows     [][]entry   // by slot: the person's items, ascending
	free     []uint32    // slots given back
	inverted [][]posting // by item number
	diagonal []int64     // by item number: the cell (i, i)
	squares  []int64     // by item number: the same without the people's weights
	likers   []uint32    // by item number: people with a positive quantity
	changed  []bool      // by item number: in a contribution that came or went
	popular  *block      // nil until Organise
	count    int
}

type entry struct {
	no       uint32
	quantity int32
}

type posting struct {
	slot     uint32
	quantity int32
}

// Cell is one entry of a column of G.
type Cell struct {
	No      tactful.ItemNo
	Sum     int64
	Support uint32 // distinct people with positive quantities of both items
}

const maxDiagonal = 1 << 62

// NewGram returns the empty sums for contributions of one parameter epoch.
func NewGram(epoch uint32) *Gram { return &Gram{epoch: epoch} }

// Len returns the number of contributions present.
func (g *Gram) Len() int { return g.count }

// Epoch returns the parameter epoch of all contributions.
func (g *Gram) Epoch() uint32 { return g.epoch }

// Add takes a contribution into the sums. It refuses one of another epoch and
// one that would overflow a sum, and then changes nothing.
func (g *Gram) Add(c *Contribution) error {
	if c.Empty() {
		return nil
	}
	if c.Epoch != g.epoch {
		return errEpoch()
	}
	if err := c.Validate(); err != nil {
		return err
	}
	g.grow(int(c.Items[len(c.Items)-1].No))
	for _, e := range c.Items {
		// |G_ij| is at most the larger of G_ii and G_jj, so the diagonal bounds all cells.
		square, ok := product(c.Weight, e.Quantity)
		if !ok || g.diagonal[e.No] > maxDiagonal-square || g.squares[e.No] > maxDiagonal-e.Quantity*e.Quantity {
			return tactful.Errorf(tactful.Refused, "the sums of an item are full; start a new parameter epoch with a smaller scale")
		}
	}
	slot := g.slot()
	entries := make([]entry, len(c.Items))
	for i, e := range c.Items {
		entries[i] = entry{uint32(e.No), int32(e.Quantity)}
		g.inverted[e.No] = append(g.inverted[e.No], posting{slot, int32(e.Quantity)})
		g.diagonal[e.No] += c.Weight * e.Quantity * e.Quantity
		g.squares[e.No] += e.Quantity * e.Quantity
		if e.Quantity > 0 {
			g.likers[e.No]++
		}
		g.changed[e.No] = true
	}
	g.weights[slot], g.rows[slot] = c.Weight, entries
	g.count++
	if g.popular != nil {
		g.popular.add(c.Weight, entries)
	}
	return nil
}

// Subtract takes a contribution out of the sums again. It refuses one that is
// not there, so that nothing can be forgotten twice. Two equal contributions
// are interchangeable: either may go.
func (g *Gram) Subtract(c *Contribution) error {
	if c.Empty() {
		return nil
	}
	slot, ok := g.find(c)
	if !ok {
		return tactful.Errorf(tactful.Conflict, "this contribution is not in the sums")
	}
	for _, e := range c.Items {
		list := g.inverted[e.No]
		at := slices.IndexFunc(list, func(p posting) bool { return p.slot == slot })
		last := len(list) - 1
		list[at] = list[last]
		g.inverted[e.No] = list[:last]
		g.diagonal[e.No] -= c.Weight * e.Quantity * e.Quantity
		g.squares[e.No] -= e.Quantity * e.Quantity
		if e.Quantity > 0 {
			g.likers[e.No]--
		}
		g.changed[e.No] = true
	}
	if g.popular != nil {
		g.popular.add(-c.Weight, g.rows[slot])
	}
	g.weights[slot], g.rows[slot] = 0, nil
	g.free = append(g.free, slot)
	g.count--
	return nil
}

// find looks through the people of the contribution's rarest item.
func (g *Gram) find(c *Contribution) (uint32, bool) {
	if c.Epoch != g.epoch || int(c.Items[len(c.Items)-1].No) >= len(g.inverted) {
		return 0, false
	}
	rarest := slices.MinFunc(c.Items, func(a, b Entry) int {
		return len(g.inverted[a.No]) - len(g.inverted[b.No])
	})
	for _, p := range g.inverted[rarest.No] {
		if int64(p.quantity) == rarest.Quantity && g.holds(p.slot, c) {
			return p.slot, true
		}
	}
	return 0, false
}

func (g *Gram) holds(slot uint32, c *Contribution) bool {
	return g.weights[slot] == c.Weight && slices.EqualFunc(g.rows[slot], c.Items, func(a entry, b Entry) bool {
		return a.no == uint32(b.No) && int64(a.quantity) == b.Quantity
	})
}

// Column returns the nonzero cells of column no, ascending by number, the
// diagonal among them.
func (g *Gram) Column(no tactful.ItemNo) []Cell {
	if int(no) >= len(g.inverted) {
		return nil
	}
	sums := map[uint32]Cell{}
	for _, p := range g.inverted[no] {
		for _, e := range g.rows[p.slot] {
			c := sums[e.no]
			c.Sum += g.weights[p.slot] * int64(p.quantity) * int64(e.quantity)
			if p.quantity > 0 && e.quantity > 0 {
				c.Support++
			}
			sums[e.no] = c
		}
	}
	var cells []Cell
	for other, c := range sums {
		if c.Sum != 0 || c.Support != 0 {
			c.No = tactful.ItemNo(other)
			cells = append(cells, c)
		}
	}
	slices.SortFunc(cells, func(a, b Cell) int { return int(a.No) - int(b.No) })
	return cells
}

// Diagonal returns G at (no, no).
func (g *Gram) Diagonal(no tactful.ItemNo) int64 {
	if int(no) >= len(g.diagonal) {
		return 0
	}
	return g.diagonal[no]
}

// Squares returns the sum of squared quantities of an item, not weighed by person.
func (g *Gram) Squares(no tactful.ItemNo) int64 {
	if int(no) >= len(g.squares) {
		return 0
	}
	return g.squares[no]
}

// People returns how many people have a positive quantity of the item.
func (g *Gram) People(no tactful.ItemNo) uint32 {
	if int(no) >= len(g.likers) {
		return 0
	}
	return g.likers[no]
}

// Items returns the numbers of all items that any contribution names, ascending.
func (g *Gram) Items() []tactful.ItemNo {
	var nos []tactful.ItemNo
	for no, list := range g.inverted {
		if len(list) > 0 {
			nos = append(nos, tactful.ItemNo(no))
		}
	}
	return nos
}

// Changed returns the items of all contributions that came or went since
// ClearChanged, ascending.
func (g *Gram) Changed() []tactful.ItemNo {
	var nos []tactful.ItemNo
	for no, changed := range g.changed {
		if changed {
			nos = append(nos, tactful.ItemNo(no))
		}
	}
	return nos
}

// ClearChanged begins a new span of Changed, after a fit.
func (g *Gram) ClearChanged() { clear(g.changed) }

func (g *Gram) grow(no int) {
	if missing := no + 1 - len(g.inverted); missing > 0 {
		g.inverted = append(g.inverted, make([][]posting, missing)...)
		g.diagonal = append(g.diagonal, make([]int64, missing)...)
		g.squares = append(g.squares, make([]int64, missing)...)
		g.likers = append(g.likers, make([]uint32, missing)...)
		g.changed = append(g.changed, make([]bool, missing)...)
	}
}

func (g *Gram) slot() uint32 {
	if n := len(g.free); n > 0 {
		slot := g.free[n-1]
		g.free = g.free[:n-1]
		return slot
	}
	g.weights, g.rows = append(g.weights, 0), append(g.rows, nil)
	return uint32(len(g.rows) - 1)
}

// product returns weight·quantity² unless it is beyond maxDiagonal.
func product(weight, quantity int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(weight), uint64(quantity*quantity))
	return int64(lo), hi == 0 && lo <= maxDiagonal
}

func errEpoch() error {
	return tactful.Errorf(tactful.Conflict, "the contribution was made under other parameters; make it again from the events")
}
