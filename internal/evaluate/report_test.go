package evaluate

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

var clock = tactful.FixedClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))

func TestModelBeatsThePlainOnesOnThemes(t *testing.T) {
	train, test := Split(Synthetic(800, 400, 12000, 1), 0.2, 1)
	o := DefaultOptions()
	o.Settings.K, o.Baselines = 50, PlainBaselines
	r, err := Evaluate(context.Background(), clock, train, test, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) != 4 {
		t.Fatalf("%d rows", len(r.Rows))
	}
	ours := r.Rows[0]
	for _, row := range r.Rows[1:3] {
		if ours.Recall <= row.Recall || ours.NDCG <= row.NDCG {
			t.Errorf("%s: %.4f/%.4f is not below ours %.4f/%.4f", row.Name, row.Recall, row.NDCG, ours.Recall, ours.NDCG)
		}
	}
	if dense := r.Rows[3]; dense.Recall < ours.Recall/2 {
		t.Errorf("dense EASE gives %.4f beside %.4f: it is broken", dense.Recall, ours.Recall)
	}
	var table strings.Builder
	if err := r.WriteTable(&table); err != nil || strings.Count(table.String(), "\n") < 9 {
		t.Fatalf("%v\n%s", err, table.String())
	}
	again, err := Evaluate(context.Background(), clock, train, test, o)
	if err != nil || again.Hash != r.Hash || again.Rows[0].Measures != r.Rows[0].Measures {
		t.Fatal("the same run gave something else")
	}
}

func TestRankersNeverShowTheHistory(t *testing.T) {
	train := Synthetic(200, 80, 2000, 3)
	ctx := context.Background()
	o := DefaultOptions()
	o.Settings.K = 20
	rankers := map[string]func() (func() Ranker, error){
		"dense":   func() (func() Ranker, error) { return EASE(ctx, train, 50) },
		"popular": func() (func() Ranker, error) { return Popularity(train), nil },
		"nearest": func() (func() Ranker, error) { return ItemKNN(ctx, train, 20, 10) },
	}
	for name, fit := range rankers {
		ranker, err := fit()
		if err != nil {
			t.Fatal(err)
		}
		rank := ranker()
		for _, history := range train.People {
			list := rank(history, 10)
			for i, item := range list {
				if slices.Contains(history, item) || slices.Contains(list[:i], item) {
					t.Fatalf("%s: %v for %v", name, list, history)
				}
			}
		}
	}
}

func TestDenseBaselineRefusesALargeCatalogue(t *testing.T) {
	if _, err := EASE(context.Background(), &Pairs{Items: MaxDense + 1}, 1); tactful.KindOf(err) != tactful.Invalid {
		t.Fatal(err)
	}
}

func TestSplitHoldsOutAShareOfEverybodyAndNothingTwice(t *testing.T) {
	train := Synthetic(300, 100, 3000, 5)
	rest, held := Split(train, 0.2, 9)
	for u, items := range train.People {
		together := slices.Concat(rest.People[u], held.People[u])
		slices.Sort(together)
		if !slices.Equal(together, items) {
			t.Fatalf("%v became %v and %v", items, rest.People[u], held.People[u])
		}
		if len(items) >= minToSplit && (len(held.People[u]) == 0 || len(rest.People[u]) == 0) {
			t.Fatalf("%v was not cut", items)
		}
	}
	again, _ := Split(train, 0.2, 9)
	other, _ := Split(train, 0.2, 10)
	if !slices.EqualFunc(rest.People, again.People, slices.Equal) || slices.EqualFunc(rest.People, other.People, slices.Equal) {
		t.Fatal("the seed does not decide the cut")
	}
}
