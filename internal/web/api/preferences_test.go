package api

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/api/wire"
)

func TestPreferencesGoInAndComeOutAsTheyWereSaid(t *testing.T) {
	d := newDesk(t, quiet)
	body := `{"discreet":true,"easyReading":true,"languages":["ar","de"],"messages":{"lessOften":true,"only":["email"],"perWeek":0,"quietFrom":"21:00","quietUntil":"08:00","zone":"Europe/Berlin"},` +
		`"needs":{"diet":"vegan"},"occasions":{"easter":{"from":"2027-03-28","skip":true},"never":{"skip":false}},"topics":{"Home/Light":"more","label:gift":"less","Toys":"muted"}}`
	if w := d.call("PUT", "/v1/subjects/u1/preferences", "rights", body); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	want := tactful.Preferences{
		Topics:    map[string]tactful.TopicWish{"Home/Light": tactful.WishMore, "label:gift": tactful.WishLess, "Toys": tactful.WishMuted},
		Needs:     map[string]string{"diet": "vegan"},
		Occasions: map[string]tactful.Days{"easter": {From: time.Date(2027, 3, 28, 0, 0, 0, 0, time.UTC)}},
		Languages: []string{"ar", "de"}, EasyReading: true, Discreet: true,
		Messages: tactful.MessageLimits{Only: []tactful.Channel{"email"}, PerWeek: tactful.WeeklyNone, LessOften: true, Quiet: tactful.Quiet{From: "21:00", Until: "08:00"}, Zone: "Europe/Berlin"},
	}
	if diff := cmp.Diff(want, d.engine.declared); diff != "" {
		t.Fatal(diff)
	}
	if d.engine.actor.Kind != tactful.ActorService {
		t.Errorf("the actor is %s", d.engine.actor.Kind)
	}
	var answer wire.PreferencesAnswer
	if err := json.Unmarshal(d.call("GET", "/v1/subjects/u1/preferences", "rights", "").Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, preferencesIn(&answer.Preferences)); diff != "" {
		t.Error(diff)
	}
	if len(answer.Needs) != 2 || answer.Needs[0].Values[0] != "vegan" || answer.Occasions[0] != "easter" {
		t.Errorf("what can be declared: %+v", answer)
	}
}

func TestTheUndoOfAPatchUndoesIt(t *testing.T) {
	d := newDesk(t, quiet)
	d.engine.declared = tactful.Preferences{Topics: map[string]tactful.TopicWish{"Toys": tactful.WishMore}, Needs: map[string]string{"diet": "vegan"}}
	before := d.engine.declared.Clone()
	w := d.call("PATCH", "/v1/subjects/u1/preferences", "rights",
		`{"topics":{"Toys":"muted","Home":"more"},"needs":{"diet":""},"occasions":{"easter":{"skip":true}},"languages":["de"],"keepOnDevice":true,"messages":{"perWeek":3}}`)
	var change struct{ Undo json.RawMessage }
	if err := json.Unmarshal(w.Body.Bytes(), &change); err != nil || w.Code != 200 || len(change.Undo) == 0 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if d.engine.declared.Topics["Toys"] != tactful.WishMuted || d.engine.declared.Needs["diet"] != "" || !d.engine.declared.KeepOnDevice {
		t.Fatalf("not changed: %+v", d.engine.declared)
	}
	if w := d.call("PATCH", "/v1/subjects/u1/preferences", "rights", string(change.Undo)); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if !before.IsZero() && cmp.Diff(before.Topics, d.engine.declared.Topics) != "" || cmp.Diff(before.Needs, d.engine.declared.Needs) != "" ||
		len(d.engine.declared.Occasions)+len(d.engine.declared.Languages) != 0 || d.engine.declared.KeepOnDevice || d.engine.declared.Messages.PerWeek != tactful.WeeklyUnset {
		t.Errorf("undone: %+v", d.engine.declared)
	}
}

func TestPreferencesThatAreNoneAreRefusedAtTheDoor(t *testing.T) {
	for _, body := range []string{
		`{"topics":{"Toys":"loud"}}`, `{"topics":{"Toys":"none"}}`, `{"mood":"sad"}`, `{"messages":{"perWeek":7}}`, `{"messages":{"only":["pigeon"]}}`,
		`{"occasions":{"easter":{"skip":true,"from":"tomorrow"}}}`, `{"occasions":{"easter":null}}`, `{"needs":{"diet":""}}`,
	} {
		d := newDesk(t, quiet)
		if w := d.call("PUT", "/v1/subjects/u1/preferences", "rights", body); w.Code != 400 || d.engine.actor.Kind != tactful.ActorUnknown {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
}

// TestAChangeOfWhatCountsSaysUntilWhenTheModelFollows: like a withdrawal of events.
func TestAChangeOfWhatCountsSaysUntilWhenTheModelFollows(t *testing.T) {
	d := newDesk(t, quiet)
	want := noon.UTC().Format(time.RFC3339)
	w := d.call("PUT", "/v1/subjects/u1/history", "rights", `{"item":"a","setting":"unused"}`)
	if got := w.Header().Get("Tactful-Forgets"); w.Code != 204 || got != want {
		t.Errorf("history: %d, %q", w.Code, got)
	}
	var answer struct {
		Forgets string `json:"forgets"`
	}
	w = d.call("PUT", "/v1/subjects/u1/interests", "rights", `{"topic":"Toys","setting":"unused"}`)
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 || answer.Forgets != want {
		t.Errorf("interests: %d %s", w.Code, w.Body)
	}
	if w := d.call("PUT", "/v1/subjects/u1/objection?region=DE", "rights", ""); w.Code != 204 || d.engine.region != "DE" {
		t.Errorf("objection: %d, of %q", w.Code, d.engine.region)
	}
}
