package engine

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/explain"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/records"
)

// obey lets what a person declared act on one decision and returns what may be
// used of them. Whoever keeps their history on their own device gets a list for
// this page only. There what they muted, skip or need still keeps things out:
// they told us so that it is obeyed, and nothing is concluded from it. A list
// that is the same for everybody knows none of it.
func (e *Engine) obey(c *decision.Case, subject *records.Subject) *records.Subject {
	p := subject.Preferences
	if c.Permit.Frozen || c.Permit.Level < tactful.Context {
		return subject
	}
	if p != nil {
		c.Wishes = e.cfg.Preferences.wishes(p, c.Now, e.classNamed)
		if muted := e.mutedClasses(p); muted != 0 {
			c.Wishes.Muted = muted // a muted class is a wish, so there are some
		}
		if p.KeepOnDevice && c.Permit.Level >= tactful.Personal {
			c.Permit = decision.Permit{Level: tactful.Context, Purpose: c.Permit.Purpose, GPC: c.Permit.GPC, Because: decision.BecauseDevice}
		}
	}
	if !c.Permit.Allowed || c.Permit.Level < tactful.Personal {
		c.Wishes, subject = c.Wishes.Filters(), nil
	}
	if p == nil {
		return subject
	}
	if c.Request.Language == "" {
		for _, tag := range p.Languages {
			if e.explainer.Speaks(tag) {
				asked := *c.Request
				asked.Language = tag
				c.Request = &asked
				break
			}
		}
	}
	return subject
}

// discreet makes a reason name nothing that the person did, where others see
// the screen.
func discreet(c *decision.Case, x *decision.Candidate, precision explain.Precision) explain.Precision {
	if c.Wishes == nil || !c.Wishes.Discreet || len(x.Contributions) == 0 {
		return precision
	}
	return explain.Precision{Coarse: true, Noted: precision.Noted}
}

// spared counts what was left out because the person said so.
func spared(withheld []tactful.Withheld) int {
	for i := range withheld {
		if withheld[i].Guard == (guard.Declared{}).Name() {
			return withheld[i].Count
		}
	}
	return 0
}
