package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/rights"
)

func aRequest() rights.Request {
	by := rights.By{Kind: tactful.ActorOperator, Name: "Ada B.", Key: "k-secret"}
	return rights.Request{
		Kind: rights.Erasure, Channel: rights.Letter, State: rights.Refused, Why: rights.ForSomebody, Region: "DE", Law: "DE", Received: noon.AddDate(0, -2, 0),
		Confirm: noon.AddDate(0, -1, -15), Heard: noon.AddDate(0, -2, 1), Due: noon.AddDate(0, -1, 0), Moved: true, Closed: noon, Ground: rights.LegalDuty, Opened: by, Released: by, Ended: by,
	}
}

func aRight() engine.Right {
	return engine.Right{ID: "0a1b", Request: aRequest(), Text: "please", Answers: []engine.Answered{{Time: noon, By: "Ada B.", Text: "no"}},
		Detail: rights.Detail{Receipt: "r-1", Proof: "called back", Selection: &rights.Selection{From: noon, To: noon.Add(time.Hour)}, Correction: &rights.Correction{Event: "0a", Quantity: 2}}}
}

func (f *fakeEngine) OpenRight(_ context.Context, r engine.RightRequest) (engine.Right, error) {
	f.asked = r
	return aRight(), f.err
}
func (f *fakeEngine) Rights(_ context.Context, a tactful.Alias) ([]engine.Right, error) {
	f.alias = a
	return []engine.Right{aRight()}, f.err
}
func (f *fakeEngine) Right(context.Context, string) (engine.Right, error) { return aRight(), f.err }
func (f *fakeEngine) RightsQueue(context.Context, engine.QueueFilter) ([]engine.Queued, error) {
	return []engine.Queued{{ID: "0a1b", Request: aRequest()}}, f.err
}
func (f *fakeEngine) ReleaseRight(context.Context, string) (rights.Request, error) {
	return aRequest(), f.err
}
func (f *fakeEngine) ConfirmRight(context.Context, string) (rights.Request, error) {
	return aRequest(), f.err
}
func (f *fakeEngine) TakeRight(context.Context, string) (rights.Request, error) {
	return aRequest(), f.err
}
func (f *fakeEngine) CancelRight(context.Context, string, string) (rights.Request, error) {
	return aRequest(), f.err
}
func (f *fakeEngine) AnswerRight(context.Context, string, string) (rights.Request, error) {
	return aRequest(), f.err
}
func (f *fakeEngine) RefuseRight(_ context.Context, _ string, g rights.Ground, _ string) (rights.Request, error) {
	if g != rights.LegalDuty {
		return rights.Request{}, tactful.Errorf(tactful.Invalid, "another ground arrived")
	}
	return aRequest(), f.err
}
func (f *fakeEngine) ExtendRight(context.Context, string, string) (rights.Request, error) {
	return aRequest(), f.err
}
func (f *fakeEngine) Export(_ context.Context, r engine.ExportRequest, w io.Writer) error {
	if f.err == nil {
		_, _ = io.WriteString(w, map[engine.Format]string{engine.FormatCSV: "a,b\n", engine.FormatHTML: "<p>"}[r.Format])
		if r.Format == engine.FormatJSON || r.Format == engine.FormatPortable {
			_, _ = io.WriteString(w, `{"format":"x"}`)
		}
	}
	return f.err
}
func (f *fakeEngine) ImportSubject(_ context.Context, req engine.ImportRequest, r io.Reader) (engine.Imported, error) {
	text, _ := io.ReadAll(r)
	f.setting = string(text)
	return engine.Imported{Events: 2, Refused: map[string]int{"invalid": 1}}, f.err
}
func (f *fakeEngine) Control(context.Context, tactful.Alias) (engine.Control, error) {
	return engine.Control{Restricted: true, Paused: noon}, f.err
}
func (f *fakeEngine) Restrict(context.Context, tactful.Alias) error   { return f.err }
func (f *fakeEngine) Unrestrict(context.Context, tactful.Alias) error { return f.err }
func (f *fakeEngine) ObjectIn(_ context.Context, _ tactful.Alias, region string) error {
	f.region = region
	return f.err
}
func (f *fakeEngine) Forgets() time.Time                                    { return noon }
func (f *fakeEngine) Unobject(context.Context, tactful.Alias) error         { return f.err }
func (f *fakeEngine) Pause(context.Context, tactful.Alias, time.Time) error { return f.err }
func (f *fakeEngine) Events(context.Context, tactful.Alias, int) ([]engine.PersonEvent, error) {
	return []engine.PersonEvent{{ID: "0a", Event: tactful.Event{Action: tactful.Purchased, Item: "a", Quantity: 1, Time: noon, Source: "web", Provenance: tactful.Declared}}}, f.err
}
func (f *fakeEngine) WithdrawEvents(_ context.Context, _ tactful.Alias, which rights.Selection) (engine.Withdrawn, error) {
	f.withdrew = which
	return engine.Withdrawn{Removed: 1, Forgets: noon, Named: noon}, f.err
}
func (f *fakeEngine) Rectify(_ context.Context, _ tactful.Alias, c rights.Correction) error {
	f.corrected = c
	return f.err
}
func (f *fakeEngine) MakeLink(context.Context, engine.LinkRequest) (engine.Link, error) {
	return engine.Link{URL: "https://x.example/privacy/link/t", Token: "t", Expires: noon}, f.err
}
func (f *fakeEngine) RedeemLink(context.Context, string) (engine.Visit, error) {
	return engine.Visit{Subject: tactful.Alias{Kind: tactful.UserID, ID: "u1"}, Opens: true, Until: noon}, f.err
}
func (f *fakeEngine) RedeemToken(context.Context, string) (engine.Visit, error) {
	return engine.Visit{Subject: tactful.Alias{Kind: tactful.Anonymous, ID: "a1"}, Opens: true, Until: noon}, f.err
}

func TestARequestArrivesAsItWasAsked(t *testing.T) {
	d := newDesk(t, quiet)
	w := d.call("POST", "/v1/subjects/u1/requests?kind=anonymous", "rights",
		`{"right":"withdrawal","channel":"letter","region":"US-CA","text":"x","proof":"y","selection":{"from":"2026-11-22T11:00:00Z","to":"2026-11-22T12:00:00Z"}}`)
	got := d.engine.asked
	if w.Code != 201 || got.Kind != rights.Withdrawal || got.Channel != rights.Letter || got.Region != "US-CA" || got.Detail.Proof != "y" || got.Text != "x" ||
		got.Subject.Kind != tactful.Anonymous || !got.Detail.Selection.To.Equal(noon) || got.Detail.Correction != nil {
		t.Errorf("%d %+v", w.Code, got)
	}
	if d.call("POST", "/v1/subjects/u1/requests", "rights", `{"right":"erasure"}`); d.engine.asked.Channel != rights.API || d.engine.asked.Detail.Selection != nil {
		t.Errorf("%+v", d.engine.asked)
	}
	if strings.Contains(w.Body.String(), "k-secret") {
		t.Error("the answer names a key")
	}
	d.call("POST", "/v1/subjects/u1/events/withdraw", "rights", `{"all":true}`)
	d.call("POST", "/v1/subjects/u1/events/correct", "rights", `{"event":"0a","item":"b"}`)
	if !d.engine.withdrew.All || d.engine.corrected != (rights.Correction{Event: "0a", Item: "b"}) {
		t.Errorf("%+v %+v", d.engine.withdrew, d.engine.corrected)
	}
	d.call("POST", "/v1/subjects/u1/import", "rights", `{"document":"{\"format\": \"x\"}"}`)
	if d.engine.setting != `{"format": "x"}` {
		t.Errorf("the file arrived as %q", d.engine.setting)
	}
	for token, want := range map[string]string{"a": "u1", "a.b.c": "a1"} {
		if w := d.call("POST", "/v1/links/redeem", "rights", `{"token":"`+token+`"}`); !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %s", token, w.Body)
		}
	}
}

func TestACopyIsAFileToKeep(t *testing.T) {
	d := newDesk(t, quiet)
	for format, media := range map[string]string{"json": "application/json", "csv": "text/csv; charset=utf-8", "html": "text/html; charset=utf-8", "portable": "application/json"} {
		w := d.call("GET", "/v1/subjects/u1/export?format="+format, "rights", "")
		h := w.Header()
		if w.Code != 200 || h.Get("Content-Type") != media || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") || strings.Contains(h.Get("Content-Disposition"), "u1") ||
			h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", format, w.Code, h)
		}
	}
}

// TestGETChangesNothing walks every GET of the document over a real engine
// that knows somebody, twice, and finds the person's data as it was: mail
// scanners and prefetching browsers follow links.
func TestGETChangesNothing(t *testing.T) {
	h := newOpenHouse(t)
	as := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	r, err := h.engine.OpenRight(as, engine.RightRequest{Subject: anna, Kind: rights.Rectification, Channel: rights.Centre, Text: "x"})
	if err != nil {
		t.Fatal(err)
	}
	letter := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "ann", Key: "k1", Reason: "she wrote us a letter"})
	proving, err := h.engine.OpenRight(letter, engine.RightRequest{Subject: anna, Kind: rights.Erasure, Channel: rights.Letter})
	if err != nil {
		t.Fatal(err)
	}
	link, err := h.engine.MakeLink(as, engine.LinkRequest{Subject: anna, Base: "https://x.example", Request: proving.ID})
	if err != nil {
		t.Fatal(err)
	}
	log, err := h.engine.ConsentLog(as, anna, 1)
	if err != nil {
		t.Fatal(err)
	}
	known := strings.NewReplacer("{subjectId}", "anna", "{decisionId}", h.made, "{itemId}", bought, "{requestId}", r.ID, "{recordId}", log[0].Consent.ID, "{attribute}", "x", "{deliveryId}", "none",
		"{keyId}", "x", "{erasureId}", strings.Repeat("0", 32), "{experiment}", "none")
	state := func() string {
		t.Helper()
		var copy strings.Builder
		if err := h.engine.Export(as, engine.ExportRequest{Subject: anna, Format: engine.FormatJSON}, &copy); err != nil {
			t.Fatal(err)
		}
		var c map[string]any
		if err := json.Unmarshal([]byte(copy.String()), &c); err != nil {
			t.Fatal(err)
		}
		delete(c, "look") // that somebody looked is on record; nothing else may be
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		queue, err := h.engine.RightsQueue(as, engine.QueueFilter{})
		if err != nil {
			t.Fatal(err)
		}
		all, err := json.Marshal(queue)
		if err != nil {
			t.Fatal(err)
		}
		return string(text) + string(all)
	}
	before := state()
	walked := 0
	for path, item := range load(t).Paths.Map() {
		if item.Get == nil {
			continue
		}
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			w := h.call(method, known.Replace(path), h.shop, "")
			if method == http.MethodGet && w.Code != 200 && w.Code != 403 && w.Code != 404 {
				t.Errorf("GET %s: %d %s", path, w.Code, w.Body)
			}
			walked++
		}
	}
	if after := state(); after != before {
		t.Errorf("a GET changed something:\n%s\n%s", before, after)
	}
	for _, target := range []string{"/v1/links/redeem", "/v1/requests/" + r.ID + "/cancel", "/v1/subjects/anna/events/withdraw", "/v1/subjects/anna/pause", engine.LinkPath + link.Token} {
		if w := h.call(http.MethodGet, target, h.shop, ""); w.Code < 400 {
			t.Errorf("GET %s: %d", target, w.Code)
		}
	}
	if visit, err := h.engine.RedeemLink(as, link.Token); err != nil || visit.Request != proving.ID {
		t.Errorf("after all that was looked at, the link opens nothing: %v", err)
	}
	t.Logf("%d requests changed nothing", walked)
}

// TestTheQueueOverTheWire lets two operators with keys of their own deal with
// what came by phone.
func TestTheQueueOverTheWire(t *testing.T) {
	h := newOpenHouse(t)
	make := func(name, operator string) string {
		t.Helper()
		key, err := h.engine.Access().Make(context.Background(), access.New{Name: name, Scopes: access.Rights, Operator: operator})
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	ann, bob := make("ann", "Ann"), make("bob", "Bob")
	const why = "she rang us up about it"
	call := func(key, method, target, body string, want int) map[string]any {
		t.Helper()
		headers := []string{tactful.ReasonHeader, why}
		if key == h.shop {
			headers = nil
		}
		w := h.call(method, target, key, body, headers...)
		if w.Code != want {
			t.Fatalf("%s %s: %d, want %d: %s", method, target, w.Code, want, w.Body)
		}
		var answer map[string]any
		if w.Body.Len() > 0 {
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
				t.Fatal(err)
			}
		}
		return answer
	}
	call(h.shop, "POST", "/v1/subjects/anna/requests", `{"right":"restriction","channel":"phone","proof":"called back"}`, 403)
	opened := call(ann, "POST", "/v1/subjects/anna/requests", `{"right":"restriction","channel":"phone","proof":"called back","text":"please stop"}`, 201)["request"].(map[string]any)
	if opened["state"] != "waiting" || opened["why"] != "on_behalf" {
		t.Fatalf("%v", opened)
	}
	at := "/v1/requests/" + opened["id"].(string)
	call(ann, "POST", at+"/release", "", 403)
	call(h.shop, "POST", at+"/release", "", 403)
	if done := call(bob, "POST", at+"/release", "", 200); done["state"] != "done" {
		t.Errorf("%v", done)
	}
	if c := call(h.shop, "GET", "/v1/subjects/anna/controls", "", 200); c["restricted"] != true {
		t.Errorf("%v", c)
	}
	looks, err := h.engine.Looks(tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson}), anna, 100)
	if err != nil {
		t.Fatal(err)
	}
	who := map[string]bool{}
	for _, l := range looks {
		who[l.Name] = true
	}
	if !who["Ann"] || !who["Bob"] {
		t.Errorf("anna sees %v", who)
	}
	if list := call(h.shop, "GET", "/v1/requests?state=done", "", 200)["requests"].([]any); len(list) != 1 {
		t.Errorf("%v", list)
	}
}
