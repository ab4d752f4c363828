package engine

import (
	"context"
	"testing"

	"github.com/tactful/tactful"
)

func TestAReportThatIsTakenBackIsGoneAndTheReceiptIsAsItWas(t *testing.T) {
	w := settled(t, nil)
	for _, test := range []struct {
		name    string
		subject tactful.Alias
	}{{"of somebody", user("me")}, {"of nobody", tactful.Alias{}}} {
		t.Run(test.name, func(t *testing.T) {
			d := w.decide(tactful.Request{Subject: test.subject, Placement: tactful.Popular, Count: 5})
			first, other := d.Suggestions[0].Item.ID, d.Suggestions[1].Item.ID
			ctx := themself()
			said := func() int {
				r, err := w.Receipt(ctx, d.ID)
				if err != nil || len(r.Shown) != len(d.Suggestions) {
					t.Fatalf("%+v, %v", r, err)
				}
				return len(r.Feedback)
			}
			for _, item := range []string{"", first} {
				if err := w.Report(ctx, d.ID, tactful.FeedbackCreepy, item); err != nil {
					t.Fatal(err)
				}
			}
			for _, wrong := range []struct {
				kind tactful.FeedbackKind
				item string
				want tactful.Kind
			}{
				{tactful.FeedbackWrong, first, tactful.NotFound},
				{tactful.FeedbackCreepy, other, tactful.NotFound},
				{tactful.FeedbackDismissed, first, tactful.Invalid},
				{tactful.FeedbackUnknown, first, tactful.Invalid},
			} {
				if err := w.TakeBackReport(ctx, d.ID, wrong.kind, wrong.item); tactful.KindOf(err) != wrong.want {
					t.Errorf("%s of %q: %v", wrong.kind, wrong.item, err)
				}
			}
			if said() != 2 {
				t.Fatalf("%d reports, want 2", said())
			}
			if err := w.TakeBackReport(ctx, d.ID, tactful.FeedbackCreepy, first); err != nil || said() != 1 {
				t.Fatalf("%v, %d reports", err, said())
			}
			if err := w.TakeBackReport(ctx, d.ID, tactful.FeedbackCreepy, ""); err != nil || said() != 0 {
				t.Fatalf("%v, %d reports", err, said())
			}
			if err := w.TakeBackReport(ctx, d.ID, tactful.FeedbackCreepy, ""); tactful.KindOf(err) != tactful.NotFound {
				t.Errorf("twice: %v", err)
			}
			if err := w.Report(ctx, d.ID, tactful.FeedbackCreepy, ""); err != nil || said() != 1 {
				t.Errorf("said again: %v, %d reports", err, said())
			}
			if test.subject != (tactful.Alias{}) {
				operator := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B.", Reason: "we tidy up the complaints"})
				if err := w.TakeBackReport(operator, d.ID, tactful.FeedbackCreepy, ""); tactful.KindOf(err) != tactful.Refused || said() != 1 {
					t.Errorf("an operator took it back: %v, %d reports", err, said())
				}
			}
		})
	}
}
