package consent

import (
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Skew is how far a sender's clock may run ahead of ours.
const Skew = 5 * time.Minute

// Standing is what is on record about one person now. The zero value is
// nobody in particular.
type Standing struct {
	Consents tactful.Consents
	Known    bool      // somebody is named and has a row
	Frozen   bool      // processing is restricted (GDPR 18)
	Minor    bool      // known or declared to be a minor
	Objected time.Time // when the person objected to direct marketing (GDPR 21); zero: never
	Paused   time.Time // the person wants the level generic until then
	Latest   time.Time // the latest time ever seen; a yes that had run out by then stays so, though the clock was set back
}

// Ask is one question to the policy.
type Ask struct {
	Purpose tactful.Purpose
	Want    tactful.Level // at most this level; LevelUnknown: as far as allowed
	GPC     bool          // Sec-GPC came with the request
	Region  string        // ISO 3166 code, "" if unknown
}

// Permit says whether, and at which level, the purpose may use what is known
// about the person. Personal and full need both the person's chosen level and
// a live grant for this very purpose; everything unknown is refused.
func (p *Policy) Permit(s Standing, ask Ask, now time.Time) decision.Permit {
	permit := decision.Permit{
		Purpose: ask.Purpose,
		GPC:     ask.GPC || (s.Known && s.Consents.GPC),
		GPCKept: s.Known && s.Consents.GPC,
		Frozen:  s.Known && s.Frozen,
		Minor:   s.Known && s.Minor,
	}
	var record tactful.Consent
	permit.Level, permit.Because, record = p.bound(s, ask, permit.GPC, now)
	switch {
	case ask.Want > tactful.Full:
		permit.Level, permit.Because = tactful.Generic, decision.BecauseUnknown
	case ask.Want != tactful.LevelUnknown && ask.Want < permit.Level:
		permit.Level, permit.Because = ask.Want, decision.BecauseRequest
	}
	if permit.Level >= tactful.Personal {
		permit.Allowed, permit.ConsentID = true, record.ID
	}
	return permit
}

// bound is the level before the request's own wish.
func (p *Policy) bound(s Standing, ask Ask, gpc bool, now time.Time) (tactful.Level, decision.Because, tactful.Consent) {
	none := tactful.Consent{}
	unchosen := tactful.Generic
	if p.Regime(ask.Region) == OptOut {
		unchosen = tactful.Context
	}
	if _, declared := p.terms[ask.Purpose]; !declared {
		return tactful.Generic, decision.BecausePurpose, none
	}
	chosen := s.Consents.Level
	switch {
	case !s.Known:
		return unchosen, decision.BecauseNoSubject, none
	case s.Frozen:
		return tactful.Generic, decision.BecauseFrozen, none
	case s.Paused.After(now):
		return tactful.Generic, decision.BecausePaused, none
	case chosen > tactful.Full:
		return tactful.Generic, decision.BecauseUnknown, none
	case chosen == tactful.LevelUnknown:
		return unchosen, decision.BecauseNoRecord, none
	case chosen <= tactful.Context:
		return chosen, decision.BecauseLevel, none
	}
	// From here on the person chose more than the page; the page stays theirs.
	if s.Minor { // no yes of theirs, and nobody's for them, makes a profile of a minor
		return tactful.Context, decision.BecauseMinor, none
	}
	record, because := p.unopposed(s, ask.Purpose, now)
	switch {
	case because != decision.BecauseAllowed:
		return tactful.Context, because, none
	case gpc && p.terms[ask.Purpose].gpc:
		return tactful.Context, decision.BecauseGPC, none
	case chosen == tactful.Personal:
		return chosen, decision.BecauseLevel, record
	}
	return chosen, decision.BecauseAllowed, record
}

// unopposed is live for somebody who may have objected: to direct marketing
// an objection is absolute (GDPR 21(3)). Only a yes that was said later lifts
// it; one that is reported late, but was said before, does not.
func (p *Policy) unopposed(s Standing, purpose tactful.Purpose, now time.Time) (tactful.Consent, decision.Because) {
	record, because := p.live(s, purpose, now)
	if because == decision.BecauseAllowed && Marketing(purpose) && !s.Objected.IsZero() && !record.Time.After(s.Objected) {
		return tactful.Consent{}, decision.BecauseObjected
	}
	return record, because
}

// live returns the record that permits the purpose now, or why there is none.
func (p *Policy) live(s Standing, purpose tactful.Purpose, now time.Time) (tactful.Consent, decision.Because) {
	t, declared := p.terms[purpose]
	if !declared {
		return tactful.Consent{}, decision.BecausePurpose
	}
	record, ok := s.Consents.Purposes[purpose]
	if s.Latest.After(now) {
		now = s.Latest
	}
	if !ok {
		return tactful.Consent{}, decision.BecauseNoRecord
	}
	switch record.Answer {
	case tactful.NoAnswer:
		return tactful.Consent{}, decision.BecauseNoRecord
	case tactful.Denied:
		return tactful.Consent{}, decision.BecauseDenied
	case tactful.Withdrawn:
		return tactful.Consent{}, decision.BecauseWithdrawn
	case tactful.Granted:
	default:
		return tactful.Consent{}, decision.BecauseUnknown
	}
	// A yes that cannot be shown to anybody is not a record of one.
	if record.ID == "" || record.Purpose != purpose || record.Time.IsZero() || record.Time.After(now.Add(Skew)) {
		return tactful.Consent{}, decision.BecauseUnknown
	}
	if !now.Before(expiry(record, t)) {
		return tactful.Consent{}, decision.BecauseExpired
	}
	if _, current := t.current[record.NoticeHash]; !current {
		return tactful.Consent{}, decision.BecauseNoticeStale
	}
	return record, decision.BecauseAllowed
}

// expiry is the earlier of what was recorded and what is configured now, so
// that a shortened period binds old records too.
func expiry(record tactful.Consent, t terms) time.Time {
	end := record.Time.Add(t.expires)
	if !record.Expires.IsZero() && record.Expires.Before(end) {
		return record.Expires
	}
	return end
}
