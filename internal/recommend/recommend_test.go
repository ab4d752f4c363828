package recommend

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/catalog"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/model"
)

var now = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// shop is a small shop: items of three shelves, people who mostly stay on one.
func shop(t testing.TB, items, people int, change func(i int, item *tactful.Item)) *Ground {
	t.Helper()
	list := make([]tactful.Item, items)
	for i := range list {
		list[i] = tactful.Item{
			ID: fmt.Sprint("item-", i+1), Title: fmt.Sprintf("Thing number %d of shelf %d", i+1, i%3),
			Categories: []string{"All", fmt.Sprint("Shelf ", i%3)}, Price: int64(100 * (i + 1)), Availability: tactful.InStock,
		}
		if change != nil {
			change(i, &list[i])
		}
	}
	snapshot, err := catalog.NewSnapshot(list)
	if err != nil {
		t.Fatal(err)
	}
	gram := linear.NewGram(1)
	for p := range people {
		c := linear.Contribution{Epoch: 1, Weight: 1 << 16}
		for i := range items {
			if (i%3 == p%3 && (i*7+p*11)%4 != 0) || (i+p)%17 == 0 {
				c.Items = append(c.Items, linear.Entry{No: tactful.ItemNo(i + 1), Quantity: 1 << 8})
			}
		}
		if err := gram.Add(&c); err != nil {
			t.Fatal(err)
		}
	}
	set := linear.DefaultSettings()
	set.Dropout = 0.6 // the fixture does not follow the shipped default
	set.One = 1 << 32
	fit, err := linear.Fit(context.Background(), gram, set, nil)
	if err != nil {
		t.Fatal(err)
	}
	file, err := model.Encode(fit)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	return NewGround(m, snapshot)
}

func personal() decision.Permit {
	return decision.Permit{Level: tactful.Personal, Purpose: tactful.Recommendations, Allowed: true, ConsentID: "c"}
}

func piece(g *Ground, no tactful.ItemNo, weight float64) decision.Piece {
	return decision.Piece{Item: no, Listed: g.snapshot.ByNo(no), Action: tactful.Purchased, Provenance: tactful.Observed,
		Origin: decision.FromHistory, Time: now.Add(-time.Hour), Weight: weight}
}

func ask(placement tactful.Placement, permit decision.Permit, pieces ...decision.Piece) *decision.Case {
	return &decision.Case{Now: now, Permit: permit, Evidence: decision.Evidence{Pieces: pieces},
		Request: &tactful.Request{Placement: placement, Count: 5}}
}

func candidates(t testing.TB, g *Ground, c *decision.Case, set *Settings) []decision.Candidate {
	t.Helper()
	list, err := Candidates(g, c, set, new(Scratch))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, x := range list {
		if seen[x.Item.ID] {
			t.Fatalf("%s is a candidate twice", x.Item.ID)
		}
		seen[x.Item.ID] = true
		if x.Origin == tactful.OriginUnknown {
			t.Fatalf("%s has no origin", x.Item.ID)
		}
	}
	return list
}

func origins(list []decision.Candidate) map[tactful.Origin]int {
	count := map[tactful.Origin]int{}
	for _, x := range list {
		count[x.Origin]++
	}
	return count
}

func TestScoresAreTheSumOfTheirContributions(t *testing.T) {
	g := shop(t, 60, 90, nil)
	scratch := new(Scratch)
	decisions := 0
	rapid.Check(t, func(t *rapid.T) {
		var pieces []decision.Piece
		for _, no := range rapid.SliceOfNDistinct(rapid.IntRange(1, 60), 1, 20, rapid.ID).Draw(t, "items") {
			pieces = append(pieces, piece(g, tactful.ItemNo(no), rapid.SampledFrom([]float64{1, 0.6, 0.3, -0.2, 0}).Draw(t, "weight")))
		}
		c := ask(tactful.ForYou, personal(), pieces...)
		list, err := Candidates(g, c, nil, scratch)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range list {
			if x.Origin != tactful.Ranked {
				if len(x.Contributions) > 0 || x.Score != 0 {
					t.Fatal("filler claims evidence")
				}
				continue
			}
			sum := 0.0
			for j, k := range x.Contributions {
				sum += k.Value
				if pieces[k.Piece].Weight == 0 {
					t.Fatal("a piece without weight contributes")
				}
				if j > 0 && k.Value > x.Contributions[0].Value {
					t.Fatal("the largest contribution does not lead")
				}
			}
			if sum != x.Score || sum <= 0 {
				t.Fatalf("score %v, contributions %v", x.Score, sum)
			}
			if i > 0 && list[i-1].Origin == tactful.Ranked && list[i-1].Score < x.Score {
				t.Fatal("not best first")
			}
			decisions++
		}
	})
	if decisions < 1000 {
		t.Fatalf("only %d scored candidates were looked at", decisions)
	}
}

// TestTakingTheNamedPieceAwayChangesTheScoreByItsShare is the promise of the
// explanation, on the real path: score, remove, score again.
func TestTakingTheNamedPieceAwayChangesTheScoreByItsShare(t *testing.T) {
	g := shop(t, 60, 90, nil)
	with, without := new(Scratch), new(Scratch)
	checked := 0
	for n := range 1000 {
		var pieces []decision.Piece
		for j := range 2 + n%9 {
			pieces = append(pieces, piece(g, tactful.ItemNo(1+(n*13+j*7)%60), []float64{1, 0.6, 0.3}[(n+j)%3]))
		}
		before, err := Candidates(g, ask(tactful.ForYou, personal(), pieces...), nil, with)
		if err != nil {
			t.Fatal(err)
		}
		if len(before) == 0 || before[0].Origin != tactful.Ranked {
			continue
		}
		top := before[0]
		named := top.Contributions[0]
		pieces[named.Piece].Weight = 0
		after, err := Candidates(g, ask(tactful.ForYou, personal(), pieces...), nil, without)
		if err != nil {
			t.Fatal(err)
		}
		left, there := 0.0, false
		for _, x := range after {
			if x.Item == top.Item && x.Origin == tactful.Ranked {
				left, there = x.Score, true
			}
		}
		if !there && top.Score-named.Value <= 1e-9 {
			checked++ // nothing is left that speaks for it, so it is ranked no more
			continue
		}
		if math.Abs(top.Score-named.Value-left) > 1e-9 {
			t.Fatalf("decision %d: score %v, share %v, left %v", n, top.Score, named.Value, left)
		}
		checked++
	}
	if checked < 900 {
		t.Fatalf("only %d decisions checked", checked)
	}
}

func TestGenericListsAreTheSameForEverybody(t *testing.T) {
	g := shop(t, 60, 90, nil)
	generic := decision.Permit{Level: tactful.Generic}
	for _, placement := range []tactful.Placement{tactful.ForYou, tactful.Popular, tactful.Basket, tactful.Search} {
		first := ask(placement, generic)
		first.Request.Query = "thing"
		second := ask(placement, generic)
		second.Request.Query = "thing"
		second.Request.Items = []string{g.popular[0].ID, g.popular[1].ID} // a session or a basket
		a, b := candidates(t, g, first, nil), candidates(t, g, second, nil)
		if diff := cmp.Diff(a, b); diff != "" || len(a) < 40 {
			t.Errorf("%s: %d candidates, differing: %s", placement, len(a), diff)
		}
		if n := origins(a)[tactful.Ranked]; n > 0 {
			t.Errorf("%s: %d ranked candidates for nobody", placement, n)
		}
	}
}

func TestPlacements(t *testing.T) {
	g := shop(t, 60, 90, func(i int, item *tactful.Item) {
		switch i {
		case 3:
			item.Availability = tactful.OutOfStock
		case 4:
			item.Regions = []string{"DE"}
		case 5:
			item.ValidUntil = now
		case 6, 9:
			item.Group = "set"
		}
	})
	t.Run("nothing that cannot be had is a candidate", func(t *testing.T) {
		c := ask(tactful.Popular, personal())
		c.Request.Count = 100
		list := candidates(t, g, c, nil)
		if len(list) != 57 {
			t.Errorf("%d candidates", len(list))
		}
		c.Request.Region = "DE"
		if again := candidates(t, g, c, nil); len(again) != 58 {
			t.Errorf("%d candidates in the region", len(again))
		}
	})
	t.Run("popular lists begin with what most people have", func(t *testing.T) {
		list := candidates(t, g, ask(tactful.Popular, decision.Permit{}), nil)
		for i, x := range list {
			if x.Origin != tactful.Bestseller || i > 0 && x.People > list[i-1].People {
				t.Fatalf("candidate %d: %v with %d people", i, x.Origin, x.People)
			}
		}
	})
	t.Run("similar leaves out the page's item and its variants", func(t *testing.T) {
		page := piece(g, 7, 1)
		page.Origin = decision.FromRequest
		c := ask(tactful.Similar, decision.Permit{Level: tactful.Generic}, page)
		c.Request.Items = []string{"item-7"}
		list := candidates(t, g, c, nil)
		if origins(list)[tactful.Ranked] == 0 {
			t.Error("nothing goes with the page")
		}
		for _, x := range list {
			if x.Item.ID == "item-7" || x.Item.ID == "item-10" {
				t.Errorf("%s is a candidate", x.Item.ID)
			}
		}
	})
	t.Run("filler of a page comes from its shelf first", func(t *testing.T) {
		c := ask(tactful.Similar, decision.Permit{Level: tactful.Generic})
		c.Request.Items = []string{"item-8"}
		for i, x := range candidates(t, g, c, nil)[:10] {
			if x.Origin != tactful.Filler || x.Item.Categories[1] != "Shelf 1" {
				t.Errorf("candidate %d is %s of %s", i, x.Origin, x.Item.Categories[1])
			}
		}
	})
	t.Run("too little evidence is filled up, last", func(t *testing.T) {
		g := shop(t, 90, 2, nil) // two people link few items
		list := candidates(t, g, ask(tactful.ForYou, personal(), piece(g, 1, 1)), nil)
		if origins(list)[tactful.Ranked] == 0 {
			t.Error("nothing is ranked")
		}
		filler := false
		for _, x := range list {
			if x.Origin == tactful.Ranked && filler {
				t.Fatal("filler before ranked")
			}
			filler = filler || x.Origin == tactful.Filler
		}
		if !filler || len(list) != enough(5) {
			t.Errorf("%d candidates, filler %v", len(list), filler)
		}
	})
	t.Run("search answers the query and history reorders it", func(t *testing.T) {
		c := ask(tactful.Search, personal())
		c.Request.Query = "thing"
		plain := candidates(t, g, c, nil)
		for _, x := range plain {
			if x.Origin != tactful.Match || x.Score != 0 {
				t.Fatalf("%s: %v %v", x.Item.ID, x.Origin, x.Score)
			}
		}
		c.Evidence.Pieces = []decision.Piece{piece(g, 3, 1)}
		ranked := candidates(t, g, c, nil)
		if ranked[0].Score <= 0 || len(ranked[0].Contributions) == 0 {
			t.Errorf("the first result does not rest on the history: %+v", ranked[0])
		}
		c.Request.Query = "no such words"
		c.Request.Query = "xyzzy"
		if none := candidates(t, g, c, nil); len(none) != 0 {
			t.Errorf("%d results for nonsense", len(none))
		}
	})
	t.Run("without a model there is the catalogue", func(t *testing.T) {
		bare := NewGround(nil, g.snapshot)
		list := candidates(t, bare, ask(tactful.ForYou, personal(), piece(g, 1, 1)), nil)
		if origins(list)[tactful.Filler] != len(list) || len(list) != min(enough(5), g.snapshot.Len()-3) || list[0].Item.No != 1 {
			t.Errorf("%v", origins(list))
		}
	})
	t.Run("an unknown placement is refused", func(t *testing.T) {
		for _, p := range []tactful.Placement{0, 99} {
			if _, err := Candidates(g, ask(p, personal()), nil, new(Scratch)); tactful.KindOf(err) != tactful.Invalid {
				t.Errorf("got %v", err)
			}
		}
	})
	t.Run("no catalogue is not a crash", func(t *testing.T) {
		if _, err := Candidates(nil, ask(tactful.ForYou, personal()), nil, new(Scratch)); tactful.KindOf(err) != tactful.Unavailable {
			t.Errorf("got %v", err)
		}
	})
}

// TestAHeavyBuyerStillGetsAList: what was bought scores high, and must not use
// up the places of what may be shown.
func TestAHeavyBuyerStillGetsAList(t *testing.T) {
	g := shop(t, 400, 120, nil)
	var pieces []decision.Piece
	for no := range 200 {
		pieces = append(pieces, piece(g, tactful.ItemNo(no+1), 1))
	}
	c := ask(tactful.ForYou, personal(), pieces...)
	c.Request.Count = 20
	fresh, had := 0, 0
	for _, x := range candidates(t, g, c, nil) {
		switch {
		case x.Item.No <= 200:
			had++
		default:
			fresh++
		}
	}
	if fresh < 60 || had == 0 || had > hadKept {
		t.Errorf("%d candidates that may be shown, %d that the guards will refuse", fresh, had)
	}
}

func TestFilter(t *testing.T) {
	price := func(n int64) *int64 { return &n }
	item := &tactful.Item{ID: "a", Categories: []string{"Home", "Light"}, Price: 500, Availability: tactful.Preorder, Attributes: map[string]string{"colour": "red"}}
	unpriced := &tactful.Item{ID: "b", Price: -1}
	for _, test := range []struct {
		name   string
		filter tactful.Filter
		item   *tactful.Item
		want   bool
	}{
		{"no filter passes", tactful.Filter{}, item, true},
		{"a category at any level passes", tactful.Filter{Categories: []string{"Garden", "Home"}}, item, true},
		{"another category does not", tactful.Filter{Categories: []string{"Garden"}}, item, false},
		{"an excluded category does not", tactful.Filter{ExcludeCategories: []string{"Light"}}, item, false},
		{"an excluded item does not", tactful.Filter{ExcludeItems: []string{"a"}}, item, false},
		{"the bounds of a price belong to it", tactful.Filter{PriceMin: price(500), PriceMax: price(500)}, item, true},
		{"too dear does not pass", tactful.Filter{PriceMax: price(499)}, item, false},
		{"too cheap does not pass", tactful.Filter{PriceMin: price(501)}, item, false},
		{"an unknown price is in no range", tactful.Filter{PriceMin: price(0)}, unpriced, false},
		{"an attribute with one of the values passes", tactful.Filter{Attributes: map[string][]string{"colour": {"blue", "red"}}}, item, true},
		{"with none of them it does not", tactful.Filter{Attributes: map[string][]string{"colour": {"blue"}}}, item, false},
		{"an attribute that is not there does not pass", tactful.Filter{Attributes: map[string][]string{"size": {""}}}, item, false},
		{"preorder counts as available", tactful.Filter{AvailableOnly: true}, item, true},
		{"unknown does not", tactful.Filter{AvailableOnly: true}, unpriced, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := passes(&test.filter, test.item); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestCrowdsAreAtLeastThePeopleOfEachItem(t *testing.T) {
	g := shop(t, 30, 40, nil)
	for _, item := range g.snapshot.All() {
		for _, category := range item.Categories {
			if g.Crowds()[category] < g.people(item) {
				t.Errorf("%s has %d people, its item %s %d", category, g.Crowds()[category], item.ID, g.people(item))
			}
		}
	}
	if g.Crowds()["All"] == 0 || g.Crowds()["None"] != 0 {
		t.Error("the crowds are empty")
	}
}

func BenchmarkForYouHistory50(b *testing.B) {
	g := shop(b, 900, 400, nil)
	var pieces []decision.Piece
	for i := range 50 {
		pieces = append(pieces, piece(g, tactful.ItemNo(1+i*17), 1))
	}
	c := ask(tactful.ForYou, personal(), pieces...)
	c.Request.Count = 10
	scratch := new(Scratch)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Candidates(g, c, nil, scratch); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewGround10000(b *testing.B) {
	g := shop(b, 10_000, 30, nil)
	b.ReportAllocs()
	for b.Loop() {
		NewGround(g.model, g.snapshot)
	}
}
