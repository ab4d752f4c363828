package engine

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// letOut is a human's yes to the words of a creative.
func (w *world) letOut(campaign, creative string) {
	w.t.Helper()
	if _, err := w.DecideCopy(asAnn, campaign, creative, true, "it says what they have to know"); err != nil {
		w.t.Fatal(err)
	}
}

const serviceCampaigns = `campaigns:
  - id: parcel
    kind: service
    about: delivery
    placements: [order]
    creatives:
      - {id: mail, channel: mail, language: en, title: Your parcel is on its way, body: It comes on Tuesday.}
  - id: praised
    kind: service
    about: order
    placements: [thanks]
    creatives:
      - {id: mail, channel: mail, language: en, title: Pots and pans, body: Read 212 reviews by people who bought it.}
  - id: boots
    kind: marketing
    placements: [home]
    creatives:
      - {id: mail, channel: mail, language: en, title: Your parcel is on its way, body: It comes on Tuesday.}
`

func (w *world) served(id, placement string) (n int, why []tactful.Unoffered) {
	w.t.Helper()
	for range 12 {
		d, err := w.Offer(context.Background(), &tactful.OfferRequest{Subject: user(id), Placement: placement, Channel: "mail", Count: 1, Language: "en"})
		if err != nil {
			w.t.Fatal(err)
		}
		n += len(d.Offers)
		why = d.Reasons
	}
	return n, why
}

func TestAServiceMessageWaitsForAHumanAndHasCapsOfItsOwn(t *testing.T) {
	w := selling(t, serviceCampaigns, nil)
	w.agree("no", tactful.Personal) // to no message and no offer
	if n, why := w.served("no", "order"); n != 0 || len(why) != 1 || why[0].Guard != "coercive" {
		t.Errorf("%d were sent that nobody has read: %v", n, why)
	}
	w.letOut("boots", "mail") // the same words, as marketing
	if n, _ := w.served("no", "order"); n != 0 {
		t.Errorf("a yes to words of marketing let %d services out", n)
	}
	w.letOut("parcel", "mail")
	if n, why := w.served("no", "order"); n != 2 || !slices.ContainsFunc(why, func(u tactful.Unoffered) bool { return u.Guard == "frequency" }) {
		t.Errorf("%d of the same in a day, want 2: %v", n, why)
	}
	w.clock.pass(24 * time.Hour)
	if n, _ := w.served("no", "order"); n != 2 {
		t.Errorf("%d the day after", n)
	}
}

func TestAServiceMessageThatMaySellReachesNobodyWhoDidNotAgree(t *testing.T) {
	w := selling(t, serviceCampaigns, nil)
	w.busy()
	w.agree("no", tactful.Personal)
	w.grant("yes", every...)
	w.letOut("praised", "mail")
	if n, why := w.served("no", "thanks"); n != 0 {
		t.Errorf("%d were sent to who agreed to no message: %v", n, why)
	}
	if n, why := w.served("yes", "thanks"); n == 0 {
		t.Errorf("who agreed gets none: %v", why)
	}
	w.clock.pass(24 * time.Hour) // so that no cap is in the way
	if err := w.Object(context.Background(), user("yes")); err != nil {
		t.Fatal(err)
	}
	if n, _ := w.served("yes", "thanks"); n != 0 {
		t.Errorf("%d were sent after an objection", n)
	}
}
