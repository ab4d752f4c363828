package disk

import (
	"bytes"

	"github.com/cockroachdb/pebble/v2"

	"github.com/tactful/tactful/store"
)

// This file is the only one that knows how keys are laid out.

const (
	prefixLen     = 1 + 16             // section and partition id
	headLen       = prefixLen + 1      // and family
	versionFamily = store.Family(0)    // holds the one version row of a partition
	ownSection    = store.Section(255) // rows of the driver itself, refused from outside
	maxStoredKey  = headLen + store.MaxKeyBytes
)

// appendPrefix appends what all keys of a partition begin with.
func appendPrefix(dst []byte, p store.Partition) []byte {
	dst = append(dst, byte(p.Section))
	return append(dst, p.ID[:]...)
}

// appendKey appends the stored key of one row.
func appendKey(dst []byte, p store.Partition, f store.Family, key []byte) []byte {
	dst = appendPrefix(dst, p)
	dst = append(dst, byte(f))
	return append(dst, key...)
}

// versionKey appends the key of the partition's version row, which is also the
// smallest key of the partition.
func versionKey(dst []byte, p store.Partition) []byte {
	return appendKey(dst, p, versionFamily, nil)
}

// appendAfter appends the first key behind all keys that begin with prefix. A
// prefix never is all 0xFF, because section 255 is not handed out.
func appendAfter(dst, prefix []byte) []byte {
	n := len(prefix)
	for n > 0 && prefix[n-1] == 0xFF {
		n--
	}
	if n == 0 {
		return append(append(dst, prefix...), 0xFF)
	}
	dst = append(dst, prefix[:n]...)
	dst[len(dst)-1]++
	return dst
}

// appendRange appends the bounds of a range of rows to low and high.
func appendRange(low, high []byte, p store.Partition, f store.Family, from, to []byte) (lower, upper []byte) {
	low = appendKey(low, p, f, from)
	if to != nil {
		return low, appendKey(high, p, f, to)
	}
	return low, appendKey(high, p, f+1, nil)
}

// splitKey takes a stored key apart. The row key aliases the stored key.
func splitKey(stored []byte) (p store.Partition, f store.Family, key []byte, ok bool) {
	if len(stored) < headLen {
		return p, 0, nil, false
	}
	p.Section = store.Section(stored[0])
	copy(p.ID[:], stored[1:prefixLen])
	return p, store.Family(stored[prefixLen]), stored[headLen:], true
}

// comparer orders keys by their bytes and tells Pebble that a partition is
// the prefix by which filters are built: a table that has nothing of a
// partition is skipped without being read.
func comparer() *pebble.Comparer {
	c := *pebble.DefaultComparer
	c.Name = "tactful.partition.1"
	c.Split = func(key []byte) int { return min(len(key), prefixLen) }
	c.Compare = bytes.Compare
	return &c
}
