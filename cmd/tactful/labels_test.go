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
	if code != 0 || len(all) != 1 || all[0].Items < 3600 || all[0].All.Recall < 0.9 || all[0].All.Precision < 0.8 {
		t.Errorf("exit %d %+v %s", code, all, errOut)
	}
	wrong := s.write("taxonomy.txt", "# Google\n1681 - Health & Beauty > Health Care > Medical Tests > Pregnancy Tests\n")
	if _, errOut, code := s.run("labels", "taxonomy", wrong); code == 0 || !strings.Contains(errOut, "1680") {
		t.Errorf("a copy that numbers anew: exit %d %s", code, errOut)
	}
}
