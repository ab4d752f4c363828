package centre

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/rights"
)

// byLink makes the world's centre one that people enter by a link.
func byLink(t *testing.T) (*world, *Sessions) {
	t.Helper()
	w := newWorld(t)
	s := NewSessions(w.engine, tactful.FixedClock(noon), false)
	c, err := New(Options{Engine: w.engine, Identity: s, Links: w.engine, Papers: w.centre.papers, Clock: tactful.FixedClock(noon), Settings: w.centre.settings})
	if err != nil {
		t.Fatal(err)
	}
	w.centre = c
	w.server.Config.Handler = c
	return w, s
}

func TestALinkOpensTheCentreOnceAndOnlyByItsButton(t *testing.T) {
	w, _ := byLink(t)
	if page := text(w.get(Root)); !strings.Contains(page, "Open this page by your own link") || strings.Contains(page, "How personal") {
		t.Error("nobody sees more than how to enter")
	}
	link, err := w.engine.MakeLink(context.Background(), engine.LinkRequest{Subject: ada, Base: "https://privacy.shop.example"})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link.URL)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // scanners of mails look at links
		w.get(u.Path)
	}
	seen := httptest.NewRecorder()
	if w.centre.ServeHTTP(seen, httptest.NewRequest(http.MethodGet, u.Path, nil)); seen.Header().Get("Referrer-Policy") != "same-origin" {
		t.Errorf("over plain http browsers would send its form with the origin null: %q", seen.Header().Get("Referrer-Policy"))
	}
	if page := text(w.get(Root)); !strings.Contains(page, "Open this page by your own link") {
		t.Error("looking at the link opened the centre")
	}
	doc := w.press(w.get(u.Path), "Open it now")
	if w.last != Root || !strings.Contains(text(doc), "How personal may it be?") {
		t.Errorf("at %s", w.last)
	}
	if page := text(w.get(Root + "/history")); !strings.Contains(page, "Thing number 3") {
		t.Error("the visit is not hers")
	}
	w.press(w.get(Root+"/history"), "Leave")
	if page := text(w.get(Root + "/history")); strings.Contains(page, "Thing number 3") {
		t.Error("the visit goes on after leaving")
	}
	if status, _ := w.do(http.MethodPost, Root+"/link", url.Values{"token": {link.Token}}); status != http.StatusNotFound {
		t.Errorf("the link opened twice: %d", status)
	}
	if status, _ := w.do(http.MethodPost, Root+"/link", url.Values{"token": {link.Token[:len(link.Token)-2] + "AA"}}); status != http.StatusNotFound {
		t.Errorf("a forged link: %d", status)
	}
}

// TestAProofLinkShowsNothingOfThePerson: what an operator made proves a request,
// by a page that says what the button means, and begins no visit.
func TestAProofLinkShowsNothingOfThePerson(t *testing.T) {
	w, _ := byLink(t)
	asBob := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Bob C.", Key: "k1", Reason: "her letter of 3 May"})
	asked, err := w.engine.OpenRight(asBob, engine.RightRequest{Subject: ada, Kind: rights.Access, Channel: rights.Letter})
	if err != nil {
		t.Fatal(err)
	}
	link, err := w.engine.MakeLink(asBob, engine.LinkRequest{Subject: ada, Base: "https://privacy.shop.example", Request: asked.ID})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link.URL)
	if err != nil {
		t.Fatal(err)
	}
	doc := w.get(u.Path)
	if page := text(doc); !strings.Contains(page, "Did you ask us for this?") || !strings.Contains(page, "close this page") {
		t.Errorf("before the button: %s", page)
	}
	doc = w.press(doc, "Yes, I asked")
	if w.last != Root+"/proved" || !strings.Contains(text(doc), "We know now that it was you") {
		t.Errorf("at %s: %s", w.last, text(doc))
	}
	for _, path := range []string{"", "/history", "/data", "/why"} {
		if page := text(w.get(Root + path)); strings.Contains(page, "Thing number") || strings.Contains(page, "Leave") {
			t.Errorf("%s is open after a proof", path)
		}
	}
	if status, _ := w.do(http.MethodGet, Root+"/data/copy/my-data.json", nil); status != http.StatusNotFound {
		t.Errorf("a copy after a proof: %d", status)
	}
	if r, err := w.engine.Right(asBob, asked.ID); err != nil || r.State != rights.Waiting {
		t.Errorf("the request is %s, %v", r.State, err)
	}
}

func TestAVisitIsSealedAndCanBeEnded(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	s := NewSessions(w.engine, tactful.FixedClock(noon), true)
	begin := func() *http.Cookie {
		t.Helper()
		out := httptest.NewRecorder()
		if err := s.Begin(out, httptest.NewRequest(http.MethodPost, Root+"/link", nil), engine.Visit{Subject: ada, Opens: true, Until: noon.Add(time.Minute)}); err != nil {
			t.Fatal(err)
		}
		return out.Result().Cookies()[0]
	}
	asked := func(value string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, Root, nil)
		r.AddCookie(&http.Cookie{Name: cookieVisit, Value: value})
		return r
	}
	c := begin()
	if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode || c.Path != Root || c.MaxAge != 60 || strings.Contains(c.Value, "ada") {
		t.Errorf("%+v", c)
	}
	if s.Who(asked(c.Value)).Alias != ada {
		t.Error("the visitor is not known again")
	}
	for i := range c.Value {
		forged := []byte(c.Value)
		forged[i] ^= 1
		if got := s.Who(asked(string(forged))); got != (Visitor{}) {
			t.Fatalf("a cookie with letter %d changed is taken for %+v", i, got)
		}
	}
	other, out := begin(), httptest.NewRecorder()
	if err := s.Leave(out, asked(c.Value)); err != nil || out.Result().Cookies()[0].MaxAge >= 0 {
		t.Errorf("%v, %v", out.Result().Cookies(), err)
	}
	for _, copied := range []*http.Cookie{c, other} {
		if s.Who(asked(copied.Value)) != (Visitor{}) {
			t.Error("a copied cookie opens the centre after leaving")
		}
	}
	again := begin()
	if err := s.Leave(httptest.NewRecorder(), asked(c.Value)); err != nil || s.Who(asked(again.Value)).Alias != ada {
		t.Errorf("a visit after leaving does not count, or an ended one ends it: %v", err)
	}
	if _, err := w.engine.Erase(ctx, ada); err != nil {
		t.Fatal(err)
	}
	w.agree(ada) // and comes back
	if s.Who(asked(again.Value)) != (Visitor{}) {
		t.Error("a cookie from before the erasure opens what came after it")
	}
	if err := s.Leave(httptest.NewRecorder(), asked(again.Value)); err != nil {
		t.Error(err)
	}
	if s.Who(asked(begin().Value)).Alias != ada {
		t.Error("a visit after the erasure does not count")
	}
}

func FuzzOutcome(f *testing.F) {
	for _, seed := range []string{
		"k=off&u.level=personal&u.yes=recommendations%3A" + strings.Repeat("a", 64), "k=setting.gift&i=85123A&b=x&u.set=none%3A1.2.zz", "k=x&u.interest=12%3AA",
		"k=x&u.prefs=%7B%22Topics%22%3A%7B%22a%22%3A3%7D%7D", "k=x&u.switch=pause%3A12", "k=x&u.count=0a1b%3A2", "%%%", "k=x&u.set=loud%3A1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o := readOutcome(text)
		if again := readOutcome(o.encode()); again.encode() != o.encode() {
			t.Errorf("%q is read as %q, then as %q", text, o.encode(), again.encode())
		}
		for _, s := range o.Undo.Settings {
			if !isSetting(s.Word) || len(s.Items) > maxRestored {
				t.Errorf("setting %+v", s)
			}
		}
	})
}

func FuzzForm(f *testing.F) {
	for _, seed := range []string{"item=85123A&setting=gift", "level=full&back=/privacy/uses", "answer=yes", "kind=creepy", "back=//evil.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		fields, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		in := form(fields)
		if kind, err := in.feedback(); err == nil && kind != tactful.FeedbackCreepy && kind != tactful.FeedbackWrong {
			t.Errorf("kind %v", kind)
		}
		if a, err := in.answer(); err == nil && a == tactful.NoAnswer {
			t.Error("no answer was taken for one")
		}
		if level, err := in.level(); err == nil && level == tactful.LevelUnknown {
			t.Error("the unknown level was chosen")
		}
		if s, err := in.setting(); err == nil && !isSetting(s) {
			t.Errorf("setting %q", s)
		}
		if code, err := in.item(); err == nil && (code == "" || len(code) > 512) {
			t.Errorf("item %q", code)
		}
		if back := in.back(Root); !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") {
			t.Errorf("back %q", back)
		}
	})
}

func TestWhoComesNextOnADeviceIsToldNothingOfWhoWasThere(t *testing.T) {
	w, _ := byLink(t)
	open := func() *html.Node {
		t.Helper()
		link, err := w.engine.MakeLink(context.Background(), engine.LinkRequest{Subject: ada, Base: "https://privacy.shop.example"})
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(link.URL)
		if err != nil {
			t.Fatal(err)
		}
		return w.press(w.get(u.Path), "Open it now")
	}
	// somebody changes a thing and walks away before the answer is there
	changes := func() {
		w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		defer func() { w.client.CheckRedirect = nil }()
		if status, _ := w.do(http.MethodPost, Root+"/off", nil); status != http.StatusSeeOther {
			t.Fatal(status)
		}
	}
	open()
	changes()
	if !strings.Contains(text(w.get(Root)), "Undo") {
		t.Fatal("the control: the next page offers the Undo")
	}
	changes()
	if page := text(open()); strings.Contains(page, "Undo") {
		t.Error("whoever opens a link next is offered the Undo of who was there before")
	}
}
