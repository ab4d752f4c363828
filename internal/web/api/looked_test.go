package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/access"
)

// openHouse is a door over a real engine that knows anna.
type openHouse struct {
	*desk
	engine *engine.Engine
	clock  *moving
	key    string // an operator's
	shop   string // a service's
	made   string // id of a decision about anna
}

type moving struct{ now time.Time }

func (m *moving) Now() time.Time { return m.now }

const bought = "SECRET-TEAPOT"

func newOpenHouse(t *testing.T) *openHouse {
	t.Helper()
	ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorEngine})
	var cfg engine.Config
	cfg.Learn.Check, cfg.Learn.Support = time.Hour, 1
	cfg.Looks.PeoplePerHour = 1000
	cfg.Defaults()
	dir, now := t.TempDir(), &moving{noon}
	e, err := engine.Open(ctx, cfg, engine.Options{Dir: filepath.Join(dir, "data"), KeyDir: filepath.Join(dir, "keys"), Clock: now, Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	h := &openHouse{engine: e, clock: now}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(e.PutItems(ctx, []tactful.Item{{ID: bought, Title: "The secret teapot", Price: 100, Currency: "GBP", Availability: tactful.InStock}, {ID: "other", Title: "Other", Price: 100, Currency: "GBP", Availability: tactful.InStock}}))
	change := engine.ConsentChange{Level: tactful.Personal}
	for _, n := range e.Notices("en") {
		if n.Purpose == tactful.Recommendations {
			change.Answers = append(change.Answers, tactful.Consent{Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Method: "form"})
		}
	}
	_, err = e.SetConsents(ctx, anna, change)
	must(err)
	body := `{"events":[{"messageId":"m1","userId":"anna","action":"purchased","item":"` + bought + `","source":"web","time":"2026-11-22T11:00:00Z"}]}`
	outcomes, err := e.Ingest(ctx, engine.Delivery{Trust: engine.Trusted, Form: engine.Native, Body: []byte(body)})
	must(err)
	if outcomes[0].Status != engine.OutcomeAccepted {
		t.Fatalf("%+v", outcomes)
	}
	d, err := e.Decide(ctx, &tactful.Request{Subject: anna, Placement: tactful.ForYou, Count: 2, Items: []string{bought}})
	must(err)
	h.made = d.ID
	h.key, err = e.Access().Make(ctx, access.New{Name: "desk", Scopes: access.Admin, Operator: "Ada B."})
	must(err)
	h.shop, err = e.Access().Make(ctx, access.New{Name: "shop", Scopes: access.Rights | access.Decide})
	must(err)
	h.desk = newDesk(t, func(o *Options) { o.Engine, o.Keys, o.KeyTable, o.Clock = e, e.Access(), e.Access(), now })
	return h
}

var anna = tactful.Alias{Kind: tactful.UserID, ID: "anna"}

// looks is what anna sees of who looked.
func (h *openHouse) looks(t *testing.T) []tactful.Look {
	t.Helper()
	looks, err := h.engine.Looks(tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson}), anna, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return looks
}

// notImplemented are GET routes about one person that need more than an id to
// be reached in this test; each says who tests its look.
var notImplemented = map[string]string{}

// addresses are the GET routes about anna, of the document, with its variables
// filled in.
func (h *openHouse) addresses(t *testing.T) []string {
	t.Helper()
	var all []string
	for path, item := range load(t).Paths.Map() {
		if item.Get == nil || notImplemented[path] != "" {
			continue
		}
		about := strings.Contains(path, "{subjectId}") || item.Get.Extensions["x-opens"] == "person"
		if !about {
			continue
		}
		path = strings.ReplaceAll(strings.ReplaceAll(path, "{subjectId}", "anna"), "{decisionId}", h.made)
		for strings.Contains(path, "{") { // ids of things that anna does not have
			from, to := strings.Index(path, "{"), strings.Index(path, "}")
			path = path[:from] + "0123456789abcdef0123456789abcdef" + path[to+1:]
		}
		all = append(all, path)
	}
	if len(all) < 5 {
		t.Fatalf("only %v: the test looks at the wrong place", all)
	}
	slices.Sort(all)
	return all
}

// TestNoGetRouteOpensSomebodyWithoutALook walks the document: whatever trick a
// request uses, afterwards there is a look for the person to see, or the answer
// held nothing of theirs.
func TestNoGetRouteOpensSomebodyWithoutALook(t *testing.T) {
	h := newOpenHouse(t)
	reason := []string{tactful.ReasonHeader, "a walk over all the routes"}
	for _, address := range h.addresses(t) {
		for _, c := range []struct {
			name, method, suffix string
			headers              []string
		}{
			{"plainly", "GET", "", nil},
			{"by HEAD", "HEAD", "", nil},
			{"a part of it", "GET", "", []string{"Range", "bytes=0-10"}},
			{"if it has changed", "GET", "", []string{"If-None-Match", `"x"`, "If-Modified-Since", "Sun, 22 Nov 2026 12:00:00 GMT"}},
			{"if it is the same", "GET", "", []string{"If-None-Match", "*"}},
			{"by an override", "GET", "", []string{"X-HTTP-Method-Override", "OPTIONS"}},
			{"as a prefetch", "GET", "", []string{"Purpose", "prefetch", "Sec-Purpose", "prefetch"}},
		} {
			t.Run(address+" "+c.name, func(t *testing.T) {
				h.clock.now = h.clock.now.Add(time.Hour) // a look of its own
				before := len(h.looks(t))
				w := h.call(c.method, address+c.suffix, h.key, "", append(reason, c.headers...)...)
				looks := h.looks(t)
				recorded := len(looks) > before && looks[0].Name == "Ada B." && looks[0].Reason == reason[1] && looks[0].Time.Equal(h.clock.now)
				switch {
				case w.Code >= 500:
					t.Errorf("%d %s", w.Code, w.Body)
				case !recorded && w.Code < 300:
					t.Errorf("%d without a look: %s", w.Code, w.Body)
				case !recorded && personal(w.Body.String()):
					t.Errorf("%d holds data without a look: %s", w.Code, w.Body)
				}
			})
			t.Run(address+" "+c.name+" without a reason", func(t *testing.T) {
				before := len(h.looks(t))
				w := h.call(c.method, address+c.suffix, h.key, "", c.headers...)
				if w.Code < 400 || w.Code > 499 || personal(w.Body.String()) || len(h.looks(t)) != before {
					t.Errorf("%d %s", w.Code, w.Body)
				}
				if c.method == "GET" && !strings.Contains(w.Body.String(), tactful.ReasonHeader) {
					t.Errorf("the refusal does not name the header: %s", w.Body)
				}
			})
		}
	}
}

// TestNoRouteAboutOnePersonServesAnOperatorWithoutAReason walks every method,
// also of routes that come later.
func TestNoRouteAboutOnePersonServesAnOperatorWithoutAReason(t *testing.T) {
	h, found := newOpenHouse(t), 0
	for path, item := range load(t).Paths.Map() {
		for method, o := range item.Operations() {
			if !strings.Contains(path, "{subjectId}") && o.Extensions["x-opens"] != "person" {
				continue
			}
			found++
			address := strings.ReplaceAll(strings.ReplaceAll(path, "{subjectId}", "anna"), "{decisionId}", h.made)
			for strings.Contains(address, "{") {
				from, to := strings.Index(address, "{"), strings.Index(address, "}")
				address = address[:from] + "desk" + address[to+1:]
			}
			w := h.call(method, address, h.key, "")
			if p := problem(t, w); w.Code != 400 || p.Field != tactful.ReasonHeader {
				t.Errorf("%s %s: %d %+v", method, path, w.Code, p)
			}
		}
	}
	if looks := h.looks(t); found < 15 || len(looks) != 0 {
		t.Errorf("%d routes, %d looks", found, len(looks))
	}
	if n := h.engine.LookTally().Refused["no_reason"]; n != uint64(found) {
		t.Errorf("%d of %d refusals are counted", n, found)
	}
}

// personal reports whether an answer holds something of anna's.
func personal(text string) bool {
	return strings.Contains(text, bought) || strings.Contains(text, "teapot") || strings.Contains(text, "granted") || strings.Contains(text, "walk over")
}

func TestThePositiveControlOfTheWalk(t *testing.T) {
	h := newOpenHouse(t)
	if w := h.call("GET", "/v1/subjects/anna/history", h.shop, ""); w.Code != 200 || !personal(w.Body.String()) {
		t.Fatalf("the data that the walk looks for is not there: %d %s", w.Code, w.Body)
	}
}

func TestListsForOthersAreLooksToo(t *testing.T) {
	h := newOpenHouse(t)
	const body = `{"placement":"for_you","count":2,"userId":"anna"}`
	if w := h.call("POST", "/v1/decisions/recommendations", h.key, body); w.Code != 400 || problem(t, w).Field != tactful.ReasonHeader {
		t.Errorf("without a reason: %d %s", w.Code, w.Body)
	}
	if w := h.call("POST", "/v1/decisions/recommendations", h.key, `{"placement":"popular","count":2}`); w.Code != 200 {
		t.Errorf("a list about nobody needs a reason: %d %s", w.Code, w.Body)
	}
	if w := h.call("POST", "/v1/decisions/recommendations", h.key, body, tactful.ReasonHeader, "she sees an odd suggestion"); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if looks := h.looks(t); len(looks) != 1 || looks[0].Opened != tactful.OpenedSuggestions {
		t.Errorf("%+v", looks)
	}
	if w := h.call("POST", "/v1/decisions/recommendations", h.shop, body); w.Code != 200 || len(h.looks(t)) != 1 {
		t.Errorf("the shop's own page: %d %s", w.Code, w.Body)
	}
}

func TestALookIsInTheVeryNextAnswer(t *testing.T) {
	h := newOpenHouse(t)
	const why = `she asks <script>alert("x")</script> why`
	if w := h.call("GET", "/v1/subjects/anna/history", h.key, "", tactful.ReasonHeader, why); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	w := h.call("GET", "/v1/subjects/anna/looks", h.shop, "")
	var answer struct {
		Looks []struct {
			Kind, Name, Reason string
			Time               time.Time
			Opened             []string
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 || len(answer.Looks) != 2 {
		t.Fatalf("%d %s %v", w.Code, w.Body, err)
	}
	first, second := answer.Looks[0], answer.Looks[1]
	if first.Name != "Ada B." || first.Reason != why || !slices.Equal(first.Opened, []string{"history"}) || second.Kind != "service" || second.Reason != "" {
		t.Errorf("%+v", answer.Looks)
	}
	if strings.Contains(w.Body.String(), "<script>") {
		t.Error("the reason could become a part of a page")
	}
	if strings.Contains(h.log.String(), "script") || strings.Contains(h.log.String(), "anna") {
		t.Errorf("the log: %s", h.log)
	}
}

func TestWhoOpensTooManyWaitsAsRetryAfterSays(t *testing.T) {
	d := newDesk(t)
	d.engine.err = fmt.Errorf("history: %w", &engine.TooMany{After: 57*time.Minute + time.Millisecond, Problem: &tactful.Error{Kind: tactful.Refused, Detail: "d", Remedy: "r"}})
	w := d.call("GET", "/v1/subjects/u1/history", "rights", "")
	if p := problem(t, w); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "3421" || p.Remedy != "r" {
		t.Errorf("%d, Retry-After %q: %+v", w.Code, w.Header().Get("Retry-After"), p)
	}
}
