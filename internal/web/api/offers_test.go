package api

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

func anOffer() *tactful.OfferDecision {
	return &tactful.OfferDecision{
		ID: "d1", Time: noon, Placement: "home", Channel: "mail", Level: tactful.Personal,
		Offers: []tactful.Offered{{Campaign: "c", Creative: "v", Kind: "marketing", Title: "T", Body: "B", URL: "/x", Item: "a/b", Category: "Kitchen", Language: "en",
			Reason: tactful.Reason{Key: "pinned", Sentence: "The shop put it here.", Language: "en"}}},
		Withheld: []tactful.Withheld{{Guard: "frequency", Count: 1, Items: []string{"c/w"}}, {Guard: "audience", Count: 2}},
		Reasons:  []tactful.Unoffered{{Campaign: "c", Creative: "w", Guard: "frequency", Detail: "too often", Sentence: "You saw it."}},
		Headers:  map[string]string{"List-Unsubscribe": "<https://shop.example/u/x>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
	}
}

func aCampaign() engine.CampaignInfo {
	return engine.CampaignInfo{ID: "c", Kind: "marketing", Priority: 3, Source: "api", Live: true, Creatives: []engine.CreativeInfo{
		{ID: "v", Channel: "mail", Language: "en", Title: "T", Body: "B", Copy: "stop", Score: 1, Category: "urgency", Words: []string{"hurry"}, Calmer: "Say when it ends."}}}
}

func (f *fakeEngine) Offer(_ context.Context, r *tactful.OfferRequest) (*tactful.OfferDecision, error) {
	f.offers = append(f.offers, r)
	return anOffer(), f.err
}

func (f *fakeEngine) PlanOffers(_ context.Context, r *tactful.OfferRequest) (*tactful.OfferPlan, error) {
	f.offers = append(f.offers, r)
	return &tactful.OfferPlan{Time: noon, Placement: "home", Channel: "mail", Sends: []tactful.PlannedOffer{{Campaign: "c", Creative: "v", At: noon}}, Reasons: anOffer().Reasons}, f.err
}

func aDelivery() *tactful.Delivery {
	return &tactful.Delivery{ID: "m1", State: "sending", Why: "unreached", Channel: "mail", Placement: "home", Queued: noon, Next: noon, Until: noon, Decision: "d1", Campaign: "c", Creative: "v", Tries: 2}
}

func (f *fakeEngine) DeliverOffer(_ context.Context, r *tactful.OfferRequest) (*tactful.Delivery, error) {
	f.offers = append(f.offers, r)
	return aDelivery(), f.err
}

func (f *fakeEngine) Delivery(context.Context, string) (*tactful.Delivery, error) {
	return aDelivery(), f.err
}

func (f *fakeEngine) ReleaseOffers(context.Context, string) error { return f.err }

func (f *fakeEngine) ListCampaigns(context.Context) ([]engine.CampaignInfo, error) {
	return []engine.CampaignInfo{aCampaign()}, f.err
}

func (f *fakeEngine) PutCampaign(_ context.Context, id string, text []byte, confirm string) (*engine.CampaignChange, error) {
	f.put = string(text)
	return &engine.CampaignChange{Campaign: aCampaign(), Confirm: "0f", Live: confirm != ""}, f.err
}

func (f *fakeEngine) DeleteCampaign(context.Context, string) error { return f.err }

func (f *fakeEngine) CampaignLog(context.Context, int) ([]engine.CampaignEntry, error) {
	return []engine.CampaignEntry{{No: 2, Time: noon, Campaign: "c", Change: "deleted", By: "Ada B.", Key: "k1", Why: "the spring is over"}, {No: 1, Time: noon, Campaign: "c", Change: "added", By: "Ada B.", Text: "{}"}}, f.err
}

func (f *fakeEngine) CampaignWorth(_ context.Context, id string) (*engine.Worth, error) {
	group := engine.WorthGroup{People: 40, Buyers: 20, Revenue: 900}
	return &engine.Worth{Campaign: id, Since: noon, Until: noon, Fewest: 20, Shown: &group, Holdout: &group, Lift: &engine.WorthLift{Buyers: 1, Low: -1, High: 3, Revenue: 2},
		Placements: []engine.PlacementWorth{{Placement: "home", Channel: "mail", People: 40, Showings: 50, Clicks: 20, Revenue: 1200, Fewer: []string{"creepy", "optOuts"}}, {Placement: "basket", Channel: "site", Few: true}}}, f.err
}

func TestOffersGoOverTheWireWhole(t *testing.T) {
	d := newDesk(t)
	w := d.call("POST", "/v1/decisions/offers", "decide", `{"userId":"u","placement":"home","channel":"mail","count":2,"context":{"items":["a"],"language":"de","region":"DE"}}`, "Sec-GPC", "1")
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if len(d.engine.offers) != 1 {
		t.Fatal("the engine was not asked")
	}
	if r := d.engine.offers[0]; r.Subject.ID != "u" || r.Channel != "mail" || r.Placement != "home" || r.Count != 2 || r.Items[0] != "a" || r.Language != "de" || r.Region != "DE" || !r.GPC {
		t.Errorf("asked %+v", r)
	}
	var got struct {
		ID      string
		Offers  []tactful.Offered
		Headers map[string]string
		Reasons []tactful.Unoffered
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.ID != "d1" || got.Offers[0].Reason.Sentence == "" || got.Headers["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click" || got.Reasons[0].Guard != "frequency" {
		t.Errorf("%+v", got)
	}
}

func TestAPlacementSaysWhichOfItsNumbersAreLeftOut(t *testing.T) {
	w := newDesk(t).call("GET", "/v1/campaigns/c/worth", "admin", "")
	body := w.Body.String()
	if w.Code != 200 || !strings.Contains(body, `"fewer":["creepy","optOuts"]`) || !strings.Contains(body, `"revenue":1200`) || !strings.Contains(body, `"clicks":20`) {
		t.Errorf("%d %s", w.Code, body)
	}
	if strings.Contains(body, `"creepy":`) || strings.Contains(body, `"optOuts":`) {
		t.Errorf("what is left out is given: %s", body)
	}
}

func TestOffersAskForNothingOfOnePersonsOwn(t *testing.T) {
	for _, body := range []string{
		`{"placement":"home","channel":"site","count":1,"price":3}`,
		`{"placement":"home","channel":"site","count":1,"context":{"discount":3}}`,
		`{"placement":"home","channel":"credit_offer","count":1}`,
		`{"placement":"home","channel":"site","count":1,"context":{"eligibility":"gold"}}`,
	} {
		for _, path := range []string{"/v1/decisions/offers", "/v1/decisions/offers:plan", "/v1/decisions/offers:deliver"} {
			d := newDesk(t)
			if w := d.call("POST", path, "decide", body); w.Code != 422 || len(d.engine.offers) != 0 {
				t.Errorf("%s %s: %d", path, body, w.Code)
			}
		}
	}
	for _, body := range []string{
		`{"placement":"home","channel":"site","count":11}`, `{"placement":"home","channel":"fax","count":1}`, `{"channel":"site","count":1}`,
		`{"placement":"home","channel":"site","count":1,"bypass":true}`, `{"userId":"a","anonymousId":"b","placement":"home","channel":"site","count":1}`,
	} {
		if w := newDesk(t).call("POST", "/v1/decisions/offers", "decide", body); w.Code != 400 {
			t.Errorf("%s: %d", body, w.Code)
		}
	}
}

func TestOffersAndCampaignsNeedTheirScopes(t *testing.T) {
	for _, test := range []struct{ method, path, key, body string }{
		{"POST", "/v1/decisions/offers", "write", `{"placement":"home","channel":"site","count":1}`},
		{"POST", "/v1/decisions/offers", "browser", `{"placement":"home","channel":"site","count":1}`},
		{"GET", "/v1/campaigns", "decide", ""},
		{"PUT", "/v1/campaigns/c", "rights", `{"campaign":"{}"}`},
		{"GET", "/v1/campaigns/c/worth", "decide", ""},
		{"GET", "/v1/campaigns:log", "decide", ""},
	} {
		if w := newDesk(t).call(test.method, test.path, test.key, test.body); w.Code != 403 {
			t.Errorf("%s %s with %s: %d", test.method, test.path, test.key, w.Code)
		}
	}
}

func TestACampaignIsPutAsItsText(t *testing.T) {
	d := newDesk(t)
	w := d.call("PUT", "/v1/campaigns/c", "admin", `{"campaign":"id: c\nkind: marketing\n"}`)
	if w.Code != 200 || d.engine.put != "id: c\nkind: marketing\n" || !strings.Contains(w.Body.String(), `"confirm":"0f"`) || strings.Contains(w.Body.String(), `"live":true,"replaces"`) {
		t.Errorf("%d %s: %s", w.Code, w.Body, d.engine.put)
	}
	if w := d.call("GET", "/v1/campaigns/other", "admin", ""); w.Code != 404 {
		t.Errorf("one that is not there: %d", w.Code)
	}
}

func TestTheLogOfCampaignsGoesOverTheWireWhole(t *testing.T) {
	w := newDesk(t).call("GET", "/v1/campaigns:log", "admin", "")
	for _, want := range []string{`"no":2`, `"campaign":"c"`, `"change":"deleted"`, `"by":"Ada B."`, `"key":"k1"`, `"why":"the spring is over"`, `"text":"{}"`} {
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s is missing: %d %s", want, w.Code, w.Body)
		}
	}
}
