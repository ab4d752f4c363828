package records

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/store"
)

// RemoveFeedback takes a report off its receipt. The receipt stays as it was. A
// report that is not there is NotFound.
func (r *Records) RemoveFeedback(ctx context.Context, id string, kind tactful.FeedbackKind, item string, now time.Time) error {
	place, release, err := r.holdPlace(ctx, id)
	if err != nil {
		return err
	}
	defer release()
	if _, _, err := r.readReceipt(ctx, id, now); err != nil {
		return err
	}
	hash := r.vault.MessageID(item)
	key := append(append(feedbackPrefix(place.key), byte(kind)), hash[:8]...)
	return retry("take a report back", func() error {
		answers, err := r.data.Read(ctx, []store.Query{{Partition: place.partition, Family: store.Log, From: key, To: after(key), Now: now}})
		if err != nil {
			return kindly(err)
		}
		if len(answers[0].Rows) == 0 {
			return tactful.Errorf(tactful.NotFound, "there is no such report")
		}
		_, err = r.write(ctx, store.Batch{Partition: place.partition, Expect: answers[0].Version, Delete: []store.FamilyKey{{Family: store.Log, Key: key}}})
		return err
	})
}

// ReturnShowing lets an offer that was sent away be as it was before: clicked or
// shown. Only who sent it away can take that back.
func (r *Records) ReturnShowing(ctx context.Context, decisionID, campaign, creative string, to decision.Fate, now time.Time) error {
	place, release, err := r.holdPlace(ctx, decisionID)
	if err != nil {
		return err
	}
	defer release()
	if place.ref.IsZero() {
		return nil
	}
	if to != decision.Shown && to != decision.Clicked {
		return fmt.Errorf("return a showing: no way back to fate %d", to)
	}
	id := showingID(place.key)
	return retry("return a showing", func() error {
		past, expires, version, err := r.showings(ctx, place.ref, now)
		if err != nil {
			return err
		}
		changed := false
		for i := range past.Past {
			if s := &past.Past[i]; s.ID == id && s.Campaign == campaign && s.Creative == creative && s.Fate == decision.Dismissed {
				s.Fate, s.Heard, changed = to, now.UTC().Truncate(time.Millisecond), true
			}
		}
		if !changed {
			return nil
		}
		sealer, err := r.sealer(ctx, place.ref)
		if err != nil {
			return err
		}
		_, err = r.write(ctx, store.Batch{Partition: place.partition, Expect: version,
			State: []store.Row{sealedRow(sealer, place.partition, store.State, showingsKey, appendShowings(nil, past.Past), expires)}})
		return err
	})
}
