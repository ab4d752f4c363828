package guard

import (
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Declared refuses what the person told us they do not want to be shown: topics
// that they muted, occasions that they skip, and what does not serve a need that
// they declared. The person said so, so it holds on every placement, also in
// what they search for.
//
// At level generic nothing of the person is read, so it changes nothing there and
// the list is the same for everybody; at context it keeps out and does no more. A
// suggestion that was ranked by a wish where the wish may not be used is refused.
type Declared struct{}

var _ Guard = Declared{}

// Name is the guard's word.
func (Declared) Name() string { return "declared" }

// Promise is the sentence it keeps.
func (Declared) Promise() string {
	return "What you muted, skip or cannot use is not shown."
}

// File is where it is decided.
func (Declared) File() string { return "internal/guard/declared.go" }

// declaredUnasked follows the details that are decision.Objections.
const declaredUnasked uint8 = 100

// Detail says what a verdict's code means.
func (Declared) Detail(code uint8) string {
	switch code {
	case uint8(decision.ObjectMuted):
		return "of a topic that the person muted"
	case uint8(decision.ObjectSkipped):
		return "for an occasion that the person skips"
	case uint8(decision.ObjectNeed):
		return "does not serve what the person needs"
	case declaredUnasked:
		return "ranked by a wish that may not be used here"
	}
	return failedDetail(code)
}

// aboutOf is what a candidate is about: its item or, for an offer of none, its
// category.
func aboutOf(x *decision.Candidate) *tactful.Item {
	if x.Item != nil || x.Offer == nil {
		return x.Item
	}
	about := &tactful.Item{}
	if x.Offer.Category != "" {
		about.Categories = strings.Split(x.Offer.Category, tactful.TopicSeparator)
	}
	return about
}

// Judge rules on each candidate.
func (Declared) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	p := &c.Permit
	known := !p.Frozen && p.Level >= tactful.Context && p.Level <= tactful.Full
	leans := known && p.Allowed && p.Level >= tactful.Personal
	for i := range candidates {
		out[i] = decision.Verdict{Ruling: decision.Allow}
		x := &candidates[i]
		if x.Wish != tactful.WishNone && !leans {
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: declaredUnasked}
			continue
		}
		if !known {
			continue
		}
		if code := c.Wishes.Objects(aboutOf(x)); code != decision.NoObjection {
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: uint8(code)}
		}
	}
	return nil
}
