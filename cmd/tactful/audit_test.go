package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/tactful/tactful/internal/audit"
)

// TestListsOfThreeKindsAreAudited makes lists of plain EASE, of bestsellers and of
// ours from the same history, and holds them to what must come out.
func TestListsOfThreeKindsAreAudited(t *testing.T) {
	s := newShell(t)
	found := map[string]map[string]float64{}
	for _, kind := range []string{"plain", "bestsellers", "ours"} {
		args := []string{"audit", "--make", kind, "--lists", filepath.Join(s.dir, kind+".csv"), "--html", filepath.Join(s.dir, kind+".html"), "--json"}
		for _, file := range []string{"items", "history", "held", "attribute"} {
			args = append(args, "--"+file, filepath.Join("testdata", "audit", file+".csv"))
		}
		out, errOut, code := s.run(args...)
		report := parse[audit.Report](t, out)
		if code != 0 && code != 1 || report.People != 260 || (code == 0) != report.Met() {
			t.Fatalf("%s: exit %d %s %s", kind, code, out, errOut)
		}
		found[kind] = map[string]float64{}
		for _, f := range report.Figures {
			found[kind][f.Name] = f.Value
		}
		if page := s.read(filepath.Join(s.dir, kind+".html")); !strings.Contains(page, "<svg") || strings.Contains(page, "p017") {
			t.Errorf("%s: %.200s", kind, page)
		}
		t.Logf("%s: %v", kind, found[kind])
	}
	plain, best, ours := found["plain"], found["bestsellers"], found["ours"]
	if ours["shortened lists"] > 0.05 || ours["NDCG@10"] < 0.9*plain["NDCG@10"] {
		t.Errorf("ours are paid for with accuracy or short lists: %v", ours)
	}
	if ours["calibration KL"] >= plain["calibration KL"] || ours["AUC of the strongest attacker"] >= plain["AUC of the strongest attacker"] {
		t.Errorf("ours are no better than plain ones: %v, %v", ours, plain)
	}
	if best["items never shown"] < 0.5 || best["AUC of the strongest attacker"] < 0.6 {
		t.Errorf("bestsellers that hide what you own are known to tell of it: %v", best)
	}
}

func TestAnAuditNeedsItsFiles(t *testing.T) {
	s := newShell(t)
	items, history := s.write("i.csv", "item\na\n"), s.write("h.csv", "person,item\np,a\n")
	if _, errOut, code := s.run("audit", "--items", items, "--history", history); code != 1 || !strings.Contains(errOut, "--lists") {
		t.Errorf("exit %d %s", code, errOut)
	}
	if _, errOut, code := s.run("audit", "--items", items, "--history", history, "--lists", s.write("l.csv", "person\np\n")); code != 1 || !strings.Contains(errOut, "no column item") {
		t.Errorf("exit %d %s", code, errOut)
	}
}
