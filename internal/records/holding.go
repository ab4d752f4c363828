package records

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// held says which Log rows are which kind of data.
var held = [...]struct {
	row  byte
	kind tactful.Opened
}{
	{consentType, tactful.OpenedConsents}, {eventType, tactful.OpenedHistory}, {receiptType, tactful.OpenedReceipts},
	{rightType, tactful.OpenedRequests}, {lookType, tactful.OpenedLooks},
}

// ScanHoldings visits everybody of a shard with the kinds of data that there
// are of them. No row is opened: the key table is not asked.
func (r *Records) ScanHoldings(ctx context.Context, shard, shards int, now time.Time, visit func(tactful.Ref, tactful.Opened) error) error {
	refs := make([]tactful.Ref, 0, scanChunk)
	kinds := make([]tactful.Opened, 0, scanChunk)
	flush := func() error {
		if err := r.addLogs(ctx, refs, kinds, now); err != nil {
			return err
		}
		for i, ref := range refs {
			if err := visit(ref, kinds[i]); err != nil {
				return err
			}
		}
		refs, kinds = refs[:0], kinds[:0]
		return nil
	}
	span := store.Range{Section: store.Subjects, Family: store.State, From: standingKey, To: after(preferencesKey), Shard: shard, Shards: shards, Now: now}
	cursor := store.Cursor{}
	for !cursor.Done {
		var err error
		cursor, err = r.data.Scan(ctx, span, cursor, func(p store.Partition, rows []store.Row) error {
			if !slices.Equal(rows[0].Key, standingKey) { // nobody: what is left of a drop
				return nil
			}
			refs, kinds = append(refs, p.ID), append(kinds, heldState(rows))
			if len(refs) == scanChunk {
				return flush()
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("scan holdings: %w", kindly(err))
		}
	}
	if err := flush(); err != nil {
		return fmt.Errorf("scan holdings: %w", err)
	}
	return nil
}

// Holdings returns the kinds of data that there are of these people; 0 for
// those who are not there.
func (r *Records) Holdings(ctx context.Context, refs []tactful.Ref, now time.Time) ([]tactful.Opened, error) {
	queries := make([]store.Query, len(refs))
	for i, ref := range refs {
		queries[i] = stateQuery(ref, standingKey, after(preferencesKey), now)
	}
	answers, err := r.data.Read(ctx, queries)
	if err != nil {
		return nil, fmt.Errorf("read holdings: %w", kindly(err))
	}
	kinds := make([]tactful.Opened, len(refs))
	for i, answer := range answers {
		kinds[i] = heldState(answer.Rows)
	}
	if err := r.addLogs(ctx, refs, kinds, now); err != nil {
		return nil, fmt.Errorf("read holdings: %w", err)
	}
	return kinds, nil
}

func heldState(rows []store.Row) tactful.Opened {
	if slices.ContainsFunc(rows, func(row store.Row) bool { return slices.Equal(row.Key, preferencesKey) }) {
		return tactful.OpenedPreferences
	}
	return 0
}

// addLogs asks of each kind of Log rows whether there is one.
func (r *Records) addLogs(ctx context.Context, refs []tactful.Ref, kinds []tactful.Opened, now time.Time) error {
	if len(refs) == 0 {
		return nil
	}
	queries := make([]store.Query, 0, len(refs)*len(held))
	for _, ref := range refs {
		for _, h := range held {
			queries = append(queries, store.Query{Partition: subjectPartition(ref), Family: store.Log, From: []byte{h.row}, To: []byte{h.row + 1}, Limit: 1, Now: now})
		}
	}
	answers, err := r.data.Read(ctx, queries)
	if err != nil {
		return kindly(err)
	}
	for i := range refs {
		for j, h := range held {
			if len(answers[i*len(held)+j].Rows) > 0 {
				kinds[i] |= h.kind
			}
		}
	}
	return nil
}
