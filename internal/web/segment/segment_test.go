package segment

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/access"
)

// listener takes every event that has a message id.
type listener struct {
	delivered []engine.Delivery
	err       error
}

func (l *listener) Ingest(_ context.Context, d engine.Delivery) ([]engine.Outcome, error) {
	if l.err != nil {
		return nil, l.err
	}
	type event struct{ MessageID string }
	var body struct {
		event
		Batch []event
	}
	if json.Unmarshal(d.Body, &body) != nil {
		return nil, tactful.InvalidField("body", "is no JSON", "send JSON")
	}
	l.delivered = append(l.delivered, d)
	if d.Form != engine.SegmentBatch {
		body.Batch = []event{body.event}
	}
	var all []engine.Outcome
	for i, e := range body.Batch {
		o := engine.Outcome{Index: i, MessageID: e.MessageID, Status: engine.OutcomeAccepted}
		if e.MessageID == "" {
			o = engine.Outcome{Index: i, Reason: "no_record", Detail: "Nobody permitted this."}
		}
		all = append(all, o)
	}
	return all, nil
}

const shop = "http://127.0.0.1:PORT" // as the capture has it

type ring map[string]access.Grant

func (k ring) Check(_ context.Context, presented string) (access.Grant, error) {
	grant, ok := k[presented]
	switch {
	case presented == "":
		return grant, access.ErrMissing
	case !ok:
		return grant, access.ErrUnknown
	}
	return grant, nil
}
func (k ring) KnowsOrigin(origin string) bool { return origin == shop }

func newDoor(t *testing.T, grant access.Grant, change ...func(*Options)) (http.Handler, *listener) {
	t.Helper()
	l := &listener{}
	opt := Options{Engine: l, Keys: ring{"wk_test": grant, "reader": {Scopes: access.Decide}}, Log: slog.New(slog.DiscardHandler), Clock: tactful.FixedClock(time.Unix(0, 0))}
	for _, c := range change {
		c(&opt)
	}
	h, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return h, l
}

var (
	server = access.Grant{Scopes: access.Write}
	page   = access.Grant{Scopes: access.Browser, Origins: []string{strings.ToLower(shop)}}
)

type call struct {
	Method, Path string
	Headers      map[string]string
	Body         json.RawMessage
}

func zip(text string) string {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return buf.String()
}

func captures(t *testing.T) (all struct{ Node, Browser, BrowserBatch, Rudder []call }) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "captures.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func (c call) request() *http.Request {
	body := string(c.Body)
	if c.Headers["Content-Encoding"] == "gzip" {
		body = zip(body)
	}
	r := httptest.NewRequest(c.Method, c.Path, strings.NewReader(body))
	for name, value := range c.Headers {
		if !strings.EqualFold(name, "content-length") {
			r.Header.Set(name, value)
		}
	}
	return r
}

// TestRealClientsAreServed replays what the real clients sent.
func TestRealClientsAreServed(t *testing.T) {
	all := captures(t)
	for _, c := range []struct {
		name       string
		calls      []call
		grant      access.Grant
		events     int
		deliveries int
	}{
		{"analytics-node", all.Node, server, 7, 1},
		{"analytics-next", all.Browser, page, 5, 5},
		{"analytics-next in batches", all.BrowserBatch, page, 2, 2},
		{"rudder-sdk-node, gzipped under a wrong type", all.Rudder, server, 3, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, l := newDoor(t, c.grant)
			accepted := 0
			for _, sent := range c.calls {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, sent.request())
				switch sent.Method {
				case http.MethodOptions:
					if w.Code != http.StatusNoContent || w.Header().Get("Access-Control-Allow-Origin") != shop ||
						!strings.Contains(w.Header().Get("Access-Control-Allow-Headers"), sent.Headers["Access-Control-Request-Headers"]) || w.Header().Get("Access-Control-Max-Age") != "7200" {
						t.Fatalf("preflight of %s: %d %v", sent.Path, w.Code, w.Header())
					}
				case http.MethodGet:
					var settings struct {
						Integrations map[string]struct{ APIKey, APIHost, Protocol string }
					}
					if err := json.Unmarshal(w.Body.Bytes(), &settings); err != nil || w.Code != 200 {
						t.Fatalf("settings: %d %v", w.Code, err)
					}
					if s := settings.Integrations["Segment.io"]; s.APIKey != "wk_test" || s.APIHost != "example.com/v1" || s.Protocol != "http" {
						t.Fatalf("settings %+v", s)
					}
				default:
					var answer struct {
						Success  bool
						Accepted int
						Outcomes []struct{ MessageID, Status string }
					}
					if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 || !answer.Success {
						t.Fatalf("%s: %d %s %v", sent.Path, w.Code, w.Body, err)
					}
					if sent.Headers["Origin"] != "" && (w.Header().Get("Access-Control-Allow-Origin") != shop || !strings.Contains(w.Header().Get("Access-Control-Expose-Headers"), "Retry-After")) {
						t.Fatalf("%s: the page may not read the answer: %v", sent.Path, w.Header())
					}
					accepted += answer.Accepted
				}
			}
			if accepted != c.events || len(l.delivered) != c.deliveries {
				t.Fatalf("%d events in %d deliveries", accepted, len(l.delivered))
			}
		})
	}
}

func TestEachPathHasItsForm(t *testing.T) {
	h, l := newDoor(t, server)
	for path, want := range map[string]engine.Form{
		"/v1/batch": engine.SegmentBatch, "/v1/b": engine.SegmentBatch, "/v1/identify": engine.SegmentIdentify, "/v1/i": engine.SegmentIdentify,
		"/v1/track": engine.SegmentTrack, "/v1/t": engine.SegmentTrack, "/v1/page": engine.SegmentPage, "/v1/p": engine.SegmentPage,
		"/v1/screen": engine.SegmentScreen, "/v1/s": engine.SegmentScreen, "/v1/group": engine.SegmentGroup, "/v1/g": engine.SegmentGroup,
		"/v1/alias": engine.SegmentAlias, "/v1/a": engine.SegmentAlias,
	} {
		l.delivered = nil
		r := httptest.NewRequest("POST", path, strings.NewReader(`{"messageId":"m"}`))
		r.SetBasicAuth("wk_test", "")
		r.Header["Sec-Gpc"] = []string{"0", "1"}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 || len(l.delivered) != 1 || l.delivered[0].Form != want || !l.delivered[0].GPC {
			t.Errorf("%s: %d %+v", path, w.Code, l.delivered)
		}
	}
	if len(Paths()) != len(routes)+1 {
		t.Error("Paths leaves something out")
	}
}

func TestWhatComesInIsAnsweredAsClientsUnderstand(t *testing.T) {
	const one = `{"batch":[{"messageId":"m"},{}],"writeKey":"wk_test"}`
	for _, c := range []struct {
		name, key, body string
		headers         []string
		status          int
	}{
		{"a refused event does not fail the delivery", "wk_test", one, nil, 200},
		{"the key may stand in the body only", "", one, nil, 200},
		{"gzip under a wrong content type is JSON", "wk_test", zip(one), []string{"Content-Encoding", "gzip", "Content-Type", "application/x-www-form-urlencoded"}, 200},
		{"gzip with the key in the body", "", zip(one), []string{"Content-Encoding", "gzip"}, 200},
		{"text/plain is JSON", "wk_test", one, []string{"Content-Type", "text/plain"}, 200},
		{"white space before the object is fine", "wk_test", " \n" + one, nil, 200},
		{"no key at all", "", `{"batch":[]}`, nil, 401},
		{"an unknown key in the body", "", `{"batch":[],"writeKey":"x"}`, nil, 401},
		{"an unknown key", "x", one, nil, 401},
		{"a key that may not write", "reader", one, nil, 403},
		{"broken JSON", "wk_test", `{"batch":[`, nil, 400},
		{"a list", "wk_test", `[]`, nil, 400},
		{"a form", "wk_test", `batch=1`, nil, 400},
		{"nothing", "wk_test", ``, nil, 400},
		{"nested too deep", "wk_test", strings.Repeat(`{"a":`, 40), nil, 400},
		{"too large", "wk_test", one + strings.Repeat(" ", 500<<10), nil, 413},
		{"too large when unfolded", "wk_test", zip(one + strings.Repeat(" ", 500<<10)), []string{"Content-Encoding", "gzip"}, 413},
		{"another encoding", "wk_test", one, []string{"Content-Encoding", "zstd"}, 415},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, l := newDoor(t, server)
			r := httptest.NewRequest("POST", "/v1/batch", strings.NewReader(c.body))
			if c.key != "" {
				r.SetBasicAuth(c.key, "")
			}
			for i := 0; i+1 < len(c.headers); i += 2 {
				r.Header.Set(c.headers[i], c.headers[i+1])
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.status || (len(l.delivered) == 1) != (c.status == 200) {
				t.Fatalf("%d, %d deliveries: %s", w.Code, len(l.delivered), w.Body)
			}
			if c.status != 200 && w.Header().Get("Content-Type") != "application/problem+json" {
				t.Fatalf("refused with %q", w.Header().Get("Content-Type"))
			}
		})
	}
}

func TestAPageMayCallFromItsOriginOnly(t *testing.T) {
	for _, c := range []struct {
		name, method, origin string
		status               int
		allowed              bool
	}{
		{"its own page", "POST", shop, 200, true},
		{"another page", "POST", "https://evil.example", 403, false},
		{"no page", "POST", "", 403, false},
		{"the preflight of another page", "OPTIONS", "https://evil.example", 403, false},
	} {
		h, l := newDoor(t, page)
		r := httptest.NewRequest(c.method, "/v1/t", strings.NewReader(`{"messageId":"m"}`))
		r.SetBasicAuth("wk_test", "")
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		if c.method == "OPTIONS" {
			r.Header.Set("Access-Control-Request-Method", "POST")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || (w.Header().Get("Access-Control-Allow-Origin") != "") != c.allowed || (len(l.delivered) > 0) != c.allowed {
			t.Errorf("%s: %d %v", c.name, w.Code, w.Header())
		}
	}
}

func TestOverloadAsksClientsToComeBack(t *testing.T) {
	for name, err := range map[string]error{"closing": tactful.Errorf(tactful.Unavailable, "closing"), "slow": context.DeadlineExceeded} {
		h, l := newDoor(t, server)
		l.err = err
		r := httptest.NewRequest("POST", "/v1/batch", strings.NewReader(`{"batch":[]}`))
		r.SetBasicAuth("wk_test", "")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 429 || w.Header().Get("Retry-After") != "2" {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
}

func TestTheSettingsNameTheConfiguredAddressAndNeedAKey(t *testing.T) {
	h, _ := newDoor(t, server, func(o *Options) { o.Public = "https://events.shop.example/" })
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/v1/projects/wk_test/settings", nil))
	if !strings.Contains(w.Body.String(), `"apiHost":"events.shop.example/v1"`) || !strings.Contains(w.Body.String(), `"protocol":"https"`) {
		t.Errorf("%s", w.Body)
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/v1/projects/stranger/settings", nil))
	if w.Code != 401 {
		t.Errorf("%d for an unknown key", w.Code)
	}
}

// FuzzSegmentDelivery holds that no body is our fault.
func FuzzSegmentDelivery(f *testing.F) {
	for _, seed := range []string{`{"batch":[{"messageId":"m"}],"writeKey":"wk_test"}`, `{"writeKey":1}`, `{`, "", "\x1f\x8b", `{"batch":[` + strings.Repeat("[", 50)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		h, _ := newDoor(t, server)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", "/v1/batch", bytes.NewReader(body)))
		if w.Code >= 500 || (w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
}

func TestWhatComesWithABrowserKeyIsNotTrusted(t *testing.T) {
	for _, c := range []struct {
		name   string
		grant  access.Grant
		inBody bool
		want   engine.Trust
	}{
		{"a page's key in the header", page, false, engine.Untrusted},
		{"a page's key in the body", page, true, engine.Untrusted},
		{"a server's key in the header", server, false, engine.Trusted},
		{"a server's key in the body", server, true, engine.Trusted},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, l := newDoor(t, c.grant)
			body := `{"messageId":"m","userId":"victim","anonymousId":"attacker"}`
			if c.inBody {
				body = `{"messageId":"m","userId":"victim","writeKey":"wk_test"}`
			}
			r := httptest.NewRequest(http.MethodPost, "/v1/identify", strings.NewReader(body))
			r.Header.Set("Origin", strings.ToLower(shop))
			if !c.inBody {
				r.SetBasicAuth("wk_test", "")
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != 200 || len(l.delivered) != 1 || l.delivered[0].Trust != c.want {
				t.Fatalf("%d %s: %+v", w.Code, w.Body, l.delivered)
			}
		})
	}
}
