package recommend

import (
	"math"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func wishing(c *decision.Case, topics map[string]tactful.TopicWish) *decision.Case {
	c.Wishes = &decision.Wishes{Topics: topics}
	return c
}

func scores(list []decision.Candidate) map[string]float64 {
	by := map[string]float64{}
	for _, x := range list {
		if x.Origin == tactful.Ranked {
			by[x.Item.ID] = x.Score
		}
	}
	return by
}

func TestMoreAndLessMultiplyTheScoreExactlyAndItStaysTheSumOfItsContributions(t *testing.T) {
	g := shop(t, 60, 90, nil)
	pieces := []decision.Piece{piece(g, 1, 1), piece(g, 2, 0.3), piece(g, 7, 0.6), piece(g, 5, -0.2)}
	before := scores(candidates(t, g, ask(tactful.ForYou, personal(), pieces...), nil))
	after := candidates(t, g, wishing(ask(tactful.ForYou, personal(), pieces...), map[string]tactful.TopicWish{
		"Shelf 0": tactful.WishMore, "All/Shelf 1": tactful.WishLess,
	}), nil)
	seen := map[tactful.TopicWish]int{}
	last := math.Inf(1)
	for _, x := range after {
		if x.Origin != tactful.Ranked {
			continue
		}
		was, met := before[x.Item.ID]
		if !met {
			continue // further down than was looked at before
		}
		seen[x.Wish]++
		if x.Score != was*decision.Factor(x.Wish) {
			t.Errorf("%s scores %v, before %v, wish %s", x.Item.ID, x.Score, was, x.Wish)
		}
		sum := 0.0
		for i, k := range x.Contributions {
			sum += k.Value
			if i > 0 && k.Value > x.Contributions[0].Value {
				t.Errorf("%s: the largest contribution does not lead", x.Item.ID)
			}
		}
		if sum != x.Score {
			t.Errorf("%s scores %v, its contributions sum to %v", x.Item.ID, x.Score, sum)
		}
		if x.Score > last {
			t.Errorf("%s stands below a lower score", x.Item.ID)
		}
		last = x.Score
		if want := map[tactful.TopicWish]string{tactful.WishMore: "Shelf 0", tactful.WishLess: "All/Shelf 1", tactful.WishNone: ""}[x.Wish]; x.Topic != want {
			t.Errorf("%s: the topic is %q, want %q", x.Item.ID, x.Topic, want)
		}
	}
	if seen[tactful.WishMore] < 3 || seen[tactful.WishLess] < 3 || seen[tactful.WishNone] < 3 {
		t.Errorf("too few to prove anything: %v", seen)
	}
}

func TestFillerCountsAsTwiceOrHalfAsPopular(t *testing.T) {
	g := shop(t, 60, 90, nil)
	list := candidates(t, g, wishing(ask(tactful.ForYou, personal()), map[string]tactful.TopicWish{"Shelf 0": tactful.WishMore, "Shelf 1": tactful.WishLess}), nil)
	last := math.Inf(1)
	seen := map[tactful.TopicWish]int{}
	for _, x := range list {
		if x.Origin != tactful.Filler {
			t.Fatalf("%s is %s", x.Item.ID, x.Origin)
		}
		seen[x.Wish]++
		key := (1 + float64(x.People)) * decision.Factor(x.Wish)
		if key > last {
			t.Errorf("%s stands below what counts less", x.Item.ID)
		}
		last = key
	}
	if list[0].Wish != tactful.WishMore || seen[tactful.WishMore] != 20 || seen[tactful.WishNone] == 0 {
		t.Errorf("the first is wished %s; %v", list[0].Wish, seen)
	}
	popular := candidates(t, g, wishing(ask(tactful.Popular, personal()), map[string]tactful.TopicWish{"Shelf 0": tactful.WishMore}), nil)
	plain := candidates(t, g, ask(tactful.Popular, personal()), nil)
	for i := range popular {
		if popular[i].Item != plain[i].Item || popular[i].Wish != tactful.WishNone {
			t.Fatal("a popular list bends to a wish")
		}
	}
}

func TestWhatIsMutedDoesNotCrowdOutTheRestAndIsStillProposedForTheReceipt(t *testing.T) {
	g := shop(t, 180, 90, nil)
	for _, test := range []struct {
		name  string
		c     *decision.Case
		topic string
		least int // that nobody objects to
	}{
		{"one shelf of three", ask(tactful.ForYou, personal(), piece(g, 1, 1)), "Shelf 0", 55},
		{"two parts of three", ask(tactful.ForYou, personal(), piece(g, 1, 1), piece(g, 2, 1)), "Shelf 1", 55},
		{"beside a page", ask(tactful.Similar, personal(), piece(g, 1, 1)), "Shelf 0", 55},
		{"filler", ask(tactful.ForYou, personal()), "Shelf 2", 55},
		{"search", &decision.Case{Now: now, Permit: personal(), Request: &tactful.Request{Placement: tactful.Search, Query: "thing", Count: 5}}, "Shelf 2", 55},
	} {
		t.Run(test.name, func(t *testing.T) {
			list := candidates(t, g, wishing(test.c, map[string]tactful.TopicWish{test.topic: tactful.WishMuted}), nil)
			objected := 0
			for _, x := range list {
				if test.c.Wishes.Objects(x.Item) != decision.NoObjection {
					objected++
				}
			}
			if objected == 0 || objected > objectedKept || len(list)-objected < min(test.least, enough(5)-objectedKept) {
				t.Errorf("%d candidates, %d of them unwanted", len(list), objected)
			}
		})
	}
}

func TestTheModelLooksFurtherWhereTheBestServeNoNeed(t *testing.T) {
	g := shop(t, 180, 90, func(i int, item *tactful.Item) {
		item.Attributes = map[string]string{"fragrance": []string{"strong", "none"}[min(i%3, 1)]}
	})
	c := ask(tactful.ForYou, personal(), piece(g, 1, 1), piece(g, 4, 1)) // both of the shelf that is all strong
	c.Wishes = &decision.Wishes{Needs: []decision.Need{{Attribute: "fragrance", Serve: []string{"none"}}}}
	ranked, objected := 0, 0
	for _, x := range candidates(t, g, c, nil) {
		switch {
		case c.Wishes.Objects(x.Item) != decision.NoObjection:
			objected++
		case x.Origin == tactful.Ranked:
			ranked++
		}
	}
	if objected == 0 || objected > objectedKept || ranked < 5 {
		t.Errorf("%d ranked that serve the need, %d that do not", ranked, objected)
	}
}
