package guard

import (
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func said(p decision.Piece, s decision.Setting) decision.Piece {
	p.Setting = s
	return p
}

var freshSamples = []sample{
	{"a purchase of last year is let through", with(tactful.ForYou, permitted(), did(tactful.Purchased, lamp, 400*day)), from(shade, 50), allow()},
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
	{"a stale piece that adds nothing is let through", with(tactful.ForYou, permitted(), did(tactful.Viewed, lamp, 400*day), bought),
		decision.Candidate{Item: shade, Origin: tactful.Ranked, Contributions: []decision.Contribution{{Piece: 1, Value: 1}, {Piece: 0, Value: 0}}}, allow()},
}
