package linear

import "slices"

// block keeps the cells between the most popular items summed up: few items
// that stand in most neighbourhoods, where adding up on demand would cost most.
// It changes how fast a cell is had, never what it is.
type block struct {
	rank  []int32 // by item number: index in the block, -1 outside
	items []uint32
	cells []int64 // lower triangle by rows: (r, c) at r(r+1)/2+c
}

// Sizes of the block.
const (
	maxBlock   = 4096 // items: 67 MB of cells
	blockFloor = 48   // people below which an item does not pay its place
)

// Organise sums up the cells between the most popular items. Fit calls it when
// it was never done; call it again after the data has changed its shape.
func (g *Gram) Organise() {
	var items []uint32
	for no, list := range g.inverted {
		if len(list) >= blockFloor {
			items = append(items, uint32(no))
		}
	}
	slices.SortStableFunc(items, func(a, b uint32) int { return len(g.inverted[b]) - len(g.inverted[a]) })
	items = items[:min(len(items), maxBlock)]
	b := &block{items: items, rank: make([]int32, len(g.inverted)), cells: make([]int64, len(items)*(len(items)+1)/2)}
	for i := range b.rank {
		b.rank[i] = -1
	}
	for r, no := range items {
		b.rank[no] = int32(r)
	}
	g.popular = b
	for slot, entries := range g.rows {
		b.add(g.weights[slot], entries)
	}
}

func (b *block) rankOf(no uint32) int32 {
	if int(no) >= len(b.rank) {
		return -1
	}
	return b.rank[no]
}

func (b *block) add(weight int64, entries []entry) {
	var inside [MaxEntries]struct{ rank, quantity int32 }
	n := 0
	for _, e := range entries {
		if r := b.rankOf(e.no); r >= 0 {
			inside[n].rank, inside[n].quantity = r, e.quantity
			n++
		}
	}
	for i := range n {
		r, wq := int(inside[i].rank), weight*int64(inside[i].quantity)
		for _, other := range inside[:i+1] {
			hi, lo := r, int(other.rank)
			if hi < lo {
				hi, lo = lo, hi
			}
			b.cells[hi*(hi+1)/2+lo] += wq * int64(other.quantity)
		}
	}
}
