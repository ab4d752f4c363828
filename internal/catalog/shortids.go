package catalog

import (
	"encoding/binary"
	"math/bits"

	"github.com/tactful/tactful"
)

// shortIDs finds the numbers of ids of at most mostShort bytes, which are nearly
// all, with one look into the memory: a map takes three, and a decision asks for
// every event of a history. It is immutable.
type shortIDs struct {
	slots []shortID
	shift uint // of the hash, so that what is left is a slot
}

// mostShort is how long an id may be: its first and last eight bytes are all of it.
const mostShort = 16

// shortID is an id with its number; one of the number 0 is free.
type shortID struct {
	first, last uint64
	no          tactful.ItemNo
	length      uint8
}

// newShortIDs takes in what is short of ids.
func newShortIDs(ids map[string]tactful.ItemNo) shortIDs {
	size := bits.Len(uint(len(ids))) + 1 // at most half of it is taken
	s := shortIDs{slots: make([]shortID, 1<<size), shift: 64 - uint(size)}
	for id, no := range ids {
		one, short := shorten([]byte(id))
		if !short || no == 0 {
			continue
		}
		at := s.place(one)
		for s.slots[at].no != 0 {
			at = (at + 1) & (len(s.slots) - 1)
		}
		one.no = no
		s.slots[at] = one
	}
	return s
}

// find returns the number of a short id, 0 if it has none. It is false for an id
// that is not short.
func (s *shortIDs) find(id []byte) (tactful.ItemNo, bool) {
	one, short := shorten(id)
	if !short {
		return 0, false
	}
	if len(s.slots) == 0 {
		return 0, true
	}
	for at := s.place(one); ; at = (at + 1) & (len(s.slots) - 1) {
		slot := &s.slots[at]
		if slot.no == 0 || slot.first == one.first && slot.last == one.last && slot.length == one.length {
			return slot.no, true
		}
	}
}

func (s *shortIDs) place(one shortID) int {
	h := (one.first ^ bits.RotateLeft64(one.last, 29) ^ uint64(one.length)) * 0x9e3779b97f4a7c15
	h = (h ^ h>>32) * 0xbf58476d1ce4e5b9
	return int(h >> s.shift)
}

func shorten(id []byte) (one shortID, ok bool) {
	one.length = uint8(len(id))
	switch {
	case len(id) > mostShort || len(id) == 0:
		return shortID{}, false
	case len(id) >= 8:
		one.first, one.last = binary.LittleEndian.Uint64(id), binary.LittleEndian.Uint64(id[len(id)-8:])
	case len(id) >= 4:
		one.first, one.last = uint64(binary.LittleEndian.Uint32(id)), uint64(binary.LittleEndian.Uint32(id[len(id)-4:]))
	default:
		one.first, one.last = uint64(id[0])|uint64(id[len(id)/2])<<8, uint64(id[len(id)-1])
	}
	return one, true
}
