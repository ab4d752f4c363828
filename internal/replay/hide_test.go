package replay

import (
	"math"
	"os"
	"testing"
)

func TestHidingReachesTheModel(t *testing.T) {
	opt := options(t)
	opt.N = 3
	row, err := measureHide(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", row)
	if !row.Met {
		t.Errorf("missed: plain %+.3f, tactful %+.3f", row.Plain, row.Tactful)
	}
}

// The positive control: hiding that stops at the profile must miss.
func TestHidingOnlyTheProfileMissesTheRow(t *testing.T) {
	opt := options(t)
	opt.N = 2
	shop, err := hideShop(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	row, err := hideFrom(t.Context(), opt, shop, profileOnly)
	if err != nil {
		t.Fatal(err)
	}
	if row.Met || row.Tactful != row.Plain {
		t.Errorf("met at %+.3f", row.Tactful)
	}
}

// Forgetting is no answer to what other people's data tell: where lotion goes
// with babies, a household that hides its baby is still found by its lotion.
// That is the inference guard's part, and the row must be able to see it.
func TestForgettingDoesNotHideAPlantedSignal(t *testing.T) {
	got, err := hideOnce(t.Context(), supermarket(1, 0.15), 1, modelToo)
	if err != nil {
		t.Fatal(err)
	}
	if got.after-got.size < 2*hideGoal {
		t.Errorf("the planted signal is worth %+.3f only", got.after-got.size)
	}
}

func TestHouseholdsOfTheSampleAreThoseOfThePublishedCounts(t *testing.T) {
	dir := os.Getenv("TACTFUL_DATA")
	if dir == "" {
		t.Skip("TACTFUL_DATA names no data directory; the data is not shipped")
	}
	h, err := readHouseholds(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	buyers := 0
	for _, basket := range h.baskets {
		if len(h.visible(basket)) < len(basket) {
			buyers++
		}
	}
	if len(h.baskets) != 2374 || buyers != 343 {
		t.Errorf("%d households, %d buy for babies", len(h.baskets), buyers)
	}
}

func TestMeanHasStudentsInterval(t *testing.T) {
	m, interval := mean([]float64{1, 2, 3, 4, 5})
	// Standard deviation 1.5811, over the root of 5, times 2.776.
	if m != 3 || math.Abs(interval[0]-1.037) > 0.001 || math.Abs(interval[1]-4.963) > 0.001 {
		t.Errorf("%v %v", m, interval)
	}
	if _, interval = mean([]float64{2, 2}); interval != [2]float64{2, 2} {
		t.Errorf("no spread: %v", interval)
	}
}
