package centre

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"golang.org/x/net/html"

	"github.com/tactful/tactful"
)

// every is each page of the centre that has no id in its address.
var every = []string{"", "/uses", "/ask", "/ask?level=full", "/interests", "/history", "/history?all=1", "/needs", "/messages", "/why", "/tests", "/data", "/data/erase", "/how", "/notice", "/help", "/gone", "/nowhere"}

// receiptPath is the address of Ada's newest decision.
func (w *world) receiptPath() string {
	w.t.Helper()
	w.rests("")
	return attr(find(find(w.get(Root+"/why"), "ol", "log")[0], "a", "")[0], "href")
}

func TestEveryPageIsDrawnForEveryone(t *testing.T) {
	w := newWorld(t)
	paths := append([]string{strings.TrimPrefix(w.receiptPath(), Root), strings.TrimPrefix(w.correctPath("Thing number 3"), Root)}, every...)
	for name, v := range map[string]Visitor{"Ada": {Alias: ada}, "nobody": {}, "a guest": {Guest: true}} {
		w.who.visitor = v
		help := ""
		for _, path := range paths {
			_, doc := w.do(http.MethodGet, Root+path, nil)
			if len(find(doc, "h1", "")) != 1 || len(find(doc, "main", "")) != 1 {
				t.Errorf("%s for %s: the page needs one heading and one main part", path, name)
			}
			scripts := find(doc, "script", "")
			if len(find(doc, "style", "")) > 0 || len(scripts) != 1 || attr(scripts[0], "src") != Root+"/centre.js" || scripts[0].FirstChild != nil {
				t.Errorf("%s for %s: there is script or style inside the page", path, name)
			}
			ids := map[string]bool{}
			for d := range doc.Descendants() {
				for _, a := range d.Attr {
					switch {
					case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
						t.Errorf("%s: the attribute %s", path, a.Key)
					case a.Key == "id" && ids[a.Val]:
						t.Errorf("%s: two elements are called %s", path, a.Val)
					case a.Key == "id":
						ids[a.Val] = true
					case a.Key == "accesskey", a.Key == "draggable", a.Key == "autofocus":
						t.Errorf("%s: %s", path, a.Key)
					}
				}
			}
			for _, f := range find(doc, "form", "") {
				if attr(f, "method") != "post" || !strings.HasPrefix(attr(f, "action"), Root+"/") {
					t.Errorf("%s: a form is sent by %s to %s", path, attr(f, "method"), attr(f, "action"))
				}
			}
			// The help link, the languages and the master switch stand in the same place (WCAG 3.2.6).
			order := ""
			for _, a := range find(find(doc, "nav", "")[0], "a", "") {
				order += text(a) + ","
			}
			if help == "" {
				help = order
			}
			if order != help || !strings.Contains(order, "Help") || len(find(doc, "details", "tongues")) != 1 {
				t.Errorf("%s for %s: tools are %q, elsewhere %q", path, name, order, help)
			}
			if off := len(find(doc, "form", "off")); v != (Visitor{}) && off != 1 {
				t.Errorf("%s for %s: %d master switches", path, name, off)
			}
		}
	}
}

// TestYesAndNoAreAlike reads the parsed page: same form, same class, nothing
// ticked, one press each, and a page shows all answers at once.
func TestYesAndNoAreAlike(t *testing.T) {
	w := newWorld(t)
	w.who.visitor = Visitor{Alias: tactful.Alias{Kind: tactful.UserID, ID: "new"}}
	for _, path := range []string{"/uses", "/ask", "/messages", "/ask/fragment"} {
		doc := w.get(Root + path)
		forms := find(doc, "form", "yesno")
		if len(forms) == 0 {
			t.Fatalf("%s asks nothing", path)
		}
		for _, f := range forms {
			buttons := find(f, "button", "")
			if len(buttons) != 2 {
				t.Fatalf("%s: %d answers", path, len(buttons))
			}
			yes, no := buttons[0], buttons[1]
			if attr(yes, "class") != attr(no, "class") || yes.Parent != no.Parent || attr(yes, "name") != attr(no, "name") || attr(yes, "value") != "yes" || attr(no, "value") != "no" || len(yes.Attr) != len(no.Attr) {
				t.Errorf("%s: the answers differ: %v %v", path, yes.Attr, no.Attr)
			}
			for _, in := range find(f, "input", "") {
				if attr(in, "type") != "hidden" || has(in, "checked") {
					t.Errorf("%s: there is something to tick", path)
				}
			}
		}
	}
	for _, b := range find(w.get(Root+"/ask/fragment"), "button", "x") {
		if attr(b, "name") != "answer" || attr(b, "value") != "no" || attr(b, "aria-label") == "" {
			t.Error("closing the question does not say no")
		}
	}
}

// TestWithdrawingTakesNoMorePressesThanGiving counts from the start page on.
func TestWithdrawingTakesNoMorePressesThanGiving(t *testing.T) {
	w := newWorld(t)
	w.who.visitor = Visitor{Alias: tactful.Alias{Kind: tactful.UserID, ID: "new"}}
	give := 1 // the page of uses
	w.press(w.get(Root+"/uses"), "Yes, pick for me")
	give++
	if w.standing().Purposes[tactful.Recommendations].Answer != tactful.Granted {
		t.Fatal("the yes did not count")
	}
	withdraw := 1
	w.press(w.get(Root), "Turn everything off")
	if w.standing().Purposes[tactful.Recommendations].Answer != tactful.Withdrawn || withdraw > give {
		t.Errorf("giving takes %d, withdrawing %d", give, withdraw)
	}
	w.press(w.get(Root+"/uses"), "Yes, pick for me")
	w.press(w.get(Root+"/uses"), "No, do not pick") // one by one it is the same page and one press
	if w.standing().Purposes[tactful.Recommendations].Answer != tactful.Withdrawn {
		t.Error("the no did not count")
	}
}

func TestTheQuestionIsPutOnceAndNotAfterANo(t *testing.T) {
	for _, answer := range []string{"Yes, pick for me", "No, do not pick", "Close."} {
		for name, v := range map[string]Visitor{"a guest": {Guest: true}, "somebody": {Alias: tactful.Alias{Kind: tactful.UserID, ID: "new"}}} {
			w := newWorld(t)
			w.who.visitor = v
			doc := w.get(Root + "/ask/fragment?back=/privacy/help")
			w.press(doc, answer)
			if w.last != Root+"/help" {
				t.Errorf("%s of %s leads to %s", answer, name, w.last)
			}
			if status, _ := w.do(http.MethodGet, Root+"/ask/fragment", nil); status != http.StatusNoContent {
				t.Errorf("after %q of %s it is asked again: %d", answer, name, status)
			}
		}
	}
}

// TestNothingSensitiveStandsInAddressesOrTitles: with names hidden no page
// names a thing; and no address or title ever does.
func TestNothingSensitiveStandsInAddressesOrTitles(t *testing.T) {
	w := newWorld(t)
	own := []string{strings.TrimPrefix(w.receiptPath(), Root), strings.TrimPrefix(w.correctPath("Thing number 3"), Root)}
	w.press(w.get(Root), "Hide names")
	for _, path := range append(own, every...) {
		r, err := w.client.Get(w.server.URL + Root + path)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := html.Parse(r.Body)
		r.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text(doc), "Thing number") {
			t.Errorf("%s names a thing", path)
		}
		// no-referrer would make browsers send "Origin: null" with a form, which is refused where they send no Sec-Fetch-Site: over plain http.
		if r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s: %v", path, r.Header)
		}
		title := text(find(doc, "title", "")[0])
		if telling.MatchString(title) {
			t.Errorf("%s is called %q", path, title)
		}
		for _, a := range find(doc, "a", "") {
			if telling.MatchString(attr(a, "href")) {
				t.Errorf("%s links to %s", path, attr(a, "href"))
			}
		}
	}
}

// telling finds what Ada has, and her name where it is not part of a random id.
var telling = regexp.MustCompile(`Thing|item-|Kitchen|Garden|Toys|\bada\b`)

// pseudo makes a text of a text that no catalogue has: accents, brackets, and
// 40 percent longer.
func pseudo(text string) string {
	if text == "" {
		return ""
	}
	accents := strings.NewReplacer("a", "á", "e", "é", "i", "í", "o", "ó", "u", "ú")
	parts := regexp.MustCompile(`\{\d\}`).Split(text, -1)
	holes := regexp.MustCompile(`\{\d\}`).FindAllString(text, -1)
	var b strings.Builder
	b.WriteString("⟦")
	for i, part := range parts {
		b.WriteString(accents.Replace(part))
		if i < len(holes) {
			b.WriteString("⟧" + holes[i] + "⟦")
		}
	}
	b.WriteString(strings.Repeat("·", len([]rune(text))*2/5) + "⟧")
	return b.String()
}

// TestNoTextStandsInTheTemplates draws every page in a pseudo-language: what
// is read and is neither from the catalogue nor data is in a template.
func TestNoTextStandsInTheTemplates(t *testing.T) {
	raw, err := os.ReadFile("messages/en.json")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	if err := json.Unmarshal(raw, &texts); err != nil {
		t.Fatal(err)
	}
	for key, text := range texts {
		texts[key] = pseudo(text)
	}
	raw, err = json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldIn(t, fstest.MapFS{"en.json": {Data: raw}})
	paths := append([]string{strings.TrimPrefix(w.receiptPath(), Root), strings.TrimPrefix(w.correctPath("Thing number 3"), Root)}, every...)
	w.do(http.MethodPost, Root+"/pause", map[string][]string{"do": {"start"}}) // so that a change is shown
	for _, path := range paths {
		_, doc := w.do(http.MethodGet, Root+path, nil)
		var walk func(n *html.Node)
		walk = func(n *html.Node) {
			if n.Type == html.ElementNode {
				for _, a := range n.Attr {
					if (a.Key == "aria-label" || a.Key == "title" || a.Key == "placeholder" || a.Key == "alt") && a.Val != "" && !strings.Contains(a.Val, "⟦") {
						t.Errorf("%s: %s=%q is not from the catalogue", path, a.Key, a.Val)
					}
				}
				if n.Data == "bdi" || n.Data == "code" || n.Data == "q" || attr(n, "lang") == "en" && n.Data != "html" && n.Data != "button" {
					return // data, and texts of the engine in their own language
				}
			}
			if n.Type == html.TextNode {
				rest := outside(n.Data)
				if strings.ContainsFunc(rest, unicode.IsLetter) && !onlyData(rest) {
					t.Errorf("%s: %q is not from the catalogue", path, strings.TrimSpace(n.Data))
				}
			}
			for child := range n.ChildNodes() {
				walk(child)
			}
		}
		walk(doc)
	}
}

// outside returns what stands outside of the brackets.
func outside(text string) string {
	var b strings.Builder
	depth := 0
	for _, r := range text {
		switch {
		case r == '⟦':
			depth++
		case r == '⟧':
			depth--
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// onlyData reports whether a text is a date, or the name of a shelf or a thing
// inside a label that only screen readers read.
func onlyData(text string) bool {
	text = regexp.MustCompile(`\d{1,2} (November|December|October) \d{4}|UTC|Thing number|Kitchen|Garden|Toys`).ReplaceAllString(text, "")
	return !strings.ContainsFunc(text, unicode.IsLetter)
}

func TestTheThemeIsMadeOfTheSettings(t *testing.T) {
	w := newWorld(t)
	w.centre.settings.Theme.Accent, w.centre.settings.Theme.Corners, w.centre.settings.Theme.Font = "#7a1f3d", "round", "serif"
	r, err := w.client.Get(w.server.URL + Root + "/theme.css")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body := make([]byte, 4096)
	n, _ := r.Body.Read(body)
	for _, want := range []string{"--accent: #7a1f3d;", "--corner: 1.4rem;", "--font: ui-serif"} {
		if !strings.Contains(string(body[:n]), want) {
			t.Errorf("%q is missing in %s", want, body[:n])
		}
	}
	if r.Header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Error(r.Header)
	}
}

func TestTheEnhancerIsSmall(t *testing.T) {
	script, err := static.ReadFile("static/centre.js")
	if err != nil {
		t.Fatal(err)
	}
	if len(script) > 3<<10 {
		t.Errorf("it has %d bytes, 3 KB are the limit", len(script))
	}
}

func TestABusyCentreAsksToWait(t *testing.T) {
	w := newWorld(t)
	for range atOnce {
		w.centre.room <- struct{}{}
	}
	status, doc := w.do(http.MethodGet, Root, nil)
	if status != http.StatusServiceUnavailable || len(find(doc, "h1", "")) != 1 {
		t.Errorf("%d", status)
	}
	if status, _ := w.do(http.MethodPost, Root+"/level", map[string][]string{"level": {strings.Repeat("x", maxForm)}}); status == http.StatusOK {
		t.Error("a huge form was read")
	}
	<-w.centre.room
	if status, _ := w.do(http.MethodPost, Root+"/level", map[string][]string{"level": {strings.Repeat("x", maxForm)}}); status != http.StatusBadRequest {
		t.Error(fmt.Sprint(status))
	}
}
