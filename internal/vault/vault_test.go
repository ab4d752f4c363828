package vault

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

func openVault(t testing.TB, table store.Store, ringPath string) *Vault {
	t.Helper()
	ring, err := OpenRing(ringPath)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Open(t.Context(), table, ring, Options{Entropy: rand.Reader, CacheSize: 1024})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func newVault(t testing.TB) (*Vault, *memory) {
	table := newMemory()
	return openVault(t, table, filepath.Join(t.TempDir(), "ring.json")), table
}

func newRef() (ref tactful.Ref) {
	_, _ = rand.Read(ref[:])
	return ref
}

func place(ref tactful.Ref) store.Partition {
	return store.Partition{Section: store.Subjects, ID: ref}
}

func TestWhatOneVaultSealedTheNextOneOpens(t *testing.T) {
	table, ring := newMemory(), filepath.Join(t.TempDir(), "ring.json")
	first := openVault(t, table, ring)
	ref, key, plain := newRef(), []byte("row"), []byte("what was said")
	sealer, err := first.Create(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	row := sealer.Seal(nil, place(ref), store.Log, key, plain)
	house, err := first.House(20000)
	if err != nil {
		t.Fatal(err)
	}
	houseRow := house.Seal(nil, place(ref), store.Log, key, plain)
	token, err := first.SealID([]byte("somewhere"))
	if err != nil {
		t.Fatal(err)
	}
	alias := tactful.Alias{Kind: tactful.UserID, ID: "u-1"}

	second := openVault(t, table, ring)
	again, err := second.Sealers(t.Context(), []tactful.Ref{newRef(), ref, {}})
	if err != nil {
		t.Fatal(err)
	}
	if again[0] != nil || again[2] != nil {
		t.Error("a subject without a key has a sealer")
	}
	if got, err := again[1].Open(nil, place(ref), store.Log, key, row); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("row: %q, %v", got, err)
	}
	if house, err = second.House(20000); err != nil {
		t.Fatal(err)
	}
	if got, err := house.Open(nil, place(ref), store.Log, key, houseRow); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("house row: %q, %v", got, err)
	}
	if got, err := second.OpenID(token); err != nil || string(got) != "somewhere" {
		t.Errorf("id: %q, %v", got, err)
	}
	if first.AliasID(alias) != second.AliasID(alias) {
		t.Error("an alias has moved")
	}
}

func TestASecondKeyForASubjectIsAConflict(t *testing.T) {
	v, _ := newVault(t)
	ref := newRef()
	if _, err := v.Create(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Create(t.Context(), ref); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("got %v", err)
	}
}

func TestTheTenantSecretIsNobodysKey(t *testing.T) {
	v, _ := newVault(t)
	if _, err := v.Create(t.Context(), tactful.Ref{}); err == nil {
		t.Error("created")
	}
	if err := v.Shred(t.Context(), newRef(), tactful.Ref{}); err == nil {
		t.Error("shredded")
	}
	if _, err := v.tenantSecret(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAnotherRingIsRefusedAndANewSecretIsNotMadeOverOldKeys(t *testing.T) {
	dir, table := t.TempDir(), newMemory()
	v := openVault(t, table, filepath.Join(dir, "ring.json"))
	if _, err := v.Create(t.Context(), newRef()); err != nil {
		t.Fatal(err)
	}
	foreign, err := OpenRing(filepath.Join(dir, "other.json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), table, foreign, Options{Entropy: rand.Reader}); err == nil {
		t.Error("a foreign ring opened the table")
	}
	if err := table.Drop(t.Context(), keyPartition(tactful.Ref{})); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), table, v.ring, Options{Entropy: rand.Reader}); err == nil {
		t.Error("a table that lost its secret was given a new one")
	}
}

func TestShreddingMakesEveryOldCopyOfTheDataUnreadable(t *testing.T) {
	table, ring := newMemory(), filepath.Join(t.TempDir(), "ring.json")
	v := openVault(t, table, ring)
	gone, kept := newRef(), newRef()
	sealers, err := v.CreateAll(t.Context(), []tactful.Ref{gone, kept})
	if err != nil {
		t.Fatal(err)
	}
	key := []byte("row")
	backup := [][]byte{
		sealers[0].Seal(nil, place(gone), store.Log, key, []byte("gone")),
		sealers[1].Seal(nil, place(kept), store.Log, key, []byte("kept")),
	}
	if err := v.Shred(t.Context(), gone, newRef()); err != nil {
		t.Fatal(err)
	}
	if len(table.purged) != 4 { // two keys, and what their people told us not to do
		t.Errorf("%d partitions purged", len(table.purged))
	}
	for name, today := range map[string]*Vault{"running": v, "restarted": openVault(t, table, ring)} {
		now, err := today.Sealers(t.Context(), []tactful.Ref{gone, kept})
		if err != nil {
			t.Fatal(err)
		}
		if now[0] != nil {
			t.Errorf("%s: the shredded subject has a key", name)
		}
		// Today's keys are: the kept subject's, the tenant's, the houses'.
		house, err := today.House(1)
		if err != nil {
			t.Fatal(err)
		}
		for _, sealer := range []*Sealer{now[1], today.Tenant(), house} {
			if _, err := sealer.Open(nil, place(gone), store.Log, key, backup[0]); !errors.Is(err, ErrSealed) {
				t.Errorf("%s: the shredded subject's row opens", name)
			}
		}
		if got, err := now[1].Open(nil, place(kept), store.Log, key, backup[1]); err != nil || string(got) != "kept" {
			t.Errorf("%s: the other subject's row: %q, %v", name, got, err)
		}
	}
}

func TestAFetchThatRacesAShreddingNeverBringsTheKeyBack(t *testing.T) {
	table := newMemory()
	path := filepath.Join(t.TempDir(), "ring.json")
	ref := newRef()
	if _, err := openVault(t, table, path).Create(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	v := openVault(t, table, path) // its cache is empty
	table.afterRead = func() {     // the key is read, and shredded before it reaches the cache
		table.afterRead = nil
		if err := v.Shred(context.Background(), ref); err != nil {
			t.Error(err)
		}
	}
	if _, err := v.Sealers(t.Context(), []tactful.Ref{ref}); err != nil {
		t.Fatal(err)
	}
	later, err := v.Sealers(t.Context(), []tactful.Ref{ref})
	if err != nil {
		t.Fatal(err)
	}
	if later[0] != nil {
		t.Error("the shredded key came back into the cache")
	}
}

func TestManyAtOnce(t *testing.T) {
	v, _ := newVault(t)
	var wait sync.WaitGroup
	var shredded atomic.Int64
	for w := range 8 {
		wait.Go(func() {
			for i := range 40 {
				ref := newRef()
				if _, err := v.Create(context.Background(), ref); err != nil {
					t.Error(err)
					return
				}
				if w == 0 && i == 20 {
					if err := v.Rotate(context.Background(), func(int, int) {}); err != nil {
						t.Error(err)
					}
				}
				got, err := v.Sealers(context.Background(), []tactful.Ref{ref})
				if err != nil || got[0] == nil {
					t.Errorf("sealer of a new subject: %v, %v", got, err)
					return
				}
				if i%2 == 0 {
					if err := v.Shred(context.Background(), ref); err != nil {
						t.Error(err)
					}
					shredded.Add(1)
					if got, err = v.Sealers(context.Background(), []tactful.Ref{ref}); err != nil || got[0] != nil {
						t.Errorf("sealer of a shredded subject: %v, %v", got, err)
					}
				}
			}
		})
	}
	wait.Wait()
	if shredded.Load() != 160 || v.ring.Rotating() {
		t.Errorf("%d shredded, rotating %t", shredded.Load(), v.ring.Rotating())
	}
	if stale, err := v.stale(t.Context()); err != nil || len(stale) != 0 {
		t.Errorf("%d stale, %v", len(stale), err)
	}
}

func TestPassingLeavesTheCacheAlone(t *testing.T) {
	table, path := newMemory(), filepath.Join(t.TempDir(), "ring.json")
	ref := newRef()
	if _, err := openVault(t, table, path).Create(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	v := openVault(t, table, path)
	if got, err := v.Passing(t.Context(), []tactful.Ref{ref}); err != nil || got[0] == nil {
		t.Fatalf("%v, %v", got, err)
	}
	if n := v.cache.len(); n != 0 {
		t.Errorf("%d cached after a pass", n)
	}
	if _, err := v.Sealers(t.Context(), []tactful.Ref{ref}); err != nil || v.cache.len() != 1 {
		t.Errorf("%d cached after use, %v", v.cache.len(), err)
	}
}
