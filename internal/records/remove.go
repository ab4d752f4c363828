package records

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// An event that the person removed leaves its name behind, and nothing else:
// an event of no action, without item, time or words, until its retention would
// have been over. So the sender's retry, or the same file imported again, is a
// duplicate and does not bring it back.

func removedEvent(s StoredEvent) bool { return s.Event.Action == tactful.ActionUnknown }

const removeChunk = 512 // rows removed with one write

// RemoveEvents removes events for good, at the person's wish, and returns how
// many there were. Names that are not there are passed over. Writers of this
// subject wait, so that no retry of a removed event comes in between.
func (r *Records) RemoveEvents(ctx context.Context, ref tactful.Ref, keys []decision.EventKey, now time.Time) (int, error) {
	release := r.holds.exclude(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return 0, fmt.Errorf("remove events: %w", err)
	}
	for chunk := range slices.Chunk(keys, removedInStop) {
		if _, err := r.noteStop(ctx, sealer, ref, 0, &stop{Removed: chunk}, now); err != nil {
			return 0, fmt.Errorf("remove events: %w", err)
		}
	}
	removed := 0
	for chunk := range slices.Chunk(keys, removeChunk) {
		n, err := r.removeSome(ctx, ref, sealer, chunk, now)
		removed += n
		if err != nil {
			return removed, fmt.Errorf("remove events: %w", err)
		}
	}
	return removed, nil
}

// removeSome removes rows, then writes their names; the writers are kept out.
func (r *Records) removeSome(ctx context.Context, ref tactful.Ref, sealer *vault.Sealer, keys []decision.EventKey, now time.Time) (int, error) {
	p := subjectPartition(ref)
	var names []store.Row
	err := retry("remove events", func() error {
		names = nil
		rows, version, err := r.eventRows(ctx, ref, keys, now)
		if err != nil {
			return err
		}
		batch := store.Batch{Partition: p, Expect: version}
		for _, row := range rows {
			gone, err := isRemoved(sealer, p, row)
			if err != nil {
				return err
			}
			if gone {
				continue
			}
			batch.Delete = append(batch.Delete, store.FamilyKey{Family: store.Log, Key: row.Key})
			names = append(names, sealedRow(sealer, p, store.Log, row.Key, appendEvent(nil, &tactful.Event{}), row.Expires))
		}
		if len(batch.Delete) == 0 {
			return nil
		}
		_, err = r.writeMarked(ctx, ref, batch)
		return err
	})
	if err != nil || len(names) == 0 {
		return 0, err
	}
	return len(names), r.blind(ctx, p, names...)
}

// eventRows reads event rows by name; those that are not there are left out.
func (r *Records) eventRows(ctx context.Context, ref tactful.Ref, keys []decision.EventKey, now time.Time) ([]store.Row, store.Version, error) {
	p := subjectPartition(ref)
	queries := []store.Query{stateQuery(ref, standingKey, after(standingKey), now)} // the version first: what changes meanwhile is a conflict
	for _, key := range keys {
		name := eventRowKey(key)
		queries = append(queries, store.Query{Partition: p, Family: store.Log, From: name, To: after(name), Limit: 1, Now: now})
	}
	answers, err := r.data.Read(ctx, queries)
	if err != nil {
		return nil, 0, kindly(err)
	}
	if len(answers[0].Rows) == 0 {
		return nil, 0, errNoSubject()
	}
	var rows []store.Row
	for _, answer := range answers[1:] {
		rows = append(rows, answer.Rows...)
	}
	return rows, answers[0].Version, nil
}

func isRemoved(sealer *vault.Sealer, p store.Partition, row store.Row) (bool, error) {
	plain, err := sealer.Open(nil, p, store.Log, row.Key, row.Value)
	if err != nil {
		return false, unreadable("event", err)
	}
	event, err := decodeEvent(string(plain))
	if err != nil {
		return false, unreadable("event", err)
	}
	return removedEvent(StoredEvent{Event: event}), nil
}

// ClearEvents removes every event of a subject for good, the names of those
// removed before too, and returns how many events there were. The caller has
// noted in the standing that none from before is kept again.
func (r *Records) ClearEvents(ctx context.Context, ref tactful.Ref, now time.Time) (int, error) {
	release := r.holds.exclude(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return 0, fmt.Errorf("clear events: %w", err)
	}
	p := subjectPartition(ref)
	removed := 0
	for {
		left, found := 0, 0
		err := retry("clear events", func() error {
			answers, err := r.data.Read(ctx, []store.Query{logQuery(p, eventType, removeChunk, now)})
			if err != nil {
				return kindly(err)
			}
			batch := store.Batch{Partition: p, Expect: answers[0].Version}
			found = 0
			for _, row := range answers[0].Rows {
				gone, err := isRemoved(sealer, p, row)
				if err != nil {
					return err
				}
				if !gone {
					found++
				}
				batch.Delete = append(batch.Delete, store.FamilyKey{Family: store.Log, Key: row.Key})
			}
			if left = len(batch.Delete); left == 0 {
				return nil
			}
			_, err = r.writeMarked(ctx, ref, batch)
			return err
		})
		if err != nil || left == 0 {
			return removed, err
		}
		removed += found
	}
}

// CorrectEvent puts what the person says in the place of an event. The event
// goes in one write with the corrected one, which has a name of its own; the
// old name stays taken. It returns the new name. An event that is not there is
// NotFound.
func (r *Records) CorrectEvent(ctx context.Context, ref tactful.Ref, key decision.EventKey, corrected tactful.Event, now time.Time) (decision.EventKey, error) {
	next, err := r.EventKey(&corrected)
	if err != nil {
		return next, err
	}
	if next == key {
		return next, tactful.Errorf(tactful.Internal, "a corrected event needs a name of its own")
	}
	release := r.holds.exclude(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return next, fmt.Errorf("correct an event: %w", err)
	}
	p := subjectPartition(ref)
	var name store.Row
	err = retry("correct an event", func() error {
		rows, version, err := r.eventRows(ctx, ref, []decision.EventKey{key}, now)
		if err != nil {
			return err
		}
		gone := true
		if len(rows) == 1 {
			if gone, err = isRemoved(sealer, p, rows[0]); err != nil {
				return err
			}
		}
		if gone {
			return tactful.Errorf(tactful.NotFound, "there is no such event")
		}
		name = sealedRow(sealer, p, store.Log, rows[0].Key, appendEvent(nil, &tactful.Event{}), rows[0].Expires)
		_, err = r.writeMarked(ctx, ref, store.Batch{
			Partition: p, Expect: version, Delete: []store.FamilyKey{{Family: store.Log, Key: rows[0].Key}},
			Log: []store.Row{sealedRow(sealer, p, store.Log, eventRowKey(next), appendEvent(nil, &corrected), rows[0].Expires)},
		})
		return err
	})
	if err != nil {
		return next, err
	}
	return next, r.blind(ctx, p, name)
}

// RemovedDays returns the days (UTC) of events that the person removed and of
// which the name is left, newest first, one entry an event.
func (r *Records) RemovedDays(ctx context.Context, ref tactful.Ref, now time.Time) ([]time.Time, error) {
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("read removed events: %w", err)
	}
	p := subjectPartition(ref)
	answers, err := r.data.Read(ctx, []store.Query{logQuery(p, eventType, 0, now)})
	if err != nil {
		return nil, fmt.Errorf("read removed events: %w", kindly(err))
	}
	var days []time.Time
	for _, row := range answers[0].Rows {
		gone, err := isRemoved(sealer, p, row)
		if err != nil {
			return nil, err
		}
		if gone && len(row.Key) == eventKeyLen {
			days = append(days, time.Unix(int64(row.Key[1])<<8*secondsPerDay+int64(row.Key[2])*secondsPerDay, 0).UTC())
		}
	}
	return days, nil
}

// PurgeSubject makes what was removed of a subject unreadable on the medium,
// where the driver can.
func (r *Records) PurgeSubject(ctx context.Context, ref tactful.Ref) error {
	return r.Purge(ctx, []store.Partition{subjectPartition(ref)})
}
