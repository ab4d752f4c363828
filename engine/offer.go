package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/records"
)

// Why a campaign is not even a candidate, beside the names of guards.
const (
	notNow      = "schedule"
	notInBudget = "budget"
	notAudience = "audience"
	notLanguage = "language"
	notListed   = "stock"
	heldOut     = "holdout"
	notWorded   = "wording"
	noWayOut    = "unsubscribe"
)

// Offer decides which offers somebody may be shown or sent on a channel, or none.
// The path is that of Decide: subject, permit for the channel's purpose, evidence,
// candidates (the creatives whose audience fits), guards judge all of them, choose by
// priority, reserve and keep the receipt in one write, answer. Whoever is not known,
// or did not agree, is shown at most one creative that is the same for everybody.
func (e *Engine) Offer(ctx context.Context, r *tactful.OfferRequest) (*tactful.OfferDecision, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	channel, err := offerChannel(r)
	if err != nil {
		return nil, err
	}
	if err := e.AdoptPolicy(ctx); err != nil {
		return nil, err
	}
	work := e.benches.Get().(*bench)
	var d *tactful.OfferDecision
	err = error(errDecideAgain)
	drawn := drawingOf(nil)
	for n := 0; n < writeTries && errors.Is(err, errDecideAgain); n++ {
		d, err = e.offer(ctx, work, r, channel, e.clock.Now(), drawn, nil)
		work.forget()
	}
	e.benches.Put(work) // not deferred: after a panic nobody uses this memory again
	return d, err
}

func offerChannel(r *tactful.OfferRequest) (decision.Channel, error) {
	if err := r.Validate(); err != nil {
		return decision.ChannelNone, err
	}
	if about := decision.OwnTerms(r.Placement); about != "" {
		return decision.ChannelNone, tactful.RefuseSignificant("placement", about)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Fields)) { // copy that says what one person may borrow or has to pay
		if about := decision.AsksForTerms(name); about != "" {
			return decision.ChannelNone, tactful.RefuseSignificant("context.fields."+name[:min(len(name), 64)], about)
		}
	}
	channel, known := decision.ParseChannel(r.Channel)
	if !known {
		return channel, tactful.InvalidField("channel", "is missing or unknown", "send site, mail, push, sms, ad or letter")
	}
	return channel, nil
}

// choice is one decision about offers in the making.
type choice struct {
	*Engine
	work       *bench
	stall      *stall
	request    *tactful.OfferRequest
	channel    decision.Channel
	c          decision.Case
	ref        tactful.Ref
	subject    *records.Subject
	known      bool // their data may be used for the channel
	tests      bool // they agreed to experiments
	candidates []decision.Candidate
	rows       []int // beside candidates: places in the stall
	left       []tactful.Unoffered
	counts     map[string]int
	drawn      *drawing
	shown      []tactful.OfferShown // beside what is shown
	message    *records.Message     // that this decision releases, nil for none
}

func (e *Engine) offer(ctx context.Context, work *bench, r *tactful.OfferRequest, channel decision.Channel, now time.Time, drawn *drawing, message *records.Message) (*tactful.OfferDecision, error) {
	ground := e.ground.Load()
	work.deeds.Number = ground.items.NumberOf
	o := &choice{Engine: e, work: work, stall: e.stallOf(ground), request: r, channel: channel, counts: map[string]int{}, drawn: drawn, message: message}
	permit, err := o.admit(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("decide on offers: %w", err)
	}
	if err := e.openedList(ctx, r.Subject, o.ref, now); err != nil {
		return nil, err
	}
	o.situation(ground, permit, now)
	o.gather()
	if err := guard.Run(e.guards, &o.c, o.candidates, &work.rulings); err != nil {
		return nil, fmt.Errorf("decide on offers: %w", err)
	}
	for _, failure := range work.rulings.Failures() {
		e.log.Error("a guard failed and refused everything", "guard", failure.Guard, "err", failure.Err)
	}
	order, err := o.choose()
	if err != nil {
		return nil, fmt.Errorf("decide on offers: %w", err)
	}
	order = guard.Arrange(&o.c, o.candidates, order, nil, &work.rulings)
	listed := slices.DeleteFunc(slices.Clone(order), func(i int) bool { return o.candidates[i].Item == nil })
	if err := e.spend(ctx, &o.c, o.ref, o.subject, o.candidates, listed); err != nil {
		return nil, err
	}
	if o.told(listed) {
		return nil, errDecideAgain // what it tells is written down; the reservation needs what is there now
	}
	return o.keep(ctx, order, permit, now)
}

// told reports whether spend has just changed the row.
func (o *choice) told(order []int) bool {
	if o.c.Cues == nil || len(o.c.Cues.Classes) == 0 || o.subject == nil || o.c.Permit.Level < tactful.Personal {
		return false
	}
	items := make([]tactful.ItemNo, len(order))
	for k, i := range order {
		items[k] = o.candidates[i].Item.No
	}
	_, more := o.c.Told.With(o.c.Cues, week(o.c.Now), items)
	return more
}

// admit finds the person and asks consent for the channel's purpose. What they were
// shown is read with the version that a reservation needs.
func (o *choice) admit(ctx context.Context, now time.Time) (decision.Permit, error) {
	e, r := o.Engine, o.request
	ask := consent.Ask{Purpose: o.channel.Purpose(), GPC: r.GPC, Region: r.Region}
	nobody := e.policy.Permit(consent.Standing{}, ask, now)
	if r.Subject == (tactful.Alias{}) {
		return nobody, nil
	}
	refs, err := e.records.Lookup(ctx, []tactful.Alias{r.Subject}, now)
	if err != nil {
		return nobody, fmt.Errorf("find the subject: %w", err)
	}
	if refs[0].IsZero() {
		return nobody, nil
	}
	standings, err := e.records.ReadStanding(ctx, refs, now)
	if err != nil {
		return nobody, fmt.Errorf("read consent: %w", err)
	}
	if standings[0] == nil {
		return nobody, nil
	}
	o.ref = refs[0]
	permit := e.policy.Permit(e.standing(standings[0], now), ask, now)
	want := records.Want{Settings: true, Preferences: true, Told: true, Showings: true, Outbox: o.message != nil}
	switch permitted := permit.Allowed && permit.Level >= tactful.Personal; {
	case permitted:
		want.Events, want.Deeds = historyRead, &o.work.deeds
	case permit.Frozen || !o.serves(): // nothing of them is needed, so nothing is read
		return permit, nil
	}
	subject, err := e.records.OpenSince(ctx, o.ref, standings[0], want, now)
	if tactful.KindOf(err) == tactful.NotFound {
		o.ref = tactful.Ref{}
		return nobody, nil
	}
	if err != nil {
		return nobody, fmt.Errorf("read the history: %w", err)
	}
	o.subject = subject
	standing := e.standing(subject.Standing, now)
	o.tests = e.policy.Permit(standing, consent.Ask{Purpose: tactful.Experiments, GPC: r.GPC, Region: r.Region}, now).Allowed
	return e.policy.Permit(standing, ask, now), nil
}

// serves reports whether there is a service campaign for the place: what a customer
// has to know, whatever they agreed to.
func (o *choice) serves() bool {
	for i := range o.stall.set.Len() {
		if c := o.stall.set.At(i); c.Kind == decision.KindService && c.On(o.request.Placement, o.channel) {
			return true
		}
	}
	return false
}

// surface is who else may see what goes out on a channel; of a mail, its subject.
func surface(channel decision.Channel) tactful.Surface {
	switch channel {
	case decision.ChannelSite:
		return tactful.SurfacePage
	case decision.ChannelMail:
		return tactful.SurfaceEmailSubject
	case decision.ChannelPush:
		return tactful.SurfacePush
	case decision.ChannelSMS:
		return tactful.SurfaceSMS
	case decision.ChannelLetter:
		return tactful.SurfaceLetter
	case decision.ChannelAd, decision.ChannelNone:
	}
	return tactful.SurfaceHousehold // a page of somebody else: whoever stands beside sees it
}

// situation lays down what this decision may know.
func (o *choice) situation(ground *ground, permit decision.Permit, now time.Time) {
	r := o.request
	request := &tactful.Request{Subject: r.Subject, Placement: tactful.ForYou, Items: r.Items, Count: r.Count, Language: r.Language, Region: r.Region, GPC: r.GPC, Surface: surface(o.channel)}
	known := permit.Allowed && permit.Level >= tactful.Personal
	subject := o.subject
	if !known {
		subject = nil // a service message says the same to everybody; only what was sent is counted
	}
	c, used := o.Engine.situation(o.work, ground, request, subject, permit, now)
	o.c = c
	o.known = known && used != nil
	o.c.Zone = o.zone
	if o.subject == nil {
		return
	}
	o.c.Showings = o.subject.Showings
	if o.c.Showings != nil && o.c.Showings.Limits != nil && o.c.Showings.Limits.Zone != "" {
		if zone, err := time.LoadLocation(o.c.Showings.Limits.Zone); err == nil {
			o.c.Zone = zone
		}
	}
}
