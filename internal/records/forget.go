package records

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// AliasIDs returns the partition ids of a subject's external ids; none once the
// subject or its key is gone.
func (r *Records) AliasIDs(ctx context.Context, ref tactful.Ref) ([][16]byte, error) {
	sealers, err := r.vault.Passing(ctx, []tactful.Ref{ref})
	if err != nil || sealers[0] == nil {
		return nil, err
	}
	answers, err := r.data.Read(ctx, []store.Query{stateQuery(ref, aliasesKey, after(aliasesKey), time.Unix(0, 0))})
	if err != nil {
		return nil, kindly(err)
	}
	return openAliases(sealers[0], ref, answers[0])
}

// Empty removes everything of a subject from the data store: its external ids
// (listed and named), its partition and its marks. Its key stays until Shred,
// so that what is still to be said about the person can be said in between. It
// returns the partitions that it emptied, for Purge, and may be repeated.
func (r *Records) Empty(ctx context.Context, ref tactful.Ref, named [][16]byte) ([]store.Partition, error) {
	release := r.holds.exclude(ref)
	defer release()
	if err := r.releaseLeaves(ctx, ref); err != nil {
		return nil, fmt.Errorf("empty subject: %w", err)
	}
	emptied, err := r.dropAliases(ctx, ref, named)
	if err != nil {
		return nil, fmt.Errorf("empty subject: %w", err)
	}
	if err := r.dropRows(ctx, ref); err != nil {
		return nil, fmt.Errorf("empty subject: %w", err)
	}
	return append(emptied, subjectPartition(ref), markPartition(ref), pendingPartition(ref)), nil
}

// dropRows drops a subject's partition, and what waits in queues of the store.
func (r *Records) dropRows(ctx context.Context, ref tactful.Ref) error {
	if err := r.data.Drop(ctx, subjectPartition(ref)); err != nil {
		return kindly(err)
	}
	if err := r.dropMarks(ctx, ref); err != nil {
		return err
	}
	return r.dropPending(ctx, ref)
}

// Shred destroys subjects' keys. Nobody gets a sealer of them after it; what
// somebody who had one wrote since Empty is dropped now, and its partitions are
// returned, for another Purge: none, almost always.
func (r *Records) Shred(ctx context.Context, refs []tactful.Ref) (late []store.Partition, err error) {
	release := r.holds.excludeAll(refs)
	defer release()
	if err := r.vault.Shred(ctx, refs...); err != nil {
		return nil, fmt.Errorf("shred subjects: %w", err)
	}
	for _, ref := range refs {
		left, err := r.left(ctx, ref, nil)
		if err != nil {
			return nil, fmt.Errorf("shred subjects: %w", err)
		}
		if left.Rows == 0 && left.Marks == 0 {
			continue
		}
		if err := r.dropRows(ctx, ref); err != nil {
			return nil, fmt.Errorf("shred subjects: %w", err)
		}
		late = append(late, subjectPartition(ref), markPartition(ref), pendingPartition(ref))
	}
	return late, nil
}

// Left is what can still be found of a subject.
type Left struct {
	Rows  int // in its partition
	Names int // external ids that lead to it
	Marks int // in the learner's feed and before the ledger
	Key   bool
}

// Empty reports whether nothing is.
func (l Left) Empty() bool { return l == Left{} }

// Left looks for what is left of a subject under the keys by which it was stored.
func (r *Records) Left(ctx context.Context, ref tactful.Ref, named [][16]byte) (Left, error) {
	left, err := r.left(ctx, ref, named)
	if err != nil {
		return Left{}, fmt.Errorf("look for what is left of a subject: %w", err)
	}
	return left, nil
}

func (r *Records) left(ctx context.Context, ref tactful.Ref, named [][16]byte) (left Left, err error) {
	ever := time.Unix(0, 0) // before anything expires
	queries := []store.Query{
		{Partition: subjectPartition(ref), Family: store.State, Now: ever}, {Partition: subjectPartition(ref), Family: store.Log, Now: ever},
	}
	for _, id := range named {
		queries = append(queries, aliasQuery(store.Partition{Section: store.Aliases, ID: id}, ever))
	}
	answers, err := r.data.Read(ctx, queries)
	if err != nil {
		return Left{}, kindly(err)
	}
	left.Rows = len(answers[0].Rows) + len(answers[1].Rows)
	for i, answer := range answers[2:] {
		there, err := r.target(queries[2+i].Partition, answer)
		if err != nil {
			return Left{}, err
		}
		if there == ref {
			left.Names++
		}
	}
	marks, err := r.markKeys(ctx, ref)
	if err != nil {
		return Left{}, err
	}
	pending, err := r.pendingKeys(ctx, ref)
	if err != nil {
		return Left{}, err
	}
	left.Marks = len(marks) + len(pending)
	sealers, err := r.vault.Passing(ctx, []tactful.Ref{ref})
	if err != nil {
		return Left{}, err
	}
	left.Key = sealers[0] != nil
	return left, nil
}

// Buried looks through the whole store for subjects that have a tombstone, and
// for external ids that lead to one: an older copy of the data holds them again.
func (r *Records) Buried(ctx context.Context, tombstones map[[16]byte]bool) (refs []tactful.Ref, names map[tactful.Ref][][16]byte, err error) {
	names = map[tactful.Ref][][16]byte{}
	seen := map[tactful.Ref]bool{}
	meet := func(ref tactful.Ref) bool {
		if !tombstones[r.vault.Tombstone(ref)] {
			return false
		}
		if !seen[ref] {
			seen[ref] = true
			refs = append(refs, ref)
		}
		return true
	}
	// A subject may have lost its State and still have rows in its Log.
	for _, family := range []store.Family{store.State, store.Log} {
		err := r.each(ctx, store.Range{Section: store.Subjects, Family: family}, func(p store.Partition, _ []store.Row) error {
			meet(p.ID)
			return ctx.Err()
		})
		if err != nil {
			return nil, nil, err
		}
	}
	err = r.each(ctx, store.Range{Section: store.Aliases, Family: store.State, From: aliasRefKey, To: after(aliasRefKey)}, func(p store.Partition, rows []store.Row) error {
		ref, err := r.target(p, store.Answer{Rows: rows})
		if err != nil {
			return err
		}
		if meet(ref) {
			names[ref] = append(names[ref], p.ID)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, nil, err
	}
	marks, err := r.Dirty(ctx, maxBuriedMarks)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range marks {
		meet(m.Ref)
	}
	err = r.each(ctx, store.Range{Section: store.Ledger, Family: store.Log, From: []byte{pendingType}, To: []byte{pendingType + 1}}, func(_ store.Partition, rows []store.Row) error {
		for _, row := range rows {
			if len(row.Key) == pendingKeyLen {
				meet(tactful.Ref(row.Key[1:17]))
			}
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, nil, err
	}
	return refs, names, nil
}

const maxBuriedMarks = 1 << 24

func (r *Records) each(ctx context.Context, span store.Range, visit func(store.Partition, []store.Row) error) error {
	cursor := store.Cursor{}
	for !cursor.Done {
		var err error
		if cursor, err = r.data.Scan(ctx, span, cursor, visit); err != nil {
			return fmt.Errorf("look through the store: %w", kindly(err))
		}
	}
	return nil
}

// settledPartition says up to which erasure this data store has forgotten. An
// older copy of it says an older number, and so gives itself away.
var (
	settledPartition = store.Partition{Section: store.Duties, ID: [16]byte{'e', 'r', 'a', 's', 'u', 'r', 'e', 's'}}
	settledKey       = []byte("settled")
)

// Settled returns the number of the last erasure that this store has carried
// out, with all before it; false if it does not say, as a new store does not.
// A number that does not open was written under another installation's keys.
func (r *Records) Settled(ctx context.Context) (n uint64, said bool, err error) {
	answers, err := r.data.Read(ctx, []store.Query{{Partition: settledPartition, Family: store.State, From: settledKey, To: after(settledKey), Now: time.Unix(0, 0)}})
	if err != nil {
		return 0, false, fmt.Errorf("read the last erasure: %w", kindly(err))
	}
	if len(answers[0].Rows) == 0 {
		return 0, false, nil
	}
	plain, err := r.vault.Tenant().Open(nil, settledPartition, store.State, settledKey, answers[0].Rows[0].Value)
	if err != nil {
		return 0, false, &tactful.Error{Kind: tactful.Invalid, Field: "key_dir", Detail: "these keys do not belong to this data",
			Remedy: "use the key_dir that this data_dir was written with", Err: err}
	}
	in := read(plain)
	n = in.uvarint()
	if err := in.end(); err != nil {
		return 0, false, unreadable("number of the last erasure", err)
	}
	return n, true, nil
}

// Settle says that this store has carried out the erasures up to n.
func (r *Records) Settle(ctx context.Context, n uint64) error {
	return retry("note the last erasure", func() error {
		answers, err := r.data.Read(ctx, []store.Query{{Partition: settledPartition, Family: store.State, Limit: 1, Now: time.Unix(0, 0)}})
		if err != nil {
			return kindly(err)
		}
		plain := binary.AppendUvarint([]byte{wireVersion}, n)
		_, err = r.write(ctx, store.Batch{Partition: settledPartition, Expect: answers[0].Version,
			State: []store.Row{sealedRow(r.vault.Tenant(), settledPartition, store.State, settledKey, plain, time.Time{})}})
		return err
	})
}

var errFound = errors.New("found")

// Used reports whether the data store holds anything at all.
func Used(ctx context.Context, data store.Store) (bool, error) {
	for section := store.Subjects; section <= store.Merges; section++ {
		for _, family := range []store.Family{store.State, store.Log} {
			found := false
			_, err := data.Scan(ctx, store.Range{Section: section, Family: family}, store.Cursor{}, func(store.Partition, []store.Row) error {
				found = true
				return errFound
			})
			if err != nil && !found {
				return false, fmt.Errorf("look into the data store: %w", kindly(err))
			}
			if found {
				return true, nil
			}
		}
	}
	return false, nil
}
