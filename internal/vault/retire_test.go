package vault

import (
	"path/filepath"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

func TestARetiredKeyOpensNothingUntilItIsRevivedAndIsWrappedAnewLikeTheOthers(t *testing.T) {
	ctx := t.Context()
	table, path := newMemory(), filepath.Join(t.TempDir(), "ring.json")
	v := openVault(t, table, path)
	ref := newRef()
	sealer, err := v.Create(ctx, ref)
	if err != nil {
		t.Fatal(err)
	}
	row := sealer.Seal(nil, place(ref), store.Log, []byte("r"), []byte("still here"))
	live := func(v *Vault) bool {
		t.Helper()
		sealers, err := v.Sealers(ctx, []tactful.Ref{ref})
		if err != nil {
			t.Fatal(err)
		}
		return sealers[0] != nil
	}
	for range 2 { // twice changes nothing
		if err := v.Retire(ctx, ref); err != nil {
			t.Fatal(err)
		}
	}
	if live(v) {
		t.Error("a retired key is handed out")
	}
	if _, err := v.Create(ctx, ref); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("a second key for a reference that was given up: %v", err)
	}
	if err := v.Rotate(ctx, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	again := openVault(t, table, path)
	old, err := again.Retired(ctx, ref)
	if err != nil || old == nil {
		t.Fatalf("after a rotation: %v", err)
	}
	if plain, err := old.Open(nil, place(ref), store.Log, []byte("r"), row); err != nil || string(plain) != "still here" {
		t.Errorf("%q, %v", plain, err)
	}
	if err := again.Revive(ctx, ref); err != nil || !live(again) {
		t.Errorf("a revived key is not handed out: %v", err)
	}
	if old, err := again.Retired(ctx, ref); err != nil || old != nil {
		t.Errorf("it is retired still: %v", err)
	}
	if err := again.Retire(ctx, ref); err != nil {
		t.Fatal(err)
	}
	if err := again.Shred(ctx, ref); err != nil {
		t.Fatal(err)
	}
	if err := again.Revive(ctx, ref); err != nil || live(again) {
		t.Errorf("a shredded key came back: %v", err)
	}
}
