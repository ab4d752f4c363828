package linear

import (
	"testing"

	"github.com/tactful/tactful"
)

func TestGramRefusesAndChangesNothing(t *testing.T) {
	good := &Contribution{Epoch: 1, Weight: 5, Items: []Entry{{1, 64}, {2, 64}}}
	big := &Contribution{Epoch: 1, Weight: MaxWeight, Items: []Entry{{2, 64}, {3, 1 << 16}}}
	for _, c := range []struct {
		name string
		do   func(*Gram) error
		kind tactful.Kind
	}{
		{"another epoch", func(g *Gram) error { return g.Add(&Contribution{Epoch: 2, Weight: 1, Items: []Entry{{1, 1}}}) }, tactful.Conflict},
		{"a malformed contribution", func(g *Gram) error {
			return g.Add(&Contribution{Epoch: 1, Weight: 1, Items: []Entry{{1, 1}, {1, 1}}})
		}, tactful.Invalid},
		{"a sum beyond 64 bits", func(g *Gram) error { return g.Add(big) }, tactful.Refused},
		{"forgetting what is not there", func(g *Gram) error { return g.Subtract(&Contribution{Epoch: 1, Weight: 6, Items: good.Items}) }, tactful.Conflict},
		{"forgetting twice", func(g *Gram) error {
			again := &Contribution{Epoch: 1, Weight: 9, Items: []Entry{{7, 3}}}
			if err := g.Add(again); err != nil {
				return err
			}
			if err := g.Subtract(again); err != nil {
				return err
			}
			return g.Subtract(again)
		}, tactful.Conflict},
	} {
		g := NewGram(1)
		if err := g.Add(good); err != nil {
			t.Fatal(err)
		}
		g.grow(3)
		g.diagonal[3] = maxDiagonal - 1
		if err := c.do(g); tactful.KindOf(err) != c.kind {
			t.Errorf("%s: %v", c.name, err)
		}
		if g.Len() != 1 || g.Diagonal(1) != 5*64*64 || g.Diagonal(2) != 5*64*64 || g.People(2) != 1 || len(g.Column(7)) != 0 {
			t.Errorf("%s: the sums changed", c.name)
		}
	}
}

func TestSupportCountsPeopleWhoLikedBoth(t *testing.T) {
	g := NewGram(1)
	for _, c := range []*Contribution{
		{Epoch: 1, Weight: 2, Items: []Entry{{1, 1}, {2, 3}}},
		{Epoch: 1, Weight: 1, Items: []Entry{{1, 1}, {2, -1}}},
		{Epoch: 1, Weight: 1, Items: []Entry{{1, -1}, {2, -1}}},
	} {
		if err := g.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	want := []Cell{{1, 4, 2}, {2, 6, 1}}
	if got := g.Column(1); len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Fatalf("column 1 is %v", got)
	}
}

func TestEmptyContributionChangesNothing(t *testing.T) {
	g := NewGram(1)
	for _, c := range []*Contribution{nil, {}, {Epoch: 7}, {Epoch: 7, Weight: 3}} {
		if g.Add(c) != nil || g.Subtract(c) != nil || g.Len() != 0 {
			t.Fatalf("%v was taken", c)
		}
	}
}
