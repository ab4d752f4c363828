package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

// signalled asks for a list with Sec-GPC headers.
func (d *desk) signalled(key, body string, values ...string) (answer struct{ GPC string }, code int) {
	r := httptest.NewRequest("POST", "/v1/decisions/recommendations", strings.NewReader(body))
	r.Header.Set("X-API-Key", key)
	r.Header.Set("Origin", "https://shop.example")
	r.Header.Set("Content-Type", "application/json")
	for _, v := range values {
		r.Header.Add("Sec-GPC", v)
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	_ = json.Unmarshal(w.Body.Bytes(), &answer)
	return answer, w.Code
}

func TestTheSignalIsShownAsHonouredAndPutOnRecord(t *testing.T) {
	const known, nobody = `{"placement":"for_you","count":1,"anonymousId":"a1"}`, `{"placement":"popular","count":1}`
	cases := []struct {
		name, key, body string
		values          []string
		shown           string
		kept            int
	}{
		{"exactly 1", "decide", known, []string{"1"}, "honoured", 1},
		{"any 1 of several headers", "decide", known, []string{"0", "1"}, "honoured", 1},
		{"0 is no signal", "decide", known, []string{"0"}, "", 0},
		{"no header is no signal", "decide", known, nil, "", 0},
		{"of nobody there is nothing to record", "decide", nobody, []string{"1"}, "honoured", 0},
		{"a key that sits in a page answers for nobody", "browser", known, []string{"1"}, "honoured", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, quiet)
			answer, code := d.signalled(c.key, c.body, c.values...)
			if code != http.StatusOK || answer.GPC != c.shown || len(d.engine.honoured) != c.kept {
				t.Fatalf("%d, shown %q, %d on record", code, answer.GPC, len(d.engine.honoured))
			}
			if c.kept == 1 && d.engine.honoured[0] != (tactful.Alias{Kind: tactful.Anonymous, ID: "a1"}) {
				t.Errorf("on record of %+v", d.engine.honoured[0])
			}
		})
	}
}

func TestConsentsSayWhatMayBeAskedAndWhatTheSignalStops(t *testing.T) {
	d := newDesk(t, quiet)
	w := d.call("GET", "/v1/subjects/u1/consents?region=US-CA", "rights", "")
	var answer struct {
		GPCStatus string
		GPCStops  []string
		Ask       []string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		t.Fatal(w.Code, err)
	}
	if answer.GPCStatus != "honoured" || !slices.Equal(answer.GPCStops, []string{"offers"}) || !slices.Equal(answer.Ask, []string{"improvement"}) || d.engine.region != "US-CA" {
		t.Errorf("%+v of %q", answer, d.engine.region)
	}
	if len(d.engine.honoured) != 0 {
		t.Error("a GET changed something")
	}
}

func TestAReceiptComesAsItWasWritten(t *testing.T) {
	d := newDesk(t, quiet)
	w := d.call("GET", "/v1/subjects/u1/consents/c1/receipt", "rights", "")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/ld+json" || !strings.Contains(w.Body.String(), "dpv:ConsentRecord") || d.engine.setting != "c1 as iso27560" {
		t.Errorf("%d %s %q", w.Code, w.Body, d.engine.setting)
	}
}
