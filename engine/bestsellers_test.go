package engine

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/report"
)

func TestAListThatKeepsTooLittleIsNotShown(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, func(c *Config) {
		c.Reports.Bestsellers = report.Shelf{Noised: true, Curated: []string{"item-90", "item-7"}}
	})
	w.stock(120)
	w.crowd(60, 120)
	w.clock.pass(24 * time.Hour)
	w.train()
	if err := w.Restock(ctx); err != nil {
		t.Fatal(err)
	}
	got := shown(w.decide(tactful.Request{Placement: tactful.Popular, Count: 4}))
	if !slices.Equal(got, []string{"item-90", "item-7", "item-1", "item-2"}) {
		t.Errorf("popular is %v; a crowd of 60 has no list, so the shop's own comes first and the rest by number", got)
	}
	if a, err := w.AskReport(ctx, report.Question{Report: report.Bestsellers, Days: 365}); err != nil || a.Published() {
		t.Errorf("the release of the month: %v, kept %v", err, a.Kept)
	}
}

func TestWhatIsPopularComesFromThePublishedListAndStays(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, func(c *Config) {
		c.Reports.Epsilon, c.Reports.Bestsellers.Noised = 8, true
	})
	w.stock(24)
	w.crowd(240, 24)
	w.clock.pass(24 * time.Hour)
	w.train()
	if err := w.Restock(ctx); err != nil {
		t.Fatal(err)
	}
	a := w.mustAsk(report.Question{Report: report.Bestsellers, Days: 365})
	if !a.Published() || len(a.Rows) != 24 {
		t.Fatalf("kept %v of %d rows: the list should be shown", a.Kept, len(a.Rows))
	}
	want := []string{a.Rows[0].Name, a.Rows[1].Name} // two: of three in one category the guards would put one off
	popular := func() []string { return shown(w.decide(tactful.Request{Placement: tactful.Popular, Count: 2})) }
	if got := popular(); !slices.Equal(got, want) {
		t.Errorf("popular is %v, the list says %v", got, want)
	}
	// More purchases change nothing until the next month's list.
	for i := range 40 {
		id := fmt.Sprintf("late-%d", i)
		w.agree(id, tactful.Personal)
		w.mustSend(id, "purchased", 24)
	}
	w.train()
	if err := w.Restock(ctx); err != nil {
		t.Fatal(err)
	}
	if got := popular(); !slices.Equal(got, want) {
		t.Errorf("popular is %v within the month, the list says %v", got, want)
	}
	w.shut()
	w.open()
	if got := popular(); !slices.Equal(got, want) {
		t.Errorf("popular is %v after a restart, the list says %v", got, want)
	}
}
