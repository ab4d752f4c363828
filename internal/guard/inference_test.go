package guard

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// unasked is a sensitive class of these tests.
const unasked = decision.Class(4)

// cued says how much items speak for it, by number from 1.
func cued(odds ...float32) *decision.Cues {
	return &decision.Cues{Classes: []decision.Class{unasked}, Odds: [][]float32{append([]float32{0}, odds...)}}
}

func expects(cues *decision.Cues, change func(*decision.Case), pieces ...decision.Piece) decision.Case {
	c := with(tactful.ForYou, permitted(), pieces...)
	c.Cues = cues
	if change != nil {
		change(&c)
	}
	return c
}

var inferenceSamples = []sample{
	{"a suggestion that rests on a lamp is let through", expects(cued(0), nil, did(tactful.Purchased, lamp, day)), from(shade, 100), allow()},
	{"one that rests on a cue is refused", expects(cued(0.6), nil, did(tactful.Purchased, lamp, day)), from(shade, 100), withhold(inferenceCue)},
	{"unless the person asked for the class", expects(cued(0.6), func(c *decision.Case) { c.Asked = c.Asked.With(unasked) }, did(tactful.Purchased, lamp, day)), from(shade, 100), allow()},
	{"or seeks it now", expects(cued(0.6), func(c *decision.Case) { c.Sought = c.Sought.With(unasked) }, did(tactful.Purchased, lamp, day)), from(shade, 100), allow()},
	{"others see a letter, whatever was asked for", expects(cued(0.6), func(c *decision.Case) { c.Asked, c.Visible = c.Asked.With(unasked), true }, did(tactful.Purchased, lamp, day)), from(shade, 100), withhold(inferenceCue)},
	{"the page is what they look at now", expects(cued(0.6), nil, here(lamp)), from(shade, 100), allow()},
	{"a faint cue is let through", expects(cued(0.3), nil, did(tactful.Purchased, lamp, day)), from(shade, 100), allow()},
	{"as long as the cues are missing, nothing personal is shown", expects(&decision.Cues{Missing: true}, nil, did(tactful.Purchased, lamp, day)), from(shade, 100), withhold(inferenceMissing)},
	{"and what rests on nobody is", expects(&decision.Cues{Missing: true}, nil, did(tactful.Purchased, lamp, day)), only(shade, tactful.Filler, 100), allow()},
}

func inferring() Inference { return Inference{InferenceRules{List: 0.5, Week: 0.875, Cue: 0.5}} }

func TestAListAsAWholeStaysInItsBudget(t *testing.T) {
	items, _ := shelf("a", "b", "c", "d", "e", "f", "g")
	odds := []float32{0.375, 0.25, -0.25, 0.25, 0, 0.125, 0}
	for _, x := range []struct {
		name   string
		change func(*decision.Case)
		want   []int
		left   []int // places that the guard left out
	}{
		{"what goes over it is left out and the next one comes", nil, []int{1, 3, 4, 5, 6}, []int{1}},
		{"the class was asked for", func(c *decision.Case) { c.Asked = c.Asked.With(unasked) }, []int{1, 2, 3, 4, 5}, nil},
		{"it was asked for, and others see it", func(c *decision.Case) { c.Asked, c.Visible = c.Asked.With(unasked), true }, []int{1, 3, 4, 5, 6}, []int{1}},
		{"another class was asked for", func(c *decision.Case) { c.Asked = c.Asked.With(unasked + 1) }, []int{1, 3, 4, 5, 6}, []int{1}},
		{"the week has little left", func(c *decision.Case) {
			c.Cues.Odds[0] = append(c.Cues.Odds[0], 0.75)
			c.Told = &decision.Told{Items: []tactful.ItemNo{8}}
		}, []int{3, 4, 5, 6, 7}, []int{0, 1}},
		{"what was shown in the week is free", func(c *decision.Case) {
			c.Cues.Odds[0] = append(c.Cues.Odds[0], 0.375)
			c.Told = &decision.Told{Items: []tactful.ItemNo{1, 8}}
		}, []int{1, 3, 4, 5, 6}, []int{1}},
		{"the list rests on nobody", func(c *decision.Case) { c.Evidence.Pieces = nil }, []int{1, 2, 3, 4, 5}, nil},
		{"nothing is known to tell", func(c *decision.Case) { c.Cues = nil }, []int{1, 2, 3, 4, 5}, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := expects(cued(odds...), x.change, did(tactful.Viewed, items[4], day))
			if x.name == "the list rests on nobody" {
				c.Evidence.Pieces = nil
			}
			c.Request.Count = 5
			candidates := scored(items)
			if len(c.Evidence.Pieces) == 0 {
				for i := range candidates {
					candidates[i].Contributions = nil
				}
			}
			list, r := arrangeWith(t, inferring(), &c, candidates, nil)
			if !slices.Equal(list, x.want) {
				t.Errorf("got %v, want %v", list, x.want)
			}
			for i := range items {
				if v := r.Verdict(1, i); v.Stops() != slices.Contains(x.left, i) {
					t.Errorf("item %d has the verdict %+v", i+1, v)
				}
			}
		})
	}
}

func TestNoListGoesOverABudget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "items")
		var categories []string
		cues := &decision.Cues{Classes: []decision.Class{1, unasked}, Odds: [][]float32{{0}, {0}}}
		for i := range n {
			categories = append(categories, fmt.Sprint(i))
			for at := range cues.Odds {
				cues.Odds[at] = append(cues.Odds[at], float32(rapid.IntRange(-8, 8).Draw(t, "odds"))/8)
			}
		}
		items, _ := shelf(categories...)
		c := expects(cues, nil, here(items[0]))
		c.Request.Count = rapid.IntRange(1, n).Draw(t, "count")
		shownBefore := []tactful.ItemNo{}
		for week := range 3 { // three lists of one week
			told, _ := (*decision.Told)(nil).With(cues, 0, shownBefore)
			c.Told = told
			list, _ := arrangeWith(t, inferring(), &c, scored(items), nil)
			for at := range cues.Classes {
				sum := 0.0
				for _, no := range list {
					sum += cues.Of(at, tactful.ItemNo(no))
				}
				if sum > 0.5+1e-6 {
					t.Fatalf("list %d tells %.2f nats", week, sum)
				}
			}
			for _, no := range list {
				shownBefore = append(shownBefore, tactful.ItemNo(no))
			}
			after, _ := told.With(cues, 0, shownBefore)
			for at := range cues.Classes {
				if gained := after.Sum(cues, at); gained > 0.875+1e-6 && gained > told.Sum(cues, at)+1e-6 {
					t.Fatalf("the week tells %.2f nats", gained)
				}
			}
		}
	})
}
