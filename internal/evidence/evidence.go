package evidence

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Lookup finds listed items. *catalog.Snapshot provides it.
type Lookup interface {
	ByNo(no tactful.ItemNo) *tactful.Item
}

// Input is everything Gather may know.
type Input struct {
	Permit    decision.Permit
	Placement tactful.Placement
	Stored    []decision.Deed                     // in any order; the newest first costs least
	Settings  map[tactful.ItemNo]decision.Setting // what the person said about items
	Page      []tactful.ItemNo                    // the request's items, newest first; 0s and repetitions are passed over
	Items     Lookup                              // fills Piece.Listed; nil leaves it empty
	Now       time.Time
	Room      []decision.Piece // memory that the pieces may be put into; may be nil
}

// Gather returns at most one piece per item and origin, newest first: the
// pieces of the request in their order, then those of the history.
//
// What each level may rest on: generic only the item of the page that a
// "similar" list is about, which is the same for everyone on that page;
// context the items of the request; personal and full also the stored events,
// if the permit allows. Where it does not, they are not looked at.
//
// What the history says about an item, in this order of precedence:
//  1. sent back or refused, and not bought again since: that; it speaks for nothing
//  2. bought
//  3. a suggestion of it sent away, and nothing else done with it since
//  4. the action with the largest weight, the newest among equals; taking an
//     item out of the basket cancels having put it in
//
// Excluded pieces have weight 0 and stay, so that they keep their item out of
// lists: those the person took out (unused, gift, wrong), stale ones, those
// beyond MaxPieces, those repeated by the request, and on the placements
// similar, basket and popular all of the history.
func Gather(rules *Rules, in *Input) decision.Evidence {
	pieces := slices.Grow(in.Room[:0], len(in.Page)+min(len(in.Stored), 2*rules.MaxPieces))
	pieces = appendPage(pieces, rules, in)
	fromPage := len(pieces)
	if in.Permit.Allowed && !in.Permit.Frozen && in.Permit.Level >= tactful.Personal {
		pieces = appendHistory(pieces, rules, in)
	}
	counted := 0
	for i := range pieces {
		p := &pieces[i]
		if in.Items != nil {
			p.Listed = in.Items.ByNo(p.Item)
		}
		if i >= fromPage && slices.ContainsFunc(pieces[:fromPage], func(q decision.Piece) bool { return q.Item == p.Item }) {
			p.Weight = 0
		}
		if p.Weight != 0 {
			if counted++; counted > rules.MaxPieces {
				p.Weight = 0
			}
		}
	}
	return decision.Evidence{Pieces: pieces}
}

func appendPage(pieces []decision.Piece, rules *Rules, in *Input) []decision.Piece {
	page := in.Page
	switch in.Placement {
	case tactful.Popular:
		return pieces
	case tactful.Similar, tactful.Basket, tactful.ForYou, tactful.Search:
	case tactful.PlacementUnknown:
		return pieces
	}
	if in.Permit.Level < tactful.Context {
		if in.Placement != tactful.Similar || len(page) == 0 {
			return pieces
		}
		page = page[:1]
	}
	action := tactful.Viewed
	if in.Placement == tactful.Basket {
		action = tactful.Added
	}
	for _, no := range page {
		if no == 0 || slices.ContainsFunc(pieces, func(q decision.Piece) bool { return q.Item == no }) {
			continue
		}
		// "Don't use this" is about what is remembered. A list beside an item or a
		// basket is about that item, and looking at it now is not remembering it.
		setting, weight := decision.SettingNone, rules.Weights.Page
		if in.Placement != tactful.Similar && in.Placement != tactful.Basket {
			setting = in.Settings[no]
		}
		if setting != decision.SettingNone {
			weight = 0
		}
		pieces = append(pieces, decision.Piece{
			Item: no, Action: action, Provenance: tactful.Observed, Origin: decision.FromRequest,
			Time: in.Now, Weight: weight, Setting: setting,
		})
	}
	return pieces
}

// appendHistory sorts the deeds by item, so that the precedence of one item is a
// walk over its own few and nothing is hashed. What is sorted is numbers, which
// costs a tenth of sorting the deeds.
func appendHistory(pieces []decision.Piece, rules *Rules, in *Input) []decision.Piece {
	deeds := newestFirst(in.Stored)
	order := make([]uint64, 0, usual)   // item, then place among the deeds
	moments := make([]uint32, 0, usual) // of each deed: how many other times came before its own
	byPlace := make([]picked, 0, usual)
	moment := uint32(0)
	for i := range deeds {
		if i > 0 && !deeds[i].Time.Equal(deeds[i-1].Time) {
			moment++
		}
		moments = append(moments, moment)
		if d := &deeds[i]; d.No != 0 && aboutItem(d.Action) {
			order = append(order, uint64(d.No)<<32|uint64(i))
		}
	}
	slices.Sort(order)
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && order[to]>>32 == order[from]>>32 {
			to++
		}
		at := standing(deeds, order[from:to], &rules.Weights)
		byPlace = append(byPlace, picked{place: uint64(moments[at])<<32 | order[from]>>32, deed: at})
		from = to
	}
	slices.SortFunc(byPlace, func(a, b picked) int { return cmp.Compare(a.place, b.place) })
	stale := rules.StaleTable()
	for _, one := range byPlace {
		d := &deeds[one.deed]
		p := decision.Piece{
			Item: d.No, Action: d.Action, Provenance: d.Provenance, Origin: decision.FromHistory,
			Time: d.Time, Setting: in.Settings[d.No], Event: d.Key,
		}
		age := in.Now.Sub(d.Time)
		if p.Setting == decision.SettingNone && age <= stale[d.Action] && historyCounts(in.Placement) {
			p.Weight = rules.Weights.of(d.Action) * faded(age, rules.HalfLife)
		}
		pieces = append(pieces, p)
	}
	return pieces
}

// usual is the length of a history that needs no memory of its own to be sorted.
const usual = 128

// picked is the deed that stands for its item, and the item's place among the
// pieces: the newest first, of one moment the smaller number.
type picked struct {
	place uint64
	deed  uint32
}

// newestFirst returns deeds in the order of a history. They mostly come in it.
func newestFirst(deeds []decision.Deed) []decision.Deed {
	for i := 1; i < len(deeds); i++ {
		if deeds[i].Newer(&deeds[i-1]) {
			deeds = slices.Clone(deeds)
			slices.SortFunc(deeds, func(a, b decision.Deed) int {
				switch {
				case a.Newer(&b):
					return -1
				case b.Newer(&a):
					return 1
				}
				return 0
			})
			break
		}
	}
	return deeds
}

// historyCounts reports whether a placement is made from what the person did
// before: what goes with a page or a basket is not, so that its reasons name
// the page or the basket alone.
func historyCounts(p tactful.Placement) bool { return p == tactful.ForYou || p == tactful.Search }

// aboutItem reports whether an action says something about an item.
func aboutItem(a tactful.Action) bool {
	return a != tactful.ActionUnknown && a != tactful.Searched && int(a) < tactful.Actions
}

// faded returns 2^-(age/half-life) in whole days, so that an answer does not
// change from one moment to the next.
func faded(age, halfLife time.Duration) float64 {
	days := math.Floor(age.Hours() / 24)
	if days <= 0 {
		return 1
	}
	return math.Exp2(-days / (halfLife.Hours() / 24))
}

// standing applies the precedence to one item's deeds, newest first, and returns
// the place of the one that holds. The lower half of an entry of order is a place.
func standing(deeds []decision.Deed, order []uint64, weights *Weights) uint32 {
	best, found := uint32(0), false
	removed, dismissed := false, false
	for _, entry := range order {
		at := uint32(entry)
		action := deeds[at].Action
		if action == tactful.Purchased || action == tactful.Returned || action == tactful.Declined {
			return at // the newest of the three is what holds; it outranks all gentler signs
		}
		if dismissed || (action == tactful.Added && removed) {
			continue // taken back by what came later
		}
		removed = removed || action == tactful.Removed
		dismissed = action == tactful.Dismissed
		switch {
		case !found:
			best, found = at, true
		case action == tactful.Removed || action == tactful.Dismissed:
			// something gentler was done since
		case deeds[best].Action == tactful.Removed || weights.of(action) > weights.of(deeds[best].Action):
			best = at
		}
	}
	return best
}
