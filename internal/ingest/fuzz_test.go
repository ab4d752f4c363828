package ingest

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// canary is planted by the seeds in places where nothing may come through.
const canary = "KANARIENVOGEL"

var seeds = []string{
	`{"events":[{"messageId":"m1","userId":"u1","action":"viewed","item":"85123A","price":2.55,"currency":"GBP","time":"2026-11-22T11:00:00Z","properties":{"shelf":"b","size":"M","rank":2,"gift":true}}]}`,
	`{"events":[{"messageId":"m2","anonymousId":"a","action":"searched","query":"mail KANARIENVOGEL@example.com"}]}`,
	`{"events":[{"messageId":"m3","userId":"u","action":"purchased","item":"1","quantity":3,"order":"KANARIENVOGEL@x.org","properties":{"face":"KANARIENVOGEL"}}]}`,
	`{"events":[{"messageId":"m4","userId":"u","action":"added","item":"1","properties":{"shelf":"data:audio/wav;base64,KANARIENVOGEL"},"consent":{"level":"personal","answers":[{"purpose":"recommendations","answer":"granted"}]}}]}`,
	`{"events":[{"messageId":"m5","userId":"u","action":"viewed","item":"1","a":{"b":{"c":[[[{"voiceprint":"KANARIENVOGEL"}]]]}}}, 7, null, [], {"x":1,"x":2}]}`,
	`{"batch":[{"type":"track","userId":"u","event":"Order Completed","messageId":"1","properties":{"order_id":"o","products":[{"product_id":"p","price":"9.50"},{"sku":7}]},"context":{"ip":"KANARIENVOGEL","consent":{"categoryPreferences":{"a":true}}}}]}`,
	`{"batch":[{"type":"alias","userId":"u","previousId":"v"},{"type":"page"}],"context":{"consentManagement":{"allowedConsentIds":["a"],"deniedConsentIds":[],"resolutionStrategy":"or"}},"sentAt":"2026-11-22T11:59:00Z","writeKey":"k"}`,
	`{"userId":"u","event":"Products Searched","properties":{"query":"call +49 170 1234567 or ٠١٧٠١٢٣٤٥٦٧"},"timestamp":"2026-11-22T11:00:00Z"}`,
	`{"events":[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]}`, `{"events":{}}`, `[]`, `{"events":[{"userId":"\ud800\u0000","item":"\\\""}]}`, `{"events":[1e999,-0.0E+9]}`,
}

// assertMinimal fails when anything kept is out of bounds or carries a canary
// that a seed planted in a forbidden place.
func assertMinimal(t *testing.T, d Delivery) {
	t.Helper()
	for _, s := range d.Items {
		if (s.Task == Store) && s.Problem != nil {
			t.Fatalf("stored beside a problem: %v", s.Problem)
		}
		if s.Problem != nil && (strings.Contains(s.Problem.Error(), canary) || strings.Contains(s.Problem.Remedy, canary)) {
			t.Fatalf("a problem repeats what was sent: %v", s.Problem)
		}
		e := s.Event
		if s.Task == Store && (e.Action == 0 || e.MessageID == "" || e.Time.IsZero() || e.Quantity < 1 || e.Value < 0 || len(e.Item) > MaxItemBytes || len(e.Query) > MaxQueryBytes) {
			t.Fatalf("out of bounds: %+v", e)
		}
		for name := range e.Properties {
			if !map[string]bool{"shelf": true, "size": true, "fit": true, "rank": true, "gift": true}[name] {
				t.Fatalf("an undeclared property is kept")
			}
		}
		for _, kept := range []string{e.Item, e.Order, e.Session, e.Query, e.Properties["shelf"]} {
			if f := (screens{}).Shape(kept); f != Clean {
				t.Fatalf("kept %v", f)
			}
			if at := strings.Index(kept, canary); at >= 0 && strings.ContainsAny(kept, "@") {
				t.Fatalf("a planted address is kept")
			}
		}
	}
	for name := range d.Dropped {
		if !spoken[name] {
			t.Fatalf("dropped is counted under a sender's own name")
		}
	}
}

func FuzzNative(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	r := testRules(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := r.Native(body, noon)
		if err != nil && len(d.Items) > 0 {
			t.Fatal("half a delivery beside an error")
		}
		assertMinimal(t, d)
		again, _ := r.Native(body, noon)
		if len(again.Items) != len(d.Items) {
			t.Fatal("not the same twice")
		}
	})
}

func FuzzSegment(f *testing.F) {
	for i, s := range seeds {
		f.Add([]byte(s), uint8(i))
		f.Add([]byte(s), uint8(Batch))
	}
	r := testRules(f)
	f.Fuzz(func(t *testing.T, body []byte, call uint8) {
		d, err := r.Segment(body, Call(call%9), noon)
		if err != nil && len(d.Items) > 0 {
			t.Fatal("half a delivery beside an error")
		}
		assertMinimal(t, d)
	})
}

// FuzzJSON compares the bounded reader with encoding/json: what both accept,
// both understand alike.
func FuzzJSON(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 4096 || !json.Valid(body) || bytes.ContainsRune(body, '\uFFFD') {
			return
		}
		n, problem := read(string(body), span{0, len(body)}, 20)
		if problem != nil {
			return
		}
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		var want any
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("read accepts what encoding/json refuses: %v", err)
		}
		same(t, &n, want)
	})
}

func same(t *testing.T, n *node, want any) {
	t.Helper()
	ok := false
	switch w := want.(type) {
	case nil:
		ok = n.kind == null
	case bool:
		ok = n.kind == boolean && (n.text == "true") == w
	case json.Number:
		ok = n.kind == number && n.text == w.String()
	case string:
		ok = n.kind == text && n.text == w
	case []any:
		ok = n.kind == array && len(n.list) == len(w)
		for i := range w {
			if ok {
				same(t, &n.list[i], w[i])
			}
		}
	case map[string]any:
		ok = n.kind == object && len(n.names) == len(w)
		for name, v := range w {
			if ok {
				same(t, n.get(name), v)
			}
		}
	}
	if !ok {
		t.Fatalf("read %+v where encoding/json has %#v", n, want)
	}
}
