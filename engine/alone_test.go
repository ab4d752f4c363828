package engine

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/tactful/tactful"
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
