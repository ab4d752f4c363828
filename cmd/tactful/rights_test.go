package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tactful/tactful/internal/rights"
)

// asWho are the flags of somebody who types a command about a person.
func asWho(name string, words ...string) []string {
	return append(words, "--as", name, "--reason", "she wrote us a letter")
}

func TestRightsAtTheMachine(t *testing.T) {
	s := newShell(t)
	s.agree("anna")
	if out, errOut, code := s.run(append([]string{"rights", "list"}, s.stores()...)...); code != 1 || out != "" || !strings.Contains(errOut, "--as") {
		t.Errorf("without a name: exit %d %s", code, errOut)
	}
	r := parse[rightLine](t, s.on(asWho("Ada B.", "rights", "open", "anna", "restriction", "--region", "DE", "--proof", "her signature", "--json")...))
	if r.Request.State != "waiting" || r.Request.Law == "" || r.Request.Due.IsZero() {
		t.Fatalf("%+v", r)
	}
	if _, errOut, code := s.run(append(append([]string{"rights", "release", r.Request.ID}, s.stores()...), "--as", "ada b.")...); code != 1 || !strings.Contains(errOut, "never released by who entered it") {
		t.Errorf("released by the same: exit %d %s", code, errOut)
	}
	if list := s.on("rights", "list", "--as", "Bob C."); !strings.Contains(list, r.Request.ID) || !strings.Contains(list, "a second operator") || strings.Contains(list, "anna") {
		t.Errorf("%s", list)
	}
	if done := parse[queuedLine](t, s.on("rights", "release", r.Request.ID, "--as", "Bob C.", "--json")); done.State != "done" || done.Released.Name != "Bob C." {
		t.Errorf("%+v", done)
	}
	if now := s.on(asWho("Bob C.", "rights", "control", "anna", "show", "--json")...); !strings.Contains(now, `"restricted": true`) {
		t.Errorf("%s", now)
	}
	if of := s.on(asWho("Bob C.", "rights", "of", "anna")...); !strings.Contains(of, "her signature") {
		t.Errorf("%s", of)
	}

	proving := parse[rightLine](t, s.on(asWho("Ada B.", "rights", "open", "anna", "access", "--json")...))
	link := parse[struct{ URL, Token string }](t, s.on(asWho("Ada B.", "link", "--subject", "anna", "--base", "https://privacy.shop.example", "--request", proving.Request.ID, "--json")...))
	if proving.Request.State != "proving" || !strings.HasPrefix(link.URL, "https://privacy.shop.example/privacy/proof/") {
		t.Errorf("%s %s", proving.Request.State, link.URL)
	}
	if out, errOut, code := s.run(asWho("Ada B.", append([]string{"link", "--subject", "nobody", "--base", "https://x.example"}, s.stores()...)...)...); code != 1 || out != "" || strings.Contains(errOut, "nobody\"") {
		t.Errorf("a link to nobody: exit %d %s", code, errOut)
	}
}

// TestACopyExplainsEachOfItsFields: whatever is in the copy, the data map says
// what it is, where it comes from and for how long it is kept.
func TestACopyExplainsEachOfItsFields(t *testing.T) {
	s := newShell(t)
	s.agree("anna")
	text := s.on(asWho("Ada B.", "rights", "export", "anna")...)
	var c rights.Copy
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	explained := map[string]rights.Explained{}
	for _, e := range c.Explained {
		explained[e.Record] = e
		if e.Means == "" || len(e.Keep) == 0 || len(e.Fields) == 0 && e.Record != "panel" { // whose fields the configuration declares
			t.Errorf("%+v is not whole", e)
		}
		for _, f := range e.Fields {
			if f.Means == "" || f.Source == "" || len(f.Serves) == 0 {
				t.Errorf("%s: %+v is not whole", e.Record, f)
			}
		}
	}
	for _, section := range []string{"standing", "consent", "event", "setting", "preferences", "contribution", "receipt", "report", "name", "right", "look", "ledger"} {
		if explained[section].Record == "" {
			t.Errorf("%s is not explained", section)
		}
	}
	file := filepath.Join(t.TempDir(), "copy.html")
	s.on(asWho("Ada B.", "rights", "export", "anna", "--format", "html", "--language", "de", "-o", file)...)
	page, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(page), `lang="de"`) || !strings.Contains(string(page), "your level") && !strings.Contains(string(page), "Stufe") {
		t.Errorf("%v\n%.400s", err, page)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read it: %v", err)
	}
	portable := filepath.Join(t.TempDir(), "portable.json")
	s.on(asWho("Ada B.", "rights", "export", "anna", "--format", "portable", "-o", portable)...)
	_, errOut, code := s.run(append(asWho("Ada B.", "rights", "import", "anna-2", portable), s.stores()...)...)
	if code != 1 || !strings.Contains(errOut, "an operator alone does not") {
		t.Errorf("an operator alone says yes for somebody: exit %d %s", code, errOut)
	}
	asked := parse[rightLine](t, s.on(asWho("Ada B.", "rights", "open", "anna-2", "import", "--file", portable, "--text", "here is my file", "--proof", "her passport", "--json")...))
	taken := s.on(asWho("Bob C.", "rights", "import", "anna-2", portable, "--request", asked.Request.ID)...)
	if asked.Request.State != "waiting" || !strings.HasPrefix(taken, "2 consent records") {
		t.Errorf("two operators: %s, %s", asked.Request.State, taken)
	}
}

func TestRightsThroughAServer(t *testing.T) {
	s := newShell(t)
	s.agree("anna")
	key := func(name, operator string) string {
		return strings.TrimSpace(s.on("keys", "create", "--name", name, "--scope", "rights", "--operator", operator))
	}
	ada, bob := key("ada", "Ada B."), key("bob", "Bob C.")
	url := s.serving(t)
	on := func(key string, words ...string) string {
		t.Helper()
		out, errOut, code := s.run(append(words, "--url", url, "--key", key, "--reason", "she wrote us a letter")...)
		if code != 0 {
			t.Fatalf("%v: exit %d %s", words, code, errOut)
		}
		return out
	}
	r := parse[rightLine](t, on(ada, "rights", "open", "anna", "objection", "--proof", "her signature", "--json"))
	if _, errOut, code := s.run("rights", "release", r.Request.ID, "--url", url, "--key", ada); code != 1 || !strings.Contains(errOut, "never released") {
		t.Errorf("exit %d %s", code, errOut)
	}
	if done := parse[queuedLine](t, on(bob, "rights", "release", r.Request.ID, "--json")); done.State != "done" {
		t.Errorf("%+v", done)
	}
	if _, errOut, code := s.run("rights", "control", "anna", "unobject", "--url", url, "--key", bob, "--reason", "she wrote us a letter"); code != 1 || !strings.Contains(errOut, "rights open ID lifting") {
		t.Errorf("exit %d %s", code, errOut)
	}
	again := parse[rightLine](t, on(ada, "rights", "open", "anna", "lifting", "--lift", "objection", "--text", "send me offers", "--proof", "her signature", "--json"))
	yes := parse[rightLine](t, on(ada, "rights", "open", "anna", "consent", "--yes", "offers", "--yes", "experiments", "--level", "full", "--text", "yes to both", "--proof", "her signature", "--json"))
	for _, r := range []rightLine{again, yes} {
		if done := parse[queuedLine](t, on(bob, "rights", "release", r.Request.ID, "--json")); done.State != "done" {
			t.Errorf("%+v", done)
		}
	}
	if got := on(ada, "rights", "show", yes.Request.ID); !strings.Contains(got, "yes to both") || !strings.Contains(got, "experiments") {
		t.Errorf("%s", got)
	}
	copied := on(ada, "rights", "export", "anna")
	if !strings.Contains(copied, `"method":"letter"`) && !strings.Contains(copied, `"method": "letter"`) || !strings.Contains(copied, `"Ada B."`) {
		t.Error("the copy does not say how the yes came and who entered it")
	}
	if now := on(bob, "rights", "control", "anna", "object", "--json"); !strings.Contains(now, "objected") {
		t.Errorf("%s", now)
	}
	if now := on(bob, "rights", "control", "anna", "pause", "--json"); !strings.Contains(now, "objected") || !strings.Contains(now, "pausedUntil") {
		t.Errorf("%s", now)
	}
	if copy := on(ada, "rights", "export", "anna"); !strings.Contains(copy, `"Bob C."`) {
		t.Error("the copy does not say who worked on it")
	}
}
