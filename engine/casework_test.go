package engine

import (
	"context"
	"fmt"
	"testing"

	"github.com/tactful/tactful"
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
