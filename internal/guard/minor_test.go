package guard

import (
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func young(level tactful.Level) decision.Permit {
	return decision.Permit{Level: level, Purpose: tactful.Recommendations, Because: decision.BecauseMinor, Minor: true}
}

func wished(x decision.Candidate) decision.Candidate {
	x.Wish, x.Topic = tactful.WishMore, "Home"
	return x
}

func grown(p decision.Permit) decision.Permit {
	p.Minor = false
	return p
}

var minorSamples = []sample{
	{"what a minor did before", with(tactful.ForYou, young(tactful.Context), did(tactful.Viewed, lamp, time.Hour)), from(shade, 100), withhold(minorHistory)},
	{"the same of somebody of age", with(tactful.ForYou, grown(young(tactful.Context)), did(tactful.Viewed, lamp, time.Hour)), from(shade, 100), allow()},
	{"the page that a minor looks at", with(tactful.Similar, young(tactful.Context), here(lamp)), from(shade, 100), allow()},
	{"a popular item", with(tactful.Popular, young(tactful.Generic)), only(lamp, tactful.Bestseller, 100), allow()},
	{"a wish of a minor", with(tactful.Similar, young(tactful.Context), here(lamp)), wished(from(shade, 100)), withhold(minorWish)},
	{"a level above the page", with(tactful.Similar, young(tactful.Personal), here(lamp)), from(shade, 100), withhold(minorLevel)},
	{"a permit that says yes all the same", with(tactful.Popular, func() decision.Permit { p := permitted(); p.Minor = true; return p }()), only(lamp, tactful.Bestseller, 100), withhold(minorLevel)},
	{"evidence from nowhere", with(tactful.ForYou, young(tactful.Context), set(here(lamp), func(p *decision.Piece) { p.Origin = decision.FromNowhere })), from(shade, 100), withhold(minorHistory)},
}
