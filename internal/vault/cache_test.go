package vault

import (
	"testing"

	"github.com/tactful/tactful"
)

// inShard makes distinct references of one cache shard.
func inShard(n int) []tactful.Ref {
	refs := make([]tactful.Ref, n)
	for i := range refs {
		refs[i] = tactful.Ref{byte(i), byte(i >> 8), 1}
	}
	return refs
}

func TestTheCacheIsBoundedAndKeepsWhatIsUsed(t *testing.T) {
	c := newCache(8 * cacheShards)
	refs := inShard(200)
	hot := refs[0]
	c.put(hot, &Sealer{}, 0)
	for _, ref := range refs[1:] {
		if sealer, _ := c.get(hot); sealer == nil {
			t.Fatal("a sealer in constant use was pushed out")
		}
		c.put(ref, &Sealer{}, 0)
	}
	if n := c.len(); n != 8 {
		t.Errorf("%d sealers held", n)
	}
}

func TestEvictionFreesTheSlotAndMovesTheGeneration(t *testing.T) {
	c := newCache(2 * cacheShards)
	refs := inShard(3)
	_, before := c.get(refs[0])
	c.put(refs[0], &Sealer{}, before)
	c.put(refs[1], &Sealer{}, before)
	c.evict(refs[0])
	if sealer, _ := c.get(refs[0]); sealer != nil {
		t.Error("evicted and still there")
	}
	c.put(refs[2], &Sealer{}, before)
	if sealer, _ := c.get(refs[2]); sealer != nil {
		t.Error("a sealer fetched before the eviction was taken in")
	}
	_, now := c.get(refs[2])
	c.put(refs[2], &Sealer{}, now)
	if sealer, _ := c.get(refs[2]); sealer == nil {
		t.Error("a sealer fetched after the eviction was refused")
	}
	if sealer, _ := c.get(refs[1]); sealer == nil {
		t.Error("the neighbour is gone")
	}
}

func BenchmarkCacheHit(b *testing.B) {
	c := newCache(DefaultCacheSize)
	refs := make([]tactful.Ref, 4096)
	for i := range refs {
		refs[i] = newRef()
		c.put(refs[i], &Sealer{}, 0)
	}
	for i := 0; b.Loop(); i++ {
		if sealer, _ := c.get(refs[i%len(refs)]); sealer == nil {
			b.Fatal("missing")
		}
	}
}
