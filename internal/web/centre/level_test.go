package centre

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// TestTheFirstLevelCanBeUndone has people who had chosen none: what held without a
// choice comes back.
func TestTheFirstLevelCanBeUndone(t *testing.T) {
	w := newWorld(t)
	known := tactful.Alias{Kind: tactful.UserID, ID: "no-level-yet"}
	var change engine.ConsentChange
	for _, n := range w.engine.Notices("en") {
		if n.Purpose == tactful.Improvement {
			change.Answers = append(change.Answers, said(n, tactful.Granted))
		}
	}
	if _, err := w.engine.SetConsents(context.Background(), known, change); err != nil {
		t.Fatal(err)
	}
	w.who.visitor = Visitor{Alias: known}
	holds := func() tactful.Level {
		control, err := w.engine.Control(context.Background(), known)
		if err != nil {
			t.Fatal(err)
		}
		return control.Level
	}
	before := holds()
	other := tactful.Generic
	if before == other {
		other = tactful.Context
	}
	_, doc := w.do(http.MethodPost, Root+"/level", url.Values{"level": {other.String()}})
	if got := holds(); got != other {
		t.Fatalf("%v is on, %v was chosen", got, other)
	}
	if w.press(doc, "Undo"); holds() != before {
		t.Errorf("%v after Undo, %v before", holds(), before)
	}
}

func TestAGuestsFirstLevelCanBeUndone(t *testing.T) {
	w := newWorld(t)
	w.who.visitor = Visitor{Guest: true}
	_, doc := w.do(http.MethodPost, Root+"/level", url.Values{"level": {tactful.Context.String()}})
	if w.who.visitor.Level != tactful.Context {
		t.Fatalf("%+v", w.who.visitor)
	}
	if w.press(doc, "Undo"); w.who.visitor.Level != tactful.LevelUnknown || w.who.visitor.SaidNo {
		t.Errorf("after Undo: %+v", w.who.visitor)
	}
}
