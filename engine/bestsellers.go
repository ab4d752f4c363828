package engine

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/recommend"
	"github.com/tactful/tactful/internal/report"
)

// stocked remembers in which month the list of bestsellers was last asked for.
type stocked struct{ month atomic.Pointer[string] }

// overlay lays the model over the catalogue: popular items by exact counts, or,
// where that is wished, as the public list has them, or the shop's own list.
func (e *Engine) overlay(g *ground) *recommend.Ground {
	shelf := &e.cfg.Reports.Bestsellers
	switch {
	case !shelf.Noised:
		return g.on.With(g.model, g.items)
	case g.front == nil:
		return g.on.WithList(g.model, g.items, shelf.Curated)
	}
	return g.on.WithList(g.model, g.items, g.front)
}

// Restock releases the list of bestsellers of this month, if it is wished, the
// month has none and there is a model. A list that keeps too little of the true
// one is not shown: that of an earlier month stays, or the shop's own.
func (e *Engine) Restock(ctx context.Context) error {
	if !e.cfg.Reports.Bestsellers.Noised || e.ground.Load().model == nil {
		return nil
	}
	month := report.Month(e.latest.see(e.clock.Now()))
	if last := e.stocked.month.Load(); last != nil && *last == month {
		return nil
	}
	a, err := e.AskReport(ctx, report.Question{Report: report.Bestsellers, Days: e.cfg.Reports.Bestsellers.Days})
	if tactful.KindOf(err) == tactful.Refused { // this month has its list
		e.stocked.month.Store(&month)
		return nil
	}
	if err != nil {
		return fmt.Errorf("release bestsellers: %w", err)
	}
	e.stocked.month.Store(&month)
	e.stock(a)
	e.log.Info("the list of bestsellers", "kept", a.Kept, "published", a.Published(), "days", e.cfg.Reports.Bestsellers.Days, "epsilon", a.Epsilon)
	return nil
}

// stock puts a list to use if it is good enough.
func (e *Engine) stock(a *report.Answer) {
	if !a.Published() {
		return
	}
	list := make([]string, len(a.Rows))
	for i, row := range a.Rows {
		list[i] = row.Name
	}
	e.relay.Lock()
	defer e.relay.Unlock()
	next := ground{}
	if now := e.ground.Load(); now != nil {
		next = *now
	}
	next.front = list
	if next.items != nil {
		next.on = e.overlay(&next)
	}
	e.ground.Store(&next)
}

// openShelf puts the list that was last published to use again.
func (e *Engine) openShelf(ctx context.Context) error {
	if !e.cfg.Reports.Bestsellers.Noised {
		return nil
	}
	now := e.latest.see(e.clock.Now())
	ledger, _, err := e.reportLedger(ctx, report.Bestsellers, "", now)
	if err != nil || ledger.Latest == "" {
		return err
	}
	_, kept, err := e.reportLedger(ctx, report.Bestsellers, ledger.Latest, now)
	if err != nil || kept.Answer == nil {
		return err
	}
	a, err := report.DecodeAnswer(kept.Answer)
	if err != nil {
		return err
	}
	e.stock(a)
	return nil
}
