package guard

import (
	"github.com/tactful/tactful/internal/decision"
)

// Coercive refuses copy that presses, shames or claims what is not true. It does
// not read: copy is read when campaigns are loaded, and once more as rendered
// before it goes out (internal/coercion), and what was found stands in the offer.
// Copy that nobody read is not shown. Between calm and pressing it waits until a
// human said yes; a human's no blocks.
type Coercive struct{}

var _ Guard = Coercive{}

// Name is the guard's word.
func (Coercive) Name() string { return "coercive" }

// Promise is the sentence it keeps.
func (Coercive) Promise() string {
	return "No offer presses or shames you, or claims what is not true."
}

// File is where it is decided.
func (Coercive) File() string { return "internal/guard/coercive.go" }

// Details of the coercive guard.
const (
	coerciveUnread uint8 = iota + 1
	coerciveBlocked
	coerciveWaits
)

// Detail says what a verdict's code means.
func (Coercive) Detail(code uint8) string {
	switch code {
	case coerciveUnread:
		return "nobody has read its words"
	case coerciveBlocked:
		return "its words press, shame or claim what is not true"
	case coerciveWaits:
		return "its words wait for a human's yes"
	}
	return failedDetail(code)
}

// Judge rules on each candidate.
func (Coercive) Judge(_ *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	for i := range candidates {
		out[i] = decision.Verdict{Ruling: decision.Allow}
		if o := candidates[i].Offer; o != nil {
			if code := pressing(&o.Pressed); code != 0 {
				out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: code}
			}
		}
	}
	return nil
}

func pressing(p *decision.Pressed) uint8 {
	switch {
	case !p.Read || !(p.Score >= 0 && p.Score <= 1):
		return coerciveUnread
	case p.Blocked:
		return coerciveBlocked
	case p.Waits:
		return coerciveWaits
	}
	return 0
}
