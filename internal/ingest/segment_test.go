package ingest

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func testRules(t testing.TB) *Rules {
	t.Helper()
	r, err := New(Config{MaxAge: 3 * 366 * day, Properties: map[string]PropertyConfig{
		"shelf": {Purpose: tactful.Recommendations, Source: "observed", Retention: 90 * day},
		"size":  {Purpose: tactful.Recommendations, Source: "observed", Retention: 400 * day, Values: []string{"S", "M", "L"}},
		"fit":   {Purpose: tactful.Offers, Source: "declared", Retention: 90 * day},
		"rank":  {Purpose: tactful.Recommendations, Source: "observed", Retention: 90 * day, Form: Number},
		"gift":  {Purpose: tactful.Recommendations, Source: "observed", Retention: 90 * day, Form: Flag},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// capture is a recording of a real client: what it sent, call by call.
type capture struct {
	Path string          `json:"path"`
	Body json.RawMessage `json:"body"`
}

func captures(t *testing.T) map[string][]capture {
	t.Helper()
	var node struct {
		All []capture `json:"A_all_calls"`
	}
	var rudder struct {
		All []capture `json:"all_calls"`
	}
	var browser map[string]json.RawMessage
	for name, into := range map[string]any{"segment-node.json": &node, "segment-browser.json": &browser, "rudder-node.json": &rudder} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, into); err != nil {
			t.Fatal(err)
		}
	}
	all := map[string][]capture{"node": node.All, "rudder": rudder.All}
	for _, part := range []string{"standard_all_calls", "batching"} {
		var recorded struct{ Requests []capture }
		if err := json.Unmarshal(browser[part], &recorded); err != nil {
			t.Fatal(err)
		}
		all["browser-"+part] = recorded.Requests
	}
	return all
}

// The captures of real clients give the golden outcomes.
func TestRealClientsAreUnderstood(t *testing.T) {
	r := testRules(t)
	for name, calls := range captures(t) {
		var got []map[string]any
		for _, c := range calls {
			word := c.Path[strings.LastIndexByte(c.Path, '/')+1:]
			call, ok := ParseCall(word)
			if !ok || len(c.Body) == 0 || c.Body[0] != '{' {
				continue
			}
			d, err := r.Segment(c.Body, call, noon)
			if err != nil {
				t.Fatalf("%s %s: %v", name, c.Path, err)
			}
			got = append(got, map[string]any{"path": c.Path, "items": printed(d.Items), "dropped": d.Dropped, "key": d.WriteKey})
		}
		b, err := json.MarshalIndent(got, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"203.0.113.9", "a@example.test", "Mozilla", "utm_source", "127.0.0.1", "node-next-"} {
			if strings.Contains(string(b), secret) {
				t.Errorf("%s: %q came through", name, secret)
			}
		}
		golden(t, name+".golden", b)
	}
}

// printed writes aliases out, which hide themselves otherwise.
func printed(items []Sent) []map[string]any {
	var all []map[string]any
	for _, s := range items {
		m := map[string]any{"index": s.Index, "task": s.Task, "word": s.Word, "alias": s.Alias.ID, "other": s.Other.ID}
		if s.Task == Store {
			m["event"] = s.Event
		}
		if s.Signal.Form != decision.SignalNone {
			m["signal"] = s.Signal
		}
		if s.Problem != nil {
			m["problem"] = s.Problem.Error()
		}
		all = append(all, m)
	}
	return all
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
