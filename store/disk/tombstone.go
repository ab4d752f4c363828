package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// A tombstone is the key of a removed row, and a key begins with the id of its
// partition. Pebble drops tombstones when a compaction writes the last level,
// but not always: a lone table that overlaps nothing below is moved there as it
// is. Pebble rewrites such a table some time later, or never if fewer than a
// tenth of its entries are tombstones. So Purge looks whether any is left.

const (
	rewrites = 6 // attempts; the second succeeds unless Pebble compacts the same tables meanwhile
	listings = 8 // attempts to look at tables before compactions replace them
)

// dropTombstones compacts the partitions until no table holds a tombstone of
// them. It reports how many tables the store has.
func (d *Disk) dropTombstones(ctx context.Context, db *pebble.DB, partitions []store.Partition) (tables int, err error) {
	for range rewrites {
		var spans []span
		if spans, tables, err = compactionSpans(db, partitions); err != nil {
			return 0, err
		}
		for _, s := range spans {
			if err := db.Compact(ctx, s.start, s.end, false); err != nil {
				return 0, err
			}
		}
		if partitions, err = d.withTombstones(ctx, db, partitions); err != nil {
			return 0, fmt.Errorf("look for tombstones: %w", err)
		}
		if len(partitions) == 0 {
			return tables, nil
		}
		if err := d.overlay(ctx, db, partitions); err != nil {
			return 0, err
		}
	}
	return 0, &tactful.Error{Kind: tactful.Unavailable, Detail: "keys of removed rows are still in the files", Remedy: "Repeat it."}
}

// overlay lays two tables over each partition, so that the next compaction has
// something to merge and cannot be a move. They hold tombstones of keys that no
// row has, and go the way of those they are laid over.
func (d *Disk) overlay(ctx context.Context, db *pebble.DB, partitions []store.Partition) error {
	for range 2 {
		batch := db.NewBatch()
		for _, p := range partitions {
			first := appendPrefix(nil, p)
			last := append(appendPrefix(nil, p), 0xFF)
			if err := errors.Join(batch.Delete(first, nil), batch.Delete(last, nil)); err != nil {
				return errors.Join(err, batch.Close())
			}
		}
		if err := db.Apply(batch, pebble.NoSync); err != nil {
			return err
		}
		if err := errors.Join(batch.Close(), d.flush(ctx, db)); err != nil {
			return err
		}
	}
	return nil
}

// withTombstones returns those of the partitions that have tombstones in a
// table. All are returned that could not be looked at.
func (d *Disk) withTombstones(ctx context.Context, db *pebble.DB, partitions []store.Partition) ([]store.Partition, error) {
	for range listings {
		found, err := d.lookForTombstones(ctx, db, partitions)
		if !errors.Is(err, fs.ErrNotExist) {
			return found, err
		}
	}
	return partitions, nil
}

func (d *Disk) lookForTombstones(ctx context.Context, db *pebble.DB, partitions []store.Partition) ([]store.Partition, error) {
	levels, err := db.SSTables()
	if err != nil {
		return nil, err
	}
	holding := make([]bool, len(partitions))
	for _, level := range levels {
		for _, table := range level {
			var within []int
			for i, p := range partitions {
				start := appendPrefix(nil, p)
				if bytes.Compare(table.Largest.UserKey, start) >= 0 &&
					bytes.Compare(table.Smallest.UserKey, appendAfter(nil, start)) < 0 && !holding[i] {
					within = append(within, i)
				}
			}
			if len(within) == 0 {
				continue
			}
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			path := d.fs.PathJoin(d.dir, table.BackingSSTNum.String()+".sst")
			if err := d.readTombstones(ctx, path, partitions, within, holding); err != nil {
				return nil, err
			}
		}
	}
	var found []store.Partition
	for i, p := range partitions {
		if holding[i] {
			found = append(found, p)
		}
	}
	return found, nil
}

// readTombstones notes which of the partitions within have tombstones in a
// table. It reads the file: Pebble's iterators do not show them.
func (d *Disk) readTombstones(ctx context.Context, path string, partitions []store.Partition, within []int, holding []bool) (err error) {
	file, err := d.fs.Open(path)
	if err != nil {
		return err
	}
	readable, err := sstable.NewSimpleReadable(file)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	opt := &pebble.Options{Comparer: comparer(), Merger: keepFirst()}
	opt.EnsureDefaults()
	r, err := sstable.NewReader(ctx, readable, opt.MakeReaderOptions())
	if err != nil {
		return errors.Join(err, readable.Close())
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for _, i := range within {
		start := appendPrefix(nil, partitions[i])
		if holding[i], err = holdsTombstone(ctx, r, start, appendAfter(nil, start)); err != nil {
			return err
		}
	}
	return nil
}

func holdsTombstone(ctx context.Context, r *sstable.Reader, start, end []byte) (bool, error) {
	if r.Attributes.Has(sstable.AttributeRangeDels) {
		ranges, err := r.NewRawRangeDelIter(ctx, sstable.NoFragmentTransforms, sstable.NoReadEnv)
		if err != nil {
			return false, err
		}
		span, err := ranges.SeekGE(start)
		holds := span != nil && bytes.Compare(span.Start, end) < 0
		ranges.Close()
		if holds || err != nil {
			return holds, err
		}
	}
	rows, err := r.NewIter(sstable.NoTransforms, start, end, sstable.AssertNoBlobHandles)
	if err != nil {
		return false, err
	}
	holds := false
	for row := rows.SeekGE(start, 0); row != nil && !holds; row = rows.Next() {
		holds = row.K.Kind() == pebble.InternalKeyKindDelete
	}
	return holds, errors.Join(rows.Error(), rows.Close())
}
