package api

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
)

// What somebody likes, needs, put aside or did, and what others call them, is not
// an operator's to say, by whichever address.
func TestAnOperatorAloneMakesUpNothingThroughTheAPI(t *testing.T) {
	h := newOpenHouse(t)
	bob, err := h.engine.Access().Make(tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorEngine}), access.New{Name: "bob", Scopes: access.Rights, Operator: "Bob C."})
	if err != nil {
		t.Fatal(err)
	}
	reason := []string{tactful.ReasonHeader, "she said so on the phone"}
	// what the person did, by the shop's server: she put the teapot aside
	for _, act := range [][3]string{
		{"PUT", "/v1/subjects/anna/history", `{"item":"` + bought + `","setting":"unused"}`},
		{"PATCH", "/v1/subjects/anna/preferences", `{"easyReading":true}`},
	} {
		if w := h.call(act[0], act[1], h.shop, act[2]); w.Code >= 300 {
			t.Fatalf("%s %s by the shop: %d %s", act[0], act[1], w.Code, w.Body)
		}
	}
	t.Run("what a change answers to a server is on record", func(t *testing.T) {
		var opened tactful.Opened
		for _, look := range h.looks(t) {
			if look.Kind == tactful.ActorService {
				opened |= look.Opened
			}
		}
		if opened&tactful.OpenedPreferences == 0 {
			t.Errorf("%v", opened.Words())
		}
	})
	event := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(h.call("GET", "/v1/subjects/anna/events", h.shop, "").Body.String())
	if event == nil {
		t.Fatal("she has no events")
	}
	const brought = `{"document":"{\"format\":\"tactful-portable/1\",\"standing\":{\"consents\":{\"gpc\":false,\"purposes\":[]}},\"preferences\":{\"topics\":{\"Baby\":\"more\"},\"easyReading\":true}}"}`
	for _, act := range []struct {
		name, method, address, body string
		status                      int
	}{
		{"wishes", "PATCH", "/v1/subjects/anna/preferences", `{"topics":{"Baby":"more"}}`, 403},
		{"what she put aside", "PUT", "/v1/subjects/anna/history", `{"item":"` + bought + `","setting":"none"}`, 403},
		{"another item", "POST", "/v1/subjects/anna/events/correct", `{"event":"` + event[1] + `","item":"other","quantity":99}`, 403},
		{"a yes", "PUT", "/v1/subjects/anna/consents", `{"level":"full"}`, 403},
		{"the end of a restriction", "DELETE", "/v1/subjects/anna/restriction", "", 403},
		{"wishes in a file", "POST", "/v1/subjects/anna/import", brought, 409},
		{"wishes of somebody new", "POST", "/v1/subjects/made-by-bob/import", brought, 200}, // of which nothing is taken
	} {
		if w := h.call(act.method, act.address, bob, act.body, reason...); w.Code != act.status {
			t.Errorf("%s: %d %s", act.name, w.Code, w.Body)
		}
	}
	for _, who := range []string{"anna", "made-by-bob"} {
		if w := h.call("GET", "/v1/subjects/"+who+"/preferences", h.shop, ""); strings.Contains(w.Body.String(), "Baby") {
			t.Errorf("%s has wishes of Bob's: %s", who, w.Body)
		}
	}
	if w := h.call("GET", "/v1/subjects/made-by-bob/export", h.shop, ""); w.Code != 404 {
		t.Errorf("somebody was made: %d", w.Code)
	}
	w := h.call("GET", "/v1/subjects/anna/history", h.shop, "")
	if text := w.Body.String(); !strings.Contains(text, `"unused"`) || strings.Contains(text, `"other"`) {
		t.Errorf("her history: %s", text)
	}
}
