package disk

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t testing.TB, place string) store.Store {
		return open(t, place, Options{})
	})
}

// open opens a store and fails the test if it cannot.
func open(t testing.TB, dir string, opt Options) *Disk {
	t.Helper()
	d, err := Open(dir, opt)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return d
}

// inMemory opens a store that no other test shares and closes it at the end.
func inMemory(t testing.TB) *Disk {
	t.Helper()
	d := open(t, "store", Options{FS: vfs.NewMem()})
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return d
}
