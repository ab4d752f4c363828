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
	plain := *fit
	plain.columns, plain.bound = slices.Clone(fit.columns), [][]float64{nil}
	for j := range plain.columns {
		plain.columns[j].free = plain.columns[j].weights
	}
	l := newLevel(&plain, 1)
	var upper, all [2]float64
	for g, counts := range l.count(l.reach(groups, 40), 10) {
		for no, count := range counts {
			all[g] += count
			if no > fit.Len()/2 {
				upper[g] += count
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
	how := DefaultLevelling()
	how.Length, how.Start = 10, 1
	level, err := Level(ctx, blind, panelled, how)
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
	again, err := Level(ctx, blind, mixed, how)
	if err != nil {
		t.Fatal(err)
	}
	same(t, again, level)
	none, err := Level(ctx, blind, panelled, Levelling{Length: 10, Start: 1})
	if err != nil {
		t.Fatal(err)
	}
	same(t, none, blind)
	// At the other end of the line stands the fit without a panel.
	free, err := Level(ctx, blind, panelled, Levelling{Length: 10})
	if err != nil {
		t.Fatal(err)
	}
	same(t, free, plain)
}

func TestLevelRefusesWhatDoesNotFit(t *testing.T) {
	all, groups := leaning(40, 20, 1)
	g := sumsOf(t, all)
	panel := NewPanel(1)
	for which, members := range groups {
		for _, c := range members {
			if err := panel.Add(c, Group(which)); err != nil {
				t.Fatal(err)
			}
		}
	}
	plain, err := Fit(context.Background(), g, settingsOf(10), nil)
	if err != nil {
		t.Fatal(err)
	}
	fit, err := FitBlind(context.Background(), g, settingsOf(10), []*Panel{panel}, nil)
	if err != nil {
		t.Fatal(err)
	}
	foreign := [2][]*Contribution{{{Epoch: 2, Weight: 1, Items: groups[0][0].Items}}, groups[1]}
	for _, test := range []struct {
		name    string
		fit     *Columns
		members [2][]*Contribution
		how     Levelling
		want    tactful.Kind
	}{
		{"a fit without a panel", plain, groups, DefaultLevelling(), tactful.Invalid},
		{"members of another epoch", fit, foreign, DefaultLevelling(), tactful.Conflict},
		{"a group without members", fit, [2][]*Contribution{groups[0], nil}, DefaultLevelling(), tactful.Invalid},
		{"lists of no length", fit, groups, Levelling{}, tactful.Invalid},
	} {
		if _, err := Level(context.Background(), test.fit, test.members, test.how); tactful.KindOf(err) != test.want {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Level(ctx, fit, groups, DefaultLevelling()); err == nil {
		t.Error("it went on after it was cancelled")
	}
}
