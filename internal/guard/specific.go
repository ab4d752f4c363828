package guard

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Specific refuses a reason that fits fewer than Support people. The reason is
// the largest contribution; it fits the distinct people behind that pair of
// items. If those are too few, the reason is told by category, provided that
// the category has enough people; if that too fits only a few, a suggestion
// made from evidence is withheld. Lists that rest on nobody in particular lose
// their claim of being popular instead.
//
// It bounds what a reason reveals about the person and about others. It does
// not make published lists safe against comparison over time.
type Specific struct {
	Support uint32
}

var _ Guard = Specific{}

// Name is the guard's word.
func (Specific) Name() string { return "specific" }

// Promise is the sentence it keeps.
func (Specific) Promise() string {
	return "No reason that fits only a few people, and no exact times, counts or places in words."
}

// File is where it is decided.
func (Specific) File() string { return "internal/guard/specific.go" }

// Details of the specific guard; 1 to 16 name the category, most general first.
const (
	specificNeutral uint8 = 200
	specificFew     uint8 = 201
	specificNowhere uint8 = 202
)

// Detail says what a verdict's code means.
func (Specific) Detail(code uint8) string {
	switch {
	case code >= 1 && code <= 16:
		return "the pair fits too few people, the category is named instead"
	case code == specificNeutral:
		return "told without naming anything"
	case code == specificFew:
		return "no reason fits enough people"
	case code == specificNowhere:
		return "rests on evidence that is not in the case"
	}
	return failedDetail(code)
}

// Judge rules on each candidate.
func (s Specific) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	for i := range candidates {
		out[i] = s.judge(c, &candidates[i])
	}
	return nil
}

func (s Specific) judge(c *decision.Case, candidate *decision.Candidate) decision.Verdict {
	allow := decision.Verdict{Ruling: decision.Allow}
	neutral := decision.Verdict{Ruling: decision.Coarsen, Detail: specificNeutral}
	few := decision.Verdict{Ruling: decision.Withhold, Detail: specificFew}
	if candidate.Offer != nil && len(candidate.Contributions) == 0 {
		return allow // the reason is the shop's wish
	}
	switch candidate.Origin {
	case tactful.Pinned:
		return allow // the reason is the shop's wish
	case tactful.Filler, tactful.Bestseller:
		if candidate.People >= s.Support {
			return allow
		}
		return neutral
	case tactful.Match:
		if len(candidate.Contributions) == 0 {
			return allow // the reason is the query
		}
		if v := s.named(c, candidate); v.Ruling != decision.Withhold {
			return v
		}
		return neutral
	case tactful.Ranked, tactful.Boosted:
		if len(candidate.Contributions) == 0 {
			if candidate.Origin == tactful.Boosted {
				return allow // a popular item or a match, moved by the shop
			}
			return few
		}
		return s.named(c, candidate)
	case tactful.OriginUnknown:
	}
	return few
}

// named rules on the largest contribution.
func (s Specific) named(c *decision.Case, candidate *decision.Candidate) decision.Verdict {
	k := &candidate.Contributions[0]
	p := pieceOf(c, k)
	if p == nil {
		return decision.Verdict{Ruling: decision.Withhold, Detail: specificNowhere}
	}
	enough := k.Support >= s.Support
	if p.Listed == nil {
		if enough {
			return decision.Verdict{Ruling: decision.Coarsen, Detail: specificNeutral} // its title is gone
		}
		return decision.Verdict{Ruling: decision.Withhold, Detail: specificFew}
	}
	if enough {
		return decision.Verdict{Ruling: decision.Allow}
	}
	categories := p.Listed.Categories
	for at := min(len(categories), 16) - 1; at >= 0; at-- {
		if c.Crowds[categories[at]] >= s.Support {
			return decision.Verdict{Ruling: decision.Coarsen, Detail: uint8(at + 1)}
		}
	}
	return decision.Verdict{Ruling: decision.Withhold, Detail: specificFew}
}

// Category returns the category that a coarse verdict lets a reason name, ""
// if it may name none.
func (s Specific) Category(c *decision.Case, candidate *decision.Candidate, v decision.Verdict) string {
	if v.Ruling != decision.Coarsen || v.Detail < 1 || v.Detail > 16 || len(candidate.Contributions) == 0 {
		return ""
	}
	p := pieceOf(c, &candidate.Contributions[0])
	if p == nil || p.Listed == nil || int(v.Detail) > len(p.Listed.Categories) {
		return ""
	}
	return p.Listed.Categories[v.Detail-1]
}
