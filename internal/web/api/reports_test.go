package api

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/tactful/tactful/internal/report"
)

func TestReportsAreListedAskedAndHandedOverAsFiles(t *testing.T) {
	d := newDesk(t)
	r := d.call("GET", "/v1/reports", "rights", "")
	if r.Code != http.StatusOK || !strings.Contains(r.Body.String(), `"renews":"2026-11-22"`) {
		t.Errorf("list: %d %s", r.Code, r.Body)
	}
	r = d.call("POST", "/v1/reports/popular", "admin", `{"days": 90, "until": "2026-11-20"}`)
	var a report.Answer
	if err := json.Unmarshal(r.Body.Bytes(), &a); err != nil || r.Code != http.StatusOK || len(a.Rows) != 1 || a.Rows[0].People != 120 || a.Margin != 40 {
		t.Errorf("ask: %d %s", r.Code, r.Body)
	}
	if q := d.engine.reported; q.Days != 90 || q.Until.Format(report.Dated) != "2026-11-20" || q.Report != report.Popular {
		t.Errorf("the engine was asked %+v", q)
	}
	r = d.call("POST", "/v1/reports/popular", "admin", `{"format": "csv"}`)
	table, err := csv.NewReader(r.Body).ReadAll()
	if err != nil || len(table) != 2 || strings.HasPrefix(table[1][5], "=") || r.Header().Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("table: %d %v %v: the title begins a formula", r.Code, table, err)
	}
	r = d.call("POST", "/v1/reports/popular", "admin", `{"format": "svg"}`)
	if !strings.HasPrefix(r.Body.String(), "<svg") || r.Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("picture: %d %s", r.Code, r.Body)
	}
	for path, want := range map[string]int{"/v1/reports/nobody": http.StatusNotFound, "/v1/reports/NO": http.StatusBadRequest} {
		if r := d.call("POST", path, "admin", `{}`); r.Code != want {
			t.Errorf("%s: %d, want %d", path, r.Code, want)
		}
	}
	for _, scope := range []string{"write", "rights"} { // whoever may ask spends the budget of the month
		if r := d.call("POST", "/v1/reports/popular", scope, `{}`); r.Code != http.StatusForbidden {
			t.Errorf("a key of scope %s asks for reports: %d", scope, r.Code)
		}
	}
}
