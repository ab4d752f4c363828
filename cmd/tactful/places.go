package main

import "encoding/binary"

// exactRows is how many different rows are remembered one by one, and
// countedRows the number of shared counters for those after them: about 60 MiB
// at most, however long the file.
const (
	exactRows   = 1 << 20
	countedRows = 1 << 22
)

// places numbers equal rows of one file, so that each is an event of its own
// and still the same event when the file, or one that overlaps with it, is
// imported again. The content alone would lose the second of two equal rows; the
// line number would make a new event of a row that moved. Beyond exactRows
// different rows, rows share counters by their hash: two equal rows still differ,
// and the same file gives the same numbers, but a row that moved to another file
// may count as new.
type places struct {
	exact  map[[16]byte]uint32
	shared []uint32
	limit  int // of exact
}

func newPlaces(limit int) *places { return &places{exact: map[[16]byte]uint32{}, limit: limit} }

// next returns how often the content was there before, or a larger number.
func (p *places) next(content [16]byte) uint32 {
	n, known := p.exact[content]
	if known || len(p.exact) < p.limit {
		p.exact[content] = n + 1
		return n
	}
	if p.shared == nil {
		p.shared = make([]uint32, countedRows)
	}
	counter := &p.shared[binary.LittleEndian.Uint64(content[:])%countedRows]
	*counter++
	return *counter - 1
}
