package engine

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/rights"
)

// TestNoOperatorErasesAlone: a letter may be made up, and so may its reader.
func TestNoOperatorErasesAlone(t *testing.T) {
	w := newWorld(t, nil)
	for _, id := range []string{"anna", "ben", "cleo", "dora"} {
		w.agree(id, tactful.Personal)
	}
	if _, err := w.Erase(asBob, user("anna")); tactful.KindOf(err) != tactful.Refused || w.gone("anna") {
		t.Errorf("an operator alone: %v", err)
	}
	for _, channel := range []rights.Channel{rights.API, rights.Centre} {
		_, err := w.OpenRight(asBob, RightRequest{Subject: user("anna"), Kind: rights.Erasure, Channel: channel})
		if tactful.KindOf(err) != tactful.Refused || w.gone("anna") {
			t.Errorf("an operator by %s: %v", channel, err)
		}
	}
	r := w.ask(asBob, "anna", rights.Erasure, rights.Letter, rights.Detail{Proof: "the signature on file"})
	if r.State != rights.Waiting || w.gone("anna") {
		t.Fatalf("entered: %s", r.State)
	}
	if done, err := w.ReleaseRight(asAnn, r.ID); err != nil || done.State != rights.Done || !w.gone("anna") {
		t.Errorf("released by a second: %s %v", done.State, err)
	}
	t.Run("the person and the shop's own server go through", func(t *testing.T) {
		if _, err := w.Erase(asPerson, user("ben")); err != nil || !w.gone("ben") {
			t.Error(err)
		}
		if _, err := w.Erase(asShop, user("cleo")); err != nil || !w.gone("cleo") {
			t.Error(err)
		}
	})
}

// TestTryingOutNamesByErasingThemIsCounted: 35 unknown names are 35 people looked for.
func TestTryingOutNamesByErasingThemIsCounted(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Looks.PeoplePerHour = 30 })
	var many *TooMany
	for i := range 35 {
		_, err := w.Erase(asBob, user(fmt.Sprintf("guess-%d", i)))
		if i < 30 && tactful.KindOf(err) != tactful.NotFound || i >= 30 && !errors.As(err, &many) {
			t.Fatalf("name %d: %v", i, err)
		}
	}
	nameless := as(tactful.ActorOperator, "", "")
	if _, err := w.Erase(nameless, user("anna")); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("without a name: %v", err)
	}
}
