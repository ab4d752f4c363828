//go:build !race

// Under the race detector a sync.Pool drops values on purpose, so allocations
// are counted in plain runs only.

package vault

import (
	"bytes"
	"testing"

	"github.com/tactful/tactful/store"
)

func TestSealAndOpenAllocateNothingBeyondTheirResult(t *testing.T) {
	sealer := testSealer(t)
	p, key := store.Partition{Section: store.Subjects}, []byte("e-18-bytes-of-key-")
	for _, plain := range [][]byte{eventLike(), bytes.Repeat([]byte("abcdefgh"), 30)} {
		sealed := sealer.Seal(nil, p, store.Log, key, plain)
		dst := make([]byte, 0, 4096)
		if n := testing.AllocsPerRun(200, func() { dst = sealer.Seal(dst[:0], p, store.Log, key, plain) }); n >= 1 {
			t.Errorf("Seal allocates %v times", n)
		}
		if n := testing.AllocsPerRun(200, func() { dst, _ = sealer.Open(dst[:0], p, store.Log, key, sealed) }); n >= 1 {
			t.Errorf("Open allocates %v times", n)
		}
	}
}
