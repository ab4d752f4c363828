package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// act does something to one request, under the name of the context's actor.
func (e *Engine) act(ctx context.Context, id string, change func(by rights.By, c *records.Case, r *rights.Request) error) (*records.Case, rights.Request, error) {
	name, err := records.ParseCaseID(id)
	if err != nil {
		return nil, rights.Request{}, err
	}
	by, now := rights.Of(tactful.ActorOf(ctx)), e.clock.Now()
	return e.step(ctx, name, now, func(c *records.Case, r *rights.Request) error {
		if by.Kind == tactful.ActorOperator && !c.Ref.IsZero() { // the person sees who dealt with it
			err := e.opened(workingOn(ctx, id), c.Ref, tactful.OpenedToChange, now)
			if err != nil && tactful.KindOf(err) != tactful.NotFound {
				return err
			}
		}
		return change(by, c, r)
	})
}

// ReleaseRight is the second pair of eyes: another named operator than the one
// who entered the request, or than the key that asked. It is then carried out.
func (e *Engine) ReleaseRight(ctx context.Context, id string) (rights.Request, error) {
	if err := e.enter(); err != nil {
		return rights.Request{}, err
	}
	defer e.leave()
	c, r, err := e.act(ctx, id, func(by rights.By, _ *records.Case, r *rights.Request) error {
		if r.Kind == rights.Import && r.State == rights.Waiting {
			return &tactful.Error{Kind: tactful.Refused, Detail: "whoever agrees to an import has the file too", Remedy: "send it with the request's id: tactful rights import ID FILE --request " + id}
		}
		return e.release(by, r)
	})
	if err != nil || r.State != rights.InProgress {
		return r, err
	}
	return e.carryOn(ctx, c.ID, c.Ref, e.clock.Now())
}

// release lets whoever acts agree to a request, judged with who made the two keys.
func (e *Engine) release(by rights.By, r *rights.Request) error {
	made := rights.Made{Opener: e.access.Makers(r.Opened.Key), Releaser: e.access.Makers(by.Key)}
	if key, err := e.access.Find(by.Key); err == nil {
		made.Since = key.Created
	}
	return r.Release(by, made)
}

// TakeRight says that an operator works on it.
func (e *Engine) TakeRight(ctx context.Context, id string) (rights.Request, error) {
	return e.work(ctx, id, func(by rights.By, _ *records.Case, r *rights.Request) error { return r.Take(by) })
}

// ConfirmRight notes that the person was told that their request has come.
func (e *Engine) ConfirmRight(ctx context.Context, id string) (rights.Request, error) {
	return e.work(ctx, id, func(by rights.By, _ *records.Case, r *rights.Request) error {
		return r.ConfirmReceipt(by, e.clock.Now())
	})
}

// CancelRight takes a request back for the business, and tells the person why.
// The person takes theirs back by TakeBackRight.
func (e *Engine) CancelRight(ctx context.Context, id, text string) (rights.Request, error) {
	return e.say(ctx, id, text, func(by rights.By, _ *records.Case, r *rights.Request) error {
		if by.Kind == tactful.ActorPerson { // nothing here says whose it is
			return tactful.Errorf(tactful.Refused, "the person takes a request back as theirs")
		}
		return r.Cancel(by, e.clock.Now())
	})
}

// TakeBackRight lets the person take a request of theirs back, also one that
// somebody else entered for them. That of anybody else is as if there were none.
func (e *Engine) TakeBackRight(ctx context.Context, a tactful.Alias, id string) (rights.Request, error) {
	if err := e.enter(); err != nil {
		return rights.Request{}, err
	}
	defer e.leave()
	by, now := rights.Of(tactful.ActorOf(ctx)), e.clock.Now()
	if by.Kind != tactful.ActorPerson {
		return rights.Request{}, tactful.Errorf(tactful.Refused, "only the person takes a request back as theirs")
	}
	ref, err := e.known(ctx, a, now)
	if err != nil {
		return rights.Request{}, err
	}
	name, err := records.ParseCaseID(id)
	if err != nil {
		return rights.Request{}, err
	}
	_, r, err := e.step(ctx, name, now, func(c *records.Case, r *rights.Request) error {
		if c.Ref != ref {
			return tactful.Errorf(tactful.NotFound, "there is no such request")
		}
		return r.Cancel(by, now)
	})
	return r, err
}

func (e *Engine) work(ctx context.Context, id string, change func(by rights.By, c *records.Case, r *rights.Request) error) (rights.Request, error) {
	if err := e.enter(); err != nil {
		return rights.Request{}, err
	}
	defer e.leave()
	_, r, err := e.act(ctx, id, change)
	return r, err
}

// AnswerRight ends a request with an answer in words, which the person reads.
func (e *Engine) AnswerRight(ctx context.Context, id, text string) (rights.Request, error) {
	return e.say(ctx, id, text, func(by rights.By, _ *records.Case, r *rights.Request) error {
		if r.Kind == rights.Erasure {
			return tactful.Errorf(tactful.Refused, "an erasure is carried out, not answered")
		}
		if by.Kind != tactful.ActorOperator || by.Name == "" {
			return &tactful.Error{Kind: tactful.Refused, Detail: "an answer needs a named operator", Remedy: "act under your own name"}
		}
		return r.Finish(by, e.clock.Now())
	})
}

// RefuseRight ends a request with a ground and the reason in words.
func (e *Engine) RefuseRight(ctx context.Context, id string, ground rights.Ground, text string) (rights.Request, error) {
	return e.say(ctx, id, text, func(by rights.By, _ *records.Case, r *rights.Request) error {
		return r.Refuse(by, ground, e.clock.Now())
	})
}

// ExtendRight moves the date to the latest that the law allows, and tells the
// person why.
func (e *Engine) ExtendRight(ctx context.Context, id, text string) (rights.Request, error) {
	return e.say(ctx, id, text, func(by rights.By, _ *records.Case, r *rights.Request) error { return r.Extend(by, e.clock.Now()) })
}

// say changes the request and then keeps the operator's words with the person: no
// word of somebody whose look or change is refused, or who came second, is ever
// stored. Words that cannot be stored take the change back.
func (e *Engine) say(ctx context.Context, id, text string, change func(by rights.By, c *records.Case, r *rights.Request) error) (rights.Request, error) {
	if err := e.enter(); err != nil {
		return rights.Request{}, err
	}
	defer e.leave()
	now := e.clock.Now()
	if text == "" {
		return rights.Request{}, tactful.InvalidField("text", "is missing", "write what the person is to read")
	}
	if err := rights.ValidText("text", text); err != nil {
		return rights.Request{}, err
	}
	entry, err := e.records.NewEntry()
	if err != nil {
		return rights.Request{}, err
	}
	var before rights.Request
	c, r, err := e.act(ctx, id, func(by rights.By, c *records.Case, r *rights.Request) error {
		before = *r
		return change(by, c, r)
	})
	if err != nil || c.Ref.IsZero() {
		return r, err
	}
	said := records.Said{Case: c.ID, Entry: entry, Time: now, By: rights.Of(tactful.ActorOf(ctx)).Name, Text: text}
	err = e.records.AppendSaid(ctx, c.Ref, &said, now)
	if err == nil || tactful.KindOf(err) == tactful.NotFound { // erased in between: there is nobody to read it
		return r, nil
	}
	_, _, back := e.step(ctx, c.ID, now, func(found *records.Case, r *rights.Request) error {
		if bytes.Equal(found.Body, c.Body) { // nobody went on from there
			*r = before
		}
		return nil
	})
	return rights.Request{}, fmt.Errorf("answer a request: %w", errors.Join(err, back))
}
