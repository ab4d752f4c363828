package vault

import (
	"path/filepath"
	"testing"

	"github.com/tactful/tactful"
)

func TestWhatRemainsIsNamedByKeysOfItsOwn(t *testing.T) {
	path, table := filepath.Join(t.TempDir(), "ring.json"), newMemory()
	v := openVault(t, table, path)
	ref := tactful.Ref{1, 2, 3}
	alias := v.AliasID(tactful.Alias{Kind: tactful.UserID, ID: "u1"})
	names := [][16]byte{ref, v.Tombstone(ref), v.Suppressed(ref), alias, v.Suppressed(alias), v.Tombstone(alias), v.MessageID(string(ref[:]))}
	for i := range names {
		for j := range i {
			if names[i] == names[j] {
				t.Errorf("names %d and %d are one", i, j)
			}
		}
	}
	again := openVault(t, table, path)
	if again.Tombstone(ref) != v.Tombstone(ref) || again.Suppressed(alias) != v.Suppressed(alias) {
		t.Error("another start makes other names")
	}
	other, _ := newVault(t)
	if other.Tombstone(ref) == v.Tombstone(ref) {
		t.Error("two installations share a name")
	}
}
