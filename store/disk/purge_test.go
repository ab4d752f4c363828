package disk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tactful/tactful/store"
)

// planted is a partition whose id and rows are random, so that any eight bytes
// of them found in a file can come from nowhere else.
type planted struct {
	partition store.Partition
	needles   [][]byte
}

func plant(seed *rand.ChaCha8) (planted, store.Batch) {
	p := planted{partition: store.Partition{Section: store.Subjects}}
	seed.Read(p.partition.ID[:])
	state, log := make([]byte, 64), make([]byte, 64)
	seed.Read(state)
	seed.Read(log)
	p.needles = [][]byte{p.partition.ID[:], state, log}
	return p, store.Batch{
		Partition: p.partition,
		State:     []store.Row{{Key: []byte("state"), Value: state}},
		Log:       []store.Row{{Key: []byte("log"), Value: log}},
	}
}

// filesWith counts the files of a directory that show any eight bytes of any needle.
func filesWith(t testing.TB, dir string, needles [][]byte) map[string]int {
	t.Helper()
	found := make(map[string]int)
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // an obsolete file that Pebble was about to delete
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, needle := range needles {
			for i := 0; i+8 <= len(needle); i += 8 {
				if bytes.Contains(content, needle[i:i+8]) {
					found[filepath.Base(name)]++
				}
			}
		}
	}
	return found
}

func TestPurgedBytesAreInNoFile(t *testing.T) {
	for _, c := range []struct {
		name      string
		others    int  // partitions of 1 KB around the planted ones
		rows      int  // more of each planted partition
		sunk      bool // after the drop, Pebble moves the tables to the last level first
		flush     bool // before the drop
		reopened  bool // before the drop: logs and manifests of an earlier run
		rotations int  // purges of nothing before
		opt       Options
	}{
		{name: "rows that are only in the log", others: 10},
		// Fewer than a tenth of the entries are tombstones, so that Pebble would
		// leave them where a move has put them.
		{name: "few rows that are only in the log", others: 1000},
		{name: "few rows that only were in the log, whose tombstones are in the last level", others: 1000, sunk: true},
		{name: "many rows in a few partitions that are only in the log", others: 1000, rows: pointDrops + 1},
		{name: "rows in one table", others: 100, flush: true},
		{name: "rows in tables and in files of an earlier run", others: 100, flush: true, reopened: true},
		{name: "rows in the log of an earlier run", others: 10, reopened: true},
		{name: "many small tables, past the limit of rotating in place", others: 1500, flush: true, opt: Options{tableBytes: 32 << 10, memTableBytes: 128 << 10}},
		{name: "purges before", others: 100, flush: true, rotations: 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			d := open(t, dir, c.opt)
			seed := rand.NewChaCha8([32]byte{byte(c.others), 7})
			var all []planted
			var needles [][]byte
			for i := range c.others {
				_, b := plant(seed)
				b.Log[0].Value = bytes.Repeat([]byte{byte(i)}, 1024)
				mustWrite(t, d, b)
				if i%(c.others/5) == 0 {
					p, b := plant(seed)
					mustWrite(t, d, b)
					all = append(all, p)
					needles = append(needles, p.needles...)
				}
			}
			if c.flush {
				if err := d.db.Flush(); err != nil {
					t.Fatal(err)
				}
			}
			if c.reopened {
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
				d = open(t, dir, c.opt)
			}
			for range c.rotations {
				if err := d.Purge(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
			}
			if found := filesWith(t, dir, needles); len(found) == 0 {
				t.Fatal("the test does not see what it planted")
			} else {
				t.Logf("before: %v", found)
			}
			var partitions []store.Partition
			for _, p := range all {
				partitions = append(partitions, p.partition)
				if err := d.Drop(t.Context(), p.partition); err != nil {
					t.Fatal(err)
				}
			}
			if c.sunk {
				sink(t, d)
			}
			start := time.Now()
			if err := d.Purge(t.Context(), partitions); err != nil {
				t.Fatal(err)
			}
			t.Logf("purge of %d partitions among %d took %v", len(partitions), c.others, time.Since(start))
			if found := filesWith(t, dir, needles); len(found) > 0 {
				t.Errorf("after the purge there still is: %v", found)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			if found := filesWith(t, dir, needles); len(found) > 0 {
				t.Errorf("after closing there is again: %v", found)
			}
		})
	}
}

// sink writes the memory table and brings every table to the last level.
func sink(t *testing.T, d *Disk) {
	t.Helper()
	if err := d.db.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := d.db.Compact(t.Context(), []byte{0}, []byte{0xFF}, false); err != nil {
		t.Fatal(err)
	}
	levels, err := d.db.SSTables()
	if err != nil {
		t.Fatal(err)
	}
	for n, level := range levels[:lastLevel] {
		if len(level) > 0 {
			t.Fatalf("%d tables are in level %d", len(level), n)
		}
	}
}

// A table that is moved as it is keeps the keys of removed rows, and so the
// manifest names them. The look that Purge ends with must see that.
func TestTombstonesAreSeenWhereverTheyAre(t *testing.T) {
	d := open(t, t.TempDir(), Options{})
	seed := rand.NewChaCha8([32]byte{5})
	var dropped []store.Partition
	for i := range 40 {
		p, b := plant(seed)
		for n := range 2 * pointDrops * (i % 2) {
			b.Log = append(b.Log, store.Row{Key: binary.BigEndian.AppendUint16([]byte("more"), uint16(n)), Value: []byte("more")})
		}
		mustWrite(t, d, b)
		if i < 4 {
			dropped = append(dropped, p.partition)
		}
	}
	look := func() int {
		t.Helper()
		found, err := d.withTombstones(t.Context(), d.db, dropped)
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	sink(t, d)
	if n := look(); n != 0 {
		t.Fatalf("before anything was dropped %d partitions are seen to have tombstones", n)
	}
	for _, p := range dropped { // two by one range tombstone each
		if err := d.Drop(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.db.Flush(); err != nil {
		t.Fatal(err)
	}
	if n := look(); n != len(dropped) {
		t.Errorf("%d of %d partitions are seen to have tombstones", n, len(dropped))
	}
	if err := d.Purge(t.Context(), dropped); err != nil {
		t.Fatal(err)
	}
	if n := look(); n != 0 {
		t.Errorf("after the purge %d partitions have tombstones", n)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// An open iterator keeps the tables it began with; Purge must not take them for gone.
func TestATableThatAnIteratorHoldsIsNotTakenForGone(t *testing.T) {
	d := open(t, t.TempDir(), Options{})
	p, b := plant(rand.NewChaCha8([32]byte{6}))
	_, other := plant(rand.NewChaCha8([32]byte{7}))
	mustWrite(t, d, b, other)
	sink(t, d)
	held, err := d.db.NewIter(nil)
	if err != nil {
		t.Fatal(err)
	}
	held.First()
	if err := d.Drop(t.Context(), p.partition); err != nil {
		t.Fatal(err)
	}
	if _, err := d.rewrite(t.Context(), []store.Partition{p.partition}); err != nil {
		t.Fatal(err)
	}
	if clean, err := d.removeStale(); clean || err != nil {
		t.Errorf("with a table held it is %v, %v", clean, err)
	}
	if len(filesWith(t, d.dir, p.needles)) == 0 {
		t.Error("the iterator holds nothing: the test is blind")
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Purge(t.Context(), []store.Partition{p.partition}); err != nil {
		t.Fatal(err)
	}
	if found := filesWith(t, d.dir, p.needles); len(found) > 0 {
		t.Errorf("after the purge there still is: %v", found)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// A deleted row, an overwritten State row, a refused second Log row and a
// swept row are removed rows like any other.
func TestPurgeReachesSingleRowsToo(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir, Options{})
	seed := rand.NewChaCha8([32]byte{3})
	now := time.Unix(1_000_000, 0)
	p, b := plant(seed)
	needles := p.needles[1:] // the partition stays
	second := make([]byte, 64)
	seed.Read(second)
	expiring := make([]byte, 64)
	seed.Read(expiring)
	needles = append(needles, second, expiring)
	b.Log = append(b.Log, store.Row{Key: []byte("kept"), Value: []byte("kept")})
	mustWrite(t, d, b)
	mustWrite(t, d, store.Batch{Partition: p.partition, Expect: store.Blind, Log: []store.Row{
		{Key: []byte("kept"), Value: second}, {Key: []byte("old"), Value: expiring, Expires: now},
	}})
	if err := d.db.Flush(); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, d, store.Batch{
		Partition: p.partition, Expect: 1,
		State:  []store.Row{{Key: []byte("state"), Value: []byte("new")}},
		Delete: []store.FamilyKey{{Family: store.Log, Key: []byte("log")}},
	})
	if n, err := d.Sweep(t.Context(), now); n != 1 || err != nil {
		t.Fatalf("swept %d rows, %v", n, err)
	}
	if found := filesWith(t, dir, needles); len(found) == 0 {
		t.Fatal("the test does not see what it planted")
	}
	if err := d.Purge(t.Context(), []store.Partition{p.partition}); err != nil {
		t.Fatal(err)
	}
	if found := filesWith(t, dir, needles); len(found) > 0 {
		t.Errorf("after the purge there still is: %v", found)
	}
	a, err := d.Read(t.Context(), []store.Query{{Partition: p.partition, Family: store.Log}})
	if err != nil || len(a[0].Rows) != 1 || string(a[0].Rows[0].Value) != "kept" {
		t.Errorf("the log holds %v, %v", a, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// Readers, writers and scans run on while purges reopen Pebble under them.
func TestPurgeBesideTraffic(t *testing.T) {
	d := open(t, t.TempDir(), Options{tableBytes: 16 << 10, memTableBytes: 128 << 10})
	var stop atomic.Bool
	var group sync.WaitGroup
	id := func(worker, n int) store.Partition {
		p := store.Partition{Section: store.Subjects}
		binary.BigEndian.PutUint64(p.ID[:], uint64(worker*1_000_000+n)*0x9E3779B97F4A7C15)
		return p
	}
	var written [3]int
	for worker := range written {
		group.Go(func() {
			for n := 0; !stop.Load(); n++ {
				_, err := d.Write(t.Context(), []store.Batch{{Partition: id(worker, n),
					State: []store.Row{{Key: []byte("s"), Value: fmt.Append(nil, n)}},
					Log:   []store.Row{{Key: []byte("l"), Value: make([]byte, 2000)}}}})
				if err != nil {
					t.Error(err)
					return
				}
				written[worker] = n + 1
				a, err := d.Read(t.Context(), []store.Query{{Partition: id(worker, n/2), Family: store.State}})
				if err != nil || a[0].Version != 1 || string(a[0].Rows[0].Value) != fmt.Sprint(n/2) {
					t.Errorf("read %v, %v", a, err)
					return
				}
			}
		})
	}
	group.Go(func() {
		for !stop.Load() {
			_, err := d.Scan(t.Context(), store.Range{Section: store.Subjects, Family: store.State}, store.Cursor{},
				func(store.Partition, []store.Row) error { return nil })
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	seed := rand.NewChaCha8([32]byte{9})
	for range 5 {
		p, b := plant(seed)
		mustWrite(t, d, b)
		if err := d.Drop(t.Context(), p.partition); err != nil {
			t.Fatal(err)
		}
		if err := d.Purge(t.Context(), []store.Partition{p.partition}); err != nil {
			t.Fatal(err)
		}
		if found := filesWithin(t, d, p.needles); len(found) > 0 {
			t.Errorf("beside traffic, after the purge there still is: %v", found)
		}
	}
	stop.Store(true)
	group.Wait()
	for worker, n := range written {
		for i := range n {
			a, err := d.Read(t.Context(), []store.Query{{Partition: id(worker, i), Family: store.State}})
			if err != nil || a[0].Version != 1 {
				t.Fatalf("row %d of worker %d: %v, %v", i, worker, a, err)
			}
		}
	}
	t.Logf("rows written beside the purges: %v", written)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// filesWithin looks while nobody else uses the store.
func filesWithin(t testing.TB, d *Disk, needles [][]byte) map[string]int {
	t.Helper()
	d.gate.Lock()
	defer d.gate.Unlock()
	return filesWith(t, d.dir, needles)
}

func mustWrite(t testing.TB, d *Disk, batches ...store.Batch) {
	t.Helper()
	results, err := d.Write(t.Context(), batches)
	if err != nil {
		t.Fatalf("write: %v", err)
	}
	for i, r := range results {
		if r.Err != nil {
			t.Fatalf("batch %d: %v", i, r.Err)
		}
	}
}
