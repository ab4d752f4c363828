package client

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

// TestOffersGoTheirWholeWay asks, reports, plans, has one delivered and gives one back.
func TestOffersGoTheirWholeWay(t *testing.T) {
	l := &line{}
	answer := func(status int, body string) { l.answers = append(l.answers, says(status, body)) }
	answer(200, `{"id":"d1","time":"2026-11-22T12:00:00Z","placement":"home","channel":"mail","level":"full","withheld":[],"headers":{"List-Unsubscribe":"<https://shop.example/u/x>"},
		"reasons":[{"campaign":"c","creative":"w","guard":"frequency","detail":"too often","sentence":"You saw it."}],
		"offers":[{"campaign":"c","creative":"v","kind":"marketing","title":"T","body":"B","language":"en","house":false,"reason":{"key":"pinned","sentence":"The shop put it here.","language":"en"}}]}`)
	answer(200, `{"time":"2026-11-22T12:00:00Z","placement":"home","channel":"mail","reasons":[],"sends":[{"campaign":"c","creative":"v","at":"2026-11-23T08:00:00Z"}]}`)
	answer(202, `{"id":"m1","state":"waiting","why":"quiet","channel":"mail","placement":"home","queued":"2026-11-22T12:00:00Z","next":"2026-11-23T08:00:00Z","tries":0}`)
	answer(200, `{"id":"m1","state":"sent","channel":"mail","placement":"home","queued":"2026-11-22T12:00:00Z","decision":"d2","campaign":"c","creative":"v","tries":1}`)
	answer(204, "")
	c := over(t, l)
	ctx := context.Background()
	r := tactful.OfferRequest{Subject: tactful.Alias{Kind: tactful.UserID, ID: "u"}, Placement: "home", Channel: "mail", Count: 1, Language: "en", GPC: true}
	d, err := c.Offer(ctx, r)
	if err != nil || d.ID != "d1" || d.Level != tactful.Full || len(d.Offers) != 1 || d.Offers[0].Title != "T" || d.Reasons[0].Guard != "frequency" || d.Headers["List-Unsubscribe"] == "" {
		t.Errorf("%+v %v", d, err)
	}
	p, err := c.PlanOffers(ctx, r)
	if err != nil || len(p.Sends) != 1 || !p.Sends[0].At.Equal(noon.AddDate(0, 0, 1).Add(-4*60*60*1e9)) {
		t.Errorf("%+v %v", p, err)
	}
	m, err := c.DeliverOffer(ctx, r)
	if err != nil || m.ID != "m1" || m.State != "waiting" || m.Why != "quiet" {
		t.Errorf("%+v %v", m, err)
	}
	if m, err = c.Delivery(ctx, "m1"); err != nil || m.State != "sent" || m.Decision != "d2" || m.Tries != 1 {
		t.Errorf("%+v %v", m, err)
	}
	if err := c.ReleaseOffers(ctx, "d1"); err != nil {
		t.Error(err)
	}
	want := []string{"POST /v1/decisions/offers", "POST /v1/decisions/offers:plan", "POST /v1/decisions/offers:deliver", "GET /v1/deliveries/m1", "POST /v1/decisions/d1/release"}
	if !slices.Equal(l.targets, want) {
		t.Errorf("asked %v", l.targets)
	}
	if !strings.Contains(l.bodies[2], `"userId":"u"`) || l.heads[2].Get("Sec-GPC") != "1" {
		t.Errorf("%s %v", l.bodies[2], l.heads[2])
	}
	if _, err := c.DeliverOffer(ctx, tactful.OfferRequest{}); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("an empty request: %v", err)
	}
}
