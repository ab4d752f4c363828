package linear

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tactful/tactful"
)

// leaning makes people of two groups; one chooses four in five times
// among the upper half of the items, the other among the lower half.
func leaning(people, items int, seed uint64) (all []*Contribution, groups [2][]*Contribution) {
	r := rand.New(rand.NewPCG(seed, 6))
	p := NewParameters(1, DefaultExponent)
	for u := range people {
		own := map[int]bool{}
		theme := r.IntN(4)
		for len(own) < 8+r.IntN(8) {
			at := int(math.Pow(r.Float64(), 1.5) * float64(items/2))
			if r.IntN(3) > 0 {
				at = at/4*4 + theme
			}
			if (r.IntN(5) < 4) == (u%2 == 0) {
				at += items / 2
			}
			own[min(at, items-1)+1] = true
		}
		c := &Contribution{Epoch: 1, Weight: p.WeightOf(len(own))}
		for no := 1; no <= items; no++ {
			if own[no] {
				c.Items = append(c.Items, Entry{tactful.ItemNo(no), p.Unit})
			}
		}
		all = append(all, c)
		groups[u%2] = append(groups[u%2], c)
	}
	return all, groups
}

// unequal is the difference between the groups in the share of their lists that
// the upper half of the items has.
func unequal(fit *Columns, groups [2][]*Contribution) float64 {
	l := newLevel(fit, fit, nil, 1)
	var upper, all [2]float64
	for g := range groups {
		for _, list := range l.lists(groups[g], 10) {
			for _, no := range list {
				all[g]++
				if int(no) > fit.Len()/2 {
					upper[g]++
				}
			}
		}
	}
	return math.Abs(upper[0]/all[0] - upper[1]/all[1])
}

func TestLevelledListsShowItemsToBothGroupsAlike(t *testing.T) {
	all, groups := leaning(1200, 80, 1)
	panelled := [2][]*Contribution{groups[0][:300], groups[1][:300]}
	unseen := [2][]*Contribution{groups[0][300:], groups[1][300:]}
	panel := NewPanel(1)
	for g, members := range panelled {
		for _, c := range members {
			if err := panel.Add(c, Group(g)); err != nil {
				t.Fatal(err)
			}
		}
	}
	g := sumsOf(t, all)
	s := settingsOf(60)
	ctx := context.Background()
	plain, err := Fit(ctx, g, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	blind, err := FitBlind(ctx, g, s, []*Panel{panel}, nil)
	if err != nil {
		t.Fatal(err)
	}
	how := Levelling{Length: 10, Rounds: 12, Start: 1}
	level, err := Level(ctx, plain, blind, panel, panelled, how)
	if err != nil {
		t.Fatal(err)
	}
	before, constrained, after := unequal(plain, unseen), unequal(blind, unseen), unequal(level, unseen)
	t.Logf("the groups' lists differ by %.3f plain, %.3f constrained, %.3f levelled", before, constrained, after)
	if before < 0.2 || constrained > 0.7*before || after > 0.7*constrained {
		t.Errorf("people who told nothing: %.3f plain, %.3f constrained, %.3f levelled", before, constrained, after)
	}
	// The members' order makes no difference, and nothing but the members does.
	mixed := [2][]*Contribution{slices.Clone(panelled[0]), slices.Clone(panelled[1])}
	slices.Reverse(mixed[0])
	again, err := Level(ctx, plain, blind, panel, mixed, how)
	if err != nil {
		t.Fatal(err)
	}
	same(t, again, level)
	none, err := Level(ctx, plain, blind, panel, panelled, Levelling{Length: 10, Start: 1})
	if err != nil {
		t.Fatal(err)
	}
	same(t, none, blind)
}

func TestLevelRefusesWhatDoesNotFit(t *testing.T) {
	all, groups := leaning(40, 20, 1)
	g := sumsOf(t, all)
	fit, err := Fit(context.Background(), g, settingsOf(10), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Level(context.Background(), fit, fit, NewPanel(2), groups, DefaultLevelling()); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("a panel of another epoch: %v", err)
	}
	if _, err := Level(context.Background(), fit, fit, NewPanel(1), groups, Levelling{}); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("lists of no length: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Level(ctx, fit, fit, NewPanel(1), groups, DefaultLevelling()); err == nil {
		t.Error("it went on after it was cancelled")
	}
}
