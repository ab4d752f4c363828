package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// QueueFilter narrows the queue. The zero filter is every open request.
type QueueFilter struct {
	States []rights.State // none: all that are open
	Kinds  []rights.Kind  // none: all
	Limit  int            // 0: MaxQueue
}

// MaxQueue is how many requests one look at the queue returns.
const MaxQueue = 1000

// Queued is one request in the business's queue: nothing of the person.
type Queued struct {
	ID string
	rights.Request
}

// RightsQueue lists requests, overdue ones first, then by date due.
func (e *Engine) RightsQueue(ctx context.Context, f QueueFilter) ([]Queued, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	now := e.clock.Now()
	var list []Queued
	err := e.records.ScanCases(ctx, now, func(c records.Case) error {
		r, err := rights.Decode(c.Body)
		if err != nil { // it hides no other
			e.log.Error("a request cannot be read", "request", c.ID.String(), "err", err)
			return ctx.Err()
		}
		switch {
		case len(f.States) == 0 && r.State.Closed(), len(f.States) > 0 && !slices.Contains(f.States, r.State):
		case len(f.Kinds) > 0 && !slices.Contains(f.Kinds, r.Kind):
		default:
			list = append(list, Queued{ID: c.ID.String(), Request: r})
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b Queued) int {
		return cmp.Or(a.Next().Compare(b.Next()), a.Received.Compare(b.Received), cmp.Compare(a.ID, b.ID)) // what is overdue is what was due first
	})
	limit := f.Limit
	if limit <= 0 || limit > MaxQueue {
		limit = MaxQueue
	}
	return list[:min(len(list), limit)], nil
}

// RightsTally is how the queue stands, for metrics: numbers only.
type RightsTally struct {
	Open    map[string]int // by state word
	Soon    int            // due within a week, the word that they have come among it
	Overdue int
	Unheard int    // of which the person must still hear that they have come
	Held    uint64 // erasures held back since the start, because one key asked for too many
}

// RightsTally returns how the queue stood at the last look.
func (e *Engine) RightsTally() RightsTally {
	t := RightsTally{Open: map[string]int{}, Held: e.desk.held.Load()}
	if last := e.desk.last.Load(); last != nil {
		t.Soon, t.Overdue, t.Unheard = last.Soon, last.Overdue, last.Unheard
		for state, n := range last.Open {
			t.Open[state] = n
		}
	}
	return t
}

// watchQueue looks at the queue until the context ends: it reminds of what is
// due, carries on what was cut short and closes what erasure has overtaken.
func (e *Engine) watchQueue(ctx context.Context) {
	ticker := time.NewTicker(e.cfg.Rights.Check)
	defer ticker.Stop()
	for { // first at the start: what was cut short goes on, and metrics say how the queue stands
		if err := e.tendQueue(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("the queue of requests could not be looked at whole", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// resumeAfter is how long a request may be under way before it counts as cut short.
const resumeAfter = time.Minute

// tendQueue looks at every open request once. It never cancels or refuses one of
// somebody who is there, however late it is: that is for people.
func (e *Engine) tendQueue(ctx context.Context) error {
	now := e.clock.Now()
	tally := &RightsTally{Open: map[string]int{}}
	var under []records.Case
	var damaged error // of the last one that cannot be read; it keeps nobody from the others
	err := e.records.ScanCases(ctx, now, func(c records.Case) error {
		r, err := rights.Decode(c.Body)
		if err != nil {
			damaged = fmt.Errorf("read request %s: %w", c.ID, err)
			return ctx.Err()
		}
		if r.State.Closed() {
			return ctx.Err()
		}
		tally.Open[r.State.String()]++
		if r.Unconfirmed() {
			tally.Unheard++
		}
		switch {
		case r.Overdue(now):
			tally.Overdue++
		case r.DueSoon(now):
			tally.Soon++
		}
		under = append(under, c)
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	e.desk.last.Store(tally)
	if tally.Overdue > 0 {
		e.log.Warn("requests are overdue: see `tactful rights list`", "overdue", tally.Overdue, "due_soon", tally.Soon, "unconfirmed", tally.Unheard)
	} else if tally.Soon > 0 {
		e.log.Info("requests are due within a week", "due_soon", tally.Soon, "unconfirmed", tally.Unheard)
	}
	for _, c := range under {
		if err := e.tendOne(ctx, c, now); err != nil {
			e.log.Warn("a request could not be carried on; it is tried again", "request", c.ID.String(), "err", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return damaged
}

func (e *Engine) tendOne(ctx context.Context, c records.Case, now time.Time) error {
	r, err := rights.Decode(c.Body)
	if err != nil {
		return err
	}
	standings, err := e.records.ReadStanding(ctx, []tactful.Ref{c.Ref}, now)
	if err != nil {
		return err
	}
	switch {
	case standings[0] == nil: // erased since
		_, _, err = e.step(ctx, c.ID, now, func(c *records.Case, r *rights.Request) error {
			c.Ref = tactful.Ref{}
			r.Overtaken(now)
			return nil
		})
		return err
	case r.Stranded(resumeAfter, now):
		_, err = e.carryOn(ctx, c.ID, c.Ref, now)
		return err
	}
	return nil
}
