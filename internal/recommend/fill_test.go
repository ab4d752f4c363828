package recommend

import (
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func popularOn(m Merchandise) *Settings {
	m.Placement = "popular"
	return &Settings{Merchandising: []Merchandise{m}}
}

func find(list []decision.Candidate, id string) (decision.Candidate, int) {
	for i, x := range list {
		if x.Item.ID == id {
			return x, i
		}
	}
	return decision.Candidate{}, -1
}

func TestMerchandisingOfAPopularList(t *testing.T) {
	g := shop(t, 300, 90, func(i int, item *tactful.Item) {
		if i == 299 {
			item.Categories = append(item.Categories, "Rare")
		}
		if i == 298 {
			item.Attributes = map[string]string{"season": "new"}
		}
	})
	c := ask(tactful.Popular, decision.Permit{Level: tactful.Generic})
	plain := candidates(t, g, c, nil)
	last := plain[len(plain)-1].Item.ID
	first := plain[0].Item.ID

	t.Run("a pin is no bestseller any more", func(t *testing.T) {
		x, at := find(candidates(t, g, c, popularOn(Merchandise{Pin: []Pin{{first, 3}}})), first)
		if at < 0 || x.Origin != tactful.Pinned {
			t.Errorf("the pinned bestseller is %v at %d", x.Origin, at)
		}
	})
	t.Run("a slot finds an item that is not popular", func(t *testing.T) {
		for _, m := range []Match{{Category: "Rare"}, {Attribute: "season", Value: "new"}} {
			want := map[bool]string{true: "item-300", false: "item-299"}[m.Category != ""]
			if _, at := find(plain, want); at >= 0 {
				t.Fatalf("%s is popular anyway", want)
			}
			x, at := find(candidates(t, g, c, popularOn(Merchandise{Slots: []Slot{{m, 2}}})), want)
			if at < 0 || x.Origin != tactful.Pinned {
				t.Errorf("%s is %v at %d", want, x.Origin, at)
			}
		}
	})
	t.Run("a slot nothing fits stays empty", func(t *testing.T) {
		if list := candidates(t, g, c, popularOn(Merchandise{Slots: []Slot{{Match{Category: "None"}, 2}}})); len(list) != len(plain) {
			t.Errorf("%d candidates", len(list))
		}
	})
	t.Run("a boost lifts and is labelled", func(t *testing.T) {
		x, at := find(candidates(t, g, c, popularOn(Merchandise{Boost: []Boost{{Match{Item: last}, 100}}})), last)
		if at != 0 || x.Origin != tactful.Boosted || x.Score != 0 {
			t.Errorf("%v at %d with score %v", x.Origin, at, x.Score)
		}
	})
	t.Run("a factor below one lowers without a label", func(t *testing.T) {
		second := plain[1].Item.ID
		list := candidates(t, g, c, popularOn(Merchandise{Boost: []Boost{{Match{Item: first}, 0.5}, {Match{Item: second}, 0.9}}}))
		if x, at := find(list, first); at == 0 || at > 0 && x.Origin != tactful.Bestseller {
			t.Errorf("%v at %d", x.Origin, at)
		}
		if x, at := find(list, second); at >= 0 && x.Origin != tactful.Bestseller {
			t.Errorf("%v at %d", x.Origin, at)
		}
	})
	t.Run("what is buried leaves the candidates where there are enough", func(t *testing.T) {
		if _, at := find(candidates(t, g, c, popularOn(Merchandise{Bury: []Match{{Item: first}}})), first); at >= 0 {
			t.Errorf("the buried bestseller is at %d", at)
		}
	})
	t.Run("what is buried is no filler", func(t *testing.T) {
		forYou := ask(tactful.ForYou, decision.Permit{})
		if _, at := find(candidates(t, g, forYou, on(Merchandise{Bury: []Match{{Category: "All"}}})), first); at >= 0 {
			t.Errorf("the buried item is filler at %d", at)
		}
	})
	t.Run("a category filter keeps to its category", func(t *testing.T) {
		c := ask(tactful.Popular, decision.Permit{})
		c.Request.Filter.Categories = []string{"Shelf 2"}
		list := candidates(t, g, c, nil)
		if len(list) != enough(5) {
			t.Errorf("%d candidates", len(list))
		}
		for _, x := range list {
			if x.Item.Categories[1] != "Shelf 2" {
				t.Fatalf("%s is of %s", x.Item.ID, x.Item.Categories[1])
			}
		}
		c.Request.Filter.Categories = []string{"Shelf 2", "Rare"}
		if both := candidates(t, g, c, nil); len(both) != len(list) {
			t.Errorf("%d candidates of two categories", len(both))
		}
	})
}

func TestSearchIsMerchandisedToo(t *testing.T) {
	g := shop(t, 60, 90, nil)
	c := ask(tactful.Search, decision.Permit{})
	c.Request.Query = "thing number 60"
	set := &Settings{Merchandising: []Merchandise{{Placement: "search", Pin: []Pin{{"item-7", 1}}, Boost: []Boost{{Match{Item: "item-9"}, 100}}}}}
	_, before := find(candidates(t, g, c, nil), "item-9")
	list := candidates(t, g, c, set)
	if x, at := find(list, "item-9"); x.Origin != tactful.Boosted || at < 0 || at >= before {
		t.Errorf("the boosted result is %v at %d", x.Origin, at)
	}
	if x, at := find(list, "item-7"); x.Origin != tactful.Pinned || at < 0 {
		t.Errorf("the pin is %v at %d", x.Origin, at)
	}
	if list[0].Item.ID != "item-60" {
		t.Errorf("the best answer is %s", list[0].Item.ID)
	}
}
