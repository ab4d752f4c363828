package replay

import (
	"context"
	"testing"

	"github.com/tactful/tactful/internal/guard"
)

func targetRow(t *testing.T, change func(*guard.Settings)) Row {
	t.Helper()
	set := defaults()
	if change != nil {
		change(set)
	}
	shop := func(seed uint64) *households { return supermarketOf(2400, seed, targetSignal) }
	row, err := targetFrom(context.Background(), Options{Seed: 7, N: 2}, shop, set)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func TestTargetIsMet(t *testing.T) {
	if row := targetRow(t, nil); !row.Met {
		t.Errorf("%+v", row)
	}
}

// A planted build whose budgets bound nothing lets the lists tell.
func TestALeakyBuildFailsTarget(t *testing.T) {
	row := targetRow(t, func(s *guard.Settings) { s.Inference = guard.InferenceRules{List: 5, Week: 20, Cue: 20} })
	if row.Met || row.Tactful < 0.1 {
		t.Errorf("the leak is not found: %+v", row)
	}
}
