package engine

import (
	"context"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// bringByHand takes over how somebody stands by a file that they bring
// themself. The file is not signed, and what it says yes to was said to
// somebody else: so it may only take away. A yes waits until they say it here,
// and so does a higher level; an answer of here stands whatever the file says.
func (e *Engine) bringByHand(ctx context.Context, ref tactful.Ref, s *records.Standing, known []tactful.Consent, b *brought, done *Imported, now time.Time) error {
	next, taken, untaken, err := e.restrainedByHand(s, known, b, now)
	if err != nil {
		return err
	}
	if _, err := e.records.WriteStanding(ctx, ref, next.Version, *next, taken.fresh, now); err != nil {
		return err
	}
	done.Consents, done.Untaken, done.Beside, done.Asks = taken.all, untaken, taken.beside, e.asks(next.Consents, b)
	e.school.note(1)
	e.standingChanged(ctx, ref, next, now)
	return nil
}

// byHandTaken are the records that count of a file.
type byHandTaken struct {
	fresh  []tactful.Consent // to be kept; a repetition has none
	all    int
	beside bool // they are known here by answers that the file does not hold
}

func (e *Engine) restrainedByHand(s *records.Standing, known []tactful.Consent, b *brought, now time.Time) (*records.Standing, byHandTaken, map[string]int, error) {
	next, untaken := *s, map[string]int{}
	var taken byHandTaken
	here := make(map[string]bool, len(known))
	for _, c := range known {
		here[c.ID] = true
		taken.beside = taken.beside || !slices.ContainsFunc(b.log, func(f tactful.Consent) bool { return f.ID == c.ID })
	}
	for _, c := range b.log {
		answered, said := s.Consents.Purposes[c.Purpose]
		switch {
		case here[c.ID]:
			taken.all++
			continue
		case c.Answer == tactful.Granted:
			untaken["unasked"]++
			continue
		case said && answered.ID != b.stands[c.Purpose].ID:
			untaken["known"]++
			continue
		}
		change, named := consent.Change{Answers: []tactful.Consent{c}, Since: s.Erased}, func() (string, error) { return c.ID, nil }
		alone, err := e.policy.Apply(tactful.Consents{}, change, now, named)
		if err != nil {
			return nil, taken, nil, err
		}
		if len(alone.Appended) != 1 {
			untaken["invalid"]++
			continue
		}
		record := alone.Appended[0]
		record.Answer = c.Answer // a no is Withdrawn or Denied by what stood there
		applied, err := e.policy.Apply(next.Consents, change, now, named)
		if err != nil {
			return nil, taken, nil, err
		}
		if stands, ok := applied.Next.Purposes[c.Purpose]; ok && stands.ID == c.ID {
			applied.Next.Purposes[c.Purpose] = record
		}
		next.Consents = applied.Next
		taken.fresh, taken.all = append(taken.fresh, record), taken.all+1
	}
	none := s.Consents.Level == tactful.LevelUnknown
	if none && b.level == tactful.Generic || b.level != tactful.LevelUnknown && b.level < s.Consents.Level && b.levelTime.After(s.Consents.LevelTime) {
		next.Consents.Level, next.Consents.LevelTime = b.level, b.levelTime
	}
	next.Consents.GPC = s.Consents.GPC || b.gpc
	next.Minor = s.Minor || b.minor
	next.Objected = later(s.Objected, b.objected)
	if !taken.beside { // who has a history here does not lose it for what they deleted elsewhere
		next.Cleared = later(s.Cleared, b.cleared)
	}
	return &next, taken, untaken, nil
}

// asks are the uses that the file says yes to and that were not answered here.
func (e *Engine) asks(c tactful.Consents, b *brought) []tactful.Purpose {
	var list []tactful.Purpose
	for _, purpose := range e.policy.Purposes() {
		if _, said := c.Purposes[purpose]; !said && b.stands[purpose].Answer == tactful.Granted {
			list = append(list, purpose)
		}
	}
	return list
}

// waiting is what becomes of a file in which everything waits for a yes.
func (e *Engine) waiting(b *brought, p *rights.Portable) Imported {
	done := Imported{Untaken: map[string]int{}, Refused: map[string]int{}, Asks: e.asks(tactful.Consents{}, b)}
	if n := len(b.log); n > 0 {
		done.Untaken["unasked"] = n
	}
	if n := len(p.Events); n > 0 {
		done.Refused[decision.BecauseNoRecord.String()] = n
	}
	return done
}
