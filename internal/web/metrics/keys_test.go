package metrics

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
)

type keyring []access.Key

func (k keyring) List() []access.Key { return k }

func TestKeysAreCountedByStateAndNeverByName(t *testing.T) {
	m := New(Options{})
	err := m.WatchKeys(keyring{
		{Name: "shop", Kind: tactful.ActorService}, {Name: "ghost", Kind: tactful.ActorService, Waits: true},
		{Name: "gone", Kind: tactful.ActorService, Waits: true, Revoked: time.Unix(1, 0)}, {Name: "desk", Kind: tactful.ActorOperator, Person: "Ada B."},
	})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	m.Handler(&pulse{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range []string{
		`tactful_api_keys{kind="operator",state="in_force"} 1`, `tactful_api_keys{kind="service",state="in_force"} 1`, `tactful_api_keys{kind="service",state="waits"} 1`,
		`tactful_api_keys{kind="service",state="revoked"} 1`, `tactful_api_keys{kind="operator",state="revoked"} 0`,
	} {
		if !strings.Contains(w.Body.String(), line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if strings.Contains(w.Body.String(), "ghost") || strings.Contains(w.Body.String(), "Ada") {
		t.Error("a name became a label")
	}
}
