package engine

import (
	"context"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/records"
)

// apply lets a change act on how somebody stands. It is the one way by which
// anything that was said becomes a consent: nothing from before an erasure does.
func (e *Engine) apply(s *records.Standing, change consent.Change, now time.Time) (consent.Applied, error) {
	change.Since = s.Erased
	return e.policy.Apply(s.Consents, change, now, e.newID)
}

// stranger is how somebody stands who is not known by this name: as nobody, but
// for whoever was erased under it.
func (e *Engine) stranger(ctx context.Context, a tactful.Alias, now time.Time) (*records.Standing, error) {
	erased, err := e.forgotten.ErasedUnder(ctx, []tactful.Alias{a}, now)
	if err != nil {
		return nil, err
	}
	return &records.Standing{Erased: erased[0]}, nil
}

// inherit notes of somebody who takes one more name that another was erased
// under it: what is sent again under that name would be theirs now.
func (e *Engine) inherit(ctx context.Context, ref tactful.Ref, name tactful.Alias, now time.Time) error {
	erased, err := e.forgotten.ErasedUnder(ctx, []tactful.Alias{name}, now)
	if err != nil || erased[0].IsZero() {
		return err
	}
	return e.amend(ctx, ref, now, func(s *records.Standing) (bool, error) {
		due := s.Erased.Before(erased[0])
		if due {
			s.Erased = erased[0]
		}
		return due, nil
	})
}
