package guard

import (
	"math"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func pressed(p decision.Pressed) func(*decision.Candidate) {
	return func(x *decision.Candidate) { x.Offer.Pressed = p }
}

var coerciveSamples = []sample{
	{"an item has no copy of ours", with(tactful.ForYou, permitted()), only(lamp, tactful.Filler, 9), allow()},
	{"calm copy is let through", offering(site), offer(site), allow()},
	{"copy that nobody read is refused", offering(site), offer(site, pressed(decision.Pressed{})), withhold(coerciveUnread)},
	{"a score that is none is refused", offering(site), offer(site, pressed(decision.Pressed{Read: true, Score: math.NaN()})), withhold(coerciveUnread)},
	{"copy that presses is refused", offering(site), offer(site, pressed(decision.Pressed{Read: true, Score: 0.99, Blocked: true})), withhold(coerciveBlocked)},
	{"copy between the two waits", offering(site), offer(site, pressed(decision.Pressed{Read: true, Score: 0.6, Waits: true})), withhold(coerciveWaits)},
	{"a human's yes lets it through", offering(site), offer(site, pressed(decision.Pressed{Read: true, Score: 0.6})), allow()},
}
