package linear

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
)

func settingsOf(k int) Settings {
	s := DefaultSettings()
	s.K = k
	return s
}

// crowd makes seeded contributions in which few items are popular.
func crowd(people, items, most int, seed uint64) []*Contribution {
	r := rand.New(rand.NewPCG(seed, 1))
	p := NewParameters(1, 0.3)
	all := make([]*Contribution, people)
	for i := range all {
		held := map[int]int64{}
		for range 1 + r.IntN(most) {
			no := 1 + int(float64(items)*math.Pow(r.Float64(), 2.5))
			held[no] = p.Unit
			if r.IntN(10) == 0 {
				held[no] = -p.Unit / 2
			}
		}
		c := &Contribution{Epoch: 1, Weight: p.WeightOf(len(held))}
		for no, q := range held {
			c.Items = append(c.Items, Entry{tactful.ItemNo(no), q})
		}
		slices.SortFunc(c.Items, func(a, b Entry) int { return int(a.No) - int(b.No) })
		all[i] = c
	}
	return all
}

func sumsOf(t testing.TB, all []*Contribution) *Gram {
	g := NewGram(1)
	for _, c := range all {
		if err := g.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// reference solves one column by the book: dense sums, all candidates sorted,
// Gauss elimination.
func reference(g *Gram, no tactful.ItemNo, s Settings) map[tactful.ItemNo]float64 {
	column := g.Column(no)
	real := func(v int64) float64 { return float64(v) / s.One }
	var chosen []Cell
	for _, c := range column {
		if c.No != no && c.Sum > 0 && c.Support > 0 && c.Support >= s.Support {
			chosen = append(chosen, c)
		}
	}
	rank := func(c Cell) float64 { return real(c.Sum) / math.Pow(real(g.Diagonal(c.No))+1, s.Rank) }
	slices.SortStableFunc(chosen, func(a, b Cell) int {
		switch ra, rb := rank(a), rank(b); {
		case ra > rb:
			return -1
		case ra < rb:
			return 1
		}
		return 0
	})
	chosen = chosen[:min(len(chosen), s.K)]
	k := len(chosen)
	a := make([][]float64, k)
	for i, c := range chosen {
		a[i] = make([]float64, k+1)
		cells := map[tactful.ItemNo]int64{}
		for _, cell := range g.Column(c.No) {
			cells[cell.No] = cell.Sum
		}
		for j, d := range chosen {
			a[i][j] = real(cells[d.No])
		}
		a[i][i] += s.Ridge + s.Dropout/(1-s.Dropout)*float64(g.Squares(c.No))/s.Square
		a[i][k] = real(c.Sum)
	}
	for p := range k {
		for i := range k {
			if i != p {
				f := a[i][p] / a[p][p]
				for j := p; j <= k; j++ {
					a[i][j] -= f * a[p][j]
				}
			}
		}
	}
	w := map[tactful.ItemNo]float64{}
	for i, c := range chosen {
		w[c.No] = a[i][k] / a[i][i]
	}
	return w
}

func TestFitIsTheRidgeRegressionOnTheNeighbourhood(t *testing.T) {
	for _, c := range []struct {
		name  string
		block func(*Gram)
	}{
		{"with all sums made on demand", func(g *Gram) { g.popular = &block{rank: make([]int32, 0)} }},
		{"with the popular items summed up", (*Gram).Organise},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := sumsOf(t, crowd(400, 90, 30, 7))
			c.block(g)
			s := settingsOf(25)
			s.Support = 3
			fit, err := Fit(context.Background(), g, s, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, no := range g.Items() {
				want, got := reference(g, no, s), fit.Column(no)
				if len(got) != len(want) {
					t.Fatalf("item %d has %d neighbours, not %d", no, len(got), len(want))
				}
				for _, e := range got {
					if w, ok := want[e.No]; !ok || math.Abs(w-float64(e.Weight)) > 1e-6 {
						t.Fatalf("item %d: weight of %d is %g, not %g", no, e.No, e.Weight, w)
					}
				}
			}
		})
	}
}

// same fails unless two fits are equal bit for bit.
func same(t rapid.TB, a, b *Columns) {
	for no := range max(a.Len(), b.Len()) {
		x, y := a.Column(tactful.ItemNo(no)), b.Column(tactful.ItemNo(no))
		if !slices.Equal(x, y) || a.Present(tactful.ItemNo(no)) != b.Present(tactful.ItemNo(no)) {
			t.Fatalf("item %d: %v is not %v", no, x, y)
		}
		if a.People(tactful.ItemNo(no)) != b.People(tactful.ItemNo(no)) {
			t.Fatalf("item %d: people differ", no)
		}
	}
}

// Whatever came and went, and in which order: the sums equal those of the
// contributions that are there, and the touched columns solved again equal a
// fit that never saw the others.
func TestForgottenEqualsNeverSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const items = 40
		s := settingsOf(rapid.IntRange(2, 12).Draw(t, "k"))
		s.Support = uint32(rapid.IntRange(0, 3).Draw(t, "support"))
		s.Rank = rapid.SampledFrom([]float64{0, .5, .8, 1}).Draw(t, "rank")
		s.Explore = rapid.SampledFrom([]float64{0, .3}).Draw(t, "explore")
		ctx := context.Background()
		g := NewGram(1)
		var present []*Contribution
		for range rapid.IntRange(1, 40).Draw(t, "before") {
			c := anyContribution(items).Draw(t, "contribution")
			present = append(present, c)
			if err := g.Add(c); err != nil {
				t.Fatal(err)
			}
		}
		fit, err := Fit(ctx, g, s, nil)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 4).Draw(t, "rounds") {
			g.ClearChanged()
			for range rapid.IntRange(0, 5).Draw(t, "changes") {
				if len(present) > 0 && rapid.Bool().Draw(t, "forget") {
					at := rapid.IntRange(0, len(present)-1).Draw(t, "whom")
					if err := g.Subtract(present[at]); err != nil {
						t.Fatal(err)
					}
					present = slices.Delete(present, at, at+1)
				} else {
					c := anyContribution(items).Draw(t, "contribution")
					present = append(present, c)
					if err := g.Add(c); err != nil {
						t.Fatal(err)
					}
				}
			}
			if fit, _, err = FitTouched(ctx, g, fit, nil); err != nil {
				t.Fatal(err)
			}
			fresh := NewGram(1)
			for _, c := range present {
				if err := fresh.Add(c); err != nil {
					t.Fatal(err)
				}
			}
			for no := tactful.ItemNo(1); no <= items; no++ {
				if !slices.Equal(g.Column(no), fresh.Column(no)) || g.Diagonal(no) != fresh.Diagonal(no) {
					t.Fatalf("column %d of the sums remembers", no)
				}
			}
			want, err := Fit(ctx, fresh, s, nil)
			if err != nil {
				t.Fatal(err)
			}
			same(t, fit, want)
		}
	})
}

func TestForgettingInACrowdEqualsNeverSeen(t *testing.T) {
	ctx := context.Background()
	all := crowd(600, 300, 40, 11)
	s := settingsOf(30)
	g := sumsOf(t, all)
	fit, err := Fit(ctx, g, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		g.ClearChanged()
		if err := g.Subtract(all[i]); err != nil {
			t.Fatal(err)
		}
		var touched []tactful.ItemNo
		if fit, touched, err = FitTouched(ctx, g, fit, nil); err != nil {
			t.Fatal(err)
		}
		if len(touched) == 0 {
			t.Fatal("taking a person away touched nothing")
		}
	}
	want, err := Fit(ctx, sumsOf(t, all[10:]), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, fit, want)
}

func TestFitStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	g := sumsOf(t, crowd(300, 200, 20, 5))
	_, err := Fit(ctx, g, settingsOf(10), func(done, total int) { cancel() })
	if err == nil {
		t.Fatal("a cancelled fit gave a model")
	}
}

func TestProgressReachesItsTotal(t *testing.T) {
	g := sumsOf(t, crowd(100, 50, 20, 5))
	last, all := 0, 0
	if _, err := Fit(context.Background(), g, settingsOf(10), func(done, total int) { last, all = done, total }); err != nil {
		t.Fatal(err)
	}
	if last != all || all != len(g.Items()) {
		t.Fatalf("progress ended at %d of %d", last, all)
	}
}

func TestSettingsOutOfBoundsAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Settings){
		"no neighbours":     func(s *Settings) { s.K = 0 },
		"no ridge":          func(s *Settings) { s.Ridge = 0 },
		"a ridge of NaN":    func(s *Settings) { s.Ridge = math.NaN() },
		"dropout of all":    func(s *Settings) { s.Dropout = 1 },
		"a negative rank":   func(s *Settings) { s.Rank = -1 },
		"explore above one": func(s *Settings) { s.Explore = 2 },
		"no unit":           func(s *Settings) { s.One = 0 },
	} {
		s := DefaultSettings()
		change(&s)
		if _, err := Fit(context.Background(), NewGram(1), s, nil); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Beyond 2^53 the sums of a neighbourhood are added up as integers. Scaling all
// quantities by a power of two moves the data there and changes no weight.
func TestHugeSumsGiveTheSameWeights(t *testing.T) {
	const factor = 1 << 11
	all := crowd(400, 90, 30, 7)
	s := settingsOf(25)
	small, err := Fit(context.Background(), sumsOf(t, all), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		for i := range c.Items {
			c.Items[i].Quantity *= factor
		}
	}
	s.One *= factor * factor
	s.Square *= factor * factor
	g := sumsOf(t, all)
	if g.Diagonal(1) < exact {
		t.Fatalf("the diagonal is only %d", g.Diagonal(1))
	}
	huge, err := Fit(context.Background(), g, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, small, huge)
}
