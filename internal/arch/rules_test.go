package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// source visits every non-test Go file of the project, parsed, except generated ones.
func source(t *testing.T, visit func(name string, set *token.FileSet, file *ast.File)) {
	t.Helper()
	seen := 0
	for _, p := range packages(t) {
		name, _ := inside(p.ImportPath)
		for _, base := range p.GoFiles {
			path := filepath.Join(p.Dir, base)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text[:min(len(text), 200)]), "DO NOT EDIT") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, text, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			seen++
			visit(name+"/"+base, set, file)
		}
	}
	if seen < 50 {
		t.Fatalf("only %d files visited: the test looks at the wrong place", seen)
	}
}

// outside lists what is allowed to touch the world: doors and commands.
func outside(name string) bool {
	return strings.HasPrefix(name, "cmd/") || strings.HasPrefix(name, "internal/web/") ||
		strings.HasPrefix(name, "/clock.go") || strings.HasSuffix(strings.TrimSuffix(name, "/main.go"), "/prepare")
}

func TestTimeChanceAndExitComeFromOutside(t *testing.T) {
	forbidden := map[string]string{
		"time.Now":           "take a tactful.Clock or a time.Time",
		"time.Since":         "take a tactful.Clock",
		"context.Background": "pass the caller's context on",
		"os.Exit":            "return an error",
		"log.Fatal":          "return an error",
		"log.Fatalf":         "return an error",
	}
	source(t, func(name string, set *token.FileSet, file *ast.File) {
		if outside(name) || strings.HasPrefix(name, "store/storetest/") {
			return
		}
		imports := map[string]bool{}
		for _, spec := range file.Imports {
			imports[strings.Trim(spec.Path.Value, `"`)] = true
		}
		if imports["math/rand"] {
			t.Errorf("%s imports math/rand: pass a seeded source (math/rand/v2) or an io.Reader", name)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			if ident, ok := call.Fun.(*ast.Ident); ok && ident.Name == "panic" {
				t.Errorf("%s: panic below cmd: return an error", set.Position(call.Pos()))
			}
			selector, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if left, ok := selector.X.(*ast.Ident); ok {
				if remedy, bad := forbidden[left.Name+"."+selector.Sel.Name]; bad {
					t.Errorf("%s: %s.%s below the doors: %s", set.Position(call.Pos()), left.Name, selector.Sel.Name, remedy)
				}
			}
			return true
		})
	})
}

func TestUnfinishedWordsNameAnIssue(t *testing.T) {
	naked := regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)
	numbered := regexp.MustCompile(`TODO\(#\d+\)`)
	source(t, func(name string, set *token.FileSet, file *ast.File) {
		for _, group := range file.Comments {
			for _, comment := range group.List {
				if naked.MatchString(comment.Text) && !numbered.MatchString(comment.Text) {
					t.Errorf("%s: %q: write TODO(#issue) or finish it", set.Position(comment.Pos()), comment.Text)
				}
			}
		}
	})
}

func TestNoRoomHasANameThatSaysNothing(t *testing.T) {
	for _, p := range packages(t) {
		switch p.Name {
		case "util", "utils", "common", "helper", "helpers", "manager", "misc", "pkg", "mock", "base":
			t.Errorf("package %s: name it after a noun or verb of the domain", p.ImportPath)
		}
	}
}

// TestNoTrackedFileNamesAMachineOrARegistry keeps the project free of where it was built.
func TestNoTrackedFileNamesAMachineOrARegistry(t *testing.T) {
	root := moduleRoot(t)
	place := regexp.MustCompile(`/(work|root|farm)/[a-z]|/tmp/(bash_jobs|plan)|registry\.npmjs\.org|proxy\.golang\.org|deb\.debian\.org|files\.pythonhosted\.org`)
	for _, path := range tracked(t, root) {
		if strings.HasSuffix(path, "rules_test.go") {
			continue
		}
		info, err := os.Stat(filepath.Join(root, path))
		if err != nil || info.Size() > 1<<20 || info.IsDir() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		if at := place.FindIndex(text); at != nil {
			t.Errorf("%s names a place of a machine or a registry host (%q): take it out", path, text[at[0]:at[1]])
		}
	}
}

// TestCSVLeavesInOneWay: a cell that a spreadsheet would run is made harmless in
// one place, which nobody goes around.
func TestCSVLeavesInOneWay(t *testing.T) {
	found := 0
	source(t, func(name string, set *token.FileSet, file *ast.File) {
		ast.Inspect(file, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok || selector.Sel.Name != "NewWriter" {
				return true
			}
			if left, ok := selector.X.(*ast.Ident); ok && left.Name == "csv" {
				if found++; !strings.HasSuffix(name, "internal/rights/table.go") {
					t.Errorf("%s: csv.NewWriter: use rights.NewTable, which makes formulas harmless", set.Position(selector.Pos()))
				}
			}
			return true
		})
	})
	if found == 0 {
		t.Error("no writer of CSV was found: the test looks at the wrong place")
	}
}
