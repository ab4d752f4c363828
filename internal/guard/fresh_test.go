package guard

import (
	"math"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func said(p decision.Piece, s decision.Setting) decision.Piece {
	p.Setting = s
	return p
}

// aged gives a piece of the history the weight that its age leaves it.
func aged(p decision.Piece) decision.Piece {
	p.Weight = settings().Fresh.left(now.Sub(p.Time))
	return p
}

func heavy(p decision.Piece, w float64) decision.Piece {
	p.Weight = w
	return p
}

func frozen(p decision.Permit) decision.Permit {
	p.Frozen = true
	return p
}

func until(item *tactful.Item, end time.Time) *tactful.Item {
	other := *item
	other.ValidUntil = end
	return &other
}

var freshSamples = []sample{
	{"a purchase of last year is let through", with(tactful.ForYou, permitted(), aged(did(tactful.Purchased, lamp, 400*day))), from(shade, 50), allow()},
	{"a purchase of three years ago is refused", with(tactful.ForYou, permitted(), did(tactful.Purchased, lamp, 1100*day)), from(shade, 50), withhold(freshStale)},
	{"a look of last year is refused", with(tactful.ForYou, permitted(), did(tactful.Viewed, lamp, 400*day)), from(shade, 50), withhold(freshStale)},
	{"an action that does not exist is refused", with(tactful.ForYou, permitted(), did(200, lamp, day)), from(shade, 50), withhold(freshStale)},
	{"what the person took out is refused", with(tactful.ForYou, permitted(), said(bought, decision.SettingUnused)), from(shade, 50), withhold(freshDisputed)},
	{"a gift is refused", with(tactful.ForYou, permitted(), said(bought, decision.SettingGift)), from(shade, 50), withhold(freshDisputed)},
	{"what the person called wrong is refused", with(tactful.ForYou, permitted(), said(bought, decision.SettingWrong)), from(shade, 50), withhold(freshDisputed)},
	{"what the person took out is refused on the page too", with(tactful.Similar, permitted(), said(here(lamp), decision.SettingUnused)), from(shade, 50), withhold(freshDisputed)},
	{"a piece without a time is refused", with(tactful.ForYou, permitted(), set(bought, func(p *decision.Piece) { p.Time = time.Time{} })), from(shade, 50), withhold(freshUndated)},
	{"a piece from next week is refused", with(tactful.ForYou, permitted(), did(tactful.Purchased, lamp, -7*day)), from(shade, 50), withhold(freshUndated)},
	{"a clock that runs an hour ahead is let through", with(tactful.ForYou, permitted(), did(tactful.Purchased, lamp, -time.Hour)), from(shade, 50), allow()},
	{"the page needs no time", with(tactful.Similar, permitted(), set(here(lamp), func(p *decision.Piece) { p.Time = time.Time{} })), from(shade, 50), allow()},
	{"something saved, that may count longer than it may be kept, is refused past its term", with(tactful.ForYou, permitted(), aged(did(tactful.Saved, lamp, 200*day))), from(shade, 50), withhold(freshExpired)},
	{"the same within its term is let through", with(tactful.ForYou, permitted(), aged(did(tactful.Saved, lamp, 150*day))), from(shade, 50), allow()},
	{"a purchase of last year that counts like one of today is refused", with(tactful.ForYou, permitted(), did(tactful.Purchased, lamp, 400*day)), from(shade, 50), withhold(freshFaded)},
	{"a purchase of a half-life ago that counts a little more than half is refused", with(tactful.ForYou, permitted(), heavy(did(tactful.Purchased, lamp, 180*day), 0.51)), from(shade, 50), withhold(freshFaded)},
	{"the same that counts half is let through", with(tactful.ForYou, permitted(), heavy(did(tactful.Purchased, lamp, 180*day), 0.5)), from(shade, 50), allow()},
	{"a refusal that speaks against more than its age allows is refused", with(tactful.ForYou, permitted(), heavy(did(tactful.Viewed, lamp, 30*day), -0.95)), from(shade, 50), withhold(freshFaded)},
	{"a weight that is no number is refused", with(tactful.ForYou, permitted(), heavy(bought, math.NaN())), from(shade, 50), withhold(freshFaded)},
	{"a history that is contested is refused", with(tactful.ForYou, frozen(permitted()), bought), from(shade, 50), withhold(freshDisputed)},
	{"a page beside a history that is contested is let through", with(tactful.Similar, frozen(permitted()), here(lamp)), from(shade, 50), allow()},
	{"an item whose time is over is refused", with(tactful.Popular, permitted()), only(until(lamp, now.Add(-time.Hour)), tactful.Bestseller, 50), withhold(freshGone)},
	{"an item whose time ends tomorrow is let through", with(tactful.Popular, permitted()), only(until(lamp, now.Add(day)), tactful.Bestseller, 50), allow()},
	{"a stale piece that adds nothing is let through", with(tactful.ForYou, permitted(), did(tactful.Viewed, lamp, 400*day), aged(bought)),
		decision.Candidate{Item: shade, Origin: tactful.Ranked, Contributions: []decision.Contribution{{Piece: 1, Value: 1}, {Piece: 0, Value: 0}}}, allow()},
}
