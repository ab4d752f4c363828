package api

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
)

// An operator who makes a service's key would do with it, unnamed, all that no
// operator does alone.
func TestNoOperatorGoesRoundTheSecondPairOfEyesByAKeyOfTheirOwnMaking(t *testing.T) {
	h := newOpenHouse(t)
	ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorEngine})
	bob, err := h.engine.Access().Make(ctx, access.New{Name: "bob", Scopes: access.Admin, Operator: "Bob C."})
	if err != nil {
		t.Fatal(err)
	}
	make := func(body string) (made struct {
		Key   string
		Waits bool
	}) {
		t.Helper()
		w := h.call("POST", "/v1/keys", h.key, body)
		if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != 201 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		return made
	}
	ghost := make(`{"name":"ghost","scopes":["rights","write","decide"]}`)
	mine := make(`{"name":"mine too","scopes":["admin"],"operator":"Zed Z."}`)
	if !ghost.Waits || mine.Waits {
		t.Errorf("%+v %+v", ghost, mine)
	}
	acts := [][3]string{
		{"DELETE", "/v1/subjects/anna", ""}, {"DELETE", "/v1/subjects/anna/objection", ""}, {"GET", "/v1/subjects/anna/export", ""},
		{"PUT", "/v1/subjects/anna/consents", `{"level":"full"}`}, {"POST", "/v1/events", `{"events":[]}`}, {"POST", "/v1/subjects/anna/links", `{}`},
		{"POST", "/v1/subjects/anna/events/withdraw", `{"all":true}`},
	}
	for _, act := range acts {
		if w := h.call(act[0], act[1], ghost.Key, act[2]); w.Code != 403 || !strings.Contains(problem(t, w).Remedy, "keys release ") {
			t.Errorf("%s %s with a key that one operator made: %d %s", act[0], act[1], w.Code, w.Body)
		}
	}
	for name, key := range map[string]string{"its maker": h.key, "a key that its maker made": mine.Key} {
		if w := h.call("POST", "/v1/keys/ghost/release", key, ""); w.Code != 403 {
			t.Errorf("released by %s: %d %s", name, w.Code, w.Body)
		}
	}
	if w := h.call("POST", "/v1/keys/ghost/release", bob, ""); w.Code != 204 {
		t.Errorf("released by a second operator: %d %s", w.Code, w.Body)
	}
	if w := h.call("GET", "/v1/subjects/anna/export", ghost.Key, ""); w.Code != 200 {
		t.Errorf("released: %d %s", w.Code, w.Body)
	}
	list := h.call("GET", "/v1/keys", bob, "").Body.String()
	for _, want := range []string{`"maker":"Ada B."`, `"releasedBy":"Bob C."`} {
		if !strings.Contains(list, want) {
			t.Errorf("%s is not in %s", want, list)
		}
	}
	if w := h.call("DELETE", "/v1/keys/ghost", h.key, ""); w.Code != 204 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	log := h.log.String()
	for _, want := range []string{`"level":"WARN","msg":"an API key was made"`, `"msg":"an API key was released"`, `"msg":"an API key was revoked"`, `"name":"ghost"`, `"by":"Ada B."`, `"by":"Bob C."`} {
		if !strings.Contains(log, want) {
			t.Errorf("%s is not in the log:\n%s", want, log)
		}
	}
	if strings.Contains(log, ghost.Key) {
		t.Error("the log holds what it must not")
	}
}
