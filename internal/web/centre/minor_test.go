package centre

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestAChildsAccountIsSaidInTheCentreAndNotTakenBackThere: from the next list on
// nothing is picked, without the tick nothing happens, and the page offers no way
// back.
func TestAChildsAccountIsSaidInTheCentreAndNotTakenBackThere(t *testing.T) {
	w := newWorld(t)
	if w.rests("") == 0 {
		t.Fatal("nothing is picked: there is nothing to stop")
	}
	if status, _ := w.do(http.MethodPost, Root+"/data/use", url.Values{"do": {"minor"}}); status != http.StatusBadRequest || w.rests("") == 0 {
		t.Errorf("without the tick it is done: %d", status)
	}
	status, doc := w.do(http.MethodPost, Root+"/data/use", url.Values{"do": {"minor"}, "sure": {"yes"}})
	if status != http.StatusOK || !strings.HasPrefix(message(doc), "Done. This is a child’s account now.") {
		t.Errorf("%d %q", status, message(doc))
	}
	if n := w.rests(""); n != 0 {
		t.Errorf("%d things rest on what the child did", n)
	}
	page := text(w.get(Root + "/data"))
	if !strings.Contains(page, "Only the shop can change this") || strings.Contains(page, "Stop it for this child") {
		t.Error("the page does not say how it stands")
	}
	for _, do := range []string{"adult", "thaw", "allow"} {
		_, _ = w.do(http.MethodPost, Root+"/data/use", url.Values{"do": {do}, "sure": {"yes"}})
	}
	w.agree(ada)
	if n := w.rests(""); n != 0 {
		t.Errorf("a new yes brought %d things back", n)
	}
}
