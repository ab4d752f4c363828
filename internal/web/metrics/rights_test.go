package metrics

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tactful/tactful/engine"
)

type aDesk struct{ tally engine.RightsTally }

func (d aDesk) RightsTally() engine.RightsTally { return d.tally }

func TestTheQueueIsCountedByStateAndNothingElse(t *testing.T) {
	m := New(Options{})
	source := aDesk{engine.RightsTally{Open: map[string]int{"waiting": 3, "u-1042": 9}, Soon: 2, Overdue: 1, Held: 4}}
	if err := m.WatchRights(source); err != nil {
		t.Fatal(err)
	}
	if err := m.WatchRights(source); err == nil {
		t.Error("a second source was taken")
	}
	w := httptest.NewRecorder()
	m.Handler(&pulse{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, line := range []string{
		`tactful_requests_open{state="waiting"} 3`, `tactful_requests_open{state="received"} 0`, `tactful_requests_due_soon 2`,
		`tactful_requests_overdue 1`, `tactful_erasures_held_total 4`,
	} {
		if !strings.Contains(w.Body.String(), line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if strings.Contains(w.Body.String(), "u-1042") {
		t.Error("something else became a label")
	}
}
