package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"github.com/tactful/tactful/store"
)

// Removed rows live on in four places: the log, the tables, tables and logs
// that are obsolete but not deleted yet, and the manifest, which names the
// first and last key of each table. Their keys also live on as tombstones.
// Purge clears all of it, or returns an error and must be repeated.

const (
	nudges     = 3  // attempts to rotate the manifest in place
	nudgeLimit = 24 // tables; above, rotation in place would need too many
)

// Purge implements store.Purger. It rewrites the tables that hold the
// partitions (one table is at most tableBytes), so it costs the same in a big
// store; where the manifest is long it is renewed by opening Pebble again,
// for which other calls wait a moment.
func (d *Disk) Purge(ctx context.Context, partitions []store.Partition) error {
	for _, p := range partitions {
		if !validSection(p.Section) {
			return fmt.Errorf("purge: %w", store.ErrMisuse)
		}
	}
	d.purging.Lock()
	defer d.purging.Unlock()
	renewed, err := d.rewrite(ctx, partitions)
	if failure := d.Err(); failure != nil {
		err = failure
	}
	if err != nil {
		return fmt.Errorf("purge: %w", err)
	}
	// From here on nobody reads: an iterator keeps the tables it began with.
	d.gate.Lock()
	defer d.gate.Unlock()
	if d.closed {
		return store.ErrClosed
	}
	if renewed {
		clean, err := d.removeStale()
		if failure := d.Err(); failure != nil {
			err = failure
		}
		if err != nil {
			return fmt.Errorf("purge: %w", err)
		}
		if clean {
			return d.Err()
		}
	}
	err = d.reopen()
	if failure := d.Err(); failure != nil {
		err = failure
	}
	if err != nil {
		return fmt.Errorf("purge: %w", err)
	}
	return nil
}

// rewrite moves everything out of the log, compacts the partitions until no
// table holds what was removed from them and only then tries to rotate the
// manifest; renewed reports whether it did.
func (d *Disk) rewrite(ctx context.Context, partitions []store.Partition) (renewed bool, err error) {
	db, err := d.enter(ctx)
	if err != nil {
		return false, err
	}
	defer d.leave()
	ctx, cancel := d.untilFailure(ctx)
	defer cancel()
	if err := d.flush(ctx, db); err != nil {
		return false, err
	}
	tables, err := d.dropTombstones(ctx, db, partitions)
	if err != nil {
		return false, err
	}
	if tables > nudgeLimit {
		return false, nil
	}
	before := d.rotations.Load()
	own := store.Partition{Section: ownSection}
	key := appendKey(nil, own, store.State, []byte("nudge"))
	for range nudges {
		if err := db.Set(key, nil, pebble.NoSync); err != nil {
			return false, err
		}
		if err := d.flush(ctx, db); err != nil {
			return false, err
		}
		if err := db.Compact(ctx, key, append(key, 0), false); err != nil {
			return false, err
		}
		// The manifest in which a rotation begins describes the tables as they
		// were before the edit that caused it, so none before these counts.
		if d.rotations.Load() != before {
			return true, nil
		}
	}
	return false, nil
}

// untilFailure is a context that ends with the store too: once Pebble works
// against a stopped file system, its compactions fail and start again for ever.
func (d *Disk) untilFailure(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		select {
		case <-d.failed:
			cancel(d.Err())
		case <-done:
		}
	}()
	return ctx, func() { close(done); cancel(nil) }
}

func (d *Disk) flush(ctx context.Context, db *pebble.DB) error {
	flushed, err := db.AsyncFlush()
	if err != nil {
		return err
	}
	select {
	case <-flushed:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

type span struct{ start, end []byte }

// compactionSpans joins partitions that share a table of the last level, so
// that no table is rewritten twice. It also counts the tables of the store.
func compactionSpans(db *pebble.DB, partitions []store.Partition) ([]span, int, error) {
	levels, err := db.SSTables()
	if err != nil {
		return nil, 0, err
	}
	tables := 0
	for _, level := range levels {
		tables += len(level)
	}
	spans := make([]span, len(partitions))
	for i, p := range partitions {
		start := appendPrefix(nil, p)
		spans[i] = span{start: start, end: appendAfter(nil, start)}
	}
	slices.SortFunc(spans, func(a, b span) int { return bytes.Compare(a.start, b.start) })
	last := levels[len(levels)-1]
	slices.SortFunc(last, func(a, b pebble.SSTableInfo) int {
		return bytes.Compare(a.Smallest.UserKey, b.Smallest.UserKey)
	})
	home := func(s span) int {
		n, found := slices.BinarySearchFunc(last, s.start, func(t pebble.SSTableInfo, key []byte) int {
			return bytes.Compare(t.Smallest.UserKey, key)
		})
		if !found {
			n--
		}
		return n
	}
	joined := spans[:0]
	for _, s := range spans {
		if n := len(joined); n > 0 && home(joined[n-1]) == home(s) {
			joined[n-1].end = s.end
			continue
		}
		joined = append(joined, s)
	}
	return joined, tables, nil
}

// removeStale waits for Pebble's deletions and deletes older manifests, of
// which Pebble always keeps one. It reports whether nothing obsolete is left.
func (d *Disk) removeStale() (clean bool, err error) {
	d.db.TestOnlyWaitForCleaning() // the one exported way to wait for deletions
	if err := d.removeManifests(); err != nil {
		return false, err
	}
	levels, err := d.db.SSTables()
	if err != nil {
		return false, err
	}
	live := make(map[string]bool)
	for _, level := range levels {
		for _, table := range level {
			live[table.BackingSSTNum.String()+".sst"] = true
		}
	}
	names, err := d.fs.List(d.dir)
	if err != nil {
		return false, err
	}
	logs := 0
	for _, name := range names {
		switch {
		case strings.HasSuffix(name, ".sst") && !live[name]:
			return false, nil
		case strings.HasSuffix(name, ".log"):
			logs++
		}
	}
	// A log for each memory table; more are obsolete ones.
	return int64(logs) <= d.db.Metrics().MemTable.Count, nil
}

// removeManifests deletes the manifests before the current one.
func (d *Disk) removeManifests() error {
	current := d.manifest.Load()
	if current == nil {
		return nil
	}
	names, err := d.fs.List(d.dir)
	if err != nil {
		return err
	}
	removed := false
	for _, name := range names {
		if !strings.HasPrefix(name, "MANIFEST-") || !olderManifest(name, *current) {
			continue
		}
		if err := d.fs.Remove(d.fs.PathJoin(d.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		removed = true
	}
	if !removed {
		return nil
	}
	return syncDir(d.fs, d.dir)
}

// olderManifest compares MANIFEST-000123 names, whose numbers outgrow the zeros.
func olderManifest(name, current string) bool {
	if len(name) != len(current) {
		return len(name) < len(current)
	}
	return name < current
}

// reopen closes Pebble, which deletes what is obsolete, and opens it again,
// which begins a manifest. The gate is held for writing.
func (d *Disk) reopen() error {
	if err := d.Err(); err != nil {
		return err
	}
	err := d.db.Close()
	d.db = nil
	if err != nil {
		d.fail(err)
		return err
	}
	db, err := d.openPebble()
	if err != nil {
		d.fail(err)
		return err
	}
	d.db = db
	d.db.TestOnlyWaitForCleaning()
	return d.removeManifests()
}
