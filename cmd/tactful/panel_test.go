package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestPanelIsKeptThroughTheCommandLine(t *testing.T) {
	s := newShell(t)
	config := s.write("tactful.yaml", "engine:\n  protection:\n    attributes:\n      - {name: gender, values: [f, m]}\n")
	var counts []map[string]any
	if err := json.Unmarshal([]byte(s.on("panel", "list", "--json", "--config", config)), &counts); err != nil {
		t.Fatal(err)
	}
	if len(counts) != 2 || counts[0]["value"] != "f" || counts[0]["people"] != nil {
		t.Errorf("the counts of nobody: %v", counts)
	}
	for name, c := range map[string]struct{ args, want string }{
		"a value that is not listed":          {"panel set anna gender z", "is not one of the attribute's values"},
		"an attribute that is not declared":   {"panel set anna religion f", "is not declared"},
		"somebody unknown":                    {"panel set anna gender f", "nobody is known by that name"},
		"taking back from somebody unknown":   {"panel remove anna gender", "nobody is known by that name"},
		"a browser's id that is unknown, too": {"panel set anna gender f --anonymous", "nobody is known by that name"},
	} {
		who := []string{"--as", "Ada B.", "--reason", "told us on the form of May", "--config", config}
		_, errOut, code := s.run(append(append(strings.Fields(c.args), who...), s.stores()...)...)
		if code != 1 || !strings.Contains(errOut, c.want) {
			t.Errorf("%s: exit %d, %s", name, code, errOut)
		}
		if strings.Contains(errOut, "anna") {
			t.Errorf("%s: the error names the person: %s", name, errOut)
		}
	}
	if _, errOut, code := s.run(append([]string{"panel", "set", "anna", "gender", "f", "--config", config}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "--as") {
		t.Errorf("without a name and a reason: exit %d, %s", code, errOut)
	}
	if _, errOut, code := s.run(append([]string{"panel", "measure", "--as", "Ada B.", "--config", config}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "there is no model yet") {
		t.Errorf("measuring nobody: exit %d, %s", code, errOut)
	}
	bad := s.write("bad.yaml", "engine:\n  protection:\n    attributes:\n      - {name: Gender, values: [f], least: 3}\n")
	_, errOut, code := s.run(append([]string{"panel", "list", "--config", bad}, s.stores()...)...)
	for _, want := range []string{"name", "values", "least"} {
		if code == 0 || !strings.Contains(errOut, "attributes[0]."+want) {
			t.Errorf("a bad declaration: exit %d, no word of %s: %s", code, want, errOut)
		}
	}
}

func TestMeasuresOfThePanelAreShownInWords(t *testing.T) {
	var out strings.Builder
	m := panelMeasures{Month: "2026-11", Epsilon: 3, Delta: 1e-6}
	if err := json.Unmarshal([]byte(`{"comparisons":[{"attribute":"gender","values":["f","m"],"people":[210,190],"categories":7,"mean":{"value":0.031,"give":0.02},"worst":{"value":0.2,"give":0.1},
		"worstCategory":"Toys","served":{"value":0.97,"give":0.1},"worse":"f","exposure":[{"of":"f","group":"seller=a","value":0.45,"give":0.05,"least":0.4,"most":0}],"beyond":["mean"],"held":["served"]}]}`), &m); err != nil {
		t.Fatal(err)
	}
	if err := m.show(&app{out: &out}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"gender: f (about 210), m (about 190)", "mean of 7 categories  0.031", "beyond", "held", "too few people to tell", "the same of Toys", "share of seller=a in lists of f", "0.450", "at least 0.4"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
