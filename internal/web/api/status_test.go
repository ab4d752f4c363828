package api

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/tactful/tactful"
)

// witness checks each answer against the document, status and body.
type witness struct {
	router routers.Router
	seen   map[string]bool // "METHOD path status"
}

func newWitness(t testing.TB) *witness {
	t.Helper()
	openapi3filter.RegisterBodyDecoder("application/problem+json", openapi3filter.RegisteredBodyDecoder("application/json"))
	openapi3filter.RegisterBodyDecoder("image/svg+xml", openapi3filter.RegisteredBodyDecoder("text/plain"))
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.RegisteredBodyDecoder("text/plain"))
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
	{"POST", "/v1/decisions/offers", "decide", `{"userId":"u1","placement":"home","channel":"mail","count":1,"context":{"items":["a/b"],"language":"en"}}`, 200},
	{"POST", "/v1/decisions/offers:plan", "decide", `{"userId":"u1","placement":"home","channel":"mail","count":1}`, 200},
	{"POST", "/v1/decisions/offers:deliver", "decide", `{"userId":"u1","placement":"home","channel":"mail","count":1}`, 202},
	{"GET", "/v1/deliveries/m-1", "decide", "", 200},
	{"POST", "/v1/decisions/r-1/converted", "decide", `{"item":"c/v"}`, 204},
	{"POST", "/v1/decisions/r-1/release", "decide", "", 204},
	{"GET", "/v1/campaigns", "admin", "", 200},
	{"GET", "/v1/campaigns:log", "admin", "", 200},
	{"GET", "/v1/campaigns/c", "admin", "", 200},
	{"PUT", "/v1/campaigns/c", "admin", `{"campaign":"{id: c, kind: marketing}"}`, 200},
	{"DELETE", "/v1/campaigns/c", "admin", "", 204},
	{"GET", "/v1/campaigns/c/worth", "admin", "", 200},
	{"GET", "/v1/receipts/r-1", "rights", "", 200},
	{"GET", "/v1/receipts/r-1/verdicts", "rights", "", 200},
	{"GET", "/v1/subjects/u1/consents", "rights", "", 200},
	{"PUT", "/v1/subjects/u1/consents", "rights", `{"level":"full","gpc":false,"answers":[{"purpose":"recommendations","answer":"granted","method":"form"}]}`, 200},
	{"GET", "/v1/subjects/u1/consents?region=US-CA", "rights", "", 200},
	{"GET", "/v1/subjects/u1/consents/log?limit=5", "rights", "", 200},
	{"GET", "/v1/subjects/u1/consents/c1/receipt?form=kantara", "rights", "", 200},
	{"GET", "/v1/subjects/u1/consents/c1/proof", "rights", "", 200},
	{"PUT", "/v1/subjects/u1/minor", "rights", "", 204},
	{"DELETE", "/v1/subjects/u1/minor?kind=anonymous", "rights", "", 204},
	{"POST", "/v1/decisions/explain", "rights", `{"request":{"placement":"for_you","count":2},"synthetic":{"level":"personal","events":[{"action":"purchased","item":"b","daysAgo":3}]},"whatIf":{"without":["b"],"rules":[]}}`, 200},
	{"POST", "/v1/decisions/explain", "rights", `{"request":{"placement":"for_you","count":2,"userId":"u1"}}`, 200},
	{"GET", "/v1/policy", "rights", "", 200},
	{"POST", "/v1/policy/diff", "rights", `{"rules":[{"name":"a","when":"item.price > 1","then":"refuse","why":"w"}]}`, 200},
	{"POST", "/v1/subjects/u1/merge", "rights", `{"anonymousId":"phone"}`, 200},
	{"POST", "/v1/subjects/u1/merge?kind=anonymous", "rights", `{"userId":"u2"}`, 200},
	{"PUT", "/v1/subjects/u1/location", "rights", `{"precision":"town","points":[{"lat":47,"lng":8,"time":"2026-11-20T10:00:00Z"}]}`, 200},
	{"GET", "/v1/reports", "rights", "", 200},
	{"POST", "/v1/panel/measures", "rights", "", 200},
	{"POST", "/v1/reports/popular", "admin", `{"days":30}`, 200},
	{"POST", "/v1/reports/popular", "admin", `{"format":"csv"}`, 200},
	{"POST", "/v1/reports/popular", "admin", `{"format":"svg"}`, 200},
	{"GET", "/v1/lists", "", "", 200},
	{"GET", "/v1/lists/a%2Fb", "", "", 200},
	{"POST", "/v1/lists", "admin", "", 200},
	{"GET", "/v1/experiments", "rights", "", 200},
	{"POST", "/v1/experiments", "rights", `{"file":"flags: []","reason":"we want to try a label"}`, 200},
	{"GET", "/v1/experiments/calm-button", "rights", "", 200},
	{"POST", "/v1/experiments/calm-button/stop", "rights", `{"reason":"customers called us"}`, 200},
	{"GET", "/v1/labels", "rights", "", 200},
	{"GET", "/v1/labels/proposals?class=health&limit=2&show=all", "rights", "", 200},
	{"GET", "/v1/labels/items/a%2Fb", "rights", "", 200},
	{"POST", "/v1/labels/decisions", "rights", `{"item":"a/b","class":"health","answer":"is_not","reason":"it is a lamp"}`, 200},
	{"GET", "/v1/ledger/head", "decide", "", 200},
	{"POST", "/v1/ledger/verify", "admin", "", 200},
	{"GET", "/v1/newcomers", "admin", "", 200},
	{"POST", "/v1/newcomers/k1/release", "admin", "", 200},
	{"GET", "/v1/config/log?limit=5", "admin", "", 200},
	{"POST", "/v1/backups", "admin", `{"kind":"data","name":"monday"}`, 200},
	{"POST", "/v1/backups", "admin", `{"kind":"keys","name":"monday"}`, 200},
	{"POST", "/v1/ledger/verify", "admin", `{"head":"kept"}`, 200},
	{"GET", "/v1/subjects/u1/history?kind=anonymous", "rights", "", 200},
	{"PUT", "/v1/subjects/u1/history", "rights", `{"item":"71053","setting":"gift"}`, 204},
	{"GET", "/v1/subjects/u1/preferences", "rights", "", 200},
	{"PUT", "/v1/subjects/u1/preferences", "rights", `{"topics":{"Toys":"muted"},"needs":{"diet":"vegan"},"occasions":{"easter":{"skip":true,"from":"2027-03-28"}},"discreet":true}`, 200},
	{"PATCH", "/v1/subjects/u1/preferences?kind=anonymous", "rights", `{"topics":{"Toys":"none"},"messages":{"perWeek":1,"quietFrom":"21:00","quietUntil":"08:00","zone":"Europe/Berlin"}}`, 200},
	{"GET", "/v1/subjects/u1/interests", "rights", "", 200},
	{"PUT", "/v1/subjects/u1/interests", "rights", `{"topic":"Kitchen/Mugs","setting":"wrong"}`, 200},
	{"PUT", "/v1/subjects/u1/panel/gender?kind=anonymous", "rights", `{"value":"f"}`, 204},
	{"DELETE", "/v1/subjects/u1/panel/gender", "rights", "", 204},
	{"GET", "/v1/subjects/u1/receipts", "rights", "", 200},
	{"GET", "/v1/subjects/u1/looks?limit=5", "rights", "", 200},
	{"DELETE", "/v1/subjects/u1", "rights", "", 200},
	{"DELETE", "/v1/subjects/flood", "rights", "", 202},
	{"PUT", "/v1/subjects/u1/recipients/Post%20House", "write", `{"id":"4711"}`, 204},
	{"DELETE", "/v1/subjects/u1/recipients/mailer?kind=anonymous", "rights", "", 204},
	{"GET", "/v1/erasures?limit=2", "rights", "", 200},
	{"GET", "/v1/erasures/0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a", "rights", "", 200},
	{"POST", "/v1/erasures/0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a/told", "rights", `{"recipient":"Post House"}`, 200},
	{"GET", "/v1/changes", "rights", "", 200},
	{"POST", "/v1/changes/0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a/told", "rights", `{"recipient":"Post House"}`, 204},
	{"GET", "/v1/signing-key", "rights", "", 200},
	{"GET", "/v1/subjects/u1/requests", "rights", "", 200},
	{"POST", "/v1/subjects/u1/requests", "rights", `{"right":"rectification","channel":"api","region":"DE","text":"x","correction":{"event":"0a","notMine":true}}`, 201},
	{"GET", "/v1/subjects/u1/export?format=json", "rights", "", 200},
	{"GET", "/v1/subjects/u1/export?format=csv", "rights", "", 200},
	{"GET", "/v1/subjects/u1/export?format=html&language=de", "rights", "", 200},
	{"POST", "/v1/subjects/u1/import", "rights", `{"document":"{}"}`, 200},
	{"GET", "/v1/subjects/u1/controls", "rights", "", 200},
	{"PUT", "/v1/subjects/u1/restriction", "rights", "", 204},
	{"DELETE", "/v1/subjects/u1/restriction", "rights", "", 204},
	{"PUT", "/v1/subjects/u1/objection", "rights", "", 204},
	{"DELETE", "/v1/subjects/u1/objection", "rights", "", 204},
	{"PUT", "/v1/subjects/u1/pause", "rights", `{"until":"2026-12-22T12:00:00Z"}`, 204},
	{"DELETE", "/v1/subjects/u1/pause", "rights", "", 204},
	{"GET", "/v1/subjects/u1/events", "rights", "", 200},
	{"POST", "/v1/subjects/u1/events/withdraw", "rights", `{"event":"0a"}`, 200},
	{"POST", "/v1/subjects/u1/events/correct", "rights", `{"event":"0a","quantity":2}`, 204},
	{"POST", "/v1/subjects/u1/links", "rights", `{"base":"https://x.example","request":"0a"}`, 201},
	{"POST", "/v1/links/redeem", "rights", `{"token":"t"}`, 200},
	{"GET", "/v1/requests?state=waiting&kind=erasure", "rights", "", 200},
	{"GET", "/v1/requests/0a1b", "rights", "", 200},
	{"POST", "/v1/requests/0a1b/release", "rights", "", 200},
	{"POST", "/v1/requests/0a1b/confirm", "rights", "", 200},
	{"POST", "/v1/requests/0a1b/take", "rights", "", 200},
	{"POST", "/v1/requests/0a1b/cancel", "rights", `{"text":"it came twice"}`, 200},
	{"POST", "/v1/requests/0a1b/answer", "rights", `{"text":"done"}`, 200},
	{"POST", "/v1/requests/0a1b/refuse", "rights", `{"ground":"legal_duty","text":"we must keep it"}`, 200},
	{"POST", "/v1/requests/0a1b/extend", "rights", `{"text":"it takes longer"}`, 200},
	{"GET", "/v1/notices?language=de", "decide", "", 200},
	{"GET", "/v1/transparency?language=de", "decide", "", 200},
	{"GET", "/v1/transparency", "rights", "", 200},
	{"GET", "/v1/transparency/processing", "rights", "", 200},
	{"GET", "/v1/transparency/processing", "admin", "", 200},
	{"POST", "/v1/train", "admin", "", 200},
	{"GET", "/v1/doctor", "admin", "", 200},
	{"GET", "/v1/model", "admin", "", 200},
	{"GET", "/v1/keys", "admin", "", 200},
	{"POST", "/v1/keys", "admin", `{"name":"shop","scopes":["write","decide"]}`, 201},
	{"DELETE", "/v1/keys/k2", "admin", "", 204},
	{"POST", "/v1/keys/k2/release", "admin", "", 204},
	{"GET", "/v1/keys/k2/exposure?since=2026-11-20T12%3A00%3A00Z&part=255", "admin", "", 200},
	{"POST", "/v1/keys/k2/exposure/check", "admin", `{"since":"2026-11-20T12:00:00Z","ids":["u1","u2"]}`, 200},
	{"GET", "/openapi.yaml", "", "", 200},
}

// fromMemory are the operations of which no error can come but those of the frame.
var fromMemory = map[string]bool{"getNotices": true, "getTransparency": true, "getProcessing": true, "listKeys": true, "getSigningKey": true}

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
		422: func(d *desk, method, target, key, body string) *httptest.ResponseRecorder {
			d.engine.err = tactful.RefuseSignificant("filter.attributes.credit_limit", "credit")
			return d.call(method, target, key, body)
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
			if route.Operation.Responses.Status(status) == nil || (fromMemory[route.Operation.OperationID] && status >= 404) {
				continue
			}
			d := newDesk(t, quiet)
			if g.key == "" { // open to everybody: what is refused is refused to all
				d.engine.err = tactful.Errorf(tactful.Refused, "as asked")
			}
			w := provoke(d, g.method, path, g.key, g.body)
			if w.Code != status {
				t.Errorf("%s %s: %d, want %d: %s", g.method, path, w.Code, status, w.Body)
				continue
			}
			problem(t, w)
			v.check(t, g.method, path, w)
		}
		full := newDesk(t, quiet, func(o *Options) { o.Limits.AtOnce, o.Limits.Patience = 1, time.Nanosecond })
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
				if o.OperationID == "getDocument" || (fromMemory[o.OperationID] && (status == "500" || status == "503")) ||
					status == "304" { // given to who sends a tag: TestPublicListsNeedNoKeyAndMayBeKeptByCaches
					continue
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
