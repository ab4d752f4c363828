package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// askedErasures puts erasures that are asked for at once on record as requests,
// like all other rights, before anything is done for them. What is cut short is
// carried on by the queue; what the engine does by itself nobody asked for.
func (e *Engine) askedErasures(ctx context.Context, refs []tactful.Ref, now time.Time) ([]records.CaseID, error) {
	by := rights.Of(tactful.ActorOf(ctx))
	opening := rights.Opening{Kind: rights.Erasure, Channel: rights.API, By: by, Proved: true}
	switch by.Kind {
	case tactful.ActorPerson:
		opening.Channel = rights.Centre
	case tactful.ActorService:
	case tactful.ActorUnknown, tactful.ActorOperator, tactful.ActorEngine:
		return nil, nil
	}
	seen := map[tactful.Ref]bool{{}: true}
	var asked []records.CaseID
	for _, ref := range refs {
		if seen[ref] {
			continue
		}
		seen[ref] = true
		request, err := rights.Open(opening, e.cfg.Rights.lawClock, now)
		if err != nil {
			return nil, err
		}
		c := &records.Case{Ref: ref}
		if c.ID, err = e.records.NewCaseID(); err == nil {
			said := records.Said{Case: c.ID, Time: now, By: tactful.ActorPerson.String(), Detail: "{}"}
			err = e.records.AppendSaid(ctx, ref, &said, now)
		}
		if err == nil {
			err = e.keepCase(ctx, c, &request)
		}
		if err != nil {
			return nil, fmt.Errorf("put an erasure on record: %w", err)
		}
		asked = append(asked, c.ID)
	}
	return asked, nil
}

// doneErasures closes them. Of whom they were, nothing knows any more.
func (e *Engine) doneErasures(ctx context.Context, asked []records.CaseID) error {
	now := e.clock.Now()
	var faults []error
	for _, id := range asked {
		_, _, err := e.step(ctx, id, now, func(c *records.Case, r *rights.Request) error {
			c.Ref = tactful.Ref{}
			r.Overtaken(now) // also if the queue was faster
			return nil
		})
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}
