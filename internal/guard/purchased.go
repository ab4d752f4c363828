package guard

import (
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Purchased refuses what the person has, had or did not want: bought within
// the repurchase interval, sent back, refused, sent away, in the basket or
// taken out of their history, and other variants of the same product. Campaigns
// that come back to what somebody looked at stop for its category too. In
// search results and popular lists, where they look for themselves, it only
// moves such items to the end. Below level personal the history is not known
// and it changes nothing, so that a generic list is the same for everybody.
type Purchased struct {
	Rules PurchaseRules
}

var _ Guard = Purchased{}

// Name is the guard's word.
func (Purchased) Name() string { return "purchased" }

// Promise is the sentence it keeps.
func (Purchased) Promise() string {
	return "What you bought, sent back or sent away is not pushed at you."
}

// File is where it is decided.
func (Purchased) File() string { return "internal/guard/purchased.go" }

// Details of the purchased guard, the strongest reason first. The numbers are part of
// the message keys that tell the customer (leftout.purchased.1 and so on).
const (
	purchasedBought uint8 = iota + 1
	purchasedReturned
	purchasedDeclined
	purchasedDismissed
	purchasedBasket
	purchasedTakenOut
	purchasedHere
	purchasedCategory
)

// Detail says what a verdict's code means.
func (Purchased) Detail(code uint8) string {
	switch code {
	case purchasedBought:
		return "bought already"
	case purchasedReturned:
		return "sent back"
	case purchasedDeclined:
		return "refused"
	case purchasedDismissed:
		return "sent away"
	case purchasedBasket:
		return "in the basket"
	case purchasedTakenOut:
		return "the person does not want it used"
	case purchasedHere:
		return "already on the page"
	case purchasedCategory:
		return "something of its category was bought, sent back or put into the basket"
	}
	return failedDetail(code)
}

// sieve tells at once that an item or a group is none of the shielding ones;
// what passes it is compared one by one.
type sieve [16]uint64

func (s *sieve) add(h uint32)      { s[h>>6&15] |= 1 << (h & 63) }
func (s *sieve) has(h uint32) bool { return s[h>>6&15]&(1<<(h&63)) != 0 }

func hashItem(no tactful.ItemNo) uint32 { return uint32(no) * 2654435761 >> 12 }

func hashGroup(group string) uint32 {
	h := uint32(2166136261)
	for i := range len(group) {
		h = (h ^ uint32(group[i])) * 16777619
	}
	return h ^ h>>15
}

// Judge rules on each candidate.
func (g Purchased) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	var items, groups sieve
	var room [64]shield
	shields := room[:0]
	for i := range c.Evidence.Pieces {
		p := &c.Evidence.Pieces[i]
		code := g.shields(c, p)
		if code == 0 {
			continue
		}
		one := shield{item: p.Item, code: code}
		items.add(hashItem(p.Item))
		if p.Listed != nil && p.Listed.Group != "" {
			one.group = p.Listed.Group
			groups.add(hashGroup(one.group))
		}
		shields = append(shields, one)
	}
	ruling := decision.Demote
	if c.Request != nil && pushes(c.Request.Placement) {
		ruling = decision.Withhold
	}
	for i := range candidates {
		out[i] = decision.Verdict{Ruling: decision.Allow}
		item := candidates[i].Item
		if x := &candidates[i]; x.Offer != nil {
			if code := g.offered(c, x, shields); code != 0 {
				out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: code}
			}
			continue
		}
		if item == nil || (!items.has(hashItem(item.No)) && (item.Group == "" || !groups.has(hashGroup(item.Group)))) {
			continue
		}
		if code := strongest(c, shields, item); code != 0 {
			out[i] = decision.Verdict{Ruling: ruling, Detail: code}
		}
	}
	return nil
}

// pushes reports whether the placement is one where the shop speaks first.
func pushes(p tactful.Placement) bool {
	switch p {
	case tactful.ForYou, tactful.Similar, tactful.Basket:
		return true
	case tactful.Popular, tactful.Search, tactful.PlacementUnknown:
		return false
	}
	return true
}

// shield is a piece that keeps its item out, side by side with the others: the
// pieces themselves lie far apart.
type shield struct {
	item  tactful.ItemNo
	code  uint8
	group string // "" for none
}

func strongest(c *decision.Case, shields []shield, item *tactful.Item) uint8 {
	var found uint8
	for i := range shields {
		one := &shields[i]
		if one.item != item.No {
			if one.group == "" || one.group != item.Group {
				continue
			}
			if one.code == purchasedTakenOut || one.code == purchasedHere && c.Request.Placement == tactful.ForYou {
				continue // about one item: said of it, or merely looked at
			}
		}
		if found == 0 || one.code < found {
			found = one.code
		}
	}
	return found
}

// shields returns why a piece keeps its item out, 0 if it does not. What the
// person took out of the history counts here all the same: it must not come
// back as a suggestion.
func (g Purchased) shields(c *decision.Case, p *decision.Piece) uint8 {
	if p.Origin == decision.FromRequest {
		switch {
		case c.Request == nil:
			return 0
		case c.Request.Placement == tactful.Basket:
			return purchasedBasket
		case pushes(c.Request.Placement):
			return purchasedHere
		}
		return 0
	}
	if p.Origin != decision.FromHistory || c.Permit.Level < tactful.Personal {
		return 0
	}
	age := c.Now.Sub(p.Time)
	switch p.Action {
	case tactful.Purchased:
		if age < g.interval(c, p.Listed) {
			return purchasedBought
		}
	case tactful.Returned:
		if age < g.Rules.Returned {
			return purchasedReturned
		}
	case tactful.Declined:
		if age < g.Rules.Returned {
			return purchasedDeclined
		}
	case tactful.Dismissed:
		if age < g.Rules.Dismissed {
			return purchasedDismissed
		}
	case tactful.Added:
		if age < g.Rules.Basket {
			return purchasedBasket
		}
	case tactful.ActionUnknown, tactful.Viewed, tactful.Removed, tactful.Clicked, tactful.Saved, tactful.Searched:
	}
	if p.Setting == decision.SettingUnused || p.Setting == decision.SettingWrong {
		return purchasedTakenOut
	}
	return 0
}

// offered returns why an offer is not made. It is the shop that speaks, on
// whatever page. Retargeting also stops for the category of what was bought, sent
// back, refused or put into the basket: whoever bought one pair of boots has boots.
func (g Purchased) offered(c *decision.Case, x *decision.Candidate, shields []shield) uint8 {
	back := comesBack(c, x)
	if x.Item != nil {
		if code := strongest(c, shields, x.Item); code != 0 && (code != purchasedHere || back) {
			return code
		}
	}
	if !back || !c.Permit.Allowed || c.Permit.Frozen {
		return 0
	}
	for i := range c.Evidence.Pieces {
		p := &c.Evidence.Pieces[i]
		if p.Origin != decision.FromHistory || p.Action != tactful.Purchased && g.shields(c, p) == 0 {
			continue
		}
		rest := g.Rules.Basket
		switch p.Action {
		case tactful.Purchased, tactful.Returned, tactful.Declined:
			rest = max(g.interval(c, p.Listed), leastRest)
		case tactful.Added:
		default:
			continue
		}
		if c.Now.Sub(p.Time) >= rest {
			continue
		}
		if sameNeed(c, x, p) {
			return purchasedCategory
		}
	}
	return 0
}

// leastRest is how long retargeting rests after a purchase at least, also for
// what is bought again and again.
const leastRest = 14 * day

// sameShelf reports whether two items have the same most exact category.
func sameShelf(a, b *tactful.Item) bool {
	n, m := len(a.Categories), len(b.Categories)
	return n > 0 && m > 0 && a.Categories[n-1] == b.Categories[m-1]
}

// interval is how long a bought item is not pushed: that of its most specific
// category that has one, set or else learned.
func (g Purchased) interval(c *decision.Case, item *tactful.Item) time.Duration {
	if item == nil {
		return g.Rules.Repurchase
	}
	for i := len(item.Categories) - 1; i >= 0; i-- {
		if d, ok := g.Rules.Categories[item.Categories[i]]; ok {
			return d
		}
		if d, ok := c.Intervals[item.Categories[i]]; ok && g.Rules.Learn {
			return d
		}
	}
	return g.Rules.Repurchase
}
