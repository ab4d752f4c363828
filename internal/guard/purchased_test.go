package guard

import (
	"fmt"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

var purchasedSamples = []sample{
	{"what was not bought is let through", with(tactful.ForYou, permitted(), bought), only(shade, tactful.Filler, 50), allow()},
	{"what was bought last week is refused", with(tactful.ForYou, permitted(), did(tactful.Purchased, lamp, 7*day)), only(lamp, tactful.Filler, 50), withhold(purchasedBought)},
	{"what was bought is refused on similar", with(tactful.Similar, permitted(), bought), only(lamp, tactful.Ranked, 50), withhold(purchasedBought)},
	{"a pin does not get past it", with(tactful.Basket, permitted(), bought), only(lamp, tactful.Pinned, 50), withhold(purchasedBought)},
	{"what was bought two years ago is let through", with(tactful.ForYou, permitted(), did(tactful.Purchased, lamp, 700*day)), only(lamp, tactful.Ranked, 50), allow()},
	{"coffee bought three weeks ago is let through", with(tactful.ForYou, permitted(), did(tactful.Purchased, coffee, 21*day)), only(coffee, tactful.Ranked, 50), allow()},
	{"coffee bought last week is refused", with(tactful.ForYou, permitted(), did(tactful.Purchased, coffee, 7*day)), only(coffee, tactful.Ranked, 50), withhold(purchasedBought)},
	{"the most specific category counts", with(tactful.ForYou, permitted(), did(tactful.Purchased, beans, day)), only(beans, tactful.Ranked, 50), allow()},
	{"another variant of what was bought is refused", with(tactful.ForYou, permitted(), did(tactful.Purchased, lampXL, 7*day)), only(lampS, tactful.Ranked, 50), withhold(purchasedBought)},
	{"what was sent back is refused", with(tactful.ForYou, permitted(), did(tactful.Returned, lamp, 400*day)), only(lamp, tactful.Ranked, 50), withhold(purchasedReturned)},
	{"what was refused is refused", with(tactful.ForYou, permitted(), did(tactful.Declined, lamp, 400*day)), only(lamp, tactful.Ranked, 50), withhold(purchasedDeclined)},
	{"what was sent away last week is refused", with(tactful.ForYou, permitted(), did(tactful.Dismissed, lamp, 7*day)), only(lamp, tactful.Ranked, 50), withhold(purchasedDismissed)},
	{"what was sent away two months ago is let through", with(tactful.ForYou, permitted(), did(tactful.Dismissed, lamp, 60*day)), only(lamp, tactful.Ranked, 50), allow()},
	{"what is in the basket is refused", with(tactful.ForYou, permitted(), did(tactful.Added, lamp, day)), only(lamp, tactful.Ranked, 50), withhold(purchasedBasket)},
	{"what the request's basket holds is refused", with(tactful.Basket, atLevel(tactful.Context), here(lamp)), only(lamp, tactful.Ranked, 50), withhold(purchasedBasket)},
	{"another variant of the page's item is refused", with(tactful.Similar, atLevel(tactful.Generic), here(lampXL)), only(lampS, tactful.Ranked, 50), withhold(purchasedHere)},
	{"another variant of what was looked at is let through", with(tactful.ForYou, atLevel(tactful.Context), here(lampXL)), only(lampS, tactful.Ranked, 50), allow()},
	{"what was looked at is let through", with(tactful.ForYou, permitted(), did(tactful.Viewed, lamp, day)), only(lamp, tactful.Ranked, 50), allow()},
	{"what the person took out does not come back", with(tactful.ForYou, permitted(), said(did(tactful.Viewed, lamp, day), decision.SettingUnused)), only(lamp, tactful.Ranked, 50), withhold(purchasedTakenOut)},
	{"variants of what the person took out are let through", with(tactful.ForYou, permitted(), said(did(tactful.Viewed, lampXL, day), decision.SettingWrong)), only(lampS, tactful.Ranked, 50), allow()},
	{"a gift that was bought is refused like any purchase", with(tactful.ForYou, permitted(), said(bought, decision.SettingGift)), only(lamp, tactful.Ranked, 50), withhold(purchasedBought)},
	{"in search results it only goes to the end", with(tactful.Search, permitted(), bought), only(lamp, tactful.Match, 50), demote(purchasedBought)},
	{"in popular lists it only goes to the end", with(tactful.Popular, permitted(), bought), only(lamp, tactful.Bestseller, 50), demote(purchasedBought)},
	{"at level generic it changes nothing", with(tactful.Popular, atLevel(tactful.Generic), bought), only(lamp, tactful.Bestseller, 50), allow()},
}

func TestTheStrongestReasonIsGiven(t *testing.T) {
	c := with(tactful.ForYou, permitted(), did(tactful.Dismissed, lampXL, day), did(tactful.Purchased, lampS, 9*day), did(tactful.Added, lampXL, day))
	out := make([]decision.Verdict, 1)
	if err := (Purchased{settings().Purchased}).Judge(&c, []decision.Candidate{only(lampXL, tactful.Ranked, 9)}, out); err != nil {
		t.Fatal(err)
	}
	if out[0] != withhold(purchasedBought) {
		t.Errorf("got %+v", out[0])
	}
}

// TestTheSieveLosesNobody compares the fast path with looking at every piece.
func TestTheSieveLosesNobody(t *testing.T) {
	var pieces []decision.Piece
	var candidates []decision.Candidate
	for no := range 300 {
		item := &tactful.Item{ID: fmt.Sprint(no), No: tactful.ItemNo(no*no + 1)}
		if no%5 == 0 {
			item.Group = fmt.Sprintf("group %d", no%7)
		}
		if no%3 == 0 {
			pieces = append(pieces, did(tactful.Purchased, item, day))
		}
		candidates = append(candidates, only(item, tactful.Filler, 9))
	}
	c := with(tactful.ForYou, permitted(), pieces...)
	guard := Purchased{settings().Purchased}
	out := make([]decision.Verdict, len(candidates))
	if err := guard.Judge(&c, candidates, out); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range candidates {
		want := pieceByPiece(guard, &c, candidates[i].Item)
		if want != out[i].Detail || (want != 0) != out[i].Stops() {
			t.Fatalf("item %s: the sieve says %v, its pieces %d", candidates[i].Item.ID, out[i], want)
		}
		if want != 0 {
			refused++
		}
	}
	if refused < 100 || refused == len(candidates) {
		t.Fatalf("%d of %d refused: the test looks at nothing", refused, len(candidates))
	}
}

// pieceByPiece is the strongest reason against an item, looked for among all pieces.
func pieceByPiece(g Purchased, c *decision.Case, item *tactful.Item) (found uint8) {
	for i := range c.Evidence.Pieces {
		p := &c.Evidence.Pieces[i]
		code := g.shields(c, p)
		variant := p.Item != item.No && p.Listed != nil && p.Listed.Group != "" && p.Listed.Group == item.Group
		if code == 0 || p.Item != item.No && !variant ||
			variant && (code == purchasedTakenOut || code == purchasedHere && c.Request.Placement == tactful.ForYou) {
			continue
		}
		if found == 0 || code < found {
			found = code
		}
	}
	return found
}

func TestALearnedIntervalHoldsWhereNoneIsSet(t *testing.T) {
	for _, x := range []struct {
		name    string
		learn   bool
		learned map[string]time.Duration
		ago     time.Duration
		stops   bool
	}{
		{"learned, and it is over", true, map[string]time.Duration{"Light": 20 * day}, 30 * day, false},
		{"learned, and it is not over", true, map[string]time.Duration{"Light": 40 * day}, 30 * day, true},
		{"the more specific category counts", true, map[string]time.Duration{"Home": day, "Light": 40 * day}, 30 * day, true},
		{"learned, and not wanted", false, map[string]time.Duration{"Light": 20 * day}, 30 * day, true},
		{"nothing is learned", true, nil, 30 * day, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			rules := settings().Purchased
			rules.Learn = x.learn
			c := with(tactful.ForYou, permitted(), did(tactful.Purchased, lamp, x.ago))
			c.Intervals = x.learned
			out := make([]decision.Verdict, 1)
			if err := (Purchased{Rules: rules}).Judge(&c, []decision.Candidate{only(lamp, tactful.Filler, 99)}, out); err != nil {
				t.Fatal(err)
			}
			if out[0].Stops() != x.stops {
				t.Errorf("%+v", out[0])
			}
		})
	}
}
