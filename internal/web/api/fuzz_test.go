package api

import (
	"bytes"
	"encoding/json"
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

// fits holds an answer against the document as witness.check does, with the own
// validator: the filter compiles the schema anew for each answer, and nothing
// else would be fuzzed.
func fits(t *testing.T, o *openapi3.Operation, w *httptest.ResponseRecorder) {
	t.Helper()
	response := o.Responses.Status(w.Code)
	if response == nil {
		t.Fatalf("status %d is not in the document", w.Code)
	}
	media := response.Value.Content[w.Header().Get("Content-Type")]
	if media == nil {
		t.Fatalf("%d of another type: %q", w.Code, w.Header().Get("Content-Type"))
	}
	var value any
	if err := json.Unmarshal(w.Body.Bytes(), &value); err != nil {
		t.Fatalf("%d: %v", w.Code, err)
	}
	if err := media.Schema.Value.VisitJSON(value, openapi3.VisitAsResponse()); err != nil {
		t.Fatalf("answer %d breaks the document: %v\n%s", w.Code, err, w.Body)
	}
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
	asked := load(f).Paths.Value("/v1/decisions/recommendations").Post
	schema := asked.RequestBody.Value.Content["application/json"].Schema.Value
	d := newDesk(f, quiet) // one for all inputs: to build it takes longer than to ask it
	f.Fuzz(func(t *testing.T, body []byte) {
		d.engine.decisions = nil
		w := d.post("/v1/decisions/recommendations", "decide", body)
		fits(t, asked, w)
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
	asked := load(f).Paths.Value("/v1/events").Post
	d := newDesk(f, quiet)
	f.Fuzz(func(t *testing.T, body []byte) {
		d.engine.delivered = nil
		w := d.post("/v1/events", "write", body)
		fits(t, asked, w)
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
