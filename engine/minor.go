package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
)

// SetMinor says that a person is a minor: from the next decision on nothing goes
// beyond the page, nothing of theirs is stored, and the model forgets what it
// learned from them, whatever anybody agreed to. Whoever is unknown becomes known by
// it, so that a yes that comes later does not count.
func (e *Engine) SetMinor(ctx context.Context, a tactful.Alias) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findToChange(ctx, a, now, 0)
	if err != nil {
		return err
	}
	if ref.IsZero() {
		if ref, err = e.welcome(ctx, a, now); err != nil {
			return fmt.Errorf("make the subject: %w", err)
		}
	}
	return e.amend(ctx, ref, now, func(s *records.Standing) (bool, error) {
		due := !s.Minor
		s.Minor = true
		return due, nil
	})
}

// SetAdult says that a person is of age. Only a service says so, since the business
// knows the age: a child would say it of themself, and an operator believes a
// letter.
func (e *Engine) SetAdult(ctx context.Context, a tactful.Alias) error {
	return e.withKnown(ctx, a, func(ref tactful.Ref, now time.Time) error {
		if kind := tactful.ActorOf(ctx).Kind; kind == tactful.ActorOperator || kind == tactful.ActorPerson {
			return &tactful.Error{Kind: tactful.Refused, Detail: "that somebody is of age is said by neither themself nor an operator",
				Remedy: "send it with the key of the service that knows their age"}
		}
		return e.amend(ctx, ref, now, func(s *records.Standing) (bool, error) {
			due := s.Minor
			s.Minor = false
			return due, nil
		})
	})
}
