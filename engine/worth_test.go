package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// shownAt has people shown what a placement has, and returns their decisions.
func (w *world) shownAt(placement string, from, to int) []string {
	w.t.Helper()
	decisions := make([]string, to-from)
	together(to-from, func(i int) {
		d, err := w.Offer(context.Background(), &tactful.OfferRequest{Subject: user(nth(from + i)), Placement: placement, Channel: "site", Count: 1, Language: "en"})
		if err != nil || len(d.Offers) != 1 {
			w.t.Errorf("%s: %+v %v", placement, d, err)
			return
		}
		decisions[i] = d.ID
	})
	return decisions
}

func TestWorthIsToldByPlacementAndNeverOfAFew(t *testing.T) {
	w := selling(t, strings.Replace(shopCampaigns, "priority: -5\n    placements: [home]", "priority: -5\n    placements: [home, basket]", 1)+`  - id: hours
    kind: marketing
    placements: [hours]
    creatives:
      - {id: site, channel: site, language: en, title: Opening hours, body: We are open from nine to five.}
`, nil)
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	together(60, func(i int) { w.grant(nth(i), every...); w.mustSend(nth(i), "purchased", 1) })
	w.clock.pass(time.Hour) // what was bought before a showing is not of it
	home := w.shownAt("home", 0, 60)
	report := func(kind tactful.FeedbackKind, from, to int) {
		together(to-from, func(i int) {
			if err := w.Report(person, home[from+i], kind, "welcome/site"); err != nil {
				t.Error(err)
			}
		})
	}
	row := func(placement string) PlacementWorth {
		x, err := w.CampaignWorth(context.Background(), "welcome")
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(x.Placements, func(p PlacementWorth) bool { return p.Placement == placement })
		if at < 0 {
			t.Fatalf("no row for %s: %+v", placement, x.Placements)
		}
		return x.Placements[at]
	}
	same := func(a, b PlacementWorth) bool {
		return slices.Equal(a.Fewer, b.Fewer) && a.Clicks == b.Clicks && a.Creepy == b.Creepy && a.Revenue == b.Revenue && a.People == b.People && a.OptOuts == b.OptOuts
	}

	before := row("home")
	if before.People != 60 || before.Revenue != 0 || !slices.Equal(before.Fewer, []string{"clicks", "dismissals", "creepy", "conversions", "optOuts", "revenue"}) {
		t.Fatalf("before anybody did something: %+v", before)
	}
	report(tactful.FeedbackCreepy, 0, 1) // the attack: look before and after one person's report
	report(tactful.FeedbackClicked, 1, 20)
	w.sell(nth(0), 19.99)
	if after := row("home"); !same(after, before) {
		t.Errorf("one report, one purchase and nineteen clicks show: %+v", after)
	}

	report(tactful.FeedbackClicked, 20, 21) // the control: from twenty on it is told
	w.clock.pass(5 * 24 * time.Hour)
	w.shownAt("hours", 40, 60) // nothing comes twice running
	w.clock.pass(5 * 24 * time.Hour)
	w.shownAt("basket", 40, 60) // so they are shown it in both
	together(20, func(i int) { w.sell(nth(40+i), 12.34) })
	if p := row("home"); p.Clicks != 20 || slices.Contains(p.Fewer, "clicks") || p.Creepy != 0 || p.Revenue != 27000 {
		t.Errorf("of twenty who clicked and twenty-one who bought for 266.79: %+v", p)
	}
	if p := row("basket"); p.People != 20 || p.Revenue != 25000 || slices.Contains(p.Fewer, "revenue") { // 20 at 12.34: they count in both places
		t.Errorf("in the basket: %+v", p)
	}
	report(tactful.FeedbackClicked, 21, 45)
	if p := row("home"); p.Clicks != 0 || !slices.Contains(p.Fewer, "clicks") {
		t.Errorf("all but sixteen clicked: %+v", p)
	}
}

func TestRevenueKeepsTwoDigits(t *testing.T) {
	for sum, want := range map[int64]int64{0: 0, 7: 7, 99: 99, 104: 100, 105: 110, 995: 1000, 26679: 27000, 1_234_567: 1_200_000} {
		if got := rounded(sum); got != want {
			t.Errorf("rounded(%d) = %d, not %d", sum, got, want)
		}
	}
}

// sell lets somebody buy item 1 at a price.
func (w *world) sell(id string, price float64) {
	w.t.Helper()
	body := fmt.Sprintf(`{"events":[{"messageId":"%s-sold","userId":%q,"action":"purchased","item":"item-1","price":%g,"source":"web","time":%q}]}`, id, id, price, w.clock.Now().Format(time.RFC3339))
	out, err := w.Ingest(context.Background(), Delivery{Trust: Trusted, Form: Native, Body: []byte(body)})
	if err != nil || len(out) != 1 || out[0].Status != OutcomeAccepted {
		w.t.Errorf("%+v %v", out, err)
	}
}
