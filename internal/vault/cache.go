package vault

import (
	"sync"
	"sync/atomic"

	"github.com/tactful/tactful"
)

const cacheShards = 64

// cache keeps the sealers that were used lately. It is bounded, forgets by the
// clock algorithm, and never takes in a key that was shredded while it was
// being fetched: whoever fetches notes the generation first, and every
// shredding moves it on.
type cache struct {
	shards [cacheShards]cacheShard
}

type cacheShard struct {
	mu         sync.RWMutex
	index      map[tactful.Ref]int
	slots      []cacheSlot
	hand       int
	limit      int
	generation uint64

	keys []keySlot // see keycache.go; nil while there is room for sealers
	turn int       // which place the next key takes where all are taken
}

type cacheSlot struct {
	ref    tactful.Ref
	sealer *Sealer
	used   atomic.Bool
}

func newCache(size int) *cache {
	c := &cache{}
	limit := max(1, (size+cacheShards-1)/cacheShards)
	for i := range c.shards {
		c.shards[i].index = make(map[tactful.Ref]int)
		c.shards[i].limit = limit
	}
	return c
}

// References are random, so any byte of one spreads evenly.
func (c *cache) shard(ref tactful.Ref) *cacheShard { return &c.shards[ref[15]%cacheShards] }

// get returns the sealer, or nil and the generation to pass to put.
func (c *cache) get(ref tactful.Ref) (*Sealer, uint64) {
	s := c.shard(ref)
	s.mu.RLock()
	defer s.mu.RUnlock()
	i, ok := s.index[ref]
	if !ok {
		return nil, s.generation
	}
	slot := &s.slots[i]
	if !slot.used.Load() {
		slot.used.Store(true)
	}
	return slot.sealer, s.generation
}

// put takes the sealer in, unless a key of this shard was shredded since the
// generation was read.
func (c *cache) put(ref tactful.Ref, sealer *Sealer, generation uint64) {
	s := c.shard(ref)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation != generation {
		return
	}
	if i, ok := s.index[ref]; ok {
		s.slots[i].sealer = sealer
		return
	}
	i := s.free()
	s.slots[i].ref, s.slots[i].sealer = ref, sealer
	s.slots[i].used.Store(false) // to stay, it must be used again
	s.index[ref] = i
}

// free finds a slot: a new one while there is room, else the first that was
// not used since the hand last passed.
func (s *cacheShard) free() int {
	if len(s.slots) < s.limit {
		if len(s.slots) == cap(s.slots) { // slots hold atomics and are never copied in use: the lock is held
			grown := make([]cacheSlot, len(s.slots), min(s.limit, max(8, 2*len(s.slots))))
			for i := range s.slots {
				grown[i].ref, grown[i].sealer = s.slots[i].ref, s.slots[i].sealer
				grown[i].used.Store(s.slots[i].used.Load())
			}
			s.slots = grown
		}
		s.slots = s.slots[:len(s.slots)+1]
		return len(s.slots) - 1
	}
	for {
		i := s.hand
		s.hand = (s.hand + 1) % len(s.slots)
		slot := &s.slots[i]
		if slot.sealer == nil {
			return i
		}
		if !slot.used.Swap(false) {
			delete(s.index, slot.ref)
			return i
		}
	}
}

// evict forgets the subject and moves the generation on.
func (c *cache) evict(ref tactful.Ref) {
	s := c.shard(ref)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	s.dropKey(ref)
	i, ok := s.index[ref]
	if !ok {
		return
	}
	delete(s.index, ref)
	s.slots[i].ref, s.slots[i].sealer = tactful.Ref{}, nil
	s.slots[i].used.Store(false)
}

// len counts the sealers held.
func (c *cache) len() int {
	n := 0
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.RLock()
		n += len(s.index)
		s.mu.RUnlock()
	}
	return n
}
