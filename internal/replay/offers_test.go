package replay

import (
	"bytes"
	"slices"
	"testing"

	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/wording"
)

func shownRow(t *testing.T, row Row) {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out, row, false); err != nil {
		t.Fatal(err)
	}
	t.Log(out.String())
}

func TestNobodyIsFollowedByAnOffer(t *testing.T) {
	opt := options(t)
	if testing.Short() {
		opt.N = 40
	}
	row, err := measureFollowed(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	shownRow(t, row)
	if !row.Met || row.Plain <= 2*followedGoal {
		t.Errorf("missed: %+v", row)
	}
}

// TestTheRowOfFollowersFailsWithoutItsGuards is its positive control.
func TestTheRowOfFollowersFailsWithoutItsGuards(t *testing.T) {
	var cfg engine.Config
	cfg.Defaults()
	for name, at := range map[string]int{"frequency": 0, "purchased": 1} {
		guards := slices.DeleteFunc(guard.All(&cfg.Guards), func(g guard.Guard) bool {
			return g.Name() == name || name == "frequency" && g.Name() == "diverse"
		})
		opt := options(t)
		opt.N = 25
		row, err := followedBy(t.Context(), opt, guards, &cfg)
		if err != nil {
			t.Fatal(err)
		}
		failed := row.Tactful > followedGoal
		if at == 1 {
			failed = !row.Beside[0].Met
		}
		if row.Met || !failed {
			t.Errorf("without the guard %s the row is still met: %+v", name, row)
		}
	}
}

func TestNoStrangerIsCalledByName(t *testing.T) {
	row, err := measureNames(t.Context(), options(t))
	if err != nil {
		t.Fatal(err)
	}
	shownRow(t, row)
	if !row.Met || row.N != nameCount || row.Plain < 0.9 {
		t.Errorf("missed: %+v", row)
	}
}

// TestTheRowOfNamesFailsWhereANameIsSaid is its positive control: one way of
// forgetting a condition at a time.
func TestTheRowOfNamesFailsWhereANameIsSaid(t *testing.T) {
	opt := options(t)
	opt.N = 2000
	for name, fill := range map[string]filling{
		"to whoever bought, whoever told us the name": func(copy string, at wording.Place, r *wording.Reader) string {
			told := *r
			told.Values = map[string]wording.Value{}
			for k, v := range r.Values {
				v.Provenance = 1 // as if declared
				told.Values[k] = v
			}
			return tactfully(copy, at, &told)
		},
		"to whoever told us, whoever they are": func(copy string, at wording.Place, r *wording.Reader) string {
			known := *r
			known.Bought = true
			return tactfully(copy, at, &known)
		},
		"raw":   func(copy string, _ wording.Place, _ *wording.Reader) string { return copy },
		"never": func(string, wording.Place, *wording.Reader) string { return "Hi, thank you." },
	} {
		row, err := namesBy(t.Context(), opt, fill)
		if err != nil {
			t.Fatal(err)
		}
		if row.Met {
			t.Errorf("%s: the row is still met: %+v", name, row)
		}
	}
}

func TestPressingCopyIsTold(t *testing.T) {
	row, err := measureCoercion(t.Context(), options(t))
	if err != nil {
		t.Fatal(err)
	}
	shownRow(t, row)
	if !row.Met || row.Plain > 0.7 {
		t.Errorf("missed: %+v", row)
	}
}

// TestTheRowOfPressureFailsForAListOfWords is its positive control.
func TestTheRowOfPressureFailsForAListOfWords(t *testing.T) {
	row, err := coercionBy(t.Context(), options(t), blacklist)
	if err != nil {
		t.Fatal(err)
	}
	if row.Met {
		t.Errorf("still met: %+v", row)
	}
}
