package engine

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/forgotten"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/store"
)

// Erase forgets a subject; see EraseAll.
func (e *Engine) Erase(ctx context.Context, a tactful.Alias) (ErasureReceipt, error) {
	receipts, err := e.EraseAll(ctx, []tactful.Alias{a})
	if err != nil {
		return ErasureReceipt{}, err
	}
	return receipts[0], nil
}

// EraseAll forgets subjects, however many, with one fit, and returns a signed
// receipt for each person, in the order in which they were first named. Each
// erasure is written down first, so that one that was cut short is finished in
// the background or by the next start. It refuses, before anything is changed,
// when somebody is not known, and an operator always: two of them erase, by
// OpenRight and ReleaseRight.
func (e *Engine) EraseAll(ctx context.Context, aliases []tactful.Alias) ([]ErasureReceipt, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	now := e.clock.Now()
	for _, a := range aliases {
		if err := a.Validate("subject"); err != nil {
			return nil, err
		}
	}
	refs, err := e.findAllToChange(ctx, aliases, now)
	if err != nil {
		return nil, fmt.Errorf("erase: find the subjects: %w", err)
	}
	if !slices.Contains(refs, tactful.Ref{}) { // whoever is nobody is told so
		if err := notAlone(ctx, "erases somebody", byRequest); err != nil {
			return nil, err
		}
	}
	if err := e.brake(ctx, refs, now); err != nil {
		return nil, err
	}
	asked, err := e.askedErasures(ctx, refs, now)
	if err != nil {
		return nil, err
	}
	begun, err := e.beginErasures(ctx, refs, now)
	if err != nil {
		return nil, err
	}
	if err := e.forget(ctx, begun); err != nil {
		e.school.owe()
		return nil, &tactful.Error{Kind: tactful.Unavailable, Detail: "the erasure " + begun[0].ID.String() + " is noted and goes on in the background",
			Remedy: "nothing of the person is used from now on; ask for the receipt under this id to see it finished", Err: err}
	}
	left, err := e.records.Lookup(ctx, aliases, now)
	if err != nil {
		return nil, fmt.Errorf("verify the erasure: %w", err)
	}
	for i, ref := range left {
		if ref == refs[i] {
			return nil, tactful.Errorf(tactful.Internal, "the erasure left a name behind; repeat it")
		}
	}
	if err := e.doneErasures(ctx, asked); err != nil { // the queue closes them
		e.log.Warn("an erasure is done, and its request is closed by the next look at the queue", "err", err)
	}
	receipts := make([]ErasureReceipt, len(begun))
	for i := range begun {
		if receipts[i], err = e.erasureReceipt(ctx, begun[i].ID); err != nil {
			return nil, err
		}
	}
	return receipts, nil
}

// beginErasures writes down who is to be erased, once for each person.
func (e *Engine) beginErasures(ctx context.Context, refs []tactful.Ref, now time.Time) ([]*forgotten.Erasure, error) {
	seen := map[tactful.Ref]bool{}
	var list []*forgotten.Erasure
	by := tactful.ActorOf(ctx)
	by.Reason = "" // may name the person
	for _, ref := range refs {
		if ref.IsZero() {
			return nil, tactful.Errorf(tactful.NotFound, "nobody is known by that name")
		}
		if seen[ref] {
			continue
		}
		seen[ref] = true
		begun := &forgotten.Erasure{Ref: ref, By: by, Begun: now}
		if _, err := io.ReadFull(e.entropy, begun.ID[:]); err != nil {
			return nil, fmt.Errorf("erase: draw an id: %w", err)
		}
		list = append(list, begun)
	}
	begun, err := e.forgotten.Begin(ctx, list)
	if err != nil {
		return nil, fmt.Errorf("erase: %w", err)
	}
	return begun, nil
}

// saga is the work of some erasures. Every step can be repeated: whoever
// resumes begins at the first, and finds done what is done.
type saga struct {
	*Engine
	under []*forgotten.Erasure // still under way
}

// forget takes erasures through their steps: freeze, cancel, unlearn, purge,
// tell, shred, scan. Those that somebody else finishes meanwhile are let go.
func (e *Engine) forget(ctx context.Context, under []*forgotten.Erasure) error {
	s := &saga{Engine: e, under: under}
	if e.joints.owed.Load() { // else a name might lead elsewhere when the names are removed
		if err := e.finishMerges(ctx); err != nil {
			return err
		}
	}
	if err := s.freezeAll(ctx); err != nil {
		return err
	}
	if err := s.formers(ctx); err != nil {
		return err
	}
	if err := s.cancelAll(ctx); err != nil {
		return err
	}
	if err := e.school.lesson.take(ctx); err != nil {
		return err
	}
	defer e.school.lesson.give()
	if err := e.unlearnJoined(ctx); err != nil {
		return err
	}
	if err := s.pass(ctx, 0, func(*forgotten.Erasure) int { return 0 }); err != nil { // who is left by now
		return err
	}
	for _, step := range []func(context.Context) error{s.unlearnAll, s.purgeAll, s.tellAll, s.shredAll, s.scanAll} {
		if len(s.under) == 0 {
			return nil
		}
		if err := step(ctx); err != nil {
			return err
		}
	}
	return s.finish(ctx)
}

func (s *saga) ids() []forgotten.ID {
	ids := make([]forgotten.ID, len(s.under))
	for i, u := range s.under {
		ids[i] = u.ID
	}
	return ids
}

func (s *saga) people() []tactful.Ref {
	refs := make([]tactful.Ref, len(s.under))
	for i, u := range s.under {
		refs[i] = u.Ref
	}
	return refs
}

// pass writes a step down for all that are still under way; note may change
// them and returns what the step counts. Step 0 writes down no step.
func (s *saga) pass(ctx context.Context, step forgotten.Step, note func(*forgotten.Erasure) int) error {
	now := s.clock.Now()
	under, err := s.forgotten.Advance(ctx, s.ids(), func(u *forgotten.Erasure) {
		count := note(u)
		if step != 0 {
			u.Pass(step, now, count)
		}
	})
	if err != nil {
		return fmt.Errorf("%s: %w", step, err)
	}
	s.under = under
	return nil
}

// freezeAll restricts all processing of the people, and then collects what the
// later steps need and will not find any more: names, and who is to be told. It
// also counts what there is, before anything is taken away: a step that is cut
// short and repeated would count only the rest.
func (s *saga) freezeAll(ctx context.Context) error {
	now := s.clock.Now()
	names, ids, found := map[tactful.Ref][][16]byte{}, map[tactful.Ref]map[string]string{}, map[tactful.Ref]forgotten.Found{}
	for _, ref := range s.people() {
		if err := s.freeze(ctx, ref, now); err != nil {
			return err
		}
		var err error
		if names[ref], err = s.records.AliasIDs(ctx, ref); err != nil {
			return fmt.Errorf("freeze: %w", err)
		}
		if ids[ref], err = s.records.RecipientIDs(ctx, ref, now); err != nil {
			return fmt.Errorf("freeze: %w", err)
		}
		if found[ref], err = s.count(ctx, ref, names[ref], now); err != nil {
			return fmt.Errorf("freeze: %w", err)
		}
	}
	return s.pass(ctx, forgotten.Freeze, func(u *forgotten.Erasure) int {
		u.Names = union(u.Names, names[u.Ref])
		if !u.Passed(forgotten.Freeze) {
			u.Found = found[u.Ref]
		}
		if !u.Former { // whoever they are now is told of, once
			s.cfg.Parties.address(u, ids[u.Ref])
		}
		return u.Found.Names
	})
}

func (s *saga) count(ctx context.Context, ref tactful.Ref, names [][16]byte, now time.Time) (found forgotten.Found, err error) {
	left, err := s.records.Left(ctx, ref, names)
	if err != nil {
		return found, err
	}
	found = forgotten.Found{Names: left.Names, Rows: left.Rows, Queued: min(left.Marks, 1)}
	subjects, err := s.records.OpenAll(ctx, []tactful.Ref{ref}, records.Want{Contribution: true}, now)
	if err != nil {
		return found, err
	}
	if subjects[0] != nil && subjects[0].Contribution != nil {
		found.Items = len(subjects[0].Contribution.Items)
	}
	return found, nil
}

func union(a, b [][16]byte) [][16]byte {
	seen := map[[16]byte]bool{}
	var out [][16]byte
	for _, id := range append(a[:len(a):len(a)], b...) {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// freeze restricts all processing of a subject whose erasure has begun.
func (e *Engine) freeze(ctx context.Context, ref tactful.Ref, now time.Time) error {
	for range writeTries {
		standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
		if err != nil {
			return fmt.Errorf("freeze: %w", err)
		}
		if standings[0] == nil {
			return nil
		}
		// Written also where it stands already: whoever has read that no erasure
		// has begun, and lifts a restriction, must come too late.
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

// queue is something in which work waits in a person's name.
type queue struct {
	name   string
	cancel func(context.Context, tactful.Ref) (int, error)
}

// queues are all there are. Whoever adds one, such as messages to be released
// or caps to be reserved, adds its line here, and an erasure empties it.
func (e *Engine) queues() []queue {
	return []queue{{"what is to be learned", e.records.CancelMarks}, {"what recipients are to be told", e.cancelNotes}, {"messages that wait for a tool", e.cancelDelivery}}
}

// cancelAll takes what waits in the names of the people out of every queue.
func (s *saga) cancelAll(ctx context.Context) error {
	for _, ref := range s.people() {
		for _, q := range s.queues() {
			if _, err := q.cancel(ctx, ref); err != nil {
				return fmt.Errorf("cancel %s: %w", q.name, err)
			}
		}
	}
	return s.pass(ctx, forgotten.Cancel, func(u *forgotten.Erasure) int { return u.Found.Queued })
}

func (s *saga) unlearnAll(ctx context.Context) error {
	if err := s.unlearn(ctx, s.people(), s.clock.Now()); err != nil {
		return err
	}
	return s.pass(ctx, forgotten.Unlearn, func(u *forgotten.Erasure) int { return u.Found.Items })
}

// purgeAll removes the rows, and remembers of the names only what keeps an old
// yes from bringing somebody back: first, so that there is no moment between.
func (s *saga) purgeAll(ctx context.Context) error {
	if err := s.lateNames(ctx); err != nil {
		return err
	}
	now := s.clock.Now()
	until := now.Add(s.cfg.Erasure.Suppress)
	hashes := map[forgotten.ID][][16]byte{}
	var emptied []store.Partition
	for _, u := range s.under {
		var err error
		if hashes[u.ID], err = s.forgotten.Suppress(ctx, u.Names, now, until); err != nil {
			return fmt.Errorf("purge: %w", err)
		}
		partitions, err := s.records.Empty(ctx, u.Ref, u.Names)
		if err != nil {
			return fmt.Errorf("purge: %w", err)
		}
		emptied = append(emptied, partitions...)
	}
	if err := s.records.Purge(ctx, emptied); err != nil {
		return err
	}
	if err := s.forgetMerges(ctx); err != nil {
		return err
	}
	return s.pass(ctx, forgotten.Purge, func(u *forgotten.Erasure) int {
		u.Suppressed, u.Until = hashes[u.ID], until
		u.Backups = u.Begun.Add(s.cfg.Erasure.Backups)
		return u.Found.Names + u.Found.Rows
	})
}

// lateNames writes down the names that were joined since the freeze, by whoever
// had been permitted just before it: they are suppressed and scanned like the others.
func (s *saga) lateNames(ctx context.Context) error {
	names, late := map[tactful.Ref][][16]byte{}, false
	for _, u := range s.under {
		ids, err := s.records.AliasIDs(ctx, u.Ref)
		if err != nil {
			return fmt.Errorf("purge: %w", err)
		}
		names[u.Ref] = union(u.Names, ids)
		late = late || len(names[u.Ref]) > len(u.Names)
	}
	if !late {
		return nil
	}
	return s.pass(ctx, 0, func(u *forgotten.Erasure) int {
		u.Names = union(u.Names, names[u.Ref])
		return 0
	})
}

// tellAll makes it certain that recipients are told. Telling them is the
// background's: one that cannot be reached holds up nothing.
func (s *saga) tellAll(ctx context.Context) error {
	if err := s.pass(ctx, forgotten.Tell, func(u *forgotten.Erasure) int { return len(u.Tell) }); err != nil {
		return err
	}
	s.wakeTeller()
	return nil
}

const shredEach = 64 // keys destroyed with one purge of their medium

func (s *saga) shredAll(ctx context.Context) error {
	for people := s.people(); len(people) > 0; {
		n := min(shredEach, len(people))
		late, err := s.records.Shred(ctx, people[:n])
		if err != nil {
			return err
		}
		if len(late) > 0 {
			if err := s.records.Purge(ctx, late); err != nil {
				return err
			}
		}
		people = people[n:]
	}
	return s.pass(ctx, forgotten.Shred, func(*forgotten.Erasure) int { return 1 })
}

// scanAll looks for everything again, by the keys under which it was stored.
func (s *saga) scanAll(ctx context.Context) error {
	for _, u := range s.under {
		left, err := s.records.Left(ctx, u.Ref, u.Names)
		if err != nil {
			return fmt.Errorf("scan: %w", err)
		}
		if !left.Empty() {
			return tactful.Errorf(tactful.Internal, "the erasure left something behind; repeat it")
		}
	}
	stale, err := s.staleModels()
	if err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	if stale > 0 {
		return tactful.Errorf(tactful.Internal, "the erasure left an older model behind; repeat it")
	}
	return s.pass(ctx, forgotten.Scan, func(*forgotten.Erasure) int { return 0 })
}

// finish lets the data say that it has carried out these erasures, and makes of
// them what is kept.
func (s *saga) finish(ctx context.Context) error {
	ids := s.ids()
	settled, _, err := s.forgotten.Unsettled(ctx, ids)
	if err != nil {
		return fmt.Errorf("finish an erasure: %w", err)
	}
	if err := s.records.Settle(ctx, settled); err != nil {
		return fmt.Errorf("finish an erasure: %w", err)
	}
	now := s.clock.Now()
	if err := s.forgotten.Finish(ctx, ids, now, now.Add(s.cfg.Erasure.Receipts)); err != nil {
		return err
	}
	return s.forgotten.Clean(ctx)
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

// finishErasures does what was written down and not finished.
func (e *Engine) finishErasures(ctx context.Context) error {
	under, err := e.forgotten.Open(ctx)
	if err != nil {
		return fmt.Errorf("find unfinished erasures: %w", err)
	}
	if len(under) > 0 {
		e.log.Warn("finishing erasures that were cut short", "people", len(under))
		if err := e.forget(ctx, under); err != nil {
			return fmt.Errorf("finish erasures that were cut short: %w", err)
		}
	}
	if err := e.forgotten.Clean(ctx); err != nil {
		return fmt.Errorf("finish erasures that were cut short: %w", err)
	}
	e.school.owed.Store(false)
	return nil
}
