package guard

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func permitBut(change func(*decision.Permit)) decision.Permit {
	p := permitted()
	change(&p)
	return p
}

func atLevel(level tactful.Level) decision.Permit { return decision.Permit{Level: level} }

var bought = did(tactful.Purchased, lamp, 3*day)

var consentSamples = []sample{
	{"history with a live permission is let through", with(tactful.ForYou, permitted(), bought), from(shade, 50), allow()},
	{"history without a permission is refused", with(tactful.ForYou, decision.Permit{Level: tactful.Personal}, bought), from(shade, 50), withhold(consentHistory)},
	{"the zero permit refuses history", with(tactful.ForYou, decision.Permit{}, bought), from(shade, 50), withhold(consentHistory)},
	{"a permission for another purpose is refused", with(tactful.ForYou, permitBut(func(p *decision.Permit) { p.Purpose = tactful.Offers }), bought), from(shade, 50), withhold(consentHistory)},
	{"a permission without its record is refused", with(tactful.ForYou, permitBut(func(p *decision.Permit) { p.ConsentID = "" }), bought), from(shade, 50), withhold(consentHistory)},
	{"history while processing is restricted is refused", with(tactful.ForYou, permitBut(func(p *decision.Permit) { p.Frozen = true }), bought), from(shade, 50), withhold(consentHistory)},
	{"history at level context is refused", with(tactful.ForYou, permitBut(func(p *decision.Permit) { p.Level = tactful.Context }), bought), from(shade, 50), withhold(consentHistory)},
	{"history at a level that does not exist is refused", with(tactful.ForYou, permitBut(func(p *decision.Permit) { p.Level = 9 }), bought), from(shade, 50), withhold(consentHistory)},
	{"history at level full is let through", with(tactful.ForYou, permitBut(func(p *decision.Permit) { p.Level = tactful.Full }), bought), from(shade, 50), allow()},
	{"the session at level context is let through", with(tactful.ForYou, atLevel(tactful.Context), here(lamp)), from(shade, 50), allow()},
	{"the session at level generic is refused", with(tactful.ForYou, atLevel(tactful.Generic), here(lamp)), from(shade, 50), withhold(consentSession)},
	{"the basket at level generic is refused", with(tactful.Basket, atLevel(tactful.Generic), here(lamp)), from(shade, 50), withhold(consentSession)},
	{"the item of the page at level generic is let through", with(tactful.Similar, atLevel(tactful.Generic), here(lamp)), from(shade, 50), allow()},
	{"the item of the page under the zero permit is refused", with(tactful.Similar, decision.Permit{}, here(lamp)), from(shade, 50), withhold(consentSession)},
	{"evidence from nowhere is refused", with(tactful.ForYou, permitted(), set(bought, func(p *decision.Piece) { p.Origin = decision.FromNowhere })), from(shade, 50), withhold(consentNowhere)},
	{"a contribution of no known piece is refused beside a faulty one", with(tactful.ForYou, decision.Permit{}, bought),
		decision.Candidate{Item: shade, Origin: tactful.Ranked, Contributions: []decision.Contribution{{Piece: 7, Value: 1}}}, withhold(detailFailed)},
	{"filler under the zero permit is let through", with(tactful.ForYou, decision.Permit{}, bought), only(shade, tactful.Filler, 50), allow()},
	{"a pin under the zero permit is let through", with(tactful.ForYou, decision.Permit{}), only(shade, tactful.Pinned, 0), allow()},
}
