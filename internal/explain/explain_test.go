package explain

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

var (
	now  = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	lamp = &tactful.Item{ID: "lamp", No: 1, Title: "Lamp", Categories: []string{"Home", "Light"}}
	vase = &tactful.Item{ID: "vase", No: 2, Title: "Vase", Categories: []string{"Home"}}
	rug  = &tactful.Item{ID: "rug", No: 3, Title: "Rug", Categories: []string{"Floor"}}
	tray = &tactful.Item{ID: "tray", No: 4, Title: "Tray"}
	mug  = &tactful.Item{ID: "mug", No: 5, Title: "Mug"}
)

func did(action tactful.Action, item *tactful.Item) decision.Piece {
	return decision.Piece{Item: item.No, Listed: item, Action: action, Origin: decision.FromHistory, Provenance: tactful.Observed, Time: now.Add(-80 * time.Hour), Weight: 1}
}

func here(item *tactful.Item) decision.Piece {
	p := did(tactful.Viewed, item)
	p.Origin = decision.FromRequest
	return p
}

func ask(placement tactful.Placement, pieces ...decision.Piece) *decision.Case {
	return &decision.Case{Now: now, Request: &tactful.Request{Placement: placement, Count: 5}, Evidence: decision.Evidence{Pieces: pieces}}
}

// parts makes contributions in the order of the pieces, each of so many people.
func parts(origin tactful.Origin, people uint32, values ...float64) *decision.Candidate {
	x := &decision.Candidate{Item: mug, Origin: origin}
	for i, v := range values {
		x.Contributions = append(x.Contributions, decision.Contribution{Piece: int32(i), Value: v, Support: people})
		x.Score += v
	}
	return x
}

func wished(x *decision.Candidate, w tactful.TopicWish, topic string) *decision.Candidate {
	y := *x
	y.Wish, y.Topic = w, topic
	return &y
}

func discreet(c *decision.Case) *decision.Case {
	c.Wishes = &decision.Wishes{Discreet: true}
	return c
}

func TestReasons(t *testing.T) {
	exact, neutral := Precision{}, Precision{Coarse: true}
	home := Precision{Coarse: true, Category: "Home"}
	ranked := parts(tactful.Ranked, 50, 0.8)
	delisted := did(tactful.Purchased, lamp)
	delisted.Listed = nil
	for _, test := range []struct {
		name      string
		c         *decision.Case
		candidate *decision.Candidate
		precision Precision
		key       string
		sentence  string
	}{
		{"bought", ask(tactful.ForYou, did(tactful.Purchased, lamp)), ranked, exact, "because.purchased", "Because you bought “Lamp”."},
		{"looked at", ask(tactful.ForYou, did(tactful.Viewed, lamp)), ranked, exact, "because.viewed", "Because you looked at “Lamp”."},
		{"put into the basket", ask(tactful.ForYou, did(tactful.Added, lamp)), ranked, exact, "because.added", "Because you once put “Lamp” in your basket."},
		{"saved", ask(tactful.ForYou, did(tactful.Saved, lamp)), ranked, exact, "because.saved", "Because you saved “Lamp”."},
		{"clicked", ask(tactful.ForYou, did(tactful.Clicked, lamp)), ranked, exact, "because.clicked", "Because you followed our tip about “Lamp”."},
		{"the page", ask(tactful.Similar, here(lamp)), ranked, exact, "because.page", "Goes with “Lamp”, the item on this page."},
		{"the basket", ask(tactful.Basket, here(lamp)), ranked, exact, "because.basket", "Goes with “Lamp” in your basket."},
		{"the visit", ask(tactful.ForYou, here(lamp)), ranked, exact, "because.session", "Because you looked at “Lamp” on this visit."},
		{"a category bought from", ask(tactful.ForYou, did(tactful.Purchased, lamp)), ranked, home, "coarse.purchased", "Because you bought something in Home."},
		{"a category looked at", ask(tactful.ForYou, did(tactful.Viewed, lamp)), ranked, home, "coarse.history", "Because of things you did here in Home."},
		{"the page's category", ask(tactful.Similar, here(lamp)), ranked, home, "coarse.page", "Goes with the kind of item on this page: Home."},
		{"nothing may be named", ask(tactful.ForYou, did(tactful.Purchased, lamp)), ranked, neutral, "neutral.history", "Because of something you did here before."},
		{"an item that is gone is not named", ask(tactful.ForYou, delisted), ranked, exact, "neutral.history", "Because of something you did here before."},
		{"boosted", ask(tactful.ForYou, did(tactful.Purchased, lamp)), parts(tactful.Boosted, 50, 0.8), exact, "because.purchased", "Because you bought “Lamp”. The shop also moved it up."},
		{"boosted without evidence", ask(tactful.ForYou), parts(tactful.Boosted, 0), exact, "boosted", "The shop moved this up."},
		{"pinned", ask(tactful.ForYou), parts(tactful.Pinned, 0), exact, "pinned", "The shop put this here."},
		{"filler", ask(tactful.ForYou), parts(tactful.Filler, 0), exact, "filler", "Many people like this. It was not picked for you."},
		{"filler of few", ask(tactful.ForYou), parts(tactful.Filler, 0), neutral, "filler.neutral", "This is part of our range. It was not picked for you."},
		{"bestseller", ask(tactful.Popular), parts(tactful.Bestseller, 0), exact, "bestseller", "Many people like this. The list is the same for all."},
		{"match", ask(tactful.Search), parts(tactful.Match, 0), exact, "match", "It fits what you searched for."},
		{"match of few", ask(tactful.Search, did(tactful.Viewed, lamp)), parts(tactful.Match, 3, 0.2), neutral, "match", "It fits what you searched for."},
		{"match by category", ask(tactful.Search, did(tactful.Viewed, lamp)), parts(tactful.Match, 3, 0.2), home, "match.coarse", "It fits what you searched for and the things you know from Home."},
		{"match with history", ask(tactful.Search, did(tactful.Viewed, lamp)), parts(tactful.Match, 50, 0.2), exact, "match.history", "It fits what you searched for and goes with “Lamp”, which you know from here."},
		{"what was sent away counts against it", ask(tactful.ForYou, did(tactful.Purchased, lamp), did(tactful.Dismissed, rug)), parts(tactful.Ranked, 50, 0.8, -0.3), exact, "because.purchased",
			"Because you bought “Lamp”. Something you sent away or did not want counts against it."},
		{"a little of it is not worth a sentence", ask(tactful.ForYou, did(tactful.Purchased, lamp), did(tactful.Dismissed, rug)), parts(tactful.Ranked, 50, 0.8, -0.01), exact, "because.purchased", "Because you bought “Lamp”."},
		{"more of a topic", ask(tactful.ForYou, did(tactful.Purchased, lamp)), wished(ranked, tactful.WishMore, "Home/Kitchen"), exact, "because.purchased", "Because you bought “Lamp”. You asked for more of Kitchen."},
		{"less of a label", ask(tactful.ForYou, did(tactful.Purchased, lamp)), wished(ranked, tactful.WishLess, "label:gift"), exact, "because.purchased", "Because you bought “Lamp”. You asked for less of gift."},
		{"a wish where others look on", discreet(ask(tactful.ForYou, did(tactful.Purchased, lamp))), wished(ranked, tactful.WishMore, "Kitchen"), neutral, "neutral.history", "Because of something you did here before. You asked for more of this kind."},
		{"filler that was asked for", ask(tactful.ForYou), wished(parts(tactful.Filler, 0), tactful.WishMore, "Kitchen"), exact, "filler.asked", "Many people like this. You asked for more of Kitchen."},
		{"filler of few that was asked for", ask(tactful.ForYou), wished(parts(tactful.Filler, 0), tactful.WishMore, "Kitchen"), neutral, "filler.asked.neutral", "This is part of our range. You asked for more of Kitchen."},
		{"evidence that is not there is not claimed", ask(tactful.ForYou), ranked, exact, "filler.neutral", "This is part of our range. It was not picked for you."},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := explainer(t).Reason(test.c, test.candidate, test.precision)
			if got.Key != test.key || got.Sentence != test.sentence || got.Language != "en" {
				t.Errorf("got %s %q", got.Key, got.Sentence)
			}
		})
	}
}

func TestItemsBehindAReason(t *testing.T) {
	c := ask(tactful.ForYou, did(tactful.Purchased, lamp), did(tactful.Viewed, vase), did(tactful.Viewed, rug), did(tactful.Viewed, tray), did(tactful.Dismissed, mug))
	x := parts(tactful.Ranked, 50, 0.4, 0.3, 0.2, 0.1, -0.1)
	e := explainer(t)
	if diff := cmp.Diff([]string{"lamp", "vase", "rug"}, e.Reason(c, x, Precision{}).Items); diff != "" {
		t.Error(diff)
	}
	x.Contributions[1].Support = 19
	if diff := cmp.Diff([]string{"lamp", "rug", "tray"}, e.Reason(c, x, Precision{}).Items); diff != "" {
		t.Errorf("a pair of few people is listed: %s", diff)
	}
	x.Contributions[1], x.Contributions[4] = x.Contributions[4], x.Contributions[1] // only the first is said to lead
	x.Contributions[2], x.Contributions[3] = x.Contributions[3], x.Contributions[2]
	if diff := cmp.Diff([]string{"lamp", "rug", "tray"}, e.Reason(c, x, Precision{}).Items); diff != "" {
		t.Errorf("another order of what follows changes the list: %s", diff)
	}
	if items := e.Reason(c, x, Precision{Coarse: true, Category: "Home"}).Items; len(items) > 0 {
		t.Errorf("a coarse reason lists %v", items)
	}
}

// TestTheShareIsWhatTakingTheNameAwayCosts looks at a thousand decisions: the
// named item, or all items of the named category.
func TestTheShareIsWhatTakingTheNameAwayCosts(t *testing.T) {
	e := explainer(t)
	random := rand.New(rand.NewPCG(1, 2))
	items := []*tactful.Item{lamp, vase, rug, tray}
	for n := range 1000 {
		var pieces []decision.Piece
		weights := map[tactful.ItemNo]float64{} // the model's weights for the candidate
		for _, item := range items[:1+n%4] {
			p := did(tactful.Purchased, item)
			p.Weight = random.Float64()
			pieces = append(pieces, p)
			weights[item.No] = random.Float64()
		}
		score := func(without func(*tactful.Item) bool) float64 {
			sum := 0.0
			for _, p := range pieces {
				if !without(p.Listed) {
					sum += p.Weight * weights[p.Item]
				}
			}
			return sum
		}
		x := &decision.Candidate{Item: mug, Origin: tactful.Ranked}
		for i, p := range pieces {
			x.Contributions = append(x.Contributions, decision.Contribution{Piece: int32(i), Value: p.Weight * weights[p.Item], Support: 50})
		}
		slices.SortFunc(x.Contributions, func(a, b decision.Contribution) int {
			if a.Value > b.Value {
				return -1
			}
			return 1
		})
		for _, k := range x.Contributions {
			x.Score += k.Value
		}
		full := score(func(*tactful.Item) bool { return false })
		if math.Abs(full-x.Score) > 1e-9 {
			t.Fatalf("contributions sum to %v, the score is %v", x.Score, full)
		}
		reason := e.Reason(ask(tactful.ForYou, pieces...), x, Precision{})
		left := score(func(item *tactful.Item) bool { return item.ID == reason.Items[0] })
		if math.Abs(full*(1-reason.Share)-left) > 1e-9 {
			t.Fatalf("decision %d: score %v, share %v, left %v", n, full, reason.Share, left)
		}
		if !strings.Contains(reason.Sentence, titleOf(items, reason.Items[0])) {
			t.Fatalf("decision %d names another item: %q", n, reason.Sentence)
		}
		coarse := e.Reason(ask(tactful.ForYou, pieces...), x, Precision{Coarse: true, Category: "Home"})
		left = score(func(item *tactful.Item) bool { return slices.Contains(item.Categories, "Home") })
		if math.Abs(full*(1-coarse.Share)-left) > 1e-9 {
			t.Fatalf("decision %d: score %v, share of the category %v, left %v", n, full, coarse.Share, left)
		}
	}
}

func titleOf(items []*tactful.Item, id string) string {
	for _, item := range items {
		if item.ID == id {
			return item.Title
		}
	}
	return "nothing"
}

func TestEveryReasonThereCanBeHasItsMessage(t *testing.T) {
	for _, tag := range explainer(t).Languages() {
		words := explainer(t).in(tag)
		for action := range tactful.Actions {
			for _, placement := range []tactful.Placement{tactful.ForYou, tactful.Similar, tactful.Basket, tactful.Popular, tactful.Search} {
				for _, origin := range []tactful.Origin{tactful.OriginUnknown, tactful.Ranked, tactful.Filler, tactful.Pinned, tactful.Boosted, tactful.Bestseller, tactful.Match} {
					for _, precision := range []Precision{{}, {Coarse: true}, {Coarse: true, Category: "Home"}} {
						for _, p := range []decision.Piece{did(tactful.Action(action), lamp), here(lamp)} {
							key, _ := keyFor(ask(placement, p), parts(origin, 9, 1), &p, precision)
							if words.Messages[key] == "" {
								t.Fatalf("%s has no %s", tag, key)
							}
						}
					}
				}
			}
		}
	}
}

func TestLeftOutAndPromise(t *testing.T) {
	e := explainer(t)
	for _, test := range []struct {
		guard  string
		detail uint8
		want   string
	}{
		{"purchased", 1, "Left out: you bought this already."},
		{"purchased", 99, "Left out: you bought this, or did not want it."},
		{"consent", 1, "Left out: you did not allow us to use what it rests on."},
		{"consent", 255, "Left out because we could not check it."},
		{"declared", 1, "Left out: you muted this topic."},
		{"declared", 3, "Left out: it does not fit what you need."},
		{"unheard", 3, "Left out to keep a promise to you."},
	} {
		if got := e.LeftOut(test.guard, test.detail, "en"); got != test.want {
			t.Errorf("%s %d: got %q", test.guard, test.detail, got)
		}
	}
	if e.Promise("consent", "de-CH") == "" || e.Promise("consent", "de") == e.Promise("consent", "en") || e.Promise("unheard", "en") != "" {
		t.Error("promises are not told in the customer's language")
	}
}

func BenchmarkReason(b *testing.B) {
	e := explainer(b)
	c := ask(tactful.ForYou, did(tactful.Purchased, lamp), did(tactful.Viewed, vase))
	c.Request.Language = "de-AT"
	x := parts(tactful.Ranked, 50, 0.8, 0.2)
	b.ReportAllocs()
	for b.Loop() {
		if e.Reason(c, x, Precision{}).Key == "" {
			b.Fatal("no reason")
		}
	}
}
