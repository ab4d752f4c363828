package recombee

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// shelf answers with two items and remembers what it was asked, and by whom.
type shelf struct {
	asked []*tactful.Request
	actor tactful.Actor
	err   error
	kept  []tactful.Alias // whose signal was put on record
}

func (s *shelf) Decide(ctx context.Context, r *tactful.Request) (*tactful.Decision, error) {
	s.asked, s.actor = append(s.asked, r), tactful.ActorOf(ctx)
	if s.err != nil {
		return nil, s.err
	}
	return &tactful.Decision{ID: "decision-1", Placement: r.Placement, Level: tactful.Personal, Suggestions: []tactful.Suggestion{
		{Item: tactful.Item{ID: "A1", Title: "Cup", Price: 295, Currency: "GBP", Categories: []string{"Kitchen"}}, Score: 1.5, Origin: tactful.Ranked,
			Reason: tactful.Reason{Key: "because.purchased", Sentence: "You bought a pot.", Language: "en", Items: []string{"B2"}}},
		{Item: tactful.Item{ID: "C3", Title: "Pan", Price: -1}, Origin: tactful.Filler, Reason: tactful.Reason{Sentence: "Many people like it."}},
	}}, nil
}

func (s *shelf) HonourGPC(_ context.Context, a tactful.Alias) error {
	s.kept = append(s.kept, a)
	return nil
}

const token = "a-private-token-of-the-shop"

func newDoor(t testing.TB) (http.Handler, *shelf) {
	t.Helper()
	s := &shelf{}
	h, err := New(Options{Engine: s, Databases: []Database{{Name: "shop", Token: token}}, Log: slog.New(slog.DiscardHandler), Clock: tactful.FixedClock(noon)})
	if err != nil {
		t.Fatal(err)
	}
	return h, s
}

// signed is a target as Recombee's clients write it.
func signed(target, with string, at time.Time) string {
	mark := "?"
	if strings.Contains(target, "?") {
		mark = "&"
	}
	target += fmt.Sprintf("%shmac_timestamp=%d", mark, at.Unix())
	mac := hmac.New(sha1.New, []byte(with))
	mac.Write([]byte(target))
	return target + "&hmac_sign=" + hex.EncodeToString(mac.Sum(nil))
}

func ask(h http.Handler, method, target, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	return w
}

func TestOnlyWhoHoldsTheTokenIsAnswered(t *testing.T) {
	const path = "/shop/recomms/users/u%201/items/"
	good := signed(path, token, noon)
	for _, c := range []struct {
		name, target string
		status       int
	}{
		{"signed with the token", good, 200},
		{"signed a little ago", signed(path, token, noon.Add(-4*time.Minute)), 200},
		{"no signature", path + "?hmac_timestamp=1", 403},
		{"nothing at all", path, 403},
		{"another token", signed(path, "another-token", noon), 403},
		{"an empty token", signed(path, "", noon), 403},
		{"an unknown database, signed with the token", signed("/other/recomms/users/u/items/", token, noon), 403},
		{"an unknown database, signed with nothing", signed("/other/recomms/users/u/items/", "", noon), 403},
		{"somebody else's name under a good signature", strings.Replace(good, "u%201", "u%202", 1), 403},
		{"the same name written otherwise", strings.Replace(good, "u%201", "%75%201", 1), 403},
		{"a parameter added behind", good + "&count=5", 403},
		{"a parameter added before", strings.Replace(good, "?", "?count=5&", 1), 403},
		{"a signature of last week", signed(path, token, noon.Add(-7*24*time.Hour)), 403},
		{"a signature of tomorrow", signed(path, token, noon.Add(24*time.Hour)), 403},
		{"half a signature", good[:len(good)-20], 403},
		{"two times", signed(path+"?hmac_timestamp=1", token, noon), 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, s := newDoor(t)
			w := ask(h, "POST", c.target, `{"count":2}`)
			if w.Code != c.status || (len(s.asked) == 1) != (c.status == 200) {
				t.Fatalf("%d, asked %d times: %s", w.Code, len(s.asked), w.Body)
			}
		})
	}
}

func TestTheAnswerCarriesReasonsAndTheReceipt(t *testing.T) {
	h, s := newDoor(t)
	w := ask(h, "POST", signed("/shop/recomms/users/u%2F1/items/", token, noon), `{"count":2,"returnProperties":true,"cascadeCreate":true,"scenario":"home","booster":"1","diversity":0.5}`)
	var got struct {
		RecommID string
		Recomms  []struct {
			ID     string
			Values map[string]any
		}
		NumberNextRecommsCalls *int
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got.RecommID != "decision-1" || got.NumberNextRecommsCalls == nil || len(got.Recomms) != 2 || got.Recomms[0].ID != "A1" ||
		got.Recomms[0].Values["reason"] != "You bought a pot." || got.Recomms[0].Values["price"] != 2.95 || got.Recomms[1].Values["price"] != nil {
		t.Errorf("%s", w.Body)
	}
	if r := s.asked[0]; r.Placement != tactful.ForYou || r.Subject != (tactful.Alias{Kind: tactful.UserID, ID: "u/1"}) || r.Count != 2 || r.Level != tactful.LevelUnknown {
		t.Errorf("asked %+v", r)
	}
	if s.actor.Kind != tactful.ActorService {
		t.Errorf("it acts as %v", s.actor.Kind)
	}
	if h := w.Header().Get("Tactful-Ignored"); h != "scenario, booster, diversity" {
		t.Errorf("ignored %q", h)
	}
}

func TestBothFormsAreRead(t *testing.T) {
	for _, c := range []struct {
		name, method, target, body string
		want                       tactful.Request
	}{
		{"items to an item, by POST", "POST", "/shop/recomms/items/A1/items/", `{"count":3,"targetUserId":"u1"}`,
			tactful.Request{Placement: tactful.Similar, Items: []string{"A1"}, Count: 3, Subject: userNamed("u1")}},
		{"items to an item for nobody", "POST", "/shop/recomms/items/A1/items/", `{"count":3,"targetUserId":null}`,
			tactful.Request{Placement: tactful.Similar, Items: []string{"A1"}, Count: 3}},
		{"items to a user, by GET", "GET", "/shop/recomms/users/u1/items/?count=4&returnProperties=true&includedProperties=title%2Creason", "",
			tactful.Request{Placement: tactful.ForYou, Count: 4, Subject: userNamed("u1")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, s := newDoor(t)
			w := ask(h, c.method, signed(c.target, token, noon), c.body)
			if w.Code != 200 || len(s.asked) != 1 || fmt.Sprint(*s.asked[0]) != fmt.Sprint(c.want) {
				t.Fatalf("%d %s asked %+v", w.Code, w.Body, s.asked)
			}
			if c.method == "GET" && (!strings.Contains(w.Body.String(), `"values":{"reason":"You bought a pot.","title":"Cup"}`)) {
				t.Errorf("%s", w.Body)
			}
		})
	}
}

func TestWhatCannotBeFollowedIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, target, body, field string
		status                    int
	}{
		{"a filter, since it keeps something out", "/shop/recomms/users/u/items/", `{"count":1,"filter":"'age' > 18"}`, "filter", 400},
		{"no count", "/shop/recomms/users/u/items/", `{}`, "count", 400},
		{"a count of another type", "/shop/recomms/users/u/items/", `{"count":"many"}`, "count", 400},
		{"more than we give", "/shop/recomms/users/u/items/", `{"count":1000}`, "count", 400},
		{"a list for a body", "/shop/recomms/users/u/items/", `[]`, "body", 400},
		{"a key twice", "/shop/recomms/users/u/items/", `{"count":1,"count":2}`, "body", 400},
		{"another call of the wire", "/shop/recomms/users/u/segments/", `{"count":1}`, "", 404},
	} {
		h, s := newDoor(t)
		w := ask(h, "POST", signed(c.target, token, noon), c.body)
		if w.Code != c.status || len(s.asked) != 0 || !strings.Contains(w.Body.String(), c.field) {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
	h, s := newDoor(t)
	s.err = tactful.Errorf(tactful.Internal, "u1 broke it")
	if w := ask(h, "POST", signed("/shop/recomms/users/u1/items/", token, noon), `{"count":1}`); w.Code != 500 || strings.Contains(w.Body.String(), "u1") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask(h, "DELETE", signed("/shop/recomms/users/u1/items/", token, noon), ""); w.Code != 405 {
		t.Errorf("DELETE: %d", w.Code)
	}
}

// FuzzRecommsBody holds that no body and no query is our fault.
func FuzzRecommsBody(f *testing.F) {
	for _, seed := range []string{`{"count":2}`, `{"count":1,"includedProperties":"a,b"}`, `{"filter":null}`, `{`, ""} {
		f.Add([]byte(seed), "count=1")
	}
	h, _ := newDoor(f)
	f.Fuzz(func(t *testing.T, body []byte, query string) {
		for _, r := range []*http.Request{
			{Method: "POST", RequestURI: signed("/shop/recomms/users/u/items/", token, noon)},
			{Method: "GET", RequestURI: signed("/shop/recomms/users/u/items/?"+query, token, noon)},
		} {
			made := httptest.NewRequest(r.Method, "/shop/recomms/users/u/items/", bytes.NewReader(body))
			made.RequestURI = r.RequestURI
			_, made.URL.RawQuery, _ = strings.Cut(r.RequestURI, "?")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, made)
			if w.Code >= 500 || (w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json") {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
	})
}

func TestTermsOfOnePersonAreRefusedWithTheirField(t *testing.T) {
	for _, c := range []struct{ name, body, field string }{
		{"a booster by price", `{"count":2,"booster":"if 'price' > 100 then 2 else 1"}`, "booster"},
		{"a booster by what somebody may borrow", `{"count":2,"booster":"context_user[\"credit_limit\"]"}`, "booster"},
		{"a filter by it", `{"count":2,"filter":"'price' < context_user[\"creditLimit\"]"}`, "filter"},
		{"a filter by eligibility", `{"count":2,"filter":"'eligible_for' == \"x\""}`, "filter"},
		{"a logic", `{"count":2,"logic":{"name":"dynamic-pricing"}}`, "logic"},
		{"a parameter of its own", `{"count":2,"discount":10}`, "discount"},
		{"inside an unknown one", `{"count":2,"zz":{"credit_score":1}}`, "zz"},
	} {
		h, s := newDoor(t)
		w := ask(h, "POST", signed("/shop/recomms/users/u/items/", token, noon), c.body)
		if w.Code != 422 || len(s.asked) != 0 || !strings.Contains(w.Body.String(), `"field":"`+c.field+`"`) {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"the price of goods may be told":       {`{"count":2,"returnProperties":true,"includedProperties":["price"]}`, 200},
		"a booster by something else":          {`{"count":2,"booster":"if 'colour' == \"red\" then 2 else 1"}`, 200},
		"a filter by the price of goods alone": {`{"count":2,"filter":"'price' < 100"}`, 400},
	} {
		h, _ := newDoor(t)
		if w := ask(h, "POST", signed("/shop/recomms/users/u/items/", token, noon), c.body); w.Code != c.status {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestGPCIsKeptForWhoeverTheListIsFor(t *testing.T) {
	h, s := newDoor(t)
	for _, signal := range []string{"1", "true"} {
		r := httptest.NewRequest("POST", signed("/shop/recomms/users/u1/items/", token, noon), strings.NewReader(`{"count":2}`))
		r.Header.Set("Sec-GPC", signal)
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	if len(s.kept) != 1 || s.kept[0].ID != "u1" { // only exactly "1" is the signal
		t.Errorf("kept for %v", s.kept)
	}
}
