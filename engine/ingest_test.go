package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/records"
)

// object is JSON in the making.
type object = map[string]any

func (w *world) deliver(form Form, gpc bool, body object) []Outcome {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	outcomes, err := w.Ingest(context.Background(), Delivery{Trust: Trusted, Form: form, Body: text, GPC: gpc})
	if err != nil {
		w.t.Fatal(err)
	}
	return outcomes
}

// fate is an outcome in a word or two.
func fate(o *Outcome) string {
	if o.Reason == "" || o.Status == OutcomeIgnored {
		return o.Status.String()
	}
	return o.Status.String() + " " + o.Reason
}

func (w *world) expect(outcomes []Outcome, want ...string) {
	w.t.Helper()
	var got []string
	for i := range outcomes {
		got = append(got, fate(&outcomes[i]))
		if outcomes[i].Index != i {
			w.t.Errorf("outcome %d is of event %d", i, outcomes[i].Index)
		}
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("got  %q\nwant %q", got, want)
	}
}

// kept lists what is stored of somebody: action and item, oldest first.
func (w *world) kept(a tactful.Alias) []string {
	w.t.Helper()
	ref, err := w.find(context.Background(), a, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	if ref.IsZero() {
		return nil
	}
	events, err := w.records.Events(context.Background(), []tactful.Ref{ref}, records.AllEvents, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	var kept []string
	for i := range events[0] {
		e := &events[0][i].Event
		kept = append(kept, fmt.Sprintf("%s %s %d", e.Action, e.Item, e.Quantity))
	}
	slices.Sort(kept)
	return kept
}

func (w *world) subjects() int {
	w.t.Helper()
	d, err := w.Diagnose(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return d.Subjects
}

func track(id, who, event string, properties object) object {
	return object{"type": "track", "messageId": id, "userId": who, "event": event, "timestamp": noon.Format(time.RFC3339), "properties": properties}
}

func TestASegmentBatchIsAnsweredEventByEvent(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.agree("anna", tactful.Personal)
	order := track("order-1", "anna", "Order Completed", object{"order_id": "o-7", "products": []any{
		object{"product_id": "item-1", "quantity": 2, "price": 3.5}, object{"sku": "item-2"}, object{"name": "no id"},
	}})
	lost := track("order-2", "anna", "Order Completed", object{"products": []any{object{"name": "no id"}}})
	batch := []any{
		order,
		track("view-1", "anna", "Product Viewed", object{"product_id": "item-3"}),
		lost,
		object{"type": "page", "messageId": "page-1", "userId": "anna", "name": "Home"},
		track("wheel-1", "anna", "Wheel Spun", object{"colour": "red"}),
		track("view-2", "stranger", "Product Viewed", object{"product_id": "item-3"}),
		track("view-3", "anna", "Product Viewed", object{"product_id": "item-4", "faceprint": []any{0.1, 0.2, 0.3}}),
		track("view-1", "anna", "Product Viewed", object{"product_id": "item-3"}),
	}
	outcomes := w.deliver(SegmentBatch, false, object{"batch": batch})
	w.expect(outcomes, "accepted", "accepted", "refused invalid", "ignored", "ignored", "refused no_subject", "refused screened", "duplicate")
	var ids []string
	for i := range outcomes {
		ids = append(ids, outcomes[i].MessageID)
		if o := &outcomes[i]; o.Status == OutcomeRefused && (o.Detail == "" || o.Remedy == "") {
			t.Errorf("event %d is refused without a detail and a remedy: %+v", i, o)
		}
	}
	if want := []string{"order-1", "view-1", "order-2", "page-1", "wheel-1", "view-2", "view-3", "view-1"}; !slices.Equal(ids, want) {
		t.Errorf("message ids %q, sent %q", ids, want)
	}
	if got, want := w.kept(user("anna")), []string{"purchased item-1 2", "purchased item-2 1", "viewed item-3 1"}; !slices.Equal(got, want) {
		t.Errorf("kept %q, want %q", got, want)
	}
	w.expect(w.deliver(SegmentBatch, false, object{"batch": []any{order, batch[1]}}), "duplicate", "duplicate")
	if n := w.subjects(); n != 1 {
		t.Errorf("%d subjects: a stranger's event made somebody", n)
	}
	tally := w.Tally()
	if tally.Accepted != 2 || tally.Duplicate != 3 || tally.Ignored != 2 || tally.Refused["no_subject"] != 1 || tally.Refused["screened"] != 1 || tally.Refused["invalid"] != 1 {
		t.Errorf("counted %+v", tally)
	}
}

func TestMessageIdsComeBackAsSentWhateverBecomesOfTheEvent(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(3)
	w.agree("anna", tactful.Personal)
	event := func(id, who, action string) object {
		return object{"messageId": id, "userId": who, "action": action, "item": "item-1", "source": "web", "time": noon.Format(time.RFC3339)}
	}
	nameless := event("", "anna", "viewed")
	delete(nameless, "messageId")
	outcomes := w.deliver(Native, false, object{"events": []any{
		event("Ünï/1 ✓", "anna", "viewed"), event("two", "anna", "enjoyed"), event("three", "stranger", "viewed"),
		event("Ünï/1 ✓", "anna", "viewed"), nameless, "not an object",
	}})
	w.expect(outcomes, "accepted", "refused invalid", "refused no_subject", "duplicate", "refused invalid", "refused invalid")
	for i, want := range []string{"Ünï/1 ✓", "two", "three", "Ünï/1 ✓", "", ""} {
		if outcomes[i].MessageID != want {
			t.Errorf("event %d: %q came back as %q", i, want, outcomes[i].MessageID)
		}
	}
}

func TestNamesAreJoinedAtLevelFullOnly(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.agree("anna", tactful.Personal)
	phone := tactful.Alias{Kind: tactful.Anonymous, ID: "phone"}
	identify := func(id string) object {
		return object{"type": "identify", "messageId": id, "userId": "anna", "anonymousId": "phone"}
	}
	seen := func(id string) object {
		e := track(id, "", "Product Viewed", object{"product_id": "item-3"})
		delete(e, "userId")
		e["anonymousId"] = "phone"
		return e
	}
	w.expect(w.deliver(SegmentBatch, false, object{"batch": []any{identify("i-1"), seen("v-1")}}), "refused level", "refused no_subject")
	if ref, err := w.find(context.Background(), phone, noon); err != nil || !ref.IsZero() {
		t.Errorf("a refused join knows the phone: %v", err)
	}
	w.expect(w.deliver(SegmentAlias, false, object{"messageId": "a-1", "userId": "anna", "previousId": "phone"}), "refused level")

	w.agree("anna", tactful.Full)
	w.expect(w.deliver(SegmentBatch, false, object{"batch": []any{identify("i-2")}}), "accepted")
	w.expect(w.deliver(SegmentIdentify, false, identify("i-3")), "duplicate")
	w.expect(w.deliver(SegmentBatch, false, object{"batch": []any{seen("v-2")}}), "accepted")
	if got := w.kept(user("anna")); !slices.Equal(got, []string{"viewed item-3 1"}) {
		t.Errorf("what the phone saw is not anna's: %q", got)
	}
	w.expect(w.deliver(SegmentAlias, false, object{"messageId": "a-2", "userId": "anna", "previousId": "tablet"}), "accepted")

	w.agree("ben", tactful.Full)
	w.expect(w.deliver(SegmentBatch, false, object{"batch": []any{object{"type": "identify", "messageId": "i-4", "userId": "ben", "anonymousId": "phone"}}}), "refused both_known")

	if _, err := w.SetConsents(context.Background(), user("ben"), ConsentChange{Answers: []tactful.Consent{{Purpose: tactful.Recommendations, Answer: tactful.Denied}}}); err != nil {
		t.Fatal(err)
	}
	w.expect(w.deliver(SegmentBatch, false, object{"batch": []any{object{"type": "identify", "messageId": "i-5", "userId": "ben", "anonymousId": "watch"}}}), "refused level")
}

func TestConsentObjectsAreHeededAndANoOfNobodyLeavesNoTrace(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Consent.Categories = map[string]consent.CategoryConfig{"Functional": {
			Purposes: []tactful.Purpose{tactful.Recommendations}, Version: "1",
			Text: "We may use what you do here to pick things for you.", Language: "en", Level: "personal",
		}}
	})
	w.stock(24)
	seen := func(id, who string, preferences any) object {
		e := track(id, who, "Product Viewed", object{"product_id": "item-3"})
		e["context"] = object{"consent": object{"categoryPreferences": preferences}}
		return e
	}
	send := func(e object) []Outcome {
		t.Helper()
		return w.deliver(SegmentBatch, false, object{"batch": []any{e}})
	}
	answer := func(who string) tactful.Answer {
		t.Helper()
		c, err := w.Consents(context.Background(), user(who))
		if err != nil {
			t.Fatal(err)
		}
		return c.Purposes[tactful.Recommendations].Answer
	}

	w.expect(send(seen("n-1", "nobody", object{"Functional": false})), "refused no_subject")
	w.expect(w.deliver(Native, true, object{"events": []any{object{
		"messageId": "n-2", "userId": "nobody", "action": "viewed", "item": "item-1", "source": "web", "time": noon.Format(time.RFC3339),
		"consent": object{"level": "generic", "answers": []any{object{"purpose": "recommendations", "answer": "denied"}}},
	}}}), "refused no_subject")
	if n := w.subjects(); n != 0 {
		t.Fatalf("%d subjects after somebody unknown said no", n)
	}

	w.expect(send(seen("a-1", "anna", object{"Functional": true})), "accepted")
	if answer("anna") != tactful.Granted || w.subjects() != 1 {
		t.Errorf("a yes with a text is not on record: %s, %d subjects", answer("anna"), w.subjects())
	}
	if d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou}); d.Level != tactful.Personal {
		t.Errorf("after a yes that names the level personal: %s", d.Level)
	}
	w.expect(send(seen("a-2", "anna", "all of it")), "refused screened")
	if answer("anna") != tactful.Granted {
		t.Error("an object that nobody can read took a yes away for good")
	}
	w.clock.pass(time.Hour)
	w.expect(send(seen("a-3", "anna", object{"Functional": false})), "refused withdrawn")
	if answer("anna") != tactful.Withdrawn {
		t.Errorf("after a no: %s", answer("anna"))
	}
	w.expect(send(seen("a-4", "anna", object{"Functional": true})), "refused withdrawn") // a banner that repeats an old yes
	if got := w.kept(user("anna")); !slices.Equal(got, []string{"viewed item-3 1"}) {
		t.Errorf("kept %q", got)
	}
}

func TestSecGPCIsRememberedForSomebodyKnownAndForNobodyElse(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(3)
	w.agree("anna", tactful.Personal)
	event := func(id, who string) object {
		return object{"messageId": id, "userId": who, "action": "viewed", "item": "item-1", "source": "web", "time": noon.Format(time.RFC3339)}
	}
	w.expect(w.deliver(Native, true, object{"events": []any{event("g-1", "anna"), event("g-2", "nobody")}}), "accepted", "refused no_subject")
	c, err := w.Consents(context.Background(), user("anna"))
	if err != nil || !c.GPC {
		t.Errorf("GPC is not remembered: %+v %v", c, err)
	}
	w.expect(w.deliver(Native, false, object{"events": []any{event("g-3", "anna")}}), "accepted")
	if c, err = w.Consents(context.Background(), user("anna")); err != nil || !c.GPC {
		t.Errorf("a delivery without the header took GPC back: %v", err)
	}
	if n := w.subjects(); n != 1 {
		t.Errorf("%d subjects", n)
	}
}

func TestADeliveryThatCannotBeReadStoresNothing(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(3)
	w.agree("anna", tactful.Personal)
	good := `{"messageId":"x-1","userId":"anna","action":"viewed","item":"item-1","source":"web","time":"2026-11-22T11:00:00Z"}`
	for _, tt := range []struct {
		name string
		form Form
		body string
	}{
		{"a body cut short is refused", Native, `{"events":[` + good},
		{"a body of another kind is refused", Native, `[` + good + `]`},
		{"a body without events is refused", Native, `{"event":` + good + `}`},
		{"an empty body is refused", Native, ``},
		{"a batch that is no list is refused", SegmentBatch, `{"batch":{}}`},
		{"an unknown form is refused", FormUnknown, `{"events":[` + good + `]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if outcomes, err := w.Ingest(context.Background(), Delivery{Trust: Trusted, Form: tt.form, Body: []byte(tt.body)}); err == nil || outcomes != nil {
				t.Errorf("%v %v", outcomes, err)
			}
			if kept := w.kept(user("anna")); len(kept) > 0 {
				t.Errorf("kept %q", kept)
			}
		})
	}
}
