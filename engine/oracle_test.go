package engine

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// A page's key must not learn from a refusal who has a permission: an event
// whose retention is over is refused in the same words for everybody.
func TestAnOldEventTellsAPageNothingAboutAnybody(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(3)
	change := ConsentChange{Level: tactful.Personal}
	for _, n := range w.Notices("en") {
		if n.Purpose == tactful.Recommendations {
			change.Answers = []tactful.Consent{{Purpose: n.Purpose, Answer: tactful.Granted, NoticeHash: n.Hash, Method: "form"}}
		}
	}
	known := tactful.Alias{Kind: tactful.Anonymous, ID: "known"}
	if _, err := w.SetConsents(context.Background(), known, change); err != nil {
		t.Fatal(err)
	}
	fate := func(trust Trust, who string, age time.Duration) Outcome {
		t.Helper()
		body, err := json.Marshal(map[string]any{"events": []map[string]any{{
			"messageId": who + age.String(), "anonymousId": who, "action": "viewed", "item": "item-1", "source": "web",
			"time": w.clock.Now().Add(-age).Format(time.RFC3339),
		}}})
		if err != nil {
			t.Fatal(err)
		}
		outcomes, err := w.Ingest(context.Background(), Delivery{Trust: trust, Form: Native, Body: body})
		if err != nil || len(outcomes) != 1 {
			t.Fatal(outcomes, err)
		}
		outcomes[0].MessageID = ""
		return outcomes[0]
	}
	const over = 300 * 24 * time.Hour // views are kept for 180 days
	if got := fate(Trusted, "known", over); got.Reason != "too_old" {
		t.Fatalf("the business itself is told %+v", got)
	}
	if a, b := fate(Untrusted, "known", over), fate(Untrusted, "nobody", over); a != b || a.Reason != "not_permitted" {
		t.Errorf("a page is told %+v of somebody known, %+v of nobody", a, b)
	}
	if got := fate(Untrusted, "known", time.Hour); got.Status != OutcomeAccepted {
		t.Errorf("a fresh event of somebody who agreed: %+v", got)
	}
}
