package arch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// nobodysDoors import the engine and show nothing of anybody.
var nobodysDoors = map[string]bool{"internal/web/door": true, "internal/web/metrics": true}

// TestEveryDoorSaysWhoActs keeps a new door from opening people's data as
// somebody who is not named.
func TestEveryDoorSaysWhoActs(t *testing.T) {
	doors := 0
	for _, p := range packages(t) {
		name, _ := inside(p.ImportPath)
		if !strings.HasPrefix(name, "internal/web/") || nobodysDoors[name] {
			continue
		}
		asks := false
		for _, imported := range p.Imports {
			asks = asks || imported == module+"/engine"
		}
		if !asks {
			continue
		}
		doors++
		says := false
		for _, base := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, base))
			if err != nil {
				t.Fatal(err)
			}
			says = says || strings.Contains(string(text), "tactful.WithActor(") || strings.Contains(string(text), "door.Acting(")
		}
		if !says {
			t.Errorf("%s asks the engine and never says who acts: use door.Acting for a key, tactful.WithActor for a session", name)
		}
	}
	if doors < 3 {
		t.Errorf("only %d doors found: the test looks at the wrong place", doors)
	}
}
