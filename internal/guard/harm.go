package guard

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Harm keeps harmful items from being promoted. What the policy says of a class
// holds: never; only for a search that is about the class itself; after
// everything else; with a note. A class it says nothing of is never shown. A
// history of such items pulls towards no more of them. Where the subject of a
// search draws such items, what is labelled as reliable comes first.
//
// One click on a book against vaccines filled Amazon's pages with them.
type Harm struct{}

var _ Guard = Harm{}

// Name is the guard's word.
func (Harm) Name() string { return "harm" }

// Promise is the sentence it keeps.
func (Harm) Promise() string {
	return "Nothing harmful is pushed, and asking about a subject opens no flood of it."
}

// File is where it is decided.
func (Harm) File() string { return "internal/guard/harm.go" }

// Details of the harm guard. The numbers are part of the message keys that tell
// the customer (leftout.harm.1 and so on).
const (
	harmNever uint8 = iota + 1
	harmUnsought
	harmDemoted
	harmNoted
	harmPull
	harmQualityFirst
	harmUnlabelled
)

// Detail says what a verdict's code means.
func (Harm) Detail(code uint8) string {
	switch code {
	case harmNever:
		return "of a harmful class that is never shown"
	case harmUnsought:
		return "of a harmful class that nobody searched for"
	case harmDemoted:
		return "of a harmful class, so it comes last"
	case harmNoted:
		return "of a harmful class, so it has a note"
	case harmPull:
		return "rests on something harmful, which pulls towards nothing"
	case harmQualityFirst:
		return "after what is labelled as reliable"
	case harmUnlabelled:
		return "nobody has looked at what it is"
	}
	return failedDetail(code)
}

// Judge rules on each candidate.
func (Harm) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	l := c.Labels
	if l == nil {
		for i := range out {
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: harmUnlabelled}
		}
		return nil
	}
	judgePieces(c, candidates, out, func(p *decision.Piece) uint8 {
		if l.At(p.Item)&l.Harm != 0 {
			return harmPull
		}
		return 0
	})
	search := c.Request != nil && c.Request.Placement == tactful.Search
	guarded := search && (c.Around != 0 || c.Sought&l.Harm != 0)
	for i := range candidates {
		if out[i].Ruling != decision.Allow {
			continue
		}
		if x := &candidates[i]; x.Offer != nil && (x.Item == nil || x.Item.No == 0) {
			if !x.Offer.Looked || x.Offer.Classes&l.Harm != 0 {
				out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: harmNever}
			}
			continue
		}
		switch item := candidates[i].Item; c.Harmful(item) {
		case decision.HarmNone:
			if guarded && l.At(item.No)&l.Quality == 0 {
				out[i] = decision.Verdict{Ruling: decision.Demote, Detail: harmQualityFirst}
			}
		case decision.HarmNoted:
			out[i].Detail = harmNoted
			if guarded {
				out[i] = decision.Verdict{Ruling: decision.Demote, Detail: harmNoted}
			}
		case decision.HarmDemoted:
			out[i] = decision.Verdict{Ruling: decision.Demote, Detail: harmDemoted}
		case decision.HarmSearch:
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: harmUnsought}
		case decision.HarmNever:
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: harmNever}
		default:
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: detailFailed}
		}
	}
	return nil
}

// HarmPolicy says what becomes of the items of a harm class.
type HarmPolicy string

// Policies, the strictest first.
const (
	HarmNever    HarmPolicy = "never"
	HarmSearched HarmPolicy = "searched"
	HarmDemote   HarmPolicy = "demote"
	HarmNote     HarmPolicy = "note"
)

// Known reports whether a policy is one.
func (p HarmPolicy) Known() bool {
	switch p {
	case HarmNever, HarmSearched, HarmDemote, HarmNote:
		return true
	}
	return false
}

// Noted reports whether the harm guard wants a note beside candidate i.
func (r *Rulings) Noted(i int) bool {
	for g, guard := range r.guards {
		if _, is := guard.(Harm); is {
			v := r.Verdict(g, i)
			return v.Detail == harmNoted || v.Detail == harmDemoted
		}
	}
	return false
}
