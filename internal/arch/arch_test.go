// Package arch tests the house: imports go strictly down, stages never import
// each other, every package is listed, and the rules of the house hold.
package arch

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"sort"
	"strings"
	"testing"
)

const module = "github.com/tactful/tactful"

// floors lists every package of the project with its floor. A package may
// import only packages of lower floors; so two stages (floor 4) never meet.
var floors = map[string]int{
	"":                          0, // the public words
	"internal/decision":         1,
	"store":                     1,
	"api":                       1,
	"internal/linear":           1,
	"internal/law":              1,
	"internal/noise":            1,
	"internal/place":            1,
	"internal/files":            1,
	"internal/backup":           2,
	"store/storetest":           2,
	"store/disk":                2,
	"internal/vault":            2,
	"internal/coercion":         2,
	"internal/model":            2,
	"internal/policy":           2,
	"internal/panel":            2,
	"internal/wording":          2,
	"internal/records":          3,
	"internal/ledger":           3,
	"internal/catalog":          3,
	"internal/access":           3,
	"internal/forgotten":        3,
	"internal/ingest":           4,
	"internal/consent":          4,
	"internal/evidence":         4,
	"internal/learn":            4,
	"internal/recommend":        4,
	"internal/guard":            4,
	"internal/explain":          4,
	"internal/rights":           4,
	"internal/label":            4,
	"internal/campaign":         4,
	"internal/experiment":       4,
	"internal/report":           4,
	"internal/evaluate":         5,
	"internal/audit":            6,
	"internal/attack":           5,
	"scandals":                  0,
	"internal/chart":            1,
	"internal/profile":          1,
	"engine":                    6,
	"internal/config":           7,
	"internal/datamap":          7,
	"internal/retail":           6, // the root only; replays play on it
	"internal/replay":           7,
	"internal/web/api/wire":     7,
	"internal/web/shop/picture": 7,
	"internal/retail/prepare":   8,
	"internal/web/door":         7,
	"internal/web/page":         7,
	"internal/web/outbound":     7,
	"internal/web/api":          8,
	"internal/web/segment":      8,
	"internal/web/unsubscribe":  8,
	"internal/web/recombee":     8,
	"internal/web/reference":    8,
	"internal/web/personalize":  8,
	"internal/web/ofrep":        8,
	"client":                    1, // the root only
	"internal/web/shop":         8,
	"internal/web/centre":       8,
	"internal/web/metrics":      8,
	"cmd/tactful":               9,
	"internal/arch":             9,
}

type pkg struct {
	ImportPath   string
	Name         string
	Dir          string
	Imports      []string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Name,Dir,Imports,GoFiles,TestGoFiles,XTestGoFiles", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	decoder := json.NewDecoder(bufio.NewReader(bytes.NewReader(out)))
	for {
		var p pkg
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("only %d packages found: the test looks at the wrong place", len(all))
	}
	return all
}

func inside(importPath string) (string, bool) {
	if importPath == module {
		return "", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

func TestImportsGoStrictlyDown(t *testing.T) {
	for _, p := range packages(t) {
		name, _ := inside(p.ImportPath)
		floor, listed := floors[name]
		if !listed {
			t.Errorf("package %q is not listed: give it a floor in internal/arch/arch_test.go", name)
			continue
		}
		for _, imported := range p.Imports {
			other, ours := inside(imported)
			if !ours {
				continue
			}
			if lower, ok := floors[other]; ok && lower >= floor {
				t.Errorf("%s (floor %d) imports %s (floor %d): move the shared word down, or compose in engine", name, floor, other, lower)
			}
		}
	}
}

func TestEveryListedPackageExists(t *testing.T) {
	exists := map[string]bool{}
	for _, p := range packages(t) {
		name, _ := inside(p.ImportPath)
		exists[name] = true
	}
	var missing []string
	for name := range floors {
		if !exists[name] {
			missing = append(missing, name)
		}
	}
	sort.Strings(missing)
	if len(missing) > 0 {
		t.Errorf("listed but not there: %s; take them off the list", strings.Join(missing, ", "))
	}
}

// TestTheRootImportsTheStandardLibraryOnly keeps the public words free for
// clients: a standard library import path has no dot in its first element.
func TestTheRootImportsTheStandardLibraryOnly(t *testing.T) {
	for _, p := range packages(t) {
		if p.ImportPath != module {
			continue
		}
		for _, imported := range p.Imports {
			first, _, _ := strings.Cut(imported, "/")
			if strings.Contains(first, ".") {
				t.Errorf("the root imports %s: the public words need the standard library only", imported)
			}
		}
	}
}
