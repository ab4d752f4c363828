package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// listed reads a file of one JSON object a line.
func listed(t *testing.T, path string) (all []affected) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var a affected
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, a)
	}
	return all
}

func TestABreachIsListedFromTheStoresAndFromAServer(t *testing.T) {
	s := newShell(t)
	s.on("import", "items", s.write("items.csv", "id,title\nA1,First\n"))
	s.agree("anna", "ben", "carl")
	s.on("import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", s.write("events.csv", "userId,action,item,time\nanna,purchased,A1,2026-10-01\nben,purchased,A1,2026-10-01\n"))
	s.on("keys", "create", "--name", "desk", "--scope", "rights", "--operator", "Ada B.")
	shop := strings.TrimSpace(s.on("keys", "create", "--name", "shop", "--scope", "decide", "--scope", "rights"))
	admin := strings.TrimSpace(s.on("keys", "create", "--name", "officer", "--scope", "admin", "--operator", "Dora D."))
	ids := s.write("ids.txt", "anna\nnobody\r\n\nben\n")
	in := func(name string) string { return filepath.Join(s.dir, name) }
	who := []string{"--as", "Dora D.", "--reason", "the key was in a public repository"}
	out := s.on(append([]string{"breach", "--key", "desk", "--out", in("all.jsonl"), "--ids", ids, "--matched", in("some.jsonl"), "--json"}, who...)...)
	x := parse[exposed](t, out)
	if x.People != 3 || x.Could.People != 3 || x.Could.Kinds["history"] != 2 || x.Could.Kinds["consents"] != 3 || x.Did.People != 0 || x.Matched.IDs != 3 || x.Matched.Exposed != 2 || len(x.Affected) != 0 {
		t.Errorf("%s", out)
	}
	all, some := listed(t, in("all.jsonl")), listed(t, in("some.jsonl"))
	if len(all) != 3 || len(some) != 3 || some[0].ID != "anna" || !*some[0].Exposed || *some[1].Exposed || some[1].Reference != "" || some[2].ID != "ben" {
		t.Errorf("%+v\n%+v", all, some)
	}
	known := map[string]bool{}
	for _, a := range all {
		known[a.Reference] = a.ID == "" && len(a.Could) > 0
	}
	if !known[some[0].Reference] || !known[some[2].Reference] {
		t.Errorf("the references do not agree: %+v %+v", all, some)
	}
	if info, err := os.Stat(in("all.jsonl")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the list can be read by others: %v %v", info.Mode(), err)
	}
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"a list is not written over":        {[]string{"--key", "desk", "--out", in("all.jsonl")}, "there already"},
		"ids are not matched without a why": {[]string{"--key", "desk", "--out", in("a"), "--ids", ids, "--matched", in("b")}, "--as"},
		"a key that is not there":           {[]string{"--key", "nobody", "--out", in("c")}, "no key has this id or name"},
		"a time that is none":               {[]string{"--key", "desk", "--since", "yesterday", "--out", in("d")}, "--since"},
		"the future":                        {[]string{"--key", "desk", "--since", "2126-01-01", "--out", in("e")}, "future"},
	} {
		if _, errOut, code := s.run(append(append([]string{"breach"}, c.args...), s.stores()...)...); code != 1 || !strings.Contains(errOut, c.says) {
			t.Errorf("%s: exit %d %s", name, code, errOut)
		}
	}
	url := s.serving(t)
	if got := status(t, "GET", url+"/v1/subjects/anna/history", shop); got != 200 {
		t.Fatal(got)
	}
	t.Setenv("TACTFUL_KEY", admin)
	out, errOut, code := s.run("breach", "--key", "shop", "--out", in("shop.jsonl"), "--ids", ids, "--matched", in("shop2.jsonl"), "--reason", "the key was in a public repository", "--url", url)
	if code != 0 || !strings.Contains(out, "Could have read 3 of 3 people; is on record to have read 1.") || !strings.Contains(out, "in force: revoke it now") || !strings.Contains(out, "Of 3 ids 2 are exposed") {
		t.Errorf("exit %d %s %s", code, out, errOut)
	}
	did := 0
	for _, a := range listed(t, in("shop.jsonl")) {
		if len(a.Did) > 0 {
			did++
		}
	}
	if did != 1 {
		t.Errorf("%d people were read", did)
	}
	looks, _, _ := s.run("looks", "ben", "--reason", "to see who looked ben up", "--url", url, "--json")
	if n := strings.Count(looks, "exposure"); n != 2 { // both checks
		t.Errorf("ben sees %d checks: %s", n, looks)
	}
	if strings.Contains(fmt.Sprint(errOut), "anna") {
		t.Errorf("the progress names somebody: %s", errOut)
	}
}
