package engine

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// TestAnExportHoldsOnlyWhoPermitsItNow has one person who permits it and one for
// each way of not permitting it.
func TestAnExportHoldsOnlyWhoPermitsItNow(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(3)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	everybody := []string{"yes", "withdrew", "objects", "pauses", "locked", "context", "generic", "signals"}
	ctx := context.Background()
	for _, who := range everybody {
		w.agree(who, tactful.Personal)
		body := `{"events":[{"messageId":"m-` + who + `","userId":"` + who + `","action":"purchased","item":"item-1","source":"web","time":"2026-11-22T11:00:00Z"}]}`
		fates, err := w.Ingest(ctx, Delivery{Trust: Trusted, Form: Native, Body: []byte(body)})
		must(err)
		if fates[0].Status != OutcomeAccepted {
			t.Fatalf("%s: %+v", who, fates)
		}
	}
	visited := func(ctx context.Context) (n int) {
		t.Helper()
		must(w.EachConsented(ctx, tactful.Recommendations, func(string, int, int) {}, func(p PersonEvents) error {
			n++
			if len(p.Events) != 1 || p.Events[0].Item != "item-1" || !strings.HasPrefix(p.Person, "p_") {
				t.Errorf("%+v", p)
			}
			return nil
		}))
		return n
	}
	ada := tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B.", Reason: "a study of the range"})
	if n := visited(ada); n != len(everybody) { // the control: all of them while all permit it
		t.Fatalf("%d of %d are visited while all permit it", n, len(everybody))
	}
	w.clock.pass(time.Minute)
	_, err := w.SetConsents(ctx, user("withdrew"), ConsentChange{Answers: []tactful.Consent{{Purpose: tactful.Recommendations, Answer: tactful.Withdrawn, Method: "form"}}})
	must(err)
	for who, level := range map[string]tactful.Level{"context": tactful.Context, "generic": tactful.Generic} {
		_, err := w.SetConsents(ctx, user(who), ConsentChange{Level: level})
		must(err)
	}
	on := true
	_, err = w.SetConsents(ctx, user("signals"), ConsentChange{GPC: &on}) // no file leaves the house with their data, whatever they said yes to
	must(err)
	self := tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorPerson})
	must(w.Pause(self, user("pauses"), w.clock.Now().Add(24*time.Hour)))
	must(w.Restrict(self, user("locked")))
	must(w.Object(self, user("objects")))
	if n := visited(ada); n != 2 { // "yes", and "objects": an objection stops marketing, which this purpose is not
		t.Errorf("%d are visited", n)
	}
	for name, actor := range map[string]tactful.Actor{"a service": {Kind: tactful.ActorService, Name: "shop"}, "nobody": {}, "an operator without a reason": {Kind: tactful.ActorOperator, Name: "Ada B."}} {
		err := w.EachConsented(tactful.WithActor(ctx, actor), tactful.Recommendations, func(string, int, int) {}, func(PersonEvents) error { t.Error("shown"); return nil })
		if err == nil {
			t.Errorf("%s is given everybody's events", name)
		}
	}
	if err := w.EachConsented(ada, "selling", func(string, int, int) {}, func(PersonEvents) error { t.Error("shown"); return nil }); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("a purpose that nobody declared: %v", err)
	}
}
