package engine

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// At the machine too a history and a yes come under a name, before they count,
// and a yes comes in no file of events.
func TestAnImportOfEventsSpeaksForNobodyAndIsSeen(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Full)
	off := tactful.Consent{Purpose: tactful.Improvement, Answer: tactful.Withdrawn, Method: "form"}
	if _, err := w.SetConsents(asPerson, user("anna"), ConsentChange{Answers: []tactful.Consent{off}}); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(2 * time.Hour)
	w.agree("new", tactful.Personal)
	hash := ""
	for _, n := range w.Notices("en") {
		if n.Purpose == tactful.Improvement {
			hash = n.Hash
		}
	}
	deliver := func(message, who, more string) Delivery {
		at, err := w.clock.Now().Add(-time.Minute).MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		return Delivery{Trust: Trusted, Form: Native, Body: json.RawMessage(`{"events":[{"messageId":"` + message + `","userId":"` + who + `","action":"viewed","item":"item-1","source":"web","time":"` + string(at) + `"` + more + `}]}`)}
	}
	yes := `,"consent":{"level":"full","answers":[{"purpose":"improvement","answer":"granted","noticeHash":"` + hash + `","method":"form"}]}`
	refusedAll := func(what string, outcomes []Outcome, err error) {
		t.Helper()
		if err != nil || len(outcomes) != 1 || outcomes[0].Status != OutcomeRefused || outcomes[0].Reason != reasonNotPermitted {
			t.Errorf("%s: %+v %v", what, outcomes, err)
		}
	}
	run := &EventImport{}
	outcomes, err := w.ImportEvents(asBob, run, deliver("m1", "anna", yes))
	refusedAll("a yes over a no", outcomes, err)
	outcomes, err = w.ImportEvents(asBob, run, deliver("m2", "made-by-bob", yes))
	refusedAll("a yes of somebody new", outcomes, err)
	outcomes, err = w.ImportEvents(asBob, run, Delivery{Trust: Trusted, Form: SegmentIdentify, Body: []byte(`{"messageId":"m3","userId":"anna","anonymousId":"bobs-browser","traits":{}}`)})
	refusedAll("a joined name", outcomes, err)
	if said := w.said("anna"); said.Purposes[tactful.Improvement].Answer != tactful.Withdrawn || !w.gone("made-by-bob") {
		t.Errorf("%+v", said)
	}
	for _, message := range []string{"m4", "m5"} {
		for _, who := range []string{"anna", "new"} {
			if outcomes, err = w.ImportEvents(asBob, run, deliver(message, who, "")); err != nil || outcomes[0].Status != OutcomeAccepted {
				t.Errorf("%s of %s: %+v %v", message, who, outcomes, err)
			}
		}
	}
	for who, want := range map[string]int{"anna": 1, "new": 0} { // once; of somebody whom this import may have made not at all
		looks, err := w.Looks(asPerson, user(who), 10)
		looks = slices.DeleteFunc(looks, func(l tactful.Look) bool { return l.Kind != tactful.ActorOperator }) // the test's own
		if err != nil || len(looks) != want || want == 1 && (looks[0].Name != "bob" || looks[0].Reason == "" || looks[0].Opened != tactful.OpenedToChange) {
			t.Errorf("%s sees %+v %v", who, looks, err)
		}
	}
	if _, err := w.ImportEvents(asShop, run, deliver("m6", "anna", "")); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("a service: %v", err)
	}
	if _, err := w.ImportEvents(as(tactful.ActorOperator, "", ""), run, deliver("m7", "anna", "")); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("nobody in particular: %v", err)
	}
}
