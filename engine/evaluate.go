package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/experiment"
	"github.com/tactful/tactful/internal/records"
)

// FlagQuestion asks for the values of flags.
type FlagQuestion struct {
	Subject tactful.Alias  // zero: nobody is named
	Context map[string]any // of the request; only what a flag declares is looked at
	Keys    []string       // nil: all
	GPC     bool
	Region  string
}

// FlagReason says why a flag has its value, in OpenFeature's words.
type FlagReason string

// The reasons.
const (
	FlagStatic   FlagReason = "STATIC"          // everybody gets it
	FlagTargeted FlagReason = "TARGETING_MATCH" // a rule of the flag says so
	FlagDefault  FlagReason = "DEFAULT"         // no rule held, or the experiment is for others: control
	FlagSplit    FlagReason = "SPLIT"           // an experiment says so
	FlagDisabled FlagReason = "DISABLED"        // there is an experiment, and nothing permits it here: control
)

// FlagAnswer is the value of one flag.
type FlagAnswer struct {
	Key        string
	Value      any
	Variant    string
	Reason     FlagReason
	Experiment string // that the person is in, "" for none
	Mistyped   string // an attribute of the context that is of another type than declared; then there is no value
	Unknown    bool   // there is no such flag
}

// EvaluateFlags answers with the values of flags. Only where an experiment runs is
// anything of a person read: their standing, and which tests they are in. Whoever
// has not agreed, or is a minor, restricted, paused or objected, gets control and
// is not recorded; whoever gets a variant is, before they get it.
func (e *Engine) EvaluateFlags(ctx context.Context, q *FlagQuestion) ([]FlagAnswer, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	if q.Subject != (tactful.Alias{}) {
		if err := q.Subject.Validate("targetingKey"); err != nil {
			return nil, err
		}
	}
	for range writeTries {
		answers, err := e.evaluate(ctx, q, e.clock.Now())
		if tactful.KindOf(err) == tactful.Conflict { // how the person stands has changed meanwhile
			continue
		}
		return answers, err
	}
	return nil, tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}

func (e *Engine) evaluate(ctx context.Context, q *FlagQuestion, now time.Time) ([]FlagAnswer, error) {
	state := e.lab.now.Load()
	keys := q.Keys
	if keys == nil {
		keys = slices.Sorted(maps.Keys(state.flags))
	}
	answers := make([]FlagAnswer, len(keys))
	tested := false
	for i, key := range keys {
		_, runs := state.running[key]
		tested = tested || runs
		answers[i] = state.plain(key, q.Context)
	}
	if !tested {
		return answers, nil
	}
	who, err := e.participant(ctx, q, now)
	if err != nil || who == nil {
		return answers, err
	}
	var fresh []records.Exposure
	for i, key := range keys {
		t, runs := state.running[key]
		if !runs || answers[i].Mistyped != "" {
			continue
		}
		id := testID(t)
		if who.left[id] {
			continue // DISABLED
		}
		r := &t.Registration
		if !now.Before(t.Ends()) || !t.Span.Has(experiment.Slot(e.lab.key, t.Flag.LayerOf(), who.ref)) || !r.Population.In(q.Context) {
			answers[i].Reason = FlagDefault
			continue
		}
		arm, exposed := who.arms[id]
		if !exposed {
			arm = t.Arm(e.lab.key, t.Lock, who.ref)
			fresh = append(fresh, records.Exposure{Test: id, Arm: arm, Time: now})
		}
		answers[i].Variant, answers[i].Value = arm, t.Flag.Variants[arm]
		answers[i].Reason, answers[i].Experiment = FlagSplit, r.Name
	}
	if len(fresh) == 0 {
		return answers, nil
	}
	err = e.records.Expose(ctx, who.ref, who.standing.Version, fresh, e.latest.see(now).Add(e.cfg.Experiments.Keep))
	if tactful.KindOf(err) == tactful.NotFound { // erased in between
		return nil, tactful.Errorf(tactful.Conflict, "the subject has changed in between; ask again")
	}
	if err != nil {
		return nil, fmt.Errorf("record that a variant was used: %w", err)
	}
	return answers, nil
}

// plain is what a flag answers about nobody.
func (t *tests) plain(key string, context map[string]any) FlagAnswer {
	f, there := t.flags[key]
	if !there {
		return FlagAnswer{Key: key, Unknown: true}
	}
	a := FlagAnswer{Key: key, Mistyped: f.Mistyped(context)}
	if a.Mistyped != "" {
		return a
	}
	variant, ruled := f.Choose(context)
	_, runs := t.running[key]
	switch {
	case runs:
		a.Reason, variant = FlagDisabled, f.Control
	case ruled:
		a.Reason = FlagTargeted
	case len(f.Rules) > 0:
		a.Reason = FlagDefault
	default:
		a.Reason = FlagStatic
	}
	a.Variant, a.Value = variant, f.Variants[variant]
	return a
}

// participant is somebody who may be in tests now.
type participant struct {
	ref      tactful.Ref
	standing *records.Standing
	arms     map[records.TestID]string
	left     map[records.TestID]bool
}

// participant finds who is asked about; nil for everybody who may be in no test.
func (e *Engine) participant(ctx context.Context, q *FlagQuestion, now time.Time) (*participant, error) {
	if q.Subject == (tactful.Alias{}) {
		return nil, nil
	}
	ref, err := e.resolve(ctx, q.Subject, now)
	if err != nil {
		return nil, err
	}
	if err := e.openedList(ctx, q.Subject, ref, now); err != nil || ref.IsZero() {
		return nil, err
	}
	standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
	if err != nil {
		return nil, fmt.Errorf("read consent: %w", err)
	}
	if may, _ := e.mayTest(standings[0], consent.Ask{GPC: q.GPC, Region: q.Region}, now); !may {
		return nil, nil
	}
	list, err := e.records.Exposures(ctx, ref, now)
	if tactful.KindOf(err) == tactful.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	who := &participant{ref: ref, standing: standings[0], arms: map[records.TestID]string{}, left: map[records.TestID]bool{}}
	for _, x := range list {
		if x.Left {
			who.left[x.Test] = true
		} else {
			who.arms[x.Test] = x.Arm
		}
	}
	return who, nil
}

// mayTest asks consent whether somebody may be in tests now. Who objected to
// marketing, once, is in none until they say yes again: a test of a shop's pages is
// near enough to it.
func (e *Engine) mayTest(s *records.Standing, ask consent.Ask, now time.Time) (bool, decision.Because) {
	ask.Purpose = tactful.Experiments
	permit := e.policy.Permit(e.standing(s, now), ask, now)
	switch {
	case !permit.Allowed:
		return false, permit.Because
	case permit.Minor:
		return false, decision.BecauseMinor
	case !s.Objected.IsZero() && !s.Consents.Purposes[tactful.Experiments].Time.After(s.Objected):
		return false, decision.BecauseObjected
	}
	return true, permit.Because
}
