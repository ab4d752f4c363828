package centre

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/datamap"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is a centre over a real engine with a small shop in it: 30 things on
// three shelves, ten people who bought them, and Ada, whose centre it is.
type world struct {
	t      *testing.T
	engine *engine.Engine
	centre *Centre
	who    *doorkeeper
	server *httptest.Server
	client *http.Client
	header http.Header
	last   string // URL of the last page
}

var ada = tactful.Alias{Kind: tactful.UserID, ID: "ada"}

// doorkeeper is an identity that tests set by hand.
type doorkeeper struct {
	visitor Visitor
	joined  int
}

func (d *doorkeeper) Who(*http.Request) Visitor { return d.visitor }

func (d *doorkeeper) Join(http.ResponseWriter, *http.Request) (tactful.Alias, error) {
	d.joined++
	d.visitor = Visitor{Alias: tactful.Alias{Kind: tactful.Anonymous, ID: fmt.Sprintf("new-%d", d.joined)}}
	return d.visitor.Alias, nil
}

func (d *doorkeeper) Note(_ http.ResponseWriter, _ *http.Request, v Visitor) {
	d.visitor.Level, d.visitor.SaidNo = v.Level, v.SaidNo
}

func (d *doorkeeper) Leave(http.ResponseWriter, *http.Request) error {
	d.visitor = Visitor{}
	return nil
}

func shelfOf(i int) string { return []string{"Kitchen", "Garden", "Toys"}[i%3] }

func newWorld(t *testing.T) *world {
	t.Helper()
	own, err := fs.Sub(messages, "messages")
	if err != nil {
		t.Fatal(err)
	}
	return newWorldIn(t, own)
}

func newWorldIn(t *testing.T, texts fs.FS) *world {
	t.Helper()
	var cfg config.Config
	cfg.Engine.Learn.Check = time.Hour                         // tests fit when they say so
	cfg.Engine.Learn.Support, cfg.Engine.Guards.Support = 1, 2 // a small crowd will do
	cfg.Centre.Purposes = []string{string(tactful.Recommendations), string(tactful.Improvement), string(tactful.Offers), string(tactful.MessagesEmail)}
	cfg.Engine.Preferences.Occasions = []engine.Occasion{{Name: "christmas", Topics: []string{"Garden"}}}
	cfg.Defaults()
	dir := t.TempDir()
	eng, err := engine.Open(context.Background(), cfg.Engine, engine.Options{
		Dir: filepath.Join(dir, "data"), KeyDir: filepath.Join(dir, "keys"), Clock: tactful.FixedClock(noon), Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := eng.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, engine: eng, who: &doorkeeper{visitor: Visitor{Alias: ada}}, header: http.Header{"Sec-Fetch-Site": {"same-origin"}}}
	items := make([]tactful.Item, 30)
	for i := range items {
		items[i] = tactful.Item{ID: fmt.Sprintf("item-%d", i), Title: fmt.Sprintf("Thing number %d", i), Categories: []string{shelfOf(i)}, Price: 100, Currency: "GBP", Availability: tactful.InStock}
	}
	if err := eng.PutItems(context.Background(), items); err != nil {
		t.Fatal(err)
	}
	for p := range 10 {
		name := fmt.Sprintf("p%d", p)
		w.agree(tactful.Alias{Kind: tactful.UserID, ID: name})
		w.did(name, "purchased", p%3, p%3+3, p%3+6, p%3+9, (p*7)%30)
	}
	w.agree(ada)
	w.did("ada", "viewed", 0, 1)
	w.did("ada", "purchased", 3)
	if _, err := eng.Train(context.Background(), func(string, int, int) {}); err != nil {
		t.Fatal(err)
	}
	if w.centre, err = open(Options{Engine: eng, Identity: w.who, Papers: datamap.Of(&cfg.Engine), Clock: tactful.FixedClock(noon), Settings: cfg.Centre}, texts); err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewServer(w.centre)
	t.Cleanup(w.server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	w.client = &http.Client{Jar: jar}
	return w
}

// agree records yes to recommendations and improvement.
func (w *world) agree(a tactful.Alias) {
	w.t.Helper()
	change := engine.ConsentChange{Level: tactful.Personal}
	for _, n := range w.engine.Notices("en") {
		if n.Purpose == tactful.Recommendations || n.Purpose == tactful.Improvement {
			change.Answers = append(change.Answers, said(n, tactful.Granted))
		}
	}
	if _, err := w.engine.SetConsents(context.Background(), a, change); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) did(who, action string, items ...int) {
	w.t.Helper()
	var events []map[string]any
	for _, i := range items {
		events = append(events, map[string]any{"messageId": fmt.Sprintf("%s-%s-%d", who, action, i), "userId": who, "action": action, "item": fmt.Sprintf("item-%d", i), "source": "web", "time": noon.Add(-time.Hour)})
	}
	body, err := json.Marshal(map[string]any{"events": events})
	if err != nil {
		w.t.Fatal(err)
	}
	outcomes, err := w.engine.Ingest(context.Background(), engine.Delivery{Trust: engine.Trusted, Form: engine.Native, Body: body})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Status != engine.OutcomeAccepted && o.Status != engine.OutcomeDuplicate {
			w.t.Fatalf("%+v", o)
		}
	}
}

// standing is how Ada stands, as the engine has it.
func (w *world) standing() tactful.Consents {
	w.t.Helper()
	s, err := w.engine.Consents(context.Background(), w.who.visitor.Alias)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// shelves are where the things of Ada's list come from.
func (w *world) shelves() []string {
	w.t.Helper()
	d, err := w.engine.Decide(context.Background(), &tactful.Request{Subject: w.who.visitor.Alias, Placement: tactful.ForYou, Count: 20})
	if err != nil {
		w.t.Fatal(err)
	}
	var all []string
	for _, s := range d.Suggestions {
		all = append(all, s.Item.Categories[0])
	}
	return all
}

// rests counts Ada's picks that rest on an item, "" on any.
func (w *world) rests(item string) int {
	w.t.Helper()
	d, err := w.engine.Decide(context.Background(), &tactful.Request{Subject: w.who.visitor.Alias, Placement: tactful.ForYou, Count: 20})
	if err != nil {
		w.t.Fatal(err)
	}
	n := 0
	for _, s := range d.Suggestions {
		for _, id := range s.Reason.Items {
			if item == "" || id == item {
				n++
			}
		}
	}
	rc, err := w.engine.Receipt(context.Background(), d.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, u := range rc.Evidence {
		if item == "" || u.Item == item {
			n++
		}
	}
	return n
}

func (w *world) do(method, path string, fields url.Values) (int, *html.Node) {
	w.t.Helper()
	r, err := http.NewRequest(method, w.server.URL+path, strings.NewReader(fields.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	for k, v := range w.header {
		r.Header[k] = v
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	w.last = answer.Request.URL.RequestURI()
	doc, err := html.Parse(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer.StatusCode, doc
}

// get loads a page that must be there.
func (w *world) get(path string) *html.Node {
	w.t.Helper()
	status, doc := w.do(http.MethodGet, path, nil)
	if status != http.StatusOK {
		w.t.Fatalf("GET %s: %d: %s", path, status, text(doc))
	}
	return doc
}

// press sends the form of a button as the page has it, and follows.
func (w *world) press(doc *html.Node, words string) *html.Node {
	w.t.Helper()
	for _, b := range find(doc, "button", "") {
		if strings.HasPrefix(text(b), words) || strings.HasPrefix(attr(b, "aria-label"), words) {
			f := b.Parent
			for f.Data != "form" {
				f = f.Parent
			}
			fields := url.Values{}
			for _, in := range find(f, "input", "") {
				if kind := attr(in, "type"); kind != "checkbox" && kind != "radio" || has(in, "checked") {
					fields.Add(attr(in, "name"), attr(in, "value"))
				}
			}
			for _, list := range find(f, "select", "") {
				options := find(list, "option", "")
				at := max(0, slices.IndexFunc(options, func(o *html.Node) bool { return has(o, "selected") })) // or the first, as browsers do
				fields.Add(attr(list, "name"), attr(options[at], "value"))
			}
			if attr(b, "name") != "" {
				fields.Set(attr(b, "name"), attr(b, "value"))
			}
			status, next := w.do(http.MethodPost, attr(f, "action"), fields)
			if status != http.StatusOK {
				w.t.Fatalf("pressing %q: %d: %s", words, status, text(next))
			}
			return next
		}
	}
	w.t.Fatalf("there is no button %q", words)
	return nil
}

// find returns the elements with a tag and, if given, a class.
func find(n *html.Node, tag, class string) []*html.Node {
	var found []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == tag && (class == "" || strings.Contains(" "+attr(d, "class")+" ", " "+class+" ")) {
			found = append(found, d)
		}
	}
	return found
}

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// text returns what a node says, with single spaces.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// message returns what the page says was done.
func message(doc *html.Node) string {
	for _, p := range find(doc, "p", "") {
		if attr(p, "role") == "status" {
			return text(p)
		}
	}
	return ""
}
