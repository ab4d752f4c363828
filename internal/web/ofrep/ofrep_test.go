package ofrep

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/web/door"
)

const tested = `flags:
  - {key: bool-on, type: boolean, variants: {off: false, on: true}, control: off, context: {country: string, loggedIn: boolean}, rules: [{when: [{name: loggedIn, is: true}], variant: on}]}
  - {key: str, type: string, variants: {a: A, b: B}, control: a}
  - {key: num, type: number, variants: {v: 3.5, w: 4}, control: v}
  - {key: obj, type: object, variants: {a: {layout: grid}, b: {layout: list}}, control: a}
  - {key: enc/key, type: boolean, variants: {off: false, on: true}, control: off}
  - {key: button, type: string, variants: {control: Buy now, calm: Continue to payment}, control: control, context: {country: string}}
experiments:
  - name: calm-button
    flag: button
    hypothesis: With a plain label at least as many people buy.
    population: {share: 1}
    arms: {control: 1, calm: 1}
    metric: conversion
    guardrails: [{metric: opt_out, ratio: 1}, {metric: creepy, ratio: 1}]
    window: 24h
    stop: {people: 4000, days: 28}
    harm_review: {approver: Ben C., risks: Some people may not find the button again., measures: The old label comes back as soon as people leave.}
    consent: experiments
    owner: Ada B.
    aim: {en: We try out another label on the payment button.}
`

const origin = "http://127.0.0.1:4000"

// house is a real engine behind the door, on a real address.
type house struct {
	*engine.Engine
	t         *testing.T
	door      *Door
	base      string
	key, page string
}

func operator(name string) context.Context {
	return tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: name, Key: "key of " + name, Reason: "a test of a test"})
}

func open(t *testing.T, limits door.Limits) *house {
	t.Helper()
	var cfg engine.Config
	cfg.Defaults()
	log := slog.New(slog.DiscardHandler)
	dir := t.TempDir()
	e, err := engine.Open(t.Context(), cfg, engine.Options{Dir: filepath.Join(dir, "data"), KeyDir: filepath.Join(dir, "keys"), Clock: tactful.SystemClock{}, Entropy: rand.Reader, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{Engine: e, t: t}
	making := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorEngine})
	if h.key, err = e.Access().Make(making, access.New{Name: "server", Scopes: access.Decide}); err != nil {
		t.Fatal(err)
	}
	if h.page, err = e.Access().Make(making, access.New{Name: "page", Scopes: access.Browser, Origins: []string{origin}}); err != nil {
		t.Fatal(err)
	}
	if h.door, err = New(Options{Engine: e, Keys: e.Access(), Log: log, Clock: tactful.SystemClock{}, Limits: limits}); err != nil {
		t.Fatal(err)
	}
	server := limits.Server(h.door)
	httpd := httptest.NewUnstartedServer(h.door)
	httpd.Config = server
	httpd.Start()
	h.base = httpd.URL
	t.Cleanup(func() {
		h.door.Shut()
		httpd.Close()
		if err := e.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	if _, err := e.RegisterExperiments(operator("Ada B."), []byte(tested), "we want to try a label"); err != nil {
		t.Fatal(err)
	}
	if _, err := e.ApproveExperiment(operator("Ben C."), "calm-button", "I looked for harm and found none"); err != nil {
		t.Fatal(err)
	}
	if _, err := e.StartExperiment(operator("Ada B."), "calm-button", "the week begins"); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) says(a tactful.Alias, answer tactful.Answer) {
	h.t.Helper()
	change := engine.ConsentChange{Level: tactful.Personal}
	for _, n := range h.Notices("en") {
		if n.Purpose == tactful.Experiments {
			change.Answers = append(change.Answers, tactful.Consent{Purpose: n.Purpose, Answer: answer, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: "en", Method: "form"})
		}
	}
	if _, err := h.SetConsents(tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson}), a, change); err != nil {
		h.t.Fatal(err)
	}
}

func user(id string) tactful.Alias { return tactful.Alias{Kind: tactful.UserID, ID: id} }

type answered struct {
	status int
	header http.Header
	text   string
	json   map[string]any
}

func (h *house) ask(method, path, key, body string, headers ...string) answered {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.base+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	a := answered{status: w.StatusCode, header: w.Header, text: string(text)}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &a.json); err != nil {
			h.t.Fatalf("%s %s answers no JSON: %s", method, path, text)
		}
	}
	return a
}

// flagOf finds one flag in a bulk answer.
func (a answered) flagOf(key string) map[string]any {
	list, _ := a.json["flags"].([]any)
	for _, one := range list {
		if f, _ := one.(map[string]any); f["key"] == key {
			return f
		}
	}
	return nil
}

// TestWhatRealClientsSendIsAnswered replays what the providers of OpenFeature sent
// when they were recorded.
func TestWhatRealClientsSendIsAnswered(t *testing.T) {
	h := open(t, door.Limits{})
	text, err := os.ReadFile(filepath.Join("testdata", "captures.json"))
	if err != nil {
		t.Fatal(err)
	}
	var captured struct {
		Server, Web []struct {
			Method, Path string
			Headers      map[string]string
			Body         json.RawMessage
		}
	}
	if err := json.Unmarshal(text, &captured); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"/bool-on true":     `{"key":"bool-on","value":true,"reason":"TARGETING_MATCH","variant":"on"}`,
		"/bool-on false":    `{"key":"bool-on","value":false,"reason":"DEFAULT","variant":"off"}`,
		"/str true":         `{"key":"str","value":"A","reason":"STATIC","variant":"a"}`,
		"/num true":         `{"key":"num","value":3.5,"reason":"STATIC","variant":"v"}`,
		"/obj true":         `{"key":"obj","value":{"layout":"grid"},"reason":"STATIC","variant":"a"}`,
		"/missing true":     `{"key":"missing","errorCode":"FLAG_NOT_FOUND","errorDetails":"There is no such flag."}`,
		"/enc/key%20x true": `{"key":"enc/key x","errorCode":"FLAG_NOT_FOUND","errorDetails":"There is no such flag."}`,
	}
	for _, c := range captured.Server {
		var headers []string
		for name, value := range c.Headers {
			if name != "Authorization" && name != "X-API-Key" {
				headers = append(headers, name, value)
			}
		}
		a := h.ask(c.Method, c.Path, h.key, string(c.Body), headers...)
		asked := fmt.Sprintf("%s %v", strings.TrimPrefix(c.Path, "/ofrep/v1/evaluate/flags"), strings.Contains(string(c.Body), "targetingKey"))
		if want[asked] == "" || a.text != want[asked] || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
			t.Errorf("%s: %d %s", asked, a.status, a.text)
		}
		if missing := strings.Contains(want[asked], "FLAG_NOT_FOUND"); missing != (a.status == 404) || !missing && a.status != 200 {
			t.Errorf("%s: %d", asked, a.status)
		}
	}
	tag := ""
	for _, c := range captured.Web {
		if c.Path == "/events" { // ours has another address; see the test of streams
			continue
		}
		headers := []string{"Origin", origin}
		for name, value := range c.Headers {
			switch {
			case name == "if-none-match":
				headers = append(headers, name, tag)
			case name != "authorization" && name != "Origin":
				headers = append(headers, name, value)
			}
		}
		key := h.page
		if c.Method == http.MethodOptions {
			key = ""
		}
		a := h.ask(c.Method, c.Path, key, string(c.Body), headers...)
		switch {
		case a.header.Get("Access-Control-Allow-Origin") != origin || !strings.Contains(strings.ToLower(a.header.Get("Access-Control-Expose-Headers")), "etag"):
			t.Errorf("%s %s: the page cannot read it: %v", c.Method, c.Path, a.header)
		case c.Method == http.MethodOptions:
			allowed := strings.ToLower(a.header.Get("Access-Control-Allow-Headers"))
			for _, name := range strings.Split(c.Headers["Access-Control-Request-Headers"], ",") {
				if !strings.Contains(allowed, name) {
					t.Errorf("%s may not be sent: %s", name, allowed)
				}
			}
			if a.status != 204 {
				t.Errorf("preflight: %d", a.status)
			}
		case c.Headers["if-none-match"] != "":
			if a.status != 304 || a.text != "" || a.header.Get("ETag") != tag {
				t.Errorf("nothing changed: %d %s %s", a.status, a.text, a.header.Get("ETag"))
			}
		default:
			if tag = a.header.Get("ETag"); a.status != 200 || tag == "" || a.flagOf("button")["reason"] != "DISABLED" || a.flagOf("button")["value"] != "Buy now" || a.json["eventStreams"] == nil {
				t.Errorf("%d %s", a.status, a.text)
			}
		}
	}
}

func TestNoConsentIsControlAndSaysSo(t *testing.T) {
	h := open(t, door.Limits{})
	asked := `{"context":{"targetingKey":"u1","country":"DE"}}`
	button := func() answered { return h.ask("POST", "/ofrep/v1/evaluate/flags/button", h.key, asked) }
	bulk := func(tag string) answered {
		return h.ask("POST", "/ofrep/v1/evaluate/flags", h.key, asked, "If-None-Match", tag)
	}
	if a := button(); a.text != `{"key":"button","value":"Buy now","reason":"DISABLED","variant":"control"}` {
		t.Errorf("%d %s", a.status, a.text)
	}
	before := bulk("")
	h.says(user("u1"), tactful.Granted)
	if a := bulk(before.header.Get("ETag")); a.status != 200 || a.flagOf("button")["reason"] != "SPLIT" {
		t.Errorf("a yes is answered with what was before: %d %s", a.status, a.text)
	}
	a := button()
	if a.json["reason"] != "SPLIT" || a.json["metadata"].(map[string]any)["experiment"] != "calm-button" {
		t.Errorf("%s", a.text)
	}
	between := bulk("")
	if a := bulk(between.header.Get("ETag")); a.status != 304 {
		t.Errorf("nothing changed: %d", a.status)
	}
	h.says(user("u1"), tactful.Withdrawn)
	after := bulk(between.header.Get("ETag"))
	if after.status != 200 || after.flagOf("button")["reason"] != "DISABLED" || after.header.Get("ETag") != before.header.Get("ETag") {
		t.Errorf("a no is answered with what was before: %d %s", after.status, after.text)
	}
	if list, err := h.Tests(tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson}), user("u1"), "en"); err != nil || len(list) > 0 {
		t.Errorf("%+v %v", list, err)
	}
}

func TestAPageNamesNobodyByAnAccount(t *testing.T) {
	h := open(t, door.Limits{})
	h.says(user("u1"), tactful.Granted)
	h.says(tactful.Alias{Kind: tactful.Anonymous, ID: "a1"}, tactful.Granted)
	for id, want := range map[string]string{"u1": "DISABLED", "a1": "SPLIT"} {
		a := h.ask("POST", "/ofrep/v1/evaluate/flags/button", h.page, `{"context":{"targetingKey":"`+id+`"}}`, "Origin", origin)
		if a.json["reason"] != want {
			t.Errorf("%s: %s", id, a.text)
		}
	}
	if a := h.ask("POST", "/ofrep/v1/evaluate/flags/button", h.key, `{"context":{"targetingKey":"a1","anonymous":true}}`); a.json["reason"] != "SPLIT" {
		t.Errorf("%s", a.text)
	}
}

func TestErrorsHaveTheirCodes(t *testing.T) {
	h := open(t, door.Limits{Body: 2000})
	for _, c := range []struct {
		name, method, path, key, body string
		status                        int
		code                          string
	}{
		{"no key", "POST", "/ofrep/v1/evaluate/flags/str", "", `{}`, 401, general},
		{"an unknown key", "POST", "/ofrep/v1/evaluate/flags", "tk_none", `{}`, 401, general},
		{"no JSON", "POST", "/ofrep/v1/evaluate/flags/str", h.key, `{"context":`, 400, parseError},
		{"no object", "POST", "/ofrep/v1/evaluate/flags", h.key, `[]`, 400, parseError},
		{"a context that is none", "POST", "/ofrep/v1/evaluate/flags", h.key, `{"context":"x"}`, 400, invalidContext},
		{"a key that is no text", "POST", "/ofrep/v1/evaluate/flags/str", h.key, `{"context":{"targetingKey":5}}`, 400, invalidContext},
		{"a key that is too long", "POST", "/ofrep/v1/evaluate/flags/str", h.key, `{"context":{"targetingKey":"` + strings.Repeat("x", 600) + `"}}`, 400, invalidContext},
		{"an attribute of another type", "POST", "/ofrep/v1/evaluate/flags/bool-on", h.key, `{"context":{"country":5}}`, 400, invalidContext},
		{"a body that is too large", "POST", "/ofrep/v1/evaluate/flags", h.key, `{"context":{"a":"` + strings.Repeat("x", 3000) + `"}}`, 413, parseError},
		{"another method", "GET", "/ofrep/v1/evaluate/flags", h.key, "", 405, general},
		{"another path", "POST", "/ofrep/v1/else", h.key, "", 404, general},
		{"a stream that nobody was told of", "GET", "/ofrep/v1/events?channel=x", "", "", 403, general},
	} {
		a := h.ask(c.method, c.path, c.key, c.body)
		if a.status != c.status || a.json["errorCode"] != c.code || a.json["errorDetails"] == "" {
			t.Errorf("%s: %d %s", c.name, a.status, a.text)
		}
		if strings.Contains(a.text, "xxxx") {
			t.Errorf("%s: the answer repeats what was sent", c.name)
		}
	}
	if a := h.ask("POST", "/ofrep/v1/evaluate/flags", h.key, `{"context":{"country":5}}`); a.status != 200 || a.flagOf("bool-on")["errorCode"] != invalidContext || a.flagOf("str")["value"] != "A" {
		t.Errorf("one flag fails all: %d %s", a.status, a.text)
	}
	if a := h.ask("POST", "/ofrep/v1/evaluate/flags/str", h.key, ""); a.status != 200 {
		t.Errorf("no body: %d %s", a.status, a.text)
	}
}

func TestTheConfigurationIsServed(t *testing.T) {
	h := open(t, door.Limits{})
	a := h.ask("GET", "/ofrep/v1/configuration", h.key, "")
	if a.status != 200 || a.json["name"] != "tactful" || a.json["capabilities"] == nil || a.header.Get("ETag") == "" {
		t.Errorf("%d %s", a.status, a.text)
	}
	if again := h.ask("GET", "/ofrep/v1/configuration", h.key, "", "If-None-Match", "W/"+a.header.Get("ETag")); again.status != 304 {
		t.Errorf("%d", again.status)
	}
}

func TestAStreamSaysThatFlagsChanged(t *testing.T) {
	h := open(t, door.Limits{})
	h.says(user("u1"), tactful.Granted)
	a := h.ask("POST", "/ofrep/v1/evaluate/flags", h.key, `{"context":{"targetingKey":"u1"}}`)
	stream := a.json["eventStreams"].([]any)[0].(map[string]any)
	address := stream["endpoint"].(map[string]any)["requestUri"].(string)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, h.base+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	if w.StatusCode != 200 || !strings.HasPrefix(w.Header.Get("Content-Type"), "text/event-stream") {
		t.Fatal(w.Status, w.Header)
	}
	lines := bufio.NewScanner(w.Body)
	next := func() string {
		for lines.Scan() {
			if text, is := strings.CutPrefix(lines.Text(), "data: "); is {
				return text
			}
		}
		t.Fatal("the stream ended", lines.Err())
		return ""
	}
	lines.Scan()                          // retry: the stream is open, and watches
	h.says(user("u1"), tactful.Withdrawn) // somebody leaves: their page must ask again
	var word struct {
		Type, Etag   string
		LastModified int64
	}
	if err := json.Unmarshal([]byte(next()), &word); err != nil || word.Type != "refetchEvaluation" || word.Etag == "" || word.LastModified == 0 {
		t.Errorf("%+v %v", word, err)
	}
	if _, err := h.StopExperiment(operator("Ben C."), "calm-button", "we know enough now"); err != nil {
		t.Fatal(err)
	}
	before := word.Etag
	if err := json.Unmarshal([]byte(next()), &word); err != nil || word.Etag == before {
		t.Errorf("%+v %v", word, err)
	}
	h.door.Shut()
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "data:") {
			t.Error("a word after the end")
		}
	}
	h.door.ending = make(chan struct{}) // the cleanup shuts it again
}

// FuzzQuestion sends bodies that no client would: they are answered or refused,
// and never with a fault of ours.
func FuzzQuestion(f *testing.F) {
	f.Add([]byte(`{"context":{"targetingKey":"u1","country":"DE","basket":{"n":2}}}`))
	f.Add([]byte(`{"context":{"targetingKey":{"a":[]},"anonymous":1}}`))
	d := &Door{opt: Options{Limits: door.Limits{}.Defaults()}}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/ofrep/v1/evaluate/flags", strings.NewReader(string(body)))
		q, err := d.question(httptest.NewRecorder(), r, access.Grant{})
		if err != nil {
			if k := tactful.KindOf(err); k != tactful.Invalid {
				t.Fatalf("%v: %v", k, err)
			}
			return
		}
		if q.Subject != (tactful.Alias{}) && q.Subject.Validate("targetingKey") != nil {
			t.Fatalf("%+v", q.Subject)
		}
	})
}
