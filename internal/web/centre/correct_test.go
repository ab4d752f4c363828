package centre

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/rights"
)

// correctPath is where Ada puts a thing right, as her history links to it.
func (w *world) correctPath(title string) string {
	w.t.Helper()
	for _, a := range find(w.get(Root+"/history"), "a", "") {
		if strings.HasPrefix(attr(a, "href"), Root+"/history/") && strings.HasSuffix(text(a), title) {
			return attr(a, "href")
		}
	}
	w.t.Fatalf("the history has no way to correct %s", title)
	return ""
}

// with is a page with another number in its field.
func with(doc *html.Node, field, value string) *html.Node {
	for _, in := range find(doc, "input", "") {
		if attr(in, "name") != field {
			continue
		}
		for i := range in.Attr {
			if in.Attr[i].Key == "value" {
				in.Attr[i].Val = value
			}
		}
	}
	return doc
}

func (w *world) numberOf(item string) (n int32, provenance tactful.Provenance) {
	w.t.Helper()
	events, err := w.engine.Events(context.Background(), ada, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range events {
		if e.Event.Item == item {
			return number(e.Event), e.Event.Provenance
		}
	}
	return 0, tactful.ProvenanceUnknown
}

func (w *world) requests() []string {
	w.t.Helper()
	list, err := w.engine.Rights(context.Background(), ada)
	if err != nil {
		w.t.Fatal(err)
	}
	var all []string
	for _, r := range list {
		all = append(all, r.Kind.String()+" "+r.Channel.String()+" "+r.State.String())
	}
	return all
}

func TestANumberIsPutRightOnRecordAndTakenBack(t *testing.T) {
	w := newWorld(t)
	doc := w.press(with(w.get(w.correctPath("Thing number 3")), "number", "4"), "Change the number : bought")
	if n, by := w.numberOf("item-3"); n != 4 || by != tactful.Declared {
		t.Errorf("the event says %d, %s", n, by)
	}
	if message(doc) != "Done. The number is right now: Thing number 3." || len(find(doc, "section", "change")) != 1 {
		t.Errorf("the page says %q", message(doc))
	}
	if got := strings.Join(w.requests(), ", "); got != "rectification centre done" {
		t.Errorf("on record: %s", got)
	}
	if seen := find(w.get(w.correctPath("Thing number 3")), "input", ""); !strings.Contains(attrs(seen, "number"), "4") {
		t.Error("the page does not show the new number")
	}
	w.press(doc, "Undo")
	if n, _ := w.numberOf("item-3"); n != 1 {
		t.Errorf("after Undo: %d", n)
	}
	if got := len(w.requests()); got != 2 {
		t.Errorf("%d requests are on record, want the change and its undoing", got)
	}
}

// attrs joins the values of the fields with a name.
func attrs(fields []*html.Node, name string) string {
	var all []string
	for _, f := range fields {
		if attr(f, "name") == name {
			all = append(all, attr(f, "value"))
		}
	}
	return strings.Join(all, " ")
}

func TestWhatSomebodyElseDidIsDeletedForGoodAndSaidSoBefore(t *testing.T) {
	w := newWorld(t)
	if w.rests("item-3") == 0 {
		t.Fatal("nothing rests on it to begin with")
	}
	doc := w.get(w.correctPath("Thing number 3"))
	if !strings.Contains(text(doc), "Then we delete it. This cannot be undone. I did not do this : bought") {
		t.Error("the page does not say before the button that it cannot be undone")
	}
	doc = w.press(doc, "I did not do this : bought")
	if n, _ := w.numberOf("item-3"); n != 0 || w.rests("item-3") != 0 {
		t.Error("the event is there, or the next list rests on it")
	}
	if message(doc) != "Done. It was not you, so it is deleted: Thing number 3." || len(find(doc, "section", "change")) != 1 {
		t.Errorf("the page says %q", message(doc))
	}
	for _, b := range find(doc, "button", "") {
		if text(b) == "Undo" {
			t.Error("it offers to take back what cannot be")
		}
	}
	if got := strings.Join(w.requests(), ", "); got != "rectification centre done" || !strings.Contains(text(w.get(Root+"/data")), "Put something right done") {
		t.Errorf("on record: %s", got)
	}
	if _, err := w.engine.Train(context.Background(), func(string, int, int) {}); err != nil || w.rests("item-3") != 0 {
		t.Errorf("it comes back with the next training: %v", err)
	}
}

func TestWhatIsWrongCanBeSaidInWordsForAPerson(t *testing.T) {
	w := newWorld(t)
	path := w.correctPath("Thing number 3")
	status, doc := w.do(http.MethodPost, path, url.Values{"do": {"say"}, "text": {" It was the blue one. "}})
	list, err := w.engine.Rights(context.Background(), ada)
	if err != nil || status != http.StatusOK || len(list) != 1 || list[0].Kind != rights.Rectification || list[0].State != rights.Received || list[0].Text != "item-3: It was the blue one." {
		t.Fatalf("%d %+v %v", status, list, err)
	}
	if !strings.Contains(text(doc), "Put something right a person is on it") {
		t.Error(text(doc))
	}
	if n, _ := w.numberOf("item-3"); n != 1 {
		t.Error("words alone changed the event")
	}
}

// TestNotMeIsSaidInOneWayOnly: the setting "wrong" is for interests; a thing of
// the history that somebody else did is corrected.
func TestNotMeIsSaidInOneWayOnly(t *testing.T) {
	w := newWorld(t)
	for _, b := range find(w.get(Root+"/history"), "button", "") {
		if attr(b, "value") == "wrong" {
			t.Errorf("the history has the button %q", text(b))
		}
	}
	if status, _ := w.do(http.MethodPost, Root+"/history", url.Values{"item": {"item-3"}, "setting": {"wrong"}}); status != http.StatusBadRequest {
		t.Errorf("the setting is taken: %d", status)
	}
}

func TestACorrectionThatCannotBeMeantIsRefused(t *testing.T) {
	w := newWorld(t)
	path := w.correctPath("Thing number 3")
	for name, c := range map[string]struct {
		fields url.Values
		status int
	}{
		"no number":             {url.Values{"do": {"count"}}, http.StatusBadRequest},
		"none of it":            {url.Values{"do": {"count"}, "number": {"0"}}, http.StatusBadRequest},
		"too many":              {url.Values{"do": {"count"}, "number": {"100001"}}, http.StatusBadRequest},
		"half of one":           {url.Values{"do": {"count"}, "number": {"0.5"}}, http.StatusBadRequest},
		"no words":              {url.Values{"do": {"say"}, "text": {" "}}, http.StatusBadRequest},
		"neither":               {url.Values{}, http.StatusBadRequest},
		"the number that it is": {url.Values{"do": {"count"}, "number": {"1"}}, http.StatusOK},
	} {
		if status, doc := w.do(http.MethodPost, path, c.fields); status != c.status {
			t.Errorf("%s: %d %s", name, status, text(doc))
		}
	}
	if status, _ := w.do(http.MethodPost, w.correctPath("Thing number 1"), url.Values{"do": {"count"}, "number": {"2"}}); status != http.StatusOK {
		t.Errorf("a number of looks: %d", status)
	}
	if len(w.requests()) != 0 {
		t.Errorf("on record: %v", w.requests())
	}
	// An address that stays behind opens nothing for the next person, nor changes anything.
	for name, v := range map[string]Visitor{"nobody": {}, "a guest": {Guest: true}, "another person": {Alias: tactful.Alias{Kind: tactful.UserID, ID: "p1"}}} {
		w.who.visitor = v
		if status, doc := w.do(http.MethodGet, path, nil); status != http.StatusNotFound || strings.Contains(text(doc), "Thing number") {
			t.Errorf("%s: %d", name, status)
		}
		if status, _ := w.do(http.MethodPost, path, url.Values{"do": {"notmine"}}); status != http.StatusNotFound && status != http.StatusForbidden {
			t.Errorf("%s corrects it: %d", name, status)
		}
		undo := url.Values{"count": {strings.TrimPrefix(path, Root+"/history/") + ":9"}}
		if status, _ := w.do(http.MethodPost, Root+"/undo", undo); status != http.StatusNotFound && status != http.StatusForbidden && v.Alias != (tactful.Alias{}) {
			t.Errorf("%s takes it back: %d", name, status)
		}
	}
	w.who.visitor = Visitor{Alias: ada}
	if n, _ := w.numberOf("item-3"); n != 1 {
		t.Errorf("the event says %d", n)
	}
}
