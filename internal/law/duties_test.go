package law

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryNamedTestExists(t *testing.T) {
	sources := map[string]string{}
	source := func(pkg string) string {
		if text, ok := sources[pkg]; ok {
			return text
		}
		files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(pkg), "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
		sources[pkg] = all.String()
		return sources[pkg]
	}
	proofs := 0
	for _, d := range AllDuties() {
		if len(d.Shown) == 0 && d.Waits == "" {
			t.Errorf("%s %s is shown by nothing and waits for nothing", d.Law, d.Article)
		}
		if d.Law == "" || d.Must == "" || len(d.Places) == 0 {
			t.Errorf("not whole: %+v", d)
		}
		for _, place := range d.Places {
			if place != everywhere && !Known(place) {
				t.Errorf("%s %s holds in %q, which has no row", d.Law, d.Article, place)
			}
		}
		for _, p := range d.Shown {
			proofs++
			if !strings.Contains(source(p.Package), "func "+p.Test+"(t *testing.T)") {
				t.Errorf("%s %s: there is no %s in %s: name the test that shows it now, or say what the duty waits for", d.Law, d.Article, p.Test, p.Package)
			}
		}
	}
	if proofs < 50 {
		t.Errorf("only %d tests are named", proofs)
	}
	if strings.Contains(source("internal/law"), "func TestThatNobody"+"Wrote(t *testing.T)") { // the positive control
		t.Error("a test that does not exist is found")
	}
}

// TestEachLawOfTheTableIsCovered holds the list against the articles that the
// project set out to keep to.
func TestEachLawOfTheTableIsCovered(t *testing.T) {
	var all strings.Builder
	for _, d := range AllDuties() {
		all.WriteString(d.Law + " " + d.Article + "\n")
	}
	for _, want := range []string{
		"GDPR 5(1)", "GDPR 6, 7", "8", "GDPR 9", "GDPR 12(3)", "GDPR 13, 14", "15", "16", "GDPR 17", "GDPR 18", "20", "GDPR 19", "GDPR 21(2)", "22", "GDPR 25", "GDPR 30, 35",
		"GDPR 32", "GDPR 33", "5(3)", "13;", "7025", "7021", "7027", "7200", "Digital Services Act 25", "26(1)(d)", "26(3), 28(2)", "27, 38", "28 (guidelines", "39",
		"AI Act 5(1)", "50(1)", "4a", "COPPA", "Age appropriate design code",
	} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("nothing about %s", want)
		}
	}
}

func TestDutiesHoldWhereTheirLawDoes(t *testing.T) {
	speaks := func(region, law string) bool {
		for _, d := range Duties(region) {
			if strings.Contains(d.Law, law) {
				return true
			}
		}
		return false
	}
	for _, c := range []struct {
		region, law string
		want        bool
	}{
		{"DE", "Digital Services Act", true}, {"DE-BY", "Digital Services Act", true}, {"NO", "Digital Services Act", true}, {"GB", "Digital Services Act", false},
		{"GB", "Age appropriate design code", true}, {"DE", "Age appropriate design code", false}, {"US-CA", "CCPA", true}, {"US-TX", "state laws", true},
		{"US-TX", "California Civil Code", false}, {"US", "California Civil Code", true}, {"US-WY", "California Civil Code", true}, {"DE", "CCPA regulations; state laws", false}, {"JP", "GDPR", true}, {"JP", "COPPA", false},
	} {
		if got := speaks(c.region, c.law); got != c.want {
			t.Errorf("%s in %s: %v", c.law, c.region, got)
		}
	}
	if len(Duties("")) != len(AllDuties()) {
		t.Error("in a place that is unknown something does not apply")
	}
}
