package engine

import (
	"context"
	"fmt"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
)

// MayUse asks consent, from a fresh read, whether a purpose may use what is
// known about a person at this moment; because is the word for why not. What was
// decided earlier and waits (a message, an offer, an export) asks again with it
// at its release: what somebody permitted when it was queued counts for nothing.
// An error is a no.
func (e *Engine) MayUse(ctx context.Context, a tactful.Alias, purpose tactful.Purpose, region string) (allowed bool, because string, err error) {
	if err := e.enter(); err != nil {
		return false, decision.BecauseUnknown.String(), err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findToChange(ctx, a, now, 0) // nothing is shown to anybody
	if err != nil {
		return false, decision.BecauseUnknown.String(), err
	}
	ask := consent.Ask{Purpose: purpose, Region: region}
	if ref.IsZero() {
		return false, e.policy.Permit(consent.Standing{}, ask, now).Because.String(), nil
	}
	standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
	if err != nil {
		return false, decision.BecauseUnknown.String(), fmt.Errorf("read consent: %w", err)
	}
	permit := e.policy.Permit(e.standing(standings[0], now), ask, now)
	return permit.Allowed, permit.Because.String(), nil
}
