package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/datamap"
	"github.com/tactful/tactful/internal/rights"
)

// How many requests a run sends: TACTFUL_SCHEMA_REQUESTS=50000 for the long one.
const (
	schemaRequests = 5000
	schemaVariable = "TACTFUL_SCHEMA_REQUESTS"
	seedVariable   = "TACTFUL_SCHEMA_SEED"
)

// TestNoRequestBreaksTheDocument sends requests made from the document, valid
// and broken, to a door over a real engine: no answer is a 5xx, and each fits
// what the document says of its operation and status.
func TestNoRequestBreaksTheDocument(t *testing.T) {
	n, seed := numberFrom(t, schemaVariable, schemaRequests), uint64(numberFrom(t, seedVariable, 1))
	if testing.Short() {
		n = min(n, 300)
	}
	f := newSchemaFuzz(t, seed)
	faults := 0
	for i := range n {
		o := f.pick()
		r := f.request(o)
		sent := r.Method + " " + r.URL.RequestURI()
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		f.seen[o.id][w.Code]++
		if err := o.check(w); err != nil {
			t.Errorf("request %d of seed %d: %s %.300s: %v\nanswer: %.600s", i, seed, sent, f.lastBody, err, w.Body)
			if faults++; faults > 20 {
				t.Fatal("too many faults; the rest is not tried")
			}
		}
		f.harvest(o.id, w)
	}
	reached, statuses := 0, map[int]int{}
	for id, counts := range f.seen {
		good := false
		for status, count := range counts {
			statuses[status] += count
			good = good || status < 300
		}
		if good {
			reached++
		} else if n >= 20_000 {
			t.Logf("never answered 2xx: %s %v", id, counts)
		}
	}
	answered := 0
	for _, count := range statuses {
		answered += count
	}
	if answered != n {
		t.Errorf("%d requests and %d answers", n, answered)
	}
	t.Logf("%d requests of seed %d over %d operations, %d of them answered 2xx; by status: %v", n, seed, len(f.operations), reached, statuses)
	if n >= schemaRequests && reached*10 < len(f.operations)*8 {
		t.Errorf("only %d of %d operations were ever answered 2xx: the requests do not get far enough to show anything", reached, len(f.operations))
	}
}

// TestTheCheckOfAnswersFindsWhatIsWrong is the control of the test above.
func TestTheCheckOfAnswersFindsWhatIsWrong(t *testing.T) {
	o := newSchemaFuzz(t, 1).byID["recommend"]
	answer := func(status int, body, kind string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		w.Body.WriteString(body)
		return w
	}
	const problem = `{"type":"about:blank","title":"T","status":400,"kind":"invalid","detail":"d","requestId":"r"}`
	if err := o.check(answer(400, problem, "application/problem+json")); err != nil {
		t.Errorf("a good answer is refused: %v", err)
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"a 5xx": answer(500, problem, "application/problem+json"), "a field is missing": answer(200, `{"id":"x"}`, "application/json"),
		"a status that is not documented": answer(402, problem, "application/problem+json"), "another type": answer(400, problem, "text/plain"),
		"no JSON": answer(200, `{`, "application/json"),
	} {
		if o.check(w) == nil {
			t.Errorf("%s is not found", name)
		}
	}
}

func numberFrom(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is no number", variable)
	}
	return n
}

// fuzzed is one operation of the document.
type fuzzed struct {
	id, method, path string
	params           openapi3.Parameters
	body             *openapi3.Schema
	route            *routers.Route
}

// check holds an answer against the document.
func (o *fuzzed) check(w *httptest.ResponseRecorder) error {
	if w.Code >= 500 {
		return fmt.Errorf("a %d", w.Code)
	}
	if o.route.Operation.Responses.Status(w.Code) == nil {
		return fmt.Errorf("status %d is not in the document", w.Code)
	}
	if o.id == "getDocument" {
		return nil // checked elsewhere, and large
	}
	r := httptest.NewRequest(o.method, "/", nil)
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: o.route, Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}},
		Status:                 w.Code, Header: w.Header(), Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: w.Code == http.StatusNoContent},
	}
	input.SetBodyBytes(w.Body.Bytes())
	if err := openapi3filter.ValidateResponse(context.Background(), input); err != nil {
		return fmt.Errorf("%d breaks the document: %w", w.Code, err)
	}
	return nil
}

type schemaFuzz struct {
	r          *mathrand.Rand
	handler    http.Handler
	operations []*fuzzed
	byID       map[string]*fuzzed
	seen       map[string]map[int]int
	pool       map[string][]string // what answers told, by what it names
	keys       []string
	own        map[string]bool // ids of the keys above: not to be revoked
	lastBody   string
	spare      int // of how many fields that may be left out the request under way has one
}

func newSchemaFuzz(t *testing.T, seed uint64) *schemaFuzz {
	t.Helper()
	newWitness(t) // registers the decoders
	f := &schemaFuzz{r: mathrand.New(mathrand.NewPCG(seed, 7)), byID: map[string]*fuzzed{}, seen: map[string]map[int]int{}, own: map[string]bool{}}
	doc := load(t)
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		item := doc.Paths.Value(path)
		methods := item.Operations()
		for _, method := range slices.Sorted(maps.Keys(methods)) {
			op := methods[method]
			o := &fuzzed{id: op.OperationID, method: method, path: path, params: append(append(openapi3.Parameters{}, item.Parameters...), op.Parameters...),
				route: &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: op}}
			if op.RequestBody != nil {
				o.body = op.RequestBody.Value.Content.Get("application/json").Schema.Value
			}
			f.operations, f.byID[o.id], f.seen[o.id] = append(f.operations, o), o, map[int]int{}
		}
	}
	f.pool = map[string][]string{"subjectId": {"u1", "u2", "u3", "u4", "u5", "u6", "u7", "a/b ä"}, "item": {"i1", "i2", "i3"}, "purpose": {"recommendations", "improvement", "protection"}, "method": {"form"},
		"class": {"alcohol", "health", "weapons"}, "attribute": {"side"}, "value": {"left", "right"}, "recipient": {"Post House"},
		"base": {"https://privacy.shop.example"}, "campaignId": {"mugs", "lamps", "jars"}}

	ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorEngine})
	var cfg engine.Config
	cfg.Learn.Check, cfg.Learn.Support = time.Hour, 1
	cfg.Learn.Newcomers.Least = 2
	cfg.Looks.PeoplePerHour = 10_000
	cfg.Protection.Attributes = []engine.Attribute{{Name: "side", Values: []string{"left", "right"}, Least: 40}}
	cfg.Parties = engine.Parties{Address: "Lamp Street 1, Bremen", Contact: "privacy@lantern.example", Storage: "DE", Authority: "LfDI Bremen",
		Recipients: []engine.Recipient{{Name: "Post House", Role: "processor", Country: "DE", Why: "sends our letters", Purpose: tactful.Recommendations, Records: []string{"event"}}}}
	cfg.Defaults()
	dir := t.TempDir()
	e, err := engine.Open(ctx, cfg, engine.Options{Dir: filepath.Join(dir, "data"), KeyDir: filepath.Join(dir, "keys"), Clock: tactful.SystemClock{}, Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	for _, n := range e.Notices("en") {
		f.pool["noticeVersion"], f.pool["noticeHash"] = append(f.pool["noticeVersion"], n.Version), append(f.pool["noticeHash"], n.Hash)
	}
	for _, n := range []access.New{{Name: "own admin", Scopes: access.Admin, Operator: "Ada B."}, {Name: "own second", Scopes: access.Admin, Operator: "Ben C."},
		{Name: "own service", Scopes: access.Write | access.Decide | access.Rights}, {Name: "own page", Scopes: access.Browser, Origins: []string{"https://shop.example"}}} {
		key, err := e.Access().Make(ctx, n)
		if err != nil {
			t.Fatal(err)
		}
		f.keys = append(f.keys, key)
	}
	for _, k := range e.Access().List() {
		f.own[k.ID] = true
	}
	f.people(t, e)
	f.histories(t, e)
	f.experiments(t, e)
	f.campaigns(t, e)
	families, err := e.Reports(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for i := range families {
		f.pool["report"] = append(f.pool["report"], families[i].Family.Name)
	}
	if f.handler, err = New(Options{Engine: e, Keys: e.Access(), KeyTable: e.Access(), Map: datamap.Of(&cfg), Log: slog.New(slog.DiscardHandler), Clock: tactful.SystemClock{},
		Backups: Backups{Dir: filepath.Join(dir, "copies"), KeyDir: filepath.Join(dir, "key copies")}}); err != nil {
		t.Fatal(err)
	}
	return f
}

// campaigns makes some live, and has their texts to put them again.
func (f *schemaFuzz) campaigns(t *testing.T, e *engine.Engine) {
	t.Helper()
	ada := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B.", Key: "ada"})
	for _, id := range f.pool["campaignId"] {
		text := `{id: ` + id + `, kind: marketing, placements: [home], creatives: [{id: site, channel: site, language: en, house: true, title: Gifts for the house, body: We pack our gifts in paper.}]}`
		checked, err := e.PutCampaign(ada, id, []byte(text), "")
		if err == nil {
			_, err = e.PutCampaign(ada, id, []byte(text), checked.Confirm)
		}
		if err != nil {
			t.Fatal(err)
		}
		f.pool["campaign"] = append(f.pool["campaign"], text)
	}
}

// histories lets everybody agree and do something, and copies it as they would
// take it elsewhere.
func (f *schemaFuzz) histories(t *testing.T, e *engine.Engine) {
	t.Helper()
	ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	var things []tactful.Item
	for _, id := range f.pool["item"] {
		things = append(things, tactful.Item{ID: id, Title: "Thing " + id, Price: 100, Currency: "EUR"})
	}
	if err := e.PutItems(ctx, things); err != nil {
		t.Fatal(err)
	}
	for _, id := range f.pool["subjectId"] {
		who := tactful.Alias{Kind: tactful.UserID, ID: id}
		f.copy(t, e, who)
		yes := engine.ConsentChange{Level: tactful.Personal}
		for _, n := range e.Notices("en") {
			if slices.Contains(f.pool["purpose"], string(n.Purpose)) {
				yes.Answers = append(yes.Answers, tactful.Consent{Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: "en", Method: "form"})
			}
		}
		if _, err := e.SetConsents(ctx, who, yes); err != nil {
			t.Fatal(err)
		}
		events := []map[string]string{}
		for _, item := range f.pool["item"] {
			events = append(events, map[string]string{"messageId": id + item, "userId": id, "action": "purchased", "item": item, "source": "web", "time": time.Now().UTC().Format(time.RFC3339)})
		}
		body, err := json.Marshal(map[string]any{"events": events})
		if err != nil {
			t.Fatal(err)
		}
		outcomes, err := e.Ingest(ctx, engine.Delivery{Trust: engine.Trusted, Form: engine.Native, Body: body})
		if err != nil || outcomes[0].Status != engine.OutcomeAccepted {
			t.Fatalf("%v %+v", err, outcomes)
		}
		f.copy(t, e, who)
	}
}

// copy keeps what somebody would take elsewhere, to be brought here.
func (f *schemaFuzz) copy(t *testing.T, e *engine.Engine, who tactful.Alias) {
	t.Helper()
	var file bytes.Buffer
	ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	if err := e.Export(ctx, engine.ExportRequest{Subject: who, Format: engine.FormatPortable}, &file); err != nil {
		t.Fatal(err)
	}
	f.pool["document"] = append(f.pool["document"], file.String())
}

// experiments registers some, and has one more to register.
func (f *schemaFuzz) experiments(t *testing.T, e *engine.Engine) {
	t.Helper()
	file := func(n int) string {
		return strings.ReplaceAll(`{flags: [{key: flag-N, type: boolean, variants: {a: false, b: true}, control: a}], experiments: [{name: test-N, flag: flag-N, hypothesis: As many people buy with it as before.,
 population: {share: 1}, arms: {a: 1, b: 1}, metric: conversion, guardrails: [{metric: opt_out, ratio: 1}, {metric: creepy, ratio: 1}], window: 1h, stop: {people: 100, days: 3}, consent: experiments, owner: Ada B.,
 harm_review: {approver: Ben C., risks: Some people may not find the button., measures: It comes back when people leave.}, aim: {en: We try out another button on a page.}}]}`, "N", strconv.Itoa(n))
	}
	ada := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B.", Key: "ada"})
	for n := range 8 {
		if _, err := e.RegisterExperiments(ada, []byte(file(n)), "a test of the document"); err != nil {
			t.Fatal(err)
		}
		f.pool["experiment"] = append(f.pool["experiment"], fmt.Sprintf("test-%d", n))
	}
	f.pool["file"] = []string{file(100), file(101)}
}

// people makes somebody with open requests, theirs and such as an operator
// entered, so that how far the requests get does not hang on one lucky form.
func (f *schemaFuzz) people(t *testing.T, e *engine.Engine) {
	t.Helper()
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	entering := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Dot D.", Key: "dot", Reason: "they asked by phone"})
	for _, id := range f.pool["subjectId"] {
		who := tactful.Alias{Kind: tactful.UserID, ID: id}
		if _, err := e.SetPreferences(person, who, tactful.Preferences{EasyReading: true}); err != nil {
			t.Fatal(err)
		}
		for _, r := range []engine.RightRequest{
			{Channel: rights.Centre}, {Channel: rights.Centre, Region: "DE"}, {Channel: rights.Phone, Detail: rights.Detail{Proof: "called back"}}, {Channel: rights.Phone, Detail: rights.Detail{Proof: "called back"}},
		} {
			ctx := person
			if r.Subject, r.Kind = who, rights.Rectification; r.Channel.OnBehalf() {
				ctx = entering
			}
			opened, err := e.OpenRight(ctx, r)
			if err != nil {
				t.Fatal(err)
			}
			f.pool["requestId"] = append(f.pool["requestId"], opened.ID)
		}
	}
}

// slow operations read everything there is; they are asked less often.
var slow = []string{"makeBackup", "train", "verifyLedger", "getExposure", "checkExposure", "diagnose", "getDocument"}

func (f *schemaFuzz) pick() *fuzzed {
	o := f.operations[f.r.IntN(len(f.operations))]
	if slices.Contains(slow, o.id) && f.r.IntN(10) > 0 || o.id == "eraseSubject" && f.r.IntN(3) > 0 {
		return f.pick()
	}
	return o
}

func (f *schemaFuzz) one(of int) bool { return f.r.IntN(of) == 0 }

// request makes a request of an operation. About half of them are wrong somewhere.
func (f *schemaFuzz) request(o *fuzzed) *http.Request {
	path, query, header := o.path, url.Values{}, http.Header{}
	f.spare = []int{2, 2, 8}[f.r.IntN(3)] // some fields exclude each other
	for _, ref := range o.params {
		p := ref.Value
		if !p.Required && f.one(2) {
			continue
		}
		text := fmt.Sprint(f.value(p.Name, p.Schema.Value, 0))
		if f.one(15) {
			text = f.strange()
		}
		switch p.In {
		case "path":
			if text == "" || text == "." || text == ".." {
				text = "x"
			}
			path = strings.Replace(path, "{"+p.Name+"}", url.PathEscape(text), 1)
		case "query":
			query.Set(p.Name, text)
		case "header":
			if p.Name != tactful.ReasonHeader {
				header.Set(p.Name, strings.Map(func(r rune) rune {
					if r < ' ' || r > '~' {
						return -1
					}
					return r
				}, text))
			}
		}
	}
	if f.one(40) {
		query.Set("nonsense", "1")
	}
	var body []byte
	if o.body != nil && !f.one(30) {
		made := f.value("", o.body, 0)
		if f.one(3) {
			made = f.spoil(made)
		}
		body, _ = json.Marshal(made) // what cannot be written is an empty body
		if f.one(25) {
			body = f.spoilText(body)
		}
		header.Set("Content-Type", "application/json")
		if f.one(60) {
			header.Set("Content-Type", f.strangeOf("text/plain", "application/xml", "application/json; charset=latin1", ""))
		}
		if f.one(80) {
			header.Set("Content-Encoding", f.strangeOf("gzip", "br", "identity"))
		}
	}
	f.lastBody = string(body)
	target := path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	r := httptest.NewRequest(o.method, "/", bytes.NewReader(body))
	if u, err := url.Parse(target); err == nil {
		r.URL = u
	}
	r.Header = header
	switch f.r.IntN(14) {
	case 0:
	case 1:
		header.Set("Authorization", "Bearer "+f.strangeOf("tk_w_unknown", "", "\xff"))
	case 2:
		header.Set("Authorization", "Bearer "+f.keys[3])
		header.Set("Origin", f.strangeOf("https://shop.example", "https://evil.example"))
	case 3, 4:
		header.Set("Authorization", "Bearer "+f.keys[2])
	case 5, 6:
		header.Set("Authorization", "Bearer "+f.keys[1])
		header.Set(tactful.ReasonHeader, "to look for faults of the door")
	default:
		header.Set("Authorization", "Bearer "+f.keys[0])
		header.Set(tactful.ReasonHeader, "to look for faults of the door")
		if f.one(20) {
			header.Set(tactful.ReasonHeader, f.strangeOf("x", "UTF-8''%", strings.Repeat("long ", 100)))
		}
	}
	return r
}

func (f *schemaFuzz) strangeOf(all ...string) string { return all[f.r.IntN(len(all))] }

func (f *schemaFuzz) strange() string {
	return f.strangeOf("", " ", "\x00", "ä\u202eb", "../..", "a/b?c#d%", strings.Repeat("x", 300), strings.Repeat("ü", 5000), "-1", "0", "1e308", "99999999999999999999", "null", "true", "{}", "'; --", "<script>", "\xff\xfe", "2026-02-30", "9999-12-31T23:59:60Z")
}

// names says which pool a field or parameter draws from.
var names = map[string]string{"userId": "subjectId", "anonymousId": "subjectId", "itemId": "item", "items": "item", "after": "item", "id": "item", "name": "keyName"}

// value makes a value that fits a schema, most of the time.
func (f *schemaFuzz) value(name string, s *openapi3.Schema, depth int) any {
	if len(s.Enum) > 0 {
		return s.Enum[f.r.IntN(len(s.Enum))]
	}
	switch {
	case s.Type.Is("object"):
		made := map[string]any{}
		for _, field := range slices.Sorted(maps.Keys(s.Properties)) {
			if slices.Contains(s.Required, field) || depth < 6 && f.one(f.spare) {
				made[field] = f.value(field, s.Properties[field].Value, depth+1)
			}
		}
		if more := s.AdditionalProperties.Schema; more != nil && depth < 6 {
			for range f.r.IntN(3) {
				made[f.strangeOf("recommendations", "Toys", "size", "diet", "easter", "christmas", "k")] = f.value("", more.Value, depth+1)
			}
		}
		return made
	case s.Type.Is("array"):
		n := int(s.MinItems) + f.r.IntN(3)
		list := make([]any, n)
		for i := range list {
			list[i] = f.value(name, s.Items.Value, depth+1)
		}
		return list
	case s.Type.Is("integer"):
		low, high := int64(0), int64(100)
		if s.Min != nil {
			low = int64(*s.Min)
		}
		if s.Max != nil {
			high = int64(*s.Max)
		}
		if f.one(4) {
			return []int64{low, high}[f.r.IntN(2)]
		}
		return low + f.r.Int64N(min(max(high-low, 0), 20)+1)
	case s.Type.Is("number"):
		return float64(f.r.IntN(1000)) / 100
	case s.Type.Is("boolean"):
		return f.one(2)
	}
	return f.text(name, s)
}

var candidates = []string{"GBP", "EUR", "en", "de-AT", "DE", "US-CA", "a1", "form", "vegan", "female", "Kitchen", "label:gift", "2026-11-20", "2026-11-22T10:00:00Z", "web", "browser",
	"https://shop.example", strings.Repeat("ab", 32), strings.Repeat("0a", 8), "granted", "denied", "withdrawn", "email", "22:00"}

func (f *schemaFuzz) text(name string, s *openapi3.Schema) string {
	if other, ok := names[name]; ok {
		name = other
	}
	if known := f.pool[name]; len(known) > 0 && !f.one(6) {
		if text := known[f.r.IntN(len(known))]; s.VisitJSON(text) == nil { // else another field of that name
			return text
		}
	}
	switch {
	case s.Format == "date":
		return time.Now().UTC().AddDate(0, 0, f.r.IntN(60)-30).Format(time.DateOnly)
	case s.Format == "date-time", name == "time", name == "expires", name == "until", name == "validFrom":
		return time.Now().UTC().Add(time.Duration(f.r.IntN(200)-190) * time.Hour).Format(time.RFC3339)
	}
	for range 20 {
		text := candidates[f.r.IntN(len(candidates))]
		if s.VisitJSON(text) == nil {
			return text
		}
	}
	return strings.Repeat("w", max(int(s.MinLength), 1))
}

// spoil changes one thing somewhere in a body.
func (f *schemaFuzz) spoil(v any) any {
	switch v := v.(type) {
	case map[string]any:
		fields := slices.Sorted(maps.Keys(v))
		switch {
		case len(fields) == 0 || f.one(8):
			v[f.strangeOf("extra", "userId", "email", "__proto__", "\x00")] = f.strange()
		case f.one(6):
			delete(v, fields[f.r.IntN(len(fields))])
		default:
			field := fields[f.r.IntN(len(fields))]
			v[field] = f.spoil(v[field])
		}
		return v
	case []any:
		switch {
		case len(v) > 0 && !f.one(4):
			at := f.r.IntN(len(v))
			v[at] = f.spoil(v[at])
			return v
		case f.one(2):
			return []any{}
		}
		return slices.Repeat([]any{"x"}, 3000)
	}
	other := []any{nil, true, -1, 1e300, 0.5, 1 << 60, "", f.strange(), []any{}, map[string]any{}, []any{[]any{[]any{}}}, math18}
	return other[f.r.IntN(len(other))]
}

const math18 = 999999999999999999

func (f *schemaFuzz) spoilText(body []byte) []byte {
	switch f.r.IntN(6) {
	case 0:
		return body[:f.r.IntN(len(body)+1)]
	case 1:
		return append(body, '}')
	case 2:
		return []byte(strings.Repeat(`{"a":`, 60))
	case 3:
		return bytes.Replace(body, []byte(`"`), []byte("\"\xff"), 1)
	case 4:
		return append([]byte(`{"level":"full","level":"generic",`), body[min(1, len(body)):]...)
	}
	return []byte(f.strange())
}

// tells says what the ids in an operation's answers name.
var tells = map[string]string{
	"recommend": "decisionId", "getReceipts": "decisionId", "listKeys": "keyId", "createKey": "keyId", "openRight": "requestId", "listRights": "requestId",
	"listQueue": "requestId", "restrictSubject": "requestId", "objectSubject": "requestId", "eraseSubject": "erasureId", "listErasures": "erasureId", "listChanges": "changeId", "setConsents": "recordId", "getConsents": "recordId",
	"getConsentLog": "recordId", "listEvents": "event",
}

const poolSize = 40

// harvest remembers what an answer tells, so that later requests are about what is there.
func (f *schemaFuzz) harvest(operation string, w *httptest.ResponseRecorder) {
	if w.Code > 299 {
		return
	}
	var answer any
	if json.Unmarshal(w.Body.Bytes(), &answer) != nil {
		return
	}
	keep := func(pool, text string) {
		if text == "" || len(text) > 512 || f.own[text] || slices.Contains(f.pool[pool], text) {
			return
		}
		if len(f.pool[pool]) < poolSize {
			f.pool[pool] = append(f.pool[pool], text)
		} else {
			f.pool[pool][f.r.IntN(poolSize)] = text
		}
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, field := range slices.Sorted(maps.Keys(v)) {
				if text, ok := v[field].(string); ok {
					switch field {
					case "id":
						if pool := tells[operation]; pool != "" {
							keep(pool, text)
						}
					case "token", "event", "confirm":
						keep(field, text)
					case "key":
						if operation == "listNewcomers" {
							keep("source", text)
						}
					}
				}
				walk(v[field])
			}
		case []any:
			for _, each := range v {
				walk(each)
			}
		}
	}
	walk(answer)
}
