package guard

import (
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// comesBack reports whether an offer comes back to what somebody looked at. What its
// audience rests on decides, not the word in the file: a campaign of kind marketing
// that is for people who looked at something is held to the rules of retargeting.
func comesBack(c *decision.Case, x *decision.Candidate) bool {
	switch x.Offer.Kind {
	case decision.KindRetargeting:
		return true
	case decision.KindMarketing, decision.KindUnknown:
		found := false
		eachLook(c, x, func(*decision.Piece) { found = true })
		return found
	case decision.KindService:
	}
	return false
}

// eachLook visits what somebody looked at, put into the basket or saved, and by which
// an offer's audience chose them.
func eachLook(c *decision.Case, x *decision.Candidate, do func(p *decision.Piece)) {
	for _, k := range x.Contributions {
		if k.Piece < 0 || int(k.Piece) >= len(c.Evidence.Pieces) {
			continue
		}
		p := &c.Evidence.Pieces[k.Piece]
		switch p.Action {
		case tactful.Viewed, tactful.Clicked, tactful.Added, tactful.Saved:
			do(p)
		case tactful.ActionUnknown, tactful.Purchased, tactful.Removed, tactful.Returned, tactful.Declined, tactful.Dismissed, tactful.Searched:
		}
	}
}

// looksLately reports whether any of them is not too long ago.
func looksLately(c *decision.Case, x *decision.Candidate, within time.Duration) bool {
	lately := false
	eachLook(c, x, func(p *decision.Piece) {
		lately = lately || c.Now.Sub(p.Time) <= within && !p.Time.After(c.Now.Add(clockSkew))
	})
	return lately
}

// sameNeed reports whether something that was bought, sent back, refused or put into
// the basket is what an offer comes back to: its item or a variant, its category, or
// the shelf of what its audience looked at.
func sameNeed(c *decision.Case, x *decision.Candidate, p *decision.Piece) bool {
	alike := func(item *tactful.Item) bool {
		return item != nil && (item.No == p.Item || p.Listed != nil && (item.Group != "" && item.Group == p.Listed.Group || sameShelf(item, p.Listed)))
	}
	if alike(x.Item) || x.Offer.Category != "" && p.Listed != nil && decision.Covers(x.Offer.Category, p.Listed) {
		return true
	}
	found := false
	eachLook(c, x, func(q *decision.Piece) {
		if q != p { // the basket alone is what an in_basket audience rests on, and is no purchase of it
			found = found || alike(q.Listed)
		}
	})
	return found
}
