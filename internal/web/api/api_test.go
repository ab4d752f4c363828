package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/tactful/tactful"
	document "github.com/tactful/tactful/api"
	"github.com/tactful/tactful/internal/web/door"
)

func load(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(document.Document())
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestTheDoorOpensWithTheDocumentThatShips(t *testing.T) {
	opt := Options{Engine: &fakeEngine{}, Keys: keyRing(), Log: slog.New(slog.DiscardHandler), Clock: tactful.FixedClock(noon)}
	if _, err := New(opt); err != nil {
		t.Fatal(err)
	}
	opt.Keys = nil
	if _, err := New(opt); err == nil {
		t.Fatal("a door without keys was built")
	}
}

func TestTheDocumentIsSound(t *testing.T) {
	if err := load(t).Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestTheCommittedServerIsTheGeneratedOne regenerates from the document.
func TestTheCommittedServerIsTheGeneratedOne(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(root, "api", "codegen.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const output = "output: ../internal/web/api/wire/wire.gen.go"
	if !bytes.Contains(config, []byte(output)) {
		t.Fatal("codegen.yaml does not say where the code goes as this test expects")
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "wire.gen.go")
	elsewhere := filepath.Join(dir, "codegen.yaml")
	if err := os.WriteFile(elsewhere, bytes.Replace(config, []byte(output), []byte("output: "+out), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "tool", "oapi-codegen", "-config", elsewhere, "openapi.yaml")
	cmd.Dir = filepath.Join(root, "api")
	if message, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("generate: %v\n%s", err, message)
	}
	fresh, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile(filepath.Join("wire", "wire.gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(fresh, committed) {
		t.Fatal("wire.gen.go is not what openapi.yaml gives: run go generate ./api and commit both")
	}
}

// eachSchema visits every schema of the document once, with a path to it.
func eachSchema(t testing.TB, visit func(where string, s *openapi3.Schema)) {
	t.Helper()
	doc := load(t)
	seen := map[*openapi3.Schema]bool{}
	var walk func(where string, ref *openapi3.SchemaRef)
	walk = func(where string, ref *openapi3.SchemaRef) {
		if ref == nil || ref.Value == nil || seen[ref.Value] {
			return
		}
		s := ref.Value
		seen[s] = true
		visit(where, s)
		for name, p := range s.Properties {
			walk(where+"."+name, p)
		}
		walk(where+"[]", s.Items)
		walk(where+".*", s.AdditionalProperties.Schema)
	}
	for name, s := range doc.Components.Schemas {
		walk(name, s)
	}
	for path, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			for _, p := range append(append(openapi3.Parameters{}, item.Parameters...), o.Parameters...) {
				walk(path+"?"+p.Value.Name, p.Value.Schema)
			}
		}
	}
	if len(seen) < 100 {
		t.Fatalf("only %d schemas visited: the test looks at the wrong place", len(seen))
	}
}

func TestEverySchemaIsBoundedAndClosed(t *testing.T) {
	eachSchema(t, func(where string, s *openapi3.Schema) {
		switch {
		case s.Type.Is("string"):
			if s.MaxLength == nil && len(s.Enum) == 0 {
				t.Errorf("%s: text without maxLength", where)
			}
		case s.Type.Is("array"):
			if s.MaxItems == nil {
				t.Errorf("%s: list without maxItems", where)
			}
		case s.Type.Is("integer"):
			if s.Min == nil {
				t.Errorf("%s: integer without minimum", where)
			}
		case s.Type.Is("object"):
			closed := s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has
			bounded := s.MaxProps != nil // events may carry more, which is dropped
			if !strings.HasPrefix(where, "Event") && s.AdditionalProperties.Schema == nil {
				bounded = false
			}
			if !closed && !bounded {
				t.Errorf("%s: object that takes unknown fields without bound", where)
			}
		case s.Type.Is("boolean"), s.Type.Is("number"):
		default:
			t.Errorf("%s: no type", where)
		}
	})
}

// TestTheValidatorKnowsEveryKeywordInUse: bodies are checked by kin-openapi's
// own visitor, which ignores keywords that only version 3.1 has.
func TestTheValidatorKnowsEveryKeywordInUse(t *testing.T) {
	eachSchema(t, func(where string, s *openapi3.Schema) {
		if s.Const != nil || s.If != nil || s.Then != nil || s.Else != nil || len(s.PrefixItems) > 0 || s.Contains != nil ||
			len(s.PatternProperties) > 0 || s.PropertyNames != nil || len(s.DependentSchemas) > 0 || len(s.DependentRequired) > 0 ||
			s.UnevaluatedItems.Schema != nil || s.UnevaluatedItems.Has != nil || s.UnevaluatedProperties.Schema != nil || s.UnevaluatedProperties.Has != nil {
			t.Errorf("%s uses a keyword that admit would ignore: use another, or extend admit", where)
		}
	})
}

func TestEveryOperationSaysItsScopesAndStatuses(t *testing.T) {
	for path, item := range load(t).Paths.Map() {
		for method, o := range item.Operations() {
			if o.OperationID == "getDocument" {
				continue
			}
			if o.Extensions["x-scopes"] == nil {
				t.Errorf("%s %s has no x-scopes", method, path)
			}
			for _, status := range []int{400, 401, 403, 429, 500, 503} {
				if o.Responses.Status(status) == nil {
					t.Errorf("%s %s does not document %d", method, path, status)
				}
			}
			if o.RequestBody != nil && (o.Responses.Status(413) == nil || o.Responses.Status(415) == nil) {
				t.Errorf("%s %s takes a body and does not document 413 and 415", method, path)
			}
		}
	}
}

func TestTheDefaultsAreTheDocuments(t *testing.T) {
	doc := load(t)
	for path, want := range map[string]int{"/v1/items": defaultItems, "/v1/subjects/{subjectId}/history": defaultHistory, "/v1/subjects/{subjectId}/receipts": defaultReceipts} {
		limit := doc.Paths.Value(path).Get.Parameters.GetByInAndName("query", "limit")
		if got := fmt.Sprint(limit.Schema.Value.Default); got != fmt.Sprint(want) {
			t.Errorf("%s: the document's default is %s, the handler's is %d", path, got, want)
		}
	}
}

// witness checks each answer against the document, status and body.
type witness struct {
	router routers.Router
	seen   map[string]bool // "METHOD path status"
}

func newWitness(t testing.TB) *witness {
	t.Helper()
	openapi3filter.RegisterBodyDecoder("application/problem+json", openapi3filter.RegisteredBodyDecoder("application/json"))
	router, err := legacy.NewRouter(load(t))
	if err != nil {
		t.Fatal(err)
	}
	return &witness{router: router, seen: map[string]bool{}}
}

func (v *witness) check(t testing.TB, method, target string, w *httptest.ResponseRecorder) {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	route, params, err := v.router.FindRoute(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	v.seen[fmt.Sprintf("%s %s %d", method, route.Path, w.Code)] = true
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route,
			Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}},
		Status: w.Code, Header: w.Header(), Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: w.Code == http.StatusNoContent},
	}
	input.SetBodyBytes(w.Body.Bytes())
	if err := openapi3filter.ValidateResponse(context.Background(), input); err != nil {
		t.Fatalf("%s %s: answer %d breaks the document: %v\n%s", method, target, w.Code, err, w.Body)
	}
}

// good is one request of each operation that is answered 2xx.
var good = []struct {
	method, target, key, body string
	status                    int
}{
	{"POST", "/v1/events", "write", `{"events":[{},{},{},{}]}`, 200},
	{"POST", "/v1/items", "write", `{"items":[{"id":"a/b","title":"T","price":295,"currency":"GBP","validFrom":"2026-01-02T03:04:05+01:00"},{"id":"b","title":"B"}]}`, 200},
	{"GET", "/v1/items?limit=1", "decide", "", 200},
	{"GET", "/v1/items", "write", "", 200},
	{"GET", "/v1/items/a%2Fb", "decide", "", 200},
	{"DELETE", "/v1/items/b", "write", "", 204},
	{"POST", "/v1/decisions/recommendations", "decide", `{"placement":"for_you","count":2,"userId":"u1"}`, 200},
	{"POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1}`, 200},
	{"POST", "/v1/decisions/r-1/shown", "decide", "", 204},
	{"POST", "/v1/decisions/r-1/clicked", "decide", `{"item":"a"}`, 204},
	{"POST", "/v1/decisions/r-1/dismissed", "decide", `{}`, 204},
	{"POST", "/v1/decisions/r-1/report", "decide", `{"report":"creepy"}`, 204},
	{"GET", "/v1/receipts/r-1", "rights", "", 200},
	{"GET", "/v1/subjects/u1/consents", "rights", "", 200},
	{"PUT", "/v1/subjects/u1/consents", "rights", `{"level":"full","gpc":false,"answers":[{"purpose":"recommendations","answer":"granted","method":"form"}]}`, 200},
	{"GET", "/v1/subjects/u1/history?kind=anonymous", "rights", "", 200},
	{"PUT", "/v1/subjects/u1/history", "rights", `{"item":"71053","setting":"gift"}`, 204},
	{"GET", "/v1/subjects/u1/receipts", "rights", "", 200},
	{"DELETE", "/v1/subjects/u1", "rights", "", 204},
	{"GET", "/v1/notices?language=de", "decide", "", 200},
	{"POST", "/v1/train", "admin", "", 200},
	{"GET", "/v1/doctor", "admin", "", 200},
	{"GET", "/openapi.yaml", "", "", 200},
}

// TestEachDocumentedStatusIsGivenAsDocumented makes every operation give every
// status that the document lists for it, and checks each answer against it.
func TestEachDocumentedStatusIsGivenAsDocumented(t *testing.T) {
	v := newWitness(t)
	for _, g := range good {
		d := newDesk(t, quiet)
		d.engine.items = []tactful.Item{{ID: "a/b", Title: "T", Price: -1}, {ID: "b", Title: "B"}}
		w := d.call(g.method, g.target, g.key, g.body)
		if w.Code != g.status {
			t.Fatalf("%s %s: %d, want %d: %s", g.method, g.target, w.Code, g.status, w.Body)
		}
		if g.target != "/openapi.yaml" {
			v.check(t, g.method, g.target, w)
		}
	}
	failures := map[int]func(*desk, string, string, string, string) *httptest.ResponseRecorder{
		401: func(d *desk, method, target, key, body string) *httptest.ResponseRecorder {
			return d.call(method, target, "", body)
		},
		403: func(d *desk, method, target, key, body string) *httptest.ResponseRecorder {
			return d.call(method, target, "browser", body)
		},
		400: func(d *desk, method, target, key, body string) *httptest.ResponseRecorder {
			return d.call(method, target+"?nonsense=1", key, body)
		},
		413: func(d *desk, method, target, key, body string) *httptest.ResponseRecorder {
			return d.call(method, target, key, body+strings.Repeat(" ", 9<<20))
		},
		415: func(d *desk, method, target, key, body string) *httptest.ResponseRecorder {
			if body == "" {
				body = "{}"
			}
			return d.call(method, target, key, body, "Content-Encoding", "br")
		},
	}
	for status, kind := range map[int]tactful.Kind{404: tactful.NotFound, 409: tactful.Conflict, 500: tactful.Internal, 503: tactful.Unavailable} {
		failures[status] = func(d *desk, method, target, key, body string) *httptest.ResponseRecorder {
			d.engine.err = tactful.Errorf(kind, "as asked")
			return d.call(method, target, key, body)
		}
	}
	doc := load(t)
	for _, g := range good {
		if g.target == "/openapi.yaml" {
			continue
		}
		path, _, _ := strings.Cut(g.target, "?")
		route, _, err := v.router.FindRoute(httptest.NewRequest(g.method, path, nil))
		if err != nil {
			t.Fatal(err)
		}
		for status, provoke := range failures {
			if route.Operation.Responses.Status(status) == nil || (route.Operation.OperationID == "getNotices" && status >= 404) {
				continue
			}
			d := newDesk(t, quiet)
			w := provoke(d, g.method, path, g.key, g.body)
			if w.Code != status {
				t.Errorf("%s %s: %d, want %d: %s", g.method, path, w.Code, status, w.Body)
				continue
			}
			problem(t, w)
			v.check(t, g.method, path, w)
		}
		full := newDesk(t, quiet, func(o *Options) { o.Limits.AtOnce = 1 })
		w := full.whileBusy(t, func() *httptest.ResponseRecorder { return full.call(g.method, path, g.key, g.body) })
		if w.Code != 429 || w.Header().Get("Retry-After") != "2" {
			t.Errorf("%s %s: %d with Retry-After %q while full", g.method, path, w.Code, w.Header().Get("Retry-After"))
			continue
		}
		problem(t, w)
		v.check(t, g.method, path, w)
	}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			for status := range o.Responses.Map() {
				if o.OperationID == "getDocument" || (o.OperationID == "getNotices" && (status == "500" || status == "503")) {
					continue // notices are read from memory: no error can come of them but those of the frame
				}
				if !v.seen[method+" "+path+" "+status] {
					t.Errorf("%s %s: %s is documented and was not given", method, path, status)
				}
			}
		}
	}
}

// whileBusy runs f while another request is inside the door.
func (d *desk) whileBusy(t testing.TB, f func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	t.Helper()
	d.engine.hold, d.engine.entered = make(chan struct{}), make(chan struct{})
	done := make(chan int)
	go func() {
		done <- d.call("POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1}`).Code
	}()
	<-d.engine.entered
	w := f()
	close(d.engine.hold)
	if code := <-done; code != 200 {
		t.Fatalf("the request inside was answered %d", code)
	}
	return w
}

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

func TestScopesOpenWhatTheySay(t *testing.T) {
	v := newWitness(t)
	for _, g := range good {
		if g.key == "" {
			continue
		}
		path, _, _ := strings.Cut(g.target, "?")
		for _, key := range []string{"write", "decide", "rights", "admin"} {
			d := newDesk(t, quiet)
			d.engine.items = []tactful.Item{{ID: "a/b", Title: "T"}, {ID: "b", Title: "B"}}
			route, _, err := v.router.FindRoute(httptest.NewRequest(g.method, path, nil))
			if err != nil {
				t.Fatal(err)
			}
			scopes := fmt.Sprint(route.Operation.Extensions["x-scopes"])
			allowed := key == "admin" || strings.Contains(scopes, key)
			w := d.call(g.method, g.target, key, g.body)
			if (w.Code < 300) != allowed {
				t.Errorf("%s %s with %s: %d, scopes are %s", g.method, g.target, key, w.Code, scopes)
			}
			if !allowed && w.Code != 403 {
				t.Errorf("%s %s with %s: %d, want 403", g.method, g.target, key, w.Code)
			}
		}
	}
}

func TestNoKeyIsNoEntry(t *testing.T) {
	d := newDesk(t, quiet, func(o *Options) { o.Keys = fakeKeys{} })
	w := d.call("POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1}`)
	p := problem(t, w)
	if w.Code != 401 || !strings.Contains(p.Remedy, "tactful keys create") || w.Header().Get("WWW-Authenticate") == "" {
		t.Fatalf("%d %+v", w.Code, p)
	}
}

// readOnce fails the test when somebody reads it.
type untouchable struct{ t *testing.T }

func (u untouchable) Read([]byte) (int, error) { u.t.Error("the body was read"); return 0, io.EOF }
func (u untouchable) Close() error             { return nil }

func TestTheKeyIsCheckedBeforeTheBodyIsRead(t *testing.T) {
	d := newDesk(t, quiet)
	for _, path := range []string{"/v1/events", "/v1/items", "/v1/decisions/recommendations"} {
		r := httptest.NewRequest("POST", path, untouchable{t})
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-API-Key", "nobody's")
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		if w.Code != 401 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestAKeyComesInThreeWays(t *testing.T) {
	for name, set := range map[string]func(*http.Request){
		"bearer":    func(r *http.Request) { r.Header.Set("Authorization", "bearer decide") },
		"basic":     func(r *http.Request) { r.SetBasicAuth("decide", "") },
		"x-api-key": func(r *http.Request) { r.Header.Set("X-API-Key", "decide") },
	} {
		r := httptest.NewRequest("GET", "/v1/notices", nil)
		set(r)
		w := httptest.NewRecorder()
		newDesk(t, quiet).handler.ServeHTTP(w, r)
		if w.Code != 200 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

func TestABrowserKeyIsHeldToContextAndItsOrigins(t *testing.T) {
	const body = `{"placement":"similar","items":["a"],"count":1,"level":"full"}`
	for _, c := range []struct {
		name, target, body, origin string
		status                     int
	}{
		{"from its origin it may ask", "/v1/decisions/recommendations", body, "https://shop.example", 200},
		{"from its origin it may send events", "/v1/events", `{"events":[{}]}`, "https://shop.example", 200},
		{"from another origin it may not", "/v1/decisions/recommendations", body, "https://evil.example", 403},
		{"without an origin it may not", "/v1/decisions/recommendations", body, "", 403},
		{"it may not change items", "/v1/items", `{"items":[{"id":"a","title":"A"}]}`, "https://shop.example", 403},
		{"it may not report", "/v1/decisions/r-1/report", `{"report":"wrong"}`, "https://shop.example", 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, quiet)
			headers := []string{}
			if c.origin != "" {
				headers = append(headers, "Origin", c.origin)
			}
			w := d.call("POST", c.target, "browser", c.body, headers...)
			if w.Code != c.status {
				t.Fatalf("%d: %s", w.Code, w.Body)
			}
			for _, asked := range d.engine.decisions {
				if asked.Level != tactful.Context {
					t.Fatalf("asked the engine for level %s", asked.Level)
				}
			}
		})
	}
	d := newDesk(t, quiet)
	d.call("POST", "/v1/decisions/recommendations", "browser", `{"placement":"popular","count":1,"level":"generic"}`, "Origin", "https://shop.example")
	d.call("POST", "/v1/decisions/recommendations", "browser", `{"placement":"popular","count":1}`, "Origin", "https://shop.example")
	if d.engine.decisions[0].Level != tactful.Generic || d.engine.decisions[1].Level != tactful.Context {
		t.Fatalf("levels %s and %s", d.engine.decisions[0].Level, d.engine.decisions[1].Level)
	}
}

func TestGlobalPrivacyControlReachesTheEngine(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []string
		want   bool
	}{
		{"exactly 1", []string{"1"}, true},
		{"any 1 among several", []string{"0", "1"}, true},
		{"not set", nil, false},
		{"not 1", []string{"true"}, false},
		{"not exactly 1", []string{"1 "}, false},
		{"a list in one header", []string{"1, 1"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, quiet)
			headers := []string{}
			for _, v := range c.values {
				headers = append(headers, "Sec-GPC", v)
			}
			d.call("POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1}`, headers...)
			d.call("POST", "/v1/events", "write", `{"events":[{}]}`, headers...)
			if len(d.engine.decisions) != 1 || d.engine.decisions[0].GPC != c.want || len(d.engine.delivered) != 1 || d.engine.delivered[0].GPC != c.want {
				t.Fatalf("asked %+v, delivered %+v", d.engine.decisions, d.engine.delivered)
			}
		})
	}
}

func TestWhatIsAskedReachesTheEngineWhole(t *testing.T) {
	d := newDesk(t, quiet)
	w := d.call("POST", "/v1/decisions/recommendations", "decide", `{"anonymousId":"a1","session":"s","placement":"search","query":"lamp","items":["x","y"],"count":7,
		"level":"personal","language":"de-AT","region":"DE-BY","filter":{"categories":["c"],"excludeCategories":["d"],"excludeItems":["e"],"priceMin":0,"priceMax":1000,"attributes":{"size":["m","l"]},"availableOnly":true}}`)
	if w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	r := d.engine.decisions[0]
	got := fmt.Sprintf("%v %q %s %v %s %v %d %s %s %s %v %v %v %d %d %v %v", r.Subject.Kind == tactful.Anonymous, r.Subject.ID, r.Session, r.Placement, r.Query, r.Items, r.Count, r.Level, r.Language, r.Region,
		r.Filter.Categories, r.Filter.ExcludeCategories, r.Filter.ExcludeItems, *r.Filter.PriceMin, *r.Filter.PriceMax, r.Filter.Attributes, r.Filter.AvailableOnly)
	want := `true "a1" s search lamp [x y] 7 personal de-AT DE-BY [c] [d] [e] 0 1000 map[size:[m l]] true`
	if got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func TestAnAnswerDoesNotTellWhatIsForTheReceipt(t *testing.T) {
	w := newDesk(t, quiet).call("POST", "/v1/decisions/recommendations", "decide", `{"placement":"popular","count":1}`)
	if strings.Contains(w.Body.String(), "secret") || strings.Contains(w.Body.String(), "internal") {
		t.Fatalf("withheld items or labels are in the answer: %s", w.Body)
	}
}

func TestItemsAreKeptWholeAndPaged(t *testing.T) {
	d := newDesk(t, quiet)
	for i := range 5 {
		d.call("POST", "/v1/items", "write", fmt.Sprintf(`{"items":[{"id":"i%d","title":"T","price":0}]}`, i))
	}
	d.call("POST", "/v1/items", "write", `{"items":[{"id":"i5","title":"T"}]}`)
	if d.engine.items[0].Price != 0 || d.engine.items[5].Price != -1 {
		t.Fatalf("prices %d and %d", d.engine.items[0].Price, d.engine.items[5].Price)
	}
	var ids []string
	after := ""
	for range 4 {
		target := "/v1/items?limit=2"
		if after != "" {
			target += "&after=" + after
		}
		var page struct {
			Items []struct{ ID string }
			Next  string
		}
		if err := json.Unmarshal(d.call("GET", target, "decide", "").Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			ids = append(ids, it.ID)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if got := strings.Join(ids, " "); got != "i0 i1 i2 i3 i4 i5" || after != "" {
		t.Fatalf("paged %s, next %q", got, after)
	}
}

func TestSubjectsAreNamedAsTheBusinessNamesThem(t *testing.T) {
	d := newDesk(t, quiet)
	d.call("GET", "/v1/subjects/a%2Fb%20c/consents?kind=anonymous", "rights", "")
	if d.engine.alias != (tactful.Alias{Kind: tactful.Anonymous, ID: "a/b c"}) {
		t.Fatalf("%d %q", d.engine.alias.Kind, d.engine.alias.ID)
	}
	if w := d.call("GET", "/v1/subjects/%FF/consents", "rights", ""); w.Code != 400 {
		t.Fatalf("an id that is not UTF-8: %d", w.Code)
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

// TestNothingAboutAPersonIsWrittenDown sends marked ids, items, queries and
// errors through every route and looks for the marks in log and labels.
func TestNothingAboutAPersonIsWrittenDown(t *testing.T) {
	const mark = "zebra77"
	watch := &recorder{}
	d := newDesk(t, func(o *Options) { o.Observer, o.Tally = watch, watch })
	for _, method := range []string{"GET", "PUT", "POST", "DELETE"} {
		for _, target := range []string{"/v1/subjects/" + mark + "/consents", "/v1/subjects/" + mark + "/history?limit=" + mark, "/v1/subjects/" + mark,
			"/v1/subjects/" + mark + "/receipts?kind=" + mark, "/v1/items/" + mark, "/v1/receipts/" + mark, "/v1/decisions/" + mark + "/report", "/v1/" + mark, "/v1/items?after=" + mark + "&" + mark + "=1"} {
			for _, engineErr := range []error{nil, errPlain, tactful.Errorf(tactful.Internal, "no")} {
				d.engine.err = engineErr
				d.call(method, target, "admin", `{"userId":"`+mark+`","`+mark+`":1}`, "User-Agent", mark, "Referer", mark, "X-Request-Id", mark)
				d.call(method, target, mark, "")
			}
		}
	}
	d.call("POST", "/v1/decisions/recommendations", "decide", `{"placement":"search","query":"`+mark+`","userId":"`+mark+`","count":1}`)
	d.call(mark, "/v1/items", "admin", "")
	if d.log.Len() == 0 || len(watch.labels) == 0 {
		t.Fatal("nothing was written down at all: the test cannot see")
	}
	if strings.Contains(d.log.String(), mark) {
		t.Errorf("the log tells: %s", d.log)
	}
	if labels := strings.Join(watch.labels, "\n"); strings.Contains(labels, mark) {
		t.Errorf("labels tell: %s", labels)
	}
	if !strings.Contains(d.log.String(), `"route":"/v1/subjects/{subjectId}/consents"`) {
		t.Error("the log does not name the route")
	}
}

type recorder struct{ labels []string }

func (r *recorder) Began() {}
func (r *recorder) Finished(route, method string, status int, _ time.Duration) {
	r.labels = append(r.labels, fmt.Sprint(route, method, status))
}
func (r *recorder) Ingested(status, reason string) { r.labels = append(r.labels, status+reason) }
func (r *recorder) Decided(level, placement string, w []tactful.Withheld) {
	r.labels = append(r.labels, level+placement)
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

func TestAnswersCarryTheirHeaders(t *testing.T) {
	w := newDesk(t, quiet).call("GET", "/v1/notices", "decide", "")
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Content-Type": "application/json",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if len(w.Header().Get("X-Request-Id")) != 24 {
		t.Error("no request id")
	}
}

var _ door.Observer = (*recorder)(nil)
var _ Tally = (*recorder)(nil)
