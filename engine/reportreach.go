package engine

import (
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/report"
)

// reachFates are what becomes of a showing, first what all others are a share of.
func reachFates() []decision.Fate {
	return []decision.Fate{decision.Shown, decision.Clicked, decision.Dismissed, decision.Converted}
}

// reachGroups names the campaigns that there are, whether or not anybody saw one.
func (e *Engine) reachGroups() (groups []report.Group) {
	set := e.offered.Load()
	for i := range set.Len() {
		for _, fate := range reachFates() {
			groups = append(groups, report.Group{Name: set.At(i).ID, Of: fate.String()})
		}
	}
	return groups
}

// reachOf is where one person counts in the reach of campaigns: once in each step,
// however often they were shown something. What was reserved and never reported
// counts as shown, as it does against caps; what was given back counts for nothing.
func reachOf(s *records.Subject, q report.Question, tally *report.Tally) (in []int32) {
	if s.Showings == nil {
		return nil
	}
	for i := range s.Showings.Past {
		p := &s.Showings.Past[i]
		if p.At.Before(q.From()) || !p.At.Before(q.Until) || !p.Fate.Counts() {
			continue
		}
		in = append(in, tally.Place(p.Campaign, decision.Shown.String()))
		if p.Fate > decision.Shown {
			in = append(in, tally.Place(p.Campaign, p.Fate.String()))
		}
	}
	return in
}
