package centre

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestHiddenNamesHideTheWordsOfRequests: a request names a thing by its code and
// in the person's own words. They open at one press.
func TestHiddenNamesHideTheWordsOfRequests(t *testing.T) {
	w := newWorld(t)
	if status, doc := w.do(http.MethodPost, w.correctPath("Thing number 3"), url.Values{"do": {"say"}, "text": {"it was blue"}}); status != http.StatusOK {
		t.Fatalf("%d: %s", status, text(doc))
	}
	open := func() bool {
		doc := w.get(Root + "/data")
		for _, q := range find(doc, "q", "") {
			if strings.Contains(text(q), "item-3: it was blue") {
				for up := q.Parent; up != nil; up = up.Parent {
					if up.Data == "details" && !has(up, "open") {
						return false
					}
				}
				return true
			}
		}
		t.Fatal("the request is not on the page")
		return false
	}
	if !open() {
		t.Error("the words are shut while names are shown")
	}
	w.press(w.get(Root), "Hide names")
	if open() {
		t.Error("the words stand on a shared screen")
	}
}

// TestHiddenNamesTellNoNumberThatTheyHide: reasons name nothing then, so what picks rest
// on cannot be counted; the page must not say that it was nothing.
func TestHiddenNamesTellNoNumberThatTheyHide(t *testing.T) {
	w := newWorld(t)
	const words = "Picks that rest on your things:"
	if page := text(w.press(w.get(Root), "Choose this : Only this page")); !strings.Contains(page, words) {
		t.Fatalf("the page does not count where names are shown: %.900s", page)
	}
	w.press(w.get(Root), "Choose this : What you do with us")
	w.press(w.get(Root), "Hide names")
	page := text(w.press(w.get(Root), "Choose this : Only this page"))
	if strings.Contains(page, words) || !strings.Contains(page, "Your list, before and after") {
		t.Errorf("the page says %.900s", page)
	}
}
