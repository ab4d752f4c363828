package guard

import (
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func crowd(c decision.Case, category string, people uint32) decision.Case {
	c.Crowds = map[string]uint32{category: people}
	return c
}

func asOrigin(c decision.Candidate, origin tactful.Origin) decision.Candidate {
	c.Origin = origin
	return c
}

func delisted(p decision.Piece) decision.Piece {
	p.Listed = nil
	return p
}

var forYou = with(tactful.ForYou, permitted(), bought)

var specificSamples = []sample{
	{"a pair of twenty people is let through", forYou, from(shade, 20), allow()},
	{"a pair of nineteen people in a large category is told by category", crowd(forYou, "Light", 20), from(shade, 19), coarsen(2)},
	{"the more general category is named when the special one is small", crowd(forYou, "Home", 500), from(shade, 19), coarsen(1)},
	{"a pair and categories of few people are refused", crowd(forYou, "Light", 19), from(shade, 19), withhold(specificFew)},
	{"a boosted pair of few people is refused as well", forYou, asOrigin(from(shade, 3), tactful.Boosted), withhold(specificFew)},
	{"something popular that the shop moved is let through", forYou, only(shade, tactful.Boosted, 3), allow()},
	{"a ranked candidate without evidence is refused", forYou, only(shade, tactful.Ranked, 900), withhold(specificFew)},
	{"an item that is no longer listed is not named", with(tactful.ForYou, permitted(), delisted(bought)), from(shade, 50), coarsen(specificNeutral)},
	{"an item no longer listed with few people is refused", with(tactful.ForYou, permitted(), delisted(bought)), from(shade, 5), withhold(specificFew)},
	{"evidence that is not in the case is refused", with(tactful.ForYou, permitted()), from(shade, 50), withhold(specificNowhere)},
	{"a search result for few people is told by the search alone", forYou, asOrigin(from(shade, 3), tactful.Match), coarsen(specificNeutral)},
	{"a search result for many people is let through", forYou, asOrigin(from(shade, 30), tactful.Match), allow()},
	{"a search result that rests on nobody is let through", forYou, only(shade, tactful.Match, 0), allow()},
	{"filler of few people loses its claim", forYou, only(shade, tactful.Filler, 19), coarsen(specificNeutral)},
	{"filler of many people is let through", forYou, only(shade, tactful.Filler, 20), allow()},
	{"a bestseller of few people loses its claim", forYou, only(shade, tactful.Bestseller, 2), coarsen(specificNeutral)},
	{"a pin is let through", forYou, only(shade, tactful.Pinned, 0), allow()},
	{"an unknown origin is refused", forYou, only(shade, tactful.OriginUnknown, 100), withhold(specificFew)},
}

func TestACoarseVerdictNamesItsCategory(t *testing.T) {
	c := crowd(forYou, "Home", 500)
	candidates := []decision.Candidate{from(shade, 19), from(shade, 50), only(shade, tactful.Filler, 1)}
	var rulings Rulings
	if err := Run(All(settings()), &c, candidates, &rulings); err != nil {
		t.Fatal(err)
	}
	want := []struct {
		category string
		coarse   bool
	}{{"Home", true}, {"", false}, {"", true}}
	for i, w := range want {
		if category, coarse := rulings.Coarse(&c, candidates, i); category != w.category || coarse != w.coarse {
			t.Errorf("candidate %d: got %q %v, want %q %v", i, category, coarse, w.category, w.coarse)
		}
	}
}
