package main

import (
	"strings"
	"testing"
)

const wineRules = `engine:
  guards:
    policy:
      changed: {by: Ada B., why: wine may not be sent to Norway}
      rules:
        - name: no-wine-abroad
          when: "'Wine' in item.categories && request.region == 'NO'"
          then: refuse
          why: We may not send wine there.
        - {name: cheap-last, when: item.price < 100, then: demote, why: It is hardly worth sending.}
`

func TestRulesAreCheckedWithLineAndField(t *testing.T) {
	s := newShell(t)
	good := s.write("good.yaml", wineRules)
	out, errOut, code := s.run("policy", "check", "--config", good, "--json")
	lines := parse[[]ruleLine](t, out)
	if code != 0 || len(lines) != 2 || lines[0].Asked != "once an item" || lines[0].Cost == 0 || lines[1].Then != "demote" {
		t.Errorf("exit %d %+v %s", code, lines, errOut)
	}
	bad := s.write("bad.yaml", strings.Replace(wineRules, "item.price <", "item.prize <", 1))
	out, errOut, code = s.run("policy", "check", "--config", bad)
	if code != 1 || out != "" || !strings.Contains(errOut, "engine.guards.policy.rules[1].when: line 10: column") || !strings.Contains(errOut, "known are item.id") {
		t.Errorf("exit %d %q %s", code, out, errOut)
	}
	if out, _, code := s.run("policy", "check"); code != 0 || !strings.Contains(out, "no rules") {
		t.Errorf("without rules: exit %d %s", code, out)
	}
	if out, _, code := s.run("policy", "check", "--variables"); code != 0 || !strings.Contains(out, "item.attributes") || !strings.Contains(out, "map(string, string)") {
		t.Errorf("variables: exit %d %s", code, out)
	}
}

func TestRulesAreHeldToCases(t *testing.T) {
	s := newShell(t)
	config := s.write("good.yaml", wineRules)
	const met = "- {name: wine to Norway, item: {id: w, categories: [Wine], price: 900}, request: {region: \"NO\"}, expect: refuse, rule: no-wine-abroad}\n"
	const missed = "- {name: wine to Sweden, item: {id: w, categories: [Wine], price: 900}, request: {region: SE}, expect: refuse}\n"
	out, errOut, code := s.run("policy", "test", s.write("met.yaml", met), "--config", config)
	if code != 0 || !strings.Contains(out, "1 cases, 0 missed") {
		t.Errorf("exit %d %s %s", code, out, errOut)
	}
	out, _, code = s.run("policy", "test", s.write("missed.yaml", met+missed), "--config", config)
	if code != 1 || !strings.Contains(out, "missed: wine to Sweden: the rules say allow, expected is refuse") || !strings.Contains(out, "2 cases, 1 missed") {
		t.Errorf("exit %d %s", code, out)
	}
}

func TestADryRunAndTheLogOfTheRulesFromTheCommandLine(t *testing.T) {
	s := newShell(t)
	next := s.write("next.yaml", wineRules)
	out := s.on("policy", "diff", next, "--as", "Ada B.")
	if !strings.Contains(out, "0 lists of the last 24 hours") || !strings.Contains(out, "no-wine-abroad") {
		t.Errorf("%s", out)
	}
	if out := s.on("policy", "log", "--as", "Ada B.", "--json"); !strings.Contains(out, `"log":[]`) {
		t.Errorf("a dry run is logged as a change: %s", out)
	}
}
