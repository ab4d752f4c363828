package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// maxUsed bounds the evidence lines of a receipt; the rest is too small to matter.
const maxUsed = 50

// AsTold is the principle of a list for the page alone from which something was kept
// as the person had asked: its receipt is about them, though it rests on no consent.
const AsTold = "as the customer asked"

// receipt writes down a decision: what it rests on, what it shows, what was
// withheld by whom, and the five terms of contextual integrity (Nissenbaum 2004).
func (e *Engine) receipt(c *decision.Case, ground *ground, d *tactful.Decision, candidates []decision.Candidate, order []int) *tactful.Receipt {
	r := &tactful.Receipt{
		Time: d.Time, Placement: d.Placement, Level: d.Level,
		ModelVersion: ground.version(), PolicyVersion: e.policyVersion, ConsentID: c.Permit.ConsentID,
		Evidence: used(c, ground, candidates, order),
		Shown:    make([]tactful.Shown, 0, len(d.Suggestions)),
		Withheld: d.Withheld,
	}
	for i := range d.Suggestions {
		s := &d.Suggestions[i]
		r.Shown = append(r.Shown, tactful.Shown{Item: s.Item.ID, Score: s.Score, Origin: s.Origin, Reason: s.Reason})
	}
	r.Integrity = e.integrity(c, r)
	if slices.ContainsFunc(order, func(i int) bool { return candidates[i].Near != "" }) {
		r.Integrity.InformationType += ", and roughly where the customer is"
		r.Integrity.Principle += " and to " + string(tactful.LocationUse)
	}
	return r
}

// used lists the pieces behind the shown list with their share of its total
// score, largest first. Shares are of absolute contributions, so that what
// spoke against an item is counted too.
func used(c *decision.Case, ground *ground, candidates []decision.Candidate, order []int) []tactful.Used {
	shares := make([]float64, len(c.Evidence.Pieces))
	total := 0.0
	for _, i := range order {
		for _, k := range candidates[i].Contributions {
			size := k.Value
			if size < 0 {
				size = -size
			}
			shares[k.Piece] += size
			total += size
		}
	}
	behind := make([]int32, 0, len(c.Evidence.Pieces))
	for i := range c.Evidence.Pieces {
		if shares[i] != 0 && ground.items.ByNo(c.Evidence.Pieces[i].Item) != nil {
			behind = append(behind, int32(i))
		}
	}
	slices.SortFunc(behind, func(a, b int32) int {
		if shares[a] != shares[b] {
			return cmp.Compare(shares[b], shares[a])
		}
		return cmp.Compare(a, b)
	})
	if len(behind) == 0 {
		return nil
	}
	behind = behind[:min(len(behind), maxUsed)]
	lines := make([]tactful.Used, len(behind))
	for n, i := range behind {
		p := &c.Evidence.Pieces[i]
		lines[n] = tactful.Used{
			Item: ground.items.ByNo(p.Item).ID, Action: p.Action, Provenance: p.Provenance,
			Day: p.Time.Truncate(24 * time.Hour), Share: shares[i] / total,
		}
	}
	return lines
}

// integrity states the information flow of this decision.
func (e *Engine) integrity(c *decision.Case, r *tactful.Receipt) tactful.Integrity {
	flow := tactful.Integrity{Sender: "nobody", Recipient: e.cfg.Controller, Subject: "nobody in particular", InformationType: "none", Principle: "the same for everyone"}
	told := c.Wishes != nil // and so shaped the list, if only by what is not in it
	if len(r.Evidence) == 0 && !told {
		return flow
	}
	flow.Sender, flow.Subject = "the customer", "the customer"
	if c.Permit.Allowed && c.Permit.Level >= tactful.Personal {
		flow.InformationType, flow.Principle = "what the customer did in this shop", "consent to "+string(c.Permit.Purpose)
		switch {
		case told && len(r.Evidence) == 0:
			flow.InformationType = "what the customer told this shop"
		case told:
			flow.InformationType += " and told it"
		}
		return flow
	}
	flow.InformationType, flow.Principle = "the items of this page or basket", "only while this page is open"
	if told {
		flow.Principle = AsTold
		if flow.InformationType += " and what the customer told this shop"; len(r.Evidence) == 0 {
			flow.InformationType = "what the customer told this shop"
		}
	}
	return flow
}

// Receipt returns the record of one decision; NotFound for unknown and malformed ids alike.
func (e *Engine) Receipt(ctx context.Context, id string) (*tactful.Receipt, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	return e.openReceipt(ctx, id, func(context.Context) error { return nil })
}

// openReceipt reads a receipt as a look at whoever it is about, if may lets it: may
// is not asked where a decision is about nobody.
func (e *Engine) openReceipt(ctx context.Context, id string, may func(context.Context) error) (*tactful.Receipt, error) {
	now := e.clock.Now()
	r, ref, err := e.records.Receipt(ctx, id, now)
	if slow := e.rationed(ctx, ref, now); slow != nil {
		return nil, slow
	}
	if err != nil {
		return nil, fmt.Errorf("read a receipt: %w", err)
	}
	if ref.IsZero() {
		return r, nil
	}
	if err := may(ctx); err != nil {
		return nil, err
	}
	if err := e.opened(ctx, ref, tactful.OpenedReceipts, now); err != nil {
		return nil, err
	}
	return r, nil
}

// Receipts returns a subject's latest receipts, newest first; none for nobody.
func (e *Engine) Receipts(ctx context.Context, a tactful.Alias, limit int) ([]tactful.Receipt, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findFor(ctx, a, now, tactful.OpenedReceipts)
	if err == nil {
		err = e.rationed(ctx, ref, now)
	}
	if err != nil || ref.IsZero() {
		return nil, err
	}
	found, err := e.records.Receipts(ctx, ref, min(max(limit, 1), maxListed), now)
	if err != nil {
		return nil, fmt.Errorf("read receipts: %w", err)
	}
	list := make([]tactful.Receipt, len(found))
	for i, r := range found {
		list[i] = *r
	}
	return list, nil
}

// Report records what a person says about a decision (shown, clicked,
// dismissed, creepy, wrong), on one item of it or, with item "", on all.
func (e *Engine) Report(ctx context.Context, id string, kind tactful.FeedbackKind, item string) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	if kind == tactful.FeedbackUnknown || kind >= tactful.Feedbacks {
		return tactful.InvalidField("kind", "is unknown", "send shown, clicked, dismissed, converted, creepy or wrong")
	}
	now := e.clock.Now()
	r, ref, err := e.records.Receipt(ctx, id, now)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if err := noReporter(ctx, ref); err != nil {
		return err
	}
	if item != "" && !slices.ContainsFunc(r.Shown, func(s tactful.Shown) bool { return s.Item == item }) {
		return tactful.InvalidField("item", "was not part of this decision", "send the id of a suggested item, or none for the whole list")
	}
	if err := e.records.AppendFeedback(ctx, id, tactful.Feedback{Kind: kind, Item: item, Time: now}, now); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	e.tally.reported(kind)
	if err := e.markShowing(ctx, id, r, kind, item, now); err != nil {
		return err
	}
	if r.Offer != nil {
		if kind == tactful.FeedbackDismissed && !ref.IsZero() {
			for _, about := range advertised(r.Offer, item) {
				if err := e.dismiss(ctx, ref, about, id, now); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if kind == tactful.FeedbackDismissed && item != "" && !ref.IsZero() {
		return e.dismiss(ctx, ref, item, id, now)
	}
	return nil
}
