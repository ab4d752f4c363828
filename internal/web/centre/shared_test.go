package centre

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	grid "github.com/tactful/tactful/internal/place"
)

// wander tells the engine that Ada walked for an hour; what is sent is a quarter.
func (w *world) wander() {
	w.t.Helper()
	var walk []grid.Point
	for i := range 60 {
		walk = append(walk, grid.Point{Lat: 47.05 + 0.0009*float64(i), Lng: 8.31, Time: noon.Add(-2 * time.Hour).Add(time.Duration(i) * time.Minute)})
	}
	if _, err := w.engine.Locate(context.Background(), ada, grid.Quarter, walk); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) placed() engine.Located {
	w.t.Helper()
	at, err := w.engine.Whereabouts(context.Background(), ada)
	if err != nil {
		w.t.Fatal(err)
	}
	return at
}

func TestHowExactlyAPersonMayBePlacedIsTheirs(t *testing.T) {
	w := newWorld(t)
	w.centre.settings.Purposes = append(w.centre.settings.Purposes, string(tactful.LocationUse))
	if page := text(w.get(Root + "/uses")); strings.Contains(page, "How exact may it be?") {
		t.Error("who said no yes to location is asked how exactly")
	}
	doc := w.press(w.get(Root+"/uses"), "Yes, use the area")
	if page := text(doc); !strings.Contains(page, "How exact may it be?") || !strings.Contains(page, "We keep no place of yours now.") {
		t.Fatalf("after the yes: %s", page)
	}
	w.wander()
	at := w.placed()
	if page := text(w.get(Root + "/uses")); !strings.Contains(page, "about 2 km wide, from 22 November 2026") || !strings.Contains(page, at.Cell) {
		t.Errorf("what is kept is not shown: %s", page)
	}
	choose := func(word string) *html.Node {
		t.Helper()
		status, doc := w.do(http.MethodPost, Root+"/place", url.Values{"place": {word}})
		if status != http.StatusOK {
			t.Fatalf("%s: %d: %s", word, status, text(doc))
		}
		return doc
	}
	if said := message(choose("town")); !strings.HasPrefix(said, "Done. We keep and use your town at most.") {
		t.Errorf("town: %q", said)
	}
	if w.wander(); w.placed().Precision != grid.Town {
		t.Errorf("the shop sends a quarter, and kept is %+v", w.placed())
	}
	doc = w.get(Root + "/uses")
	checked := ""
	for _, in := range find(doc, "input", "") {
		if attr(in, "name") == "place" && has(in, "checked") {
			checked = attr(in, "value")
		}
	}
	if checked != "town" || !strings.Contains(text(doc), "about 9 km wide, from") {
		t.Errorf("checked %q: %s", checked, text(doc))
	}
	if doc = w.press(doc, "Remove this place"); w.placed().Cell != "" || !strings.Contains(text(doc), "The place we had is gone.") {
		t.Errorf("removed: %+v", w.placed())
	}
	w.wander()
	off := choose("off")
	if w.wander(); w.placed().Cell != "" {
		t.Errorf("off: %+v is kept", w.placed())
	}
	if w.press(off, "Undo"); w.placed().Cell != "" {
		t.Errorf("Undo brought a place back: %+v", w.placed())
	}
	if w.wander(); w.placed().Precision != grid.Town {
		t.Errorf("after Undo of off a town is not kept: %+v", w.placed())
	}
	for _, word := range []string{"", "house", "Off"} {
		if status, _ := w.do(http.MethodPost, Root+"/place", url.Values{"place": {word}}); status == http.StatusOK {
			t.Errorf("%q was taken", word)
		}
	}
	w.press(w.get(Root+"/uses"), "No, use no place")
	if w.placed().Cell != "" || strings.Contains(text(w.get(Root+"/uses")), "How exact may it be?") {
		t.Errorf("after the no: %+v", w.placed())
	}
}
