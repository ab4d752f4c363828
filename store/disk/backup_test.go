package disk

import (
	"path/filepath"
	"testing"

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
