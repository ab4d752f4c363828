package evidence

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Stored is one event as it was read, with its item's number in the catalogue.
type Stored struct {
	Key   decision.EventKey
	Event *tactful.Event
	No    tactful.ItemNo // 0: never listed; passed over
}

// Lookup finds listed items. *catalog.Snapshot provides it.
type Lookup interface {
	ByNo(no tactful.ItemNo) *tactful.Item
}

// Input is everything Gather may know.
type Input struct {
	Permit    decision.Permit
	Placement tactful.Placement
	Stored    []Stored                            // in any order
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

// appendHistory sorts the events by item, so that the precedence of one item
// is a walk over its own few events and nothing is hashed.
func appendHistory(pieces []decision.Piece, rules *Rules, in *Input) []decision.Piece {
	start := len(pieces)
	order := make([]int32, 0, len(in.Stored))
	for i := range in.Stored {
		if s := &in.Stored[i]; s.No != 0 && s.Event != nil && aboutItem(s.Event.Action) {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(a, b int32) int {
		x, y := &in.Stored[a], &in.Stored[b]
		if x.No != y.No {
			return cmp.Compare(x.No, y.No)
		}
		if c := y.Event.Time.Compare(x.Event.Time); c != 0 {
			return c // newest first
		}
		return slices.Compare(y.Key[:], x.Key[:])
	})
	stale := rules.StaleTable()
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && in.Stored[order[to]].No == in.Stored[order[from]].No {
			to++
		}
		said := standing(in.Stored, order[from:to], &rules.Weights)
		from = to
		e := said.Event
		p := decision.Piece{
			Item: said.No, Action: e.Action, Provenance: e.Provenance, Origin: decision.FromHistory,
			Time: e.Time, Setting: in.Settings[said.No], Event: said.Key,
		}
		age := in.Now.Sub(e.Time)
		if p.Setting == decision.SettingNone && age <= stale[e.Action] && historyCounts(in.Placement) {
			p.Weight = rules.Weights.of(e.Action) * faded(age, rules.HalfLife)
		}
		pieces = append(pieces, p)
	}
	slices.SortFunc(pieces[start:], func(a, b decision.Piece) int {
		if c := b.Time.Compare(a.Time); c != 0 {
			return c
		}
		return cmp.Compare(a.Item, b.Item)
	})
	return pieces
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

// standing applies the precedence to one item's events, newest first.
func standing(stored []Stored, order []int32, weights *Weights) *Stored {
	var best *Stored
	removed, dismissed := false, false
	for _, i := range order {
		s := &stored[i]
		action := s.Event.Action
		if action == tactful.Purchased || action == tactful.Returned || action == tactful.Declined {
			return s // the newest of the three is what holds; it outranks all gentler signs
		}
		if dismissed || (action == tactful.Added && removed) {
			continue // taken back by what came later
		}
		removed = removed || action == tactful.Removed
		dismissed = action == tactful.Dismissed
		switch {
		case best == nil:
			best = s
		case action == tactful.Removed || action == tactful.Dismissed:
			// something gentler was done since
		case best.Event.Action == tactful.Removed || weights.of(action) > weights.of(best.Event.Action):
			best = s
		}
	}
	return best
}
