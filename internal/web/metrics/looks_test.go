package metrics

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tactful/tactful/engine"
)

type lookers struct{ tally engine.LookTally }

func (l lookers) LookTally() engine.LookTally { return l.tally }

func TestLooksAreCountedByKindAndNeverByName(t *testing.T) {
	m := New(Options{})
	source := lookers{engine.LookTally{Looks: map[string]uint64{"operator": 3, "service": 40}, Refused: map[string]uint64{"too_many": 2}, Alerts: map[string]uint64{"operator": 1, "Ada B.": 7}}}
	if err := m.WatchLooks(source); err != nil {
		t.Fatal(err)
	}
	if err := m.WatchLooks(source); err == nil {
		t.Error("a second source was taken")
	}
	w := httptest.NewRecorder()
	m.Handler(&pulse{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range []string{
		`tactful_looks_total{kind="operator"} 3`, `tactful_looks_total{kind="service"} 40`, `tactful_looks_refused_total{why="no_reason"} 0`,
		`tactful_looks_refused_total{why="too_many"} 2`, `tactful_look_alerts_total{kind="operator"} 1`, `tactful_look_alerts_total{kind="service"} 0`,
	} {
		if !strings.Contains(w.Body.String(), line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if strings.Contains(w.Body.String(), "Ada") {
		t.Error("a name became a label")
	}
}
