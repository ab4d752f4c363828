package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
)

// yes is a native answer on the text in force.
func (w *world) yes(purpose tactful.Purpose) object {
	w.t.Helper()
	for _, n := range w.Notices("en") {
		if n.Purpose == purpose {
			return object{"purpose": purpose, "answer": "granted", "noticeVersion": n.Version, "noticeHash": n.Hash, "language": n.Language, "method": "form"}
		}
	}
	w.t.Fatal("no such purpose")
	return nil
}

// viewing is a native event; consent is put in when it is not nil.
func viewing(id string, a tactful.Alias, at time.Time, consent object) object {
	e := object{"messageId": id, "action": "viewed", "item": "item-1", "source": "web", "time": at.Format(time.RFC3339)}
	if a.Kind == tactful.Anonymous {
		e["anonymousId"] = a.ID
	} else {
		e["userId"] = a.ID
	}
	if consent != nil {
		e["consent"] = consent
	}
	return e
}

func anonymous(id string) tactful.Alias { return tactful.Alias{Kind: tactful.Anonymous, ID: id} }

func events(all ...object) object { return object{"events": all} }

func (w *world) fromBrowser(form Form, gpc bool, body object) []Outcome {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	outcomes, err := w.Ingest(context.Background(), Delivery{Form: form, Body: text, GPC: gpc})
	if err != nil {
		w.t.Fatal(err)
	}
	return outcomes
}

func (w *world) stands(a tactful.Alias) tactful.Consents {
	w.t.Helper()
	c, err := w.Consents(context.Background(), a)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// says records answers for a name, with the texts in force.
func (w *world) says(a tactful.Alias, level tactful.Level, answer tactful.Answer) {
	w.t.Helper()
	change := ConsentChange{Level: level}
	for _, n := range w.Notices("en") {
		if n.Purpose == tactful.Recommendations || n.Purpose == tactful.Improvement {
			change.Answers = append(change.Answers, tactful.Consent{Purpose: n.Purpose, Answer: answer, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"})
		}
	}
	if _, err := w.SetConsents(context.Background(), a, change); err != nil {
		w.t.Fatal(err)
	}
}

func TestABrowserKeyChangesNobody(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(3)
	w.agree("anna", tactful.Full)
	w.says(anonymous("phone"), tactful.Personal, tactful.Granted)
	annaBefore, phoneBefore := fmt.Sprint(w.stands(user("anna"))), fmt.Sprint(w.stands(anonymous("phone")))
	grant := object{"level": "full", "answers": []any{w.yes(tactful.Recommendations)}}
	deny := object{"level": "generic", "answers": []any{object{"purpose": "recommendations", "answer": "withdrawn"}}}
	w.clock.pass(time.Minute)
	now := w.clock.Now()

	w.expect(w.fromBrowser(Native, true, events(
		viewing("b-1", user("victim"), now, grant),
		viewing("b-2", anonymous("stranger"), now, grant),
		viewing("b-3", user("anna"), now, deny),
	)), "refused not_permitted", "refused not_permitted", "refused not_permitted")
	w.expect(w.fromBrowser(SegmentIdentify, false, object{"type": "identify", "messageId": "b-4", "userId": "anna", "anonymousId": "attacker"}), "refused not_permitted")
	w.expect(w.fromBrowser(SegmentAlias, false, object{"messageId": "b-5", "anonymousId": "phone", "previousId": "attacker"}), "refused not_permitted")
	// Its own events are kept where a server has recorded the permission; a no holds for its delivery and changes nothing.
	w.expect(w.fromBrowser(Native, true, events(viewing("b-6", anonymous("phone"), now, nil))), "accepted")
	w.expect(w.fromBrowser(Native, false, events(viewing("b-7", anonymous("phone"), now, nil), viewing("b-8", anonymous("phone"), now, deny))), "refused not_permitted", "refused not_permitted")

	for _, a := range []tactful.Alias{user("victim"), anonymous("stranger"), anonymous("attacker")} {
		if ref, err := w.find(context.Background(), a, now); err != nil || !ref.IsZero() {
			t.Errorf("a browser made or joined somebody: %v", err)
		}
	}
	if got := fmt.Sprint(w.stands(user("anna"))); got != annaBefore {
		t.Errorf("anna stands at %s, before %s", got, annaBefore)
	}
	phone := w.stands(anonymous("phone"))
	if !phone.GPC {
		t.Error("the signal of a known browser is not kept")
	}
	phone.GPC = false // the one thing that a page can switch, and only on
	if got := fmt.Sprint(phone); got != phoneBefore {
		t.Errorf("the phone stands at %s, before %s", got, phoneBefore)
	}
}

// Whoever holds the key of a page learns nothing by asking in anybody's name.
func TestABrowserKeyIsNoOracle(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(3)
	said := map[string]func(tactful.Alias){
		"unknown": func(tactful.Alias) {},
		"denied":  func(a tactful.Alias) { w.says(a, tactful.Personal, tactful.Denied) },
		"withdrawn": func(a tactful.Alias) {
			w.says(a, tactful.Full, tactful.Granted)
			w.says(a, tactful.LevelUnknown, tactful.Denied)
		},
		"level": func(a tactful.Alias) { w.says(a, tactful.Context, tactful.Granted) },
		"full":  func(a tactful.Alias) { w.says(a, tactful.Full, tactful.Granted) },
	}
	var first, firstJoin string
	for name, say := range said {
		say(user(name))
		body := events(viewing("o", user(name), noon, nil))
		got := fmt.Sprintf("%+v", w.fromBrowser(Native, false, body))
		join := fmt.Sprintf("%+v", w.fromBrowser(SegmentIdentify, false, object{"messageId": "i", "userId": name, "anonymousId": "mine"}))
		if first == "" {
			first, firstJoin = got, join
		}
		if got != first || join != firstJoin {
			t.Errorf("%s is told apart: %s %s", name, got, join)
		}
		if name != "full" { // the names of devices are refused in one word too
			say(anonymous(name))
			body := events(viewing("o", anonymous(name), noon, nil))
			if got := fmt.Sprintf("%+v", w.fromBrowser(Native, false, body)); got != first {
				t.Errorf("the device %s is told apart: %s", name, got)
			}
		}
	}
}

func TestAMessageThatComesAgainUndoesNoNo(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(3)
	anna := user("anna")
	message := events(viewing("r-1", anna, noon, object{"level": "personal", "answers": []any{w.yes(tactful.Recommendations)}}))
	w.expect(w.deliver(Native, false, message), "accepted")
	w.clock.pass(time.Minute)
	w.says(anna, tactful.Generic, tactful.Denied)
	w.clock.pass(time.Minute)
	w.expect(w.deliver(Native, false, message), "refused withdrawn")
	if c := w.stands(anna); c.Level != tactful.Generic || c.Purposes[tactful.Recommendations].Answer != tactful.Withdrawn {
		t.Errorf("the retry gave %s, %s", c.Level, c.Purposes[tactful.Recommendations].Answer)
	}
	w.expect(w.deliver(Native, false, events(viewing("r-2", anna, noon.Add(-21*24*time.Hour), object{"level": "full"}))), "refused withdrawn")
	if c := w.stands(anna); c.Level != tactful.Generic {
		t.Errorf("an event of three weeks ago raised the level to %s", c.Level)
	}
}

func TestAYesIsNotHeardTwiceFromOneStoredMessage(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(3)
	anna := user("anna")
	w.agree("anna", tactful.Personal)
	w.clock.pass(time.Minute)
	first := viewing("d-1", anna, w.clock.Now(), nil)
	w.expect(w.deliver(Native, false, events(first)), "accepted")
	// The same message again, now with a yes to something else and a higher level.
	again := viewing("d-1", anna, w.clock.Now(), object{"level": "full", "answers": []any{w.yes(tactful.Offers)}})
	w.expect(w.deliver(Native, false, events(again)), "duplicate")
	if c := w.stands(anna); c.Level != tactful.Personal || c.Purposes[tactful.Offers].Answer != tactful.NoAnswer {
		t.Errorf("a duplicate was heard: %s, %s", c.Level, c.Purposes[tactful.Offers].Answer)
	}
}

func TestASegmentChoiceCountsAsOfItsOwnClock(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Consent.Categories = map[string]consent.CategoryConfig{"Functional": {
			Purposes: []tactful.Purpose{tactful.Recommendations}, Version: "1", Text: "We may use what you do here.", Language: "en", Level: "personal",
		}}
	})
	w.stock(3)
	said := noon.Add(-12 * 24 * time.Hour)
	choice := func(id string, at time.Time, yes bool) object {
		return object{"sentAt": at.Format(time.RFC3339), "batch": []any{object{
			"type": "track", "messageId": id, "userId": "anna", "event": "Segment Consent Preference Updated", "timestamp": at.Format(time.RFC3339),
			"context": object{"consent": object{"categoryPreferences": object{"Functional": yes}}},
		}}}
	}
	w.expect(w.deliver(SegmentBatch, false, choice("s-1", said, true)), "ignored")
	if c := w.stands(user("anna")).Purposes[tactful.Recommendations]; c.Answer != tactful.Granted || !c.Time.Equal(said) {
		t.Errorf("recorded %s as said at %s, it was %s", c.Answer, c.Time, said)
	}
	w.clock.pass(time.Hour)
	w.says(user("anna"), tactful.LevelUnknown, tactful.Denied)
	w.clock.pass(time.Hour)
	w.deliver(SegmentBatch, false, choice("s-1", said, true))
	if got := w.stands(user("anna")).Purposes[tactful.Recommendations].Answer; got != tactful.Withdrawn {
		t.Errorf("after the replay: %s", got)
	}
	w.clock.pass(time.Hour)
	w.deliver(SegmentBatch, false, choice("s-2", w.clock.Now(), true))
	if got := w.stands(user("anna")).Purposes[tactful.Recommendations].Answer; got != tactful.Granted {
		t.Errorf("choosing anew: %s", got)
	}
	w.clock.pass(time.Hour)
	w.deliver(SegmentBatch, false, choice("s-3", said, false)) // a clock that is days behind
	if got := w.stands(user("anna")).Purposes[tactful.Recommendations].Answer; got != tactful.Withdrawn {
		t.Errorf("a no of a slow clock is lost: %s", got)
	}
}

func TestWhatIsSaidUnderOneNameHoldsForTheOthers(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(3)
	w.agree("anna", tactful.Full)
	w.expect(w.deliver(SegmentIdentify, false, object{"messageId": "i-1", "userId": "anna", "anonymousId": "phone"}), "accepted")
	w.clock.pass(time.Minute)
	now := w.clock.Now()
	no := object{"answers": []any{object{"purpose": "recommendations", "answer": "withdrawn"}, object{"purpose": "improvement", "answer": "withdrawn"}}}
	w.expect(w.deliver(Native, false, events(viewing("n-1", user("anna"), now, no), viewing("n-2", anonymous("phone"), now, nil))),
		"refused withdrawn", "refused withdrawn")
	if kept := w.kept(user("anna")); len(kept) != 0 {
		t.Errorf("kept %q", kept)
	}
}

func TestSecGPCIsRememberedOfTheEventThatMakesSomebody(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(3)
	w.deliver(Native, true, events(viewing("g-1", user("anna"), noon, object{"level": "personal", "answers": []any{w.yes(tactful.Recommendations)}})))
	if c := w.stands(user("anna")); !c.GPC || c.Level != tactful.Personal {
		t.Errorf("%+v", c)
	}
}

func TestOneDeliveryChangesAtMostAHundredPeopleOnce(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(3)
	var all []object
	for i := range maxHeeded + 5 {
		who := user(fmt.Sprintf("p-%d", i))
		for n := range 3 {
			at := noon.Add(time.Duration(n-3) * time.Minute)
			all = append(all, viewing(fmt.Sprintf("m-%d-%d", i, n), who, at, object{"level": "personal", "answers": []any{w.yes(tactful.Recommendations)}}))
		}
	}
	outcomes := w.deliver(Native, false, events(all...))
	fates := map[string]int{}
	for i := range outcomes {
		fates[fate(&outcomes[i])]++
	}
	if fates["accepted"] != 3*maxHeeded || fates["refused unavailable"] != 15 || w.subjects() != maxHeeded {
		t.Errorf("%v, %d subjects", fates, w.subjects())
	}
	ref, err := w.find(context.Background(), user("p-0"), noon)
	if err != nil {
		t.Fatal(err)
	}
	if log, err := w.records.ConsentLog(context.Background(), ref, 0, noon); err != nil || len(log) != 1 {
		t.Errorf("%d records of one delivery: %v", len(log), err)
	}
	again := w.deliver(Native, false, events(all...))
	if slices.ContainsFunc(again, func(o Outcome) bool { return o.Status == OutcomeRefused }) || w.subjects() != maxHeeded+5 {
		t.Errorf("the retry does not bring the rest: %d subjects", w.subjects())
	}
}

func TestARefusedConsentChangesNobody(t *testing.T) {
	w := newWorld(t, nil)
	stale := tactful.Consent{Purpose: tactful.Recommendations, Answer: tactful.Granted, NoticeHash: "deadbeef", Method: "import"}
	if _, err := w.SetConsents(context.Background(), user("anna"), ConsentChange{Level: tactful.Personal, Answers: []tactful.Consent{stale}}); tactful.KindOf(err) != tactful.Invalid {
		t.Fatalf("accepted: %v", err)
	}
	if n := w.subjects(); n != 0 {
		t.Fatalf("%d subjects of a refused yes", n)
	}
	w.deliver(Native, false, events(viewing("x-1", user("anna"), noon, object{"level": "personal", "answers": []any{
		object{"purpose": "recommendations", "answer": "granted", "noticeHash": "deadbeef", "method": "form"}}})))
	if n := w.subjects(); n != 0 {
		t.Fatalf("%d subjects of a refused yes in an event", n)
	}
	// Beside a no, the no is recorded, and the error says which is which.
	_, err := w.SetConsents(context.Background(), user("anna"), ConsentChange{Answers: []tactful.Consent{stale, {Purpose: tactful.Improvement, Answer: tactful.Withdrawn}}})
	if tactful.KindOf(err) != tactful.Invalid || w.stands(user("anna")).Purposes[tactful.Improvement].Answer != tactful.Withdrawn {
		t.Fatalf("the no is lost: %v", err)
	}
	if want := "answers[0].noticeHash: is malformed; refused: answers[0]; recorded all the same: answers[1]"; !strings.Contains(err.Error(), want) {
		t.Errorf("%q does not say %q", err, want)
	}
}
