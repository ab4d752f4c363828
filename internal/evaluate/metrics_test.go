package evaluate

import (
	"context"
	"math"
	"testing"
)

func TestRecallAndGainAreThoseOfTheBooks(t *testing.T) {
	for _, c := range []struct {
		name         string
		list, held   []uint32
		n            int
		recall, ndcg float64
	}{
		{"all found at the top", []uint32{1, 2, 9}, []uint32{1, 2}, 3, 1, 1},
		{"nothing found", []uint32{7, 8, 9}, []uint32{1, 2}, 3, 0, 0},
		{"one of two at place two", []uint32{9, 1, 8}, []uint32{1, 2}, 3, 0.5, (1 / math.Log2(3)) / (1 + 1/math.Log2(3))},
		{"more held out than the list is long", []uint32{1}, []uint32{1, 2, 3, 4}, 1, 0.25, 1},
		{"an empty list", nil, []uint32{1}, 20, 0, 0},
	} {
		recall, ndcg := score(c.list, c.held, c.n)
		if math.Abs(recall-c.recall) > 1e-12 || math.Abs(ndcg-c.ndcg) > 1e-12 {
			t.Errorf("%s: %g, %g", c.name, recall, ndcg)
		}
	}
}

func TestMeasureAveragesOverPeopleWithHeldOutItems(t *testing.T) {
	train := &Pairs{Items: 6, People: [][]uint32{{1}, {2}, {3}}}
	test := &Pairs{Items: 6, People: [][]uint32{{4}, nil, {5}, {4}}}
	m, err := Measure(context.Background(), train, test, 1, func() Ranker {
		return func(history []uint32, n int) []uint32 { return []uint32{4} }
	})
	if err != nil || m.People != 3 || m.Recall != 2.0/3 || m.NDCG != 2.0/3 || m.Coverage != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	if want := math.Sqrt(2.0 / 9 / 3); math.Abs(m.Error-want) > 1e-12 {
		t.Fatalf("standard error %g, not %g", m.Error, want)
	}
}
