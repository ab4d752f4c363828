package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/records"
)

// GPCStatus is what Global Privacy Control comes to for one person: the words
// that a page must show (California Code of Regulations, title 11, § 7025).
type GPCStatus struct {
	Honoured bool              // the signal is on, in this request or on record
	Kept     bool              // it is on record: it holds without the browser, and for every name of the person
	Stops    []tactful.Purpose // what it stops, whatever permission is stored
}

// GPCStatus says what the signal comes to. Signalled is whether the request
// carried it.
func (e *Engine) GPCStatus(c tactful.Consents, signalled bool) GPCStatus {
	s := GPCStatus{Honoured: signalled || c.GPC, Kept: c.GPC}
	if s.Honoured {
		s.Stops = e.policy.StoppedByGPC()
	}
	return s
}

// HonourGPC puts the signal on record for somebody we know, so that it holds on
// every device and without the browser. Nobody is made known by a signal: of a
// browser that we know nothing about, nothing is stored, sold or shared anyway.
func (e *Engine) HonourGPC(ctx context.Context, a tactful.Alias) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findToChange(ctx, a, now, 0)
	if err != nil || ref.IsZero() {
		return err
	}
	return e.keepGPC(ctx, ref, now)
}

// HearGPC is HonourGPC for what comes with a key that sits in a page: of the browser
// that is named, and with it of the person whose name it is, but of no account.
// Everybody can send it; but law binds whoever gets the signal, it only stops things,
// and the person can take it back. Who is unknown costs as many reads as who is known.
func (e *Engine) HearGPC(ctx context.Context, a tactful.Alias) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	if a.Kind != tactful.Anonymous {
		return nil
	}
	now := e.clock.Now()
	refs, err := e.records.Lookup(ctx, []tactful.Alias{a}, now)
	if err != nil {
		return fmt.Errorf("find the subject: %w", err)
	}
	if refs[0].IsZero() {
		return e.records.ReadNobody(ctx, 1, now)
	}
	standings, err := e.records.ReadStanding(ctx, refs, now)
	if err != nil || standings[0] == nil || standings[0].Consents.GPC {
		return err
	}
	return e.keepGPC(ctx, refs[0], now)
}

func (e *Engine) keepGPC(ctx context.Context, ref tactful.Ref, now time.Time) error {
	on := true
	judge := func(prev *records.Standing) (consent.Applied, error) {
		return e.apply(prev, consent.Change{GPC: &on}, now)
	}
	_, _, err := e.change(ctx, ref, judge, now)
	if tactful.KindOf(err) == tactful.NotFound { // erased in between
		return nil
	}
	if err != nil {
		return fmt.Errorf("keep the signal: %w", err)
	}
	return nil
}

// MayAsk lists the purposes whose question a page may put to this person now.
// Region is an ISO 3166 code, "" if it is not known.
func (e *Engine) MayAsk(ctx context.Context, a tactful.Alias, region string) ([]tactful.Purpose, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findFor(ctx, a, now, tactful.OpenedConsents)
	if err != nil {
		return nil, err
	}
	if ref.IsZero() {
		return e.policy.MayAsk(consent.Standing{}, region, now), nil
	}
	standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
	if err != nil {
		return nil, fmt.Errorf("read consent: %w", err)
	}
	return e.policy.MayAsk(e.standing(standings[0], now), region, now), nil
}
