package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// Two operators do together what none does alone: one enters a yes that somebody
// gave by phone, by letter or through a representative, or the end of what they
// stopped, or that they bring a file; another agrees. Nothing counts before.

// enterFor judges such a request before it is kept, so that who enters it hears at
// once what cannot count, and returns whose it is. Somebody new is made of it:
// their words need a place that is theirs.
func (e *Engine) enterFor(ctx context.Context, ref tactful.Ref, r *RightRequest, opening rights.Opening, now time.Time) (tactful.Ref, error) {
	if r.Text == "" {
		return ref, tactful.InvalidField("text", "is missing", "write what they said or wrote; they will read it")
	}
	request, err := rights.Open(opening, e.cfg.Rights.lawClock, now)
	if err != nil {
		return ref, err
	}
	standing, err := e.stranger(ctx, r.Subject, now)
	if err == nil && !ref.IsZero() {
		standing, err = e.standingOf(ctx, ref, now)
	}
	if err != nil {
		return ref, err
	}
	switch r.Kind {
	case rights.Agreement:
		applied, err := e.apply(standing, spoken(&request, r.Detail.Yes), now)
		if err != nil {
			return ref, fmt.Errorf("judge a yes: %w", err)
		}
		if err := refusals(applied.Refused, len(r.Detail.Yes.Answers)); err != nil {
			return ref, err
		}
	case rights.Lifting:
		if ref.IsZero() {
			return ref, tactful.Errorf(tactful.NotFound, "nobody is known by that name")
		}
		since, stands := stopped(standing, r.Detail.Lift.What, now)
		if !stands {
			return ref, &tactful.Error{Kind: tactful.Conflict, Field: "lift", Detail: "they have stopped nothing of the kind", Remedy: "see tactful rights control ID show"}
		}
		r.Detail.Lift = &rights.Lift{What: r.Detail.Lift.What, Since: since}
	}
	if ref.IsZero() {
		if ref, err = e.welcome(ctx, r.Subject, now); err != nil {
			return ref, fmt.Errorf("make the subject: %w", err)
		}
	}
	return ref, nil
}

func (e *Engine) standingOf(ctx context.Context, ref tactful.Ref, now time.Time) (*records.Standing, error) {
	standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
	if err == nil && standings[0] == nil {
		err = tactful.Errorf(tactful.NotFound, "the subject is not there any more")
	}
	if err != nil {
		return nil, err
	}
	return standings[0], nil
}

// spoken is the change that somebody said yes to when the request came. It names
// how they said it, who entered it and who agreed.
func spoken(r *rights.Request, yes *rights.Yes) consent.Change {
	change := consent.Change{Time: r.Received}
	change.Level, _ = tactful.ParseLevel(yes.Level) // none is as before
	for _, a := range yes.Answers {
		change.Answers = append(change.Answers, entered(r, tactful.Consent{
			Purpose: tactful.Purpose(a.Purpose), Answer: tactful.Granted, NoticeVersion: a.NoticeVersion, NoticeHash: a.NoticeHash, Language: a.Language, Time: r.Received,
		}))
	}
	return change
}

// entered marks an answer as what operators entered for somebody; what came any
// other way stays as it is.
func entered(r *rights.Request, c tactful.Consent) tactful.Consent {
	if r.Channel.OnBehalf() {
		c.Method, c.Jurisdiction, c.EnteredBy, c.AgreedBy = r.Channel.String(), r.Region, r.Opened.Name, r.Released.Name
	}
	return c
}

// agree lets a yes count that was said when the request came: what they said
// since is newer. What does not count any more goes back to the operators.
func (e *Engine) agree(ctx context.Context, ref tactful.Ref, r *rights.Request, yes *rights.Yes, now time.Time) error {
	_, refused, err := e.change(ctx, ref, func(prev *records.Standing) (consent.Applied, error) {
		return e.apply(prev, spoken(r, yes), now)
	}, now)
	if err == nil && len(refused) > 0 {
		err = &tactful.Error{Kind: tactful.Invalid, Field: refused[0].Field, Detail: refused[0].Detail, Remedy: refused[0].Remedy}
	}
	return err
}

// stopped reports whether something is stopped, and since when or until when, as
// far as that is known.
func stopped(s *records.Standing, what string, now time.Time) (time.Time, bool) {
	switch what {
	case "objection":
		return s.Objected, !s.Objected.IsZero()
	case "pause":
		return s.Paused, s.Paused.After(now)
	case "restriction":
		return s.Changed, s.Frozen // nothing says when it began: any change since may be a new one
	case "signal":
		return s.Changed, s.Consents.GPC
	}
	return time.Time{}, false
}

// stoppedAgain sends a request back to the operators.
func stoppedAgain() error {
	return tactful.Errorf(tactful.NotFound, "they stopped it again since, or something else of it has changed")
}

// lift ends a stop, unless it is a newer one than the request speaks of.
func (e *Engine) lift(ctx context.Context, ref tactful.Ref, r *rights.Request, l *rights.Lift, now time.Time) error {
	s, err := e.standingOf(ctx, ref, now)
	if err != nil {
		return err
	}
	since, stands := stopped(s, l.What, now)
	switch {
	case !stands:
		return nil // it ended meanwhile
	case !since.Equal(l.Since):
		return stoppedAgain()
	}
	asked, err := e.rightsOf(ctx, ref, now)
	if err != nil {
		return err
	}
	if l.What == "restriction" && slices.ContainsFunc(asked, func(a Right) bool { return a.Kind == rights.Restriction && a.Received.After(r.Received) }) {
		return stoppedAgain()
	}
	switch l.What {
	case "restriction":
		return e.unrestrict(ctx, ref, l.Since, now)
	case "signal":
		off := false
		_, _, err := e.change(ctx, ref, func(prev *records.Standing) (consent.Applied, error) {
			if !prev.Changed.Equal(l.Since) {
				return consent.Applied{}, stoppedAgain()
			}
			return e.apply(prev, consent.Change{GPC: &off}, now)
		}, now)
		return err
	}
	return e.amend(ctx, ref, now, func(s *records.Standing) (bool, error) {
		at := &s.Objected
		if l.What == "pause" {
			at = &s.Paused
		}
		due := at.Equal(l.Since)
		if due {
			*at = time.Time{}
		}
		return due, nil
	})
}

// documentHash names a file that somebody brings.
func documentHash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// agreeToImport is the second pair of eyes on a file: the operator who agrees has
// the very same one. The request is under way when it returns; whoever calls ends it.
func (e *Engine) agreeToImport(ctx context.Context, id string, who tactful.Alias, document string, now time.Time) (records.CaseID, error) {
	ref, err := e.known(ctx, who, now)
	if err != nil {
		return records.CaseID{}, err
	}
	name, err := records.ParseCaseID(id)
	if err != nil {
		return name, err
	}
	said, err := e.records.AllSaid(ctx, ref, now)
	if err != nil {
		return name, err
	}
	at := slices.IndexFunc(said, func(s records.Said) bool { return s.Case == name && s.Entry == [8]byte{} })
	if at < 0 {
		return name, tactful.Errorf(tactful.NotFound, "there is no such request of this person")
	}
	detail, err := rights.DecodeDetail(said[at].Detail)
	if err != nil {
		return name, fmt.Errorf("read a request: %w", err)
	}
	if detail.Document != document {
		return name, &tactful.Error{Kind: tactful.Refused, Field: "body", Detail: "it is not the file that the request is about", Remedy: "send the very file that the other operator had, unchanged"}
	}
	_, _, err = e.act(ctx, id, func(by rights.By, c *records.Case, r *rights.Request) error {
		if c.Ref != ref || r.Kind != rights.Import {
			return tactful.Errorf(tactful.NotFound, "there is no such request of this person")
		}
		return e.release(by, r)
	})
	return name, err
}

// endImport notes how an import ended: one that failed waits for the second
// operator again, and may be repeated.
func (e *Engine) endImport(ctx context.Context, id records.CaseID, failed error) error {
	now := e.clock.Now()
	_, _, err := e.step(ctx, id, now, func(_ *records.Case, r *rights.Request) error {
		if failed != nil {
			return r.Return()
		}
		return r.Finish(rights.By{Kind: tactful.ActorEngine}, now)
	})
	return err
}
