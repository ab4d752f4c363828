package replay

import (
	"context"
	"testing"

	"github.com/tactful/tactful/internal/noise"
	"github.com/tactful/tactful/internal/report"
)

func TestTheDifferenceOfTwoPublicListsTellsLittle(t *testing.T) {
	opt := options(t)
	opt.N = 3
	row, err := measureLists(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("plain %.3f, tactful %.3f", row.Plain, row.Tactful)
	for _, f := range row.Beside {
		t.Logf("%s: %.3f, goal %s", f.Name, f.Value, f.Goal)
	}
	if !row.Met {
		t.Errorf("missed: %+v", row)
	}
}

// The positive control: the same lists without noise must miss the row.
func TestListsWithoutNoiseTell(t *testing.T) {
	opt := options(t)
	opt.N = 2
	row, err := listsFrom(t.Context(), opt, crowded, func(_ context.Context, together *report.Together, _ [][]int32, _ *noise.Source) ([][]int32, error) {
		return together.Exact(report.ListLength), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if row.Met || row.Tactful < 0.5 {
		t.Errorf("without noise: %.3f, met %v", row.Tactful, row.Met)
	}
}
