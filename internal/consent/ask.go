package consent

import (
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/law"
)

// MayAsk lists the purposes whose question may be put to this person now, in
// the policy's order: those never answered, those whose yes has run out or was
// said to another text, and those whose no is old enough for the law of the
// region, which is never less than six months (CNIL 2020; twelve in California,
// Civil Code 1798.135(c)(4), and where the region is unknown). An objection to
// marketing is a no to all of it. Who paused, or restricted processing, is asked
// nothing meanwhile. While Global Privacy Control is on, what it
// stops is not asked about: the signal is the answer.
func (p *Policy) MayAsk(s Standing, region string, now time.Time) []tactful.Purpose {
	if s.Known && (s.Frozen || s.Minor || now.Before(s.Paused)) {
		return nil
	}
	var ask []tactful.Purpose
	for _, purpose := range p.purposes {
		if s.Known && s.Consents.GPC && p.terms[purpose].gpc {
			continue
		}
		if s.Known && Marketing(purpose) && !s.Objected.IsZero() && now.Before(law.AskAgainFrom(region, s.Objected, time.UTC)) {
			continue
		}
		record, answered := s.Consents.Purposes[purpose]
		if !s.Known || !answered || p.askAgain(s, record, region, now) {
			ask = append(ask, purpose)
		}
	}
	return ask
}

func (p *Policy) askAgain(s Standing, record tactful.Consent, region string, now time.Time) bool {
	switch record.Answer {
	case tactful.NoAnswer:
		return true
	case tactful.Granted:
		_, live := p.live(s, record.Purpose, now)
		return live != decision.BecauseAllowed
	case tactful.Denied, tactful.Withdrawn:
		if region == "" {
			region = record.Jurisdiction
		}
		return !now.Before(law.AskAgainFrom(region, record.Time, time.UTC))
	}
	return false
}
