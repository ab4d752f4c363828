package engine

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"github.com/tactful/tactful/internal/ledger"
	"github.com/tactful/tactful/internal/records"
)

// account is who answers for which leaf.
type account struct {
	size                      uint64
	owned                     []uint64 // one bit a leaf
	people, records, released int
	unlisted                  map[ledger.Leaf]bool // leaves of records that are not in the tree
	twice                     int                  // leaves that two records answer for
	orphans                   int                  // leaves that nobody answers for
	damaged                   int                  // notes of erasures that do not open
	said                      map[string]int       // what the audit of people found, by sentence
}

// account opens every consent record and finds its leaf, and finds the leaves
// of erased people. What is then left over was taken away without an erasure.
func (e *Engine) account(ctx context.Context, size uint64, progress func(string, int, int)) (*account, error) {
	a := &account{size: size, owned: make([]uint64, (size+63)/64), unlisted: map[ledger.Leaf]bool{}, said: map[string]int{}}
	now := e.clock.Now()
	const stage = "open every consent record"
	for shard := range surveyShards {
		var leaves []ledger.Leaf
		err := e.records.AuditConsents(ctx, shard, surveyShards, now, func(found records.Audited) error {
			a.people++
			for _, sentence := range found.Faults {
				a.said[sentence]++
			}
			for _, leaf := range found.Leaves {
				leaves = append(leaves, leaf)
			}
			return ctx.Err()
		})
		if err != nil {
			return nil, err
		}
		if err := e.listed(ctx, a, leaves); err != nil {
			return nil, err
		}
		progress(stage, shard+1, surveyShards)
	}
	if err := e.freed(ctx, a); err != nil {
		return nil, err
	}
	a.orphans = int(size)
	for i := range int64(size) {
		if a.owned[i/64]>>(i%64)&1 == 1 {
			a.orphans--
		}
	}
	return a, nil
}

// freed finds the leaves of erased people. Call it after every listed: who is
// erased while we look was read there and is noted here.
func (e *Engine) freed(ctx context.Context, a *account) error {
	return e.records.ScanReleased(ctx, func(leaves [][sha256.Size]byte, damaged int) error {
		a.damaged += damaged
		list := make([]ledger.Leaf, len(leaves))
		for i, leaf := range leaves {
			list[i] = leaf
			delete(a.unlisted, leaf) // erased since we read it, before it had an index
		}
		places, err := e.ledger.Find(ctx, list)
		if err != nil {
			return err
		}
		for _, place := range places {
			if place >= 0 && uint64(place) < a.size && !a.own(place) {
				a.released++
			}
		}
		return ctx.Err()
	})
}

// listed finds the leaves of opened records in the tree.
func (e *Engine) listed(ctx context.Context, a *account, leaves []ledger.Leaf) error {
	for chunk := range slices.Chunk(leaves, ledger.MaxBatch) {
		places, err := e.ledger.Find(ctx, chunk)
		if err != nil {
			return fmt.Errorf("find leaves: %w", err)
		}
		if slices.Min(places) < 0 { // said since we began: let it be sequenced
			if err := e.sequence(ctx); err == nil {
				if places, err = e.ledger.Find(ctx, chunk); err != nil {
					return fmt.Errorf("find leaves: %w", err)
				}
			}
		}
		for i, place := range places {
			switch {
			case place < 0:
				a.unlisted[chunk[i]] = true
			case uint64(place) >= a.size:
				a.records++ // sequenced meanwhile
			case a.own(place):
				a.twice++
			default:
				a.records++
			}
		}
	}
	return nil
}

// own marks a leaf as answered for, and reports whether it was before.
func (a *account) own(place int64) bool {
	word, bit := place/64, uint64(1)<<(place%64)
	before := a.owned[word]&bit != 0
	a.owned[word] |= bit
	return before
}

// faults are the sentences of what does not fit.
func (a *account) faults() []string {
	var all []string
	for _, sentence := range slices.Sorted(maps.Keys(a.said)) {
		all = append(all, sentence+times(a.said[sentence]))
	}
	for _, n := range []struct {
		count    int
		sentence string
	}{
		{len(a.unlisted), "a consent record is not in the ledger"},
		{a.twice, "two consent records answer for one leaf"},
		{a.orphans, "a leaf belongs to no record and to no erasure: a record was taken away"},
		{a.damaged, "a note of an erased person's leaf was changed"},
	} {
		if n.count > 0 {
			all = append(all, n.sentence+times(n.count))
		}
	}
	return all
}

func times(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(" (%d times)", n)
}
