package disk

import (
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/tactful/tactful/store"
)

// pointDrops is up to how many rows are deleted one by one. Range tombstones
// make every later read of the memory table dearer, so that thousands of them
// from one round of erasures would be felt; a big partition takes one.
const pointDrops = 128

// Drop implements store.Store. It writes even if nothing is there, so that it
// returns only when an earlier Drop that others saw is on the medium too.
func (d *Disk) Drop(ctx context.Context, p store.Partition) error {
	if !validSection(p.Section) {
		return fmt.Errorf("drop: %w", store.ErrMisuse)
	}
	db, err := d.enter(ctx)
	if err != nil {
		return err
	}
	defer d.leave()
	batch := db.NewBatch()
	var set shardSet
	set.add(p)
	d.locks.lock(&set)
	err = fillDrop(db, batch, p)
	if err == nil {
		err = db.ApplyNoSyncWait(batch, pebble.Sync)
	}
	d.locks.unlock(&set)
	if err != nil {
		return fmt.Errorf("drop a partition: %w", err)
	}
	if err := batch.SyncWait(); err != nil {
		d.fail(err)
		return fmt.Errorf("drop a partition: %w", errors.Join(store.ErrUnknown, err))
	}
	if err := d.Err(); err != nil {
		return fmt.Errorf("drop a partition: %w", errors.Join(store.ErrUnknown, err))
	}
	return batch.Close()
}

func fillDrop(db *pebble.DB, batch *pebble.Batch, p store.Partition) error {
	start := appendPrefix(nil, p)
	end := appendAfter(nil, start)
	iter, err := db.NewIter(&pebble.IterOptions{LowerBound: start, UpperBound: end})
	if err != nil {
		return err
	}
	if err := batch.Delete(versionKey(nil, p), nil); err != nil {
		return errors.Join(err, iter.Close())
	}
	n := 0
	for valid := iter.SeekPrefixGE(start); valid && n <= pointDrops; valid = iter.Next() {
		if err := batch.Delete(iter.Key(), nil); err != nil {
			return errors.Join(err, iter.Close())
		}
		n++
	}
	if err := errors.Join(iter.Error(), iter.Close()); err != nil {
		return err
	}
	if n > pointDrops {
		batch.Reset()
		return batch.DeleteRange(start, end, nil)
	}
	return nil
}
