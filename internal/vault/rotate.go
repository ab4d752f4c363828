package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

const (
	rotateChunk  = 512 // keys wrapped anew with one write
	maxFruitless = 8   // passes that find stale rows and can change none
)

// Rotate gives the ring a new key, wraps every key of the table with it and
// then destroys the old one: from then on no old copy of the table can be
// opened. Cut short at any moment, the ring still holds both keys, and the next
// Rotate or Open finishes. progress hears how many keys are done.
//
// A ring from the environment is not ours to change: Rotate wraps everything
// with its primary key, and refuses where it holds one key only.
func (v *Vault) Rotate(ctx context.Context, progress func(done, total int)) error {
	v.rotation.Lock()
	defer v.rotation.Unlock()
	if !v.ring.Rotating() {
		if !v.ring.Kept() {
			return &tactful.Error{
				Kind: tactful.Refused, Detail: "the key ring comes from the environment and cannot be changed from here",
				Remedy: "add a second key to it, make that primary, and start again",
			}
		}
		if err := v.growRing(); err != nil {
			return fmt.Errorf("rotate keys: %w", err)
		}
	}
	for fruitless := 0; ; {
		stale, err := v.stale(ctx)
		if err != nil {
			return fmt.Errorf("rotate keys: %w", err)
		}
		if len(stale) == 0 {
			break
		}
		written := 0
		for done := 0; done < len(stale); {
			end := min(done+rotateChunk, len(stale))
			n, err := v.rewrap(ctx, stale[done:end])
			if err != nil {
				return fmt.Errorf("rotate keys: %w", err)
			}
			written, done = written+n, end
			progress(done, len(stale))
		}
		// Keys that are shredded or rewritten by others meanwhile leave a pass
		// without fruit; a row that stays so is none of ours.
		if written > 0 {
			fruitless = 0
		} else if fruitless++; fruitless >= maxFruitless {
			return tactful.Errorf(tactful.Internal, "the key table holds rows that cannot be wrapped anew")
		}
	}
	if !v.ring.Kept() {
		return nil
	}
	v.wrapping.Lock()
	defer v.wrapping.Unlock()
	if err := v.ring.retire(); err != nil {
		return fmt.Errorf("rotate keys: %w", err)
	}
	return nil
}

// growRing waits until everything wrapped with the old key is stored, where
// the search for stale rows will see it.
func (v *Vault) growRing() error {
	v.wrapping.Lock()
	defer v.wrapping.Unlock()
	return v.ring.grow()
}

// stale lists the partitions whose key is not wrapped by the ring's newest key.
func (v *Vault) stale(ctx context.Context) ([]tactful.Ref, error) {
	var refs []tactful.Ref
	cursor := store.Cursor{}
	for !cursor.Done {
		var err error
		cursor, err = v.table.Scan(ctx, store.Range{Section: store.Keys, Family: store.State, Now: time.Unix(0, 0)}, cursor,
			func(p store.Partition, rows []store.Row) error {
				for _, row := range rows {
					if !v.ring.current(row.Value) {
						refs = append(refs, p.ID)
						break
					}
				}
				return nil
			})
		if err != nil {
			return nil, fmt.Errorf("scan key table: %w", err)
		}
	}
	return refs, nil
}

// rewrap replaces the wrapped form of some keys. A key that was shredded in
// between stays gone: the write expects the version that was read.
func (v *Vault) rewrap(ctx context.Context, refs []tactful.Ref) (written int, err error) {
	queries := make([]store.Query, len(refs))
	for i, ref := range refs { // whatever the row is called: a retired key is wrapped anew too
		queries[i] = store.Query{Partition: keyPartition(ref), Family: store.State, Limit: 1, Now: time.Unix(0, 0)}
	}
	answers, err := v.table.Read(ctx, queries)
	if err != nil {
		return 0, fmt.Errorf("read key table: %w", err)
	}
	var batches []store.Batch
	for i, answer := range answers {
		if len(answer.Rows) == 0 {
			continue
		}
		_, aad := rowName(refs[i])
		key, err := v.ring.Unwrap(answer.Rows[0].Value, aad)
		if err != nil {
			return 0, tactful.Errorf(tactful.Internal, "the key ring does not open a row of the key table")
		}
		wrapped, err := v.ring.Wrap(key, aad)
		clear(key)
		if err != nil {
			return 0, fmt.Errorf("wrap key: %w", err)
		}
		batches = append(batches, store.Batch{
			Partition: keyPartition(refs[i]), Expect: answer.Version,
			State: []store.Row{{Family: store.State, Key: answer.Rows[0].Key, Value: wrapped}},
		})
	}
	results, err := v.table.Write(ctx, batches)
	if err != nil {
		return 0, fmt.Errorf("store keys: %w", err)
	}
	for _, result := range results {
		// A conflict means shredded or written by another: the next search decides.
		if result.Err != nil && !errors.Is(result.Err, store.ErrConflict) {
			return written, &tactful.Error{Kind: tactful.Unavailable, Detail: "the keys could not be stored", Err: result.Err}
		}
		if result.Err == nil {
			written++
		}
	}
	return written, nil
}
