package model

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/files"
	"github.com/tactful/tactful/internal/linear"
)

// fitted makes a small model from seeded histories.
func fitted(t testing.TB, people, items, length, k int) *Model {
	t.Helper()
	r := rand.New(rand.NewPCG(9, 9))
	p := linear.NewParameters(1, 0.3)
	g := linear.NewGram(1)
	for range people {
		var c linear.Contribution
		for no := 1 + r.IntN(5); no <= items && len(c.Items) < length; no += 1 + r.IntN(max(1, 2*items/length)) {
			c.Items = append(c.Items, linear.Entry{No: tactful.ItemNo(no * 3), Quantity: p.Unit})
		}
		c.Epoch, c.Weight = 1, p.WeightOf(len(c.Items))
		if err := g.Add(&c); err != nil {
			t.Fatal(err)
		}
	}
	s := linear.DefaultSettings()
	s.K = k
	fit, err := linear.Fit(context.Background(), g, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Encode(fit)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if direct, err := New(fit); err != nil || direct.Hash() != m.Hash() || !slices.Equal(direct.Popular(), m.Popular()) {
		t.Fatalf("made and read, the model is not the same: %v", err)
	}
	for no := range fit.Len() {
		fit.Each(tactful.ItemNo(no), func(e linear.Edge) {
			evidence, _ := m.Column(e.No)
			suggestion, _ := m.Column(tactful.ItemNo(no))
			w, support, ok := m.Weight(evidence, suggestion)
			if !ok || w != e.Weight || support != e.Support {
				t.Fatalf("edge %v of item %d came back as %g, %d, %t", e, no, w, support, ok)
			}
		})
	}
	return m
}

func anyInputs(m *Model, n int, r *rand.Rand) []Input {
	inputs := make([]Input, n)
	for i := range inputs {
		inputs[i] = Input{int32(r.IntN(m.Len())), []float64{1, 0.25, -0.5, 0, 1.7}[r.IntN(5)]}
	}
	return inputs
}

func TestContributionsAddUpToTheScoreBitForBit(t *testing.T) {
	m := fitted(t, 500, 200, 20, 15)
	r := rand.New(rand.NewPCG(1, 1))
	s := m.NewScratch()
	seen := 0
	for range 200 {
		inputs := anyInputs(m, 1+r.IntN(30), r)
		list := m.Score(s, inputs, 12, nil)
		for i, x := range list {
			sum := 0.0
			for _, c := range m.Contributions(x.Column, inputs) {
				sum += c.Value
				if c.Support == 0 {
					t.Fatal("a contribution rests on nobody")
				}
			}
			if sum != x.Score {
				t.Fatalf("contributions add up to %x, the score is %x", sum, x.Score)
			}
			if i > 0 && !before(list[i-1], x) {
				t.Fatalf("%v comes after %v", x, list[i-1])
			}
			seen++
		}
	}
	if seen < 1000 {
		t.Fatalf("only %d suggestions were checked", seen)
	}
}

func TestScoreGivesTheBestAndLeavesTheScratchClean(t *testing.T) {
	m := fitted(t, 500, 200, 20, 15)
	r := rand.New(rand.NewPCG(2, 1))
	s := m.NewScratch()
	odd := func(column int32) bool { return column%2 == 1 }
	for range 100 {
		inputs := anyInputs(m, 8, r)
		all := slices.Clone(m.Score(s, inputs, m.Len(), odd))
		few := m.Score(s, inputs, 5, odd)
		if !slices.Equal(all[:min(5, len(all))], few) {
			t.Fatalf("the first five of %v are not %v", all, few)
		}
		for _, x := range all {
			if odd(x.Column) || x.Score <= 0 {
				t.Fatalf("%v should have been left out", x)
			}
		}
	}
	if list := m.Score(s, anyInputs(m, 8, r), 0, nil); len(list) != 0 {
		t.Fatal("asked for nothing, got something")
	}
	if list := m.Score(s, nil, 5, nil); len(list) != 0 {
		t.Fatal("no evidence gave a list")
	}
}

func TestBothWaysOfSummingGiveTheSameList(t *testing.T) {
	m := fitted(t, 500, 200, 20, 15)
	r := rand.New(rand.NewPCG(4, 1))
	third := func(column int32) bool { return column%3 == 1 }
	s := m.NewScratch()
	for range 200 {
		inputs, n := anyInputs(m, 1+r.IntN(20), r), 1+r.IntN(30)
		s.best = s.best[:0]
		m.add(s, inputs)
		s.siftMet(n, third)
		few := slices.Clone(s.ranked(n))
		s.best = s.best[:0]
		m.addDense(s, inputs)
		s.sift(n, s.sums, third)
		if all := s.ranked(n); !slices.Equal(few, all) {
			t.Fatalf("%v is not %v", few, all)
		}
		if slices.ContainsFunc(s.sums, func(sum float64) bool { return sum != 0 }) {
			t.Fatal("sums are left over for the next person")
		}
	}
	if m.crowded(nil) || !m.crowded(anyInputs(m, 50, r)) {
		t.Fatal("few are taken for many, or many for few")
	}
}

func TestTheBestOfManyAreThoseThatSortingPutsFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scores := rapid.SliceOfN(rapid.IntRange(0, 40), 0, 900).Draw(t, "scores") // many of them equal
		n := rapid.IntRange(1, 120).Draw(t, "n")
		s := &Scratch{sums: make([]float64, len(scores)), met: make([]uint64, (len(scores)+63)/64)}
		var want []Scored
		for column, score := range scores {
			s.sums[column] = float64(score) / 8
			if score > 0 && column%5 != 0 {
				want = append(want, Scored{int32(column), float64(score) / 8})
			}
		}
		slices.SortStableFunc(want, func(a, b Scored) int { return cmp.Compare(b.Score, a.Score) })
		s.sift(n, s.sums, func(column int32) bool { return column%5 == 0 })
		if got := s.ranked(n); !slices.Equal(got, want[:min(n, len(want))]) {
			t.Fatalf("of %v the best %d are %v, not %v", scores, n, want, got)
		}
	})
}

func TestScoringAllocatesNothing(t *testing.T) {
	m := fitted(t, 500, 200, 20, 15)
	s := m.NewScratch()
	inputs := anyInputs(m, 20, rand.New(rand.NewPCG(2, 1)))
	m.Score(s, inputs, 20, nil)
	if n := testing.AllocsPerRun(100, func() { m.Score(s, inputs, 20, nil) }); n > 0 {
		t.Fatalf("%g allocations", n)
	}
}

func TestPopularityGoesByPeopleThenNumber(t *testing.T) {
	m := fitted(t, 500, 200, 20, 15)
	order := m.Popular()
	for i, c := range order[1:] {
		a, b := order[i], c
		if m.People(a) < m.People(b) || m.People(a) == m.People(b) && m.Number(a) >= m.Number(b) {
			t.Fatalf("column %d stands before %d", a, b)
		}
	}
	if len(order) != m.Len() {
		t.Fatal("items are missing from the popularity list")
	}
}

func TestUnknownItemHasNoColumn(t *testing.T) {
	m := fitted(t, 100, 50, 10, 5)
	for _, no := range []tactful.ItemNo{0, 1, 2, 1 << 23} {
		if _, ok := m.Column(no); ok {
			t.Errorf("item %d was found", no)
		}
	}
}

func TestFileSurvivesWriteAndOpen(t *testing.T) {
	m := fitted(t, 100, 50, 10, 5)
	path := filepath.Join(t.TempDir(), "model")
	if err := m.Write(files.OS{}, path); err != nil {
		t.Fatal(err)
	}
	back, err := Open(files.OS{}, path)
	if err != nil {
		t.Fatal(err)
	}
	if back.Hash() != m.Hash() || back.Settings() != m.Settings() || !bytes.Equal(back.Bytes(), m.Bytes()) {
		t.Fatal("the model changed on its way")
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Fatalf("%d files were left", len(left))
	}
}

func TestSameDataGiveTheSameFile(t *testing.T) {
	if a, b := fitted(t, 300, 100, 10, 9), fitted(t, 300, 100, 10, 9); a.Hash() != b.Hash() {
		t.Fatal("two fits of the same data differ")
	}
}

// resign makes the checksum right again after a change, as an attacker would.
func TestTheFileDoesNotTellHowManyProcessorsWroteIt(t *testing.T) {
	first := fitted(t, 4000, 4000, 30, 20)
	if len(runsOf(len(first.items))) < 2 && runtime.GOMAXPROCS(0) > 1 {
		t.Fatalf("%d items are written in one run", len(first.items))
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, n := range []int{1, 2, 3} {
		runtime.GOMAXPROCS(n)
		if again := fitted(t, 4000, 4000, 30, 20); again.Hash() != first.Hash() || !bytes.Equal(again.bytes, first.bytes) {
			t.Errorf("%d processors write another file", n)
		}
	}
}

func resign(b []byte) []byte {
	sum := sha256.Sum256(b[:len(b)-sha256.Size])
	copy(b[len(b)-sha256.Size:], sum[:])
	return b
}

func TestCorruptAndForeignFilesAreRefused(t *testing.T) {
	good := fitted(t, 100, 50, 10, 5)
	p := func(b []byte) parts { return layout(b, good.Len(), good.Edges()) }
	for name, change := range map[string]func(b []byte) []byte{
		"empty":                  func(b []byte) []byte { return nil },
		"another format":         func(b []byte) []byte { return append([]byte("PK\x03\x04"), b[4:]...) },
		"a later version":        func(b []byte) []byte { b[8] = 9; return resign(b) },
		"cut short":              func(b []byte) []byte { return b[:len(b)-1] },
		"too long":               func(b []byte) []byte { return append(b, 0) },
		"one bit flipped":        func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"more items than it has": func(b []byte) []byte { binary.LittleEndian.PutUint32(b[12:], 1<<30); return resign(b) },
		"edges beyond memory":    func(b []byte) []byte { binary.LittleEndian.PutUint64(b[16:], 1<<60); return resign(b) },
		"item number zero":       func(b []byte) []byte { put32(p(b).items, 0, 0); return resign(b) },
		"items out of order":     func(b []byte) []byte { put32(p(b).items, 3, 1); return resign(b) },
		"a row beyond the end":   func(b []byte) []byte { put32(p(b).starts, 3, 1<<31); return resign(b) },
		"rows that go back":      func(b []byte) []byte { put32(p(b).starts, 1, 1<<20); return resign(b) },
		"a target outside":       func(b []byte) []byte { put32(p(b).targets, 0, 1<<31); return resign(b) },
		"a weight of NaN":        func(b []byte) []byte { put32(p(b).weights, 0, 0x7fc00000); return resign(b) },
		"settings of NaN":        func(b []byte) []byte { put32(b[36:], 0, 0x7ff80000); return resign(b) },
	} {
		m, err := Decode(change(bytes.Clone(good.Bytes())))
		if m != nil || tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecodeModel(f *testing.F) {
	good := fitted(f, 20, 10, 4, 3)
	f.Add(good.Bytes())
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > sha256.Size {
			b = resign(bytes.Clone(b)) // so that the fuzzer gets past the checksum
		}
		m, err := Decode(b)
		if err != nil {
			return
		}
		s := m.NewScratch()
		var inputs []Input
		for c := range min(m.Len(), 100) {
			inputs = append(inputs, Input{int32(c), 1})
		}
		for _, x := range m.Score(s, inputs, 10, nil) {
			m.Contributions(x.Column, inputs)
			m.Number(x.Column)
		}
	})
}

func BenchmarkScore50x200(b *testing.B) {
	m := fitted(b, 20000, 41000, 27, 200)
	r := rand.New(rand.NewPCG(1, 1))
	s := m.NewScratch()
	histories := make([][]Input, 64)
	edges := 0
	for i := range histories {
		histories[i] = make([]Input, 50)
		for j := range histories[i] {
			c := int32(r.IntN(m.Len()))
			histories[i][j] = Input{c, 1}
			edges += int(m.starts[c+1] - m.starts[c])
		}
	}
	b.ReportMetric(float64(edges)/float64(len(histories)), "edges/op")
	i := 0
	for b.Loop() {
		m.Score(s, histories[i%len(histories)], 20, nil)
		i++
	}
}
