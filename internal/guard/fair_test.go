package guard

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

var fairSamples = []sample{
	{"an item is let through: alone it is not favoured", with(tactful.ForYou, permitted()), only(lamp, tactful.Filler, 1), allow()},
	{"a candidate without an item is refused", with(tactful.ForYou, permitted()), only(nil, tactful.Filler, 1), withhold(fairNothing)},
}

// stall is ten items of two sellers, the first five much better known.
func stall() ([]*tactful.Item, decision.Case) {
	var items []*tactful.Item
	touched := []uint32{0}
	for no := 1; no <= 10; no++ {
		seller, people := "large", uint32(1000)
		if no > 5 {
			seller, people = "small", uint32(100-no)
		}
		items = append(items, &tactful.Item{ID: fmt.Sprint(no), No: tactful.ItemNo(no), Categories: []string{"All"}, Attributes: map[string]string{"seller": seller}})
		touched = append(touched, people)
	}
	c := with(tactful.ForYou, permitted(), did(tactful.Viewed, items[9], day))
	c.Shelves, c.Touched, c.Request.Count = decision.NewShelves(items), touched, 5
	return items, c
}

func TestAListIsNotMuchMorePopularThanTheirOwnChoices(t *testing.T) {
	items, c := stall()
	for _, x := range []struct {
		name  string
		rules FairRules
		want  []int
	}{
		{"no bound leaves it", FairRules{Popularity: -1, Rare: -1}, []int{1, 2, 3, 4, 5}},
		{"a wide bound leaves it", FairRules{Popularity: 20, Rare: -1}, []int{1, 2, 3, 4, 5}},
		{"half as much again changes the last places, and keeps the first", FairRules{Popularity: 0.5, Rare: -1}, []int{1, 9, 8, 7, 6}},
		{"the bound is a mean", FairRules{Popularity: 6.2, Rare: -1}, []int{1, 2, 3, 7, 6}},
	} {
		t.Run(x.name, func(t *testing.T) {
			list, _ := arrangeWith(t, Fair{x.rules}, &c, scored(items), nil)
			if !slices.Equal(list, x.want) {
				t.Errorf("got %v, want %v", list, x.want)
			}
		})
	}
}

func TestAPlaceBelongsToWhatFewestPeopleKnow(t *testing.T) {
	items, c := stall()
	list, r := arrangeWith(t, Fair{FairRules{Popularity: -1, Rare: 1}}, &c, scored(items), nil)
	if want := []int{1, 2, 3, 4, 10}; !slices.Equal(list, want) {
		t.Errorf("got %v, want %v", list, want)
	}
	if v := r.Verdict(1, 4); v != demote(fairRare) {
		t.Errorf("what made room has the verdict %+v", v)
	}
	c.Request.Placement = tactful.Similar
	if list, _ := arrangeWith(t, Fair{FairRules{Popularity: 0, Rare: 5}}, &c, scored(items), nil); !slices.Equal(list, []int{1, 2, 3, 4, 5}) {
		t.Errorf("what was asked for was changed: %v", list)
	}
}

// What the diverse guard mixed stays mixed: four categories among the first five,
// and nothing but the commonest in reserve.
func TestWhatFewPeopleKnowTakesNoCategoryAway(t *testing.T) {
	items, c := stall()
	for i, category := range []string{"A", "B", "C", "D", "D", "D", "D", "D", "D", "D"} {
		items[i].Categories = []string{category}
	}
	c.Shelves = decision.NewShelves(items)
	kinds := func(rules FairRules) map[string]bool {
		list, _ := arrangeWith(t, Fair{rules}, &c, scored(items), nil)
		all := map[string]bool{}
		for _, no := range list {
			all[items[no-1].Categories[0]] = true
		}
		return all
	}
	if got := kinds(FairRules{Popularity: 0.5, Rare: 5}); len(got) >= 4 {
		t.Fatalf("nothing would take one away: %v", got)
	}
	if got := kinds(FairRules{Popularity: 0.5, Rare: 5, Breadth: 8}); len(got) != 4 {
		t.Errorf("%v", got)
	}
}

func TestDeclaredGroupsHaveTheirShare(t *testing.T) {
	items, c := stall()
	share := func(least, most float64) FairRules {
		return FairRules{Popularity: -1, Rare: -1, Shares: []ShareRules{{Attribute: "seller", Value: "small", Least: least, Most: most}}}
	}
	for _, x := range []struct {
		name  string
		rules FairRules
		want  []int
	}{
		{"two fifths at least", share(0.4, 0), []int{1, 2, 3, 7, 6}},
		{"all of it as far as there are", share(1, 0), []int{10, 9, 8, 7, 6}},
		{"at most, and there are none", share(0, 0.2), []int{1, 2, 3, 4, 5}},
	} {
		t.Run(x.name, func(t *testing.T) {
			list, _ := arrangeWith(t, Fair{x.rules}, &c, scored(items), nil)
			if !slices.Equal(list, x.want) {
				t.Errorf("got %v, want %v", list, x.want)
			}
		})
	}
	most := FairRules{Popularity: -1, Rare: -1, Shares: []ShareRules{{Attribute: "seller", Value: "large", Most: 0.4}}}
	if list, _ := arrangeWith(t, Fair{most}, &c, scored(items), nil); !slices.Equal(list, []int{1, 2, 8, 7, 6}) {
		t.Errorf("at most two fifths: %v", list)
	}
}

func TestWhateverIsDeclaredTheListStaysFull(t *testing.T) {
	items, c := stall()
	rapid.Check(t, func(t *rapid.T) {
		c.Request.Count = rapid.IntRange(1, 10).Draw(t, "count")
		rules := FairRules{
			Popularity: rapid.Float64Range(0, 3).Draw(t, "popularity"), Rare: rapid.IntRange(-1, 5).Draw(t, "rare"),
			Shares: []ShareRules{
				{Attribute: "seller", Value: "small", Least: rapid.Float64Range(0, 0.5).Draw(t, "least"), Most: rapid.Float64Range(0.5, 1).Draw(t, "most")},
				{Attribute: "seller", Value: "large", Least: rapid.Float64Range(0, 0.5).Draw(t, "least"), Most: rapid.Float64Range(0.5, 1).Draw(t, "most")},
			},
		}
		list, _ := arrangeWith(t, Fair{rules}, &c, scored(items), nil)
		if len(list) != c.Request.Count {
			t.Fatalf("%d of %d", len(list), c.Request.Count)
		}
		small := 0
		for _, no := range list {
			if no > 5 {
				small++
			}
		}
		if least := int(rules.Shares[0].Least * float64(len(list))); small < least && least <= 5 {
			t.Fatalf("%d of the small seller's in %v, least %d", small, list, least)
		}
	})
}

func TestFaultyBoundsAreNamed(t *testing.T) {
	bad := FairRules{Popularity: -2, Rare: 9, Shares: []ShareRules{
		{Attribute: "seller", Value: "a", Least: 0.7}, {Attribute: "seller", Value: "b", Least: 0.7}, {Attribute: "seller", Value: "a", Least: 0.1}, {Value: "x", Least: 0.5, Most: 0.2},
	}}
	var text strings.Builder
	for _, err := range bad.validate() {
		text.WriteString(err.Error() + "\n")
	}
	for _, field := range []string{"fair.popularity", "fair.rare", "fair.shares[1].least", "fair.shares[2].value", "fair.shares[3].attribute", "fair.shares[3].least"} {
		if !strings.Contains(text.String(), field) {
			t.Errorf("%s is not named in %s", field, text.String())
		}
	}
}

// TestNoProtectedAttributeCanReachACase walks what a guard, and so a decision,
// can know: what people told the panel is of the type records.Panel, and
// nothing of a case, of evidence or of wishes could carry an attribute of a
// person. A new field that could must be argued for here.
func TestNoProtectedAttributeCanReachACase(t *testing.T) {
	known := map[string]bool{
		"Case.Crowds": true, "Case.Intervals": true, "Case.Wishes.Topics": true, "Case.Wishes.Skipped": true, // categories, and topics that the person told for lists
		"Case.Request.Filter.Attributes": true, "Case.Evidence.Pieces.Listed.Attributes": true, // of items
	}
	seen := map[reflect.Type]bool{}
	var walk func(path string, at reflect.Type)
	walk = func(path string, at reflect.Type) {
		switch at.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			walk(path, at.Elem())
		case reflect.Map:
			if !known[path] {
				t.Errorf("%s is a map: what people told the panel could be in it", path)
			}
		case reflect.Struct:
			if seen[at] {
				return
			}
			seen[at] = true
			for i := range at.NumField() {
				if f := at.Field(i); f.IsExported() {
					if strings.Contains(strings.ToLower(f.Name), "panel") {
						t.Errorf("%s.%s: the panel serves nothing", path, f.Name)
					}
					walk(path+"."+f.Name, f.Type)
				}
			}
		default:
		}
	}
	walk("Case", reflect.TypeFor[decision.Case]())
	if !seen[reflect.TypeFor[decision.Piece]()] {
		t.Error("evidence was not looked at")
	}
}
