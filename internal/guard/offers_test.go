package guard

import (
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// then makes a case of somebody who looked at something and then did this.
func then(pieces ...decision.Piece) decision.Case {
	c := offering(site)
	c.Evidence.Pieces = append([]decision.Piece{did(tactful.Viewed, lamp, 5*day)}, pieces...)
	return c
}

var (
	retarget  = kind(decision.KindRetargeting)
	lampLight = &tactful.Item{ID: "lamp-2", No: 7, Title: "Other lamp", Categories: []string{"Home", "Light"}}
)

func ofClass(class decision.Class) *decision.Labels {
	return &decision.Labels{Of: make([]decision.Classes, 400), Sensitive: decision.Classes(0).With(class)}
}

// restsOn makes a piece of evidence what the audience chose somebody by.
func restsOn(piece int32) func(*decision.Candidate) {
	return func(x *decision.Candidate) { x.Contributions = []decision.Contribution{{Piece: piece, Value: 1}} }
}

// offerSamples are what the guards of lists say of offers.
var offerSamples = map[string][]sample{
	"purchased": {
		{"what was looked at is come back to", then(), offer(site, retarget, about(lamp)), allow()},
		{"what was bought is not", then(did(tactful.Purchased, lamp, day)), offer(site, retarget, about(lamp)), withhold(purchasedBought)},
		{"nor what was sent back", then(did(tactful.Returned, lamp, day)), offer(site, retarget, about(lamp)), withhold(purchasedReturned)},
		{"nor what was refused", then(did(tactful.Declined, lamp, day)), offer(site, retarget, about(lamp)), withhold(purchasedDeclined)},
		{"nor what is in the basket", then(did(tactful.Added, lamp, 0)), offer(site, retarget, about(lamp)), withhold(purchasedBasket)},
		{"nor a variant of it", then(did(tactful.Purchased, lampXL, day)), offer(site, retarget, about(lampS)), withhold(purchasedBought)},
		{"nor its category", then(did(tactful.Purchased, lampLight, day)), offer(site, retarget, about(lamp)), withhold(purchasedCategory)},
		{"by name too", then(did(tactful.Purchased, lamp, day)), offer(site, retarget, category("Home/Light")), withhold(purchasedCategory)},
		{"and when it is in the basket", then(did(tactful.Added, lampLight, day)), offer(site, retarget, category("Light")), withhold(purchasedCategory)},
		{"after the learned interval of the category it may", edited(then(did(tactful.Purchased, coffee, 20*day)), func(c *decision.Case) { c.Evidence.Pieces[0].Item = 99 }), offer(site, retarget, category("Coffee")), allow()},
		{"what is bought again and again rests two weeks too", then(did(tactful.Purchased, beans, 13*day)), offer(site, retarget, category("Beans")), withhold(purchasedCategory)},
		{"another category goes on", then(did(tactful.Purchased, coffee, day)), offer(site, retarget, about(lamp)), allow()},
		{"a campaign that does not come back to anything may show the category", then(did(tactful.Purchased, lampLight, day)), offer(site, about(lamp)), allow()},
		{"marketing for who looked at it is retargeting by another name", then(did(tactful.Purchased, lampLight, day)), offer(site, restsOn(0), category("Home/Light")), withhold(purchasedCategory)},
		{"also where it advertises something else", then(did(tactful.Purchased, lampLight, day)), offer(site, restsOn(0)), withhold(purchasedCategory)},
		{"marketing for who bought is not", edited(then(), func(c *decision.Case) {
			c.Evidence.Pieces[0].Action = tactful.Purchased
		}), offer(site, restsOn(0)), allow()},
		{"but not what was bought", then(did(tactful.Purchased, lamp, day)), offer(site, about(lamp)), withhold(purchasedBought)},
	},
	"diverse": {
		{"another creative rotates in", offering(site, ago(day, site, sibling)), offer(site, category("Books")), allow()},
		{"the same is not shown twice running", offering(site, ago(day, mail, mine)), offer(site), withhold(diverseTwice)},
		{"unless a week has passed", offering(site, ago(7*day, mail, mine)), offer(site), allow()},
		{"or another came between", offering(site, ago(day, site), ago(2*day, site, mine)), offer(site), allow()},
		{"a service message says what has to be said", offering(mail, ago(day, mail, mine)), offer(mail, kind(decision.KindService)), allow()},
		{"the same category goes behind", offering(site, ago(day, site, sibling)), offer(site), demote(diverseCategory)},
		{"nobody's last showing is known", with(tactful.ForYou, nobodyKnown), offer(site, house), allow()},
	},
	"consent": {
		{"a yes to offers lets a page through", offering(site), offer(site), allow()},
		{"but no mail", offering(site), offer(mail), withhold(consentChannel)},
		{"nor does a yes to lists", with(tactful.ForYou, permitted()), offer(site), withhold(consentChannel)},
		{"a creative of the house says the same to everybody", with(tactful.ForYou, nobodyKnown), offer(site, house), allow()},
		{"but is not sent", with(tactful.ForYou, nobodyKnown), offer(mail, house), withhold(consentChannel)},
		{"and rests on nothing", with(tactful.ForYou, nobodyKnown), offer(site, house, func(x *decision.Candidate) {
			x.Contributions = []decision.Contribution{{Piece: -1, Value: 1}}
		}), withhold(consentChannel)},
		{"an offer without a channel reaches nobody", offering(decision.ChannelNone), offer(decision.ChannelNone), withhold(consentChannel)},
	},
	"sensitive": {
		{"words that nobody looked at are of every class", offering(site), offer(site, func(x *decision.Candidate) { x.Offer.Looked = false }), withhold(sensitiveUnlabelled)},
		{"words of a class that nobody asked for", edited(offering(site), func(c *decision.Case) { c.Labels = ofClass(3) }), offer(site, func(x *decision.Candidate) { x.Offer.Classes = 1 << 3 }), withhold(sensitiveUnasked)},
		{"words of a class that was asked for", edited(offering(site), func(c *decision.Case) { c.Labels, c.Asked = ofClass(3), 1<<3 }), offer(site, func(x *decision.Candidate) { x.Offer.Classes = 1 << 3 }), allow()},
		{"not where others see them", edited(offering(mail), func(c *decision.Case) { c.Labels, c.Asked, c.Visible = ofClass(3), 1<<3, true }), offer(mail, func(x *decision.Candidate) { x.Offer.Classes = 1 << 3 }), withhold(sensitiveVisible)},
	},
	"harm": {
		{"harmless words", offering(site), offer(site), allow()},
		{"harmful words", edited(offering(site), func(c *decision.Case) { c.Labels = &decision.Labels{Harm: 1 << 5} }), offer(site, func(x *decision.Candidate) { x.Offer.Classes = 1 << 5 }), withhold(harmNever)},
	},
	"declared": {
		{"a muted topic", edited(offering(site), func(c *decision.Case) {
			c.Wishes = &decision.Wishes{Topics: map[string]tactful.TopicWish{"Garden": tactful.WishMuted}}
		}), offer(site), withhold(uint8(decision.ObjectMuted))},
		{"another topic", edited(offering(site), func(c *decision.Case) {
			c.Wishes = &decision.Wishes{Topics: map[string]tactful.TopicWish{"Toys": tactful.WishMuted}}
		}), offer(site), allow()},
	},
}

func TestGuardsOfListsJudgeOffersToo(t *testing.T) {
	for _, g := range All(settings()) {
		for _, s := range offerSamples[g.Name()] {
			out := make([]decision.Verdict, 1)
			if err := g.Judge(&s.c, []decision.Candidate{s.candidate}, out); err != nil {
				t.Fatal(err)
			}
			if out[0] != s.want {
				t.Errorf("%s: %s: got %+v (%s), want %+v (%s)", g.Name(), s.name, out[0], g.Detail(out[0].Detail), s.want, g.Detail(s.want.Detail))
			}
		}
	}
}

// TestAllGuardsTogetherLetAnHonestOfferThrough runs the whole panel, so that no
// guard refuses offers for being none of what it knows.
func TestAllGuardsTogetherLetAnHonestOfferThrough(t *testing.T) {
	nobody := with(tactful.ForYou, nobodyKnown)
	for _, tc := range []struct {
		name string
		c    decision.Case
		list []decision.Candidate
		want int
	}{
		{"of nothing in particular", offering(site), []decision.Candidate{offer(site)}, 1},
		{"of an item", offering(site), []decision.Candidate{offer(site, about(shade))}, 1},
		{"by mail", offering(mail), []decision.Candidate{offer(mail)}, 1},
		{"of two campaigns", offering(site), []decision.Candidate{offer(site), offer(site, of("b", "b"), about(coffee))}, 2},
		{"of the house, for nobody", nobody, []decision.Candidate{offer(site, house), offer(site, house, of("b", "b"), about(coffee))}, 1},
		{"to nobody", nobody, []decision.Candidate{offer(site), offer(site, of("b", "b"), about(coffee))}, 0},
	} {
		tc.c.Shelves = decision.NewShelves([]*tactful.Item{lamp, lampXL, lampS, coffee, beans, shade})
		tc.c.Cues = &decision.Cues{Classes: []decision.Class{1}, Odds: [][]float32{{0, 0}}}
		order := make([]int, len(tc.list))
		for i := range order {
			order[i] = i
		}
		var r Rulings
		if err := Run(All(settings()), &tc.c, tc.list, &r); err != nil {
			t.Fatal(err)
		}
		if len(r.Failures()) > 0 {
			t.Fatalf("%s: %v", tc.name, r.Failures())
		}
		kept := order[:0]
		for i := range tc.list {
			if ruling := r.Overall()[i]; ruling == decision.Allow || ruling == decision.Demote {
				kept = append(kept, i)
			} else if tc.want > 0 {
				g, v := r.Stopped(i)
				t.Errorf("%s: %s refuses it: %s", tc.name, g.Name(), g.Detail(v.Detail))
			}
		}
		if got := Arrange(&tc.c, tc.list, kept, nil, &r); len(got) != tc.want || len(r.Failures()) > 0 {
			t.Errorf("%s: %v is shown, %v", tc.name, got, r.Failures())
		}
	}
}

func TestAListOfOffersRotatesItsCategories(t *testing.T) {
	list := []decision.Candidate{
		offer(site), offer(site, of("spring", "b")), offer(site, of("x", "a"), category("Toys")), offer(site), offer(site, of("y", "a"), category("Toys")), offer(site, of("z", "a"), category("Books")),
	}
	c := offering(site)
	var r Rulings
	if err := Run([]Guard{NewDiverse(settings().Diverse)}, &c, list, &r); err != nil {
		t.Fatal(err)
	}
	got := Arrange(&c, list, []int{0, 1, 2, 3, 4, 5}, nil, &r)
	if want := []int{0, 2, 1, 4, 5}; len(got) != 5 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] || got[4] != want[4] {
		t.Errorf("%v, want %v", got, want)
	}
	if v := r.Verdict(0, 3); v != withhold(diverseTwice) {
		t.Errorf("what stands in it twice: %+v", v)
	}
}
