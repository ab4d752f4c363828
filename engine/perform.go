package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// perform carries a request out as far as a machine can, and says how it
// stands then. Every step can be repeated: a request that was cut short is
// carried out by the next look at the queue.
func (e *Engine) perform(ctx context.Context, id records.CaseID, detail rights.Detail, now time.Time) (rights.Request, error) {
	r, err := e.carryOut(ctx, id, detail, now)
	return e.orEnded(ctx, id, now, r, err)
}

// orEnded turns an error into the request's end where the queue, which carries on
// what seems cut short, was faster and carried it out.
func (e *Engine) orEnded(ctx context.Context, id records.CaseID, now time.Time, r rights.Request, err error) (rights.Request, error) {
	if err == nil {
		return r, nil
	}
	found, readErr := e.records.ReadCases(ctx, []records.CaseID{id}, now)
	if readErr != nil || found[0] == nil {
		return r, err
	}
	stands, readErr := rights.Decode(found[0].Body)
	if readErr != nil || stands.State != rights.Done || stands.Ended.Kind != tactful.ActorEngine {
		return r, err
	}
	return stands, nil
}

// carryOut is one try of it.
func (e *Engine) carryOut(ctx context.Context, id records.CaseID, detail rights.Detail, now time.Time) (rights.Request, error) {
	engine := rights.By{Kind: tactful.ActorEngine}
	c, r, err := e.step(ctx, id, now, func(_ *records.Case, r *rights.Request) error {
		if r.State != rights.InProgress {
			return tactful.Errorf(tactful.Conflict, "the request has changed in between")
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	finish := func(c *records.Case, r *rights.Request) error { return r.Finish(engine, e.clock.Now()) }
	switch r.Kind {
	case rights.Access, rights.Portability:
		if r.Channel.OnBehalf() { // somebody must send it, to an address that is theirs
			finish = func(_ *records.Case, r *rights.Request) error { return r.Hold() }
		}
	case rights.Rectification:
		if detail.Correction == nil { // in words only
			finish = func(_ *records.Case, r *rights.Request) error { return r.Hold() }
			break
		}
		err = e.rectify(ctx, c.Ref, *detail.Correction, now)
	case rights.Restriction:
		err = e.restrict(ctx, c.Ref, now)
	case rights.Objection:
		err = e.object(ctx, c.Ref, now, func(c tactful.Consent) tactful.Consent { return entered(&r, objecting(c, r.Channel, r.Region)) })
	case rights.Agreement:
		err = e.agree(ctx, c.Ref, &r, detail.Yes, now)
	case rights.Lifting:
		err = e.lift(ctx, c.Ref, &r, detail.Lift, now)
	case rights.Import: // it was cut short, and the file is with the operators
		finish = func(_ *records.Case, r *rights.Request) error { return r.Return() }
	case rights.Withdrawal:
		_, err = e.withdraw(ctx, c.Ref, *detail.Selection, now)
	case rights.Erasure:
		finish = func(c *records.Case, r *rights.Request) error {
			c.Ref = tactful.Ref{} // the request outlives the person, and does not know who it was
			return r.Finish(engine, e.clock.Now())
		}
		if err := e.eraseOne(ctx, c.Ref, now); err != nil {
			// Noted and frozen: it goes on in the background, and the request with it.
			e.log.Warn("an erasure goes on in the background", "request", id.String(), "err", err)
			return r, nil
		}
	case rights.Review, rights.KindUnknown:
		finish = func(_ *records.Case, r *rights.Request) error { return r.Hold() }
	}
	switch kind := tactful.KindOf(err); {
	case err == nil:
	case kind == tactful.NotFound, kind == tactful.Invalid: // there is nothing of the kind: an operator says so
		finish = func(_ *records.Case, r *rights.Request) error { return r.Hold() }
	default:
		return r, fmt.Errorf("carry out a request: %w", err)
	}
	_, r, err = e.step(ctx, id, now, finish)
	return r, err
}

// eraseOne forgets one person by reference.
func (e *Engine) eraseOne(ctx context.Context, ref tactful.Ref, now time.Time) error {
	begun, err := e.beginErasures(ctx, []tactful.Ref{ref}, now)
	if err != nil {
		return err
	}
	if err := e.forget(ctx, begun); err != nil {
		e.school.owe()
		return err
	}
	return nil
}

// carryOn carries out a request whose words must be read first.
func (e *Engine) carryOn(ctx context.Context, id records.CaseID, ref tactful.Ref, now time.Time) (rights.Request, error) {
	said, err := e.records.AllSaid(ctx, ref, now)
	if err != nil { // with whoever is erased their words are gone
		return e.orEnded(ctx, id, now, rights.Request{}, err)
	}
	for _, s := range said {
		if s.Case == id && s.Entry == [8]byte{} {
			detail, err := rights.DecodeDetail(s.Detail)
			if err != nil {
				return rights.Request{}, fmt.Errorf("read a request: %w", err)
			}
			return e.perform(ctx, id, detail, now)
		}
	}
	return e.orEnded(ctx, id, now, rights.Request{}, tactful.Errorf(tactful.Internal, "a request has lost its words"))
}
