package engine

import (
	"context"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Whoever may ask for offers could else show the same creative as often as they like.
func TestGivingBackDoesNotTurnTheCapsOff(t *testing.T) {
	w := selling(t, shopCampaigns, nil)
	w.busy()
	w.grant("anna", every...)
	w.mustSend("anna", "purchased", 1)
	shown := map[string]int{}
	for range 7 * 24 { // a week of trying every hour
		d := w.offerFor("anna", "site", 1)
		for _, name := range offeredNames(d) {
			shown[name]++
		}
		if len(d.Offers) > 0 {
			if err := w.ReleaseOffers(context.Background(), d.ID); err != nil && tactful.KindOf(err) != tactful.Conflict {
				t.Fatal(err)
			}
		}
		w.clock.pass(time.Hour)
	}
	if n := shown["kitchen/site"]; n == 0 || n > 2+2 {
		t.Errorf("the same creative was answered %d times in a week: two may be shown and two given back", n)
	}
}

func TestWhatIsGivenBackLateCounts(t *testing.T) {
	w := selling(t, shopCampaigns, nil)
	w.busy()
	w.grant("anna", every...)
	w.mustSend("anna", "purchased", 1)
	d := w.offerFor("anna", "site", 1)
	w.clock.pass(16 * time.Minute)
	if err := w.ReleaseOffers(context.Background(), d.ID); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("16 minutes later: %v", err)
	}
	if p := w.showingsOf("anna"); len(p) != 1 || !p[0].Fate.Counts() {
		t.Errorf("%+v", p)
	}
}

func TestWhatIsShownAfterItWasGivenBackCounts(t *testing.T) {
	w := selling(t, shopCampaigns, nil)
	w.busy()
	w.grant("anna", every...)
	w.mustSend("anna", "purchased", 1)
	d := w.offerFor("anna", "mail", 1)
	if err := w.ReleaseOffers(context.Background(), d.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.ReleaseOffers(context.Background(), d.ID); err != nil {
		t.Errorf("said twice: %v", err)
	}
	if err := w.Report(context.Background(), d.ID, tactful.FeedbackShown, ""); err != nil {
		t.Fatal(err)
	}
	if p := w.showingsOf("anna"); len(p) != 1 || p[0].Fate != decision.Shown {
		t.Errorf("%+v", p)
	}
	if d := w.offerFor("anna", "mail", 1); len(d.Offers) > 0 {
		t.Errorf("a second message of the day: %v", offeredNames(d))
	}
}
