package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/forgotten"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// known resolves an alias, for a change, to somebody who is there, else NotFound.
func (e *Engine) known(ctx context.Context, a tactful.Alias, now time.Time) (tactful.Ref, error) {
	ref, err := e.findToChange(ctx, a, now, 0)
	if err == nil && ref.IsZero() {
		err = tactful.Errorf(tactful.NotFound, "nobody is known by that name")
	}
	return ref, err
}

// amend changes how somebody stands, again if somebody else was faster. The
// change reports whether there is anything to write.
func (e *Engine) amend(ctx context.Context, ref tactful.Ref, now time.Time, change func(*records.Standing) (bool, error)) error {
	for range writeTries {
		standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
		if err != nil {
			return fmt.Errorf("read the standing: %w", err)
		}
		if standings[0] == nil {
			return tactful.Errorf(tactful.NotFound, "the subject is not there any more")
		}
		next := *standings[0]
		due, err := change(&next)
		if err != nil || !due {
			return err
		}
		_, err = e.records.WriteStanding(ctx, ref, next.Version, next, nil, now)
		if tactful.KindOf(err) == tactful.Conflict {
			continue
		}
		if err != nil {
			return fmt.Errorf("write the standing: %w", err)
		}
		e.school.note(1)
		e.standingChanged(ctx, ref, &next, now)
		return nil
	}
	return tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}

// withKnown does something to somebody who is known.
func (e *Engine) withKnown(ctx context.Context, a tactful.Alias, do func(ref tactful.Ref, now time.Time) error) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.known(ctx, a, now)
	if err != nil {
		return err
	}
	return do(ref, now)
}

// Restrict freezes a person's data (GDPR 18): it is kept, and from the next
// decision on nothing but the standing is read. What they say about consent,
// and their other rights, still count.
func (e *Engine) Restrict(ctx context.Context, a tactful.Alias) error {
	return e.withKnown(ctx, a, func(ref tactful.Ref, now time.Time) error { return e.restrict(ctx, ref, now) })
}

func (e *Engine) restrict(ctx context.Context, ref tactful.Ref, now time.Time) error {
	tell := e.noteOnce(ref, forgotten.Restricted, now)
	return e.amend(ctx, ref, now, func(s *records.Standing) (bool, error) {
		if s.Frozen {
			return false, nil
		}
		s.Frozen = true
		return true, tell(ctx)
	})
}

// Unrestrict lets a person's data be used again, as far as they agreed to. An
// erasure that has begun is not taken back by it, and no operator ends it alone.
func (e *Engine) Unrestrict(ctx context.Context, a tactful.Alias) error {
	return e.withKnown(ctx, a, func(ref tactful.Ref, now time.Time) error {
		if err := notAlone(ctx, "ends a restriction", liftTogether); err != nil {
			return err
		}
		return e.unrestrict(ctx, ref, time.Time{}, now)
	})
}

// unrestrict ends a restriction; since, unless it is zero, is the last change of
// the standing that whoever ends it knows of.
func (e *Engine) unrestrict(ctx context.Context, ref tactful.Ref, since, now time.Time) error {
	tell := e.noteOnce(ref, forgotten.Unrestricted, now)
	return e.amend(ctx, ref, now, func(s *records.Standing) (bool, error) {
		switch {
		case !s.Frozen:
			return false, nil
		case !since.IsZero() && !s.Changed.Equal(since):
			return false, stoppedAgain()
		}
		under, err := e.erasing(ctx, ref)
		if under {
			err = &tactful.Error{Kind: tactful.Refused, Detail: "the person is being erased", Remedy: "an erasure that has begun is not taken back"}
		}
		if err == nil {
			err = tell(ctx)
		}
		s.Frozen = false
		return err == nil, err
	})
}

// erasing reports whether an erasure of this person has begun.
func (e *Engine) erasing(ctx context.Context, ref tactful.Ref) (bool, error) {
	under, err := e.forgotten.Open(ctx)
	if err != nil {
		return false, fmt.Errorf("look for an erasure: %w", err)
	}
	return slices.ContainsFunc(under, func(u *forgotten.Erasure) bool { return u.Ref == ref }), nil
}

// Object stops direct marketing (GDPR 21(2) and (3)) absolutely: offers and
// messages of every kind. It stays so until the person says yes again later;
// a yes from before, however late it is reported, changes nothing.
func (e *Engine) Object(ctx context.Context, a tactful.Alias) error { return e.ObjectIn(ctx, a, "") }

// ObjectIn is Object of somebody who lives in a region, an ISO 3166 code, "" if it
// is not known. The records of their noes name it, and how the objection came.
func (e *Engine) ObjectIn(ctx context.Context, a tactful.Alias, region string) error {
	channel, mark := rights.API, enteredBy(ctx)
	if tactful.ActorOf(ctx).Kind == tactful.ActorPerson {
		channel = rights.Centre
	}
	return e.withKnown(ctx, a, func(ref tactful.Ref, now time.Time) error {
		return e.object(ctx, ref, now, func(c tactful.Consent) tactful.Consent { return mark(objecting(c, channel, region)) })
	})
}

// objecting fills in how a no came that an objection wrote, and where the person is.
func objecting(c tactful.Consent, channel rights.Channel, region string) tactful.Consent {
	c.Method, c.Jurisdiction = channel.String(), region
	if channel == rights.Centre {
		c.Method = "form"
	}
	return c
}

func (e *Engine) object(ctx context.Context, ref tactful.Ref, now time.Time, mark func(tactful.Consent) tactful.Consent) error {
	err := e.amend(ctx, ref, now, func(s *records.Standing) (bool, error) {
		at := now
		for _, purpose := range e.policy.MarketingPurposes() {
			if said := s.Consents.Purposes[purpose].Time; said.After(at) { // of a clock that runs ahead
				at = said
			}
		}
		s.Objected = at
		return true, nil
	})
	if err != nil {
		return err
	}
	// The objection holds already; the records say so purpose by purpose.
	_, _, err = e.change(ctx, ref, func(prev *records.Standing) (consent.Applied, error) {
		said := e.policy.Objection()
		for i := range said.Answers {
			said.Answers[i] = mark(said.Answers[i])
		}
		return e.apply(prev, said, now)
	}, now)
	return err
}

// Unobject takes an objection back. Nothing is permitted by it: each purpose
// still needs its own yes. No operator does it alone.
func (e *Engine) Unobject(ctx context.Context, a tactful.Alias) error {
	return e.withKnown(ctx, a, func(ref tactful.Ref, now time.Time) error {
		if err := notAlone(ctx, "takes an objection back", liftTogether); err != nil {
			return err
		}
		return e.amend(ctx, ref, now, func(s *records.Standing) (bool, error) {
			had := !s.Objected.IsZero()
			s.Objected = time.Time{}
			return had, nil
		})
	})
}

// MaxPause is the longest pause; who wants more chooses the level generic.
const MaxPause = 366 * 24 * time.Hour

// Pause makes the level generic until then: nothing is read, and nothing that
// happens meanwhile is kept. It ends by itself. The zero time ends it now; no
// operator makes it shorter alone.
func (e *Engine) Pause(ctx context.Context, a tactful.Alias, until time.Time) error {
	return e.withKnown(ctx, a, func(ref tactful.Ref, now time.Time) error {
		if !until.IsZero() && (!until.After(now) || until.After(now.Add(MaxPause))) {
			return tactful.InvalidField("until", "is not within a year from now", "send a later time, or choose the level generic")
		}
		return e.amend(ctx, ref, now, func(s *records.Standing) (bool, error) {
			due := !s.Paused.Equal(until)
			if s.Paused.After(now) && until.Before(s.Paused) {
				if err := notAlone(ctx, "ends a pause", liftTogether); err != nil {
					return false, err
				}
			}
			s.Paused = until.UTC()
			if until.IsZero() {
				s.Paused = time.Time{}
			}
			return due, nil
		})
	})
}

// Control is what somebody has switched on beside their consents.
type Control struct {
	Restricted bool
	Minor      bool
	Objected   time.Time     // zero: no
	Paused     time.Time     // until then; zero or past: no
	Cleared    time.Time     // nothing from before is kept; zero: no
	Mark       string        // names how they stand, with their answers; "" for nobody
	Level      tactful.Level // of their lists now, where the request asks for no less
}

// Control returns what a person has switched on; the zero Control for nobody.
func (e *Engine) Control(ctx context.Context, a tactful.Alias) (Control, error) {
	if err := e.enter(); err != nil {
		return Control{}, err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findFor(ctx, a, now, tactful.OpenedConsents)
	if err != nil || ref.IsZero() {
		return Control{}, err
	}
	standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
	if err != nil || standings[0] == nil {
		return Control{}, err
	}
	s := standings[0]
	c := Control{Restricted: s.Frozen, Minor: s.Minor, Objected: s.Objected, Paused: s.Paused, Cleared: s.Cleared, Mark: markOf(s)}
	c.Level = e.policy.Permit(e.standing(s, now), consent.Ask{Purpose: tactful.Recommendations}, now).Level
	if !c.Paused.After(now) {
		c.Paused = time.Time{}
	}
	return c, nil
}
