package engine

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

func TestNoWordOfARefusedOperatorReachesThePerson(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Looks.PeoplePerHour = 2 })
	w.agree("anna", tactful.Personal)
	r := w.ask(asPerson, "anna", rights.Rectification, rights.Centre, rights.Detail{})
	asEve := as(tactful.ActorOperator, "eve", "k-eve")
	for i := range 2 {
		id := fmt.Sprintf("other-%d", i)
		w.agree(id, tactful.Personal)
		if _, err := w.Rights(asEve, user(id)); err != nil {
			t.Fatal(err)
		}
	}
	for name, say := range map[string]func(ctx context.Context, text string) (rights.Request, error){
		"answer": func(ctx context.Context, text string) (rights.Request, error) { return w.AnswerRight(ctx, r.ID, text) },
		"refuse": func(ctx context.Context, text string) (rights.Request, error) {
			return w.RefuseRight(ctx, r.ID, rights.Unfounded, text)
		},
		"extend": func(ctx context.Context, text string) (rights.Request, error) { return w.ExtendRight(ctx, r.ID, text) },
	} {
		if _, err := say(asEve, "her words"); tactful.KindOf(err) != tactful.Refused {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := w.right(r.ID); len(got.Answers) != 0 || got.State != rights.Received {
		t.Errorf("%s, %+v", got.State, got.Answers)
	}
	if _, err := w.AnswerRight(asBob, r.ID, "corrected"); err != nil {
		t.Fatal(err)
	}
	if got := w.right(r.ID); len(got.Answers) != 1 || got.Answers[0].By != "bob" {
		t.Errorf("%+v", got.Answers)
	}
}

// TestWordsThatCannotBeStoredTakeTheChangeBack cuts every write of an answer.
func TestWordsThatCannotBeStoredTakeTheChangeBack(t *testing.T) {
	for after := 0; ; after++ {
		w := newWorld(t, nil)
		w.agree("anna", tactful.Personal)
		r := w.ask(asPerson, "anna", rights.Rectification, rights.Centre, rights.Detail{})
		cut := &cutter{after: after}
		cut.over(w)
		_, err := w.AnswerRight(asBob, r.ID, "corrected")
		whole := cut.heal() <= after
		got := w.right(r.ID)
		if err == nil && (got.State != rights.Done || len(got.Answers) != 1) {
			t.Errorf("after %d writes: %s with %d answers, and no error", after, got.State, len(got.Answers))
		}
		w.shut()
		if whole {
			break
		}
		if err == nil || len(got.Answers) != 0 {
			t.Errorf("after %d writes: %v, %d answers", after, err, len(got.Answers))
		}
	}
}

func TestNobodyEndsAPersonsRequestInSilence(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	w.agree("eve", tactful.Personal)
	hers := w.ask(asPerson, "anna", rights.Rectification, rights.Centre, rights.Detail{})
	entered := w.ask(asAnn, "anna", rights.Erasure, rights.Phone, rights.Detail{Proof: "called back"})
	for name, cancel := range map[string]func() (rights.Request, error){
		"an operator, hers":             func() (rights.Request, error) { return w.CancelRight(asBob, hers.ID, "we are busy") },
		"a service, hers":               func() (rights.Request, error) { return w.CancelRight(asShop, hers.ID, "we are busy") },
		"a service, what came by phone": func() (rights.Request, error) { return w.CancelRight(asShop, entered.ID, "we are busy") },
		"an operator, without words":    func() (rights.Request, error) { return w.CancelRight(asBob, entered.ID, "") },
		"whoever says they are she":     func() (rights.Request, error) { return w.CancelRight(asPerson, hers.ID, "me") },
		"somebody else":                 func() (rights.Request, error) { return w.TakeBackRight(asPerson, user("eve"), hers.ID) },
		"an operator in her place":      func() (rights.Request, error) { return w.TakeBackRight(asBob, user("anna"), hers.ID) },
	} {
		if _, err := cancel(); err == nil {
			t.Errorf("%s cancelled it", name)
		}
	}
	for _, id := range []string{hers.ID, entered.ID} {
		if got := w.right(id); got.State.Closed() || len(got.Answers) != 0 {
			t.Errorf("%s, %+v", got.State, got.Answers)
		}
	}
	if r, err := w.CancelRight(asBob, entered.ID, "we mixed up two names"); err != nil || r.State != rights.Cancelled {
		t.Errorf("%s, %v", r.State, err)
	}
	if got := w.right(entered.ID).Answers; len(got) != 1 || got[0].Text != "we mixed up two names" {
		t.Errorf("%+v", got)
	}
	again := w.ask(asAnn, "anna", rights.Erasure, rights.Phone, rights.Detail{Proof: "called back"})
	for _, id := range []string{hers.ID, again.ID} { // also what somebody entered for her
		if r, err := w.TakeBackRight(asPerson, user("anna"), id); err != nil || r.State != rights.Cancelled {
			t.Errorf("%s, %v", r.State, err)
		}
	}
}

func TestASecondKeyOpensNobodyMore(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Looks.PeoplePerHour = 2 })
	for i := range 3 {
		w.agree(fmt.Sprintf("p-%d", i), tactful.Personal)
	}
	look := func(name, key string, i int) error {
		_, err := w.Rights(as(tactful.ActorOperator, name, key), user(fmt.Sprintf("p-%d", i)))
		return err
	}
	for i := range 2 {
		if err := look("Eve D.", "k-eve", i); err != nil {
			t.Fatal(err)
		}
	}
	for name, key := range map[string]string{"Eve D.": "k-other", "eve  d.": "k-third"} {
		if err := look(name, key, 2); tactful.KindOf(err) != tactful.Refused {
			t.Errorf("%s with %s: %v", name, key, err)
		}
	}
	if err := look("Fay E.", "k-fay", 2); err != nil {
		t.Errorf("a colleague: %v", err)
	}
}

func TestWhoMakesAKeyIsNotTheirOwnSecondPairOfEyes(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	key := func(name string, by access.Maker) context.Context {
		plain, err := w.Access().Make(ctx, access.New{Name: name, Operator: name, Scopes: access.Admin, Maker: by})
		if err != nil {
			t.Fatal(err)
		}
		g, err := w.Access().Check(ctx, plain)
		if err != nil {
			t.Fatal(err)
		}
		return as(tactful.ActorOperator, name, g.KeyID)
	}
	root := key("Rita R.", access.Maker{})
	other := key("Otto O.", access.Maker{})
	w.shut()
	w.open() // who made a key is on record
	forged := key("Zed Z.", access.Maker{Name: "Rita R.", Key: tactful.ActorOf(root).Key})
	r := w.ask(root, "anna", rights.Erasure, rights.Phone, rights.Detail{Proof: "called back"})
	if _, err := w.ReleaseRight(forged, r.ID); tactful.KindOf(err) != tactful.Refused || w.gone("anna") {
		t.Errorf("with a key that she made herself: %v", err)
	}
	if got, err := w.ReleaseRight(other, r.ID); err != nil || got.State != rights.Done {
		t.Errorf("%s, %v", got.State, err)
	}
}

// TestWhoIsSlowerThanTheQueueHearsHowItEnded: the queue carries on what seems cut
// short, and can so be faster than whoever has just agreed.
func TestWhoIsSlowerThanTheQueueHearsHowItEnded(t *testing.T) {
	ctx := context.Background()
	for _, kind := range []rights.Kind{rights.Restriction, rights.Erasure} {
		t.Run(kind.String(), func(t *testing.T) {
			w := newWorld(t, nil)
			w.agree("anna", tactful.Personal)
			ref := w.ref("anna")
			r := w.ask(as(tactful.ActorOperator, "Ada B.", "k-ada"), "anna", kind, rights.Phone, rights.Detail{Proof: "called back"})
			if got, err := w.ReleaseRight(as(tactful.ActorOperator, "Ben C.", "k-ben"), r.ID); err != nil || got.State != rights.Done {
				t.Fatalf("%s, %v", got.State, err)
			}
			id, err := records.ParseCaseID(r.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := w.carryOn(ctx, id, ref, w.clock.Now()); err != nil || got.State != rights.Done {
				t.Errorf("carried on once more: %s, %v", got.State, err)
			}
		})
	}
}

// TestADamagedRequestKeepsNobodyFromTheOthers: the queue lists and carries on what
// can be read, and says that something cannot.
func TestADamagedRequestKeepsNobodyFromTheOthers(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	asked := w.ask(asPerson, "anna", rights.Rectification, rights.Centre, rights.Detail{})
	for _, first := range []byte{0x00, 0xff} { // before and after the others
		damaged := &records.Case{Body: []byte(`{"kind":"unheard of"}`)}
		damaged.ID[0] = first
		if err := w.records.WriteCase(ctx, damaged, time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	if list := w.queue(); len(list) != 1 || list[0].ID != asked.ID {
		t.Errorf("%+v", list)
	}
	if err := w.tendQueue(ctx); err == nil || w.RightsTally().Open["received"] != 1 {
		t.Errorf("%v, %+v", err, w.RightsTally())
	}
}
