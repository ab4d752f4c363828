package disk

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

func TestACheckpointIsAStoreOfThatMoment(t *testing.T) {
	dir := t.TempDir()
	d := open(t, filepath.Join(dir, "data"), Options{})
	mustWrite(t, d, batchOf(1), batchOf(2))
	copyDir := filepath.Join(dir, "backup")
	if err := d.Checkpoint(t.Context(), copyDir); err != nil {
		t.Fatal(err)
	}
	if err := d.Checkpoint(t.Context(), copyDir); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("a checkpoint over another gave %v", err)
	}
	mustWrite(t, d, batchOf(3))
	if err := d.Drop(t.Context(), numbered(1)); err != nil {
		t.Fatal(err)
	}
	if err := d.Purge(t.Context(), []store.Partition{numbered(1)}); err != nil {
		t.Fatal(err)
	}
	b := open(t, copyDir, Options{})
	for n, want := range map[int]store.Version{1: 1, 2: 1, 3: store.Absent} {
		a, err := b.Read(t.Context(), []store.Query{{Partition: numbered(n), Family: store.State}})
		if err != nil || a[0].Version != want {
			t.Errorf("partition %d is at version %d in the copy, want %d; %v", n, a[0].Version, want, err)
		}
	}
	for _, s := range []*Disk{d, b} {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestFiguresFollowTheStore(t *testing.T) {
	d := inMemory(t)
	for n := range 500 {
		mustWrite(t, d, batchOf(n))
	}
	if err := d.db.Flush(); err != nil {
		t.Fatal(err)
	}
	m, err := d.Metrics(t.Context())
	if err != nil || m.Tables == 0 || m.Flushes == 0 || m.DiskBytes < 500*300 {
		t.Errorf("metrics are %+v, %v", m, err)
	}
	subjects, err := d.EstimateSize(t.Context(), store.Subjects)
	if err != nil || subjects < 500*300 {
		t.Errorf("subjects take %d bytes, %v", subjects, err)
	}
	if aliases, err := d.EstimateSize(t.Context(), store.Aliases); err != nil || aliases > subjects/10 {
		t.Errorf("no aliases take %d bytes, %v", aliases, err)
	}
}

// TestADiskOfCopiesThatFailsStopsNoStoreAndMakesNoCopy fails every write of a
// checkpoint, one after another: the store goes on, and nothing is taken for a copy.
func TestADiskOfCopiesThatFailsStopsNoStoreAndMakesNoCopy(t *testing.T) {
	tried := 0
	for at := 0; ; at++ {
		seen, hit := 0, false
		mem := vfs.NewMem()
		fs := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
			if op.Kind.ReadOrWrite() != errorfs.OpIsWrite || op.Kind == errorfs.OpFileClose || !strings.HasPrefix(op.Path, "/copies/") {
				return nil
			}
			if seen++; seen != at+1 {
				return nil
			}
			hit = true
			return syscall.ENOSPC
		}))
		d := open(t, "/data", Options{FS: fs})
		mustWrite(t, d, batchOf(1), batchOf(2))
		err := d.Checkpoint(t.Context(), "/copies/monday")
		if err == nil && hit {
			t.Errorf("write %d of the copy failed, and it is called one", at)
		}
		if d.Err() != nil {
			t.Fatalf("write %d of the copy stopped the store: %v", at, d.Err())
		}
		mustWrite(t, d, batchOf(3))
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		again := open(t, "/data", Options{FS: mem})
		for n := 1; n <= 3; n++ {
			if a, err := again.Read(t.Context(), []store.Query{{Partition: numbered(n), Family: store.State}}); err != nil || a[0].Version != 1 {
				t.Errorf("write %d of the copy failed, and partition %d is at version %d, %v", at, n, a[0].Version, err)
			}
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
		if !hit {
			break
		}
		tried++
	}
	if t.Logf("%d writes of a copy failed, one at a time", tried); tried < 10 {
		t.Error("too few to prove anything")
	}
}
