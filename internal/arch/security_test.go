package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryTestOfTheSecurityPageExists reads docs/SECURITY.md: each threat names
// the test that shows what stands in its way, or says that it is open.
func TestEveryTestOfTheSecurityPageExists(t *testing.T) {
	root := moduleRoot(t)
	text, err := os.ReadFile(filepath.Join(root, "docs", "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z0-9/]+) (Test\\w+)`")
	threats, tests := 0, 0
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| threat") {
			continue
		}
		threats++
		shown := named.FindAllStringSubmatch(line, -1)
		if len(shown) == 0 && !strings.Contains(line, "*Open") {
			t.Errorf("shown by nothing, and not said to be open: %.80s", line)
		}
		for _, match := range shown {
			tests++
			files, err := filepath.Glob(filepath.Join(root, match[1], "*_test.go"))
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, file := range files {
				source, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				found = found || strings.Contains(string(source), "func "+match[2]+"(t *testing.T)")
			}
			if !found {
				t.Errorf("docs/SECURITY.md names %s of %s, which is not there", match[2], match[1])
			}
		}
	}
	if threats < 15 || tests < 30 {
		t.Errorf("only %d threats and %d tests were read: the test looks at the wrong place", threats, tests)
	}
	t.Logf("%d threats, %d tests", threats, tests)
}
