package main

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/config"
)

func TestAListIsExplainedFromTheCommandLine(t *testing.T) {
	s := newShell(t)
	s.agree("anna")
	s.on("import", "items", s.write("items.csv", "id,title,categories\na,Mug,Kitchen\nb,Pot,Kitchen\nc,Saw,Tools\n"))
	const why = "she asks why she sees mugs"
	out := s.on("explain", "anna", "--placement", "popular", "--as", "Ada B.", "--reason", why)
	if !strings.Contains(out, "As it is: level generic") || !strings.Contains(out, "Mug") || strings.Contains(out, "What if") {
		t.Errorf("%s", out)
	}
	looks := parse[[]lookLine](t, s.on("looks", "anna", "--as", "Ada B.", "--reason", why, "--json"))
	if len(looks) == 0 || !strings.Contains(strings.Join(looks[0].Opened, " "), "suggestions") {
		t.Errorf("no look: %+v", looks)
	}
	if _, errOut, code := s.run(append([]string{"explain", "anna", "--as", "Ada B."}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "Tactful-Reason") {
		t.Errorf("without a reason: exit %d %s", code, errOut)
	}
	rules := s.write("rules.yaml", "engine: {guards: {policy: {changed: {by: Ada B., why: only for this test}, rules: [{name: no-tools, when: \"'Tools' in item.categories\", then: refuse, why: No tools today.}]}}}\n")
	made := s.write("made.json", `{"level":"personal","events":[{"action":"purchased","item":"a"}]}`)
	out = s.on("explain", "--made", made, "--rules", rules, "--as", "Ada B.")
	before, after, found := strings.Cut(out, "What if: level personal")
	if !found || strings.Contains(before, "no-tools") || !strings.Contains(after, "rule no-tools: No tools today.") || !strings.Contains(before, "purchased a") {
		t.Errorf("%s", out)
	}
	if !strings.Contains(after, "Nothing changes.") && !strings.Contains(after, "stay, ") {
		t.Errorf("what changes is not said: %s", out)
	}
	out = s.on("explain", "--made", made, "--without", "c", "--placement", "popular", "--as", "Ada B.")
	if !strings.Contains(out, "The list does not rest on c, so leaving it out changes nothing.") || !strings.Contains(out, "Nothing changes.") {
		t.Errorf("%s", out)
	}
}

func TestTheVerdictsOfAPastDecisionAreShownFromTheCommandLine(t *testing.T) {
	s := newShell(t)
	s.agree("anna")
	s.on("import", "items", s.write("items.csv", "id,title,categories\na,Mug,Kitchen\nb,Pot,Kitchen\nc,Saw,Tools\n"))
	var cfg config.Config
	cfg.Defaults()
	cfg.DataDir, cfg.KeyDir = filepath.Join(s.dir, "data"), filepath.Join(s.dir, "keys")
	a := &app{ctx: s.ctx, out: io.Discard, err: io.Discard}
	eng, done, err := openEngine(a, &cfg, newLog(a, "error"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := eng.Decide(s.ctx, &tactful.Request{Subject: tactful.Alias{Kind: tactful.UserID, ID: "anna"}, Placement: tactful.ForYou, Count: 2})
	done()
	if err != nil {
		t.Fatal(err)
	}
	id := d.ID
	const why = "she asks why she saw mugs on Monday"
	out := s.on("explain", "--receipt", id, "--all", "--as", "Ada B.", "--reason", why)
	if !strings.Contains(out, "guards judged 3 candidates: consent, provenance") || !strings.Contains(out, "Mug") || !strings.Contains(out, "PLACE") {
		t.Errorf("%s", out)
	}
	if v := parse[verdictsShown](t, s.on("explain", "--receipt", id, "--json", "--as", "Ada B.", "--reason", why)); v.Count != 3 || len(v.Candidates) != 3 {
		t.Errorf("%+v", v)
	}
	if _, errOut, code := s.run(append([]string{"explain", "anna", "--receipt", id, "--as", "Ada B."}, s.stores()...)...); code == 0 || !strings.Contains(errOut, "--receipt") {
		t.Errorf("exit %d %s", code, errOut)
	}
}

func TestAnItemThatWasMovedSaysByWhom(t *testing.T) {
	x := candidate{Item: "a"}
	x.Verdicts = append(x.Verdicts, struct{ Guard, Ruling, Detail string }{"specific", "coarsen", "few"}, struct{ Guard, Ruling, Detail string }{"fair", "demote", "moved back"})
	if got := x.moved(); got != "fair: moved back" {
		t.Errorf("%q", got)
	}
	x.Guard = "purchased"
	if got := x.moved(); got != "" {
		t.Errorf("stopped as well: %q", got)
	}
}

func TestTwoListsAreComparedInWords(t *testing.T) {
	list := func(items ...string) *explained {
		e := &explained{Candidates: []candidate{{Item: "z"}}} // not shown
		for i, item := range items {
			e.Candidates = append(e.Candidates, candidate{Item: item, Place: i + 1})
		}
		return e
	}
	for _, x := range []struct {
		was, is *explained
		want    string
	}{
		{list("a", "b"), list("a", "b"), "Nothing changes."},
		{list("a", "b", "c"), list("b", "a", "d"), "Of 3 items 2 stay, 2 of them in another place. New: d. Gone: c."},
		{list("a"), list(), "Of 1 items 0 stay, 0 of them in another place. Gone: a."},
	} {
		if got := changes(x.was, x.is); got != x.want {
			t.Errorf("%q, want %q", got, x.want)
		}
	}
}
