package disk

import (
	"math/bits"
	"sync"

	"github.com/tactful/tactful/store"
)

// shards is the number of locks that the partitions share.
const shards = 256

// shardLocks orders conditional writers, drops and sweeps of one partition.
type shardLocks [shards]sync.Mutex

// shardSet names the locks of one call.
type shardSet [shards / 64]uint64

// add includes the lock of a partition (FNV-1a over section and id: ids of
// small sections need not be random).
func (s *shardSet) add(p store.Partition) {
	h := uint32(2166136261)
	h = (h ^ uint32(p.Section)) * 16777619
	for _, b := range p.ID {
		h = (h ^ uint32(b)) * 16777619
	}
	h ^= h >> 16
	n := h % shards
	s[n/64] |= 1 << (n % 64)
}

// lock takes the locks of the set in ascending order, so that two calls never
// wait for each other in a circle.
func (l *shardLocks) lock(set *shardSet) {
	for w, word := range set {
		for ; word != 0; word &= word - 1 {
			l[w*64+bits.TrailingZeros64(word)].Lock()
		}
	}
}

func (l *shardLocks) unlock(set *shardSet) {
	for w, word := range set {
		for ; word != 0; word &= word - 1 {
			l[w*64+bits.TrailingZeros64(word)].Unlock()
		}
	}
}
