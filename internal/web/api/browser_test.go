package api

import (
	"slices"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

func TestWhatComesWithABrowserKeyIsNotTrusted(t *testing.T) {
	for key, want := range map[string]engine.Trust{"browser": engine.Untrusted, "write": engine.Trusted, "admin": engine.Trusted} {
		d := newDesk(t, quiet)
		if w := d.call("POST", "/v1/events", key, `{"events":[{}]}`, "Origin", "https://shop.example"); w.Code != 200 {
			t.Fatalf("%s: %d %s", key, w.Code, w.Body)
		}
		if got := d.engine.delivered[0].Trust; got != want {
			t.Errorf("%s: trust %d, want %d", key, got, want)
		}
	}
}

func TestABrowserKeyAsksInNobodysName(t *testing.T) {
	for _, body := range []string{
		`{"placement":"for_you","count":1,"userId":"u1","level":"full","items":["x"]}`,
		`{"placement":"for_you","count":1,"anonymousId":"a1","items":["x"]}`,
	} {
		d := newDesk(t, quiet)
		if w := d.call("POST", "/v1/decisions/recommendations", "browser", body, "Origin", "https://shop.example"); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		r := d.engine.decisions[0]
		if r.Subject != (tactful.Alias{}) || r.Level != tactful.Context || len(r.Items) != 1 {
			t.Errorf("asked with %d at level %s about %v", r.Subject.Kind, r.Level, r.Items)
		}
	}
}

func TestAFaultBesideANoReachesTheEngineToBeJudgedThere(t *testing.T) {
	d := newDesk(t, quiet)
	w := d.call("PUT", "/v1/subjects/u1/consents", "rights", `{"answers":[
		{"purpose":"recommendations","answer":"granted","noticeHash":"deadbeef","language":"de DE","time":"yesterday","method":""},
		{"purpose":"improvement","answer":"withdrawn"},
		{"purpose":"offers","answer":"denied","time":"yesterday","expires":"never","jurisdiction":"Atlantis"},
		{"purpose":"No Such","answer":"perhaps"}]}`)
	if w.Code != 200 || len(d.engine.change.Answers) != 4 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	got := d.engine.change.Answers
	if got[0].NoticeHash != "deadbeef" || !got[0].Time.After(noon.Add(time.Hour)) {
		t.Errorf("a yes with an unreadable time is one that can count: %+v", got[0])
	}
	if got[1].Answer != tactful.Withdrawn || got[2].Answer != tactful.Denied || !got[2].Time.IsZero() || got[3].Answer != tactful.NoAnswer {
		t.Errorf("%+v", got[1:])
	}
}

// TestAPageKeepsTheSignalOfItsBrowserAndOfNoAccount: the answer is as for nobody,
// and Sec-GPC goes on record like from anywhere else.
func TestAPageKeepsTheSignalOfItsBrowserAndOfNoAccount(t *testing.T) {
	browser := tactful.Alias{Kind: tactful.Anonymous, ID: "a1"}
	for name, c := range map[string]struct {
		body, signal string
		heard        []tactful.Alias
	}{
		"a browser with the signal":   {`{"placement":"popular","count":1,"anonymousId":"a1"}`, "1", []tactful.Alias{browser}},
		"a browser without it":        {`{"placement":"popular","count":1,"anonymousId":"a1"}`, "0", nil},
		"nobody in particular":        {`{"placement":"popular","count":1}`, "1", nil},
		"an account: it is passed on": {`{"placement":"popular","count":1,"userId":"u1"}`, "1", []tactful.Alias{{Kind: tactful.UserID, ID: "u1"}}}, // and the engine hears of no account
	} {
		d := newDesk(t, quiet)
		if w := d.call("POST", "/v1/decisions/recommendations", "browser", c.body, "Origin", "https://shop.example", "Sec-GPC", c.signal); w.Code != 200 {
			t.Fatalf("%s: %d %s", name, w.Code, w.Body)
		}
		if !slices.Equal(d.engine.heard, c.heard) || len(d.engine.honoured) != 0 || d.engine.decisions[0].Subject != (tactful.Alias{}) {
			t.Errorf("%s: heard of %+v, decided for %+v", name, d.engine.heard, d.engine.decisions[0].Subject)
		}
	}
}
