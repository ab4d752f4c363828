package centre

import (
	"context"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

// TestAStrangersLinkShowsNobodyElsesCentre: whoever keeps the visit of a link for
// somebody unknown sees nothing of who gets the name later; whom the visit itself
// made known goes on.
func TestAStrangersLinkShowsNobodyElsesCentre(t *testing.T) {
	who := tactful.Alias{Kind: tactful.UserID, ID: "new"}
	t.Run("known by something else", func(t *testing.T) {
		w, _ := byLink(t)
		w.enters("new")
		if page := text(w.get(Root + "/data")); !strings.Contains(page, "Leave") {
			t.Fatal("control: the visit is open while nobody knows them")
		}
		if err := w.engine.SetMinor(context.Background(), who); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"", "/history", "/data"} {
			if page := text(w.get(Root + path)); strings.Contains(page, "Leave") {
				t.Errorf("%s is open", path)
			}
		}
	})
	t.Run("known by the visit itself", func(t *testing.T) {
		w, _ := byLink(t)
		if w.enters("new") != who {
			t.Fatal("somebody else entered")
		}
		w.press(w.get(Root+"/uses"), "Yes, pick for me")
		if page := text(w.get(Root + "/history")); !strings.Contains(page, "Leave") {
			t.Error("the visit does not go on")
		}
		if said, err := w.engine.Consents(context.Background(), who); err != nil || len(said.Purposes) != 1 {
			t.Errorf("the yes is not theirs: %+v, %v", said, err)
		}
	})
}
