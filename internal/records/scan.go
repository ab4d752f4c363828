package records

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/store"
)

// ScanContributions visits the contribution of every subject of a shard that
// has one. Shards is a power of two up to 256.
func (r *Records) ScanContributions(ctx context.Context, shard, shards int, now time.Time, visit func(tactful.Ref, *linear.Contribution) error) error {
	return r.scan(ctx, contributionKey, shard, shards, now, func(ref tactful.Ref, plain []byte) error {
		c, err := decodeContribution(plain)
		if err != nil {
			return unreadable("contribution", err)
		}
		return visit(ref, c)
	})
}

// ScanSubjects visits the standing of every subject of a shard. The Version of
// these standings is not known.
func (r *Records) ScanSubjects(ctx context.Context, shard, shards int, now time.Time, visit func(tactful.Ref, *Standing) error) error {
	return r.scan(ctx, standingKey, shard, shards, now, func(ref tactful.Ref, plain []byte) error {
		s, err := decodeStanding(plain)
		if err != nil {
			return unreadable("standing", err)
		}
		return visit(ref, s)
	})
}

// ScanPupils visits the standing and the contribution of every subject of a shard
// that has either, nil where there is none, with one read and one key for both.
// The Version of these standings is not known.
func (r *Records) ScanPupils(ctx context.Context, shard, shards int, now time.Time, visit func(tactful.Ref, *Standing, *linear.Contribution) error) error {
	var standing *Standing
	var contribution *linear.Contribution
	take := func(key, plain []byte) (err error) {
		switch {
		case slices.Equal(key, standingKey):
			if standing, err = decodeStanding(plain); err != nil {
				return unreadable("standing", err)
			}
		case slices.Equal(key, contributionKey):
			if contribution, err = decodeContribution(plain); err != nil {
				return unreadable("contribution", err)
			}
		}
		return nil
	}
	wanted := func(key []byte) bool { return slices.Equal(key, standingKey) || slices.Equal(key, contributionKey) }
	return r.scanRows(ctx, standingKey, contributionKey, wanted, shard, shards, now, take, func(ref tactful.Ref) error {
		s, c := standing, contribution
		if standing, contribution = nil, nil; s == nil && c == nil {
			return nil
		}
		return visit(ref, s, c)
	})
}

const scanChunk = 256 // subjects whose keys are fetched at once

// scan opens one State row of every subject.
func (r *Records) scan(ctx context.Context, key []byte, shard, shards int, now time.Time, visit func(tactful.Ref, []byte) error) error {
	var found []byte
	all := func([]byte) bool { return true }
	return r.scanRows(ctx, key, key, all, shard, shards, now, func(_, plain []byte) error {
		found = plain
		return nil
	}, func(ref tactful.Ref) error { return visit(ref, found) })
}

// scanRows opens the State rows from first to last that are wanted, of every
// subject that has any, and calls done after those of each. It fetches keys in
// chunks and leaves the sealer cache to those who are here.
func (r *Records) scanRows(
	ctx context.Context, first, last []byte, wanted func(key []byte) bool, shard, shards int, now time.Time,
	take func(key, plain []byte) error, done func(tactful.Ref) error,
) error {
	refs := make([]tactful.Ref, 0, scanChunk)
	rows := make([][]store.Row, 0, scanChunk)
	var plain []byte
	flush := func() error {
		sealers, err := r.vault.Passing(ctx, refs)
		if err != nil {
			return err
		}
		for i, ref := range refs {
			if sealers[i] == nil { // shredded since
				continue
			}
			for _, row := range rows[i] {
				if !wanted(row.Key) {
					continue
				}
				if plain, err = sealers[i].Open(plain[:0], subjectPartition(ref), store.State, row.Key, row.Value); err != nil {
					return unreadable("row of a subject", err)
				}
				if err := take(row.Key, plain); err != nil {
					return err
				}
			}
			if err := done(ref); err != nil {
				return err
			}
		}
		refs, rows = refs[:0], rows[:0]
		return nil
	}
	span := store.Range{Section: store.Subjects, Family: store.State, From: first, To: after(last), Shard: shard, Shards: shards, Now: now}
	cursor := store.Cursor{}
	for !cursor.Done {
		var err error
		cursor, err = r.data.Scan(ctx, span, cursor, func(p store.Partition, found []store.Row) error {
			refs, rows = append(refs, p.ID), append(rows, found)
			if len(refs) == scanChunk {
				return flush()
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("scan subjects: %w", kindly(err))
		}
	}
	if err := flush(); err != nil {
		return fmt.Errorf("scan subjects: %w", err)
	}
	return nil
}
