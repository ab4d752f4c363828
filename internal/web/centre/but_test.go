package centre

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// TestAControlThatCannotActYetSaysSo: what is said holds, and the page names
// what keeps it from acting, with the button that ends it.
func TestAControlThatCannotActYetSaysSo(t *testing.T) {
	ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	for _, c := range []struct {
		name, path, button, want, ends string
		first                          func(w *world) error
	}{
		{"a level during a break", "", "Choose this : Full", "But you still have a break.", "End the break", func(w *world) error { return w.engine.Pause(ctx, ada, noon.Add(time.Hour)) }},
		{"a level over locked data", "", "Choose this : Full", "But your data is still locked.", "Unlock my data", func(w *world) error { return w.engine.Restrict(ctx, ada) }},
		{"a level", "", "Choose this : Full", "", "", func(*world) error { return nil }},
		{"a yes during a break", "/uses", "Yes, choose offers", "But you still have a break.", "End the break", func(w *world) error { return w.engine.Pause(ctx, ada, noon.Add(time.Hour)) }},
		{"a muted topic where lists are the same for all", "/interests", "Mute : Kitchen", "But you see the same lists as all others now.", "", func(w *world) error {
			w.press(w.get(Root), "Choose this : Same for everyone")
			_, err := w.engine.PatchPreferences(ctx, ada, tactful.PreferencesPatch{Topics: map[string]tactful.TopicWish{"Kitchen": tactful.WishMore}})
			return err
		}},
		{"a muted topic where lists are for the page", "/interests", "Mute : Kitchen", "", "", func(w *world) error {
			w.press(w.get(Root), "Choose this : Only this page")
			_, err := w.engine.PatchPreferences(ctx, ada, tactful.PreferencesPatch{Topics: map[string]tactful.TopicWish{"Kitchen": tactful.WishMore}})
			return err
		}},
		{"more of a topic where lists are for the page", "/interests", "More : Kitchen", "But your lists are for this page only now.", "", func(w *world) error {
			w.press(w.get(Root), "Choose this : Only this page")
			_, err := w.engine.PatchPreferences(ctx, ada, tactful.PreferencesPatch{Topics: map[string]tactful.TopicWish{"Kitchen": tactful.WishMuted}})
			return err
		}},
		{"used again where lists are for the page", "/history", "Use it again", "But we do not pick for you now.", "", func(w *world) error {
			w.press(w.get(Root+"/history"), "Don't use this")
			w.press(w.get(Root), "Choose this : Only this page")
			return nil
		}},
		{"a muted topic where lists are picked", "/interests", "Mute : Kitchen", "", "", func(*world) error { return nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if err := c.first(w); err != nil {
				t.Fatal(err)
			}
			doc := w.press(w.get(Root+c.path), c.button)
			said := text(find(doc, "div", "said")[0])
			if c.want == "" && strings.Contains(said, "But ") || !strings.Contains(said, c.want) || !strings.Contains(said, c.ends) {
				t.Errorf("the page says %q", said)
			}
			if c.ends != "" {
				w.press(find(doc, "div", "said")[0], c.ends)
				if control, err := w.engine.Control(ctx, ada); err != nil || control.Restricted || !control.Paused.IsZero() {
					t.Errorf("its button ends nothing: %+v, %v", control, err)
				}
			}
		})
	}
	if page := text(newWorld(t).get(Root + "/interests")); !strings.Contains(page, "What you mute can be in them.") {
		t.Error("the page about interests does not say where a mute does not act")
	}
}

// TestTheWayOutStandsBesideTheControl: where lists are the same for everybody the page
// says before a press that it will not count, and one press on lets it count.
func TestTheWayOutStandsBesideTheControl(t *testing.T) {
	ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	for _, path := range []string{"/needs", "/interests"} {
		t.Run(path, func(t *testing.T) {
			w := newWorld(t)
			if page := text(w.get(Root + path)); strings.Contains(page, "does not count yet") {
				t.Error("it is said where everything counts")
			}
			w.press(w.get(Root), "Choose this : Same for everyone")
			doc := w.get(Root + path)
			if !strings.Contains(text(doc), "So what you say here does not count yet.") {
				t.Error("the page does not say it beside the control")
			}
			if path == "/interests" { // any topic, whether or not they did anything in it
				doc = w.press(doc, "Mute")
			} else {
				doc = w.press(doc, "Save")
			}
			said := find(doc, "div", "said")[0]
			if !strings.Contains(text(said), "But you see the same lists as all others now.") {
				t.Errorf("the page says %q", text(said))
			}
			doc = w.press(said, "Make it count: only this page")
			if title := text(find(doc, "h1", "")[0]); !strings.Contains(text(doc), "Done. We now use only the page in front of you.") || title == "" {
				t.Errorf("%s: no answer", title)
			}
			control, err := w.engine.Control(ctx, ada)
			if err != nil || control.Level != tactful.Context || strings.Contains(text(doc), "does not count yet") {
				t.Errorf("level %s, %v", control.Level, err)
			}
		})
	}
}

// TestAReportIsTakenBack: by the Undo of the click, and later by the button beside it;
// whoever else presses it takes nothing back.
func TestAReportIsTakenBack(t *testing.T) {
	w := newWorld(t)
	reports := func(path string) int {
		return strings.Count(text(find(w.get(path), "main", "")[0]), "You said it feels creepy")
	}
	for _, path := range []string{w.receiptPath(), Root + "/why"} {
		w.rests("") // a list that nothing was said of
		doc := w.get(path)
		if !strings.Contains(text(doc), "What you tell us stays with this list until you take it back.") {
			t.Errorf("%s does not say it beside the button", path)
		}
		had := reports(path)
		doc = w.press(doc, "This feels creepy")
		if said := text(find(doc, "div", "said")[0]); !strings.HasPrefix(said, "Thank you.") || reports(path) != had+1 {
			t.Errorf("%s: %q, %d reports after %d", path, said, reports(path), had)
		}
		doc = w.press(find(doc, "div", "said")[0], "Undo")
		if said := text(find(doc, "div", "said")[0]); !strings.HasPrefix(said, "Done. It is as it was before.") || reports(path) != had {
			t.Errorf("%s: %q, %d reports after %d", path, said, reports(path), had)
		}
		w.press(w.get(path), "This feels creepy")
		doc = w.press(w.get(path), "Take it back")
		if said := text(find(doc, "div", "said")[0]); !strings.HasPrefix(said, "Done. We took back what you said.") || reports(path) != had {
			t.Errorf("%s, later: %q, %d reports after %d", path, said, reports(path), had)
		}
	}
}
