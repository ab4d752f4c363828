package shop

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/tactful/tactful"
)

var noon = time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)

// twoShelves are 40 items on two shelves, numbered from 10000.
func twoShelves() []tactful.Item {
	var items []tactful.Item
	for i := range 40 {
		it := tactful.Item{ID: itemNo(i), Title: "Red mug " + itemNo(i), Price: 125, Currency: "GBP", Categories: []string{"Kitchen & dining", "Mugs & cups"}}
		if i%2 == 1 {
			it.Title, it.Categories = "Blue bag "+itemNo(i), []string{"Bags", "Big bags"}
		}
		items = append(items, it)
	}
	return items
}

func itemNo(i int) string { return "1000" + string(rune('0'+i/10)) + string(rune('0'+i%10)) }

// browser walks a shop over the small engine, keeping its cookies.
type browser struct {
	t      *testing.T
	engine *smallEngine
	server *httptest.Server
	client *http.Client
	header http.Header
	last   string // URL of the last page
}

func open(t *testing.T) *browser {
	t.Helper()
	e := newSmallEngine(tactful.FixedClock(noon), twoShelves())
	known := tactful.Alias{Kind: tactful.UserID, ID: "14282"}
	e.standing[known] = tactful.Consents{Level: tactful.Personal, Purposes: map[tactful.Purpose]tactful.Consent{
		tactful.Recommendations: {ID: "c1", Purpose: tactful.Recommendations, Answer: tactful.Granted, Method: simulated, Time: noon.AddDate(0, -1, 0)},
	}}
	e.remember(known, e.items[1], tactful.Viewed, simulated, noon.AddDate(0, 0, -3))
	e.remember(known, e.items[0], tactful.Purchased, "import", noon.AddDate(0, 0, -2))
	h, err := New(Options{
		Engine: e, Clock: tactful.FixedClock(noon), Entropy: strings.NewReader(strings.Repeat("0123456789abcdef", 200)),
		People: []Person{{Number: "14282", Alias: known, Taste: "Bags"}}, Ask: e.ask,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, engine: e, server: server, client: &http.Client{Jar: jar}, header: http.Header{"Sec-Fetch-Site": {"same-origin"}}}
}

func (b *browser) do(method, path string, fields url.Values) (int, *html.Node) {
	b.t.Helper()
	r, err := http.NewRequest(method, b.server.URL+path, strings.NewReader(fields.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	for k, v := range b.header {
		r.Header[k] = v
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	b.last = answer.Request.URL.RequestURI()
	doc, err := html.Parse(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer.StatusCode, doc
}

// get loads a page that must be there.
func (b *browser) get(path string) *html.Node {
	b.t.Helper()
	status, doc := b.do(http.MethodGet, path, nil)
	if status != http.StatusOK {
		b.t.Fatalf("GET %s: %d: %s", path, status, text(doc))
	}
	return doc
}

// send posts a form as a list "name", "value", ... and follows to the page after it.
func (b *browser) send(path string, pairs ...string) *html.Node {
	b.t.Helper()
	fields := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		fields.Set(pairs[i], pairs[i+1])
	}
	status, doc := b.do(http.MethodPost, path, fields)
	if status != http.StatusOK {
		b.t.Fatalf("POST %s: %d: %s", path, status, text(doc))
	}
	return doc
}

// cookies returns the names and values the browser holds.
func (b *browser) cookies() map[string]string {
	u, err := url.Parse(b.server.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	held := map[string]string{}
	for _, c := range b.client.Jar.Cookies(u) {
		held[c.Name] = c.Value
	}
	return held
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

// list returns the section of a list by the end of its heading's id.
func listOf(t *testing.T, doc *html.Node, id string) *html.Node {
	t.Helper()
	for _, section := range find(doc, "section", "list") {
		if attr(section, "aria-labelledby") == "list-"+id {
			return section
		}
	}
	t.Fatalf("there is no list %s on the page", id)
	return nil
}

// said returns the message of the page.
func said(doc *html.Node) string {
	for _, p := range find(doc, "p", "said") {
		if attr(p, "role") == "status" {
			return text(p)
		}
	}
	return ""
}

func TestEveryPageIsDrawnForEveryone(t *testing.T) {
	for _, who := range []string{"new", "14282"} {
		b := open(t)
		b.send("/person", "who", who)
		b.send("/basket", "item", itemNo(4), "do", "add")
		for _, path := range []string{
			"/", "/item/100002", "/basket", "/search", "/search?q=mug", "/search?q=", "/category/Kitchen%20&%20dining", "/category/Bags?in=Big+bags&page=9",
			"/about",
		} {
			doc := b.get(path)
			if len(find(doc, "h1", "")) != 1 || len(find(doc, "main", "")) != 1 {
				t.Errorf("%s as %s: the page needs one heading and one main part", path, who)
			}
			for _, script := range find(doc, "script", "") {
				if attr(script, "src") != "/privacy/centre.js" || script.FirstChild != nil {
					t.Errorf("%s as %s: there is a script that is not the question's", path, who)
				}
			}
			if len(find(doc, "style", "")) > 0 || who != "new" && len(find(doc, "script", "")) > 0 {
				t.Errorf("%s as %s: there is script or style inside the page", path, who)
			}
			for _, f := range find(doc, "form", "") {
				if attr(f, "method") == "post" && !strings.HasPrefix(attr(f, "action"), "/") {
					t.Errorf("%s: a form without an address of ours", path)
				}
			}
			if len(find(doc, "form", "level")) != 1 || len(find(doc, "details", "who")) != 1 {
				t.Errorf("%s as %s: level and person must be on every page", path, who)
			}
		}
	}
}

func TestPagesThatAreNotThere(t *testing.T) {
	b := open(t)
	for _, path := range []string{"/nowhere", "/item/99999", "/item/%00", "/category/Nothing", "/img/99999.svg", "/img/100001.png", "/item/" + strings.Repeat("x", 5000)} {
		if status, _ := b.do(http.MethodGet, path, nil); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestABrokenEngineGivesAPageWithoutItsInside(t *testing.T) {
	b := open(t)
	b.engine.broken = tactful.Errorf(tactful.Unavailable, "disk at /secret/place is full")
	status, doc := b.do(http.MethodGet, "/", nil)
	if status != http.StatusServiceUnavailable || strings.Contains(text(doc), "secret") || len(find(doc, "h1", "")) != 1 {
		t.Errorf("%d: %s", status, text(doc))
	}
}

func TestFormsFromOtherSitesAreRefused(t *testing.T) {
	b := open(t)
	b.header.Set("Sec-Fetch-Site", "cross-site")
	for _, path := range []string{"/basket", "/order", "/level", "/person", "/language"} {
		if status, _ := b.do(http.MethodPost, path, url.Values{"item": {itemNo(0)}, "who": {"14282"}}); status != http.StatusForbidden {
			t.Errorf("%s: %d", path, status)
		}
	}
	if len(b.cookies()) != 0 {
		t.Errorf("cookies: %v", b.cookies())
	}
}

func TestLookingSetsNoCookieAndSendsNothing(t *testing.T) {
	b := open(t)
	for _, path := range []string{"/", "/item/100002", "/search?q=mug", "/about", "/basket"} {
		b.get(path)
	}
	if len(b.cookies()) != 0 || len(b.engine.delivered) != 0 || len(b.engine.standing) != 1 {
		t.Errorf("cookies %v, events %v", b.cookies(), b.engine.delivered)
	}
	if page := b.get("/item/100002"); !strings.Contains(text(page), "We did not keep this view: you have not said yes.") {
		t.Error("the page does not say that the view was not kept")
	}
}

func TestPicturesAreDrawings(t *testing.T) {
	b := open(t)
	answer, err := b.client.Get(b.server.URL + "/img/" + itemNo(0) + ".svg")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.Header.Get("Content-Type") != "image/svg+xml" || answer.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("header %v", answer.Header)
	}
}
