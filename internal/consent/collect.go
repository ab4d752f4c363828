package consent

import (
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Collection says whether an event may be stored now. The zero value stores nothing.
type Collection struct {
	Because  decision.Because  // BecauseAllowed, or the reason word of the refusal
	Purposes []tactful.Purpose // purposes with a live grant, in the policy's order; empty unless allowed
}

// Allowed reports whether the event may be stored.
func (c Collection) Allowed() bool { return c.Because == decision.BecauseAllowed }

// Covers reports whether what is stored may serve the purpose.
func (c Collection) Covers(purpose tactful.Purpose) bool { return slices.Contains(c.Purposes, purpose) }

// Collect says what an event of this person may be stored for. Storing needs a
// chosen level of personal or full and a live grant of recommendations or
// improvement: nothing is kept for somebody who asked for the page only.
func (p *Policy) Collect(s Standing, now time.Time) Collection {
	switch {
	case !s.Known:
		return Collection{Because: decision.BecauseNoSubject}
	case s.Frozen:
		return Collection{Because: decision.BecauseFrozen}
	case s.Minor:
		return Collection{Because: decision.BecauseMinor}
	case s.Paused.After(now):
		return Collection{Because: decision.BecausePaused}
	}
	_, recommend := p.live(s, tactful.Recommendations, now)
	_, improve := p.live(s, tactful.Improvement, now)
	if recommend != decision.BecauseAllowed && improve != decision.BecauseAllowed {
		if recommend == decision.BecauseNoRecord {
			return Collection{Because: improve}
		}
		return Collection{Because: recommend}
	}
	switch level := s.Consents.Level; {
	case level > tactful.Full:
		return Collection{Because: decision.BecauseUnknown}
	case level < tactful.Personal:
		return Collection{Because: decision.BecauseLevel}
	}
	var live []tactful.Purpose
	for _, purpose := range p.purposes {
		_, because := p.unopposed(s, purpose, now)
		if because == decision.BecauseAllowed && !(s.Consents.GPC && p.terms[purpose].gpc) {
			live = append(live, purpose)
		}
	}
	c := Collection{Because: decision.BecauseAllowed, Purposes: live}
	if !c.Covers(tactful.Recommendations) && !c.Covers(tactful.Improvement) {
		return Collection{Because: decision.BecauseGPC}
	}
	return c
}
