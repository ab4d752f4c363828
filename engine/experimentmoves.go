package engine

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/experiment"
	"github.com/tactful/tactful/internal/rights"
)

// CheckedExperiments is what a file would register.
type CheckedExperiments struct {
	Flags       []experiment.Flag
	Experiments []experiment.Trial
}

// CheckExperiments reads and judges a file, and registers nothing.
func (e *Engine) CheckExperiments(text []byte) (CheckedExperiments, error) {
	file, err := experiment.Read(text)
	if err != nil {
		return CheckedExperiments{}, err
	}
	rules, err := e.experimentRules()
	if err != nil {
		return CheckedExperiments{}, err
	}
	if err := file.Judge(rules); err != nil {
		return CheckedExperiments{}, err
	}
	out := CheckedExperiments{Flags: file.Flags}
	for _, d := range file.Documents() {
		lock, err := d.Lock()
		if err != nil {
			return CheckedExperiments{}, err
		}
		if last := time.Duration(d.Registration.Stop.Days)*dayLength + d.Registration.Window; last > e.cfg.Experiments.Keep {
			return CheckedExperiments{}, tactful.InvalidField("experiments."+d.Registration.Name+".stop.days", "last longer than it is kept who got what",
				"shorten it, or raise engine.experiments.keep")
		}
		out.Experiments = append(out.Experiments, experiment.Trial{Document: d, Lock: lock, State: experiment.Registered, Left: make([]uint64, len(d.Registration.Arms))})
	}
	return out, nil
}

// experimenter is the named operator who acts; nobody else changes what is tested.
func (e *Engine) experimenter(ctx context.Context, why string) (rights.By, experiment.Signed, error) {
	by := rights.Of(tactful.ActorOf(ctx))
	why = strings.Join(strings.Fields(why), " ")
	if by.Kind != tactful.ActorOperator || access.PersonID(by.Name) == "" {
		return by, experiment.Signed{}, &tactful.Error{Kind: tactful.Refused, Detail: "experiments are changed by a named operator", Remedy: "use a key of an operator, or --as NAME at the machine itself"}
	}
	if err := tactful.CheckReason(why); err != nil {
		return by, experiment.Signed{}, err
	}
	return by, experiment.Signed{By: by.Name, Key: by.Key, Why: why, Time: e.clock.Now().UTC()}, nil
}

// RegisterExperiments registers what a file holds, all or nothing: its flags, and
// its experiments, which are locked by their hash and wait for their approver.
// Whoever registers one is its owner. What runs cannot be changed.
func (e *Engine) RegisterExperiments(ctx context.Context, text []byte, why string) (CheckedExperiments, error) {
	if err := e.enter(); err != nil {
		return CheckedExperiments{}, err
	}
	defer e.leave()
	by, signed, err := e.experimenter(ctx, why)
	if err != nil {
		return CheckedExperiments{}, err
	}
	out, err := e.CheckExperiments(text)
	if err != nil {
		return out, err
	}
	for i := range out.Experiments {
		r := &out.Experiments[i].Registration
		if access.PersonID(r.Owner) != access.PersonID(by.Name) {
			return CheckedExperiments{}, &tactful.Error{Kind: tactful.Refused, Field: "experiments." + r.Name + ".owner", Detail: "is somebody else than who registers it", Remedy: "let the owner register it, or write your own name"}
		}
		out.Experiments[i].Opened = signed
	}
	err = e.amendLab(ctx, func(now *tests) (flags []*ServedFlag, trials []*experiment.Trial, err error) {
		for i := range out.Flags {
			f := &ServedFlag{Flag: out.Flags[i], Put: signed}
			if held := now.held(f.Key); held != nil && !sameFlag(&held.Flag, &f.Flag) {
				return nil, nil, &tactful.Error{Kind: tactful.Refused, Field: "flags." + f.Key, Detail: "belongs to the experiment " + held.Registration.Name + ", which is not over", Remedy: "stop it first, or leave the flag as it is"}
			}
			flags = append(flags, f)
		}
		for i := range out.Experiments {
			t := out.Experiments[i]
			if _, there := now.trials[t.Registration.Name]; there {
				return nil, nil, &tactful.Error{Kind: tactful.Conflict, Field: "experiments." + t.Registration.Name, Detail: "is registered already and cannot be changed", Remedy: "register the change under another name"}
			}
			trials = append(trials, &t)
		}
		if len(now.flags)+len(flags) > maxFlags || len(now.trials)+len(trials) > maxTrials {
			return nil, nil, tactful.Errorf(tactful.Refused, "there are at most %d flags and %d experiments", maxFlags, maxTrials)
		}
		return flags, trials, nil
	})
	if err != nil {
		return CheckedExperiments{}, err
	}
	for i := range out.Experiments {
		e.log.Info("an experiment was registered", "experiment", out.Experiments[i].Registration.Name, "lock", out.Experiments[i].Lock, "by", signed.By)
	}
	return out, nil
}

// held returns an experiment on a flag that is not over.
func (t *tests) held(flag string) *experiment.Trial {
	for _, trial := range t.trials {
		if trial.Flag.Key == flag && trial.State != experiment.Ended {
			return trial
		}
	}
	return nil
}

func sameFlag(a, b *experiment.Flag) bool {
	one, err := json.Marshal(a)
	if err != nil {
		return false
	}
	other, err := json.Marshal(b)
	return err == nil && slices.Equal(one, other)
}

// moveTrial lets somebody move one experiment on.
func (e *Engine) moveTrial(ctx context.Context, name, why string, move func(now *tests, t *experiment.Trial, by rights.By, signed experiment.Signed) error) (experiment.Trial, error) {
	if err := e.enter(); err != nil {
		return experiment.Trial{}, err
	}
	defer e.leave()
	by, signed, err := e.experimenter(ctx, why)
	if err != nil {
		return experiment.Trial{}, err
	}
	var moved experiment.Trial
	err = e.amendLab(ctx, func(now *tests) ([]*ServedFlag, []*experiment.Trial, error) {
		found, there := now.trials[name]
		if !there {
			return nil, nil, errNoExperiment()
		}
		moved = *found
		moved.Left = slices.Clone(found.Left)
		if err := move(now, &moved, by, signed); err != nil {
			return nil, nil, err
		}
		return nil, []*experiment.Trial{&moved}, nil
	})
	if err == nil {
		e.log.Info("an experiment was moved on", "experiment", name, "state", string(moved.State), "by", signed.By)
	}
	return moved, err
}

func errNoExperiment() error { return tactful.Errorf(tactful.NotFound, "there is no such experiment") }

func wrongState(t *experiment.Trial, remedy string) error {
	return &tactful.Error{Kind: tactful.Conflict, Detail: "the experiment is " + string(t.State), Remedy: remedy}
}

// ApproveExperiment is for the approver whom the registration names, with a key
// that the owner did not make, nor the other way round.
func (e *Engine) ApproveExperiment(ctx context.Context, name, why string) (experiment.Trial, error) {
	return e.moveTrial(ctx, name, why, func(_ *tests, t *experiment.Trial, by rights.By, signed experiment.Signed) error {
		if t.State != experiment.Registered {
			return wrongState(t, "only what is registered and not yet approved can be approved")
		}
		if access.PersonID(by.Name) != access.PersonID(t.Registration.Review.Approver) {
			return &tactful.Error{Kind: tactful.Refused, Field: "harm_review.approver", Detail: "is somebody else", Remedy: "let " + t.Registration.Review.Approver + " approve it, with a key of their own"}
		}
		if err := e.anotherPerson(by, t.Opened); err != nil {
			return err
		}
		t.State, t.Approved = experiment.Approved, signed
		return nil
	})
}

// anotherPerson refuses whoever is the same person as the first, however the name
// is written, or holds a key that the first one made, or the other way round.
func (e *Engine) anotherPerson(by rights.By, first experiment.Signed) error {
	asked := rights.Request{State: rights.Waiting, Received: first.Time, Opened: rights.By{Kind: tactful.ActorOperator, Name: first.By, Key: first.Key}}
	if err := e.release(by, &asked); err != nil {
		return &tactful.Error{Kind: tactful.Refused, Detail: "two operators are needed, and you count as the first of them", Remedy: "ask another operator, with a key of their own", Err: err}
	}
	return nil
}

// StartExperiment starts what was approved. Whoever approved it does not start it:
// two operators stand behind every start.
func (e *Engine) StartExperiment(ctx context.Context, name, why string) (experiment.Trial, error) {
	return e.moveTrial(ctx, name, why, func(now *tests, t *experiment.Trial, by rights.By, signed experiment.Signed) error {
		if t.State != experiment.Approved {
			return wrongState(t, "an experiment starts once, after its approval")
		}
		if err := e.anotherPerson(by, t.Approved); err != nil {
			return err
		}
		rules, err := e.experimentRules()
		if err != nil {
			return err
		}
		if err := t.Document.Judge(rules); err != nil { // the classes or the reader may have changed since
			return err
		}
		if served := now.flags[t.Flag.Key]; served == nil || !sameFlag(&served.Flag, &t.Flag) {
			return tactful.Errorf(tactful.Conflict, "the flag is not as it was registered")
		}
		var taken []experiment.Span
		for _, other := range now.running {
			if other.Flag.Key == t.Flag.Key {
				return &tactful.Error{Kind: tactful.Conflict, Detail: "the experiment " + other.Registration.Name + " runs on this flag", Remedy: "stop it first"}
			}
			if other.Flag.LayerOf() == t.Flag.LayerOf() {
				taken = append(taken, other.Span)
			}
		}
		span, free := experiment.Free(t.Registration.Population.Width(), taken)
		if !free {
			return &tactful.Error{Kind: tactful.Conflict, Detail: "the layer has no room for this share of people", Remedy: "wait for another experiment of the layer to end, or register a smaller share"}
		}
		t.State, t.Started, t.Span = experiment.Running, signed, span
		return nil
	})
}

// StopExperiment ends an experiment, from this moment, for good: everybody gets
// control. Any operator may, alone: it only stops something.
func (e *Engine) StopExperiment(ctx context.Context, name, why string) (experiment.Trial, error) {
	return e.moveTrial(ctx, name, why, func(_ *tests, t *experiment.Trial, _ rights.By, signed experiment.Signed) error {
		if t.State == experiment.Ended {
			return wrongState(t, "it is over already")
		}
		t.State, t.Stopped = experiment.Ended, signed
		return nil
	})
}

// AllExperiments returns all experiments by name, and all flags by key.
func (e *Engine) AllExperiments() ([]experiment.Trial, []ServedFlag, error) {
	if err := e.enter(); err != nil {
		return nil, nil, err
	}
	defer e.leave()
	now := e.lab.now.Load()
	var trials []experiment.Trial
	for _, t := range now.trials {
		trials = append(trials, *t)
	}
	var flags []ServedFlag
	for _, f := range now.flags {
		flags = append(flags, *f)
	}
	slices.SortFunc(trials, func(a, b experiment.Trial) int { return strings.Compare(a.Registration.Name, b.Registration.Name) })
	slices.SortFunc(flags, func(a, b ServedFlag) int { return strings.Compare(a.Key, b.Key) })
	return trials, flags, nil
}

// Experiment returns one of them with its last look.
func (e *Engine) Experiment(name string) (experiment.Trial, error) {
	if err := e.enter(); err != nil {
		return experiment.Trial{}, err
	}
	defer e.leave()
	if t, there := e.lab.now.Load().trials[name]; there {
		return *t, nil
	}
	return experiment.Trial{}, errNoExperiment()
}
