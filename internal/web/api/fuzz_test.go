package api

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/door"
)

// post sends raw bytes, which strings in headers and tables could not.
func (d *desk) post(target, key string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, target, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+key)
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

// FuzzDecisionRequest holds that no body is our fault: it is decided within
// its bounds or refused with a whole problem document.
func FuzzDecisionRequest(f *testing.F) {
	for _, seed := range []string{
		typicalRequest,
		`{"placement":"search","query":"\ud83d\ude00","count":1}`,
		`{"placement":"for_you","count":1e2,"anonymousId":"a"}`,
		`{"placement":"popular","count":1.0,"filter":{"priceMin":0,"priceMax":99999999999999,"attributes":{"a":["b"]}}}`,
		`{"placement":"popular","count":1,"filter":{"priceMin":-5},"filter":{}}`,
		`{"placement":"popular","count":100000000000000000000}`, `[]`, `null`, `"`, ``, "\xff", `{"":1}`,
		strings.Repeat(`{"filter":`, 40),
	} {
		f.Add([]byte(seed))
	}
	v := newWitness(f)
	doc := load(f)
	schema := doc.Paths.Value("/v1/decisions/recommendations").Post.RequestBody.Value.Content["application/json"].Schema.Value
	f.Fuzz(func(t *testing.T, body []byte) {
		d := newDesk(t, quiet)
		w := d.post("/v1/decisions/recommendations", "decide", body)
		v.check(t, "POST", "/v1/decisions/recommendations", w)
		switch {
		case w.Code >= 500:
			t.Fatalf("%d: %s", w.Code, w.Body)
		case w.Code >= 400:
			if p := problem(t, w); !utf8.ValidString(p.Field) {
				t.Fatalf("field is not UTF-8: %q", p.Field)
			}
			if len(d.engine.decisions) > 0 {
				t.Fatal("refused, and yet decided")
			}
		default:
			r := d.engine.decisions[0]
			if err := r.Validate(); err != nil {
				t.Fatalf("an unsound request reached the engine: %v", err)
			}
			if len(r.Filter.ExcludeItems) > 500 || (r.Filter.PriceMin != nil && *r.Filter.PriceMin < 0) || r.Level > tactful.Full {
				t.Fatalf("beyond the document's bounds: %+v", r)
			}
			// The full validator of JSON Schema 2020-12 agrees with the one in use.
			value, err := door.ParseJSON(body, 32)
			if err != nil {
				t.Fatalf("decided a body that cannot be parsed: %v", err)
			}
			if err := schema.VisitJSON(value, openapi3.EnableJSONSchema2020()); err != nil {
				t.Fatalf("decided a body that the schema refuses: %v", err)
			}
		}
	})
}

// FuzzEventsRequest holds the same for deliveries, whose reading is the engine's.
func FuzzEventsRequest(f *testing.F) {
	for _, seed := range []string{
		`{"events":[{"messageId":"m","action":"viewed","item":"a","time":"2026-11-22T12:00:00Z","userId":"u"}]}`,
		`{"events":[]}`, `{"events":{}}`, `{`, ``, "\xff", strings.Repeat("[", 100), `"\`, `{"events":[1,2,3,4,5]}`,
	} {
		f.Add([]byte(seed))
	}
	v := newWitness(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		d := newDesk(t, quiet)
		w := d.post("/v1/events", "write", body)
		v.check(t, "POST", "/v1/events", w)
		if w.Code >= 500 {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
		if w.Code >= 400 {
			problem(t, w)
		} else if len(d.engine.delivered) != 1 || !bytes.Equal(d.engine.delivered[0].Body, body) {
			t.Fatal("the engine did not get the body as it was sent")
		}
	})
}
