package replay

import (
	"testing"

	"github.com/tactful/tactful/internal/decision"
)

func TestVaccinesAreMet(t *testing.T) {
	row, err := vaccinesFrom(t.Context(), Options{Seed: 7, N: 2}, defaults(), func(l *decision.Labels) *decision.Labels { return l })
	if err != nil {
		t.Fatal(err)
	}
	if !row.Met {
		t.Errorf("%+v", row)
	}
}

// A planted build that has lost its labels promotes what is flagged.
func TestABuildThatLostItsLabelsFailsVaccines(t *testing.T) {
	row, err := vaccinesFrom(t.Context(), Options{Seed: 7, N: 2}, defaults(), func(l *decision.Labels) *decision.Labels {
		return &decision.Labels{Of: make([]decision.Classes, len(l.Of))}
	})
	if err != nil {
		t.Fatal(err)
	}
	if row.Met || row.Tactful <= vaccineGoal {
		t.Errorf("%+v", row)
	}
}
