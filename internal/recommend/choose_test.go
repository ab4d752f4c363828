package recommend

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// chosen runs Choose on candidates written as "name origin ruling group".
func chosen(t *testing.T, count int, set *Settings, lines ...string) (ids []string, list []decision.Candidate) {
	t.Helper()
	var rulings []decision.Ruling
	for i, line := range lines {
		word := append(strings.Fields(line), "", "", "")
		x := decision.Candidate{Item: &tactful.Item{ID: word[0], No: tactful.ItemNo(i + 1), Group: word[3]}, Origin: tactful.Ranked,
			Contributions: []decision.Contribution{{Value: 1}}}
		switch word[1] {
		case "filler":
			x.Origin, x.Contributions = tactful.Filler, nil
		case "pinned":
			x.Origin, x.Contributions = tactful.Pinned, nil
		}
		ruling := map[string]decision.Ruling{"": decision.Allow, "allow": decision.Allow, "demote": decision.Demote, "coarsen": decision.Coarsen,
			"withhold": decision.Withhold, "unruled": decision.Unruled, "unknown": 77}[word[2]]
		list = append(list, x)
		rulings = append(rulings, ruling)
	}
	c := &decision.Case{Request: &tactful.Request{Placement: tactful.ForYou, Count: count}}
	for _, i := range Choose(c, set, list, rulings, c.Request.Count, new(Scratch)) {
		ids = append(ids, list[i].Item.ID)
	}
	return ids, list
}

func on(m Merchandise) *Settings {
	m.Placement = "for_you"
	return &Settings{Merchandising: []Merchandise{m}}
}

func TestChoose(t *testing.T) {
	for _, test := range []struct {
		name  string
		count int
		set   *Settings
		lines []string
		want  string
	}{
		{"the best come first", 2, nil, []string{"a", "b", "c"}, "a b"},
		{"what is withheld never comes", 3, nil, []string{"a ranked withhold", "b ranked unruled", "c ranked unknown", "d"}, "d"},
		{"what is demoted comes after what is allowed", 3, nil, []string{"a ranked demote", "b", "c ranked coarsen"}, "b c a"},
		{"filler comes last", 4, nil, []string{"a filler", "b ranked demote", "c", "d filler demote"}, "c b a d"},
		{"variants are not repeated", 3, nil, []string{"a ranked allow set", "b ranked allow set", "c"}, "a c"},
		{"a withheld variant does not keep the other out", 3, nil, []string{"a ranked withhold set", "b ranked allow set", "c"}, "b c"},
		{"a pin takes its place", 3, on(Merchandise{Pin: []Pin{{"p", 2}}}), []string{"a", "b", "c", "p pinned"}, "a p b"},
		{"a withheld pin takes none", 3, on(Merchandise{Pin: []Pin{{"p", 2}}}), []string{"a", "b", "c", "p pinned withhold"}, "a b c"},
		{"a demoted pin goes to the end", 4, on(Merchandise{Pin: []Pin{{"p", 1}}}), []string{"a", "b", "c", "p pinned demote"}, "a b c p"},
		{"a pin beyond the list stays out", 2, on(Merchandise{Pin: []Pin{{"p", 3}}}), []string{"a", "b", "c", "p pinned"}, "a b"},
		{"a short list closes up to its pin", 5, on(Merchandise{Pin: []Pin{{"p", 4}}}), []string{"a", "p pinned"}, "a p"},
		{"a slot lifts the best that fits", 3, on(Merchandise{Slots: []Slot{{Match{Item: "c"}, 1}}}), []string{"a", "b", "c"}, "c a b"},
		{"a slot does not lift what is withheld", 3, on(Merchandise{Slots: []Slot{{Match{Item: "c"}, 1}}}), []string{"a", "b", "c ranked withhold"}, "a b"},
		{"rules of another placement do nothing", 2, &Settings{Merchandising: []Merchandise{{Placement: "popular", Slots: []Slot{{Match{Item: "b"}, 1}}}}}, []string{"a", "b"}, "a b"},
		{"nothing from nothing", 3, nil, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			ids, _ := chosen(t, test.count, test.set, test.lines...)
			if got := strings.Join(ids, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestASlotLabelsWhatItMoves(t *testing.T) {
	_, list := chosen(t, 3, on(Merchandise{Slots: []Slot{{Match{Item: "c"}, 1}, {Match{Item: "f"}, 2}}}), "a", "c", "f filler")
	if list[0].Origin != tactful.Ranked || list[1].Origin != tactful.Boosted || list[2].Origin != tactful.Pinned {
		t.Errorf("origins %v %v %v", list[0].Origin, list[1].Origin, list[2].Origin)
	}
}

func TestUnjudgedCandidatesDoNotLeave(t *testing.T) {
	c := &decision.Case{Request: &tactful.Request{Count: 3}}
	list := []decision.Candidate{{Item: &tactful.Item{ID: "a"}, Origin: tactful.Ranked}}
	if got := Choose(c, nil, list, nil, c.Request.Count, new(Scratch)); len(got) != 0 {
		t.Errorf("%d left", len(got))
	}
	if got := Choose(c, nil, list, []decision.Ruling{decision.Unruled}, c.Request.Count, new(Scratch)); len(got) != 0 {
		t.Errorf("%d left", len(got))
	}
}

func TestMerchandisingIsLabelled(t *testing.T) {
	g := shop(t, 60, 90, func(i int, item *tactful.Item) {
		if i == 30 {
			item.Attributes = map[string]string{"season": "new"}
		}
		if i == 20 {
			item.Availability = tactful.Discontinued
		}
	})
	evidence := []decision.Piece{piece(g, 1, 1), piece(g, 4, 1)}
	c := ask(tactful.ForYou, personal(), evidence...)
	c.Request.Count = 10 // so that the buried item is still among the candidates
	plain := candidates(t, g, c, nil)
	last := 5 // an item that is ranked, but not first
	if plain[last].Origin != tactful.Ranked {
		t.Fatal("too few ranked candidates for this test")
	}
	set := on(Merchandise{
		Pin:   []Pin{{"item-60", 1}, {"item-21", 3}, {"item-404", 4}},
		Boost: []Boost{{Match{Item: plain[last].Item.ID}, 100}},
		Bury:  []Match{{Item: plain[0].Item.ID}},
		Slots: []Slot{{Match{Attribute: "season", Value: "new"}, 2}},
	})
	list := candidates(t, g, c, set)
	byID := map[string]decision.Candidate{}
	place := map[string]int{}
	for i, x := range list {
		byID[x.Item.ID], place[x.Item.ID] = x, i
	}
	if x := byID["item-60"]; x.Origin != tactful.Pinned || x.Score != 0 || len(x.Contributions) != 0 {
		t.Errorf("the pin is %v with score %v", x.Origin, x.Score)
	}
	if _, there := byID["item-21"]; there {
		t.Error("a discontinued item was pinned")
	}
	boosted := byID[plain[last].Item.ID]
	if boosted.Origin != tactful.Boosted || place[boosted.Item.ID] != 0 {
		t.Errorf("the boosted item is %v at %d", boosted.Origin, place[boosted.Item.ID])
	}
	if diff := cmp.Diff(plain[last].Score, boosted.Score); diff != "" {
		t.Errorf("a boost changed the score: %s", diff)
	}
	buried := plain[0].Item.ID
	if byID[buried].Origin != tactful.Ranked {
		t.Fatal("the buried item is not ranked")
	}
	for id, at := range place {
		if byID[id].Origin == tactful.Ranked && at > place[buried] {
			t.Errorf("%s comes after the buried item", id)
		}
	}
	if x, there := byID["item-31"]; !there {
		t.Error("the slot has no candidate")
	} else if x.Origin == tactful.OriginUnknown {
		t.Error("the slot's candidate is not labelled")
	}
}

func TestSettingsNameEveryFault(t *testing.T) {
	good := Settings{Merchandising: []Merchandise{{
		Placement: "popular", Pin: []Pin{{"a", 1}}, Boost: []Boost{{Match{Category: "New"}, 2}},
		Bury: []Match{{Attribute: "season", Value: "old"}}, Slots: []Slot{{Match{Item: "b"}, 2}},
	}, {Placement: "search"}}}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	bad := Settings{Merchandising: []Merchandise{
		{Placement: "nowhere", Pin: []Pin{{"", 0}, {"a", 1}, {"a", 1}}, Boost: []Boost{{Match{Item: "a", Category: "b"}, -1}}, Bury: []Match{{}}, Slots: []Slot{{Match{Value: "x"}, 200}}},
		{Placement: "popular"}, {Placement: "popular"},
	}}
	err := fmt.Sprint(bad.Validate())
	for _, field := range []string{
		"merchandising[0].placement", "merchandising[0].pin[0].item", "merchandising[0].pin[0].position", "merchandising[0].pin[2].item",
		"merchandising[0].pin[2].position", "merchandising[0].boost[0]:", "merchandising[0].boost[0].factor", "merchandising[0].bury[0]",
		"merchandising[0].slots[0]:", "merchandising[0].slots[0].position", "merchandising[2].placement",
	} {
		if !strings.Contains(err, field) {
			t.Errorf("%s is not named in %s", field, err)
		}
	}
}
