package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/catalog"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/evidence"
	"github.com/tactful/tactful/internal/explain"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/recommend"
	"github.com/tactful/tactful/internal/records"
)

// historyRead is how many of a person's newest events one decision looks at. It
// is far more than evidence takes, because what was bought or sent away long
// ago, under many newer looks, must still keep its item out of the list.
const historyRead = 5000

// bench is the working memory of one decision; a pool keeps it between requests.
type bench struct {
	recommend recommend.Scratch
	rulings   guard.Rulings
	deeds     records.Deeds
	pieces    []decision.Piece
}

// forget wipes what was read of a person before somebody else is served.
func (w *bench) forget() {
	w.deeds.Forget()
	clear(w.pieces)
	w.pieces = w.pieces[:0]
}

// Decide answers a request with a list, its reasons and its receipt. The path
// is: subject, permit (at use), evidence, candidates, guards judge all of them,
// choose, guards arrange, explain, receipt appended, answer. When the receipt cannot be kept,
// there is no answer.
func (e *Engine) Decide(ctx context.Context, r *tactful.Request) (*tactful.Decision, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if err := ownTerms(r); err != nil {
		return nil, err
	}
	if err := e.AdoptPolicy(ctx); err != nil {
		return nil, err
	}
	var d *tactful.Decision
	err := error(errDecideAgain)
	for n := 0; n < writeTries && errors.Is(err, errDecideAgain); n++ {
		d, err = e.decideSeated(ctx, r)
	}
	return d, err
}

func (e *Engine) decideSeated(ctx context.Context, r *tactful.Request) (*tactful.Decision, error) {
	work, err := e.sit(ctx)
	if err != nil {
		return nil, fmt.Errorf("decide: %w", err)
	}
	seated, returned := true, false
	rise := func() {
		if seated {
			seated = false
			e.rise(work)
		}
	}
	defer func() {
		if !returned && seated { // after a panic nobody uses this memory again
			<-e.seats
		}
	}()
	d, err := e.decide(ctx, work, r, e.clock.Now(), rise)
	returned = true
	rise()
	return d, err
}

// decide makes one decision. It calls rise when only the receipt is left to keep:
// neither that nor the answer lies in the working memory.
func (e *Engine) decide(ctx context.Context, work *bench, r *tactful.Request, now time.Time, rise func()) (*tactful.Decision, error) {
	ground := e.ground.Load()
	work.deeds.Number = ground.items.NumberOf
	ref, subject, permit, err := e.admit(ctx, work, r, now)
	if err != nil {
		return nil, fmt.Errorf("decide: %w", err)
	}
	if err := e.openedList(ctx, r.Subject, ref, now); err != nil {
		return nil, err
	}
	c, subject := e.situation(work, ground, r, subject, permit, now)
	candidates, order, err := e.choose(work, e.guards, ground, &c)
	if err != nil {
		return nil, fmt.Errorf("decide: %w", err)
	}
	for _, failure := range work.rulings.Failures() {
		e.log.Error("a guard failed and refused everything", "guard", failure.Guard, "err", failure.Err)
	}

	d := &tactful.Decision{
		Time: now, Placement: r.Placement, Level: c.Permit.Level,
		Suggestions: make([]tactful.Suggestion, 0, len(order)),
		Withheld:    work.rulings.Withheld(candidates),
		GPC:         permit.GPC, GPCKept: permit.GPCKept,
	}
	if d.Level < tactful.Context { // the same for everybody: what came with the request, not what is on record
		d.GPC = r.GPC
	}
	picked := 0
	for _, i := range order {
		if candidates[i].Score > 0 {
			picked++
		}
		d.Suggestions = append(d.Suggestions, tactful.Suggestion{
			Item: *candidates[i].Item, Score: candidates[i].Score, Origin: candidates[i].Origin, Reason: e.reason(work, &c, candidates, i),
		})
	}
	if err := e.spend(ctx, &c, ref, subject, candidates, order); err != nil {
		return nil, err
	}
	d.Note = e.explainer.Note(&c, explain.Made{Shown: len(order), Picked: picked, Spared: spared(d.Withheld)})
	receipt := e.receipt(&c, ground, d, candidates, order)
	receipt.Judged = work.rulings.Judged(candidates)
	rise()
	err = e.records.AppendReceipt(ctx, ref, receipt, e.latest.see(now).Add(e.cfg.Receipts.Keep))
	if tactful.KindOf(err) == tactful.NotFound { // erased between reading and answering: nothing may be said
		return nil, tactful.Errorf(tactful.Conflict, "the subject has changed in between; ask again")
	}
	if err != nil {
		return nil, fmt.Errorf("decide: keep the receipt: %w", err)
	}
	d.ID = receipt.ID
	e.tally.decided(d)
	return d, nil
}

// situation lays down everything that this decision may know, and returns what of
// the person it may use.
func (e *Engine) situation(work *bench, ground *ground, r *tactful.Request, subject *records.Subject, permit decision.Permit, now time.Time) (decision.Case, *records.Subject) {
	c := decision.Case{Now: now, Request: r, Permit: permit, Crowds: ground.on.Crowds(), Shelves: ground.on.Shelves(), Touched: ground.on.Touched()}
	if subject != nil {
		subject = e.obey(&c, subject)
	}
	c.Where = e.where(&c, subject)
	e.classify(&c, ground, subject)
	recall(&c, ground, subject)
	c.Evidence = e.gather(work, ground.items, &c, subject)
	return c, subject
}

// choose finds candidates, has all guards judge them, and returns what is to be
// shown, as places in them.
func (e *Engine) choose(work *bench, guards []guard.Guard, ground *ground, c *decision.Case) ([]decision.Candidate, []int, error) {
	candidates, err := recommend.Candidates(ground.on, c, &e.cfg.Recommend, &work.recommend)
	if err != nil {
		return nil, nil, fmt.Errorf("find candidates: %w", err)
	}
	if err := guard.Run(guards, c, candidates, &work.rulings); err != nil {
		return nil, nil, err
	}
	order := recommend.Choose(c, &e.cfg.Recommend, candidates, work.rulings.Overall(), recommend.Reach(c.Request.Count), &work.recommend)
	return candidates, guard.Arrange(c, candidates, order, work.recommend.Fixed(), &work.rulings), nil
}

// reason says why a candidate is in the list.
func (e *Engine) reason(work *bench, c *decision.Case, candidates []decision.Candidate, i int) tactful.Reason {
	category, coarse := work.rulings.Coarse(c, candidates, i)
	return e.explainer.Reason(c, &candidates[i], discreet(c, &candidates[i], explain.Precision{Coarse: coarse, Category: category, Noted: work.rulings.Noted(i)}))
}

// admit finds the subject and asks consent. The standing row is read first and
// alone: at the level generic nothing else of the person is ever read, at context
// only what they declared. Above, one more read gives the events together with the version of the
// standing as of one moment; if that has changed, the standing too, and consent
// is asked again, so that what was read is what was permitted.
func (e *Engine) admit(ctx context.Context, work *bench, r *tactful.Request, now time.Time) (tactful.Ref, *records.Subject, decision.Permit, error) {
	ask := consent.Ask{Purpose: tactful.Recommendations, Want: r.Level, GPC: r.GPC, Region: r.Region}
	if r.Placement == tactful.Popular {
		ask.Want = tactful.Generic // a bestseller list that hides what you own would tell what you own
	}
	nobody := e.policy.Permit(consent.Standing{}, ask, now)
	if r.Subject == (tactful.Alias{}) {
		return tactful.Ref{}, nil, nobody, nil
	}
	refs, err := e.records.Lookup(ctx, []tactful.Alias{r.Subject}, now)
	if err != nil {
		return tactful.Ref{}, nil, decision.Permit{}, fmt.Errorf("find the subject: %w", err)
	}
	ref := refs[0]
	if ref.IsZero() {
		return ref, nil, nobody, nil
	}
	standings, err := e.records.ReadStanding(ctx, refs, now)
	if err != nil {
		return ref, nil, decision.Permit{}, fmt.Errorf("read consent: %w", err)
	}
	if standings[0] == nil {
		return tactful.Ref{}, nil, nobody, nil
	}
	permit := e.policy.Permit(e.standing(standings[0], now), ask, now)
	if permit.Level < tactful.Context || permit.Frozen {
		return ref, nil, permit, nil
	}
	want := records.Want{Preferences: true}
	all := permit.Level >= tactful.Personal && permit.Allowed
	if all {
		want = records.Want{Settings: true, Preferences: true, Told: true, Events: historyRead, Deeds: &work.deeds}
		want.Place = e.usesPlaces() && e.mayPlace(standings[0], now)
	}
	subject, err := e.records.OpenSince(ctx, ref, standings[0], want, now)
	if tactful.KindOf(err) == tactful.NotFound {
		return tactful.Ref{}, nil, nobody, nil
	}
	if err != nil {
		return ref, nil, decision.Permit{}, fmt.Errorf("read the history: %w", err)
	}
	permit = e.policy.Permit(e.standing(subject.Standing, now), ask, now)
	if !all && permit.Level >= tactful.Personal { // they have just said yes
		return ref, nil, decision.Permit{}, errDecideAgain
	}
	return ref, subject, permit, nil
}

// standing hands the consent stage what is on record.
func (e *Engine) standing(s *records.Standing, now time.Time) consent.Standing {
	if s == nil {
		return consent.Standing{}
	}
	return consent.Standing{Consents: s.Consents, Known: true, Frozen: s.Frozen, Minor: s.Minor, Objected: s.Objected, Paused: s.Paused, Latest: e.latest.see(now)}
}

// gather lays the subject's events and the request's items over the catalogue.
func (e *Engine) gather(work *bench, items *catalog.Snapshot, c *decision.Case, subject *records.Subject) decision.Evidence {
	in := evidence.Input{Permit: c.Permit, Placement: c.Request.Placement, Items: items, Now: c.Now, Room: work.pieces}
	for _, id := range c.Request.Items {
		in.Page = append(in.Page, items.Number(id))
	}
	if subject != nil {
		in.Stored = subject.Deeds
		if len(subject.Settings) > 0 {
			in.Settings = make(map[tactful.ItemNo]decision.Setting, len(subject.Settings))
		}
		for id, said := range subject.Settings {
			if no := items.Number(id); no != 0 {
				in.Settings[no] = said.Setting
			}
		}
	}
	found := evidence.Gather(&e.cfg.Evidence, &in)
	blind(c, found.Pieces)
	c.Evidence = found
	c.Silence(e.cfg.Guards.Inference.Cue)
	work.pieces = found.Pieces
	return found
}
