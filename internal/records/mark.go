package records

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// A mark says that a subject's events, settings or consents changed since the
// learner last looked. Each change leaves a mark of its own name, so that
// clearing the marks that were read never clears one that came meanwhile.
const (
	markShards = 16
	markType   = 'd'
	markRandom = 8
	markLen    = 1 + 16 + markRandom
)

// Mark is one entry of the learner's feed.
type Mark struct {
	Ref tactful.Ref
	id  [markRandom]byte
}

func markPartition(ref tactful.Ref) store.Partition { return markShard(ref[0] % markShards) }

func markShard(shard byte) store.Partition {
	p := store.Partition{Section: store.Duties}
	copy(p.ID[:], "dirty")
	p.ID[15] = shard
	return p
}

func (m Mark) key() []byte {
	key := make([]byte, 0, markLen)
	return append(append(append(key, markType), m.Ref[:]...), m.id[:]...)
}

// marks makes one blind batch for each shard that these subjects fall into.
func (r *Records) marks(refs []tactful.Ref) ([]store.Batch, error) {
	random := make([]byte, markRandom*len(refs))
	if err := r.draw(random); err != nil {
		return nil, err
	}
	var shards [markShards][]store.Row
	for i, ref := range refs {
		m := Mark{Ref: ref, id: [markRandom]byte(random[i*markRandom:])}
		shard := ref[0] % markShards
		// The mark is its key; there is nothing to seal.
		shards[shard] = append(shards[shard], store.Row{Family: store.Log, Key: m.key(), Value: []byte{wireVersion}})
	}
	var batches []store.Batch
	for shard, rows := range shards {
		if len(rows) > 0 {
			batches = append(batches, store.Batch{Partition: markShard(byte(shard)), Expect: store.Blind, Log: rows})
		}
	}
	return batches, nil
}

// Dirty returns up to limit marks, some of every shard. A subject may be
// marked several times. Whoever has dealt with the subjects clears the marks.
func (r *Records) Dirty(ctx context.Context, limit int) ([]Mark, error) {
	queries := make([]store.Query, markShards)
	for i := range queries {
		queries[i] = store.Query{
			Partition: markShard(byte(i)), Family: store.Log, From: []byte{markType}, To: []byte{markType + 1},
			Limit: max(1, (limit+markShards-1)/markShards), Now: time.Unix(0, 0),
		}
	}
	answers, err := r.data.Read(ctx, queries)
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", kindly(err))
	}
	var marks []Mark
	for _, answer := range answers {
		for _, row := range answer.Rows {
			if len(row.Key) != markLen {
				return nil, unreadable("mark", errWire)
			}
			marks = append(marks, Mark{Ref: tactful.Ref(row.Key[1:17]), id: [markRandom]byte(row.Key[17:])})
		}
	}
	return marks[:min(len(marks), max(limit, 0))], nil
}

// ClearDirty removes marks that Dirty returned. Marks that came since stay.
func (r *Records) ClearDirty(ctx context.Context, marks []Mark) error {
	var shards [markShards][]store.FamilyKey
	for _, m := range marks {
		shard := m.Ref[0] % markShards
		shards[shard] = append(shards[shard], store.FamilyKey{Family: store.Log, Key: m.key()})
	}
	for shard, keys := range shards {
		if len(keys) == 0 {
			continue
		}
		err := retry("clear marks", func() error { return r.deleteMarks(ctx, markShard(byte(shard)), keys) })
		if err != nil {
			return err
		}
	}
	return nil
}

// deleteMarks deletes rows of a partition that has no State but its version.
func (r *Records) deleteMarks(ctx context.Context, p store.Partition, keys []store.FamilyKey) error {
	answers, err := r.data.Read(ctx, []store.Query{{Partition: p, Family: store.State, Limit: 1, Now: time.Unix(0, 0)}})
	if err != nil {
		return kindly(err)
	}
	_, err = r.write(ctx, store.Batch{Partition: p, Expect: answers[0].Version, Delete: keys})
	return err
}

// dropMarks removes every mark of one subject.
func (r *Records) dropMarks(ctx context.Context, ref tactful.Ref) error {
	_, err := r.CancelMarks(ctx, ref)
	return err
}

// CancelMarks takes a subject out of the learner's feed and says how many marks
// were waiting there.
func (r *Records) CancelMarks(ctx context.Context, ref tactful.Ref) (int, error) {
	keys, err := r.markKeys(ctx, ref)
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	return len(keys), retry("drop marks", func() error { return r.deleteMarks(ctx, markPartition(ref), keys) })
}

func (r *Records) markKeys(ctx context.Context, ref tactful.Ref) ([]store.FamilyKey, error) {
	from := append([]byte{markType}, ref[:]...)
	answers, err := r.data.Read(ctx, []store.Query{{
		Partition: markPartition(ref), Family: store.Log, From: from, To: append(from[:len(from):len(from)], 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
		Now: time.Unix(0, 0),
	}})
	if err != nil {
		return nil, kindly(err)
	}
	keys := make([]store.FamilyKey, len(answers[0].Rows))
	for i, row := range answers[0].Rows {
		keys[i] = store.FamilyKey{Family: store.Log, Key: row.Key}
	}
	return keys, nil
}
