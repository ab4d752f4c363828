package vault

import (
	"bytes"
	"crypto/rand"
	"path/filepath"
	"testing"

	"github.com/tactful/tactful"
)

func keyOf(n int) []byte { return bytes.Repeat([]byte{byte(n), byte(n >> 8)}, keyBytes/2) }

// full is a cache with no room left for sealers in the shard of inShard.
func full() *cache {
	c := newCache(2 * cacheShards)
	for _, ref := range []tactful.Ref{{0xfe, 0xff}, {0xff, 0xff}} {
		c.put(ref, &Sealer{}, 0)
	}
	return c
}

func TestBareKeysAreBoundedAndEachIsItsOwn(t *testing.T) {
	c := full()
	refs := inShard(5000)
	for i, ref := range refs {
		c.putKey(ref, keyOf(i), 0)
	}
	held := 0
	for i, ref := range refs {
		var key [keyBytes]byte
		if !c.key(ref, &key) {
			continue
		}
		if held++; !bytes.Equal(key[:], keyOf(i)) {
			t.Fatalf("the key of %d is somebody else's", i)
		}
	}
	if most := 2 * keysForEach; held == 0 || held > most || len(c.shard(refs[0]).keys) != most {
		t.Errorf("%d keys held of %d", held, most)
	}
}

func TestNoKeyIsKeptWhileThereIsRoomForSealers(t *testing.T) {
	c := newCache(8 * cacheShards)
	ref := inShard(1)[0]
	c.putKey(ref, keyOf(1), 0)
	var key [keyBytes]byte
	if c.key(ref, &key) || c.shard(ref).keys != nil {
		t.Error("a small store keeps bare keys")
	}
}

func TestAShreddedKeyIsOverwrittenAndNotTakenInAgain(t *testing.T) {
	c := full()
	refs := inShard(3)
	_, before := c.get(refs[0])
	c.putKey(refs[0], keyOf(1), before)
	c.putKey(refs[1], keyOf(2), before)
	var key [keyBytes]byte
	if !c.key(refs[0], &key) {
		t.Fatal("the key was not kept: this test shows nothing")
	}
	c.evict(refs[0])
	for _, slot := range c.shard(refs[0]).keys {
		if slot.ref == refs[0] || bytes.Equal(slot.key[:], keyOf(1)) {
			t.Fatal("a shredded key is still in memory")
		}
	}
	c.putKey(refs[0], keyOf(1), before)
	if c.key(refs[0], &key) {
		t.Error("a key fetched before the shredding was taken in")
	}
	if !c.key(refs[1], &key) {
		t.Error("the neighbour is gone")
	}
}

// TestShreddingReachesKeysBehindTheSealers shreds people whom only the bare keys remember.
func TestShreddingReachesKeysBehindTheSealers(t *testing.T) {
	table := newMemory()
	ring, err := OpenRing(filepath.Join(t.TempDir(), "ring.json"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := Open(t.Context(), table, ring, Options{Entropy: rand.Reader, CacheSize: cacheShards}) // one sealer a shard
	if err != nil {
		t.Fatal(err)
	}
	refs := make([]tactful.Ref, 400)
	for i := range refs {
		refs[i] = newRef()
	}
	if _, err := v.CreateAll(t.Context(), refs); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time their keys are remembered
		if _, err := v.Sealers(t.Context(), refs); err != nil {
			t.Fatal(err)
		}
	}
	remembered := 0
	for _, ref := range refs {
		var key [keyBytes]byte
		if v.cache.key(ref, &key) {
			remembered++
		}
	}
	if remembered < len(refs)/2 {
		t.Fatalf("only %d of %d keys are remembered: this test shows nothing", remembered, len(refs))
	}
	row := []byte("r")
	p := keyPartition(refs[0])
	before, err := v.Sealers(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	sealed := before[0].Seal(nil, p, 1, row, []byte("said"))
	if plain, err := before[0].Open(nil, p, 1, row, sealed); err != nil || string(plain) != "said" {
		t.Fatalf("%q, %v", plain, err)
	}
	if err := v.Shred(t.Context(), refs[:200]...); err != nil {
		t.Fatal(err)
	}
	after, err := v.Sealers(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	for i := range refs {
		if gone := after[i] == nil; gone != (i < 200) {
			t.Fatalf("person %d of 200 that were shredded: gone %v", i, gone)
		}
	}
}
