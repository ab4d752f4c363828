package engine

import (
	"context"
	"fmt"
	"io"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/forgotten"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/store"
)

// mergeAgain finds out whether the data is a copy from before merges that the journal
// knows, and carries them out again: else somebody would be two people once more, and
// what they said no to as one would not hold for the other. It returns those to whom
// a history was joined.
func (e *Engine) mergeAgain(ctx context.Context, behind bool) (whole map[tactful.Ref]bool, err error) {
	settled, said, err := e.records.SettledMerges(ctx)
	if err != nil {
		return nil, err
	}
	last, err := e.records.LastMerge(ctx)
	if err != nil {
		return nil, err
	}
	if settled > last { // keys from before the last merges: no number is given twice
		return nil, e.records.SkipMerges(ctx, settled)
	}
	if said && settled == last || last == 0 {
		return nil, nil
	}
	list, err := e.records.MergesSince(ctx, settled)
	if err != nil {
		return nil, err
	}
	open, err := e.records.OpenMerges(ctx)
	if err != nil {
		return nil, err
	}
	under := map[uint64]bool{}
	for _, m := range open {
		under[m.No] = true
	}
	whole = map[tactful.Ref]bool{}
	for _, m := range list {
		done, err := e.records.Merged(ctx, m)
		if err != nil {
			return nil, fmt.Errorf("repeat merges: %w", err)
		}
		if under[m.No] && (done || !behind) { // cut short, and the data is no older copy: finishMerges does it
			continue
		}
		joined, err := e.mergeOneAgain(ctx, m, done)
		if err != nil {
			return nil, fmt.Errorf("repeat merges: %w", err)
		}
		if joined {
			whole[m.Into] = true
		}
	}
	if len(whole) > 0 {
		e.log.Warn("the data is a copy from before histories were joined; they are joined again before anything is served", "people", len(whole))
	}
	return whole, nil
}

// mergeOneAgain repeats one merge; done says that this copy knows it, but perhaps not
// to its end. It reports whether there is anybody of it.
func (e *Engine) mergeOneAgain(ctx context.Context, m *records.Merge, done bool) (bool, error) {
	now := e.clock.Now()
	if !done {
		if err := e.vault.Revive(ctx, m.From); err != nil {
			return false, err
		}
		standings, err := e.records.ReadStanding(ctx, []tactful.Ref{m.Into, m.From}, now)
		if err != nil {
			return false, err
		}
		switch {
		case standings[1] == nil: // nobody in this copy
			return standings[0] != nil, e.vault.Retire(ctx, m.From)
		case standings[0] == nil: // the one who is left is nobody in this copy: the other stays, with all they said no to
			return false, nil
		}
		if err := e.records.StopOneAgain(ctx, m.From, now); err != nil {
			return false, err
		}
	}
	if _, err := e.records.Merge(ctx, m, nil, now); err != nil {
		return false, err
	}
	return true, nil
}

// settleMergesAgain lets the data say that it has carried out every merge.
func (e *Engine) settleMergesAgain(ctx context.Context) error {
	last, err := e.records.LastMerge(ctx)
	if err != nil {
		return err
	}
	settled, said, err := e.records.SettledMerges(ctx)
	if err != nil || said && settled >= last || last == 0 {
		return err
	}
	return e.records.SettleMerges(ctx, last)
}

// formers adds to erasures those of the references that the same people had before
// their histories were joined: no row is left under them, but a key is, and an older
// copy of the data holds them. The people are frozen, so that no more can come.
func (s *saga) formers(ctx context.Context) error {
	now := s.clock.Now()
	there := map[tactful.Ref]bool{}
	for _, u := range s.under {
		there[u.Ref] = true
	}
	var list []*forgotten.Erasure
	for _, u := range s.under {
		joined, err := s.records.Joined(ctx, u.Ref, now)
		if err != nil {
			return fmt.Errorf("freeze: %w", err)
		}
		for _, j := range joined {
			if there[j.Ref] {
				continue
			}
			there[j.Ref] = true
			former := &forgotten.Erasure{Ref: j.Ref, Former: true, By: u.By, Begun: u.Begun}
			if _, err := io.ReadFull(s.entropy, former.ID[:]); err != nil {
				return fmt.Errorf("erase: draw an id: %w", err)
			}
			list = append(list, former)
		}
	}
	if len(list) == 0 {
		return nil
	}
	begun, err := s.forgotten.Begin(ctx, list)
	if err != nil {
		return fmt.Errorf("freeze: %w", err)
	}
	s.under = append(s.under, begun...)
	return s.pass(ctx, forgotten.Freeze, func(*forgotten.Erasure) int { return 0 })
}

// forgetMerges removes where the references of former selves lead.
func (s *saga) forgetMerges(ctx context.Context) error {
	var emptied []store.Partition
	for _, u := range s.under {
		if !u.Former {
			continue
		}
		p, err := s.records.ForgetMerge(ctx, u.Ref)
		if err != nil {
			return fmt.Errorf("purge: %w", err)
		}
		emptied = append(emptied, p)
	}
	return s.records.PurgeMerges(ctx, emptied)
}
