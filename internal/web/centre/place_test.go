package centre

import (
	"testing"

	"github.com/tactful/tactful"
)

func TestAnAnswerNamesTheLawOfItsPlace(t *testing.T) {
	w := newWorld(t)
	w.centre.settings.Region = "DE"
	of := func(p tactful.Purpose) string { return w.standing().Purposes[p].Jurisdiction }
	w.press(w.get(Root+"/uses"), "Yes, choose offers")
	if got := of(tactful.Offers); got != "DE" {
		t.Errorf("a yes: %q", got)
	}
	doc := w.press(w.get(Root), "Turn everything off")
	if got := of(tactful.Recommendations); got != "DE" {
		t.Errorf("a no to all: %q", got)
	}
	w.press(doc, "Undo")
	if s := w.standing().Purposes[tactful.Recommendations]; s.Jurisdiction != "DE" || s.Answer != tactful.Granted {
		t.Errorf("a yes that came back: %+v", s)
	}
	w.centre.settings.Region = ""
	w.press(w.get(Root+"/uses"), "No, do not pick")
	if got := of(tactful.Recommendations); got != "" {
		t.Errorf("where no region is configured: %q", got)
	}
}
