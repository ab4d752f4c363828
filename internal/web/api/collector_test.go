package api

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
)

// An operator who could send events would write a history and a yes for
// somebody, alone and unseen.
func TestNoOperatorSaysYesForSomebodyThroughEvents(t *testing.T) {
	h := newOpenHouse(t)
	h.clock.now = h.clock.now.Add(time.Hour)
	ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorEngine})
	make := func(n access.New) string {
		t.Helper()
		key, err := h.engine.Access().Make(ctx, n)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	bob := make(access.New{Name: "till", Scopes: access.Write | access.Rights, Operator: "Bob C."})
	server := make(access.New{Name: "server", Scopes: access.Write})
	hash := ""
	for _, n := range h.engine.Notices("en") {
		if n.Purpose == tactful.Improvement {
			hash = n.Hash
		}
	}
	event := func(message, who string) string {
		return `{"events":[{"messageId":"` + message + `","userId":"` + who + `","action":"purchased","item":"other","source":"web","time":"2026-11-22T12:30:00Z",
			"consent":{"level":"full","time":"2026-11-22T12:30:00Z","answers":[{"purpose":"improvement","answer":"granted","noticeHash":"` + hash + `","method":"form","time":"2026-11-22T12:30:00Z"}]}}]}`
	}
	stands := func(who string) (tactful.Consents, int) {
		t.Helper()
		alias := tactful.Alias{Kind: tactful.UserID, ID: who}
		person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
		said, err := h.engine.Consents(person, alias)
		if err != nil {
			t.Fatal(err)
		}
		history, err := h.engine.History(person, alias, 10)
		if err != nil {
			t.Fatal(err)
		}
		return said, len(history)
	}
	before, _ := stands("anna")
	for name, key := range map[string]string{"an admin's key": h.key, "an operator's key to write": bob} {
		for _, reason := range []string{"", "she said so on the phone"} {
			for _, who := range []string{"anna", "made-by-bob"} {
				var headers []string
				if reason != "" {
					headers = []string{tactful.ReasonHeader, reason}
				}
				w := h.call("POST", "/v1/events", key, event("forged", who), headers...)
				if p := problem(t, w); w.Code != 403 || !strings.Contains(p.Remedy, "keys create") {
					t.Errorf("%s, reason %q, %s: %d %s", name, reason, who, w.Code, w.Body)
				}
			}
		}
		if w := h.call("POST", "/v1/decisions/"+h.made+"/dismissed", key, `{"item":"other"}`, tactful.ReasonHeader, "she said so on the phone"); w.Code != 403 {
			t.Errorf("%s reports for somebody: %d %s", name, w.Code, w.Body)
		}
	}
	if said, events := stands("anna"); said.Level != before.Level || said.Purposes[tactful.Improvement].Answer == tactful.Granted || events != 1 {
		t.Errorf("%+v, %d things of hers", said, events)
	}
	if said, events := stands("made-by-bob"); said.Level != tactful.LevelUnknown || events != 0 {
		t.Errorf("somebody was made: %+v", said)
	}
	// the positive control: the shop's server brings what the person said
	if w := h.call("POST", "/v1/events", server, event("real", "anna")); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if said, events := stands("anna"); said.Level != tactful.Full || said.Purposes[tactful.Improvement].Answer != tactful.Granted || events != 2 {
		t.Errorf("of the shop: %+v, %d things", said, events)
	}
	if w := h.call("POST", "/v1/decisions/"+h.made+"/dismissed", h.shop, `{"item":"other"}`); w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
