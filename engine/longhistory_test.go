package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// TestWhatLiesUnderAThousandViewsCanBeSeenAndPutAside puts purchases under more
// events than a list of the API has, and puts them aside.
func TestWhatLiesUnderAThousandViewsCanBeSeenAndPutAside(t *testing.T) {
	ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(160, 24)
	w.agree("viewer", tactful.Full)
	w.mustSend("viewer", "purchased", 1, 5, 9)
	for n := range 3 {
		var events []string
		for i := range 400 {
			at := w.clock.Now().Add(-time.Duration(1200-400*n-i) * time.Second).Format(time.RFC3339)
			events = append(events, fmt.Sprintf(`{"messageId":"v-%d-%d","userId":"viewer","action":"viewed","item":"item-%d","source":"web","time":%q}`, n, i, 22+i%2, at))
		}
		fates, err := w.Ingest(context.Background(), Delivery{Trust: Trusted, Form: Native, Body: []byte(`{"events":[` + strings.Join(events, ",") + `]}`)})
		if err != nil || fates[0].Status != OutcomeAccepted {
			t.Fatal(fates, err)
		}
	}
	w.train()
	history, err := w.History(ctx, user("viewer"), 10_000)
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	for _, h := range history {
		if h.Setting == "none" {
			words[h.Item.ID] = "unused"
		}
	}
	if _, seen := words["item-1"]; !seen || len(words) != 5 {
		t.Fatalf("the history shows only %v", words)
	}
	if d := w.decide(tactful.Request{Subject: user("viewer"), Placement: tactful.ForYou}); !personal(d) {
		t.Fatalf("nothing is personal before: the case shows nothing: %+v %+v", d.Note, d.Suggestions)
	}
	if err := w.SetHistories(ctx, user("viewer"), words); err != nil {
		t.Fatal(err)
	}
	if d := w.decide(tactful.Request{Subject: user("viewer"), Placement: tactful.ForYou}); personal(d) {
		t.Error("what was put aside still picks the list")
	}
	if err := w.SetHistories(ctx, user("viewer"), map[string]string{"item-1": "none", "item-8": "unused"}); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("an item that is not in the history: %v", err)
	}
	if again, err := w.History(ctx, user("viewer"), 10_000); err != nil || again[len(again)-1].Setting == "none" && words[again[len(again)-1].Item.ID] != "" {
		t.Errorf("half of a refused change was made: %+v, %v", again[len(again)-1], err)
	}
}

// personal reports whether anything of a person's own picked an item of a list.
func personal(d *tactful.Decision) bool {
	for _, s := range d.Suggestions {
		if s.Score > 0 {
			return true
		}
	}
	return false
}
