package forgotten

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Note writes down a change that recipients are to be told of, as Untold then
// returns it. Writing it twice changes nothing.
func (j *Journal) Note(ctx context.Context, e *Erasure, keep time.Time) error {
	return retry("note whom to tell of a change", func() error {
		if err := j.put(ctx, e, keep); err != nil {
			return err
		}
		l, err := j.read(ctx)
		if err != nil || slices.Contains(l.waiting, e.ID) {
			return err
		}
		return j.write(ctx, store.Batch{Partition: journal, Expect: l.version, State: []store.Row{j.seal(journal, store.State, keyOf(waitingType, e.ID), []byte{version}, keep)}})
	})
}

// CancelNotes takes out the changes of a person of which somebody is still to
// be told: whoever is erased is told of as erased, and what recipients called
// them goes off the medium. It returns how many there were.
func (j *Journal) CancelNotes(ctx context.Context, ref tactful.Ref, now time.Time) (int, error) {
	l, err := j.read(ctx)
	if err != nil {
		return 0, err
	}
	var gone []ID
	for _, id := range l.waiting {
		e, err := j.Read(ctx, id, now)
		if tactful.KindOf(err) == tactful.NotFound && err != nil {
			continue
		}
		if err != nil {
			return 0, err
		}
		if e.Kind != "" && e.Ref == ref {
			gone = append(gone, id)
		}
	}
	if len(gone) == 0 {
		return 0, nil
	}
	var emptied []store.Partition
	for _, id := range gone {
		emptied = append(emptied, own(id))
		if err := j.store.Drop(ctx, own(id)); err != nil {
			return 0, fmt.Errorf("take out what recipients were to be told: %w", err)
		}
	}
	if purger, ok := j.store.(store.Purger); ok {
		if err := purger.Purge(ctx, emptied); err != nil {
			return 0, fmt.Errorf("purge what recipients were to be told: %w", err)
		}
	}
	return len(gone), retry("take out what recipients were to be told", func() error {
		l, err := j.read(ctx)
		if err != nil {
			return err
		}
		batch := store.Batch{Partition: journal, Expect: l.version}
		for _, id := range gone {
			if slices.Contains(l.waiting, id) {
				batch.Delete = append(batch.Delete, store.FamilyKey{Family: store.State, Key: keyOf(waitingType, id)})
			}
		}
		if len(batch.Delete) == 0 {
			return nil
		}
		return j.write(ctx, batch)
	})
}
