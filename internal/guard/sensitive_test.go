package guard

import (
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Classes of the small shop of these tests.
const (
	pregnancy decision.Classes = 1 << iota
	alcohol
	misinformation
	weapons
	adult
	noted
	quality
)

var (
	coupon = &tactful.Item{ID: "coupon", No: 11, Title: "Baby coupon"}
	test   = &tactful.Item{ID: "test", No: 12, Title: "Pregnancy test"}
	wine   = &tactful.Item{ID: "wine", No: 13, Title: "Wine"}
	mixed  = &tactful.Item{ID: "both", No: 14, Title: "Wine for expectant mothers"}
	pump   = &tactful.Item{ID: "pump", No: 15, Title: "Breast pump", Attributes: map[string]string{"fits": "mothers"}}
	hoax   = &tactful.Item{ID: "hoax", No: 16, Title: "The vaccine hoax"}
	facts  = &tactful.Item{ID: "facts", No: 17, Title: "Vaccines, the facts"}
	gun    = &tactful.Item{ID: "gun", No: 18, Title: "Air gun"}
	magic  = &tactful.Item{ID: "magic", No: 19, Title: "Magic crystals"}
	crude  = &tactful.Item{ID: "crude", No: 20, Title: "Crude jokes"}
	novice = &tactful.Item{ID: "novice", No: 500, Title: "Listed a moment ago"}
)

var labels = &decision.Labels{
	Names:     []string{"pregnancy", "alcohol", "misinformation", "weapons", "adult", "noted", "quality"},
	Sensitive: pregnancy | alcohol, Harm: misinformation | weapons | adult | noted,
	Searched: misinformation | weapons, Demoted: adult, Noted: noted, Quality: quality,
	Of: func() []decision.Classes {
		of := make([]decision.Classes, 21)
		of[11], of[12], of[13], of[14], of[15] = pregnancy, pregnancy, alcohol, pregnancy|alcohol, pregnancy
		of[16], of[17], of[18], of[19], of[20] = misinformation, quality, weapons, noted, adult
		return of
	}(),
}

// labelled puts a case into the shop of these tests.
func labelled(c decision.Case, change func(*decision.Case)) decision.Case {
	c.Labels = labels
	if change != nil {
		change(&c)
	}
	return c
}

func asking(classes decision.Classes) func(*decision.Case) {
	return func(c *decision.Case) { c.Asked = classes }
}

func seeking(classes decision.Classes) func(*decision.Case) {
	return func(c *decision.Case) { c.Sought = classes }
}

func watched(change func(*decision.Case)) func(*decision.Case) {
	return func(c *decision.Case) { change(c); c.Visible = true }
}

func declaring(w decision.Wishes) func(*decision.Case) {
	return func(c *decision.Case) { c.Wishes = &w }
}

var needs = decision.Wishes{Needs: []decision.Need{{Attribute: "fits", Serve: []string{"mothers"}, Class: pregnancy}}}

var sensitiveSamples = func() []sample {
	mine := with(tactful.ForYou, permitted(), bought)
	tested := with(tactful.ForYou, permitted(), did(tactful.Purchased, test, day))
	page := with(tactful.Similar, atLevel(tactful.Generic), here(test))
	return []sample{
		{"what is of no class is let through", labelled(mine, nil), from(shade, 50), allow()},
		{"Target: a coupon for baby things from lotion and vitamins is refused", labelled(mine, nil), from(coupon, 500), withhold(sensitiveUnasked)},
		{"it is refused where the shop pins it", labelled(mine, nil), only(coupon, tactful.Pinned, 0), withhold(sensitiveUnasked)},
		{"it is refused among what is popular with everybody", labelled(with(tactful.Popular, atLevel(tactful.Generic)), nil), only(coupon, tactful.Bestseller, 900), withhold(sensitiveUnasked)},
		{"it is refused as filler", labelled(mine, nil), only(coupon, tactful.Filler, 900), withhold(sensitiveUnasked)},
		{"a class that the person asked for is let through", labelled(mine, asking(pregnancy)), from(coupon, 50), allow()},
		{"another class than they asked for is refused", labelled(mine, asking(alcohol)), from(coupon, 50), withhold(sensitiveUnasked)},
		{"an item of two classes needs both", labelled(mine, asking(alcohol)), from(mixed, 50), withhold(sensitiveUnasked)},
		{"an item of two classes that they asked for is let through", labelled(mine, asking(alcohol|pregnancy)), from(mixed, 50), allow()},
		{"the letterbox: a class that they asked for is refused where others see it", labelled(mine, watched(asking(pregnancy))), from(coupon, 50), withhold(sensitiveVisible)},
		{"so is one that the request is about", labelled(page, watched(seeking(pregnancy))), from(coupon, 50), withhold(sensitiveVisible)},
		{"what is of no class is let through where others see it", labelled(mine, watched(asking(0))), from(shade, 50), allow()},
		{"beside an item of the class its like is let through", labelled(page, seeking(pregnancy)), from(coupon, 50), allow()},
		{"beside an item of another class it is refused", labelled(page, seeking(alcohol)), from(coupon, 50), withhold(sensitiveUnasked)},
		{"a test that was bought makes no other list", labelled(tested, nil), from(shade, 500), withhold(sensitiveEvidence)},
		{"not even for who asked for the class", labelled(tested, asking(pregnancy)), from(shade, 500), withhold(sensitiveEvidence)},
		{"for them it makes a list of its class", labelled(tested, asking(pregnancy)), from(coupon, 500), allow()},
		{"a search for the class does not open what was bought before", labelled(tested, seeking(pregnancy)), from(coupon, 500), withhold(sensitiveEvidence)},
		{"the item of the page serves its own class", labelled(page, seeking(pregnancy)), from(shade, 500), withhold(sensitiveEvidence)},
		{"evidence of two classes does not serve one of them", labelled(with(tactful.ForYou, permitted(), did(tactful.Purchased, mixed, day)), asking(alcohol|pregnancy)), from(coupon, 50), withhold(sensitiveEvidence)},
		{"a contribution of nothing does not count", labelled(tested, nil), decision.Candidate{Item: shade, Origin: tactful.Ranked, Contributions: []decision.Contribution{{Piece: 0}}}, allow()},
		{"a contribution of no known piece is refused beside a sensitive one", labelled(tested, nil), decision.Candidate{Item: shade, Origin: tactful.Ranked, Contributions: []decision.Contribution{{Piece: 7, Value: 1}}}, withhold(sensitiveEvidence)},
		{"a muted class is refused to who asked for it", labelled(mine, func(c *decision.Case) { asking(pregnancy)(c); declaring(decision.Wishes{Muted: pregnancy})(c) }), from(coupon, 50), withhold(sensitiveMuted)},
		{"a muted harm class is refused", labelled(mine, declaring(decision.Wishes{Muted: noted})), from(magic, 50), withhold(sensitiveMuted)},
		{"another class muted is let through", labelled(mine, declaring(decision.Wishes{Muted: alcohol})), from(shade, 50), allow()},
		{"at level context a muted class is refused", labelled(with(tactful.ForYou, atLevel(tactful.Context)), declaring(decision.Wishes{Muted: noted})), only(magic, tactful.Filler, 50), withhold(sensitiveMuted)},
		{"at level generic a mute is not read", labelled(with(tactful.ForYou, atLevel(tactful.Generic)), declaring(decision.Wishes{Muted: noted})), only(magic, tactful.Filler, 50), allow()},
		{"who declared a need is served what serves it", labelled(mine, declaring(needs)), from(pump, 50), allow()},
		{"and not the rest of its class", labelled(mine, declaring(needs)), from(coupon, 50), withhold(sensitiveUnasked)},
		{"and not where others see it", labelled(mine, watched(declaring(needs))), from(pump, 50), withhold(sensitiveVisible)},
		{"an item that nobody has looked at is refused", labelled(mine, nil), from(novice, 500), withhold(sensitiveUnasked)},
		{"what rests on an item that nobody has looked at is refused", labelled(with(tactful.ForYou, permitted(), did(tactful.Viewed, novice, day)), nil), from(shade, 50), withhold(sensitiveEvidence)},
		{"without labels all is refused", labelled(mine, func(c *decision.Case) { c.Labels = nil }), from(shade, 50), withhold(sensitiveUnlabelled)},
		{"who searches for a product by its name finds it", labelled(with(tactful.Search, permitted()), nil), only(test, tactful.Match, 50), allow()},
		{"not where others see it", labelled(with(tactful.Search, permitted()), watched(asking(0))), only(test, tactful.Match, 50), withhold(sensitiveVisible)},
	}
}()

func TestASearchThatFindsAllSortsOfThingsHasNotAskedForAClass(t *testing.T) {
	c := labelled(with(tactful.Search, permitted()), nil)
	find := func(items ...*tactful.Item) (shown string) {
		var candidates []decision.Candidate
		for _, item := range items {
			candidates = append(candidates, only(item, tactful.Match, 5))
		}
		out := make([]decision.Verdict, len(candidates))
		if err := (Sensitive{}).Judge(&c, candidates, out); err != nil {
			t.Fatal(err)
		}
		for i := range out {
			if !out[i].Stops() {
				shown += items[i].ID + " "
			}
		}
		return shown
	}
	if got := find(test, lamp, shade); got != "lamp shade " {
		t.Errorf("one of three: %s", got)
	}
	if got := find(test, coupon, lamp); got != "test coupon lamp " {
		t.Errorf("two of three: %s", got)
	}
	if got := find(test, wine, lamp, shade, coffee); got != "lamp shade coffee " {
		t.Errorf("one of each: %s", got)
	}
}
