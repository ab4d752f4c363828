package replay

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/model"
)

func TestListsDoNotTellWhatNobodySaid(t *testing.T) {
	opt := options(t)
	opt.N = 2
	row, err := measureSpecific(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", row)
	// What lists tell with all guards on is measured and missed (docs/REPLAY.md):
	// the mix of each person's own brings a part of it back.
	for _, f := range row.Beside {
		if !f.Met && !strings.Contains(f.Name, "all guards") {
			t.Errorf("missed: %+v", f)
		}
	}
	if row.Tactful > row.Bound {
		t.Errorf("missed: plain %.3f, tactful %.3f", row.Plain, row.Tactful)
	}
}

// The positive control: with the panel switched off, the row must miss.
func TestWithoutThePanelTheRowIsMissed(t *testing.T) {
	opt := options(t)
	opt.N = 2
	row, err := specificFrom(t.Context(), opt, audience, func(t *trial, ctx context.Context) (*model.Model, error) {
		return t.fit(ctx, [2][]*linear.Contribution{})
	})
	if err != nil {
		t.Fatal(err)
	}
	if row.Met || row.Tactful != row.Plain {
		t.Errorf("met at %.3f, plain %.3f", row.Tactful, row.Plain)
	}
}

// A leak that only one attacker finds must be found: a member of the panel's
// gender stands in their list as an item that means nothing else.
func TestAPlantedItemGivesAllAway(t *testing.T) {
	p := audience(1)
	trial := newTrial(p, 1)
	m, err := trial.guarded(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lists := trial.lists(m)
	for u := range lists {
		if p.secret[u] {
			lists[u][listLength-1] = 1
		}
	}
	told, err := trial.tell(t.Context(), m, lists)
	if err != nil {
		t.Fatal(err)
	}
	if o := (outcome{told: told}); o.worst() < 0.9 {
		t.Errorf("the planted item is worth %.3f only: %v", o.worst(), told)
	}
}

func TestMoviesAreReadAsPublished(t *testing.T) {
	dir := os.Getenv("TACTFUL_DATA")
	if dir == "" {
		t.Skip("TACTFUL_DATA names no data directory; GroupLens allows no passing on")
	}
	p, err := readMovies(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	women, known := 0, 0
	for u := range p.secret {
		if p.known[u] {
			known++
			if p.secret[u] {
				women++
			}
		}
	}
	if len(p.secret) != 6040 || p.pairs.Count() != 1000209 || known < 6039 || women < 1708 || women > 1709 {
		t.Errorf("%d people, %d pairs, %d of known gender, %d women", len(p.secret), p.pairs.Count(), known, women)
	}
}
