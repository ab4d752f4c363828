package metrics

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/panel"
)

type pulse struct{ health engine.Health }

func (p *pulse) Health() engine.Health { return p.health }

type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func scrape(t *testing.T, m *Metrics, source Source) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler(source).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestTheNumbersSayWhatHappened(t *testing.T) {
	m := New(Options{Guards: []string{"purchased"}, Reasons: []string{"no_record"}})
	source, now := &pulse{engine.Health{Ready: true, Items: 7, ModelHash: "a", ModelItems: 5, ModelPeople: 3, Behind: 7 * time.Minute, SweepHeld: true}}, &clock{time.Unix(1000, 0)}
	if err := m.Watch(source, now); err != nil {
		t.Fatal(err)
	}
	m.Began()
	m.Began()
	m.Finished("/v1/items/{itemId}", "GET", 200, 3*time.Millisecond)
	m.Finished("/v1/items", "GET", 99999, time.Millisecond)
	m.Began()
	m.Decided("personal", "for_you", []tactful.Withheld{{Guard: "purchased", Count: 4}, {Guard: "made up", Count: 1}, {Guard: "purchased"}})
	m.Ingested("accepted", "whatever")
	m.Ingested("refused", "no_record")
	m.Ingested("refused", "zebra77")
	scrape(t, m, source)
	now.now = now.now.Add(90 * time.Second)
	text := scrape(t, m, source)
	for _, want := range []string{
		"tactful_requests_in_flight 1\n",
		`tactful_request_seconds_count{method="GET",route="/v1/items/{itemId}",status="200"} 1`,
		`tactful_request_seconds_bucket{method="GET",route="/v1/items/{itemId}",status="200",le="0.005"} 1`,
		`tactful_request_seconds_count{method="GET",route="/v1/items",status="other"} 1`,
		`tactful_decisions_total{level="personal",placement="for_you"} 1`,
		`tactful_withheld_total{guard="purchased"} 4`, `tactful_withheld_total{guard="other"} 1`,
		`tactful_events_total{outcome="accepted",reason=""} 1`, `tactful_events_total{outcome="refused",reason="no_record"} 1`, `tactful_events_total{outcome="refused",reason="other"} 1`,
		"tactful_ready 1\n", "tactful_items 7\n", "tactful_model_items 5\n", "tactful_model_people 3\n", "tactful_clock_behind_seconds 420\n", "tactful_sweep_held 1\n", "tactful_model_age_seconds 90\n", "go_goroutines ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not there", want)
		}
	}
	if strings.Contains(text, "zebra77") || strings.Contains(text, "made up") {
		t.Error("an unknown word became a label")
	}
	source.health.Panel = &panel.Measures{Comparisons: []panel.Comparison{{Attribute: "gender", Values: [2]string{"f", "m"}, Mean: panel.Estimate{Value: 0.25}, Beyond: []string{"mean"}}}}
	text = scrape(t, m, source)
	for _, want := range []string{`tactful_panel_figure{attribute="gender",figure="mean",groups="f/m"} 0.25`, `tactful_panel_beyond{attribute="gender",groups="f/m"} 1`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not there", want)
		}
	}
	source.health.ModelHash = "b"
	if text := scrape(t, m, source); !strings.Contains(text, "tactful_model_age_seconds 0\n") {
		t.Error("a new model has an age")
	}
	source.health.ModelHash = ""
	if text := scrape(t, m, source); strings.Contains(text, "tactful_model_age_seconds ") {
		t.Error("no model has an age")
	}
	if err := m.Watch(source, now); err == nil {
		t.Error("watched twice")
	}
}

func TestHealthSaysAliveAndReady(t *testing.T) {
	source := &pulse{engine.Health{Reason: "replaying", Limited: "no list rests on a person"}}
	for _, c := range []struct {
		name, method, path string
		ready              bool
		status             int
		text               string
	}{
		{"alive though not ready", "GET", "/healthz", false, 200, `"alive":true`},
		{"not ready says why", "GET", "/readyz", false, 503, "replaying"},
		{"ready", "GET", "/readyz", true, 200, `"ready":true`},
		{"what is held back is said", "GET", "/readyz", true, 200, `"limited":"no list rests on a person"`},
		{"no other method", "POST", "/readyz", true, 405, ""},
		{"no metrics on the public side", "GET", "/metrics", true, 404, ""},
		{"no profiles on the public side", "GET", "/debug/pprof/", true, 404, ""},
	} {
		source.health.Ready = c.ready
		w := httptest.NewRecorder()
		Health(source).ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.text) {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
}

func TestProfilesAreOnTheOperatorsSide(t *testing.T) {
	w := httptest.NewRecorder()
	New(Options{}).Handler(&pulse{}).ServeHTTP(w, httptest.NewRequest("GET", "/debug/pprof/goroutine?debug=1", nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), "goroutine profile") {
		t.Errorf("%d", w.Code)
	}
}
