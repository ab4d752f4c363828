package disk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestACheckFindsOneFlippedBitInATable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	d := open(t, dir, Options{})
	for n := range 300 {
		mustWrite(t, d, batchOf(n))
	}
	if err := d.db.Flush(); err != nil {
		t.Fatal(err)
	}
	c, err := d.Check(t.Context(), nil)
	if err != nil || c.Tables == 0 || c.Bytes == 0 || len(c.Damaged) != 0 {
		t.Fatalf("whole: %+v, %v", c, err)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal(err)
	}
	content, err := os.ReadFile(tables[0])
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/3] ^= 1
	if err := os.WriteFile(tables[0], content, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err = d.Check(t.Context(), nil)
	if err != nil || len(c.Damaged) != 1 || !strings.HasSuffix(tables[0], c.Damaged[0]) {
		t.Errorf("one bit flipped: %+v, %v", c, err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// TestACheckPassesOverAFileThatAKillLeftHalfWritten keeps a verification from
// calling a flush that was cut short, or that goes on beside it, a loss.
func TestACheckPassesOverAFileThatAKillLeftHalfWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	d := open(t, dir, Options{})
	for n := range 300 {
		mustWrite(t, d, batchOf(n))
	}
	if err := d.db.Flush(); err != nil {
		t.Fatal(err)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal(err)
	}
	content, err := os.ReadFile(tables[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "999999.sst"), content[:len(content)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := d.Check(t.Context(), nil)
	if err != nil || c.Tables != len(tables) || len(c.Damaged) != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if err := os.Remove(tables[0]); err != nil { // one that is missing is another matter
		t.Fatal(err)
	}
	c, err = d.Check(t.Context(), nil)
	if err != nil || len(c.Damaged) != 1 {
		t.Errorf("without a table: %+v, %v", c, err)
	}
	_ = d.Close() // Pebble notices too
}
