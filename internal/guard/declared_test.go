package guard

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// wishing lets the person of a case declare something.
func wishing(c decision.Case, w decision.Wishes) decision.Case {
	c.Wishes = &w
	return c
}

func muting(topic string) decision.Wishes {
	return decision.Wishes{Topics: map[string]tactful.TopicWish{topic: tactful.WishMuted}}
}

func leaning(x decision.Candidate) decision.Candidate {
	x.Wish, x.Topic = tactful.WishMore, "Home"
	return x
}

var vegan = decision.Wishes{Needs: []decision.Need{{Attribute: "diet", Serve: []string{"vegan"}, Categories: []string{"Food"}}}}

var declaredSamples = []sample{
	{"nothing declared is let through", with(tactful.ForYou, permitted()), from(lamp, 50), allow()},
	{"another topic muted is let through", wishing(with(tactful.ForYou, permitted()), muting("Food")), from(lamp, 50), allow()},
	{"a muted topic is refused", wishing(with(tactful.ForYou, permitted()), muting("Home")), from(lamp, 50), withhold(1)},
	{"a muted path is refused", wishing(with(tactful.ForYou, permitted()), muting("Home/Light")), from(lamp, 50), withhold(1)},
	{"a muted topic is refused beside a page", wishing(with(tactful.Similar, permitted(), here(coffee)), muting("Home")), from(lamp, 50), withhold(1)},
	{"a muted topic is refused among search results", wishing(with(tactful.Search, permitted()), muting("Home")), only(lamp, tactful.Match, 50), withhold(1)},
	{"a muted topic is refused where the shop pins it", wishing(with(tactful.ForYou, permitted()), muting("Home")), only(lamp, tactful.Pinned, 0), withhold(1)},
	{"a muted topic is refused as filler", wishing(with(tactful.ForYou, permitted()), muting("Home")), only(lamp, tactful.Filler, 50), withhold(1)},
	{"an occasion that is skipped is refused", wishing(with(tactful.ForYou, permitted()), decision.Wishes{Skipped: map[string]bool{"Home/Light": true}}), from(lamp, 50), withhold(2)},
	{"what does not serve a need is refused", wishing(with(tactful.ForYou, permitted()), vegan), from(coffee, 50), withhold(3)},
	{"what the need is not about is let through", wishing(with(tactful.ForYou, permitted()), vegan), from(lamp, 50), allow()},
	{"at level full too", wishing(with(tactful.ForYou, permitBut(func(p *decision.Permit) { p.Level = tactful.Full })), muting("Home")), from(lamp, 50), withhold(1)},
	{"at level generic a mute changes nothing", wishing(with(tactful.ForYou, atLevel(tactful.Generic)), muting("Home")), only(lamp, tactful.Filler, 50), allow()},
	{"at level context a muted topic is refused", wishing(with(tactful.Similar, atLevel(tactful.Context), here(coffee)), muting("Home")), from(lamp, 50), withhold(1)},
	{"at level context what was not muted is let through", wishing(with(tactful.Similar, atLevel(tactful.Context), here(coffee)), muting("Food")), from(lamp, 50), allow()},
	{"at level context what does not serve a need is refused", wishing(with(tactful.Similar, atLevel(tactful.Context), here(lamp)), vegan), from(coffee, 50), withhold(3)},
	{"ranked by a wish at level context is refused", with(tactful.Similar, atLevel(tactful.Context), here(coffee)), leaning(from(lamp, 50)), withhold(declaredUnasked)},
	{"at a level that does not exist a mute changes nothing", wishing(with(tactful.ForYou, permitBut(func(p *decision.Permit) { p.Level = tactful.Full + 1 })), muting("Home")), from(lamp, 50), allow()},
	{"while processing is restricted a mute changes nothing", wishing(with(tactful.ForYou, permitBut(func(p *decision.Permit) { p.Frozen = true })), muting("Home")), only(lamp, tactful.Filler, 50), allow()},
	{"more of a topic is let through", wishing(with(tactful.ForYou, permitted()), decision.Wishes{}), leaning(from(lamp, 50)), allow()},
	{"ranked by a wish at level generic is refused", with(tactful.ForYou, atLevel(tactful.Generic)), leaning(only(lamp, tactful.Filler, 50)), withhold(declaredUnasked)},
	{"ranked by a wish without a permission is refused", with(tactful.ForYou, decision.Permit{Level: tactful.Personal}), leaning(only(lamp, tactful.Filler, 50)), withhold(declaredUnasked)},
}
