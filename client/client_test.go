package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tactful/tactful"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// line answers each try with the next of its answers, without a network.
type line struct {
	mu      sync.Mutex
	answers []func(*http.Request) (*http.Response, error)
	bodies  []string
	heads   []http.Header
	targets []string
	times   []time.Time
}

func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	l.bodies, l.heads, l.targets, l.times = append(l.bodies, string(body)), append(l.heads, r.Header), append(l.targets, r.Method+" "+r.URL.RequestURI()), append(l.times, time.Now())
	if len(l.answers) == 0 {
		return nil, errors.New("one try too many")
	}
	next := l.answers[0]
	l.answers = l.answers[1:]
	return next(r)
}

func says(status int, body string, headers ...string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		h := http.Header{}
		for i := 0; i+1 < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func breaks(*http.Request) (*http.Response, error) { return nil, errors.New("connection reset") }

const (
	stored = `{"outcomes":[{"index":0,"messageId":"go-00000000000000000000000000000000","status":"accepted"}]}`
	again1 = `{"outcomes":[{"index":0,"messageId":"go-00000000000000000000000000000000","status":"duplicate"}]}`
	busy   = `{"kind":"unavailable","detail":"busy","remedy":"wait"}`
)

func over(t *testing.T, l *line) *Client {
	t.Helper()
	c, err := New(Options{URL: "https://personal.shop.example", Key: "tk_w_x", Retries: 2, HTTP: &http.Client{Transport: l},
		Clock: tactful.FixedClock(noon), Entropy: bytes.NewReader(make([]byte, 4096))})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var anna = tactful.Alias{Kind: tactful.UserID, ID: "anna"}

func TestAnEventThatComesAgainIsTheSameEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &line{answers: []func(*http.Request) (*http.Response, error){says(429, busy, "Retry-After", "3"), breaks, says(200, again1)}}
		outcomes, err := over(t, l).Send(t.Context(), Event{Subject: anna, Event: tactful.Event{Action: tactful.Viewed, Item: "A1"}})
		if err != nil || len(outcomes) != 1 || !outcomes[0].Stored() {
			t.Fatalf("%+v %v", outcomes, err)
		}
		if len(l.bodies) != 3 || l.bodies[0] != l.bodies[1] || l.bodies[1] != l.bodies[2] {
			t.Errorf("%q", l.bodies)
		}
		var sent struct {
			Events []struct{ MessageID, Time, UserID string }
		}
		if err := json.Unmarshal([]byte(l.bodies[0]), &sent); err != nil || sent.Events[0].MessageID == "" || sent.Events[0].Time != "2026-11-22T12:00:00Z" || sent.Events[0].UserID != "anna" {
			t.Errorf("%s %v", l.bodies[0], err)
		}
		if waited := l.times[1].Sub(l.times[0]); waited < 3*time.Second || waited > 4*time.Second {
			t.Errorf("it came back after %s, asked for were 3 s", waited)
		}
	})
}

func TestWhatMayBeTriedAgainIs(t *testing.T) {
	send := func(ctx context.Context, c *Client) error {
		_, err := c.Send(ctx, Event{Subject: anna, Event: tactful.Event{Action: tactful.Viewed, Item: "A1"}})
		return err
	}
	consent := func(ctx context.Context, c *Client) error {
		_, err := c.SetConsents(ctx, anna, tactful.Personal)
		return err
	}
	for _, tt := range []struct {
		name    string
		do      func(context.Context, *Client) error
		answers []func(*http.Request) (*http.Response, error)
		tries   int
		kind    tactful.Kind
		ok      bool
	}{
		{"a broken connection, for events", send, []func(*http.Request) (*http.Response, error){breaks, says(200, stored)}, 2, 0, true},
		{"an overloaded server, for events", send, []func(*http.Request) (*http.Response, error){says(503, busy), says(200, stored)}, 2, 0, true},
		{"a server that stays overloaded", send, []func(*http.Request) (*http.Response, error){says(503, busy), says(503, busy), says(503, busy)}, 3, tactful.Unavailable, false},
		{"never what is wrong", send, []func(*http.Request) (*http.Response, error){says(400, `{"kind":"invalid","field":"events","detail":"is empty"}`)}, 1, tactful.Invalid, false},
		{"never what is refused", send, []func(*http.Request) (*http.Response, error){says(403, `{"kind":"refused","detail":"scope"}`)}, 1, tactful.Refused, false},
		{"never our fault", send, []func(*http.Request) (*http.Response, error){says(500, `{"kind":"internal"}`)}, 1, tactful.Internal, false},
		{"never a redirect", send, []func(*http.Request) (*http.Response, error){says(307, "", "Location", "https://elsewhere.example/")}, 1, tactful.Internal, false},
		{"an event that was not stored just now", send, []func(*http.Request) (*http.Response, error){says(200, `{"outcomes":[{"index":0,"status":"refused","reason":"unavailable"}]}`), says(200, stored)}, 2, 0, true},
		{"a consent that the server did not take", consent, []func(*http.Request) (*http.Response, error){says(429, busy), says(200, `{"gpc":false,"purposes":{}}`)}, 2, 0, true},
		{"not a consent that it may have taken", consent, []func(*http.Request) (*http.Response, error){breaks}, 1, tactful.Unavailable, false},
		{"not a consent after 503", consent, []func(*http.Request) (*http.Response, error){says(503, busy)}, 1, tactful.Unavailable, false},
		{"an answer that is no JSON", send, []func(*http.Request) (*http.Response, error){says(200, "<html>")}, 1, tactful.Internal, false},
		{"an answer about others", send, []func(*http.Request) (*http.Response, error){says(200, `{"outcomes":[{"index":7}]}`)}, 1, tactful.Internal, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &line{answers: tt.answers}
				err := tt.do(t.Context(), over(t, l))
				if (err == nil) != tt.ok || !tt.ok && tactful.KindOf(err) != tt.kind || len(l.bodies) != tt.tries {
					t.Fatalf("%d tries, %v", len(l.bodies), err)
				}
				if err != nil && strings.Contains(err.Error(), "anna") {
					t.Errorf("the error names somebody: %v", err)
				}
			})
		})
	}
}

// TestEveryOutcomeIsOfItsOwnEvent answers two events in ways that would give one
// the other's outcome, or none, and a retry of one of them.
func TestEveryOutcomeIsOfItsOwnEvent(t *testing.T) {
	two := func(first, second string) func(*http.Request) (*http.Response, error) {
		return says(200, `{"outcomes":[`+first+`,`+second+`]}`)
	}
	for _, tt := range []struct {
		name    string
		answers []func(*http.Request) (*http.Response, error)
		want    [2]string // status; "": the answer is refused, and nothing of it believed
	}{
		{"in their order", []func(*http.Request) (*http.Response, error){two(`{"index":0,"messageId":"m1","status":"accepted"}`, `{"index":1,"messageId":"m2","status":"refused"}`)}, [2]string{"accepted", "refused"}},
		{"in another order", []func(*http.Request) (*http.Response, error){two(`{"index":1,"messageId":"m2","status":"refused"}`, `{"index":0,"messageId":"m1","status":"accepted"}`)}, [2]string{"accepted", "refused"}},
		{"without ids", []func(*http.Request) (*http.Response, error){two(`{"index":0,"status":"accepted"}`, `{"index":1,"status":"refused"}`)}, [2]string{"accepted", "refused"}},
		{"one of them twice", []func(*http.Request) (*http.Response, error){two(`{"index":0,"status":"accepted"}`, `{"index":0,"status":"accepted"}`)}, [2]string{}},
		{"without index", []func(*http.Request) (*http.Response, error){two(`{"status":"accepted"}`, `{"status":"accepted"}`)}, [2]string{}},
		{"with each other's name", []func(*http.Request) (*http.Response, error){two(`{"index":0,"messageId":"m2","status":"accepted"}`, `{"index":1,"messageId":"m1","status":"refused"}`)}, [2]string{}},
		{"only one of them", []func(*http.Request) (*http.Response, error){says(200, `{"outcomes":[{"index":0,"status":"accepted"}]}`)}, [2]string{}},
		{"the second again, alone", []func(*http.Request) (*http.Response, error){
			two(`{"index":0,"messageId":"m1","status":"accepted"}`, `{"index":1,"messageId":"m2","status":"refused","reason":"unavailable"}`),
			says(200, `{"outcomes":[{"index":0,"messageId":"m2","status":"duplicate"}]}`)}, [2]string{"accepted", "duplicate"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				event := func(id string) Event {
					return Event{Subject: anna, Event: tactful.Event{MessageID: id, Action: tactful.Viewed, Item: "A1"}}
				}
				outcomes, err := over(t, &line{answers: tt.answers}).Send(t.Context(), event("m1"), event("m2"))
				if (err == nil) != (tt.want[0] != "") || err != nil && tactful.KindOf(err) != tactful.Internal {
					t.Fatalf("%v", err)
				}
				if outcomes[0].Status != tt.want[0] || outcomes[1].Status != tt.want[1] {
					t.Errorf("%+v", outcomes)
				}
			})
		})
	}
}

func TestAContextEndsAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		l := &line{answers: []func(*http.Request) (*http.Response, error){says(429, busy, "Retry-After", "20")}}
		begun := time.Now()
		_, err := over(t, l).Recommend(ctx, tactful.Request{Placement: tactful.Popular, Count: 1})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 2*time.Second || len(l.bodies) != 1 {
			t.Fatalf("after %s and %d tries: %v", time.Since(begun), len(l.bodies), err)
		}
	})
}

func TestManyEventsGoInParts(t *testing.T) {
	answer := func(r *http.Request) (*http.Response, error) {
		var sent struct{ Events []struct{ MessageID string } }
		text, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		if err := json.NewDecoder(text).Decode(&sent); err != nil {
			return nil, err
		}
		var out []string
		for i, e := range sent.Events {
			out = append(out, fmt.Sprintf(`{"index":%d,"messageId":%q,"status":"accepted"}`, i, e.MessageID))
		}
		return says(200, `{"outcomes":[`+strings.Join(out, ",")+`]}`)(r)
	}
	l := &line{answers: []func(*http.Request) (*http.Response, error){answer, answer, answer}}
	events := make([]Event, 1100)
	for i := range events {
		events[i] = Event{Subject: anna, Event: tactful.Event{MessageID: fmt.Sprintf("m%d", i), Action: tactful.Viewed, Item: "A1", Time: noon}}
	}
	outcomes, err := over(t, l).Send(t.Context(), events...)
	if err != nil || len(l.bodies) != 3 {
		t.Fatalf("%d parts, %v", len(l.bodies), err)
	}
	for i, o := range outcomes {
		if o.MessageID != fmt.Sprintf("m%d", i) || !o.Stored() {
			t.Fatalf("%d: %+v", i, o)
		}
	}
}

func TestEverythingIsSaidAsTheServerReadsIt(t *testing.T) {
	l := &line{answers: []func(*http.Request) (*http.Response, error){
		says(200, `{"id":"d","level":"context","placement":"search","suggestions":[],"withheld":[]}`), says(204, ""), says(204, ""), says(200, `{"gpc":false,"purposes":{}}`), says(200, `{}`),
	}}
	c, err := New(Options{URL: "https://shop.example/tactful/", Key: "k", Reason: "she äsked by phone", HTTP: &http.Client{Transport: l}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if _, err := c.Recommend(ctx, tactful.Request{Placement: tactful.Search, Query: "lamp", Count: 3, GPC: true, Filter: tactful.Filter{AvailableOnly: true}}); err != nil {
		t.Fatal(err)
	}
	if err := c.Report(ctx, "d/1", tactful.FeedbackCreepy, "A1"); err != nil {
		t.Fatal(err)
	}
	if err := c.Report(ctx, "d", tactful.FeedbackShown, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Consents(ctx, tactful.Alias{Kind: tactful.Anonymous, ID: "a/b c?"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Erase(ctx, anna); err != nil {
		t.Fatal(err)
	}
	want := []string{"POST /tactful/v1/decisions/recommendations", "POST /tactful/v1/decisions/d%2F1/report", "POST /tactful/v1/decisions/d/shown", "GET /tactful/v1/subjects/a%2Fb%20c%3F/consents?kind=anonymous", "DELETE /tactful/v1/subjects/anna"}
	for i, target := range want {
		if l.targets[i] != target {
			t.Errorf("%s, want %s", l.targets[i], target)
		}
	}
	if l.bodies[0] != `{"placement":"search","query":"lamp","count":3,"filter":{"availableOnly":true}}` || l.heads[0].Get("Sec-GPC") != "1" || l.heads[1].Get("Sec-GPC") != "" {
		t.Errorf("%s %v", l.bodies[0], l.heads[0])
	}
	if l.bodies[1] != `{"item":"A1","report":"creepy"}` || l.heads[4].Get("Tactful-Reason") != "UTF-8''she%20%C3%A4sked%20by%20phone" {
		t.Errorf("%s %v", l.bodies[1], l.heads[4])
	}
	if err := c.DeleteItem(ctx, ".."); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("an id that would leave the path: %v", err)
	}
}

func TestOptionsThatCannotWorkAreRefused(t *testing.T) {
	for _, o := range []Options{{URL: "shop.example", Key: "k"}, {URL: "ftp://shop.example", Key: "k"}, {URL: "https://shop.example"}, {URL: "https://u:p@shop.example", Key: "k"}, {URL: "https://shop.example", Key: "k", Reason: "x"}} {
		if _, err := New(o); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestAKeyIsNotCarriedToAnotherHost(t *testing.T) {
	heard := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard++ }))
	defer other.Close()
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	c, err := New(Options{URL: server.URL, Key: "k", Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Notices(t.Context(), ""); err == nil || heard != 0 {
		t.Errorf("%v, the other host heard %d", err, heard)
	}
}

// FuzzAnswer holds that no answer makes the client panic or take an error for a success.
func FuzzAnswer(f *testing.F) {
	f.Add(200, stored)
	f.Add(429, busy)
	f.Add(503, `{"kind":7}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		c, err := New(Options{URL: "https://shop.example", Key: "k", Retries: -1, HTTP: &http.Client{Transport: &line{answers: []func(*http.Request) (*http.Response, error){says(status, body)}}},
			Entropy: bytes.NewReader(make([]byte, 4096))})
		if err != nil {
			t.Fatal(err)
		}
		outcomes, err := c.Send(t.Context(), Event{Subject: anna, Event: tactful.Event{Action: tactful.Viewed, Item: "A1"}})
		if err == nil && (status > 299 || len(outcomes) != 1) {
			t.Fatalf("%d %q was taken for a success", status, body)
		}
	})
}
