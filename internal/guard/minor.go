package guard

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Minor refuses what would profile somebody who is known or declared to be a
// minor: a suggestion that rests on what they did before, or that a wish of
// theirs has moved. What goes with the page they look at passes. No consent
// lifts it, neither theirs nor a guardian's (GDPR recital 71; Digital Services
// Act 28(2); DPDP Act 9).
//
// The consent stage never lets a decision about a minor go beyond the page; this
// guard does not rely on that.
type Minor struct{}

var _ Guard = Minor{}

// Name is the guard's word.
func (Minor) Name() string { return "minor" }

// Promise is the sentence it keeps.
func (Minor) Promise() string {
	return "Nobody who is known or declared to be a minor is profiled, whoever agreed."
}

// File is where it is decided.
func (Minor) File() string { return "internal/guard/minor.go" }

// Details of the minor guard.
const (
	minorHistory uint8 = iota + 1
	minorWish
	minorLevel
)

// Detail says what a verdict's code means.
func (Minor) Detail(code uint8) string {
	switch code {
	case minorHistory:
		return "rests on what a minor did before"
	case minorWish:
		return "was moved by what a minor said"
	case minorLevel:
		return "is for a minor, at a level that makes a profile"
	}
	return failedDetail(code)
}

// Judge rules on each candidate.
func (Minor) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	if !c.Permit.Minor {
		for i := range candidates {
			out[i] = decision.Verdict{Ruling: decision.Allow}
		}
		return nil
	}
	judgePieces(c, candidates, out, func(p *decision.Piece) uint8 {
		if p.Origin != decision.FromRequest {
			return minorHistory
		}
		return 0
	})
	beyond := c.Permit.Allowed || c.Permit.Level > tactful.Context
	for i := range candidates {
		switch {
		case out[i].Stops():
		case beyond:
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: minorLevel}
		case candidates[i].Wish != tactful.WishNone:
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: minorWish}
		}
	}
	return nil
}
