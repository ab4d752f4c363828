package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/store"
)

// Erase forgets a subject; see EraseAll.
func (e *Engine) Erase(ctx context.Context, a tactful.Alias) error {
	return e.EraseAll(ctx, []tactful.Alias{a})
}

// EraseAll forgets subjects, however many, with one fit. Each is noted first,
// so that an erasure that was cut short is finished by the next start; then
// frozen, so that no decision reads any more; unlearned, so that the model
// equals one that never saw them; dropped with their keys, purged from the
// files, and verified to be gone. It refuses, before anything is changed, when
// somebody is not known.
func (e *Engine) EraseAll(ctx context.Context, aliases []tactful.Alias) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	now := e.clock.Now()
	for _, a := range aliases {
		if err := a.Validate("subject"); err != nil {
			return err
		}
	}
	refs, err := e.records.Lookup(ctx, aliases, now)
	if err != nil {
		return fmt.Errorf("erase: find the subjects: %w", err)
	}
	seen := map[tactful.Ref]bool{}
	var people []tactful.Ref
	for _, ref := range refs {
		if ref.IsZero() {
			return tactful.Errorf(tactful.NotFound, "nobody is known by that name")
		}
		if !seen[ref] {
			seen[ref] = true
			people = append(people, ref)
		}
	}
	if err := e.noteErasures(ctx, people); err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	if err := e.forget(ctx, people, now); err != nil {
		e.school.owe()
		return &tactful.Error{Kind: tactful.Unavailable, Detail: "the erasure is noted and goes on in the background",
			Remedy: "nothing of the person is used from now on; ask again to see it finished", Err: err}
	}
	left, err := e.records.Lookup(ctx, aliases, now)
	if err != nil {
		return fmt.Errorf("verify the erasure: %w", err)
	}
	for i, ref := range left {
		if ref == refs[i] {
			return tactful.Errorf(tactful.Internal, "the erasure left a name behind; repeat it")
		}
	}
	return nil
}

// forget is the work of an erasure. Every step can be repeated.
func (e *Engine) forget(ctx context.Context, people []tactful.Ref, now time.Time) error {
	for _, ref := range people {
		if err := e.freeze(ctx, ref, now); err != nil {
			return err
		}
	}
	if err := e.school.lesson.take(ctx); err != nil {
		return err
	}
	defer e.school.lesson.give()
	if err := e.unlearn(ctx, people, now); err != nil {
		return err
	}
	var emptied []store.Partition
	for _, ref := range people {
		partitions, err := e.records.Drop(ctx, ref)
		if err != nil {
			return err
		}
		emptied = append(emptied, partitions...)
	}
	if err := e.records.Purge(ctx, emptied); err != nil {
		return err
	}
	standings, err := e.records.ReadStanding(ctx, people, now)
	if err != nil {
		return fmt.Errorf("verify the erasure: %w", err)
	}
	for _, s := range standings {
		if s != nil {
			return tactful.Errorf(tactful.Internal, "the erasure left something behind; repeat it")
		}
	}
	return e.clearErasures(ctx, people)
}

// freeze restricts all processing of a subject.
func (e *Engine) freeze(ctx context.Context, ref tactful.Ref, now time.Time) error {
	for range writeTries {
		standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
		if err != nil {
			return fmt.Errorf("freeze: %w", err)
		}
		if standings[0] == nil || standings[0].Frozen {
			return nil
		}
		frozen := *standings[0]
		frozen.Frozen = true
		_, err = e.records.WriteStanding(ctx, ref, frozen.Version, frozen, nil, now)
		if tactful.KindOf(err) == tactful.Conflict {
			continue
		}
		if err != nil {
			return fmt.Errorf("freeze: %w", err)
		}
		return nil
	}
	return tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}

// unlearn takes frozen subjects' stored contributions out of the sums and
// publishes the model without them, with one fit. The lesson is held.
func (e *Engine) unlearn(ctx context.Context, people []tactful.Ref, now time.Time) error {
	p := e.parameters(now)
	if e.school.learner == nil || e.school.learner.Parameters().ID != p.ID {
		if e.card.Load() == nil {
			return nil // nothing was ever learned; the stored contributions go with their subjects
		}
		// Not only rebuilt: after a change of settings no contribution is of this
		// epoch yet, and everybody would be forgotten with the one.
		if err := e.attend(ctx, now, func(string, int, int) {}); err != nil {
			return fmt.Errorf("unlearn: %w", err)
		}
	}
	for rest := people; len(rest) > 0; {
		n := min(pupils, len(rest))
		if err := e.empty(ctx, rest[:n], now); err != nil {
			return fmt.Errorf("unlearn: %w", err)
		}
		rest = rest[n:]
	}
	if e.school.learner.Waiting() == 0 && !e.school.unpublished {
		return nil
	}
	result, _, err := e.refit(ctx, now, nil)
	if err != nil {
		return fmt.Errorf("unlearn: %w", err)
	}
	if err := e.publish(ctx, result, now); err != nil {
		return fmt.Errorf("unlearn: %w", err)
	}
	return nil
}

// empty takes frozen subjects' contributions out of the sums: nothing may be
// learned from them, so studying leaves nothing. It passes over whoever changes
// at the same moment, and after the drop nobody could take that out any more;
// so it is repeated until nothing is left.
func (e *Engine) empty(ctx context.Context, people []tactful.Ref, now time.Time) error {
	for range writeTries {
		if err := e.studyAll(ctx, people, now); err != nil {
			return err
		}
		subjects, err := e.records.OpenAll(ctx, people, records.Want{Contribution: true}, now)
		if err != nil {
			return err
		}
		var left []tactful.Ref
		for _, s := range subjects {
			if s != nil && !s.Contribution.Empty() {
				left = append(left, s.Ref)
			}
		}
		if people = left; len(people) == 0 {
			return nil
		}
	}
	return tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}

// erasuresPartition notes erasures that have begun, one Log row a subject, so
// that the next start can finish what was cut short.
var erasuresPartition = store.Partition{Section: store.Duties, ID: [16]byte{'e', 'r', 'a', 's', 'u', 'r', 'e', 's'}}

func (e *Engine) noteErasures(ctx context.Context, people []tactful.Ref) error {
	batch := store.Batch{Partition: erasuresPartition, Expect: store.Blind}
	for _, ref := range people {
		batch.Log = append(batch.Log, store.Row{Key: ref[:]})
	}
	results, err := e.data.Write(ctx, []store.Batch{batch})
	if err == nil {
		err = results[0].Err
	}
	if err != nil {
		return fmt.Errorf("note the erasure: %w", err)
	}
	return nil
}

// clearErasures removes the notes of finished erasures, bytes and all: a note
// holds the subject's reference.
func (e *Engine) clearErasures(ctx context.Context, people []tactful.Ref) error {
	keys := make([]store.FamilyKey, len(people))
	for i, ref := range people {
		keys[i] = store.FamilyKey{Family: store.Log, Key: append([]byte(nil), ref[:]...)}
	}
	for range writeTries {
		answers, err := e.data.Read(ctx, []store.Query{{Partition: erasuresPartition, Family: store.State, Limit: 1, Now: e.clock.Now()}})
		if err != nil {
			return fmt.Errorf("clear the note of an erasure: %w", err)
		}
		results, err := e.data.Write(ctx, []store.Batch{{Partition: erasuresPartition, Expect: answers[0].Version, Delete: keys}})
		if err == nil {
			err = results[0].Err
		}
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return fmt.Errorf("clear the note of an erasure: %w", err)
		}
		return e.data.Purge(ctx, []store.Partition{erasuresPartition})
	}
	return tactful.Errorf(tactful.Conflict, "the notes of erasures are changing too fast; repeat the erasure")
}

// finishErasures does what an earlier process noted and did not finish.
func (e *Engine) finishErasures(ctx context.Context) error {
	now := e.clock.Now()
	answers, err := e.data.Read(ctx, []store.Query{{Partition: erasuresPartition, Family: store.Log, Now: now}})
	if err != nil {
		return fmt.Errorf("find unfinished erasures: %w", err)
	}
	var people []tactful.Ref
	for _, row := range answers[0].Rows {
		if len(row.Key) == len(tactful.Ref{}) {
			people = append(people, tactful.Ref(row.Key))
		}
	}
	if len(people) == 0 {
		e.school.owed.Store(false)
		return nil
	}
	e.log.Warn("finishing erasures that were cut short", "people", len(people))
	if err := e.forget(ctx, people, now); err != nil {
		return fmt.Errorf("finish erasures that were cut short: %w", err)
	}
	e.school.owed.Store(false)
	return nil
}
