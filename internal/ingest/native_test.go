package ingest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func one(t *testing.T, r *Rules, event string) Sent {
	t.Helper()
	d, err := r.Native([]byte(`{"events":[`+event+`]}`), noon)
	if err != nil || len(d.Items) != 1 {
		t.Fatalf("%v, %d items", err, len(d.Items))
	}
	return d.Items[0]
}

func TestNativeEventsAreReadOrRefusedByField(t *testing.T) {
	r := testRules(t)
	cases := []struct{ name, event, field string }{
		{"a full event", `{"messageId":"m","userId":"u","action":"purchased","item":"85123A","quantity":6,"price":2.55,"currency":"GBP","order":"536365","session":"s1","source":"till","time":"2026-11-22T11:00:00+01:00","provenance":"declared"}`, ""},
		{"the least event", `{"messageId":"m","anonymousId":"a","action":"viewed","item":"1"}`, ""},
		{"unknown fields are dropped", `{"messageId":"m","anonymousId":"a","action":"viewed","item":"1","ip":"203.0.113.9","userAgent":"x","mood":"good"}`, ""},
		{"five minutes ahead is now", `{"messageId":"m","userId":"u","action":"viewed","item":"1","time":"2026-11-22T12:05:00Z"}`, ""},
		{"no message id", `{"userId":"u","action":"viewed","item":"1"}`, "messageId"},
		{"nobody", `{"messageId":"m","action":"viewed","item":"1"}`, "userId"},
		{"an empty name", `{"messageId":"m","userId":"","action":"viewed","item":"1"}`, "userId"},
		{"a name that is too long", `{"messageId":"m","userId":"` + strings.Repeat("x", 257) + `","action":"viewed","item":"1"}`, "userId"},
		{"a name that is an object", `{"messageId":"m","userId":{},"action":"viewed","item":"1"}`, "userId"},
		{"no action", `{"messageId":"m","userId":"u","item":"1"}`, "action"},
		{"an unknown action", `{"messageId":"m","userId":"u","action":"stalked","item":"1"}`, "action"},
		{"the word unknown is not an action", `{"messageId":"m","userId":"u","action":"unknown","item":"1"}`, "action"},
		{"no item", `{"messageId":"m","userId":"u","action":"viewed"}`, "item"},
		{"an item that is too long", `{"messageId":"m","userId":"u","action":"viewed","item":"` + strings.Repeat("é", 65) + `"}`, "item"},
		{"an item that is a list", `{"messageId":"m","userId":"u","action":"viewed","item":[1]}`, "item"},
		{"a search without query", `{"messageId":"m","userId":"u","action":"searched","query":"  "}`, "query"},
		{"quantity 0", `{"messageId":"m","userId":"u","action":"viewed","item":"1","quantity":0}`, "quantity"},
		{"half a piece", `{"messageId":"m","userId":"u","action":"viewed","item":"1","quantity":1.5}`, "quantity"},
		{"too many", `{"messageId":"m","userId":"u","action":"viewed","item":"1","quantity":1e300}`, "quantity"},
		{"a negative price", `{"messageId":"m","userId":"u","action":"viewed","item":"1","price":-1}`, "price"},
		{"a price beyond sense", `{"messageId":"m","userId":"u","action":"viewed","item":"1","price":10000000000}`, "price"},
		{"a currency that is none", `{"messageId":"m","userId":"u","action":"viewed","item":"1","price":1,"currency":"euro"}`, "currency"},
		{"an order that is an address", `{"messageId":"m","userId":"u","action":"viewed","item":"1","order":"j@x.de"}`, "order"},
		{"a session that is a phone", `{"messageId":"m","userId":"u","action":"viewed","item":"1","session":"+49 170 1234567"}`, "session"},
		{"the future", `{"messageId":"m","userId":"u","action":"viewed","item":"1","time":"2026-11-22T12:05:01Z"}`, "time"},
		{"the distant past", `{"messageId":"m","userId":"u","action":"viewed","item":"1","time":"2010-12-01T08:26:00Z"}`, "time"},
		{"no time at all", `{"messageId":"m","userId":"u","action":"viewed","item":"1","time":"yesterday"}`, "time"},
		{"a consent object nobody can read", `{"messageId":"m","userId":"u","action":"viewed","item":"1","consent":true}`, "consent"},
		{"a consent with an unknown answer", `{"messageId":"m","userId":"u","action":"viewed","item":"1","consent":{"answers":[{"purpose":"offers","answer":"perhaps"}]}}`, "consent"},
		{"not an object", `7`, ""},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := one(t, r, c.event)
			refused := c.field != "" || i == len(cases)-1
			if (s.Problem != nil) != refused || (s.Task == Store) == refused {
				t.Fatalf("problem %v, task %v", s.Problem, s.Task)
			}
			if refused && (s.Problem.Field != c.field || s.Problem.Remedy == "" || s.Event.Item != "") {
				t.Fatalf("problem %+v", s.Problem)
			}
		})
	}
	e := one(t, r, cases[0].event).Event
	if e.Value != 255 || e.Quantity != 6 || e.Source != "till" || e.Provenance != tactful.Declared || !e.Time.Equal(noon.Add(-2*time.Hour)) || e.MessageID == "m" {
		t.Fatalf("%+v", e)
	}
	if e := one(t, r, cases[3].event).Event; !e.Time.Equal(noon) {
		t.Fatalf("a fast clock gives %v", e.Time)
	}
	if a, b := one(t, r, cases[1].event), one(t, r, cases[1].event); a.Event.MessageID != b.Event.MessageID || a.MessageID != "m" {
		t.Fatal("a retry does not land on itself")
	}
}

func TestOneBadEventHarmsNoOther(t *testing.T) {
	r := testRules(t)
	good := `{"messageId":"m","userId":"u","action":"viewed","item":"1"}`
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	wide := `{"messageId":"m","userId":"u","action":"viewed","item":"1","x":[` + strings.TrimSuffix(strings.Repeat("[],", maxNodes), ",") + `]}`
	twice := `{"messageId":"m","userId":"u","action":"viewed","item":"1","item":"2"}`
	many := make([]string, 40)
	for i := range many {
		many[i] = fmt.Sprintf(`"k%d":1`, i%39)
	}
	long := `{"messageId":"m","userId":"u","action":"viewed","item":"1","x":"` + strings.Repeat("a ", 17*kib) + `"}`
	digits := `{"messageId":"m","userId":"u","action":"viewed","item":"1","x":` + strings.Repeat("9", 50) + `}`
	name := `{"messageId":"m","userId":"u","action":"viewed","item":"1","` + strings.Repeat("n", 300) + `":1}`
	for _, bad := range []string{deep, wide, twice, `{` + strings.Join(many, ",") + `}`, long, digits, name, "null", `"text"`, "[]"} {
		d, err := r.Native([]byte(`{"events":[`+good+`,`+bad+`,`+good+`]}`), noon)
		if err != nil || len(d.Items) != 3 {
			t.Fatalf("%.40s: %v", bad, err)
		}
		if d.Items[0].Task != Store || d.Items[1].Problem == nil || d.Items[2].Task != Store || d.Items[2].Index != 2 {
			t.Errorf("%.40s: %v %v %v", bad, d.Items[0].Problem, d.Items[1].Problem, d.Items[2].Problem)
		}
	}
}

func TestUnreadableDeliveriesAreRefusedWhole(t *testing.T) {
	r := testRules(t)
	many := `{"events":[` + strings.TrimSuffix(strings.Repeat("1,", 2501), ",") + `]}`
	bomb := strings.Repeat("[", 100_000)
	for name, body := range map[string]string{
		"no JSON": "x", "nothing": "", "a list": "[]", "no events": "{}", "events that are none": `{"events":{}}`, "a name twice": `{"events":[],"events":[]}`,
		"no UTF-8": "{\"events\":[\"\xff\"]}", "too many": many, "two values": `{"events":[]}{}`, "too long": `{"events":["` + strings.Repeat("x", 500*kib) + `"]}`,
		"brackets without end": bomb, "a balanced bomb": `{"events":[` + bomb + strings.Repeat("]", 100_000) + `]}`,
	} {
		d, err := r.Native([]byte(body), noon)
		var e *tactful.Error
		if !errors.As(err, &e) || e.Kind != tactful.Invalid || e.Remedy == "" || len(d.Items) != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNativeConsentIsReadInFullOrNotAtAll(t *testing.T) {
	r := testRules(t)
	s := one(t, r, `{"messageId":"m","userId":"u","action":"viewed","item":"1","consent":{"level":"personal","answers":[{"purpose":"recommendations","answer":"granted","noticeHash":"h","noticeVersion":"1","method":"form","language":"en","time":"2026-11-01T00:00:00Z"},{"purpose":"offers","answer":"denied"}]}}`)
	if s.Signal.Form != decision.SignalNative || s.Signal.Level != tactful.Personal || len(s.Signal.Answers) != 2 || s.Signal.Answers[0].Time.Month() != time.November || s.Problem != nil {
		t.Fatalf("%+v", s)
	}
	// A no beside a fault of the event is still heard.
	s = one(t, r, `{"messageId":"m","userId":"u","action":"viewed","face":1,"consent":{"answers":[{"purpose":"offers","answer":"denied"}]}}`)
	if s.Problem == nil || len(s.Signal.Answers) != 1 {
		t.Fatalf("%+v", s)
	}
	for _, bad := range []string{`{}`, `[]`, `"granted"`, `{"level":"total"}`, `{"level":3}`, `{"answers":{}}`, `{"answers":[1]}`, `{"answers":[{"purpose":"offers"}]}`, `{"answers":[{"answer":"granted"}]}`, `{"answers":[{"purpose":"offers","answer":"granted","extra":"x"}]}`, `{"answers":[{"purpose":"offers","answer":"granted","time":"noon"}]}`} {
		s := one(t, r, `{"messageId":"m","userId":"u","action":"viewed","item":"1","consent":`+bad+`}`)
		if !s.Signal.Broken || s.Problem == nil || s.Problem.Kind != tactful.Refused || len(s.Signal.Answers) != 0 {
			t.Errorf("%s: %+v", bad, s.Signal)
		}
	}
}

func TestRulesDecideHowLongAndForWhat(t *testing.T) {
	r := testRules(t)
	e := tactful.Event{Action: tactful.Purchased, Time: noon}
	if got := r.Expires(&e); !got.Equal(noon.Add(730 * day)) {
		t.Fatalf("a purchase lives until %v", got)
	}
	e.Properties = map[string]string{"shelf": "b", "fit": "slim"}
	if got := r.Expires(&e); !got.Equal(noon.Add(90 * day)) {
		t.Fatalf("with a short-lived property it lives until %v", got)
	}
	r.Keep(&e, []tactful.Purpose{tactful.Recommendations})
	if len(e.Properties) != 1 || e.Properties["shelf"] != "b" {
		t.Fatalf("kept %v", e.Properties)
	}
	if r.Keep(&e, nil); e.Properties != nil {
		t.Fatalf("kept %v", e.Properties)
	}
	if got := r.Expires(&tactful.Event{Time: noon}); !got.Equal(noon) {
		t.Fatal("an unknown action is kept")
	}
}

func TestPricesAreHundredths(t *testing.T) {
	for literal, want := range map[string]int64{"0": 0, "2.55": 255, "19.99": 1999, "9.5": 950, "1.005": 101, "1.004": 100, "1000000000": maxPrice, "0.1": 10, "12.": 1200} {
		if got, ok := hundredths(literal); !ok || got != want {
			t.Errorf("%s: %d, %v", literal, got, ok)
		}
	}
	for _, literal := range []string{"", "-1", "1e3", "1,5", ".5", "1000000000.01", "99999999999", "NaN", "1.2.3", "٣"} {
		if got, ok := hundredths(literal); ok {
			t.Errorf("%s is read as %d", literal, got)
		}
	}
}

func TestConfigurationCannotDeclareWhatIsRefused(t *testing.T) {
	ok := PropertyConfig{Purpose: tactful.Recommendations, Source: "observed", Retention: 30 * day}
	c := Config{
		Properties: map[string]PropertyConfig{
			"faceShape": ok, "voice_note": ok, "email": ok, "firstName": ok, "postcode": ok, "latitude": ok, "bad name": ok, "thirdPartyScore": ok, "gender": ok,
			"empty": {}, "foreign": {Purpose: "p", Source: "third_party", Retention: day}, "valued": {Purpose: "p", Source: "observed", Retention: day, Form: Flag, Values: []string{""}},
		},
		Retention: map[string]time.Duration{"stalked": day, "viewed": time.Minute}, Sources: []string{"web", "broker", "Bad Source"},
		Currency: "euro", MaxBatch: -1, MaxEventBytes: 1, MaxBodyBytes: 1 << 30, MaxDepth: 1000, MaxAge: time.Second,
	}
	c.Defaults()
	err := c.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"faceShape: has a name", "voice_note: has a name", "email: names a person", "firstName: names", "postcode: names", "latitude: names", "gender: names", "properties: has a name",
		"thirdPartyScore: has a name", "empty.purpose", "empty.source", "empty.retention", "foreign.source", "valued.values: ", "valued.values[0]", "retention: has a key", "retention.viewed",
		"sources[1]", "sources[2]", "currency", "max_batch", "max_event_bytes", "max_body_bytes", "max_depth", "max_age"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no word about %s", want)
		}
	}
	var zero Config
	zero.Defaults()
	if err := zero.Validate(); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkNative(b *testing.B) {
	r := testRules(b)
	var events []string
	for i := range 500 {
		events = append(events, fmt.Sprintf(`{"messageId":"b-%d","userId":"customer-%d","action":"viewed","item":"%d","price":2.55,"currency":"GBP","session":"s-%d","source":"web","time":"2026-11-22T11:00:00Z","properties":{"shelf":"top"}}`, i, i%50, 80000+i, i))
	}
	body := []byte(`{"events":[` + strings.Join(events, ",") + `]}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if d, err := r.Native(body, noon); err != nil || d.Items[499].Task != Store {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*500/b.Elapsed().Seconds(), "events/s")
}
