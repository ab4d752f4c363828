package engine

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/records"
)

// Joined is what a merge joined. There is no way back: whose an event was before is
// not kept.
type Joined struct {
	Time     time.Time // when it was begun
	Already  bool      // both names were one person's before
	Events   int       // moved, and counted once where both had the same message
	Showings int       // offers shown or sent under the other name, which count from now on
	Receipts int       // of decisions, which open under their ids as before
	Consents int       // answers, each with its place in the ledger
}

// joints are the merges of this process.
type joints struct {
	turn  turn          // one at a time
	owed  atomic.Bool   // one was written down and not finished
	fills atomic.Uint64 // begun and ended fillings of empty sums; odd: one is under way
	doubt atomic.Bool   // one was moved while the sums were filled: nobody knows whether it is in them

	mu       sync.Mutex
	learning []*records.Merge // what those added who were given up is still to be taken out of the sums
}

// Merge joins the history of one name, other, to the person of another, whoever both
// are: a browser and an account that turned out to be one person, or two accounts. It
// needs the level full of both, since joining devices is what that level means, and
// can be taken back by nobody. Of each purpose a no of either stands. It is one write:
// nobody's decision sees half of it, and whatever counts how often something was shown
// counts both from then on. The person finds on record that it was done.
func (e *Engine) Merge(ctx context.Context, into, other tactful.Alias) (Joined, error) {
	if err := e.enter(); err != nil {
		return Joined{}, err
	}
	defer e.leave()
	if err := e.mayMerge(ctx); err != nil {
		return Joined{}, err
	}
	now := e.clock.Now()
	refs := [2]tactful.Ref{}
	for i, name := range []tactful.Alias{into, other} {
		if err := name.Validate([...]string{"subject", "other"}[i]); err != nil {
			return Joined{}, err
		}
		var err error
		if refs[i], err = e.findToChange(ctx, name, now, 0); err != nil {
			return Joined{}, err
		}
		if refs[i].IsZero() {
			return Joined{}, &tactful.Error{Kind: tactful.NotFound, Field: [...]string{"subject", "other"}[i], Detail: "nobody is known by that name",
				Remedy: "a name that nobody has yet is joined by an identify or alias event"}
		}
	}
	return e.merge(ctx, refs[0], refs[1], anyNames, now)
}

// mayMerge refuses whoever does not act for the person as they do it: what makes two
// people one opens the history of each to the other.
func (e *Engine) mayMerge(ctx context.Context) error {
	switch tactful.ActorOf(ctx).Kind {
	case tactful.ActorOperator:
		return theirsOnly(ctx, "make two people one", "let your server do it as the person signs in, with a key of its own")
	case tactful.ActorPerson:
		return &tactful.Error{Kind: tactful.Refused, Detail: "one visit shows only that one of the two names is theirs", Remedy: "let the server do it that has seen both names sign in"}
	case tactful.ActorUnknown, tactful.ActorService, tactful.ActorEngine:
	}
	return nil
}

// namesOf says how many names the one that is given up may have.
type namesOf uint8

const (
	anyNames namesOf = iota // somebody named both
	oneName                 // an event did: a browser that has more names may be somebody else's too
)

// merge is Merge for people who are found.
func (e *Engine) merge(ctx context.Context, into, from tactful.Ref, names namesOf, now time.Time) (Joined, error) {
	if into == from {
		return Joined{Time: now, Already: true}, nil
	}
	if err := e.joints.turn.take(ctx); err != nil {
		return Joined{}, &tactful.Error{Kind: tactful.Unavailable, Detail: "others are being joined", Remedy: "try again in a moment", Err: ctx.Err()}
	}
	defer e.joints.turn.give()
	judge := func(b records.Both) error { return e.mayJoin(ctx, into, from, b, names, now) }
	if err := e.judgeBoth(ctx, into, from, judge, now); err != nil {
		return Joined{}, err
	}
	if err := e.lookJoined(ctx, into, now); err != nil {
		return Joined{}, err
	}
	done := context.WithoutCancel(ctx) // whoever goes away leaves nothing half done
	m, err := e.records.BeginMerge(done, from, into, now)
	if err != nil {
		return Joined{}, err
	}
	moved, err := e.carryMerge(done, m, judge, now)
	if err != nil {
		return Joined{}, err
	}
	return Joined{Time: m.Time, Events: moved.Events, Showings: moved.Showings, Receipts: moved.Receipts, Consents: moved.Consents}, nil
}

// judgeBoth refuses, before anything is written down, what would be refused anyway.
func (e *Engine) judgeBoth(ctx context.Context, into, from tactful.Ref, judge func(records.Both) error, now time.Time) error {
	standings, err := e.records.ReadStanding(ctx, []tactful.Ref{into, from}, now)
	if err != nil {
		return fmt.Errorf("read consent: %w", err)
	}
	if standings[0] == nil || standings[1] == nil { // erased or joined in between
		return tactful.Errorf(tactful.Conflict, "one of the two has changed in between; try again")
	}
	names, err := e.records.AliasIDs(ctx, from)
	if err != nil {
		return fmt.Errorf("count the names: %w", err)
	}
	return judge(records.Both{Into: standings[0], From: standings[1], Names: len(names)})
}

// mayJoin says why two histories may not become one.
func (e *Engine) mayJoin(ctx context.Context, into, from tactful.Ref, b records.Both, names namesOf, now time.Time) error {
	refuse := func(detail, remedy string) error {
		return &tactful.Error{Kind: tactful.Refused, Field: "other", Detail: detail, Remedy: remedy}
	}
	if names == oneName && b.Names != 1 {
		return refuse("the second name belongs to somebody who has other names too", "a browser that several people sign in at is nobody's alone; where you know better: POST /v1/subjects/{id}/merge")
	}
	for _, s := range []*records.Standing{b.Into, b.From} {
		switch {
		case s.Frozen:
			return refuse("the data of one of the two is locked, or being erased", "wait until that has ended")
		case s.Held != "":
			return refuse("one of the two came among too many newcomers and is held", "let an operator release them: tactful newcomers release")
		case e.policy.Permit(e.standing(s, now), consent.Ask{Purpose: tactful.Recommendations}, now).Level != tactful.Full:
			return refuse("joining two histories needs the level full of both", "ask the person for the level full on both devices")
		}
	}
	under, err := e.forgotten.Open(ctx)
	if err != nil {
		return err
	}
	for _, u := range under {
		if u.Ref == into || u.Ref == from {
			return refuse("one of the two is being erased", "wait until that has ended")
		}
	}
	for _, ref := range []tactful.Ref{into, from} {
		list, err := e.rightsOf(ctx, ref, now)
		if err != nil {
			return err
		}
		for i := range list {
			if !list[i].State.Closed() {
				return refuse("a request for a right of one of the two is open", "end it first: what it asks for was meant for one history")
			}
		}
	}
	return nil
}

// lookJoined puts on record for the person that two histories were joined, and by
// which key, before it is done.
func (e *Engine) lookJoined(ctx context.Context, ref tactful.Ref, now time.Time) error {
	a := tactful.ActorOf(ctx)
	look := records.StoredLook{Key: a.Key, Look: tactful.Look{Time: now, Kind: tactful.ActorService, Name: a.Name, Opened: tactful.OpenedJoined}}
	there, err := e.records.LookedToday(ctx, ref, look, now)
	if err == nil && !there {
		err = e.keepLook(ctx, ref, look)
	}
	return err
}

// carryMerge takes a merge that is written down to its end. One that has not made
// the two one when it fails is taken back.
func (e *Engine) carryMerge(ctx context.Context, m *records.Merge, judge func(records.Both) error, now time.Time) (records.Moved, error) {
	filled := e.joints.fills.Load()
	moved, err := e.records.Merge(ctx, m, judge, now)
	if after := e.joints.fills.Load(); filled%2 == 1 || after != filled {
		e.joints.doubt.Store(true)
	}
	if err != nil {
		return moved, e.unfinished(ctx, m, err)
	}
	if err := e.settleMerge(ctx, m, now); err != nil {
		return moved, e.unfinished(ctx, m, err)
	}
	return moved, nil
}

// unfinished takes back a merge that changed nothing, and leaves to the background
// one that did. Until that is done nobody is found by the names that are given up.
func (e *Engine) unfinished(ctx context.Context, m *records.Merge, cause error) error {
	if err := e.records.Unmerge(ctx, m); err == nil {
		return cause
	}
	e.joints.owed.Store(true)
	e.school.owe()
	return &tactful.Error{Kind: tactful.Unavailable, Detail: "the merge is noted and goes on in the background", Remedy: "ask again in a moment", Err: cause}
}

// settleMerge does what is left once the rows lie where they belong.
func (e *Engine) settleMerge(ctx context.Context, m *records.Merge, now time.Time) error {
	if settled, said, err := e.records.SettledMerges(ctx); err != nil {
		return err
	} else if !said || settled < m.No {
		if err := e.records.SettleMerges(ctx, m.No); err != nil {
			return err
		}
	}
	standings, err := e.records.ReadStanding(ctx, []tactful.Ref{m.Into}, now)
	if err != nil {
		return err
	}
	if standings[0] != nil && e.lab.now.Load() != nil { // before the tests are open, the next look does it
		e.standingChanged(ctx, m.Into, standings[0], now)
	}
	if err := e.awaitDeliveries(ctx, m.Into); err != nil {
		return err
	}
	if err := e.records.LearnMerge(ctx, m); err != nil {
		return err
	}
	e.joints.mu.Lock()
	e.joints.learning = append(e.joints.learning, m)
	e.joints.mu.Unlock()
	e.school.note(1)
	return nil
}

// awaitDeliveries lets messages that waited under the name that was given up go on.
func (e *Engine) awaitDeliveries(ctx context.Context, ref tactful.Ref) error {
	if e.delivery.due == nil { // not open yet: what waits is found then
		return nil
	}
	list, err := e.records.PendingOf(ctx, ref)
	for _, p := range list {
		e.delivery.set(p, time.Time{})
	}
	if len(list) > 0 {
		e.wakeDelivery()
	}
	return err
}

// unlearnJoined takes out of the sums what those added who are somebody else by now;
// what both did is in the contribution of the one who is left. The lesson is held, and
// has not begun.
func (e *Engine) unlearnJoined(ctx context.Context) error {
	if e.joints.doubt.Swap(false) {
		e.school.learner = nil // rebuilt from what is stored
	}
	e.joints.mu.Lock()
	due := e.joints.learning
	e.joints.learning = nil
	e.joints.mu.Unlock()
	for i, m := range due {
		if err := e.unlearnFormer(ctx, m); err != nil {
			e.joints.mu.Lock()
			e.joints.learning = append(e.joints.learning, due[i:]...)
			e.joints.mu.Unlock()
			return fmt.Errorf("take joined histories out of the sums: %w", err)
		}
	}
	return nil
}

func (e *Engine) unlearnFormer(ctx context.Context, m *records.Merge) error {
	for range writeTries {
		list, version, err := e.records.Inherited(ctx, m.Into, e.clock.Now())
		if err != nil {
			return err
		}
		if len(list) == 0 { // joined on to somebody else, who has it, or erased
			return e.records.LearntMerge(ctx, m)
		}
		err = e.records.Disinherit(ctx, m.Into, version)
		if tactful.KindOf(err) == tactful.Conflict {
			continue
		}
		if err != nil {
			e.school.learner = nil // it may be noted as taken out, and is not
			return err
		}
		for _, c := range list {
			l := e.school.learner
			if l == nil || c.Epoch != l.Parameters().ID {
				continue // never in these sums
			}
			if err := l.Apply(c, nil); err != nil {
				e.school.learner = nil
				return err
			}
			e.school.people--
			e.school.forgotten.Add(1)
		}
		return e.records.LearntMerge(ctx, m)
	}
	return tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}

// learnedBefore finds out at a start of which merges the sums were not made right. No
// sums are in memory yet, and what they are filled from holds nobody twice.
func (e *Engine) learnedBefore(ctx context.Context) error {
	list, err := e.records.LearningMerges(ctx)
	if err != nil {
		return err
	}
	e.joints.mu.Lock()
	e.joints.learning = list
	e.joints.mu.Unlock()
	return e.unlearnJoined(ctx)
}

// finishMerges does what was written down and not finished.
func (e *Engine) finishMerges(ctx context.Context) error {
	if err := e.joints.turn.take(ctx); err != nil {
		return err
	}
	defer e.joints.turn.give()
	open, err := e.records.OpenMerges(ctx)
	if err != nil {
		return err
	}
	now := e.clock.Now()
	e.joints.owed.Store(false)
	for _, m := range open {
		judge := func(b records.Both) error { return e.mayJoin(ctx, m.Into, m.From, b, anyNames, now) }
		if _, err := e.carryMerge(ctx, m, judge, now); err != nil {
			e.log.Warn("a merge that was cut short was not finished", "err", err) // taken back, unless it is owed again
		}
	}
	if e.joints.owed.Load() {
		return tactful.Errorf(tactful.Unavailable, "merges that were cut short are not finished")
	}
	return nil
}
