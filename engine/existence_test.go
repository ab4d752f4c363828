package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// TestWhoIsKnownIsToldByNoAnswerAndCountedInReads asks as a page's key may, and
// as a server's key may, about somebody known who permits nothing and about
// nobody. The answers are the same; the reads are counted and the time is
// measured, because they are not quite (docs/SECURITY.md says by how much).
func TestWhoIsKnownIsToldByNoAnswerAndCountedInReads(t *testing.T) {
	const rounds = 300
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(20, 24)
	w.train()
	together(rounds, func(i int) {
		if _, err := w.SetConsents(context.Background(), tactful.Alias{Kind: tactful.Anonymous, ID: fmt.Sprintf("known-%d", i)}, ConsentChange{Level: tactful.Generic}); err != nil {
			t.Error(err)
		}
	})
	seen := w.observe()
	ask := map[string]func(who tactful.Alias) string{
		"a page sends an event": func(who tactful.Alias) string {
			body, err := json.Marshal(map[string]any{"events": []map[string]any{{
				"messageId": "m", "anonymousId": who.ID, "action": "viewed", "item": "item-1", "source": "web", "time": w.clock.Now().Format(time.RFC3339)}}})
			if err != nil {
				t.Fatal(err)
			}
			outcomes, err := w.Ingest(context.Background(), Delivery{Trust: Untrusted, Form: Native, Body: body})
			return fmt.Sprintf("%+v %v", outcomes, err)
		},
		"a server asks for a list": func(who tactful.Alias) string {
			d, err := w.Decide(context.Background(), &tactful.Request{Subject: who, Placement: tactful.ForYou, Count: 8})
			if err != nil {
				t.Fatal(err)
			}
			d.ID = ""
			text, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		},
	}
	for name, one := range ask {
		t.Run(name, func(t *testing.T) {
			measure := func(prefix string) (answer string, reads int, median time.Duration) {
				times := make([]time.Duration, rounds)
				seen.forget()
				for i := range rounds {
					begun := time.Now()
					said := one(tactful.Alias{Kind: tactful.Anonymous, ID: fmt.Sprintf("%s-%d", prefix, i)})
					times[i] = time.Since(begun)
					if i > 0 && said != answer {
						t.Fatalf("two of %q are answered differently:\n%s\n%s", prefix, answer, said)
					}
					answer = said
				}
				queries, _ := seen.forget()
				slices.Sort(times)
				return answer, len(queries) / rounds, times[rounds/2]
			}
			measure("known") // what is warm is warm for both
			known, knownReads, knownTime := measure("known")
			nobody, nobodyReads, nobodyTime := measure("nobody")
			if known != nobody {
				t.Errorf("the answers differ:\n%s\n%s", known, nobody)
			}
			if knownReads != nobodyReads && name == "a page sends an event" || knownReads-nobodyReads > 1 || knownReads < nobodyReads {
				t.Errorf("somebody known costs %d reads, nobody %d", knownReads, nobodyReads)
			}
			t.Logf("somebody known without permission: %d reads, median %s; nobody: %d reads, median %s", knownReads, knownTime, nobodyReads, nobodyTime)
		})
	}
}
