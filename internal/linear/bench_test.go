package linear

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"
)

// prototype is the plain way to the same model: every column of G kept as a
// sorted sparse row, cells between neighbours looked up one by one, a textbook
// Cholesky.
func prototype(g *Gram, s Settings) float64 {
	items := g.Items()
	rows := make([][]Cell, len(g.inverted))
	for _, no := range items {
		rows[no] = g.Column(no)
	}
	shared := newScale(g, &s)
	total := 0.0
	for _, no := range items {
		var ranked []candidate
		for _, c := range rows[no] {
			if c.No != no && c.Sum > 0 && c.Support > 0 {
				ranked = append(ranked, candidate{float64(c.Sum) * shared.norm[c.No], uint32(c.No)})
			}
		}
		slices.SortFunc(ranked, func(a, b candidate) int {
			if a.before(b) {
				return -1
			}
			return 1
		})
		ranked = ranked[:min(len(ranked), s.K)]
		k := len(ranked)
		cell := func(i, j uint32) float64 {
			row := rows[i]
			at, ok := slices.BinarySearchFunc(row, j, func(c Cell, j uint32) int { return int(c.No) - int(j) })
			if !ok {
				return 0
			}
			return float64(row[at].Sum)
		}
		l, y := make([][]float64, k), make([]float64, k)
		for i := range k {
			l[i] = make([]float64, i+1)
			y[i] = cell(uint32(no), ranked[i].no)
			for j := range i + 1 {
				sum := cell(ranked[i].no, ranked[j].no)
				if i == j {
					sum += shared.ridge + shared.dropout*float64(g.squares[ranked[i].no])
				}
				for t := range j {
					sum -= l[i][t] * l[j][t]
				}
				if i == j {
					l[i][i] = math.Sqrt(sum)
				} else {
					l[i][j] = sum / l[j][j]
				}
			}
			for t := range i {
				y[i] -= l[i][t] * y[t]
			}
			y[i] /= l[i][i]
		}
		for i := k - 1; i >= 0; i-- {
			for t := i + 1; t < k; t++ {
				y[i] -= l[t][i] * y[t]
			}
			y[i] /= l[i][i]
			total += y[i]
		}
	}
	return total
}

// BenchmarkFit tells how many times faster than the prototype the fit is, on
// one processor's worth of work each, in the same run.
func BenchmarkFit(b *testing.B) {
	g := sumsOf(b, crowd(1500, 900, 40, 5))
	g.Organise()
	s := settingsOf(150)
	s.Ridge = 5
	var ours, theirs time.Duration
	for b.Loop() {
		began := time.Now()
		fit := newColumns(g, s)
		shared := newScale(g, &s)
		w := newWorker(g, shared, &s)
		total := 0.0
		for _, no := range g.Items() {
			fit.columns[no] = w.solve(uint32(no))
			for _, x := range fit.columns[no].weights {
				total += float64(x)
			}
		}
		ours += time.Since(began)
		began = time.Now()
		if plain := prototype(g, s); math.Abs(plain-total) > 1e-3*math.Abs(plain) {
			b.Fatalf("the weights add up to %g and %g", total, plain)
		}
		theirs += time.Since(began)
	}
	b.ReportMetric(float64(theirs)/float64(ours), "times-faster")
	b.ReportMetric(float64(ours.Microseconds())/float64(b.N)/float64(len(g.Items())), "µs/column")
}

// BenchmarkTouched solves again what one person in a crowd touches.
func BenchmarkTouched(b *testing.B) {
	ctx := context.Background()
	all := crowd(3000, 6000, 30, 5)
	g := sumsOf(b, all)
	before, err := Fit(ctx, g, settingsOf(100), nil)
	if err != nil {
		b.Fatal(err)
	}
	columns, i := 0, 0
	for b.Loop() {
		c := all[i%len(all)]
		g.ClearChanged()
		if err := g.Subtract(c); err != nil {
			b.Fatal(err)
		}
		_, touched, err := FitTouched(ctx, g, before, nil)
		if err != nil {
			b.Fatal(err)
		}
		if err := g.Add(c); err != nil {
			b.Fatal(err)
		}
		columns += len(touched)
		i++
	}
	b.ReportMetric(float64(columns)/float64(i), "columns/op")
}
