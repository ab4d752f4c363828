package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// TestNoOperatorErasesAlone: a letter may be made up, and so may its reader.
func TestNoOperatorErasesAlone(t *testing.T) {
	w := newWorld(t, nil)
	for _, id := range []string{"anna", "ben", "cleo", "dora"} {
		w.agree(id, tactful.Personal)
	}
	if _, err := w.Erase(asBob, user("anna")); tactful.KindOf(err) != tactful.Refused || w.gone("anna") {
		t.Errorf("an operator alone: %v", err)
	}
	for _, channel := range []rights.Channel{rights.API, rights.Centre} {
		_, err := w.OpenRight(asBob, RightRequest{Subject: user("anna"), Kind: rights.Erasure, Channel: channel})
		if tactful.KindOf(err) != tactful.Refused || w.gone("anna") {
			t.Errorf("an operator by %s: %v", channel, err)
		}
	}
	r := w.ask(asBob, "anna", rights.Erasure, rights.Letter, rights.Detail{Proof: "the signature on file"})
	if r.State != rights.Waiting || w.gone("anna") {
		t.Fatalf("entered: %s", r.State)
	}
	if done, err := w.ReleaseRight(asAnn, r.ID); err != nil || done.State != rights.Done || !w.gone("anna") {
		t.Errorf("released by a second: %s %v", done.State, err)
	}
	t.Run("the person and the shop's own server go through", func(t *testing.T) {
		if _, err := w.Erase(asPerson, user("ben")); err != nil || !w.gone("ben") {
			t.Error(err)
		}
		if _, err := w.Erase(asShop, user("cleo")); err != nil || !w.gone("cleo") {
			t.Error(err)
		}
	})
}

// TestTryingOutNamesByErasingThemIsCounted: 35 unknown names are 35 people looked for.
func TestTryingOutNamesByErasingThemIsCounted(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Looks.PeoplePerHour = 30 })
	var many *TooMany
	for i := range 35 {
		_, err := w.Erase(asBob, user(fmt.Sprintf("guess-%d", i)))
		if i < 30 && tactful.KindOf(err) != tactful.NotFound || i >= 30 && !errors.As(err, &many) {
			t.Fatalf("name %d: %v", i, err)
		}
	}
	nameless := as(tactful.ActorOperator, "", "")
	if _, err := w.Erase(nameless, user("anna")); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("without a name: %v", err)
	}
}

// TestNoOperatorFreesAlone: what somebody stopped, an operator does not start
// again, and what an operator enters never looks like the person's own form.
func TestNoOperatorFreesAlone(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	ctx := context.Background()
	yes := w.said("anna").Purposes[tactful.Recommendations]
	refused := func(what string, err error) {
		t.Helper()
		if tactful.KindOf(err) != tactful.Refused {
			t.Errorf("%s: %v", what, err)
		}
	}
	off := tactful.Consent{Purpose: tactful.Recommendations, Answer: tactful.Withdrawn, Method: "form"}
	if _, err := w.SetConsents(asBob, user("anna"), ConsentChange{Answers: []tactful.Consent{off}}); err != nil {
		t.Fatal("a no needs no second one: ", err)
	}
	if c := w.said("anna").Purposes[tactful.Recommendations]; c.Answer != tactful.Withdrawn || c.Method != "operator" || c.EnteredBy != "bob" || c.AgreedBy != "" {
		t.Errorf("%+v", c)
	}
	grant := tactful.Consent{Purpose: tactful.Recommendations, Answer: tactful.Granted, Method: "form", NoticeHash: yes.NoticeHash, NoticeVersion: yes.NoticeVersion}
	_, err := w.SetConsents(asBob, user("anna"), ConsentChange{Level: tactful.Full, Answers: []tactful.Consent{grant}})
	refused("a yes", err)
	if c := w.said("anna"); c.Level != tactful.Personal || c.Purposes[tactful.Recommendations].Answer != tactful.Withdrawn {
		t.Errorf("a yes counts: %+v", c)
	}
	_, err = w.SetConsents(asBob, user("stranger"), ConsentChange{Level: tactful.Full, Answers: []tactful.Consent{grant}})
	refused("a yes of somebody new", err)
	if !w.gone("stranger") {
		t.Error("somebody was made of an operator's yes")
	}
	signal, none := true, false
	for _, gpc := range []*bool{&signal, &none} {
		_, err = w.SetConsents(asBob, user("anna"), ConsentChange{GPC: gpc})
	}
	refused("the end of a signal", err)
	for what, do := range map[string][2]func() error{
		"a restriction": {func() error { return w.Restrict(asBob, user("anna")) }, func() error { return w.Unrestrict(asBob, user("anna")) }},
		"an objection":  {func() error { return w.Object(asBob, user("anna")) }, func() error { return w.Unobject(asBob, user("anna")) }},
		"a pause": {
			func() error { return w.Pause(asBob, user("anna"), w.clock.Now().Add(48*time.Hour)) },
			func() error { return w.Pause(asBob, user("anna"), w.clock.Now().Add(time.Hour)) },
		},
	} {
		if err := do[0](); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		refused("the end of "+what, do[1]())
	}
	c, err := w.Control(ctx, user("anna"))
	if err != nil || !c.Restricted || c.Objected.IsZero() || !c.Paused.After(w.clock.Now().Add(time.Hour)) || !w.said("anna").GPC {
		t.Errorf("%+v %v", c, err)
	}
	t.Run("the person does", func(t *testing.T) {
		if err := errors.Join(w.Unrestrict(asPerson, user("anna")), w.Unobject(asPerson, user("anna")), w.Pause(asPerson, user("anna"), time.Time{})); err != nil {
			t.Error(err)
		}
		if now, err := w.SetConsents(asPerson, user("anna"), ConsentChange{Answers: []tactful.Consent{grant}}); err != nil || now.Purposes[tactful.Recommendations].Answer != tactful.Granted {
			t.Errorf("%+v %v", now, err)
		}
	})
}

func (w *world) said(id string) tactful.Consents {
	w.t.Helper()
	c, err := w.Consents(context.Background(), user(id))
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// TestAnOperatorMakesUpNothing: no event, answer, joined name, report, need or
// correction of an operator alone looks like what somebody did or said.
func TestAnOperatorMakesUpNothing(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Parties.Recipients = []Recipient{{Name: "mailer", Purpose: tactful.MessagesEmail, Role: "processor", Country: "DE", Why: "sends letters", Records: []string{"consent"}}}
	})
	w.stock(8)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2)
	w.train()
	decision := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou})
	event := w.events("anna")["item-1"].ID
	if err := w.SetHistory(asPerson, user("anna"), "item-1", "unused"); err != nil {
		t.Fatal(err)
	}
	body := func(more string) []byte {
		return []byte(`{"events":[{"messageId":"m","userId":"anna","action":"viewed","item":"item-3","source":"web","time":"` + w.clock.Now().Format(time.RFC3339) + `"` + more + `}]}`)
	}
	var file bytes.Buffer
	file.WriteString(`{"format":"tactful-portable/1","standing":{"consents":{"gpc":false,"purposes":[]}},"consent":[],"event":[],"setting":[{"item":"item-2","setting":"gift","time":"2026-01-02T03:04:05Z"}],"preferences":{"topics":{"Baby":"more"}}}`)
	admin := as(tactful.ActorOperator, "ada", "k-admin")
	for what, try := range map[string]func(context.Context) error{
		"an event": func(ctx context.Context) error {
			_, err := w.Ingest(ctx, Delivery{Trust: Trusted, Form: Native, Body: body("")})
			return err
		},
		"an answer in an event": func(ctx context.Context) error {
			_, err := w.Ingest(ctx, Delivery{Trust: Trusted, Form: Native, Body: body(`,"consent":{"level":"full"}`)})
			return err
		},
		"joined names": func(ctx context.Context) error {
			_, err := w.Ingest(ctx, Delivery{Trust: Trusted, Form: SegmentIdentify, Body: []byte(`{"userId":"anna","anonymousId":"bobs-browser","traits":{}}`)})
			return err
		},
		"a report": func(ctx context.Context) error {
			return w.Report(ctx, decision.ID, tactful.FeedbackDismissed, decision.Suggestions[0].Item.ID)
		},
		"what was put aside": func(ctx context.Context) error { return w.SetHistory(ctx, user("anna"), "item-1", "none") },
		"an interest that was removed": func(ctx context.Context) error {
			_, err := w.SetInterest(ctx, user("anna"), "Kitchen", "none", time.Time{})
			return err
		},
		"another item than they bought": func(ctx context.Context) error {
			return w.Rectify(ctx, user("anna"), rights.Correction{Event: event, Item: "item-5", Quantity: 99})
		},
		"the id at a recipient": func(ctx context.Context) error { return w.SetRecipientID(ctx, user("anna"), "mailer", "somebody-else") },
	} {
		for _, ctx := range []context.Context{asBob, admin} {
			if err := try(ctx); tactful.KindOf(err) != tactful.Refused {
				t.Errorf("%s by %s: %v", what, tactful.ActorOf(ctx).Name, err)
			}
		}
	}
	if w.items("anna") != "1 2" {
		t.Errorf("her history is now %s", w.items("anna"))
	}
	if _, err := w.SetConsents(asPerson, user("dora"), ConsentChange{Level: tactful.Generic}); err != nil {
		t.Fatal(err)
	}
	people := w.subjects()
	for _, ctx := range []context.Context{asBob, asShop} {
		done, err := w.ImportSubject(ctx, ImportRequest{Subject: user("never-seen")}, bytes.NewReader(file.Bytes()))
		if err != nil || done.Settings != 0 || done.Untaken["unproved"] != 2 {
			t.Errorf("%s: %+v, %v", tactful.ActorOf(ctx).Name, done, err)
		}
		for _, who := range []string{"anna", "dora"} { // known by answers, and by none
			if done, err := w.ImportSubject(ctx, ImportRequest{Subject: user(who)}, bytes.NewReader(file.Bytes())); err == nil && done.Untaken["unproved"] != 2 {
				t.Errorf("%s for %s: %+v", tactful.ActorOf(ctx).Name, who, done)
			}
			if p, err := w.Preferences(asPerson, user(who)); err != nil || !p.IsZero() {
				t.Errorf("a wish that %s never had: %+v, %v", who, p, err)
			}
		}
	}
	if w.subjects() != people {
		t.Errorf("%d people of %d", w.subjects(), people)
	}
	t.Run("her server may", func(t *testing.T) {
		if _, err := w.Ingest(asShop, Delivery{Trust: Trusted, Form: Native, Body: body("")}); err != nil || w.items("anna") != "1 2 3" {
			t.Errorf("%s, %v", w.items("anna"), err)
		}
		if err := w.SetHistory(asShop, user("anna"), "item-1", "none"); err != nil {
			t.Error(err)
		}
	})
	t.Run("two operators correct, in her words", func(t *testing.T) {
		r := w.ask(asAnn, "anna", rights.Rectification, rights.Letter, rights.Detail{Correction: &rights.Correction{Event: event, Item: "item-5"}, Proof: "her signature"})
		w.release(asBob, r.ID, rights.Done)
		if w.items("anna") != "2 3 5" {
			t.Errorf("%s", w.items("anna"))
		}
	})
}

// TestWhatAServiceIsAnsweredToAChangeIsALook: an empty change shows as much as a look.
func TestWhatAServiceIsAnsweredToAChangeIsALook(t *testing.T) {
	for what, change := range map[string]func(w *world, who tactful.Alias) error{
		"preferences": func(w *world, who tactful.Alias) error {
			_, err := w.PatchPreferences(asShop, who, tactful.PreferencesPatch{})
			return err
		},
		"consents": func(w *world, who tactful.Alias) error {
			_, err := w.SetConsents(asShop, who, ConsentChange{})
			return err
		},
	} {
		w := newWorld(t, func(c *Config) { c.Looks.ServicePeoplePerHour = 1 })
		w.agree("anna", tactful.Personal)
		w.agree("ben", tactful.Personal)
		if err := change(w, user("anna")); err != nil {
			t.Fatal(err)
		}
		list, err := w.Looks(asPerson, user("anna"), 10)
		if err != nil || len(list) != 1 || list[0].Opened.Words()[0] != what {
			t.Errorf("%s: she sees %+v, %v", what, list, err)
		}
		if err := change(w, user("ben")); tactful.KindOf(err) != tactful.Refused {
			t.Errorf("%s: beyond the bound on people: %v", what, err)
		}
	}
}

// TestAFileBringsNoYesOverANo: what is imported names who did it, and what people
// said here stands.
func TestAFileBringsNoYesOverANo(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	yes := w.said("anna").Purposes[tactful.Recommendations]
	off := tactful.Consent{Purpose: tactful.Recommendations, Answer: tactful.Withdrawn, Method: "form"}
	if _, err := w.SetConsents(asPerson, user("anna"), ConsentChange{Level: tactful.Generic, Answers: []tactful.Consent{off}}); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(2 * time.Hour)
	row := ConsentChange{Level: tactful.Full, Answers: []tactful.Consent{{
		Purpose: tactful.Recommendations, Answer: tactful.Granted, NoticeHash: yes.NoticeHash, NoticeVersion: yes.NoticeVersion, Method: "form", Time: w.clock.Now(),
	}}}
	for name, ctx := range map[string]context.Context{"without a name": as(tactful.ActorOperator, "", ""), "by nobody": context.Background(), "by a service": asShop} {
		if _, err := w.ImportConsents(ctx, user("ben"), row); err == nil || !w.gone("ben") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.ImportConsents(asBob, user("anna"), row); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("%v", err)
	}
	if c := w.said("anna"); c.Level != tactful.Generic || c.Purposes[tactful.Recommendations].Answer != tactful.Withdrawn {
		t.Errorf("her no is undone: %+v", c)
	}
	list, err := w.Looks(asPerson, user("anna"), 10)
	if err != nil || !slices.ContainsFunc(list, func(l tactful.Look) bool { return l.Name == "bob" && l.Opened&tactful.OpenedToChange != 0 }) {
		t.Errorf("she does not see who tried: %+v, %v", list, err)
	}
	if _, err := w.ImportConsents(asBob, user("ben"), row); err != nil {
		t.Fatal(err)
	}
	if c := w.said("ben"); c.Level != tactful.Full || c.Purposes[tactful.Recommendations].EnteredBy != "bob" || !w.may("ben", tactful.Recommendations).Allowed {
		t.Errorf("somebody new: %+v", c)
	}
}

// TestForgetMeIsOnRecordLikeEveryRight: what the person or their shop asks for at
// once stands in the queue's record, done, and names nobody.
func TestForgetMeIsOnRecordLikeEveryRight(t *testing.T) {
	w := newWorld(t, nil)
	for i, c := range []struct {
		ctx     context.Context
		channel rights.Channel
	}{{asPerson, rights.Centre}, {asShop, rights.API}} {
		w.agree("anna", tactful.Personal)
		if _, err := w.Erase(c.ctx, user("anna")); err != nil {
			t.Fatal(err)
		}
		list, err := w.RightsQueue(context.Background(), QueueFilter{States: []rights.State{rights.Done}, Kinds: []rights.Kind{rights.Erasure}})
		if err != nil || len(list) != i+1 || !slices.ContainsFunc(list, func(q Queued) bool { return q.Channel == c.channel }) {
			t.Errorf("%s: %+v, %v", c.channel, list, err)
		}
	}
	if open := w.queue(); len(open) != 0 {
		t.Errorf("%d are open", len(open))
	}
	err := w.records.ScanCases(context.Background(), w.clock.Now(), func(c records.Case) error {
		if !c.Ref.IsZero() {
			t.Error("a request says whose it was")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
