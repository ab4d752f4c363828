package policy_test

import (
	"strings"
	"testing"

	"github.com/tactful/tactful/internal/policy"
)

const wineCases = `
- name: wine stays out of Norway
  item: {id: w, categories: [Food, Wine], price: 2000, classes: [alcohol]}
  request: {placement: for_you, region: "NO", sought: [health]}
  expect: refuse
  rule: no-wine
- name: it is shown elsewhere
  item: {id: w, categories: [Food, Wine]}
  request: {region: DE}
  expect: allow
- name: in the morning it comes last
  item: {id: w, categories: [Food, Wine]}
  now: 2026-03-04T07:00:00Z
  expect: demote
`

func TestCasesSayWhetherTheRulesDoAsExpected(t *testing.T) {
	set := rules(t, policy.Rule{Name: "no-wine", When: "'Wine' in item.categories && request.region == 'NO'"},
		policy.Rule{Name: "not-early", When: "'Wine' in item.categories && now.getHours() < 9", Then: policy.Demote})
	cases, err := policy.ReadCases([]byte(wineCases))
	if err != nil {
		t.Fatal(err)
	}
	for i := range cases {
		if said := set.Check(&cases[i], now); !said.Met {
			t.Errorf("%s: %+v", cases[i].Name, said)
		}
		if said := rules(t).Check(&cases[i], now); said.Met != (cases[i].Expect == "allow") {
			t.Errorf("%s without rules: %+v", cases[i].Name, said)
		}
	}
	cases[0].Rule = "not-early"
	if said := set.Check(&cases[0], now); said.Met || said.Rule != "no-wine" {
		t.Errorf("another rule decided, and that is met: %+v", said)
	}
}

func TestCasesThatCannotBeOnesAreFaults(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "cases",
		"[]":                               "cases",
		"- {expect: allow}":                "cases[0].name",
		"- {name: a}":                      "cases[0].expect",
		"- {name: a, expect: maybe}":       "cases[0].expect",
		"- {name: a, expect: allow, x: 1}": "line 1: field x not found",
		"- {name: a, expect: allow, level: high}":                                         "cases[0].level",
		"- {name: a, expect: allow, request: {placement: left}}":                          "cases[0].request.placement",
		"- {name: a, expect: allow, candidate: {origin: heaven}}":                         "cases[0].candidate.origin",
		"- {name: a, expect: allow, candidate: {pieces: -1}}":                             "cases[0].candidate.pieces",
		"- {name: a, expect: allow, item: {availability: everywhere}}":                    "cases[0].item.availability",
		"- {name: a, expect: allow, item: {classes: [" + strings.Repeat("x,", 70) + "]}}": "cases[0].item.classes",
	} {
		if _, err := policy.ReadCases([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func FuzzCases(f *testing.F) {
	f.Add(wineCases)
	f.Add("- {name: a, expect: allow, item: {classes: [a, a, b]}, request: {sought: [b]}}")
	set := rules(f, policy.Rule{When: "item.price > 1 || 'x' in item.classes || item.attributes.a == 'b'"})
	f.Fuzz(func(t *testing.T, text string) {
		cases, err := policy.ReadCases([]byte(text))
		if err != nil {
			return
		}
		for i := range cases {
			if said := set.Check(&cases[i], now); said.Word != "allow" && said.Word != policy.Demote && said.Word != policy.Refuse {
				t.Errorf("says %q", said.Word)
			}
		}
	})
}
