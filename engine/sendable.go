package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/store"
)

// sendable is what may be done with a message, as things stand.
type sendable struct {
	ref     tactful.Ref
	version store.Version // of all of the person that this rests on
	never   bool          // not before it is too late
	at      time.Time     // when it may go: now, or later
	why     string        // not now

	title, body, url, kind, language string // if it may go now, and is decided
	headers                          map[string]string
}

// sendable looks at a message as the decision that released it did, or as one that
// would: consent, audience, schedule, stock and every guard, by what is stored now. What it
// reserved itself does not count against it.
func (e *Engine) sendable(ctx context.Context, work *bench, m *records.Message, now time.Time) (*sendable, error) {
	ground := e.ground.Load()
	work.deeds.Number = ground.items.NumberOf
	o := &choice{Engine: e, work: work, stall: e.stallOf(ground), request: m.Request(), channel: m.Channel, counts: map[string]int{}}
	permit, err := o.admit(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("look at a message: %w", err)
	}
	s := &sendable{ref: o.ref, never: true, why: whyConsent}
	if o.subject == nil { // nobody is known, or nothing is permitted and nothing owed
		return s, nil
	}
	s.version = o.subject.Standing.Version
	o.situation(ground, permit, now)
	if m.Decision != "" {
		if err := o.setAside(ctx, m.Decision); err != nil {
			return nil, err
		}
	}
	for at := now; at.Before(m.Until); at = at.Truncate(planStep).Add(planStep) {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("look at a message: %w", err)
		}
		may, err := o.may(m, at)
		if err != nil {
			return nil, fmt.Errorf("look at a message: %w", err)
		}
		if at.Equal(now) {
			if len(o.left) > 0 && may < 0 {
				s.why = o.left[0].Guard
			}
			if may >= 0 && m.Decision != "" && !o.render(s, may, now) {
				s.why, may = notWorded, -1
			}
		}
		if may >= 0 {
			s.never, s.at = false, at
			if at.Equal(now) {
				s.why = ""
			}
			return s, nil
		}
		if len(o.stall.rows) == 0 {
			break
		}
	}
	return s, nil
}

// setAside takes the showings of a decision out of what counts here.
func (o *choice) setAside(ctx context.Context, decisionID string) error {
	if o.c.Showings == nil {
		return nil
	}
	id, err := o.records.ShowingIDOf(decisionID)
	if err != nil {
		return err
	}
	counted := *o.c.Showings
	counted.Past = slices.DeleteFunc(slices.Clone(counted.Past), func(s decision.Showing) bool { return s.ID == id })
	o.c.Showings = &counted
	return nil
}

// may returns the candidate that may go at a time, below 0 for none. A decided
// message is its own creative and no other.
func (o *choice) may(m *records.Message, at time.Time) (int, error) {
	o.c.Now = at
	o.candidates, o.rows, o.shown, o.left = o.candidates[:0], o.rows[:0], o.shown[:0], o.left[:0:0]
	clear(o.counts)
	o.gather()
	if m.Decision != "" {
		mine := func(campaign, creative string) bool { return campaign == m.Campaign && creative == m.Creative }
		o.left = slices.DeleteFunc(o.left, func(u tactful.Unoffered) bool { return !mine(u.Campaign, u.Creative) })
		kept := 0
		for i := range o.candidates {
			if x := o.candidates[i].Offer; mine(x.Campaign, x.Creative) {
				o.candidates[kept], o.rows[kept] = o.candidates[i], o.rows[i]
				kept++
			}
		}
		o.candidates, o.rows = o.candidates[:kept], o.rows[:kept]
	}
	if err := guard.Run(o.guards, &o.c, o.candidates, &o.work.rulings); err != nil {
		return -1, err
	}
	order, err := o.choose()
	if err != nil {
		return -1, err
	}
	if order = guard.Arrange(&o.c, o.candidates, order, nil, &o.work.rulings); len(order) == 0 {
		return -1, nil
	}
	return order[0], nil
}

// render fills in what the tool is to send; false if it cannot be said any more.
func (o *choice) render(s *sendable, i int, now time.Time) (ok bool) {
	x := &o.candidates[i]
	row := &o.stall.rows[o.rows[i]]
	if s.title, s.body, ok = o.words(x, row); !ok {
		return false
	}
	c := o.stall.set.At(row.campaign)
	v := &c.Creatives[row.creative]
	s.kind, s.language, s.url = c.Kind.String(), v.Language, v.URL
	if s.url == "" && row.item != nil {
		s.url = row.item.URL
	}
	d := &tactful.OfferDecision{Offers: []tactful.Offered{{}}}
	if err := o.headers(d, now); err != nil {
		return false
	}
	s.headers = d.Headers
	return true
}
