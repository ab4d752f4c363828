package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/experiment"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// watchTrials looks at running experiments until the context ends.
func (e *Engine) watchTrials(ctx context.Context) {
	ticker := time.NewTicker(e.cfg.Experiments.Look)
	defer ticker.Stop()
	for failed := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		failed = e.watched(ctx, e.lookAtTrials(ctx), failed)
	}
}

// blindLooks is how many looks in a row may fail before everything that runs is
// ended: harm that nobody can see must not go on.
const blindLooks = 3

// watched returns how many looks in a row have failed with this one.
func (e *Engine) watched(ctx context.Context, err error, failed int) int {
	if err == nil || ctx.Err() != nil {
		return 0
	}
	if failed++; failed < blindLooks {
		e.log.Error("running experiments could not be looked at; it is tried again", "err", err)
		return failed
	}
	e.log.Error("running experiments could not be looked at and are ended: harm could not be seen", "err", err)
	if err := e.endBlind(ctx); err != nil {
		e.log.Error("experiments that nobody can look at could not be ended; it is tried again", "err", err)
	}
	return failed
}

// endBlind ends every running experiment.
func (e *Engine) endBlind(ctx context.Context) error {
	now := e.clock.Now().UTC()
	return e.amendLab(ctx, func(state *tests) ([]*ServedFlag, []*experiment.Trial, error) {
		var ended []*experiment.Trial
		for _, running := range state.running {
			t := *running
			t.State, t.Stopped = experiment.Ended, experiment.Signed{By: "the engine", Why: "looks at it failed, so that harm could not be seen", Time: now}
			ended = append(ended, &t)
		}
		slices.SortFunc(ended, func(a, b *experiment.Trial) int { return strings.Compare(a.Registration.Name, b.Registration.Name) })
		return nil, ended, nil
	})
}

// LookAtExperiments looks at every running experiment now, as the background does:
// harm, and the stopping rule, end one.
func (e *Engine) LookAtExperiments(ctx context.Context) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	return e.lookAtTrials(ctx)
}

func (e *Engine) lookAtTrials(ctx context.Context) error {
	defer e.tellHarm(ctx)
	now, state := e.clock.Now(), e.lab.now.Load()
	if len(state.running) == 0 {
		return nil
	}
	people := map[string][]experiment.Person{}
	for shard := range records.ExposureShards {
		exposed, err := e.records.ScanExposures(ctx, shard, now)
		if err != nil {
			return err
		}
		for from := 0; from < len(exposed); from += pupils {
			if err := e.observe(ctx, state, exposed[from:min(from+pupils, len(exposed))], people, now); err != nil {
				return err
			}
		}
	}
	return e.conclude(ctx, people, now)
}

// observe reads what people did who were exposed and may be in tests now. Whoever
// may not any more, by their own word, leaves: what a crash kept from being
// deleted goes here.
func (e *Engine) observe(ctx context.Context, state *tests, exposed []records.Exposed, people map[string][]experiment.Person, now time.Time) error {
	refs := make([]tactful.Ref, len(exposed))
	for i := range exposed {
		refs[i] = exposed[i].Ref
	}
	standings, err := e.records.ReadStanding(ctx, refs, now)
	if err != nil {
		return fmt.Errorf("read consent: %w", err)
	}
	for i := range exposed {
		if err := ctx.Err(); err != nil {
			return err
		}
		if standings[i] == nil {
			continue
		}
		if may, because := e.mayTest(standings[i], consent.Ask{}, now); !may {
			if leaves(because) {
				if _, err := e.leaveAll(ctx, refs[i], now); err != nil {
					return err
				}
			}
			continue
		}
		if err := e.outcomes(ctx, state, &exposed[i], standings[i], runs, people, now); err != nil {
			return err
		}
	}
	return nil
}

// leaves reports whether somebody who may not be in tests has left them: a pause
// or a restriction ends again, and nothing of theirs is touched meanwhile.
func leaves(because decision.Because) bool {
	return because != decision.BecausePaused && because != decision.BecauseFrozen && because != decision.BecauseUnknown && because != decision.BecauseNoSubject
}

// historyTested is how many of a person's newest events a look reads.
const historyTested = 1000

func runs(t *experiment.Trial) bool { return t.State == experiment.Running }

// outcomes adds what somebody did in those tests that count.
func (e *Engine) outcomes(ctx context.Context, state *tests, who *records.Exposed, standing *records.Standing, counts func(*experiment.Trial) bool, people map[string][]experiment.Person, now time.Time) error {
	var in []records.Exposure
	for _, x := range who.List {
		if t := state.byTest[x.Test]; t != nil && !x.Left && counts(t) {
			in = append(in, x)
		}
	}
	if len(in) == 0 {
		return nil
	}
	subject, err := e.records.Open(ctx, who.Ref, records.Want{Events: historyTested}, now)
	if err == nil && subject.Standing.Version != standing.Version {
		return nil // they are changing something; the next look asks them again
	}
	var reports []tactful.Feedback
	if err == nil {
		reports, err = e.records.Feedback(ctx, who.Ref, now)
	}
	var asked []Right
	if err == nil {
		asked, err = e.rightsOf(ctx, who.Ref, now)
	}
	if tactful.KindOf(err) == tactful.NotFound { // erased since
		return nil
	}
	if err != nil {
		return fmt.Errorf("read what somebody did in a test: %w", err)
	}
	for _, x := range in {
		t := state.byTest[x.Test]
		p := experiment.Person{Arm: x.Arm, Since: x.Time}
		within := func(at time.Time) bool { return !at.Before(x.Time) && at.Before(x.Time.Add(t.Registration.Window)) }
		for i := range subject.Events {
			if event := &subject.Events[i].Event; event.Action == tactful.Purchased && within(event.Time) {
				p.Did[experiment.Conversion] = true
			}
		}
		for _, f := range reports {
			if m := metricOf(f.Kind); m != experiment.NoMetric && within(f.Time) {
				p.Did[m] = true
			}
		}
		for i := range asked {
			if complains(asked[i].Kind) && within(asked[i].Received) {
				p.Did[experiment.Complaint] = true
			}
		}
		for _, c := range standing.Consents.Purposes {
			if (c.Answer == tactful.Withdrawn || c.Answer == tactful.Denied) && within(c.Time) {
				p.Did[experiment.OptOut] = true
			}
		}
		people[t.Registration.Name] = append(people[t.Registration.Name], p)
	}
	return nil
}

func metricOf(kind tactful.FeedbackKind) experiment.Metric {
	switch kind {
	case tactful.FeedbackClicked:
		return experiment.Click
	case tactful.FeedbackDismissed:
		return experiment.Dismissal
	case tactful.FeedbackCreepy:
		return experiment.Creepy
	case tactful.FeedbackWrong:
		return experiment.Complaint
	case tactful.FeedbackUnknown, tactful.FeedbackShown:
	}
	return experiment.NoMetric
}

func complains(kind rights.Kind) bool {
	return kind == rights.Objection || kind == rights.Restriction || kind == rights.Review
}

// conclude keeps the look at each running experiment, and ends those that are over.
func (e *Engine) conclude(ctx context.Context, people map[string][]experiment.Person, now time.Time) error {
	return e.amendLab(ctx, func(state *tests) ([]*ServedFlag, []*experiment.Trial, error) {
		var changed []*experiment.Trial
		for _, running := range state.running {
			t := *running
			t.Left = slices.Clone(running.Left)
			look := t.Observe(people[t.Registration.Name], t.Left, t.Started.Time, now)
			t.Last = &look
			t.Looks++
			if look.Over {
				t.State, t.Stopped = experiment.Ended, experiment.Signed{By: "the engine", Why: look.Why, Time: now.UTC()}
				if look.Verdict == experiment.Harmful {
					e.log.Error("an experiment did harm and was stopped: everybody gets control; see `tactful experiment results`",
						"experiment", t.Registration.Name, "variant", look.Variant, "guardrail", look.Metric.String())
				} else {
					e.log.Info("an experiment is over", "experiment", t.Registration.Name, "verdict", string(look.Verdict))
				}
			} else if look.Verdict == experiment.Mismatched {
				e.log.Warn("an experiment's arms do not have the people that they should", "experiment", t.Registration.Name)
			}
			changed = append(changed, &t)
		}
		slices.SortFunc(changed, func(a, b *experiment.Trial) int { return strings.Compare(a.Registration.Name, b.Registration.Name) })
		return nil, changed, nil
	})
}

// leaveAll takes somebody out of every test, and counts that somebody left, and
// which variant: nothing says who. With each person a mark stays that they left, so
// that whoever takes a yes back and gives it again counts once, and not as harm that
// one person can bring about.
func (e *Engine) leaveAll(ctx context.Context, ref tactful.Ref, now time.Time) (int, error) {
	left, err := e.records.Leave(ctx, ref, nil, e.latest.see(now).Add(e.cfg.Experiments.Keep), now)
	if err != nil || len(left) == 0 {
		return 0, err
	}
	return len(left), e.countLeft(ctx, left)
}

func (e *Engine) countLeft(ctx context.Context, left []records.Exposure) error {
	return e.amendLab(ctx, func(state *tests) ([]*ServedFlag, []*experiment.Trial, error) {
		changed := map[string]*experiment.Trial{}
		for _, x := range left {
			found := state.byTest[x.Test]
			if found == nil || found.State != experiment.Running {
				continue
			}
			at := slices.Index(found.Names(), x.Arm)
			if at < 0 {
				continue
			}
			t := *found
			t.Left = slices.Clone(found.Left)
			t.Left[at]++
			changed[t.Registration.Name] = &t
		}
		var list []*experiment.Trial
		for _, t := range changed {
			list = append(list, t)
		}
		return nil, list, nil
	})
}

// standingChanged lets somebody leave all tests at once who said so, in whatever
// way. What fails here is done at the next look: their variant is gone already,
// since every use asks consent.
func (e *Engine) standingChanged(ctx context.Context, ref tactful.Ref, s *records.Standing, now time.Time) {
	if len(e.lab.now.Load().trials) == 0 {
		return
	}
	may, because := e.mayTest(s, consent.Ask{}, now)
	if may || !leaves(because) {
		return
	}
	if _, err := e.leaveAll(ctx, ref, now); err != nil && tactful.KindOf(err) != tactful.NotFound {
		e.log.Error("somebody left the tests and is still counted until the next look", "err", err)
	}
}

// Test is one experiment as somebody who is, or was, in it reads about it. Which
// variant they have it does not say while it runs: that would change what they do.
type Test struct {
	Name     string
	Aim      string // in their language
	Approver string
	Began    time.Time // for them
	Ends     time.Time
	Over     bool
	Variant  string             // once it is over
	Verdict  experiment.Verdict // once it is over
	Lock     string
}

// Tests returns the tests that somebody is in or was in, newest first, with what
// they need to know of each; none for nobody.
func (e *Engine) Tests(ctx context.Context, a tactful.Alias, language string) ([]Test, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findFor(ctx, a, now, tactful.OpenedOther)
	if err != nil || ref.IsZero() {
		return nil, err
	}
	list, err := e.records.Exposures(ctx, ref, now)
	if err != nil {
		return nil, err
	}
	state := e.lab.now.Load()
	var out []Test
	for _, x := range list {
		t := state.byTest[x.Test]
		if t == nil || x.Left {
			continue
		}
		one := Test{Name: t.Registration.Name, Aim: t.Registration.Aim[language], Approver: t.Approved.By, Began: x.Time, Ends: t.Ends(), Lock: t.Lock, Over: t.State != experiment.Running}
		if one.Aim == "" {
			one.Aim = t.Registration.Aim["en"]
		}
		if one.Over {
			one.Ends, one.Variant = t.Stopped.Time, x.Arm
			if t.Last != nil {
				one.Verdict = t.Last.Verdict
			}
		}
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b Test) int { return b.Began.Compare(a.Began) })
	return out, nil
}

// LeaveTest takes somebody out of one test, at once and for good; the others go on.
func (e *Engine) LeaveTest(ctx context.Context, a tactful.Alias, name string) error {
	return e.withKnown(ctx, a, func(ref tactful.Ref, now time.Time) error {
		t, there := e.lab.now.Load().trials[name]
		if !there {
			return errNoExperiment()
		}
		id := testID(t)
		left, err := e.records.Leave(ctx, ref, &id, e.latest.see(now).Add(e.cfg.Experiments.Keep), now)
		if err != nil {
			return err
		}
		return e.countLeft(ctx, left)
	})
}
