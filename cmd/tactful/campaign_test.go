package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
