package records

import (
	"context"
	"fmt"
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

const scanChunk = 256 // subjects whose keys are fetched at once

// scan opens one State row of every subject. It fetches keys in chunks and
// leaves the sealer cache to those who are here.
func (r *Records) scan(ctx context.Context, key []byte, shard, shards int, now time.Time, visit func(tactful.Ref, []byte) error) error {
	refs := make([]tactful.Ref, 0, scanChunk)
	values := make([][]byte, 0, scanChunk)
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
			if plain, err = sealers[i].Open(plain[:0], subjectPartition(ref), store.State, key, values[i]); err != nil {
				return unreadable("row of a subject", err)
			}
			if err := visit(ref, plain); err != nil {
				return err
			}
		}
		refs, values = refs[:0], values[:0]
		return nil
	}
	span := store.Range{Section: store.Subjects, Family: store.State, From: key, To: after(key), Shard: shard, Shards: shards, Now: now}
	cursor := store.Cursor{}
	for !cursor.Done {
		var err error
		cursor, err = r.data.Scan(ctx, span, cursor, func(p store.Partition, rows []store.Row) error {
			refs, values = append(refs, p.ID), append(values, rows[0].Value)
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
