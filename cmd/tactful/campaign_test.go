package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

func campaignFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const calmCampaign = `campaigns:
  - id: garden
    kind: marketing
    placements: [home]
    creatives:
      - {id: a, channel: site, language: en, title: For the garden, body: New tools for spring.}
`

func TestCampaignCheckNamesEveryFaultWithItsLine(t *testing.T) {
	path := campaignFile(t, calmCampaign+"    audience: {gender: f}\n    budget: {}\n")
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"campaign", "check", path}, &out, &errOut); code != 1 {
		t.Errorf("exit %d", code)
	}
	for _, want := range []string{path + ":7: ", "protected attribute", path + ":8: ", "bounds nothing"} {
		if !strings.Contains(errOut.String(), want) {
			t.Errorf("%q is missing in %s", want, errOut.String())
		}
	}
	path = campaignFile(t, calmCampaign+"    audience: {prefers: Pregnancy}\n") // by the classes of the house
	errOut.Reset()
	if code := run(t.Context(), []string{"campaign", "check", path}, &out, &errOut); code != 1 || !strings.Contains(errOut.String(), "class pregnancy") {
		t.Errorf("exit %d: %s", code, errOut.String())
	}
}

func TestCampaignCheckReadsTheCopy(t *testing.T) {
	calm := campaignFile(t, calmCampaign)
	pressing := campaignFile(t, strings.Replace(calmCampaign, "New tools for spring.", `"Hurry! Only 2 left, ends tonight!"`, 1))
	for _, test := range []struct {
		path, copy string
		code       int
	}{{calm, "pass", 0}, {pressing, "stop", 1}} {
		var out, errOut bytes.Buffer
		if code := run(t.Context(), []string{"campaign", "check", test.path, "--json"}, &out, &errOut); code != test.code {
			t.Errorf("%s: exit %d: %s", test.copy, code, errOut.String())
		}
		var all []checkedCampaign
		if err := json.Unmarshal(out.Bytes(), &all); err != nil || len(all) != 1 || len(all[0].Creatives) != 1 {
			t.Fatalf("%v: %s", err, out.String())
		}
		if v := all[0].Creatives[0]; v.Copy != test.copy || test.copy == "stop" && (len(v.Words) == 0 || v.Calmer == "") {
			t.Errorf("%+v", v)
		}
	}
}

func TestCampaignSimulateShowsWhatTheCapsDo(t *testing.T) {
	var out, errOut bytes.Buffer
	svg := filepath.Join(t.TempDir(), "caps.svg")
	if code := run(t.Context(), []string{"campaign", "simulate", "--days", "14", "--people", "80", "--svg", svg, "--json"}, &out, &errOut); code != 0 {
		t.Fatalf("exit %d: %s", code, errOut.String())
	}
	var runs []simulated
	if err := json.Unmarshal(out.Bytes(), &runs); err != nil || len(runs) != 2 {
		t.Fatalf("%v: %s", err, out.String())
	}
	with, without := runs[0], runs[1]
	if with.Made == 0 || with.SameInWeek > 2 || with.BeyondTwo != 0 || with.AfterBuying != 0 || with.MessagesWeek > 3 || with.Suppressed["frequency"] == 0 || with.ByCampaign["hurry"] != 0 {
		t.Errorf("with the caps: %+v", with)
	}
	if without.Made <= with.Made || without.SameInWeek <= 2 || without.BeyondTwo == 0 || without.Suppressed["frequency"] != 0 { // the positive control
		t.Errorf("without: %+v", without)
	}
	if text, err := os.ReadFile(svg); err != nil || !strings.Contains(string(text), "with the caps") {
		t.Errorf("the drawing: %v", err)
	}
}

func TestCampaignWorthIsATableByPlacementWithoutSmallNumbers(t *testing.T) {
	const answer = `{"campaign":"garden","since":"2026-11-22T12:00:00Z","until":"2026-11-23T12:00:00Z","fewest":20,"placements":[
		{"placement":"home","channel":"site","few":false,"fewer":["creepy","optOuts"],"people":60,"showings":71,"clicks":25,"dismissals":22,"conversions":21,"revenue":27000},
		{"placement":"basket","channel":"site","few":true}]}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/campaigns/garden/worth" {
			t.Errorf("asked %s", r.URL.Path)
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, answer)
	}))
	defer server.Close()
	said := func(more ...string) string {
		var out, errOut bytes.Buffer
		if code := run(t.Context(), append([]string{"campaign", "worth", "garden", "--url", server.URL, "--key", "tk_a_test"}, more...), &out, &errOut); code != 0 {
			t.Fatalf("exit %d: %s", code, errOut.String())
		}
		return out.String()
	}
	table := said()
	for _, want := range []string{"home site 60 71 25 22 few 21 few 270.00", "basket site few few few few few few few few", "who was shown it in two counts in both"} {
		if !strings.Contains(strings.Join(strings.Fields(table), " "), want) {
			t.Errorf("%q is not in\n%s", want, table)
		}
	}
	if said("--json") != answer+"\n" {
		t.Error("--json is not the answer itself")
	}
}

func TestCampaignDiffNamesTheParts(t *testing.T) {
	old := campaignFile(t, calmCampaign)
	next := campaignFile(t, strings.Replace(calmCampaign, "placements: [home]", "priority: 3\n    placements: [home, basket]", 1)+strings.Replace(strings.TrimPrefix(calmCampaign, "campaigns:\n"), "id: garden", "id: other", 1))
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"campaign", "diff", old, next, "--json"}, &out, &errOut); code != 0 {
		t.Fatalf("exit %d: %s", code, errOut.String())
	}
	var all []campaignDifference
	if err := json.Unmarshal(out.Bytes(), &all); err != nil || len(all) != 2 || all[0].Campaign != "garden" || strings.Join(all[0].Parts, ",") != "priority,placements" || all[1].Change != "added" {
		t.Errorf("%v: %s", err, out.String())
	}
}

func TestACampaignOutOfActionIsListedAndDeletedByCommand(t *testing.T) {
	place := t.TempDir()
	flags := []string{"--data-dir", filepath.Join(place, "data"), "--key-dir", filepath.Join(place, "keys")}
	command := func(args ...string) string {
		t.Helper()
		var out, errOut bytes.Buffer
		if code := run(t.Context(), append(args, flags...), &out, &errOut); code != 0 {
			t.Fatalf("%v: exit %d: %s", args, code, errOut.String())
		}
		return out.String()
	}
	func() { // it is put, and then its item turns out to be of a sensitive class
		var c configFlags
		c.DataDir, c.KeyDir = filepath.Join(place, "data"), filepath.Join(place, "keys")
		eng, done, err := c.open(&app{ctx: t.Context(), out: io.Discard, err: io.Discard})
		if err != nil {
			t.Fatal(err)
		}
		defer done()
		text := []byte(`{id: old, kind: marketing, audience: {looked_at: {item: new-1, within: 14d}}, placements: [home], creatives: [{id: a, channel: site, language: en, title: Spring, body: New things for spring.}]}`)
		ada := tactful.WithActor(t.Context(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B."})
		first, err := eng.PutCampaign(ada, "old", text, "")
		if err == nil {
			_, err = eng.PutCampaign(ada, "old", text, first.Confirm)
		}
		if err == nil {
			err = eng.PutItems(t.Context(), []tactful.Item{{ID: "new-1", Title: "Pregnancy test", Categories: []string{"Health"}}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}()
	if said := command("campaign", "list", "--as", "Ada B."); !strings.Contains(said, "out of action") || !strings.Contains(said, "is of the class") {
		t.Errorf("listed: %s", said)
	}
	command("campaign", "delete", "old", "--as", "Ada B.", "--reason", "its item is of a sensitive class")
	if said := command("campaign", "list", "--as", "Ada B."); strings.Contains(said, "old") {
		t.Errorf("still there: %s", said)
	}
	said := command("campaign", "log", "--as", "Bea C.")
	if added, deleted := strings.Index(said, "added"), strings.Index(said, "deleted"); added < 0 || deleted < 0 || deleted > added || strings.Count(said, "Ada B.") != 2 || !strings.Contains(said, "its item is of a sensitive class") {
		t.Errorf("the log: %s", said)
	}
}
