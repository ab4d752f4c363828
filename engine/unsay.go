package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// TakeBackReport takes back that a decision, or one item of it, is creepy or wrong.
// The receipt is as it was before that was said, and so is an offer that it had
// sent away, unless something else did so too. What is not reported is NotFound.
func (e *Engine) TakeBackReport(ctx context.Context, id string, kind tactful.FeedbackKind, item string) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	if kind != tactful.FeedbackCreepy && kind != tactful.FeedbackWrong {
		return tactful.InvalidField("kind", "cannot be taken back", "send creepy or wrong")
	}
	now := e.clock.Now()
	r, ref, err := e.records.Receipt(ctx, id, now)
	if err != nil {
		return fmt.Errorf("take a report back: %w", err)
	}
	if err := noReporter(ctx, ref); err != nil {
		return err
	}
	if err := e.records.RemoveFeedback(ctx, id, kind, item, now); err != nil {
		return fmt.Errorf("take a report back: %w", err)
	}
	if r.Offer == nil {
		return nil
	}
	r.Feedback = slices.DeleteFunc(r.Feedback, func(f tactful.Feedback) bool { return f.Kind == kind && f.Item == item })
	for i := range r.Shown {
		name := r.Shown[i].Item
		if item != "" && item != name {
			continue
		}
		to, away := decision.Shown, false
		for _, f := range r.Feedback {
			if f.Item != "" && f.Item != name {
				continue
			}
			fate, counts := fateOf(f.Kind)
			away = away || counts && fate == decision.Dismissed
			if fate == decision.Clicked {
				to = fate
			}
		}
		if away {
			continue
		}
		campaign, creative, _ := strings.Cut(name, "/")
		if err := e.records.ReturnShowing(ctx, id, campaign, creative, to, now); err != nil {
			return fmt.Errorf("take a report back: %w", err)
		}
	}
	return nil
}
