package api

import (
	"net/http"
	"strings"
	"testing"
)

func TestAProblemNamesTheFieldAndTheRemedy(t *testing.T) {
	for _, c := range []struct{ name, method, target, key, body, field, remedy string }{
		{"an unknown field is named", "POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1,"colour":"red"}`, "colour", "known are"},
		{"an unknown field deep inside is named with its path", "POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1,"filter":{"prize":1}}`, "filter.prize", "known are"},
		{"another case of a known field is unknown", "POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","Count":1,"count":1}`, "Count", "leave it out"},
		{"an unknown field of an item is named with its place", "POST", "/v1/items", "write", `{"items":[{"id":"a","title":"A"},{"id":"b","title":"B","weight":1}]}`, "items[1].weight", "leave it out"},
		{"a missing field is named", "POST", "/v1/decisions/recommendations", "decide", `{"count":1}`, "placement", "send it"},
		{"a wrong type says the right one", "POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":"1"}`, "count", "a whole number"},
		{"a fraction is no count", "POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1.5}`, "count", "a whole number"},
		{"null is not left out", "POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1,"userId":null}`, "userId", "leave it out"},
		{"an unknown word lists the known ones", "POST", "/v1/decisions/recommendations", "decide", `{"placement":"sidebar","count":1}`, "placement", "for_you, similar"},
		{"a number out of range says the range", "POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":101}`, "count", "1 to 100"},
		{"a list too long says how long", "POST", "/v1/decisions/recommendations", "decide", `{"placement":"basket","count":1,"items":[` + strings.Repeat(`"a",`, 100) + `"a"]}`, "items", "0 to 100"},
		{"text too long says how long", "POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1,"userId":"` + strings.Repeat("u", 257) + `"}`, "userId", "1 to 256"},
		{"two names for one person are one too many", "POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1,"userId":"u","anonymousId":"a"}`, "anonymousId", "one of them"},
		{"a placement without its items is refused", "POST", "/v1/decisions/recommendations", "decide", `{"placement":"similar","count":1}`, "items", "needs the item"},
		{"bytes count, not characters only", "POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1,"userId":"` + strings.Repeat("ü", 200) + `"}`, "userId", "256 bytes"},
		{"the same key twice is refused", "POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1,"count":2}`, "body", "valid JSON"},
		{"deep nesting is refused", "POST", "/v1/decisions/recommendations", "decide", strings.Repeat(`{"filter":`, 40) + `1` + strings.Repeat(`}`, 40), "body", "valid JSON"},
		{"a second text is refused", "POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1}{}`, "body", "valid JSON"},
		{"no body is refused", "POST", "/v1/decisions/recommendations", "decide", ``, "body", "JSON object"},
		{"a body where none is taken is refused", "DELETE", "/v1/items/a", "write", `{}`, "body", "no body"},
		{"a time that is none is named", "POST", "/v1/items", "write", `{"items":[{"id":"a","title":"A","validFrom":"yesterday"}]}`, "items[0].validFrom", "openapi"},
		{"a currency in the wrong form is named", "POST", "/v1/items", "write", `{"items":[{"id":"a","title":"A","currency":"pounds"}]}`, "items[0].currency", ""},
		{"an unknown parameter is named", "GET", "/v1/items?page=2", "write", "", "page", "leave it out"},
		{"a repeated parameter is named", "GET", "/v1/items?limit=2&limit=3", "write", "", "limit", "once"},
		{"a parameter out of range is named", "GET", "/v1/items?limit=0", "write", "", "limit", "1 to 1000"},
		{"a parameter that is no number is named", "GET", "/v1/items?limit=ten", "write", "", "limit", "digits"},
		{"a kind of subject that is none is named", "GET", "/v1/subjects/u1/consents?kind=cookie", "rights", "", "kind", "user, anonymous"},
		{"an id too long is named without its value", "GET", "/v1/subjects/" + strings.Repeat("u", 257) + "/consents", "rights", "", "subjectId", "1 to 256"},
		{"a decision id of foreign characters is refused", "GET", "/v1/receipts/a%00b", "decide", "", "decisionId", "match"},
		{"an empty change of consents is refused", "PUT", "/v1/subjects/u1/consents", "rights", `{}`, "body", "openapi"},
		{"a setting that is none is named", "PUT", "/v1/subjects/u1/history", "rights", `{"item":"a","setting":"lost"}`, "setting", "none, unused, gift, wrong"},
		{"bad events say so", "POST", "/v1/events", "write", `{`, "events", "list"},
		{"events nested too deep say so", "POST", "/v1/events", "write", strings.Repeat("[", 33) + strings.Repeat("]", 33), "body", "flat"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, quiet)
			w := d.call(c.method, c.target, c.key, c.body)
			if w.Code != http.StatusBadRequest {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			p := problem(t, w)
			if p.Field != c.field || !strings.Contains(p.Remedy, c.remedy) {
				t.Fatalf("field %q, remedy %q", p.Field, p.Remedy)
			}
			if len(d.engine.decisions)+len(d.engine.items) > 0 {
				t.Fatal("something reached the engine")
			}
		})
	}
}

func TestAnImpossibleDateIsRefusedThoughItsFormIsRight(t *testing.T) {
	w := newDesk(t, quiet).call("POST", "/v1/items", "write", `{"items":[{"id":"a","title":"A","validFrom":"2026-02-30T00:00:00Z"}]}`)
	if p := problem(t, w); w.Code != 400 || p.Kind != "invalid" {
		t.Fatalf("%d %+v", w.Code, p)
	}
}

func TestUnknownAddressesAndMethodsAreProblems(t *testing.T) {
	for _, c := range []struct {
		method, target string
		status         int
	}{
		{"GET", "/v1/nothing", 404}, {"GET", "/", 404}, {"PATCH", "/v1/items", 405}, {"BREW", "/v1/items", 405},
		{"POST", "/v1//items", 404}, {"GET", "/v1/subjects/../doctor", 404}, {"GET", "/v1/items/", 404}, {"GET", "/v1/./items", 404},
	} {
		w := newDesk(t, quiet).call(c.method, c.target, "admin", "")
		if w.Code != c.status {
			t.Errorf("%s %s: %d", c.method, c.target, w.Code)
			continue
		}
		problem(t, w)
		if c.status == 405 && w.Header().Get("Allow") != "GET, POST" {
			t.Errorf("%s %s allows %q", c.method, c.target, w.Header().Get("Allow"))
		}
	}
}

func TestOurFaultsAreNotTold(t *testing.T) {
	d := newDesk(t)
	d.engine.err = errPlain
	w := d.call("GET", "/v1/subjects/u1/consents", "rights", "")
	if p := problem(t, w); w.Code != 500 || strings.Contains(w.Body.String(), "disk") || p.Kind != "internal" {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	if !strings.Contains(d.log.String(), "disk says no") {
		t.Fatal("the log has no cause")
	}
}

func TestAPanicIsAnAnsweredProblem(t *testing.T) {
	d := newDesk(t)
	d.engine.panics = true
	w := d.call("POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1}`)
	if problem(t, w); w.Code != 500 || strings.Contains(d.log.String(), "about u1") || !strings.Contains(d.log.String(), "panicked") {
		t.Fatalf("%d, log %s", w.Code, d.log)
	}
}

func TestATimeLimitIsAProblemToRetry(t *testing.T) {
	d := newDesk(t, quiet, func(o *Options) { o.Limits.Handling = 1 })
	d.engine.hold, d.engine.entered = make(chan struct{}), make(chan struct{}, 1)
	w := d.call("POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1}`)
	if p := problem(t, w); w.Code != 503 || p.Kind != "unavailable" || w.Header().Get("Retry-After") == "" {
		t.Fatalf("%d %+v", w.Code, p)
	}
}
