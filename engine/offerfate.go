package engine

import (
	"context"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/rights"
)

// fateOf is what a report makes of a showing. Who calls an offer creepy or wrong has
// sent it away.
func fateOf(kind tactful.FeedbackKind) (decision.Fate, bool) {
	switch kind {
	case tactful.FeedbackShown:
		return decision.Shown, true
	case tactful.FeedbackClicked:
		return decision.Clicked, true
	case tactful.FeedbackDismissed, tactful.FeedbackCreepy, tactful.FeedbackWrong:
		return decision.Dismissed, true
	case tactful.FeedbackConverted:
		return decision.Converted, true
	case tactful.FeedbackUnknown:
	}
	return decision.Reserved, false
}

// markShowing says on the one counter what became of an offer. item names it as
// campaign/creative, "" means all of the decision.
func (e *Engine) markShowing(ctx context.Context, id string, r *tactful.Receipt, kind tactful.FeedbackKind, item string, now time.Time) error {
	fate, counts := fateOf(kind)
	if r.Offer == nil || !counts {
		return nil
	}
	campaign, creative, _ := strings.Cut(item, "/")
	_, err := e.records.MarkShowings(ctx, id, campaign, creative, fate, now)
	if tactful.KindOf(err) == tactful.NotFound {
		return nil // not counted, or too long ago
	}
	return err
}

// advertised returns the items that a report on offers is about.
func advertised(o *tactful.OfferRecord, item string) (items []string) {
	for _, s := range o.Shown {
		if s.Item != "" && (item == "" || item == offerName(s.Campaign, s.Creative)) {
			items = append(items, s.Item)
		}
	}
	return items
}

// releaseWithin is how long after a decision it can be given back. Whoever finds out
// later has most likely shown it.
const releaseWithin = 15 * time.Minute

// ReleaseOffers gives back what a decision about offers reserved and nobody was shown: a
// message that was not sent. What was reported shown stays. It is a Conflict, and counts
// as shown, after releaseWithin, and beyond one decision in a day and two in a week of
// the same person: else it would turn the caps off.
func (e *Engine) ReleaseOffers(ctx context.Context, id string) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	now := e.clock.Now()
	none := tactful.Errorf(tactful.NotFound, "there is no such reservation")
	r, _, err := e.records.Receipt(ctx, id, now)
	if err != nil {
		if tactful.KindOf(err) == tactful.NotFound {
			return none
		}
		return err
	}
	if now.Sub(r.Time) > releaseWithin {
		return &tactful.Error{Kind: tactful.Conflict, Detail: "it was decided too long ago to be given back, and counts as shown", Remedy: "give back within 15 minutes what was not shown"}
	}
	err = e.records.ReleaseShowings(ctx, id, now)
	if tactful.KindOf(err) == tactful.NotFound {
		return none
	}
	return err
}

func copyOffer(o *tactful.OfferRecord) (out rights.Offer) {
	if o == nil {
		return out
	}
	out = rights.Offer{Channel: o.Channel, Placement: o.Placement}
	for _, s := range o.Shown {
		one := rights.OfferShown{Campaign: s.Campaign, Creative: s.Creative, Item: s.Item, Choice: s.Choice, Draw: s.Draw, Apprentice: s.Apprentice}
		for _, option := range s.Options {
			one.Options = append(one.Options, rights.OfferOption(option))
		}
		out.Shown = append(out.Shown, one)
	}
	return out
}
