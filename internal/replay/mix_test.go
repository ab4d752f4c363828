package replay

import (
	"context"
	"testing"

	"github.com/tactful/tactful/internal/guard"
)

func mixRow(t *testing.T, change func(*guard.Settings), generic func(*path, [][]uint32) ([][]uint32, error)) Row {
	t.Helper()
	set := defaults()
	if change != nil {
		change(set)
	}
	row, err := mixFrom(context.Background(), Options{Seed: 7, N: 2}, audience, set, generic)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func TestTheMixIsMet(t *testing.T) {
	if row := mixRow(t, nil, (*path).generic); !row.Met {
		t.Errorf("%+v", row)
	}
}

func TestABuildWithoutCalibrationFailsTheMix(t *testing.T) {
	if row := mixRow(t, func(s *guard.Settings) { s.Diverse.Calibration = -1 }, (*path).generic); row.Met || row.Tactful <= mixGoal {
		t.Errorf("%+v", row)
	}
}

// A planted build whose list for all leaves out what each owns tells who they are.
func TestAListForAllThatHidesFailsTheMix(t *testing.T) {
	hides := func(p *path, histories [][]uint32) ([][]uint32, error) {
		lists, err := p.generic(histories)
		for u := range lists {
			own := map[uint32]bool{}
			for _, no := range histories[u] {
				own[no] = true
			}
			var left []uint32
			for _, no := range lists[u] {
				if !own[no] {
					left = append(left, no)
				}
			}
			lists[u] = left
		}
		return lists, err
	}
	if row := mixRow(t, nil, hides); row.Met {
		t.Errorf("%+v", row)
	}
}
