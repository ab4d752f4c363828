package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// brought is what a file says about how somebody stands elsewhere. It is what
// the file says, and no more than that.
type brought struct {
	log       []tactful.Consent // every answer, oldest first, a no last among those of one moment
	stands    map[tactful.Purpose]tactful.Consent
	level     tactful.Level
	levelTime time.Time
	gpc       bool
	minor     bool
	objected  time.Time
	cleared   time.Time
}

// readBrought reads the answers and the standing. Every standing answer must be
// one of the log, word for word; only a no that was said again may be newer.
func readBrought(p *rights.Portable, now time.Time) (*brought, error) {
	s := &p.Standing
	b := &brought{gpc: s.Consents.GPC, minor: s.Minor, stands: map[tactful.Purpose]tactful.Consent{}}
	late := now.Add(time.Minute)
	if s.Consents.Level != "" {
		var ok bool
		if b.level, ok = tactful.ParseLevel(s.Consents.Level); !ok || s.Consents.LevelTime.After(late) {
			return nil, tactful.InvalidField("standing.consents.level", "is unknown, or of the future", "send the file unchanged")
		}
		b.levelTime = s.Consents.LevelTime.UTC()
	}
	for _, mark := range []struct {
		field    string
		from, to *time.Time
	}{{"objected", &s.Objected, &b.objected}, {"cleared", &s.Cleared, &b.cleared}} {
		if mark.from.After(late.Add(consent.Skew)) { // an objection may be as late as the latest answer
			return nil, tactful.InvalidField("standing."+mark.field, "lies in the future", "send the file unchanged")
		}
		if !mark.from.IsZero() {
			*mark.to = mark.from.UTC()
		}
	}
	known := map[string]tactful.Consent{}
	for i := range p.Consents {
		c, err := consentIn(&p.Consents[i], fmt.Sprintf("consent[%d]", i), now)
		if err != nil {
			return nil, err
		}
		if _, twice := known[c.ID]; twice {
			return nil, tactful.InvalidField(fmt.Sprintf("consent[%d]", i), "is there twice", "send the file unchanged")
		}
		known[c.ID] = c
		b.log = append(b.log, c)
	}
	slices.SortStableFunc(b.log, func(x, y tactful.Consent) int {
		return cmp.Or(x.Time.Compare(y.Time), -cmp.Compare(yesses(x), yesses(y)))
	})
	for i := range s.Consents.Purposes {
		field := fmt.Sprintf("standing.consents.purposes[%d]", i)
		c, err := consentIn(&s.Consents.Purposes[i], field, now)
		if err != nil {
			return nil, err
		}
		record, ok := known[c.ID]
		if again := c; ok && c.Answer != tactful.Granted && c.Time.After(record.Time) {
			again.Time = record.Time
			ok = sameRecord(again, record)
		} else if ok {
			ok = sameRecord(c, record)
		}
		if _, twice := b.stands[c.Purpose]; !ok || twice {
			return nil, tactful.InvalidField(field, "is an answer without its record", "send the file unchanged")
		}
		b.stands[c.Purpose] = c
	}
	return b, nil
}

func yesses(c tactful.Consent) int {
	if c.Answer == tactful.Granted {
		return 1
	}
	return 0
}

func (b *brought) says(answer tactful.Answer) bool {
	return slices.ContainsFunc(b.log, func(c tactful.Consent) bool { return c.Answer == answer })
}

// restricts reports whether the file says anything that takes away.
func (b *brought) restricts() bool {
	return b.gpc || !b.objected.IsZero() || b.says(tactful.Denied) || b.says(tactful.Withdrawn)
}

// sameRecord compares two records in every field.
func sameRecord(a, b tactful.Consent) bool {
	same := a.Time.Equal(b.Time) && a.Expires.Equal(b.Expires)
	a.Time, a.Expires, b.Time, b.Expires = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	return same && a == b
}

// trust is how far a file counts, by who brings it.
type trust uint8

const (
	byAnybody trust = iota // only what takes away
	byHand                 // also what the person did, said about items and wishes: they bring it, but the file is not signed
	byProof                // also its yeses and level: the business vouches for it by a proof that the import redeems, or two operators have seen it
)

// broughtBy tells how far the file counts. The person in their own session
// brings no yes by it: whoever they are, a yes of here is said here, to the text
// of here. An operator's file that says yes is refused as a whole: they would
// say yes for somebody alone.
func (e *Engine) broughtBy(ctx context.Context, r ImportRequest, b *brought) (trust, error) {
	if r.Request != "" { // two operators have seen the file
		return byProof, nil
	}
	switch tactful.ActorOf(ctx).Kind {
	case tactful.ActorPerson:
		return byHand, nil
	case tactful.ActorOperator:
		if b.says(tactful.Granted) {
			return byAnybody, &tactful.Error{Kind: tactful.Refused, Field: "body", Detail: "it says yes for somebody, and an operator alone does not",
				Remedy: "let the person bring it themself, or enter it as a request: tactful rights open ID import --file FILE"}
		}
		return byAnybody, nil
	case tactful.ActorUnknown, tactful.ActorService, tactful.ActorEngine:
	}
	if r.Proof == "" {
		return byAnybody, nil
	}
	visit, err := e.redeemLink(ctx, r.Proof) // not a stranger's: they bring their file themself, in the centre that their link opens
	if tactful.KindOf(err) == tactful.NotFound && err != nil && e.tokens != nil {
		visit, err = e.RedeemToken(ctx, r.Proof)
	}
	if err != nil {
		return byAnybody, err
	}
	if visit.Subject != r.Subject || !visit.Opens {
		return byAnybody, &tactful.Error{Kind: tactful.Refused, Field: "proof", Detail: "it is of somebody else, or of one request only", Remedy: "send a proof of the person whose data it is, which your server made"}
	}
	return byProof, nil
}

// importStanding takes the answers over, in one write, again if somebody else
// was faster.
func (e *Engine) importStanding(ctx context.Context, ref tactful.Ref, b *brought, who trust, done *Imported, now time.Time) error {
	for range writeTries {
		standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
		if err != nil {
			return err
		}
		if standings[0] == nil {
			return tactful.Errorf(tactful.NotFound, "the subject is not there any more")
		}
		known, err := e.records.ConsentLog(ctx, ref, 0, now)
		if err != nil {
			return err
		}
		untaken := map[string]int{}
		if who == byHand {
			err = e.bringByHand(ctx, ref, standings[0], known, b, done, now)
			if tactful.KindOf(err) == tactful.Conflict && err != nil {
				continue
			}
			return err
		}
		next, taken, err := e.judgeBrought(standings[0], b, who, untaken, now)
		if err != nil {
			return err
		}
		appended := taken
		switch {
		case len(known) == 0:
		case sameRecords(known, taken):
			next.Consents, appended = restrained(standings[0].Consents, next.Consents), nil
		default:
			return &tactful.Error{Kind: tactful.Conflict, Detail: "somebody is known by that name already", Remedy: "import under a name that is nobody's yet, erase first, or let the person bring it in their privacy centre"}
		}
		_, err = e.records.WriteStanding(ctx, ref, next.Version, *next, appended, now)
		if tactful.KindOf(err) == tactful.Conflict && err != nil {
			continue
		}
		if err == nil {
			done.Consents, done.Untaken = len(taken), untaken
			e.school.note(1)
			e.standingChanged(ctx, ref, next, now)
		}
		return err
	}
	return tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}

// judgeBrought lets the answers pass the policy, oldest first, as if each was
// reported now, and returns how the person would stand and the records to keep.
func (e *Engine) judgeBrought(s *records.Standing, b *brought, who trust, untaken map[string]int, now time.Time) (*records.Standing, []tactful.Consent, error) {
	next := *s
	var taken []tactful.Consent
	kept := map[string]tactful.Consent{}
	for _, c := range b.log {
		if c.Answer == tactful.Granted && who < byProof {
			untaken["unproved"]++
			continue
		}
		named := func() (string, error) { return c.ID, nil }
		change := consent.Change{Answers: []tactful.Consent{c}, Since: s.Erased}
		alone, err := e.policy.Apply(tactful.Consents{}, change, now, named)
		if err != nil {
			return nil, nil, err
		}
		if len(alone.Appended) != 1 {
			word := "invalid"
			if c.Answer == tactful.Granted && !s.Erased.IsZero() && !c.Time.After(s.Erased) {
				word = "erased"
			}
			untaken[word]++
			continue
		}
		record := alone.Appended[0]
		record.Answer = c.Answer // a no is Withdrawn or Denied by what stood there
		taken, kept[c.ID] = append(taken, record), record
		applied, err := e.policy.Apply(next.Consents, change, now, named)
		if err != nil {
			return nil, nil, err
		}
		next.Consents = applied.Next
	}
	for purpose, c := range next.Consents.Purposes {
		record, ours := kept[c.ID]
		if !ours {
			continue // said here
		}
		there, stands := b.stands[purpose]
		switch {
		case record.Answer != tactful.Granted:
			if there.ID == record.ID && there.Time.After(record.Time) {
				record.Time = there.Time // said again since
			}
			next.Consents.Purposes[purpose] = record
		case !stands:
			delete(next.Consents.Purposes, purpose) // a yes stands only where the file says so too
		case there.Answer != tactful.Granted:
			next.Consents.Purposes[purpose] = there
		default:
			next.Consents.Purposes[purpose] = record
		}
	}
	if level := b.level; who == byProof || level <= tactful.Generic {
		if s.Consents.Level != tactful.LevelUnknown {
			level = min(level, s.Consents.Level) // over a choice that was made here, only down
		}
		applied, err := e.policy.Apply(next.Consents, consent.Change{Level: level, Time: b.levelTime, Since: s.Erased}, now, e.newID)
		if err != nil {
			return nil, nil, err
		}
		next.Consents = applied.Next
	}
	next.Consents.GPC = s.Consents.GPC || b.gpc
	next.Minor = s.Minor || b.minor
	next.Objected, next.Cleared = later(s.Objected, b.objected), later(s.Cleared, b.cleared)
	return &next, taken, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// sameRecords reports whether two logs hold the same records, in every field.
func sameRecords(known, taken []tactful.Consent) bool {
	if len(known) != len(taken) {
		return false
	}
	by := make(map[string]tactful.Consent, len(known))
	for _, c := range known {
		by[c.ID] = c
	}
	for _, c := range taken {
		if k, ok := by[c.ID]; !ok || !sameRecord(k, c) {
			return false
		}
	}
	return true
}

// restrained is how somebody stands here, who is known by the same records: what
// they said here stands, whatever the file says, but for a lower level.
func restrained(here, file tactful.Consents) tactful.Consents {
	here.GPC = here.GPC || file.GPC
	if file.Level != tactful.LevelUnknown && file.Level < here.Level {
		here.Level, here.LevelTime = file.Level, file.LevelTime
	}
	return here
}
