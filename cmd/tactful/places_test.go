package main

import (
	"encoding/binary"
	"testing"
)

func TestEqualRowsGetDifferentPlacesAndTheSameOnesAgain(t *testing.T) {
	for _, limit := range []int{exactRows, 10, 0} {
		rows := make([][16]byte, 5000)
		for i := range rows { // 50 contents; two of them share a counter
			n := uint64(i * i % 50)
			binary.LittleEndian.PutUint64(rows[i][:], n%49*7)
			binary.LittleEndian.PutUint64(rows[i][8:], n)
		}
		type place struct {
			content [16]byte
			n       uint32
		}
		first, second := newPlaces(limit), newPlaces(limit)
		seen := map[place]bool{}
		for _, content := range rows {
			at := place{content, first.next(content)}
			if seen[at] {
				t.Fatalf("limit %d: two equal rows have place %d", limit, at.n)
			}
			seen[at] = true
			if again := second.next(content); again != at.n {
				t.Fatalf("limit %d: place %d, the second time %d", limit, at.n, again)
			}
		}
		if len(first.exact) > limit || len(first.shared) > countedRows {
			t.Errorf("limit %d: %d rows and %d counters are remembered", limit, len(first.exact), len(first.shared))
		}
	}
}
