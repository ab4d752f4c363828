package forgotten

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Untold returns the erasures, under way or done, of which somebody is still to
// be told.
func (j *Journal) Untold(ctx context.Context, now time.Time) ([]*Erasure, error) {
	l, err := j.read(ctx)
	if err != nil {
		return nil, err
	}
	var out []*Erasure
	for _, e := range l.open {
		if e.Waiting() {
			out = append(out, e)
		}
	}
	for _, id := range l.waiting {
		e, err := j.Read(ctx, id, now)
		if tactful.KindOf(err) == tactful.NotFound {
			continue // its term is over
		}
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// Told notes what became of the attempts to tell recipients of one erasure, by
// the name of the recipient. Whoever has been told stays told.
func (j *Journal) Told(ctx context.Context, id ID, fates map[string]Telling, now, keep time.Time) error {
	change := func(e *Erasure) {
		for i := range e.Tell {
			fate, tried := fates[e.Tell[i].Recipient]
			if tried && e.Tell[i].Told.IsZero() {
				e.Tell[i], e.Changed = fate, now
			}
		}
	}
	open, err := j.Advance(ctx, []ID{id}, change)
	if err != nil || len(open) > 0 {
		return err
	}
	return retry("note who was told of an erasure", func() error {
		p := own(id)
		answers, err := j.store.Read(ctx, []store.Query{{Partition: p, Family: store.State, From: ownKey, Limit: 1, Now: now}})
		if err != nil {
			return err
		}
		if len(answers[0].Rows) == 0 {
			return nil // its term is over
		}
		row := answers[0].Rows[0]
		plain, err := j.unseal(p, store.State, row)
		if err != nil {
			return err
		}
		e, err := decode(plain)
		if err != nil {
			return damaged(err)
		}
		change(e)
		if !e.Waiting() {
			e.Ref = tactful.Ref{} // a change that everybody knows of is about nobody any more
		}
		if plain, err = encode(e); err != nil {
			return err
		}
		if err := j.write(ctx, store.Batch{Partition: p, Expect: answers[0].Version, State: []store.Row{j.seal(p, store.State, ownKey, plain, keep)}}); err != nil {
			return err
		}
		if e.Waiting() {
			return nil
		}
		return j.settle(ctx, id)
	})
}

// settle takes an erasure of which everybody knows off the list of those that
// wait, and what recipients called the person off the medium.
func (j *Journal) settle(ctx context.Context, id ID) error {
	err := retry("note that everybody was told of an erasure", func() error {
		l, err := j.read(ctx)
		if err != nil || !slices.Contains(l.waiting, id) {
			return err
		}
		return j.write(ctx, store.Batch{Partition: journal, Expect: l.version, Delete: []store.FamilyKey{{Family: store.State, Key: keyOf(waitingType, id)}}})
	})
	if err != nil {
		return err
	}
	if purger, ok := j.store.(store.Purger); ok {
		if err := purger.Purge(ctx, []store.Partition{own(id)}); err != nil {
			return fmt.Errorf("purge what recipients called a person: %w", err)
		}
	}
	return nil
}

// The suppression list has one partition for each external id, named by a hash
// of a key that serves nothing else.

var suppressedKey = []byte{'s'}

func suppressedPartition(hash [16]byte) store.Partition {
	return store.Partition{Section: store.Forgotten, ID: hash}
}

// Suppress lets no yes from before an erasure count again under these names,
// until the term is over. It returns the hashes under which that is remembered.
func (j *Journal) Suppress(ctx context.Context, names [][16]byte, erased, until time.Time) ([][16]byte, error) {
	hashes := make([][16]byte, len(names))
	for i, name := range names {
		hashes[i] = j.vault.Suppressed(name)
	}
	err := retry("suppress what was said before an erasure", func() error {
		queries := make([]store.Query, len(hashes))
		for i, hash := range hashes {
			queries[i] = store.Query{Partition: suppressedPartition(hash), Family: store.State, Limit: 1, Now: time.Unix(0, 0)}
		}
		answers, err := j.store.Read(ctx, queries)
		if err != nil {
			return err
		}
		batches := make([]store.Batch, len(hashes))
		for i := range hashes {
			p := queries[i].Partition
			plain, err := erased.UTC().MarshalBinary()
			if err != nil {
				return err
			}
			batches[i] = store.Batch{Partition: p, Expect: answers[i].Version, State: []store.Row{j.seal(p, store.State, suppressedKey, plain, until)}}
		}
		if len(batches) == 0 {
			return nil
		}
		results, err := j.store.Write(ctx, batches)
		if err != nil {
			return err
		}
		for _, result := range results {
			if result.Err != nil {
				return result.Err
			}
		}
		return nil
	})
	return hashes, err
}

// ErasedUnder says of each name when somebody was last erased under it: no yes
// from before counts, whoever brings it. The zero time where that is not, or not
// any more, remembered. Nothing ends it before its term: that somebody came back
// makes no old yes newer.
func (j *Journal) ErasedUnder(ctx context.Context, names []tactful.Alias, now time.Time) ([]time.Time, error) {
	queries := make([]store.Query, len(names))
	for i, a := range names {
		queries[i] = store.Query{Partition: suppressedPartition(j.vault.Suppressed(j.vault.AliasID(a))), Family: store.State, From: suppressedKey, Limit: 1, Now: now}
	}
	answers, err := j.store.Read(ctx, queries)
	if err != nil {
		return nil, fmt.Errorf("look at the suppression list: %w", err)
	}
	erased := make([]time.Time, len(names))
	for i, answer := range answers {
		if len(answer.Rows) == 0 {
			continue
		}
		plain, err := j.unseal(queries[i].Partition, store.State, answer.Rows[0])
		if err == nil {
			err = erased[i].UnmarshalBinary(plain)
		}
		if err != nil {
			return nil, damaged(err)
		}
	}
	return erased, nil
}
