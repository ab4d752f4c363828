package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/tactful/tactful/store"
)

// commitBytes is where a long call starts its next commit. Below it, all
// batches of a call share one.
const commitBytes = 2 << 20

// Write implements store.Store. Blind batches take no lock and read nothing.
func (d *Disk) Write(ctx context.Context, batches []store.Batch) ([]store.Result, error) {
	results := make([]store.Result, len(batches))
	var set shardSet
	for i := range batches {
		b := &batches[i]
		results[i].Err = check(b)
		if results[i].Err == nil && b.Expect != store.Blind {
			set.add(b.Partition)
		}
	}
	db, err := d.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer d.leave()

	w := writer{db: db, results: results}
	d.locks.lock(&set)
	err = w.addAll(batches)
	// The order of commits, and so of versions, is now fixed in the log. The
	// wait for the medium needs no lock.
	d.locks.unlock(&set)
	if err = errors.Join(err, w.wait()); err != nil {
		d.fail(err)
	}
	// Whatever failed, here or in somebody else's call, leaves the fate of the
	// log open for this call too.
	if d.hasFailed() {
		for i := range results {
			if results[i].Err == nil {
				results[i] = store.Result{Err: store.ErrUnknown}
			}
		}
		return results, fmt.Errorf("write: %w", errors.Join(store.ErrUnknown, d.Err()))
	}
	return results, nil
}

// writer turns the batches of one call into as few commits as possible.
type writer struct {
	db      *pebble.DB
	results []store.Result
	open    *pebble.Batch   // being filled
	pending []*pebble.Batch // visible, not yet durable
	ahead   map[store.Partition]store.Version
	key     [maxStoredKey]byte
}

func (w *writer) addAll(batches []store.Batch) error {
	for i := range batches {
		if w.results[i].Err != nil {
			continue
		}
		if err := w.add(&batches[i], &w.results[i]); err != nil {
			return err
		}
		if w.open != nil && w.open.Len() >= commitBytes {
			if err := w.commit(); err != nil {
				return err
			}
		}
	}
	return w.commit()
}

func (w *writer) add(b *store.Batch, result *store.Result) error {
	next := store.Absent
	if b.Expect != store.Blind {
		current, err := w.version(b.Partition)
		if err != nil {
			return err
		}
		if current != b.Expect {
			result.Err = store.ErrConflict
			return nil
		}
		next = current + 1
	}
	if w.open == nil {
		w.open = w.db.NewBatch()
	}
	err := w.fill(b)
	if err == nil && b.Expect != store.Blind {
		var buf [10]byte
		err = w.open.Set(versionKey(w.key[:0], b.Partition), appendVersion(buf[:0], next), nil)
		w.remember(b.Partition, next)
		result.Version = next
	}
	if err != nil {
		return fmt.Errorf("fill a batch: %w", err)
	}
	return nil
}

func (w *writer) fill(b *store.Batch) error {
	for i := range b.Log {
		row := &b.Log[i]
		key := appendKey(w.key[:0], b.Partition, store.Log, row.Key)
		op := w.open.MergeDeferred(len(key), storedLen(row))
		copy(op.Key, key)
		appendValue(op.Value[:0], row)
		if err := op.Finish(); err != nil {
			return err
		}
	}
	for i := range b.State {
		row := &b.State[i]
		key := appendKey(w.key[:0], b.Partition, store.State, row.Key)
		op := w.open.SetDeferred(len(key), storedLen(row))
		copy(op.Key, key)
		appendValue(op.Value[:0], row)
		if err := op.Finish(); err != nil {
			return err
		}
	}
	for _, name := range b.Delete {
		if err := w.open.Delete(appendKey(w.key[:0], b.Partition, name.Family, name.Key), nil); err != nil {
			return err
		}
	}
	return nil
}

// version is the partition's version, with what earlier batches of this call
// made of it.
func (w *writer) version(p store.Partition) (store.Version, error) {
	if v, ok := w.ahead[p]; ok {
		return v, nil
	}
	return readVersion(w.db, p, w.key[:0])
}

func (w *writer) remember(p store.Partition, v store.Version) {
	if len(w.results) == 1 {
		return
	}
	if w.ahead == nil {
		w.ahead = make(map[store.Partition]store.Version)
	}
	w.ahead[p] = v
}

// commit makes the open batch visible and puts it into the log's queue.
func (w *writer) commit() error {
	if w.open == nil || w.open.Empty() {
		return nil
	}
	b := w.open
	w.open = nil
	if err := w.db.ApplyNoSyncWait(b, pebble.Sync); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	w.pending = append(w.pending, b)
	return nil
}

// wait returns when all commits are on the medium.
func (w *writer) wait() error {
	var errs error
	for _, b := range w.pending {
		if err := b.SyncWait(); err != nil {
			errs = errors.Join(errs, err)
			continue
		}
		errs = errors.Join(errs, b.Close())
	}
	return errs
}

func readVersion(db *pebble.DB, p store.Partition, buf []byte) (store.Version, error) {
	stored, closer, err := db.Get(versionKey(buf, p))
	if errors.Is(err, pebble.ErrNotFound) {
		return store.Absent, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read a version: %w", err)
	}
	v, err := parseVersion(stored)
	return v, errors.Join(err, closer.Close())
}

// check refuses batches that break the contract before anything is done.
func check(b *store.Batch) error {
	if !validSection(b.Partition.Section) {
		return store.ErrMisuse
	}
	if b.Expect == store.Blind && (len(b.State) > 0 || len(b.Delete) > 0) {
		return store.ErrMisuse
	}
	for i := range b.Log {
		if err := checkRow(&b.Log[i], store.Log); err != nil {
			return err
		}
	}
	for i := range b.State {
		if err := checkRow(&b.State[i], store.State); err != nil {
			return err
		}
	}
	for _, name := range b.Delete {
		if !validFamily(name.Family) {
			return store.ErrMisuse
		}
		if err := checkKey(name.Key); err != nil {
			return err
		}
	}
	if contradicts(b) {
		return store.ErrMisuse
	}
	return nil
}

// contradicts reports a State key that is written twice or a key that is both
// written and deleted: the outcome would depend on the driver.
func contradicts(b *store.Batch) bool {
	if len(b.State) > 8 || len(b.Delete) > 8 {
		return contradictsMany(b)
	}
	for i := range b.State {
		for j := range i {
			if bytes.Equal(b.State[i].Key, b.State[j].Key) {
				return true
			}
		}
	}
	for _, name := range b.Delete {
		rows := b.State
		if name.Family == store.Log {
			rows = b.Log
		}
		for i := range rows {
			if bytes.Equal(rows[i].Key, name.Key) {
				return true
			}
		}
	}
	return false
}

func contradictsMany(b *store.Batch) bool {
	state := make(map[string]struct{}, len(b.State))
	for i := range b.State {
		state[string(b.State[i].Key)] = struct{}{}
	}
	if len(state) < len(b.State) {
		return true
	}
	log := make(map[string]struct{}, len(b.Log))
	for i := range b.Log {
		log[string(b.Log[i].Key)] = struct{}{}
	}
	for _, name := range b.Delete {
		rows := state
		if name.Family == store.Log {
			rows = log
		}
		if _, ok := rows[string(name.Key)]; ok {
			return true
		}
	}
	return false
}

func checkRow(row *store.Row, f store.Family) error {
	if row.Family != 0 && row.Family != f {
		return store.ErrMisuse
	}
	if len(row.Value) > store.MaxValueBytes {
		return store.ErrTooLarge
	}
	return checkKey(row.Key)
}

func checkKey(key []byte) error {
	if len(key) == 0 {
		return store.ErrMisuse
	}
	if len(key) > store.MaxKeyBytes {
		return store.ErrTooLarge
	}
	return nil
}

func validFamily(f store.Family) bool { return f == store.State || f == store.Log }

func validSection(s store.Section) bool { return s != 0 && s != ownSection }
