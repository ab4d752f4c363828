package engine

import (
	"context"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
)

const tellingCreatives = `campaigns:
  - id: test
    kind: marketing
    placements: [home]
    creatives:
      - {id: a, channel: site, language: en, title: For the kitchen, body: New pots and pans., item: item-1}
      - {id: b, channel: site, language: en, title: For the kitchen, body: Pots and pans are new., item: item-2}
`

// What tells is written down when it is drawn, and then it is decided again. Whoever
// drew a second time would leave people who were told of what they were never shown,
// and receipts with a chance of p for what happens with p times p.
func TestWhatWasDrawnStaysDrawnWhereItIsDecidedAgain(t *testing.T) {
	w := selling(t, tellingCreatives, func(c *Config) {
		c.Campaigns.Choice, c.Campaigns.Holdout = "thompson", 0.0001
		c.Protection.Cues.Lists = []CueList{{Class: "pregnancy", Items: telling, Odds: 0.15}}
	})
	w.busy()
	got := map[string]int{}
	for i := range 40 {
		id := nth(i)
		w.grant(id, append(every[:len(every):len(every)], tactful.Experiments)...)
		w.mustSend(id, "purchased", 17, 21, 25)
		d := w.offerFor(id, "site", 1)
		if len(d.Offers) == 0 {
			continue
		}
		r, err := w.Receipt(context.Background(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		if s := r.Offer.Shown[0]; s.Choice != "thompson" || s.Creative != d.Offers[0].Creative || len(s.Options) != 2 {
			t.Fatalf("%+v", s)
		}
		subject, err := w.records.Open(context.Background(), w.ref(id), records.Want{Told: true}, w.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		got[d.Offers[0].Creative]++
		if told := subject.Told != nil; told != (d.Offers[0].Creative == "a") {
			t.Errorf("shown %s, and something told: %v", d.Offers[0].Creative, told)
		}
	}
	if got["a"] < 8 || got["b"] < 8 {
		t.Errorf("of 40 people chosen %v", got)
	}
}
