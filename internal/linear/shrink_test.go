package linear

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tactful/tactful"
)

// told is how well a direction tells the groups of others apart: the difference
// of their mean scores in standard deviations.
func told(direction []float64, groups [2][]*Contribution) float64 {
	var mean, square, n [2]float64
	for g, members := range groups {
		for _, c := range members {
			score, own := 0.0, 0.0
			for _, e := range c.Items {
				score += direction[e.No]
				own++
			}
			score /= math.Sqrt(own)
			mean[g] += score
			square[g] += score * score
			n[g]++
		}
		mean[g] /= n[g]
	}
	within := (square[0] + square[1] - n[0]*mean[0]*mean[0] - n[1]*mean[1]*mean[1]) / (n[0] + n[1])
	return (mean[0] - mean[1]) / math.Sqrt(within)
}

// solved is what a fit that is blind to a direction d is moved along: G⁻¹·d.
func solved(all []*Contribution, d []float64) []float64 {
	m := newMoments(all, len(d))
	for no := range m.ridge {
		m.ridge[no] /= shrinkage * 4 // near the ridge of a fit
	}
	return m.solve(d)
}

// themed makes people of two groups who choose among ten themes, each group some
// themes a little more, and among many items of a theme by chance.
func themed(people int, seed uint64) (all []*Contribution, groups [2][]*Contribution) {
	r := rand.New(rand.NewPCG(seed, 7))
	p := NewParameters(1, DefaultExponent)
	for u := range people {
		own := map[int]bool{}
		favourite := r.IntN(10)
		for len(own) < 20 {
			theme := r.IntN(10)
			switch x := r.IntN(10); {
			case x < 4:
				theme = favourite
			case x < 6:
				theme = theme/2*2 + u%2
			}
			own[1+theme*60+int(60*math.Pow(r.Float64(), 2))] = true
		}
		c := &Contribution{Epoch: 1, Weight: p.WeightOf(len(own))}
		for no := 1; no <= 600; no++ {
			if own[no] {
				c.Items = append(c.Items, Entry{tactful.ItemNo(no), p.Unit})
			}
		}
		all = append(all, c)
		groups[u%2] = append(groups[u%2], c)
	}
	return all, groups
}

func TestAShrunkPanelTellsMoreOfOthersThanOfItself(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	var raw, shrunk float64
	const rounds = 3
	for seed := range uint64(rounds) {
		all, groups := themed(2000, seed)
		panelled := [2][]*Contribution{groups[0][:300], groups[1][:300]}
		unseen := [2][]*Contribution{groups[0][300:], groups[1][300:]}
		p := NewPanel(1)
		for g, members := range panelled {
			for _, c := range members {
				if err := p.Add(c, Group(g)); err != nil {
					t.Fatal(err)
				}
			}
		}
		raw += told(solved(all, p.direction()), unseen) / rounds
		mixed := [2][]*Contribution{slices.Clone(panelled[0]), slices.Clone(panelled[1])}
		for g := range mixed {
			r.Shuffle(len(mixed[g]), func(i, j int) { mixed[g][i], mixed[g][j] = mixed[g][j], mixed[g][i] })
		}
		if err := p.Shrink(panelled); err != nil {
			t.Fatal(err)
		}
		before := p.direction()
		shrunk += told(solved(all, before), unseen) / rounds
		if err := p.Shrink(mixed); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(p.direction(), before) {
			t.Fatal("the members' order makes a difference")
		}
		if err := p.Subtract(panelled[0][0], FirstGroup); err != nil || slices.Equal(p.direction(), before) {
			t.Fatalf("a member went and the direction stayed, %v", err)
		}
	}
	t.Logf("others told apart by %.2f standard deviations with the panel as it is, %.2f shrunk", raw, shrunk)
	if shrunk < 1.2*raw {
		t.Errorf("%.2f standard deviations as it is, %.2f shrunk", raw, shrunk)
	}
}

func TestShrinkSolvesItsSystem(t *testing.T) {
	all, _ := leaning(60, 30, 4)
	m := newMoments(all, 31)
	d := make([]float64, 31)
	for no := 1; no < 31; no++ {
		d[no] = float64(no%7 - 3)
	}
	x, back := m.solve(d), make([]float64, 31)
	m.times(x, back)
	for no := range d {
		if m.diagonal[no] > 0 && math.Abs(back[no]-d[no]) > 1e-7 {
			t.Errorf("item %d: %g, not %g", no, back[no], d[no])
		}
	}
}

func TestShrinkRefusesForeignMembers(t *testing.T) {
	all, _ := leaning(2, 10, 1)
	foreign := &Contribution{Epoch: 2, Weight: 1, Items: all[0].Items}
	if err := NewPanel(1).Shrink([2][]*Contribution{{all[0]}, {foreign}}); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("a member of another epoch: %v", err)
	}
	if err := NewPanel(1).Shrink([2][]*Contribution{}); err != nil {
		t.Errorf("nobody: %v", err)
	}
}
