package api

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tactful/tactful/internal/web/api/wire"
	"github.com/tactful/tactful/internal/web/door"
)

// bySchema reads a request as everything else is read: parsed strictly, held
// against the document, bound to the generated type.
func bySchema(schema *openapi3.Schema, text []byte) (r wire.RecommendationsRequest, err error) {
	value, err := door.ParseJSON(text, 32)
	if err != nil {
		return r, err
	}
	if err := schema.VisitJSON(value, openapi3.VisitAsRequest()); err != nil {
		return r, err
	}
	written, err := json.Marshal(value)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(written, &r)
}

func recommendSchema(t testing.TB) *openapi3.Schema {
	t.Helper()
	known, err := readOnce()
	if err != nil {
		t.Fatal(err)
	}
	return known["POST /v1/decisions/recommendations"].body
}

func samePlain(t testing.TB, schema *openapi3.Schema, text []byte) (read bool) {
	t.Helper()
	got, read := readPlain(text)
	if !read {
		return false
	}
	want, err := bySchema(schema, text)
	if err != nil {
		t.Fatalf("%q was read, and the document refuses it: %v", text, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%q: %s", text, diff)
	}
	return true
}

func TestPlainRequestsAreReadWithoutTheSchema(t *testing.T) {
	schema := recommendSchema(t)
	for _, text := range []string{
		typicalRequest,
		`{"userId":"12345","placement":"for_you","count":10}`,
		"\n{ \"placement\" :\t\"popular\" , \"count\" : 100 , \"items\" : [ ] }\r\n",
		`{"placement":"search","count":1,"query":"red mug","anonymousId":"a-1","session":"","language":"de-CH","level":"full"}`,
		`{"placement":"for_you","count":5,"filter":{"priceMin":0,"priceMax":100000000000000,"excludeItems":["a","b"],"excludeCategories":["x"],"availableOnly":false}}`,
		`{"placement":"for_you","count":5,"filter":{}}`,
	} {
		if !samePlain(t, schema, []byte(text)) {
			t.Errorf("%s: this is what clients send, and it went the long way", text)
		}
	}
}

func TestWhatIsNotPlainIsLeftToTheSchema(t *testing.T) {
	for _, text := range []string{
		``, `{}`, `[]`, `null`, `{"placement":"popular"}`, `{"count":1}`,
		`{"placement":"popular","count":0}`, `{"placement":"popular","count":101}`, `{"placement":"popular","count":01}`,
		`{"placement":"popular","count":1.0}`, `{"placement":"popular","count":1e1}`, `{"placement":"popular","count":-1}`, `{"placement":"popular","count":"1"}`,
		`{"placement":"elsewhere","count":1}`, `{"placement":"popular","count":1,"level":"none"}`,
		`{"placement":"popular","count":1,"userId":""}`, `{"placement":"popular","count":1,"userId":null}`,
		`{"placement":"popular","count":1,"userId":"\u0061"}`, `{"placement":"popular","count":1,"userId":"é"}`, "{\"placement\":\"popular\",\"count\":1,\"userId\":\"\xff\"}",
		`{"placement":"popular","count":1,"count":1}`, `{"placement":"popular","count":1,"filter":{},"filter":{}}`, `{"placement":"popular","count":1,"unknown":1}`,
		`{"placement":"popular","count":1,"language":"de_CH"}`, `{"placement":"popular","count":1,"region":"DE"}`,
		`{"placement":"popular","count":1,"items":[""]}`, `{"placement":"popular","count":1,"items":["a",]}`, `{"placement":"popular","count":1,"items":[1]}`,
		`{"placement":"popular","count":1,"filter":{"priceMin":-1}}`, `{"placement":"popular","count":1,"filter":{"priceMax":100000000000001}}`,
		`{"placement":"popular","count":1,"filter":{"attributes":{"size":["M"]}}}`, `{"placement":"popular","count":1,"filter":{"availableOnly":"true"}}`,
		`{"placement":"popular","count":1}x`, `{"placement":"popular","count":1`, `{"placement":"popular","count":1,}`, `{"placement" "popular"}`,
	} {
		if r, read := readPlain([]byte(text)); read {
			t.Errorf("%q was read as %+v", text, r)
		}
	}
}

// TestThePlainReaderKeepsTheDocumentsBounds tries each text and each list at
// its bound and beyond, so that a bound changed in the document is noticed here.
func TestThePlainReaderKeepsTheDocumentsBounds(t *testing.T) {
	schema := recommendSchema(t)
	tried := 0
	var try func(s *openapi3.Schema, around func(inner string) string)
	check := func(around func(string) string, inner string, within bool) {
		tried++
		text := []byte(around(inner))
		if _, err := bySchema(schema, text); (err == nil) != within {
			t.Fatalf("the test misreads the document: %.80q... within bounds: %v, %v", text, within, err)
		}
		if read := samePlain(t, schema, text); read && !within {
			t.Errorf("%.80q... is beyond a bound and was read", text)
		}
	}
	try = func(s *openapi3.Schema, around func(string) string) {
		for name, ref := range s.Properties {
			field := ref.Value
			here := func(inner string) string { return around(fmt.Sprintf("%q:%s", name, inner)) }
			switch {
			case field.Type.Is("string") && len(field.Enum) == 0 && field.MaxLength != nil && name != "region":
				check(here, `"`+strings.Repeat("x", int(*field.MaxLength))+`"`, true)
				check(here, `"`+strings.Repeat("x", int(*field.MaxLength)+1)+`"`, false)
				check(here, `""`, field.MinLength == 0)
			case field.Type.Is("array"):
				entry := func(length, n int) string {
					return `["` + strings.Repeat(strings.Repeat("x", length)+`","`, n-1) + strings.Repeat("x", length) + `"]`
				}
				check(here, entry(1, int(*field.MaxItems)), true)
				check(here, entry(1, int(*field.MaxItems)+1), false)
				check(here, entry(int(*field.Items.Value.MaxLength), 1), true)
				check(here, entry(int(*field.Items.Value.MaxLength)+1, 1), false)
				check(here, `[""]`, field.Items.Value.MinLength == 0)
			case field.Type.Is("integer") && name != "count":
				check(here, fmt.Sprintf("%.0f", *field.Max), true)
				check(here, fmt.Sprintf("%.0f", *field.Max+1), false)
				check(here, fmt.Sprintf("%.0f", *field.Min), true)
			case name == "filter":
				try(field, func(inner string) string { return here("{" + inner + "}") })
			}
		}
	}
	try(schema, func(inner string) string { return `{"placement":"popular","count":1,` + inner + `}` })
	for count, within := range map[int]bool{0: false, 1: true, 100: true, 101: false} {
		check(func(inner string) string { return inner }, fmt.Sprintf(`{"placement":"popular","count":%d}`, count), within)
	}
	if tried < 35 {
		t.Errorf("only %d bounds were tried", tried)
	}
}

// TestBothWaysOfReadingEndInTheSameAnswer sends each request plain and then
// with a letter escaped, which goes the long way, and compares what the engine was asked.
func TestBothWaysOfReadingEndInTheSameAnswer(t *testing.T) {
	short, long := newDesk(t, quiet), newDesk(t, quiet)
	rapid.Check(t, func(t *rapid.T) {
		short.engine.decisions, long.engine.decisions = nil, nil
		id := rapid.StringMatching(`[A-Za-z0-9]{1,20}`).Draw(t, "id")
		rest := rapid.SampledFrom([]string{``, `,"items":["a","b"]`, `,"level":"context"`, `,"filter":{"categories":["c"],"priceMax":5}`, `,"anonymousId":"x"`}).Draw(t, "rest")
		text := func(letter string) []byte {
			return fmt.Appendf(nil, `{"placement":"for_you","count":%d,"userId":"%s%s"%s}`, 1+len(id), letter, id, rest)
		}
		if _, read := readPlain(text(`\u0061`)); read {
			t.Fatal("an escape was read the short way: this test compares one way with itself")
		}
		a := short.post("/v1/decisions/recommendations", "decide", text("a"))
		b := long.post("/v1/decisions/recommendations", "decide", text(`\u0061`))
		if diff := cmp.Diff(answerOf(b), answerOf(a)); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(long.engine.decisions, short.engine.decisions); diff != "" {
			t.Fatal(diff)
		}
	})
}

// answerOf is an answer without the name of its request.
func answerOf(w *httptest.ResponseRecorder) string {
	body, _, _ := strings.Cut(w.Body.String(), `"requestId"`)
	return fmt.Sprint(w.Code, " ", body)
}

// FuzzPlainRequest holds that what is read the short way is what the document
// lets through, to the same values.
func FuzzPlainRequest(f *testing.F) {
	for _, seed := range []string{
		typicalRequest, `{"placement":"search","query":"a","count":1}`, `{"placement":"popular","count":1,"filter":{"priceMin":0,"excludeItems":["a"]}}`,
		`{"placement":"popular","count":1,"filter":{"availableOnly":true},"language":"en","session":"s"}`, `{"items":[],"placement":"basket","count":12}`,
	} {
		f.Add([]byte(seed))
	}
	schema := recommendSchema(f)
	f.Fuzz(func(t *testing.T, text []byte) { samePlain(t, schema, text) })
}

// BenchmarkReadPlain is what the short way costs; compare BenchmarkValidateDecisionRequest.
func BenchmarkReadPlain(b *testing.B) {
	text := []byte(typicalRequest)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := readPlain(text); !ok {
			b.Fatal("not plain")
		}
	}
}
