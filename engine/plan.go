package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/guard"
)

// How far a plan looks, and how finely.
const (
	planAhead = 14 * 24 * time.Hour
	planStep  = 15 * time.Minute
)

// PlanOffers says when somebody may next be sent what, as things stand: the first
// quarter of an hour at which the campaign runs and every guard would let a creative
// of it through, quiet hours and caps among them. It reserves nothing and is no
// permission: whoever sends asks Offer at that moment, which looks at all of it anew.
func (e *Engine) PlanOffers(ctx context.Context, r *tactful.OfferRequest) (*tactful.OfferPlan, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	channel, err := offerChannel(r)
	if err != nil {
		return nil, err
	}
	now := e.clock.Now()
	work := e.benches.Get().(*bench)
	p, err := e.plan(ctx, work, r, channel, now)
	work.forget()
	e.benches.Put(work)
	return p, err
}

func (e *Engine) plan(ctx context.Context, work *bench, r *tactful.OfferRequest, channel decision.Channel, now time.Time) (*tactful.OfferPlan, error) {
	ground := e.ground.Load()
	work.deeds.Number = ground.items.NumberOf
	o := &choice{Engine: e, work: work, stall: e.stallOf(ground), request: r, channel: channel, counts: map[string]int{}}
	permit, err := o.admit(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("plan offers: %w", err)
	}
	if err := e.openedList(ctx, r.Subject, o.ref, now); err != nil {
		return nil, err
	}
	o.situation(ground, permit, now)
	plan := &tactful.OfferPlan{Time: now, Placement: r.Placement, Channel: channel.String(), Sends: []tactful.PlannedOffer{}}
	for at := now; at.Before(now.Add(planAhead)) && len(plan.Sends) < r.Count; at = at.Truncate(planStep).Add(planStep) {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("plan offers: %w", err)
		}
		o.c.Now = at
		o.candidates, o.rows, o.shown = o.candidates[:0], o.rows[:0], o.shown[:0]
		if !at.Equal(now) {
			o.left = o.left[:0:0] // the reasons are those of this moment
		}
		clear(o.counts)
		o.gather()
		if err := guard.Run(e.guards, &o.c, o.candidates, &work.rulings); err != nil {
			return nil, fmt.Errorf("plan offers: %w", err)
		}
		order, err := o.choose()
		if err != nil {
			return nil, fmt.Errorf("plan offers: %w", err)
		}
		if at.Equal(now) {
			plan.Reasons = slices.Clone(o.left)
		}
		for _, i := range guard.Arrange(&o.c, o.candidates, order, nil, &work.rulings) {
			x := o.candidates[i].Offer
			known := slices.ContainsFunc(plan.Sends, func(s tactful.PlannedOffer) bool { return s.Campaign == x.Campaign })
			if !known && len(plan.Sends) < r.Count {
				plan.Sends = append(plan.Sends, tactful.PlannedOffer{Campaign: x.Campaign, Creative: x.Creative, At: at})
			}
		}
		if len(o.stall.rows) == 0 {
			break
		}
	}
	return plan, nil
}
