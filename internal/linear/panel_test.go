package linear

import (
	"context"
	"math"
	"testing"

	"github.com/tactful/tactful"
)

// gap is the difference between the groups in the mean score of an item,
// against the size of the terms it is made of.
func gap(fit *Columns, d []float64, no tactful.ItemNo) (relative float64) {
	sum, size := 0.0, 0.0
	for _, e := range fit.Column(no) {
		sum += d[e.No] * float64(e.Weight)
		size += math.Abs(d[e.No] * float64(e.Weight))
	}
	if size == 0 {
		return 0
	}
	return math.Abs(sum) / size
}

func TestBlindFitScoresNoItemByTheGroup(t *testing.T) {
	all := crowd(500, 80, 30, 3)
	panels := []*Panel{NewPanel(1), NewPanel(1)}
	for i, c := range all[:200] {
		likes := Group(0) // the first group likes even numbers
		if c.Items[0].No%2 == 1 {
			likes = SecondGroup
		}
		for n, which := range []Group{likes, Group(i % 3 / 2)} {
			if err := panels[n].Add(c, which); err != nil {
				t.Fatal(err)
			}
		}
	}
	for n := range 3 {
		g := sumsOf(t, all)
		s := settingsOf(30)
		fit, err := FitBlind(context.Background(), g, s, panels[:n], nil)
		if err != nil {
			t.Fatal(err)
		}
		worst := 0.0
		for _, no := range g.Items() {
			for _, p := range panels[:n] {
				worst = max(worst, gap(fit, p.direction(), no))
			}
		}
		if worst > 1e-5 {
			t.Errorf("%d panels: a score differs between the groups by %g of its size", n, worst)
		}
		if n == 0 { // the control: without the constraint the groups are told apart
			seen := 0.0
			for _, no := range g.Items() {
				seen = max(seen, gap(fit, panels[0].direction(), no))
			}
			if seen < 0.1 {
				t.Fatalf("the plain model tells the groups apart by %g only; the test shows nothing", seen)
			}
		}
		// A person outside the panels leaves a blind model like any other.
		g.ClearChanged()
		if err := g.Subtract(all[300]); err != nil {
			t.Fatal(err)
		}
		after, _, err := FitTouched(context.Background(), g, fit, nil)
		if err != nil {
			t.Fatal(err)
		}
		want, err := FitBlind(context.Background(), g, s, panels[:n], nil)
		if err != nil {
			t.Fatal(err)
		}
		same(t, after, want)
	}
}

func TestPanelForgetsItsMembers(t *testing.T) {
	all := crowd(50, 40, 20, 3)
	p, q := NewPanel(1), NewPanel(1)
	for i, c := range all {
		if err := p.Add(c, Group(i%2)); err != nil {
			t.Fatal(err)
		}
		if i >= 10 {
			if err := q.Add(c, Group(i%2)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, c := range all[:10] {
		if err := p.Subtract(c, Group(i%2)); err != nil {
			t.Fatal(err)
		}
	}
	d, e := p.direction(), q.direction()
	for no := range max(len(d), len(e)) {
		var x, y float64
		if no < len(d) {
			x = d[no]
		}
		if no < len(e) {
			y = e[no]
		}
		if x != y {
			t.Fatalf("item %d: %g, not %g", no, x, y)
		}
	}
	if err := NewPanel(1).Subtract(all[0], FirstGroup); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("taking a member out of an empty panel: %v", err)
	}
	if err := p.Add(all[0], 2); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("a third group: %v", err)
	}
	if err := NewPanel(2).Add(all[0], FirstGroup); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("another epoch: %v", err)
	}
}
