package guard

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

var diverseSamples = []sample{
	{"an item is let through: alone it is not one-note", with(tactful.ForYou, permitted()), only(lamp, tactful.Filler, 1), allow()},
	{"a candidate without an item is refused", with(tactful.ForYou, permitted()), only(nil, tactful.Filler, 1), withhold(diverseUnmixed)},
}

// shelf makes items of categories, numbered from 1, and says where they stand.
func shelf(categories ...string) ([]*tactful.Item, *decision.Shelves) {
	items := make([]*tactful.Item, len(categories))
	for i, category := range categories {
		items[i] = &tactful.Item{ID: fmt.Sprint(i + 1), No: tactful.ItemNo(i + 1), Title: fmt.Sprintf("Article %c%c", 'A'+i, 'Z'-i), Categories: []string{"All", category}}
	}
	return items, decision.NewShelves(items)
}

// scored makes candidates of items with falling scores.
func scored(items []*tactful.Item) []decision.Candidate {
	list := make([]decision.Candidate, len(items))
	for i, item := range items {
		list[i] = from(item, 100)
		list[i].Score = 1 - float64(i)/float64(2*len(items))
	}
	return list
}

// arrangeWith runs one arranger over candidates in their order and returns the
// numbers of the items shown.
func arrangeWith(t interface{ Fatal(...any) }, g Guard, c *decision.Case, candidates []decision.Candidate, fixed []bool, demoted ...int) ([]int, *Rulings) {
	rulings := make([]decision.Ruling, len(candidates))
	order := make([]int, len(candidates))
	for i := range rulings {
		rulings[i], order[i] = decision.Allow, i
	}
	for _, i := range demoted {
		rulings[i] = decision.Demote
	}
	r := new(Rulings)
	if err := Run([]Guard{always("kind", rulings...), g}, c, candidates, r); err != nil {
		t.Fatal(err)
	}
	list := Arrange(c, candidates, order, fixed, r)
	if failed := r.Failures(); len(failed) > 0 {
		t.Fatal(failed[0].Err)
	}
	numbers := make([]int, len(list))
	for k, i := range list {
		numbers[k] = int(candidates[i].Item.No)
	}
	return numbers, r
}

func TestAListMixesInterestsAsThePersonDoes(t *testing.T) {
	items, shelves := shelf("Tea", "Tea", "Tea", "Tea", "Tea", "Tea", "Jam", "Jam", "Jam", "Toys")
	c := with(tactful.ForYou, permitted(), did(tactful.Purchased, items[0], day), did(tactful.Purchased, items[6], day))
	c.Shelves, c.Request.Count = shelves, 6
	of := func(numbers []int, category string) (n int) {
		for _, no := range numbers {
			if items[no-1].Categories[1] == category {
				n++
			}
		}
		return n
	}
	plain, _ := arrangeWith(t, NewDiverse(DiverseRules{Calibration: -1, Breadth: -1}), &c, scored(items), nil)
	if of(plain, "Tea") != 6 {
		t.Fatalf("without the guard the list is %v: the case shows nothing", plain)
	}
	mixed, r := arrangeWith(t, NewDiverse(DiverseRules{Calibration: 0.9, Breadth: -1}), &c, scored(items), nil)
	if of(mixed, "Tea") != 3 || of(mixed, "Jam") != 3 || mixed[0] != 1 {
		t.Errorf("half tea and half jam came out as %v", mixed)
	}
	if v := r.Verdict(1, 5); v != demote(diverseMoved) {
		t.Errorf("what was moved back has the verdict %+v", v)
	}
}

func TestAListOfTenHasFourCategoriesWhereThereAreSoMany(t *testing.T) {
	for name, c := range map[string]struct {
		categories []string
		want       int
	}{
		"four are there":       {[]string{"Tea", "Tea", "Tea", "Tea", "Tea", "Tea", "Tea", "Tea", "Tea", "Tea", "Jam", "Toys", "Cups", "Jam"}, 4},
		"only three are there": {[]string{"Tea", "Tea", "Tea", "Tea", "Tea", "Tea", "Tea", "Tea", "Tea", "Tea", "Jam", "Toys", "Tea"}, 3},
		"it has them already":  {[]string{"Tea", "Jam", "Toys", "Cups", "Tea", "Tea", "Tea", "Tea", "Tea", "Tea", "Saws"}, 4},
	} {
		for _, placement := range []tactful.Placement{tactful.ForYou, tactful.Popular} {
			t.Run(name+" "+placement.String(), func(t *testing.T) {
				items, shelves := shelf(c.categories...)
				cs := with(placement, permitted())
				cs.Shelves = shelves
				list, _ := arrangeWith(t, NewDiverse(DiverseRules{Breadth: 4}), &cs, scored(items), nil)
				seen := map[string]bool{}
				for _, no := range list {
					seen[items[no-1].Categories[1]] = true
				}
				if len(seen) != c.want || len(list) != 10 || list[0] != 1 {
					t.Errorf("%d categories in %v", len(seen), list)
				}
			})
		}
	}
}

func TestWhatIsAlikeDoesNotStandSideBySide(t *testing.T) {
	items := []*tactful.Item{
		{No: 1, Title: "Red spotty bag"}, {No: 2, Title: "Blue spotty bag 30 cm"}, {No: 3, Title: "Tin of tea"}, {No: 4, Title: "Green cup", Group: "cups"}, {No: 5, Title: "Mug", Group: "cups"}, {No: 6, Title: "Saw"},
	}
	for _, placement := range []tactful.Placement{tactful.ForYou, tactful.Similar, tactful.Search, tactful.Basket, tactful.Popular} {
		c := with(placement, permitted())
		c.Shelves, c.Request.Count = decision.NewShelves(items), 6
		list, _ := arrangeWith(t, NewDiverse(DiverseRules{Calibration: -1, Breadth: -1}), &c, scored(items), nil)
		if want := []int{1, 3, 2, 4, 6, 5}; !slices.Equal(list, want) {
			t.Errorf("%s: %v, want %v", placement, list, want)
		}
	}
}

func TestTheShopsPlacesAndWhatIsDemotedStay(t *testing.T) {
	items, shelves := shelf("Tea", "Tea", "Tea", "Tea", "Jam", "Toys", "Cups", "Saws")
	c := with(tactful.ForYou, permitted(), did(tactful.Purchased, items[4], day))
	c.Shelves, c.Request.Count = shelves, 4
	list, _ := arrangeWith(t, NewDiverse(DiverseRules{Calibration: 0.9, Breadth: 10}), &c, scored(items), []bool{false, true}, 5, 6, 7)
	if list[1] != 2 {
		t.Errorf("what the shop put second is not there: %v", list)
	}
	if slices.ContainsFunc(list, func(no int) bool { return no > 5 }) {
		t.Errorf("something demoted was lifted: %v", list)
	}
	if !slices.Contains(list, 5) {
		t.Errorf("what the person likes is not there: %v", list)
	}
}

func TestSensitiveEvidenceIsNoPartOfTheMix(t *testing.T) {
	items, shelves := shelf("Tea", "Tea", "Tea", "Jam", "Jam")
	c := with(tactful.ForYou, permitted(), did(tactful.Purchased, items[0], day), did(tactful.Purchased, items[3], day))
	c.Shelves, c.Request.Count = shelves, 2
	g := NewDiverse(DiverseRules{Calibration: 0.9, Breadth: -1})
	if list, _ := arrangeWith(t, g, &c, scored(items), nil); !slices.Equal(list, []int{1, 4}) {
		t.Fatalf("both interests are not in %v: the case shows nothing", list)
	}
	c.Labels = &decision.Labels{Sensitive: 1, Of: []decision.Classes{0, 0, 0, 0, 1, 0}}
	if list, _ := arrangeWith(t, g, &c, scored(items), nil); !slices.Equal(list, []int{1, 2}) {
		t.Errorf("what is sensitive shapes the mix: %v", list)
	}
}

// What need not be looked at again would not have been chosen.
func TestBoundsChangeNoChoice(t *testing.T) {
	looked := 0
	rapid.Check(t, func(t *rapid.T) {
		items, shelves := shelf(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}), 2, 40).Draw(t, "categories")...)
		c := with(tactful.ForYou, permitted())
		c.Shelves, c.Request.Count = shelves, rapid.IntRange(1, 20).Draw(t, "count")
		for i, weight := range rapid.SliceOfN(rapid.SampledFrom([]float64{0.1, 0.5, 1, 3}), 1, len(items)).Draw(t, "weights") {
			c.Evidence.Pieces = append(c.Evidence.Pieces, decision.Piece{Item: items[i].No, Weight: weight})
		}
		candidates, line := scored(items), Line{Count: c.Request.Count, Overall: make([]decision.Ruling, len(items))}
		for i := range candidates {
			line.Order = append(line.Order, i)
		}
		weight := rapid.Float64Range(0.05, 0.95).Draw(t, "weight")
		bounded, plain := new(mixture), new(mixture)
		for _, m := range []*mixture{bounded, plain} {
			m.begin(&c, candidates, &line)
			if !m.taste(&c) {
				t.Fatal("nobody's taste")
			}
		}
		bounded.calibrate(weight)
		most := candidates[0].Score
		left := slices.Clone(line.Order)
		for position := range plain.count {
			best, value := -1, -1.0
			for _, i := range left {
				if v := (1-weight)*candidates[i].Score/most + weight*plain.worth(i); v > value {
					best, value = i, v
				}
				looked++
			}
			if bounded.order[position] != best {
				t.Fatalf("position %d: %d instead of %d", position, bounded.order[position], best)
			}
			plain.add(best)
			left = slices.DeleteFunc(left, func(i int) bool { return i == best })
		}
	})
	if looked < 1000 {
		t.Errorf("only %d places were compared", looked)
	}
}

func TestNothingOfAPersonStaysInTheMixture(t *testing.T) {
	items, shelves := shelf("Tea", "Tea", "Tea", "Jam", "Jam", "Toys", "Toys")
	g := NewDiverse(DiverseRules{Calibration: 0.6, Breadth: 4})
	rapid.Check(t, func(t *rapid.T) {
		c := with(tactful.ForYou, permitted())
		for _, at := range rapid.SliceOfN(rapid.IntRange(0, 6), 0, 5).Draw(t, "history") {
			c.Evidence.Pieces = append(c.Evidence.Pieces, did(tactful.Viewed, items[at], day))
		}
		c.Shelves, c.Request.Count = shelves, rapid.IntRange(1, 7).Draw(t, "count")
		fresh, _ := arrangeWith(t, NewDiverse(g.Rules), &c, scored(items), nil)
		used, _ := arrangeWith(t, g, &c, scored(items), nil)
		if !slices.Equal(fresh, used) {
			t.Fatalf("%v after others, %v before", used, fresh)
		}
	})
}
