package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	grid "github.com/tactful/tactful/internal/place"
)

// branchy is a shop with two branches: of what people buy together some is to be had
// in Lucerne, the rest in Geneva.
func branchy(t *testing.T, adjust func(*Config)) *world {
	t.Helper()
	w := newWorld(t, func(c *Config) {
		c.Location.Branches = []grid.Branch{{ID: "luzern", Lat: 47.05, Lng: 8.31, Metres: 15000}, {ID: "geneva", Lat: 46.2, Lng: 6.14, Metres: 15000}}
		if adjust != nil {
			adjust(c)
		}
	})
	var items []tactful.Item
	for i := range 24 {
		branch := "luzern"
		if i/4%2 == 1 {
			branch = "geneva"
		}
		items = append(items, tactful.Item{ID: fmt.Sprintf("item-%d", i+1), Title: fmt.Sprintf("Thing number %d", i+1), Categories: []string{"Kitchen"},
			Attributes: map[string]string{"branch": branch}, Price: 100, Currency: "GBP", Availability: tactful.InStock})
	}
	if err := w.PutItems(context.Background(), items); err != nil {
		t.Fatal(err)
	}
	w.crowd(240, 24)
	w.train()
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "viewed", 1)
	return w
}

// forAnna is her list, without what is new in each: id and time.
func (w *world) forAnna() (d *tactful.Decision, said string) {
	d = w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou, Count: 8})
	for _, s := range d.Suggestions {
		said += fmt.Sprintf("%s %v %s %v\n", s.Item.ID, s.Score, s.Origin, s.Reason)
	}
	return d, said + d.Note
}

func TestWhatABranchNearByHasIsLiftedOnlyForWhoSharesTheirPlace(t *testing.T) {
	ctx := context.Background()
	w := branchy(t, nil)
	plain := branchy(t, func(c *Config) { c.Location.Branches = nil })
	_, before := w.forAnna()
	if _, without := plain.forAnna(); before != without {
		t.Errorf("branches change the list of who shares nothing:\n%s\n%s", without, before)
	}
	w.answerTo("anna", tactful.LocationUse, tactful.Granted)
	if _, after := w.forAnna(); after != before {
		t.Error("a yes alone, of which no place is known, changes the list")
	}
	walk := way(47.05, 8.31, 60, noon.Add(-2*time.Hour))
	if _, err := w.Locate(ctx, user("anna"), grid.Town, walk); err != nil {
		t.Fatal(err)
	}
	list, after := w.forAnna()
	near := 0
	for _, s := range list.Suggestions {
		lifted := strings.Contains(s.Reason.Sentence, "A shop near you has it: you share your town with us.")
		if s.Origin == tactful.Ranked && lifted != (s.Item.Attributes["branch"] == "luzern") {
			t.Errorf("%s of %s: %s", s.Item.ID, s.Item.Attributes["branch"], s.Reason.Sentence)
		}
		if lifted {
			near++
		}
	}
	if near == 0 || after == before {
		t.Fatalf("nothing was lifted: %s", after)
	}
	receipt, err := w.Receipt(ctx, list.ID)
	if err != nil || !strings.Contains(receipt.Integrity.InformationType, "roughly where") || !strings.Contains(receipt.Integrity.Principle, "location") {
		t.Errorf("the receipt says %+v, %v", receipt.Integrity, err)
	}
	for name, ask := range map[string]tactful.Request{
		"same for everybody": {Subject: user("anna"), Placement: tactful.ForYou, Count: 8, Level: tactful.Generic},
		"only this page":     {Subject: user("anna"), Placement: tactful.ForYou, Count: 8, Level: tactful.Context},
		"of bestsellers":     {Subject: user("anna"), Placement: tactful.Popular, Count: 8},
	} {
		for _, s := range w.decide(ask).Suggestions {
			if strings.Contains(s.Reason.Sentence, "near you") {
				t.Errorf("a list %s knows where she is", name)
			}
		}
	}
	w.answerTo("anna", tactful.LocationUse, tactful.Withdrawn)
	if _, back := w.forAnna(); back != before {
		t.Errorf("after the no the list is\n%s, before it was\n%s", back, before)
	}
}

func TestAPlaceThatIsOverOrSecretChangesNothing(t *testing.T) {
	ctx := context.Background()
	walk := way(47.05, 8.31, 60, noon.Add(-2*time.Hour))
	w := branchy(t, func(c *Config) { c.Location.Keep = 48 * time.Hour })
	w.answerTo("anna", tactful.LocationUse, tactful.Granted)
	if _, err := w.Locate(ctx, user("anna"), grid.Quarter, walk); err != nil {
		t.Fatal(err)
	}
	if _, now := w.forAnna(); !strings.Contains(now, "you share your part of town") {
		t.Fatalf("nothing was lifted: %s", now)
	}
	w.clock.pass(49 * time.Hour)
	if _, later := w.forAnna(); strings.Contains(later, "near you") {
		t.Error("a place counts beyond its term")
	}
	// The operator hears of a shelter in the quarter: what was kept counts no more.
	if _, err := w.Locate(ctx, user("anna"), grid.Quarter, way(47.05, 8.31, 60, w.clock.Now().Add(-2*time.Hour))); err != nil {
		t.Fatal(err)
	}
	w.shut()
	w.cfg.Location.Sensitive = []grid.Zone{{Name: "s", Kind: "shelter", Lat: 47.11, Lng: 8.33, Metres: 3000}}
	w.open()
	if _, now := w.forAnna(); strings.Contains(now, "near you") {
		t.Error("a place beside a shelter counts")
	}
}
