package engine

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

const spokenCampaigns = `campaigns:
  - id: asks
    kind: marketing
    placements: [home]
    creatives:
      - {id: a, channel: site, language: en, title: Pots and pans, body: Read 212 reviews by people who bought it., category: Kitchen}
  - id: presses
    kind: marketing
    placements: [home]
    creatives:
      - {id: a, channel: site, language: en, title: Hurry, body: "Only 2 left, act now!", category: Toys}
  - id: named
    kind: marketing
    placements: [home]
    creatives:
      - {id: a, channel: site, language: en, title: Our kitchen range, body: "Hi {{first_name}}, new pots are here.", category: Garden}
`

func (w *world) copyState(name string) string {
	w.t.Helper()
	list, err := w.CopyFindings(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range list {
		if offerName(f.Campaign, f.Creative) == name {
			return f.State
		}
	}
	return "not there"
}

func TestAHumanDecidesAboutCopyBetweenCalmAndPressing(t *testing.T) {
	w := selling(t, spokenCampaigns, nil)
	w.grant("anna", every...)
	for name, want := range map[string]string{"asks/a": "waits", "presses/a": "blocked", "named/a": "calm"} {
		if got := w.copyState(name); got != want {
			t.Fatalf("%s is %s, want %s", name, got, want)
		}
	}
	d := w.offerFor("anna", "site", 5)
	if got := offeredNames(d); !slices.Equal(got, []string{"named/a"}) || whyNot(d)["coercive"] != 2 {
		t.Errorf("%v is offered, for %v", got, whyNot(d))
	}
	if got := d.Offers[0].Body; got != "Hi, new pots are here." {
		t.Errorf("somebody whose name nobody told reads %q", got)
	}
	for _, c := range []struct {
		name          string
		as            context.Context
		campaign, why string
		allow         bool
		want          tactful.Kind
	}{
		{"nobody", context.Background(), "asks", "the reviews are real", true, tactful.Refused},
		{"without a reason", asAnn, "asks", "ok", true, tactful.Invalid},
		{"of a campaign that is not there", asAnn, "other", "the reviews are real", true, tactful.NotFound},
		{"to what presses", asAnn, "presses", "the stock is really low", true, tactful.Refused},
	} {
		if _, err := w.DecideCopy(c.as, c.campaign, "a", c.allow, c.why); err == nil || tactful.KindOf(err) != c.want {
			t.Errorf("a yes %s: %v", c.name, err)
		}
	}
	if f, err := w.DecideCopy(asAnn, "asks", "a", true, "the reviews are real"); err != nil || f.State != "allowed" || f.By == "" {
		t.Fatalf("%+v, %v", f, err)
	}
	if _, err := w.DecideCopy(asAnn, "named", "a", false, "we do not greet like that"); err != nil {
		t.Fatal(err)
	}
	if got := w.copyState("asks/a") + w.copyState("named/a"); got != "allowedrefused" {
		t.Errorf("they are %s", got)
	}
	w.grant("bob", every...)
	if d := w.offerFor("bob", "site", 5); !slices.Equal(offeredNames(d), []string{"asks/a"}) || whyNot(d)["coercive"] != 2 {
		t.Errorf("after the decisions %v is offered, for %v", offeredNames(d), whyNot(d))
	}
	if all, _, err := w.records.Reviews(context.Background()); err != nil || len(all) != 2 {
		t.Errorf("%d decisions are kept, %v", len(all), err)
	}
}

// TestAClaimIsCheckedWhenItGoesOut lets a human allow a claim of time, and sends
// it when it is true and when it is not.
func TestAClaimIsCheckedWhenItGoesOut(t *testing.T) {
	w := selling(t, `campaigns:
  - id: sale
    kind: marketing
    schedule: {end: 2026-11-24}
    placements: [home]
    creatives:
      - {id: a, channel: site, language: en, title: Garden range, body: The offer ends today., category: Garden}
`, nil)
	if got := w.copyState("sale/a"); got != "waits" {
		t.Fatalf("it is %s", got)
	}
	if _, err := w.DecideCopy(asAnn, "sale", "a", true, "it says the last day plainly"); err != nil {
		t.Fatal(err)
	}
	w.grant("anna", every...)
	if got := offeredNames(w.offerFor("anna", "site", 1)); len(got) != 0 {
		t.Errorf("two days before its end %v is said to end today", got)
	}
	w.clock.pass(2 * 24 * time.Hour)
	if got := offeredNames(w.offerFor("anna", "site", 1)); len(got) != 1 {
		t.Error("on its last day it may be said")
	}
}

func TestACapThatCannotBeKeptIsRefused(t *testing.T) {
	w := selling(t, spokenCampaigns, nil)
	put := func(caps string) error {
		_, err := w.PutCampaign(merchandiser, "long", []byte(`{"id": "long", "kind": "marketing", "placements": ["home"], "caps": [`+caps+`], "creatives": [{"id": "a", "channel": "site", "language": "en", "title": "Pots", "body": "New pots.", "category": "Kitchen"}]}`), "")
		return err
	}
	if err := put(`{"scope": "campaign", "count": 1, "period": "30d"}`); err != nil {
		t.Error(err)
	}
	if err := put(`{"scope": "campaign", "count": 1, "period": "90d"}`); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("longer than showings are remembered: %v", err)
	}
}
