package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tactful/tactful/internal/datamap"
	"github.com/tactful/tactful/internal/law"
)

// told runs a command that must succeed and returns what it printed.
func told(t *testing.T, args ...string) string {
	t.Helper()
	var out, errOut bytes.Buffer
	if code := run(t.Context(), args, &out, &errOut); code != 0 {
		t.Fatalf("%v: exit %d: %s", args, code, errOut.String())
	}
	return out.String()
}

func TestTheDataMapIsPrintedFromTheConfiguration(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tactful.yaml")
	text := "engine:\n  controller: =Mug Shop\n  receipts: {keep: 72h}\n  ingest: {properties: {colour: {purpose: recommendations, source: declared, retention: 48h, note: \"=cmd()\"}}}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{}, []string{"RECORD", "receipt ", "3 d", "Properties.colour"}},
		{[]string{"--format", "markdown"}, []string{"| RECORD | FIELD", "|---|---"}},
		{[]string{"--document", "notice"}, []string{"What we do with your data\n", "=Mug Shop is in charge", "How long we keep it: 3 days."}},
		{[]string{"--document", "how", "--format", "markdown"}, []string{"# How our lists are made\n", "\n## What counts, and how much\n"}},
		{[]string{"--document", "processing"}, []string{"GDPR Article 30", "receipt: 3 days."}},
		{[]string{"--document", "assessment"}, []string{"GDPR Article 35", "TO BE ANSWERED BY THE BUSINESS"}},
	} {
		printed := told(t, append([]string{"datamap", "--config", file}, c.args...)...)
		for _, want := range c.want {
			if !strings.Contains(printed, want) {
				t.Errorf("datamap %v does not say %q", c.args, want)
			}
		}
	}
	var m datamap.Map
	if err := json.Unmarshal([]byte(told(t, "datamap", "--config", file, "--json")), &m); err != nil {
		t.Fatal(err)
	}
	if r, ok := m.Record("event"); !ok || len(r.Fields) < 12 {
		t.Errorf("the JSON map has %d fields of events", len(r.Fields))
	}
	rows, err := csv.NewReader(strings.NewReader(told(t, "datamap", "--config", file, "--format", "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	guarded := false
	for _, row := range rows {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("a spreadsheet would take %q for a formula", cell)
			}
			guarded = guarded || cell == "'=cmd()"
		}
	}
	if !guarded || len(rows) < 100 {
		t.Errorf("%d rows, the formula was there: %v", len(rows), guarded)
	}
}

func TestTheDataMapRefusesARecipientOfNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tactful.yaml")
	text := "engine: {parties: {recipients: [{name: A, role: processor, country: DE, why: post, purpose: offers, records: [everything]}]}}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"datamap", "--config", file}, &out, &errOut); code != 1 || !strings.Contains(errOut.String(), "recipients[0].records") {
		t.Errorf("exit %d: %s", code, errOut.String())
	}
}

func TestLawPrintsWhatAppliesAndWhatShowsIt(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"CODE", "DE ", "US-CA", law.Unknown}},
		{[]string{"--region", "DE"}, []string{"Germany", "opt-in", "below 16", "1 month", "shown by: internal/law TestAThousandDeadlines", "waits for:"}},
		{[]string{"--region", "US-CA"}, []string{"California", "opt-out", "confirm within 10 working days, answer within 45 days, 90 days if", "12 months"}},
		{[]string{"--region", "XX"}, []string{"No row for this place", "opt-in", "10 days"}},
	} {
		printed := told(t, append([]string{"law"}, c.args...)...)
		for _, want := range c.want {
			if !strings.Contains(printed, want) {
				t.Errorf("law %v does not say %q", c.args, want)
			}
		}
	}
	var one struct {
		Row    law.Row
		Duties []law.Duty
	}
	if err := json.Unmarshal([]byte(told(t, "law", "--region", "FR", "--json")), &one); err != nil {
		t.Fatal(err)
	}
	if one.Row.Code != "FR" || one.Row.Ages.Is.Guardian != 15 || len(one.Duties) < 20 {
		t.Errorf("%s, %d, %d duties", one.Row.Code, one.Row.Ages.Is.Guardian, len(one.Duties))
	}
}
