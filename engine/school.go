package engine

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/catalog"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/learn"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/records"
)

// school is where the engine learns: the sums in memory, and what has changed
// since they were last brought up to date. The stored contributions are the
// truth; the sums are rebuilt from them at the first fit after a start.
type school struct {
	lesson  turn // one fit, or one erasure, at a time; guards what follows
	learner *learn.Learner
	people  int64 // with a contribution
	fitted  time.Time
	full    time.Time // when all standings were last looked at

	numbered uint32 // highest item number that all contributions know of

	protected protected // the panels of the last fit

	unpublished bool // the sums may be ahead of the model in use: a fit was cut short

	forgotten atomic.Uint64 // times something was taken out of the sums since the last card
	changed   atomic.Int64  // subjects changed since the last fit, roughly
	widened   atomic.Bool   // new items are listed: every history may say more now

	owed atomic.Bool   // an erasure is noted and not finished
	wake chan struct{} // tells the background that there is something to finish
}

// turn is a lock that is waited for no longer than a context lasts.
type turn chan struct{}

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	default:
	}
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &tactful.Error{Kind: tactful.Unavailable, Detail: "a fit is under way", Remedy: "try again in a moment", Err: ctx.Err()}
	}
}

func (t turn) give() { <-t }

// owe leaves a noted erasure to the background.
func (s *school) owe() {
	s.owed.Store(true)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// note counts changed subjects towards the next fit.
func (s *school) note(subjects int) { s.changed.Add(int64(subjects)) }

// widen asks for all contributions to be made anew.
func (s *school) widen() { s.widened.Store(true) }

// numbered is the highest item number of the catalogue as it stands.
func (e *Engine) numbered() uint32 {
	items := e.ground.Load().items.All()
	if len(items) == 0 {
		return 0
	}
	return uint32(items[len(items)-1].No)
}

// remember finds out at a start what an earlier process left to be learned:
// items listed since the last fit, and people who have changed since.
func (e *Engine) remember(ctx context.Context) error {
	s := &e.school
	if card := e.card.Load(); card != nil {
		s.numbered = card.Numbered
	}
	if e.numbered() > s.numbered {
		s.widen()
	}
	marks, err := e.records.Dirty(ctx, 1)
	if err != nil {
		return fmt.Errorf("look for changes since the last fit: %w", err)
	}
	s.note(len(marks))
	s.full = e.clock.Now()
	return nil
}

const (
	pupils     = 512            // subjects studied with one read
	surveyEach = 24 * time.Hour // how often expired permissions are looked for
	landmark   = 3              // half-lives after which decay gets a new landmark
	maxMarks   = 1 << 22        // marks that one fit deals with; what is beyond comes at the next
	clearEach  = 8192           // marks cleared with one write
	settleEach = 4096           // contributions taken into the sums at once
	dayLength  = 24 * time.Hour
)

// parameters makes the row that contributions are computed under. Its id is a
// hash of what it says, so that a changed setting makes every contribution anew
// and an unchanged one none.
func (e *Engine) parameters(now time.Time) *linear.Parameters {
	p := linear.NewParameters(1, e.cfg.Learn.UserExponent)
	halfLife := int64(e.cfg.Learn.HalfLife / dayLength)
	start := int64(0)
	if halfLife > 0 {
		start = linear.Day(now) / (landmark * halfLife) * (landmark * halfLife)
		p = p.WithDecay(time.Unix(start*86400, 0).UTC(), int32(halfLife))
	}
	h := fnv.New32a()
	for _, v := range []uint64{2, math.Float64bits(e.cfg.Learn.UserExponent), uint64(halfLife), uint64(start), uint64(p.MaxItems), uint64(p.Cap)} {
		_, _ = h.Write(binary.LittleEndian.AppendUint64(nil, v))
	}
	for _, q := range p.Quantities {
		_, _ = h.Write(binary.LittleEndian.AppendUint64(nil, uint64(q)))
	}
	p.ID = max(h.Sum32(), 1)
	return p
}

// attend makes the sums current: rebuilt from the stored contributions if they
// are not in memory or of another epoch, then brought up to date with every
// subject that changed. The lesson is held.
func (e *Engine) attend(ctx context.Context, now time.Time, progress func(stage string, done, total int)) error {
	p := e.parameters(now)
	s := &e.school
	rebuilt := s.learner == nil || s.learner.Parameters().ID != p.ID
	if rebuilt {
		learner, err := learn.New(p, e.cfg.Learn.Settings())
		if err != nil {
			return fmt.Errorf("begin the sums: %w", err)
		}
		s.learner, s.people, s.unpublished = learner, 0, true
	}
	everybody, numbered := s.widened.Swap(false), e.numbered()
	if everybody || rebuilt || passed(s.full, now, surveyEach) {
		if err := e.examine(ctx, now, everybody, rebuilt, progress); err != nil {
			if everybody {
				s.widened.Store(true)
			}
			if rebuilt {
				s.learner = nil // not all of them are in it
			}
			return err
		}
		s.full = now
		if everybody {
			s.numbered = numbered
		}
	}
	return e.catchUp(ctx, now, progress)
}

// examine looks at all standings: whoever may no longer be learned from, or may
// but has no contribution of this epoch, is studied again; everybody is when
// the catalogue has grown. Empty sums are filled from the stored contributions of
// this epoch on the way.
func (e *Engine) examine(ctx context.Context, now time.Time, everybody, fill bool, progress func(string, int, int)) error {
	const stage = "read histories"
	learner := e.school.learner
	epoch := learner.Parameters().ID
	if fill {
		e.joints.fills.Add(1)
		defer e.joints.fills.Add(1)
	}
	var due []tactful.Ref
	for shard := range surveyShards {
		due = due[:0]
		taken := 0
		err := e.records.ScanPupils(ctx, shard, surveyShards, now, func(ref tactful.Ref, s *records.Standing, c *linear.Contribution) error {
			holds := c != nil && c.Epoch == epoch
			if s != nil && (everybody || e.mayLearn(s, now) != holds) {
				due = append(due, ref)
			}
			if !fill || !holds || c.Empty() {
				return ctx.Err()
			}
			e.school.people++
			if err := learner.Apply(nil, c); err != nil {
				return err
			}
			if taken++; taken%settleEach == 0 { // else all would lie in memory twice
				return learner.Settle()
			}
			return nil
		})
		if err == nil && fill {
			err = learner.Settle()
		}
		if err != nil {
			return fmt.Errorf("examine people: %w", err)
		}
		for len(due) > 0 {
			n := min(pupils, len(due))
			if err := e.studyAll(ctx, due[:n], now); err != nil {
				return err
			}
			due = due[n:]
		}
		progress(stage, shard+1, surveyShards)
	}
	return nil
}

// mayLearn asks consent whether this person's events may teach the model now.
// Who came among too many newcomers waits, whatever they permit.
func (e *Engine) mayLearn(s *records.Standing, now time.Time) bool {
	return s.Held == "" && e.policy.Permit(e.standing(s, now), consent.Ask{Purpose: tactful.Improvement}, now).Allowed
}

// catchUp studies every subject that left a mark before it began. Who leaves
// one meanwhile comes at the next fit: under steady traffic there is always
// somebody, and the fit must come to an end.
func (e *Engine) catchUp(ctx context.Context, now time.Time, progress func(string, int, int)) error {
	marks, err := e.records.Dirty(ctx, maxMarks)
	if err != nil {
		return err
	}
	seen := make(map[tactful.Ref]bool, len(marks))
	var refs []tactful.Ref
	for _, m := range marks {
		if !seen[m.Ref] {
			seen[m.Ref] = true
			refs = append(refs, m.Ref)
		}
	}
	for done := 0; done < len(refs); {
		n := min(pupils, len(refs)-done)
		if err := e.studyAll(ctx, refs[done:done+n], now); err != nil {
			return err
		}
		done += n
		progress("study changes", done, len(refs))
	}
	for len(marks) > 0 {
		n := min(clearEach, len(marks))
		if err := e.records.ClearDirty(ctx, marks[:n]); err != nil {
			return err
		}
		marks = marks[n:]
	}
	return nil
}

// studyAll makes the contributions of these subjects anew, stores them and
// hands the difference to the sums. A subject that changes meanwhile is marked
// by whoever changes it, and comes again.
func (e *Engine) studyAll(ctx context.Context, refs []tactful.Ref, now time.Time) error {
	subjects, err := e.openPupils(ctx, refs, now)
	if err != nil {
		return fmt.Errorf("study: %w", err)
	}
	items := e.ground.Load().items
	fresh := make([]*linear.Contribution, len(subjects))
	e.each(len(subjects), func(i int) {
		if subjects[i] != nil {
			fresh[i] = e.contribution(subjects[i], items, now)
		}
	})
	var changes []records.ContributionChange
	var olds []*linear.Contribution
	for i, subject := range subjects {
		if subject == nil || subject.Contribution.Equal(fresh[i]) {
			continue
		}
		change := records.ContributionChange{Ref: subject.Ref, Expect: subject.Standing.Version, Contribution: fresh[i]}
		if fresh[i].Empty() {
			change.Contribution = nil
		}
		changes, olds = append(changes, change), append(olds, subject.Contribution)
	}
	if len(changes) == 0 {
		return nil
	}
	fates, err := e.records.WriteContributions(ctx, changes)
	if err != nil {
		e.school.learner = nil // some may be stored: the sums are rebuilt from what is
		return fmt.Errorf("study: %w", err)
	}
	epoch := e.school.learner.Parameters().ID
	for i, fate := range fates {
		if fate != nil {
			continue // changed or erased in between: marked, or gone
		}
		old := olds[i]
		if !old.Empty() && old.Epoch != epoch {
			old = nil // never in these sums
		}
		if err := e.school.learner.Apply(old, changes[i].Contribution); err != nil {
			e.school.learner = nil
			return fmt.Errorf("study: %w", err)
		}
		if forgets(old, changes[i].Contribution) {
			e.school.forgotten.Add(1)
		}
		if old.Empty() && changes[i].Contribution != nil {
			e.school.people++
		}
		if !old.Empty() && changes[i].Contribution == nil {
			e.school.people--
		}
	}
	return nil
}

// openPupils opens subjects to be studied. The histories of those who may not
// be learned from stay shut: only what they added before is read, to be taken out.
func (e *Engine) openPupils(ctx context.Context, refs []tactful.Ref, now time.Time) ([]*records.Subject, error) {
	standings, err := e.records.ReadStanding(ctx, refs, now)
	if err != nil {
		return nil, err
	}
	var open, shut []tactful.Ref
	for i, s := range standings {
		switch {
		case s == nil:
		case e.mayLearn(s, now):
			open = append(open, refs[i])
		default:
			shut = append(shut, refs[i])
		}
	}
	pupils, err := e.records.OpenAll(ctx, open, records.Want{Settings: true, Contribution: true, Events: records.AllEvents}, now)
	if err != nil {
		return nil, err
	}
	others, err := e.records.OpenAll(ctx, shut, records.Want{Contribution: true}, now)
	return append(pupils, others...), err
}

// forgets reports whether an item that spoke before does not any more.
func forgets(old, now *linear.Contribution) bool {
	if old.Empty() {
		return false
	}
	left := map[tactful.ItemNo]bool{}
	if !now.Empty() {
		for _, entry := range now.Items {
			left[entry.No] = true
		}
	}
	for _, entry := range old.Items {
		if !left[entry.No] {
			return true
		}
	}
	return false
}

// contribution is what one person adds to the sums, empty without permission.
func (e *Engine) contribution(s *records.Subject, items *catalog.Snapshot, now time.Time) *linear.Contribution {
	if !e.mayLearn(s.Standing, now) {
		return nil
	}
	events := make([]learn.Event, 0, len(s.Events))
	for i := range s.Events {
		event := &s.Events[i].Event
		if no := items.Number(event.Item); no != 0 && event.Provenance != tactful.Inferred {
			events = append(events, learn.Event{No: no, Action: event.Action, Time: event.Time})
		}
	}
	said := make(map[tactful.ItemNo]decision.Setting, len(s.Settings))
	for id, setting := range s.Settings {
		said[items.Number(id)] = setting.Setting
	}
	c := learn.Contribution(events, said, e.school.learner.Parameters())
	return &c
}

// each runs fn for 0..n-1 on all cores and waits.
func (e *Engine) each(n int, fn func(i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				fn(i)
			}
		})
	}
	group.Wait()
}
