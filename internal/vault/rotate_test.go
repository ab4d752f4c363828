package vault

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

func TestAfterARotationTheOldRingOpensNothingAndTheOldTableIsDead(t *testing.T) {
	dir := t.TempDir()
	path, oldPath := filepath.Join(dir, "ring.json"), filepath.Join(dir, "old.json")
	table := newMemory()
	v := openVault(t, table, path)
	refs := make([]tactful.Ref, rotateChunk+10)
	for i := range refs {
		refs[i] = newRef()
	}
	sealers, err := v.CreateAll(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	row := sealers[7].Seal(nil, place(refs[7]), store.Log, []byte("r"), []byte("still here"))
	oldRing, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(oldPath, oldRing, 0o600); err != nil {
		t.Fatal(err)
	}
	oldTable := table.copy()

	var last, total int
	if err := v.Rotate(t.Context(), func(done, all int) { last, total = done, all }); err != nil {
		t.Fatal(err)
	}
	if last != len(refs)+1 || total != last { // with the tenant secret
		t.Errorf("progress ended at %d of %d", last, total)
	}
	reopened := openVault(t, table, path)
	got, err := reopened.Sealers(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := got[7].Open(nil, place(refs[7]), store.Log, []byte("r"), row); err != nil || string(plain) != "still here" {
		t.Errorf("after rotation: %q, %v", plain, err)
	}
	if reopened.ring.Rotating() {
		t.Error("the old ring key is still there")
	}
	for name, attempt := range map[string]struct {
		table store.Store
		ring  string
	}{
		"the old ring with today's table": {table, oldPath},
		"today's ring with the old table": {oldTable, path},
	} {
		ring, err := OpenRing(attempt.ring)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), attempt.table, ring, Options{Entropy: rand.Reader}); err == nil {
			t.Errorf("%s opens", name)
		}
		bare := &Vault{table: attempt.table, ring: ring, cache: newCache(1), shared: v.shared}
		for _, ref := range refs[:50] {
			if sealers, err := bare.Sealers(t.Context(), []tactful.Ref{ref}); err == nil && sealers[0] != nil {
				t.Fatalf("%s opens a subject's key", name)
			}
		}
	}
	// The control: both old together do open, so the attempts above could have.
	ring, err := OpenRing(oldPath)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), oldTable, ring, Options{Entropy: rand.Reader}); err != nil {
		t.Errorf("control: %v", err)
	}
}

func TestARotationCutShortAnywhereIsFinishedAtTheNextStart(t *testing.T) {
	for cut := range 5 { // the writes of a rotation: 3 chunks, then none
		t.Run(fmt.Sprintf("after %d writes", cut), func(t *testing.T) {
			path, table := filepath.Join(t.TempDir(), "ring.json"), newMemory()
			v := openVault(t, table, path)
			refs := make([]tactful.Ref, 2*rotateChunk+100)
			for i := range refs {
				refs[i] = newRef()
			}
			if _, err := v.CreateAll(t.Context(), refs); err != nil {
				t.Fatal(err)
			}
			table.writes = 0
			table.failWrite = func(n int) error {
				if n > cut {
					return errors.New("power cut")
				}
				return nil
			}
			err := v.Rotate(t.Context(), func(int, int) {})
			if finished := cut >= 3; (err == nil) != finished {
				t.Fatalf("rotation ended with %v", err)
			}
			table.failWrite = nil
			next := openVault(t, table, path)
			if next.ring.Rotating() {
				t.Error("the old ring key is still there")
			}
			sealers, err := next.Sealers(t.Context(), refs)
			if err != nil {
				t.Fatal(err)
			}
			for _, sealer := range sealers {
				if sealer == nil {
					t.Fatal("a key was lost")
				}
			}
		})
	}
}

func TestARotationNeverBringsAShreddedKeyBack(t *testing.T) {
	v, table := newVault(t)
	ref := newRef()
	if _, err := v.Create(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	table.afterRead = func() { // the rotation has read the key and is about to write it
		table.afterRead = nil
		if err := v.Shred(t.Context(), ref); err != nil {
			t.Error(err)
		}
	}
	if err := v.Rotate(t.Context(), func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	if sealers, err := v.Sealers(t.Context(), []tactful.Ref{ref}); err != nil || sealers[0] != nil {
		t.Errorf("%v, %v", sealers, err)
	}
	if _, there := table.partitions[keyPartition(ref)]; there {
		t.Error("the shredded row is back")
	}
}

func TestARingFromTheEnvironmentIsWrappedAnewButNeverChanged(t *testing.T) {
	path, table := filepath.Join(t.TempDir(), "ring.json"), newMemory()
	ref := newRef()
	if _, err := openVault(t, table, path).Create(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	environment := func() *Keyring {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		ring, err := EnvironmentRing(base64.StdEncoding.EncodeToString(text) + "\n")
		if err != nil {
			t.Fatal(err)
		}
		return ring
	}
	v, err := Open(t.Context(), table, environment(), Options{Entropy: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Rotate(t.Context(), func(int, int) {}); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("rotating a ring of one key: %v", err)
	}
	// The operator adds a key: Open wraps everything with it.
	keeper, err := OpenRing(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := keeper.grow(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), table, environment(), Options{Entropy: rand.Reader}); err != nil {
		t.Fatal(err)
	}
	// The operator takes the old key out: everything still opens.
	if err := keeper.retire(); err != nil {
		t.Fatal(err)
	}
	if v, err = Open(t.Context(), table, environment(), Options{Entropy: rand.Reader}); err != nil {
		t.Fatal(err)
	}
	if sealers, err := v.Sealers(t.Context(), []tactful.Ref{ref}); err != nil || sealers[0] == nil {
		t.Errorf("%v, %v", sealers, err)
	}
}

func BenchmarkRotate10000Keys(b *testing.B) {
	v, _ := newVault(b)
	refs := make([]tactful.Ref, 10_000)
	for i := range refs {
		refs[i] = newRef()
	}
	if _, err := v.CreateAll(b.Context(), refs); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := v.Rotate(b.Context(), func(int, int) {}); err != nil {
			b.Fatal(err)
		}
	}
}
