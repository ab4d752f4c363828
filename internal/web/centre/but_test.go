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
		{"a muted topic where lists are the same for all", "/interests", "Mute : Kitchen", "But we do not pick for you now.", "", func(w *world) error {
			w.press(w.get(Root), "Choose this : Only this page")
			_, err := w.engine.PatchPreferences(ctx, ada, tactful.PreferencesPatch{Topics: map[string]tactful.TopicWish{"Kitchen": tactful.WishMore}})
			return err
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

// TestAReportSaysBeforeAndAfterThatItStays: it has no Undo.
func TestAReportSaysBeforeAndAfterThatItStays(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{w.receiptPath(), Root + "/why"} {
		w.rests("") // a list that nothing was said of
		doc := w.get(path)
		if !strings.Contains(text(doc), "What you told us stays with this list. It cannot be taken back.") {
			t.Errorf("%s does not say it beside the button", path)
		}
		doc = w.press(doc, "This feels creepy")
		if said := text(find(doc, "div", "said")[0]); !strings.HasPrefix(said, "Thank you.") || !strings.Contains(said, "It cannot be taken back.") || strings.Contains(said, "Undo") {
			t.Errorf("%s: %q", path, said)
		}
	}
}
