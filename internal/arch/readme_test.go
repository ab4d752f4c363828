package arch

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func moduleRoot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatalf("go list -m: %v", err)
	}
	return strings.TrimSpace(string(out))
}

func tracked(t *testing.T, root string) []string {
	t.Helper()
	command := exec.Command("git", "ls-files")
	command.Dir = root
	out, err := command.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v (the check runs in a clone)", err)
	}
	return strings.Fields(string(out))
}

// TestTheQuestionTableNamesFilesThatExist reads the README's table
// "question -> file", so that it cannot lead a newcomer astray.
func TestTheQuestionTableNamesFilesThatExist(t *testing.T) {
	root := moduleRoot(t)
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| .*\\? \\| `([^`]+)`")
	rows := row.FindAllStringSubmatch(string(text), -1)
	if len(rows) < 15 {
		t.Fatalf("the README's question table has %d rows, expected at least 15", len(rows))
	}
	for _, match := range rows {
		if _, err := os.Stat(filepath.Join(root, match[1])); err != nil {
			t.Errorf("the README sends people to %s, which is not there", match[1])
		}
	}
}

// TestEveryDirectDependencyHasItsReason reads docs/decisions/0001-dependencies.md.
func TestEveryDirectDependencyHasItsReason(t *testing.T) {
	root := moduleRoot(t)
	note, err := os.ReadFile(filepath.Join(root, "docs", "decisions", "0001-dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{if not (or .Indirect .Main)}}{{.Path}}{{end}}", "all").Output()
	if err != nil {
		t.Fatalf("go list -m all: %v", err)
	}
	direct := strings.Fields(string(out))
	if len(direct) < 5 || len(direct) > 24 {
		t.Errorf("%d direct dependencies; the budget is 24", len(direct))
	}
	for _, path := range direct {
		if !strings.Contains(string(note), "`"+path+"`") {
			t.Errorf("docs/decisions/0001-dependencies.md has no line for %s: write why it is needed", path)
		}
	}
}
