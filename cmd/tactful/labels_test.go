package main

import (
	"strings"
	"testing"
)

func TestLabelsAreListedReviewedAndExplainedFromTheCommandLine(t *testing.T) {
	s := newShell(t)
	items := s.write("items.csv", "id,title,categories\ntest,Pregnancy test,Drugstore\npills,Antibabypillen,Drugstore\nlamp,Desk lamp,Home\n")
	s.on("import", "items", items)
	if out := s.on("labels", "list", "--as", "Ada B."); !strings.Contains(out, "pregnancy") || !strings.Contains(out, "misinformation") || !strings.Contains(out, "searched") {
		t.Errorf("classes: %s", out)
	}
	if out := s.on("labels", "list", "--class", "pregnancy", "--as", "Ada B."); !strings.Contains(out, "pregnan*") || !strings.Contains(out, "pills") {
		t.Errorf("items of a class: %s", out)
	}
	if out := s.on("labels", "review", "--as", "Ada B."); !strings.Contains(out, "pills") || strings.Contains(out, "lamp") || !strings.Contains(out, "classifier") {
		t.Errorf("the queue: %s", out)
	}
	if out := s.on("labels", "review", "test", "pregnancy", "--reject", "--why", "a toy", "--as", "Ada B."); !strings.Contains(out, "second operator") {
		t.Errorf("the first: %s", out)
	}
	args := append([]string{"labels", "review", "test", "pregnancy", "--reject", "--why", "a toy", "--as", "ADA b."}, s.stores()...)
	if _, errOut, code := s.run(args...); code == 0 || !strings.Contains(errOut, "two people") {
		t.Errorf("the same person again: exit %d %s", code, errOut)
	}
	if out := s.on("labels", "review", "test", "pregnancy", "--reject", "--why", "a toy indeed", "--as", "Ben"); !strings.Contains(out, "is not pregnancy any more") {
		t.Errorf("the second: %s", out)
	}
	if out := s.on("labels", "why", "test", "--as", "Ben"); !strings.Contains(out, "taken") || !strings.Contains(out, "Ada B.: is_not (a toy)") {
		t.Errorf("why: %s", out)
	}
	if out := s.on("labels", "why", "lamp", "--as", "Ben"); !strings.Contains(out, "no class") {
		t.Errorf("why of a lamp: %s", out)
	}
	if out := s.on("labels", "review", "lamp", "health", "--accept", "--why", "a therapy lamp", "--as", "Ben", "--json"); !strings.Contains(out, `"state":"given"`) {
		t.Errorf("given: %s", out)
	}
}

func TestLabelsAreMeasuredAndTheTaxonomyIsCompared(t *testing.T) {
	s := newShell(t)
	out, errOut, code := s.run("labels", "measure", "--json")
	all := parse[[]labelsMeasured](t, out)
	if code != 0 || len(all) != 3 || all[0].Items+all[1].Items < 3600 {
		t.Fatalf("exit %d %+v %s", code, all, errOut)
	}
	if all[1].Items < 900 || all[1].Items > 1300 || all[1].All.Items < 10 {
		t.Errorf("three tenths are held out: %+v", all[1])
	}
	for _, part := range all[:2] {
		if part.All.Recall < 0.85 || part.All.Precision < 0.75 {
			t.Errorf("%s: %+v", part.Data, part.All)
		}
	}
	if all[2].Items < 100 || all[2].All.Items < 5 {
		t.Errorf("what was never seen: %+v", all[2])
	}
	other, _, _ := s.run("labels", "measure", "--json", "--seed", "27")
	if again := parse[[]labelsMeasured](t, other); again[1].Items == all[1].Items && again[1].All == all[1].All {
		t.Error("another seed holds out the same part")
	}
	wrong := s.write("taxonomy.txt", "# Google\n1681 - Health & Beauty > Health Care > Medical Tests > Pregnancy Tests\n")
	if _, errOut, code := s.run("labels", "taxonomy", wrong); code == 0 || !strings.Contains(errOut, "1680") {
		t.Errorf("a copy that numbers anew: exit %d %s", code, errOut)
	}
}
