package engine

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// comebacks are the ways by which a name becomes somebody's again, none of them
// a yes to what the old yes was about.
func comebacks(w *world) map[string]func(id string) {
	say := func(id string, c ConsentChange) {
		w.t.Helper()
		if _, err := w.SetConsents(context.Background(), user(id), c); err != nil {
			w.t.Fatal(err)
		}
	}
	return map[string]func(string){
		"preferences": func(id string) { w.wish(id, tactful.PreferencesPatch{Topics: topics{"Toys": tactful.WishMore}}) },
		"a no to another purpose": func(id string) {
			say(id, ConsentChange{Answers: []tactful.Consent{{Purpose: tactful.MessagesEmail, Answer: tactful.Denied}}})
		},
		"the level generic":        func(id string) { say(id, ConsentChange{Level: tactful.Generic}) },
		"a yes to another purpose": func(id string) { w.yesTo(id, tactful.MessagesEmail, w.clock.Now()) },
		"a name of somebody else": func(id string) {
			if _, err := w.SetConsents(context.Background(), tactful.Alias{Kind: tactful.Anonymous, ID: "other-" + id}, ConsentChange{Level: tactful.Full, Answers: w.answers(time.Time{})}); err != nil {
				w.t.Fatal(err)
			}
			w.expect(w.deliver(SegmentAlias, false, object{"type": "alias", "messageId": "j-" + id, "userId": id, "previousId": "other-" + id}), "accepted")
			say(id, ConsentChange{Level: tactful.Generic, Answers: []tactful.Consent{{Purpose: tactful.Recommendations, Answer: tactful.Denied}, {Purpose: tactful.Improvement, Answer: tactful.Denied}}})
		},
	}
}

// TestWhateverBringsAPersonBackNoYesAndNoEventFromBeforeTheErasureCounts tries
// every way back, and the same with somebody who was never erased, where the
// old yes counts.
func TestWhateverBringsAPersonBackNoYesAndNoEventFromBeforeTheErasureCounts(t *testing.T) {
	ctx := context.Background()
	for way := range comebacks(newWorld(t, nil)) {
		t.Run(way, func(t *testing.T) {
			w := newWorld(t, nil)
			w.stock(8)
			said := w.clock.Now()
			w.clock.pass(time.Minute)
			for _, id := range []string{"anna", "ben"} {
				w.agree(id, tactful.Personal)
				w.mustSend(id, "purchased", 1, 2)
			}
			w.clock.pass(time.Minute)
			if _, err := w.Erase(ctx, user("anna")); err != nil {
				t.Fatal(err)
			}
			w.clock.pass(time.Hour)
			if way != "a name of somebody else" {
				comebacks(w)[way]("never") // the control: nobody was erased under this name
				if _, err := w.SetConsents(ctx, user("never"), ConsentChange{Level: tactful.Personal, Answers: w.answers(said)}); err != nil {
					t.Fatalf("control: %v", err)
				}
				if !w.saidYes("never") {
					t.Fatal("control: the old yes does not count for somebody who was never erased")
				}
			}

			comebacks(w)[way]("anna")
			_, err := w.SetConsents(ctx, user("anna"), ConsentChange{Level: tactful.Personal, Answers: w.answers(said)})
			if tactful.KindOf(err) != tactful.Refused || w.saidYes("anna") {
				t.Errorf("the old yes, reported: %v", err)
			}
			if o := w.sendSaying("anna", "old", said); o.Status != OutcomeRefused || w.saidYes("anna") {
				t.Errorf("the old yes with an event: %+v", o)
			}
			if stands := w.stands(user("anna")); stands.Level > tactful.Generic {
				t.Errorf("the old level stands: %v", stands.Level)
			}
			log, err := w.ConsentLog(ctx, user("anna"), 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range log {
				if entry.Consent.Answer == tactful.Granted && !entry.Consent.Time.After(said) {
					t.Errorf("the old yes is in the log")
				}
			}

			w.clock.pass(time.Hour)
			w.agree("anna", tactful.Personal)
			w.shut()
			w.open()
			if got := w.about("anna", "o1", said); got != "refused removed" {
				t.Errorf("an event from before, after a new yes: %s", got)
			}
			if got := w.about("anna", "o2", w.clock.Now()); got != "accepted" {
				t.Errorf("a new event: %s", got)
			}
		})
	}
}

// saidYes reports whether a yes to recommendations stands.
func (w *world) saidYes(id string) bool {
	return w.stands(user(id)).Purposes[tactful.Recommendations].Answer == tactful.Granted
}

// about sends one purchase of a moment, without a word of consent.
func (w *world) about(id, message string, when time.Time) string {
	w.t.Helper()
	body, err := json.Marshal(object{"events": []any{object{"messageId": message, "userId": id, "action": "purchased", "item": "item-3", "source": "web", "time": when.Format(time.RFC3339)}}})
	if err != nil {
		w.t.Fatal(err)
	}
	outcomes, err := w.Ingest(context.Background(), Delivery{Trust: Trusted, Form: Native, Body: body})
	if err != nil {
		w.t.Fatal(err)
	}
	return fate(&outcomes[0])
}
