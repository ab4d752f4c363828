package guard

import (
	"math/bits"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Sensitive refuses items of a sensitive class (health, pregnancy, religion, ...)
// unless this person asked for the class, or the present request is about it,
// and then in that request only. Where others see the answer, a letter or a
// shared screen, asking changes nothing. What tells of a class serves that class
// alone, and only who asked for it: a test that somebody bought makes no other
// list. Who muted a class is shown nothing of it. Lists that rest on nobody, such
// as bestsellers, leave sensitive classes out for everybody.
//
// Target's coupons for baby things were sent to somebody who had told nobody.
type Sensitive struct{}

var _ Guard = Sensitive{}

// Name is the guard's word.
func (Sensitive) Name() string { return "sensitive" }

// Promise is the sentence it keeps.
func (Sensitive) Promise() string {
	return "Nothing about private matters such as health or faith, unless you asked for it."
}

// File is where it is decided.
func (Sensitive) File() string { return "internal/guard/sensitive.go" }

// Details of the sensitive guard. The numbers are part of the message keys that
// tell the customer (leftout.sensitive.1 and so on).
const (
	sensitiveUnasked uint8 = iota + 1
	sensitiveVisible
	sensitiveEvidence
	sensitiveMuted
	sensitiveUnlabelled
)

// Detail says what a verdict's code means.
func (Sensitive) Detail(code uint8) string {
	switch code {
	case sensitiveUnasked:
		return "of a sensitive class that nobody asked for"
	case sensitiveVisible:
		return "of a sensitive class, where others see it"
	case sensitiveEvidence:
		return "rests on something sensitive that serves nothing else"
	case sensitiveMuted:
		return "of a class that the person muted"
	case sensitiveUnlabelled:
		return "nobody has looked at what it is"
	}
	return failedDetail(code)
}

// never is what a piece serves that serves nothing.
const never = ^decision.Classes(0)

// Judge rules on each candidate.
func (Sensitive) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	if c.Labels == nil {
		for i := range out {
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: sensitiveUnlabelled}
		}
		return nil
	}
	p := &c.Permit
	known := !p.Frozen && p.Level >= tactful.Context && p.Level <= tactful.Full
	about := searchedFor(c, candidates)
	var serves [piecesKept]decision.Classes // 0: anything
	pieces := c.Evidence.Pieces
	clean := len(pieces) <= piecesKept
	for i := range min(len(pieces), piecesKept) {
		serves[i] = servesOnly(c, &pieces[i])
		clean = clean && serves[i] == 0
	}
	for i := range candidates {
		x := &candidates[i]
		code := uint8(0)
		if x.Offer != nil && (x.Item == nil || x.Item.No == 0) {
			out[i] = speaks(c, x.Offer)
			continue
		}
		switch {
		case c.Unasked(x.Item, about) != 0:
			if code = sensitiveUnasked; c.Visible {
				code = sensitiveVisible
			}
		case known && c.Mutes(x.Item):
			code = sensitiveMuted
		case !clean:
			code = misused(c, x, &serves)
		}
		out[i] = decision.Verdict{Ruling: decision.Allow}
		if code != 0 {
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: code}
		}
	}
	return nil
}

// speaks rules on an offer of nothing that is listed, by what its words are of.
func speaks(c *decision.Case, o *decision.Offer) decision.Verdict {
	of := o.Classes & c.Labels.Sensitive
	switch {
	case !o.Looked:
		return decision.Verdict{Ruling: decision.Withhold, Detail: sensitiveUnlabelled}
	case of != 0 && c.Visible:
		return decision.Verdict{Ruling: decision.Withhold, Detail: sensitiveVisible}
	case of&^(c.Asked|c.Sought) != 0:
		return decision.Verdict{Ruling: decision.Withhold, Detail: sensitiveUnasked}
	case c.Wishes != nil && of&c.Wishes.Muted != 0:
		return decision.Verdict{Ruling: decision.Withhold, Detail: sensitiveMuted}
	}
	return decision.Verdict{Ruling: decision.Allow}
}

// servesOnly returns the classes that a piece serves, 0 for all, never for none.
// What is harmful is for the harm guard to judge.
func servesOnly(c *decision.Case, p *decision.Piece) decision.Classes {
	if c.Labels.At(p.Item)&c.Labels.Sensitive == 0 {
		return 0
	}
	only, ok := c.Serves(p)
	if !ok {
		return never
	}
	return only
}

// misused reports a contribution of a piece that serves other classes only.
func misused(c *decision.Case, x *decision.Candidate, serves *[piecesKept]decision.Classes) uint8 {
	of := c.Labels.At(x.Item.No)
	for j := range x.Contributions {
		k := &x.Contributions[j]
		if k.Value == 0 {
			continue
		}
		only := never
		if k.Piece >= 0 && k.Piece < piecesKept && int(k.Piece) < len(c.Evidence.Pieces) {
			only = serves[k.Piece]
		} else if p := pieceOf(c, k); p != nil {
			only = servesOnly(c, p)
		}
		if only == never || only&^of != 0 {
			return sensitiveEvidence
		}
	}
	return 0
}

// searchedFor returns the sensitive classes of at least half of what a search
// found: who types the name of a product has asked for what it is, though no
// word of the query says so. A query that finds all sorts of things has not.
func searchedFor(c *decision.Case, candidates []decision.Candidate) (about decision.Classes) {
	if c.Request == nil || c.Request.Placement != tactful.Search || c.Visible {
		return 0
	}
	var counts [decision.MaxClasses]int
	found := 0
	for i := range candidates {
		x := &candidates[i]
		if x.Origin != tactful.Match || x.Item == nil {
			continue
		}
		found++
		for set := c.Labels.At(x.Item.No) & c.Labels.Sensitive; set != 0; set &= set - 1 {
			counts[bits.TrailingZeros64(uint64(set))]++
		}
	}
	for class, n := range counts {
		if n > 0 && 2*n >= found {
			about = about.With(decision.Class(class))
		}
	}
	return about
}
