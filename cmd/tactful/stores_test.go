package main

import (
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeysAreCreatedListedRevokedAndRotated(t *testing.T) {
	s := newShell(t)
	made := parse[map[string]string](t, s.on("keys", "create", "--name", "shop", "--scope", "write", "--scope", "decide", "--json"))
	if made["name"] != "shop" || len(made["key"]) < 20 {
		t.Fatalf("%v", made)
	}
	plain := s.on("keys", "create", "--name", "page", "--scope", "browser", "--origin", "https://shop.example")
	if lines := strings.Fields(plain); len(lines) != 1 || len(lines[0]) < 20 {
		t.Errorf("a new key prints %q", plain)
	}
	type key struct {
		ID, Name, Revoked string
		Scopes, Origins   []string
	}
	text := s.on("keys", "list", "--json")
	if strings.Contains(text, made["key"]) || strings.Contains(text, strings.TrimSpace(plain)) {
		t.Error("the list shows a key")
	}
	keys := map[string]key{}
	for _, k := range parse[[]key](t, text) {
		keys[k.Name] = k
	}
	if k := keys["shop"]; len(k.Scopes) != 2 || k.Revoked != "" || k.ID == "" {
		t.Errorf("%+v", k)
	}
	if k := keys["page"]; len(k.Origins) != 1 || k.Origins[0] != "https://shop.example" {
		t.Errorf("%+v", k)
	}
	if done := parse[map[string]string](t, s.on("keys", "revoke", "shop", "--json")); done["revoked"] != "shop" {
		t.Errorf("%v", done)
	}
	for _, k := range parse[[]key](t, s.on("keys", "list", "--json")) {
		if (k.Name == "shop") != (k.Revoked != "") {
			t.Errorf("after the revocation: %+v", k)
		}
	}
	for _, args := range [][]string{
		{"keys", "revoke", "nobody"},
		{"keys", "create", "--name", "x", "--scope", "everything"},
		{"keys", "create", "--name", "x", "--scope", "browser", "--scope", "admin"},
	} {
		if _, errOut, code := s.run(append(args, s.stores()...)...); code != 1 || errOut == "" {
			t.Errorf("tactful %s: exit %d %s", strings.Join(args, " "), code, errOut)
		}
	}
	before := s.read(filepath.Join(s.dir, "keys", "keyset.json"))
	if out := s.on("keys", "rotate"); !strings.Contains(out, "rotated") {
		t.Errorf("rotate says %q", out)
	}
	if s.read(filepath.Join(s.dir, "keys", "keyset.json")) == before {
		t.Error("the key set is the same after the rotation")
	}
	if left := parse[[]key](t, s.on("keys", "list", "--json")); len(left) != 2 {
		t.Errorf("after the rotation %d keys are left", len(left))
	}
}

func TestTheDoctorSaysInWordsWhyNothingIsPersonalized(t *testing.T) {
	s := newShell(t)
	for _, want := range []string{"The catalogue is empty", "no model yet", "No events have arrived yet", "Nobody is on record"} {
		if out := s.on("doctor"); !strings.Contains(out, want) {
			t.Errorf("an empty store: %q is not in:\n%s", want, out)
		}
	}
	s.on("import", "items", s.write("items.csv", "id,title\nA1,First\nA2,Second\n"))
	s.agree("anna")
	lines := "userId,action,item,time\n"
	for i := range 100 {
		who := fmt.Sprintf("stranger-%d", i)
		if i < 2 {
			who = "anna"
		}
		lines += fmt.Sprintf("%s,viewed,A%d,2026-10-0%d\n", who, 1+i%2, 1+i%9)
	}
	s.on("import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", s.write("events.csv", lines))
	out := s.on("doctor")
	for _, want := range []string{
		"98 % of events refused: no consent for recommendations (no_subject). Remedy: ",
		"100 % of 1 people get recommendations from what they did.",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
	d := parse[struct {
		Subjects, Permitted, Accepted int
		Refusals                      map[string]int
		Sentences                     []string
	}](t, s.on("doctor", "--json"))
	if d.Subjects != 1 || d.Permitted != 1 || d.Accepted != 2 || d.Refusals["no_subject"] != 98 || len(d.Sentences) == 0 {
		t.Errorf("%+v", d)
	}
	if strings.Contains(out, "stranger-") || strings.Contains(out, "anna") {
		t.Errorf("the doctor names people:\n%s", out)
	}
}

func TestTrainAndModelTellTheSameStory(t *testing.T) {
	s := newShell(t)
	if _, errOut, code := s.run(append([]string{"model"}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "no model yet") {
		t.Errorf("before the first fit: exit %d %s", code, errOut)
	}
	var people []string
	items, events := "id,title\n", "userId,action,item,time\n"
	for i := range 12 {
		items += fmt.Sprintf("A%d,Thing %d\n", i, i)
	}
	for i := range 30 {
		who := fmt.Sprintf("p%d", i)
		people = append(people, who)
		for n := range 4 {
			events += fmt.Sprintf("%s,purchased,A%d,2026-10-01\n", who, (i%3)*4+n)
		}
	}
	s.on("import", "items", s.write("items.csv", items))
	s.agree(people...)
	s.on("import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", s.write("events.csv", events))
	type report struct {
		People, Items, Weights int
		Model                  string
	}
	first := parse[report](t, s.on("train", "--json"))
	if first.People != 30 || first.Items != 12 || first.Weights == 0 || len(first.Model) != 64 {
		t.Errorf("%+v", first)
	}
	if again := parse[report](t, s.on("train", "--json")); again != first {
		t.Errorf("trained again in another process: %+v, before %+v", again, first)
	}
	if out := s.on("model", "--json"); !strings.Contains(out, first.Model) {
		t.Errorf("the card does not name the model: %s", out)
	}
	zeros := s.write("zeros.yaml", "engine: {learn: {rank: 0, dropout: 0, user_exponent: 0}}\n")
	if other := parse[report](t, s.on("train", "--config", zeros, "--json")); other.Model == first.Model || other.People != 30 {
		t.Errorf("with other settings: %+v", other)
	}
	card := parse[struct {
		Settings struct{ Rank, Dropout, Exponent, Ridge float64 }
	}](t, s.on("model", "--config", zeros, "--json")).Settings
	if card.Rank != 0 || card.Dropout != 0 || card.Exponent != 0 || card.Ridge == 0 {
		t.Errorf("zeros are not zero: %+v", card)
	}
}

func TestEvaluateMeasuresTheModelAndTheWholePath(t *testing.T) {
	s := newShell(t)
	var train, test strings.Builder
	for person := range 180 {
		fmt.Fprint(&train, person)
		for n := range 8 { // ten items of a kind; two of them are held out
			if n != person/3%8 {
				fmt.Fprint(&train, " ", person%3*10+n)
			}
		}
		fmt.Fprintf(&train, " %d\n", 30+person%5)
		fmt.Fprintf(&test, "%d %d\n", person, person%3*10+person/3%8)
	}
	trainFile, testFile := filepath.Join(s.dir, "train.txt.gz"), s.write("test.txt", test.String())
	file, err := os.Create(trainFile)
	if err != nil {
		t.Fatal(err)
	}
	packed := gzip.NewWriter(file)
	if _, err := packed.Write([]byte(train.String())); err != nil {
		t.Fatal(err)
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	out, errOut, code := s.run("evaluate", "--train", trainFile, "--test", testFile, "--support", "1", "--through", "engine", "--baselines", "--json")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	report := parse[struct {
		People, Items int
		Model         string
		Rows          []struct {
			Name         string
			Recall, NDCG float64
		}
	}](t, out)
	if report.People != 180 || len(report.Model) != 64 || len(report.Rows) < 3 {
		t.Fatalf("%s", out)
	}
	figures := map[string]float64{}
	for _, row := range report.Rows {
		figures[row.Name] = row.Recall
		if row.Recall <= 0 || row.Recall > 1 || row.NDCG <= 0 || row.NDCG > 1 {
			t.Errorf("%+v", row)
		}
	}
	engine := figures["local ridge through the engine"]
	if model := report.Rows[0].Recall; engine < 0.9 || engine != model {
		t.Errorf("model %g, through the engine %g of a test that both can know", model, engine)
	}
	table, _, code := s.run("evaluate", "--train", trainFile, "--test", testFile, "--support", "1")
	if code != 0 || !strings.Contains(table, "ecall") {
		t.Errorf("exit %d: %s", code, table)
	}
	for _, args := range [][]string{
		{"evaluate", "--train", trainFile, "--test", s.write("bad.txt", "0 1\n1 x\n")},
		{"evaluate", "--train", filepath.Join(s.dir, "none"), "--test", testFile},
		{"evaluate", "--train", trainFile, "--test", testFile, "--dropout", "7"},
	} {
		if _, errOut, code := s.run(args...); code != 1 || errOut == "" {
			t.Errorf("tactful %s: exit %d %s", strings.Join(args, " "), code, errOut)
		}
	}
}
