package api

import (
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

// TestADecisionAboutOnePersonsTermsIsRefusedWithItsField asks for prices,
// eligibility and credit wherever a request could.
func TestADecisionAboutOnePersonsTermsIsRefusedWithItsField(t *testing.T) {
	for _, test := range []struct{ name, body, field, about string }{
		{"a price", `{"placement":"for_you","count":1,"price":100}`, "price", "prices"},
		{"a discount", `{"placement":"for_you","count":1,"maxDiscount":10}`, "maxDiscount", "prices"},
		{"prices that move", `{"placement":"for_you","count":1,"dynamicPricing":{"on":true}}`, "dynamicPricing", "prices"},
		{"eligibility", `{"placement":"for_you","count":1,"eligibility":["loan"]}`, "eligibility", "eligibility"},
		{"a credit limit inside the filter", `{"placement":"for_you","count":1,"filter":{"creditLimit":5}}`, "filter.creditLimit", "credit"},
		{"deep inside something unknown", `{"placement":"for_you","count":1,"zz":[{"b":{"credit_limit":5}}]}`, "zz.b.credit_limit", "credit"},
		{"beside another unknown field", `{"a":1,"placement":"for_you","count":1,"price":1}`, "price", "prices"},
		{"as the placement", `{"placement":"price","count":1}`, "placement", "prices"},
		{"an offer of credit as the placement", `{"placement":"credit_offers","count":1}`, "placement", "credit"},
		{"about nobody", `{"placement":"popular","count":1,"surcharge":1}`, "surcharge", "prices"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDesk(t)
			w := d.call("POST", "/v1/decisions/recommendations", "decide", test.body)
			p := problem(t, w)
			if w.Code != 422 || p.Field != test.field || !strings.Contains(p.Detail, "about "+test.about) || p.Remedy == "" {
				t.Errorf("%d %+v", w.Code, p)
			}
			if len(d.engine.decisions) != 0 {
				t.Error("the engine was asked")
			}
		})
	}
	for name, body := range map[string]string{
		"a range of prices that somebody chose": `{"placement":"for_you","count":1,"filter":{"priceMin":100,"priceMax":900}}`,
		"attributes of goods":                   `{"placement":"for_you","count":1,"filter":{"attributes":{"price_band":["low"],"discount":["yes"]}}}`,
	} {
		if w := newDesk(t).call("POST", "/v1/decisions/recommendations", "decide", body); w.Code != 200 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	d := newDesk(t)
	d.engine.err = tactful.RefuseSignificant("filter.attributes.credit_limit", "credit")
	if w := d.call("POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1}`); w.Code != 422 {
		t.Errorf("what the engine refuses: %d %s", w.Code, w.Body)
	}
	if w := newDesk(t).call("POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1,"colour":1}`); w.Code != 400 {
		t.Errorf("another unknown field: %d", w.Code)
	}
	if w := newDesk(t).call("POST", "/v1/items", "write", `{"items":[{"id":"a","title":"T","price":295}]}`); w.Code != 200 {
		t.Errorf("the price of goods in the catalogue: %d %s", w.Code, w.Body)
	}
}
