package centre

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// TestAnOldUndoGoesOverNothingNewer leaves an Undo on a page, lets something
// else happen elsewhere, and presses it then.
func TestAnOldUndoGoesOverNothingNewer(t *testing.T) {
	ctx := context.Background()
	yes := true
	for _, c := range []struct {
		name, path, button string
		newer              func(w *world) error
		holds              func(c engine.Control, s tactful.Consents) bool
	}{
		{"an objection after everything was turned off", "", "Turn everything off", func(w *world) error { return w.engine.Object(ctx, ada) },
			func(c engine.Control, s tactful.Consents) bool {
				return !c.Objected.IsZero() && s.Level == tactful.Generic && s.Purposes[tactful.MessagesEmail].Answer != tactful.Granted
			}},
		{"a lock after everything was turned off", "", "Turn everything off", func(w *world) error { return w.engine.Restrict(ctx, ada) },
			func(c engine.Control, s tactful.Consents) bool { return c.Restricted && s.Level == tactful.Generic }},
		{"a pause after a lower level", "", "Choose this : Only this page", func(w *world) error { return w.engine.Pause(ctx, ada, noon.Add(time.Hour)) },
			func(c engine.Control, s tactful.Consents) bool {
				return !c.Paused.IsZero() && s.Level == tactful.Context
			}},
		{"the browser's signal after a no", "/uses", "No, do not pick", func(w *world) error {
			_, err := w.engine.SetConsents(ctx, ada, engine.ConsentChange{GPC: &yes})
			return err
		}, func(_ engine.Control, s tactful.Consents) bool {
			return s.GPC && s.Purposes[tactful.Recommendations].Answer == tactful.Withdrawn
		}},
		{"a second objection", "/data", "Stop all advertising", func(w *world) error {
			if err := w.engine.Unobject(ctx, ada); err != nil {
				return err
			}
			w.say(ada, tactful.MessagesEmail)
			return w.engine.Object(ctx, ada)
		}, func(c engine.Control, s tactful.Consents) bool {
			return !c.Objected.IsZero() && s.Purposes[tactful.MessagesEmail].Answer != tactful.Granted
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.say(ada, tactful.MessagesEmail)
			doc := w.press(w.get(Root+c.path), c.button)
			if err := c.newer(w); err != nil {
				t.Fatal(err)
			}
			doc = w.press(doc, "Undo")
			control, err := w.engine.Control(ctx, ada)
			if err != nil {
				t.Fatal(err)
			}
			if s := w.standing(); !c.holds(control, s) {
				t.Errorf("after the old Undo: %+v, %+v", control, s)
			}
			if got := message(doc); got != "Something has changed since then. So nothing was taken back. You see here how it is now." {
				t.Errorf("the page says %q", got)
			}
		})
	}
}

func TestAnUndoThatOnlyTakesAwayIsNeverTooLate(t *testing.T) {
	w := newWorld(t)
	doc := w.press(w.get(Root+"/uses"), "Yes, choose offers")
	if err := w.engine.Pause(context.Background(), ada, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.press(doc, "Undo")
	if got := w.standing().Purposes[tactful.Offers].Answer; got != tactful.Withdrawn {
		t.Errorf("the yes is %s", got)
	}
}

func TestAFormWithoutItsMarkAllowsNothing(t *testing.T) {
	w := newWorld(t)
	w.press(w.get(Root), "Turn everything off")
	var doc *html.Node
	if _, doc = w.do(http.MethodPost, Root+"/undo", url.Values{"level": {"full"}}); w.standing().Level != tactful.Generic {
		t.Errorf("it set the level: %s", text(doc))
	}
}

// say records a yes to one purpose.
func (w *world) say(a tactful.Alias, p tactful.Purpose) {
	w.t.Helper()
	for _, n := range w.engine.Notices("en") {
		if n.Purpose != p {
			continue
		}
		if _, err := w.engine.SetConsents(context.Background(), a, engine.ConsentChange{Answers: []tactful.Consent{said(n, tactful.Granted)}}); err != nil {
			w.t.Fatal(err)
		}
	}
}
