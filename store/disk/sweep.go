package disk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/tactful/tactful/store"
)

const (
	sweepRows  = 1000  // rows removed in one commit
	sweepLooks = 50000 // rows looked at before others may go first
)

// Going is a row that a sweep is about to remove.
type Going struct {
	Partition store.Partition
	Family    store.Family
	Key       []byte
}

// Sweep removes the rows that have expired by now and returns how many. It
// works in small steps and may run beside everything else; a cancelled Sweep
// has removed what it counted. It reads the whole store: Pebble's block
// properties, which could tell where nothing has expired, are not shown the
// values of SETs. A partition's version stays.
func (d *Disk) Sweep(ctx context.Context, now time.Time) (removed int, err error) {
	return d.SweepTelling(ctx, now, func([]Going) error { return nil })
}

// SweepTelling is Sweep that tells of the rows before it removes them, so that
// what was made from them can be noted durably first. An error ends the sweep
// with the rows still there. A row that is written anew meanwhile stays,
// although it was told of.
func (d *Disk) SweepTelling(ctx context.Context, now time.Time, tell func([]Going) error) (removed int, err error) {
	lower := []byte{1}
	for lower != nil {
		var keys [][]byte
		keys, lower, err = d.findExpired(ctx, lower, now)
		if err != nil {
			return removed, fmt.Errorf("sweep: %w", err)
		}
		if len(keys) > 0 {
			going := make([]Going, len(keys))
			for i, key := range keys {
				p, f, row, _ := splitKey(key)
				going[i] = Going{Partition: p, Family: f, Key: row}
			}
			if err := tell(going); err != nil {
				return removed, fmt.Errorf("sweep: %w", err)
			}
		}
		n, err := d.removeExpired(ctx, keys, now)
		removed += n
		if err != nil {
			return removed, fmt.Errorf("sweep: %w", err)
		}
	}
	return removed, nil
}

// findExpired looks from lower for expired rows; next is nil at the end.
func (d *Disk) findExpired(ctx context.Context, lower []byte, now time.Time) (keys [][]byte, next []byte, err error) {
	db, err := d.enter(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer d.leave()
	iter, err := db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: []byte{byte(ownSection)}})
	if err != nil {
		return nil, nil, err
	}
	looks := 0
	for valid := iter.First(); valid; valid = iter.Next() {
		key := iter.Key()
		if looks++; looks > sweepLooks || len(keys) >= sweepRows {
			next = append([]byte(nil), key...)
			break
		}
		_, f, _, ok := splitKey(key)
		if !ok || !validFamily(f) {
			continue
		}
		stored, err := iter.ValueAndErr()
		if err != nil {
			return nil, nil, errors.Join(err, iter.Close())
		}
		expires, _, err := splitValue(stored)
		if err != nil {
			return nil, nil, errors.Join(err, iter.Close())
		}
		if expired(expires, now) {
			keys = append(keys, append([]byte(nil), key...))
		}
	}
	return keys, next, errors.Join(iter.Error(), iter.Close())
}

// removeExpired looks at each key again under the lock of its partition: a
// State row may have been written anew since.
func (d *Disk) removeExpired(ctx context.Context, keys [][]byte, now time.Time) (int, error) {
	if len(keys) == 0 {
		return 0, nil
	}
	db, err := d.enter(ctx)
	if err != nil {
		return 0, err
	}
	defer d.leave()
	var set shardSet
	for _, key := range keys {
		p, _, _, _ := splitKey(key)
		set.add(p)
	}
	batch := db.NewBatch()
	d.locks.lock(&set)
	n, err := fillExpired(db, batch, keys, now)
	if err == nil && n > 0 {
		err = db.ApplyNoSyncWait(batch, pebble.Sync)
	}
	d.locks.unlock(&set)
	if err != nil {
		return 0, err
	}
	if n > 0 {
		if err := batch.SyncWait(); err != nil {
			d.fail(err)
		}
	}
	if err := d.Err(); err != nil {
		return 0, err
	}
	return n, batch.Close()
}

func fillExpired(db *pebble.DB, batch *pebble.Batch, keys [][]byte, now time.Time) (n int, err error) {
	for _, key := range keys {
		stored, closer, err := db.Get(key)
		if errors.Is(err, pebble.ErrNotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		expires, _, err := splitValue(stored)
		if err = errors.Join(err, closer.Close()); err != nil {
			return 0, err
		}
		if !expired(expires, now) {
			continue
		}
		if err := batch.Delete(key, nil); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}
