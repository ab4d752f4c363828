package centre

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestLockedDataIsSaidToBeThereAndRightsStayOpen: people lock data while they say
// that it is wrong, so the page must not say that there is none.
func TestLockedDataIsSaidToBeThereAndRightsStayOpen(t *testing.T) {
	w := newWorld(t)
	w.press(w.get(Root+"/data"), "Lock my data")
	doc := w.get(Root + "/history")
	page := text(find(doc, "main", "")[0])
	if strings.Contains(page, "We have kept nothing yet") || !strings.Contains(page, "All of it is still there.") || strings.Contains(page, "Thing number") {
		t.Errorf("the page says %q", page)
	}
	if hub := text(w.get(Root)); !strings.Contains(hub, "history Locked") || strings.Contains(hub, "history 0 things") {
		t.Error("the start page counts nothing")
	}
	copied := false
	for _, a := range find(doc, "a", "") {
		copied = copied || attr(a, "href") == Root+"/data/copy/my-data.html"
	}
	if !copied {
		t.Error("there is no way to a copy")
	}
	if status, next := w.do(http.MethodPost, Root+"/data/say", url.Values{"text": {"the order of May was not mine"}}); status != http.StatusOK || !strings.HasPrefix(message(next), "Thank you.") {
		t.Errorf("%d: %s", status, text(next))
	}
	if all := w.requests(); !slices.ContainsFunc(all, func(r string) bool { return strings.HasPrefix(r, "rectification centre ") }) {
		t.Errorf("on record: %q", all)
	}
	if status, _ := w.do(http.MethodPost, Root+"/data/say", url.Values{"text": {"  "}}); status != http.StatusBadRequest {
		t.Errorf("no words: %d", status)
	}
	w.press(w.get(Root+"/history"), "Delete all of it")
	w.press(w.get(Root+"/history"), "Unlock my data")
	events, err := w.engine.Events(context.Background(), ada, 10)
	if err != nil || len(events) != 0 {
		t.Errorf("%d events are left: %v", len(events), err)
	}
}

// TestUnlockedDataIsThereAgain is the control of the test above.
func TestUnlockedDataIsThereAgain(t *testing.T) {
	w := newWorld(t)
	w.press(w.get(Root+"/data"), "Lock my data")
	w.press(w.get(Root+"/history"), "Unlock my data")
	if page := text(w.get(Root + "/history")); !strings.Contains(page, "Thing number 3") {
		t.Error(page)
	}
}
