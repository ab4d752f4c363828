package recommend

import (
	"math"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// shelfLabels makes one shelf of the shop sensitive and one item harmful.
func shelfLabels(items int) *decision.Labels {
	l := &decision.Labels{Names: []string{"shelf", "harm"}, Sensitive: 1, Harm: 2, Of: make([]decision.Classes, items+1)}
	for no := 1; no <= items; no++ {
		if (no-1)%3 == 1 {
			l.Of[no] = 1
		}
	}
	l.Of[3] = 2
	return l
}

func classesOf(c *decision.Case, list []decision.Candidate) (sensitive, harmful int) {
	for _, x := range list {
		switch c.Labels.At(x.Item.No) {
		case 1:
			sensitive++
		case 2:
			harmful++
		}
	}
	return sensitive, harmful
}

func TestWhatNobodyAskedForIsNotProposed(t *testing.T) {
	g := shop(t, 60, 300, nil)
	for _, placement := range []tactful.Placement{tactful.ForYou, tactful.Similar, tactful.Basket, tactful.Popular} {
		c := ask(placement, personal(), piece(g, 1, 1), piece(g, 2, 1), piece(g, 3, 1))
		c.Request.Items = []string{"item-1"}
		before := len(candidates(t, g, c, &Settings{}))
		c.Labels = shelfLabels(60)
		list := candidates(t, g, c, &Settings{})
		if sensitive, harmful := classesOf(c, list); sensitive != 0 || harmful != 0 {
			t.Errorf("%s: %d of a class nobody asked for, %d harmful", placement, sensitive, harmful)
		}
		if want := min(before, 38); len(list) < want {
			t.Errorf("%s: the list got shorter, %d of %d", placement, len(list), want)
		}
	}
}

func TestWhatTellsOfAClassAddsToItsItemsOnly(t *testing.T) {
	g := shop(t, 60, 300, nil)
	c := ask(tactful.ForYou, personal(), piece(g, 1, 1), piece(g, 2, 1), piece(g, 3, 1))
	c.Labels, c.Asked = shelfLabels(60), 1
	list := candidates(t, g, c, &Settings{})
	used, apart := 0, 0
	for _, x := range list {
		sum := 0.0
		for _, k := range x.Contributions {
			sum += k.Value
			switch k.Piece {
			case 1: // of the class
				if c.Labels.At(x.Item.No) != 1 {
					t.Errorf("%s rests on what serves the class alone", x.Item.ID)
				}
				apart++
			case 2:
				t.Errorf("%s rests on something harmful", x.Item.ID)
			default:
				used++
			}
		}
		if math.Float64bits(sum) != math.Float64bits(x.Score) {
			t.Errorf("%s: the score is not the sum of its contributions", x.Item.ID)
		}
	}
	if used == 0 || apart == 0 {
		t.Errorf("%d contributions of the rest, %d of the class: the test shows nothing", used, apart)
	}
	c.Visible = true
	for _, x := range candidates(t, g, c, &Settings{}) {
		if c.Labels.At(x.Item.No) != 0 {
			t.Errorf("%s is proposed where others see it", x.Item.ID)
		}
		for _, k := range x.Contributions {
			if k.Piece != 0 {
				t.Errorf("%s rests on piece %d where others see it", x.Item.ID, k.Piece)
			}
		}
	}
}

// The attack: what is shown besides must not tell what somebody did in a class.
func TestTheRestOfTheListIsTheSameWithAndWithoutWhatTellsOfAClass(t *testing.T) {
	g := shop(t, 60, 300, nil)
	for _, asked := range []decision.Classes{0, 1} {
		with := ask(tactful.ForYou, personal(), piece(g, 1, 1), piece(g, 2, 1), piece(g, 5, 1))
		without := ask(tactful.ForYou, personal(), piece(g, 1, 1))
		var lists [2][]string
		for i, c := range []*decision.Case{with, without} {
			c.Labels, c.Asked = shelfLabels(60), asked
			for _, x := range candidates(t, g, c, &Settings{}) {
				if c.Labels.At(x.Item.No) == 0 && x.Origin == tactful.Ranked {
					lists[i] = append(lists[i], x.Item.ID)
				}
			}
		}
		if len(lists[0]) == 0 {
			t.Fatal("nothing is ranked")
		}
		for i := range min(len(lists[0]), len(lists[1])) {
			if lists[0][i] != lists[1][i] {
				t.Fatalf("asked %d: place %d is %s with and %s without", asked, i, lists[0][i], lists[1][i])
			}
		}
	}
}

func TestAPinAndASearchResultAreLeftToTheGuards(t *testing.T) {
	g := shop(t, 60, 300, nil)
	c := ask(tactful.ForYou, personal(), piece(g, 1, 1))
	c.Labels = shelfLabels(60)
	set := &Settings{Merchandising: []Merchandise{{Placement: "for_you", Pin: []Pin{{Item: "item-2", Position: 1}}}}}
	found := false
	for _, x := range candidates(t, g, c, set) {
		found = found || x.Item.ID == "item-2" && x.Origin == tactful.Pinned
	}
	if !found {
		t.Error("the pin is not judged")
	}
	c = ask(tactful.Search, personal(), piece(g, 1, 1))
	c.Labels, c.Request.Query = shelfLabels(60), "shelf 1"
	if sensitive, _ := classesOf(c, candidates(t, g, c, &Settings{})); sensitive == 0 {
		t.Error("what a search found is not judged")
	}
}
