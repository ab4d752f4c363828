package engine

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/report"
)

// publishing is a shop where so many people touched item-1, item-2 and item-3, and
// somebody alone item-9.
func publishing(t *testing.T, people int) *world {
	t.Helper()
	w := newWorld(t, func(c *Config) { c.Reports.Lists.Published = true })
	w.stock(12)
	for i := range people {
		id := fmt.Sprintf("p%d", i)
		w.agree(id, tactful.Personal)
		w.mustSend(id, "viewed", 1, 2)
		w.mustSend(id, "purchased", 3)
	}
	w.mustSend("p0", "purchased", 9)
	w.train()
	w.clock.pass(24 * time.Hour)
	return w
}

func (w *world) publish() *report.Edition {
	w.t.Helper()
	d, err := w.PublishLists(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *world) spentOnLists() (n int) {
	w.t.Helper()
	now := w.clock.Now()
	ledger, _, err := w.reportLedger(context.Background(), report.PublicLists, "", now)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, cost := range ledger.Spent {
		n += int(cost / w.cfg.Reports.Lists.Cost())
	}
	return n
}

func TestAnEditionIsPublishedOnceAndStandsAndIsFoundAgain(t *testing.T) {
	ctx := context.Background()
	w := publishing(t, 160)
	if _, _, err := w.PublicList(ctx, "item-1"); tactful.KindOf(err) != tactful.NotFound {
		t.Fatalf("a list before any edition: %v", err)
	}
	d := w.publish()
	if !slices.Equal(d.Items, []string{"item-1", "item-2", "item-3"}) {
		t.Fatalf("lists of %v: only three were touched by 100 people", d.Items)
	}
	_, list, err := w.PublicList(ctx, "item-1")
	if err != nil || len(list) != 2 {
		t.Fatalf("list %v, %v", list, err)
	}
	for _, nothing := range []string{"item-9", "item-5", "nothing"} {
		if _, _, err := w.PublicList(ctx, nothing); tactful.KindOf(err) != tactful.NotFound {
			t.Errorf("%s: %v", nothing, err)
		}
	}
	refused := func(when string) {
		t.Helper()
		if _, err := w.PublishLists(ctx); tactful.KindOf(err) != tactful.Refused {
			t.Errorf("%s: a second edition: %v", when, err)
		}
		again, err := w.PublicLists(ctx)
		if err != nil || !again.Given.Equal(d.Given) || fmt.Sprint(again.Lists) != fmt.Sprint(d.Lists) || w.spentOnLists() != 1 {
			t.Errorf("%s: %v, %v, paid %d times", when, again, err, w.spentOnLists())
		}
	}
	refused("at once")
	w.shut()
	w.open()
	refused("after a restart")
	w.clock.pass(-3 * 24 * time.Hour)
	refused("after the clock was set back")
	w.clock.pass(3 * 24 * time.Hour)
	w.clock.pass(7 * 24 * time.Hour)
	if next := w.publish(); !next.Given.After(d.Given) || w.spentOnLists() != 2 {
		t.Errorf("the next edition is of %v, paid %d times", next.Given, w.spentOnLists())
	}
	w.clock.pass(15 * 24 * time.Hour)
	if _, err := w.PublicLists(ctx); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("an edition stands for ever: %v", err)
	}
}

func TestWhoTakesTheirYesBackIsOutOfTheNextEdition(t *testing.T) {
	ctx := context.Background()
	w := publishing(t, 130)
	if d := w.publish(); len(d.Items) != 3 {
		t.Fatalf("items %v", d.Items)
	}
	person := tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorPerson})
	for i := range 40 { // 90 are left: too few for any list
		id := fmt.Sprintf("p%d", i)
		if i%2 == 0 {
			w.answerTo(id, tactful.Improvement, tactful.Withdrawn)
		} else if _, err := w.Erase(person, user(id)); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.pass(7 * 24 * time.Hour)
	if d := w.publish(); len(d.Items) != 0 {
		t.Errorf("items %v of 90 people", d.Items)
	}
}

func TestPublicListsAreOffUntilWishedAndHaveABudget(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(3)
	if _, err := w.PublishLists(ctx); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("published unasked: %v", err)
	}
	if _, err := w.PublicLists(ctx); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("shown unasked: %v", err)
	}
	w = newWorld(t, func(c *Config) { c.Reports.Lists.Published, c.Reports.Lists.Every = true, 24*time.Hour })
	w.stock(3)
	// From the first of a month on: five editions, then none until the next month.
	w.clock.pass(report.Renews(w.clock.Now()).Sub(w.clock.Now()))
	for range report.EditionsMonthly {
		w.publish()
		w.clock.pass(25 * time.Hour)
	}
	if _, err := w.PublishLists(ctx); tactful.KindOf(err) != tactful.Refused || w.spentOnLists() != report.EditionsMonthly {
		t.Errorf("a sixth edition: %v, paid %d times", err, w.spentOnLists())
	}
	w.clock.pass(31 * 24 * time.Hour)
	w.publish()
}

// Two that publish at once, as a server and a command beside it: the later finds
// that somebody wrote, and nothing is charged or published twice.
func TestAnEditionThatWasOvertakenIsNeitherPaidNorShown(t *testing.T) {
	ctx := context.Background()
	w := publishing(t, 110)
	now := w.clock.Now()
	_, before, err := w.reportLedger(ctx, report.PublicLists, theEdition, now)
	if err != nil {
		t.Fatal(err)
	}
	d := w.publish()
	late := records.StoredReport{Version: before.Version, Ledger: []byte(`{"spent":{}}`), Answer: []byte(`{}`)}
	if err := w.records.WriteReport(ctx, report.PublicLists, theEdition, late, now.Add(time.Hour)); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("the later one is kept: %v", err)
	}
	w.shut()
	w.open()
	if again, err := w.PublicLists(ctx); err != nil || !again.Given.Equal(d.Given) || w.spentOnLists() != 1 {
		t.Errorf("%v, %v, paid %d times", again, err, w.spentOnLists())
	}
}

func TestSensitiveItemsAreInNoPublicList(t *testing.T) {
	w := publishing(t, 120)
	ground := w.ground.Load()
	item := ground.items.ByID("item-2")
	if !w.mayList(ground, item) {
		t.Fatal("an ordinary item may not be listed")
	}
	labels := *ground.labels
	labels.Of = slices.Clone(labels.Of)
	labels.Of[item.No] |= labels.Sensitive
	next := *ground
	next.labels = &labels
	w.ground.Store(&next)
	d := w.publish()
	if slices.Contains(d.Items, "item-2") || len(d.Items) != 2 {
		t.Errorf("lists of %v", d.Items)
	}
}
