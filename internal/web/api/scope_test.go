package api

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

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

// untouchable fails the test when somebody reads it.
type untouchable struct{ t *testing.T }

func (u untouchable) Read([]byte) (int, error) { u.t.Error("the body was read"); return 0, io.EOF }

func (u untouchable) Close() error { return nil }

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
