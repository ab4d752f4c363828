package centre

import (
	"testing"

	"github.com/tactful/tactful/internal/guard"
)

// TestEveryPromiseHasItsWords: a receipt says in the reader's words what left something
// out; "another promise" would tell them nothing.
func TestEveryPromiseHasItsWords(t *testing.T) {
	w := newWorld(t)
	names := []string{"schedule", "budget", "audience", "language", "stock", "holdout", "wording", "unsubscribe", "policy"}
	for _, g := range guard.All(&guard.Settings{}) {
		names = append(names, g.Name())
	}
	for _, name := range names {
		if !w.centre.texts.Known("guard." + name) {
			t.Errorf("no words for %s", name)
		}
	}
	if len(names) < 20 || w.centre.texts.Known("guard.nothing") {
		t.Errorf("%d names prove nothing", len(names))
	}
}
