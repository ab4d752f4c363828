package vault

import (
	"encoding/binary"

	"github.com/tactful/tactful"
)

// Behind the sealers a shard remembers bare keys, which take a twentieth of the
// memory: of a large crowd most people come when their sealer has been forgotten,
// and making it from the key costs a tenth of reading and unwrapping the key. A
// shredded key is overwritten here like there, and none is taken in that was
// fetched before a shredding.
const (
	keysForEach = 64 // bare keys for each sealer held
	keyWays     = 8  // places where a key may lie
)

// keySlot is empty if its reference is zero, which is no subject's.
type keySlot struct {
	ref tactful.Ref
	key [keyBytes]byte
}

// ways are the places of a subject's key; none before the sealers fill their room.
func (s *cacheShard) ways(ref tactful.Ref) []keySlot {
	if len(s.keys) == 0 {
		return nil
	}
	first := int(binary.BigEndian.Uint32(ref[:4])) % (len(s.keys) / keyWays) * keyWays
	return s.keys[first : first+keyWays]
}

// key copies a subject's key into key, if it is remembered.
func (c *cache) key(ref tactful.Ref, key *[keyBytes]byte) bool {
	s := c.shard(ref)
	s.mu.RLock()
	defer s.mu.RUnlock()
	ways := s.ways(ref)
	for i := range ways {
		if ways[i].ref == ref {
			*key = ways[i].key
			return true
		}
	}
	return false
}

// putKey remembers a key, unless one of this shard was shredded since the
// generation was read. While there is room for sealers no key is kept beside them.
func (c *cache) putKey(ref tactful.Ref, key []byte, generation uint64) {
	s := c.shard(ref)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation != generation || len(s.slots) < s.limit || len(key) != keyBytes {
		return
	}
	if s.keys == nil {
		s.keys = make([]keySlot, s.limit*keysForEach)
	}
	ways := s.ways(ref)
	at := s.turn % keyWays
	s.turn++
	for i := range ways {
		if ways[i].ref == ref || ways[i].ref.IsZero() {
			at = i
			break
		}
	}
	ways[at].ref = ref
	copy(ways[at].key[:], key)
}

// dropKey overwrites a subject's key. The lock is held.
func (s *cacheShard) dropKey(ref tactful.Ref) {
	ways := s.ways(ref)
	for i := range ways {
		if ways[i].ref == ref {
			ways[i] = keySlot{}
		}
	}
}
