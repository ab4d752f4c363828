package api

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/experiment"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// ListExperiments returns experiments and flags.
func (s *server) ListExperiments(context.Context, wire.ListExperimentsRequestObject) (wire.ListExperimentsResponseObject, error) {
	trials, flags, err := s.opt.Engine.AllExperiments()
	if err != nil {
		return nil, err
	}
	running := map[string]string{}
	answer := wire.ListExperiments200JSONResponse{Experiments: make([]wire.Experiment, len(trials)), Flags: make([]wire.Flag, len(flags))}
	for i := range trials {
		answer.Experiments[i] = experimentOut(&trials[i])
		if trials[i].State == experiment.Running {
			running[trials[i].Flag.Key] = trials[i].Registration.Name
		}
	}
	for i := range flags {
		answer.Flags[i] = flagOut(&flags[i].Flag, running[flags[i].Key])
	}
	return answer, nil
}

// RegisterExperiments registers what a file holds.
func (s *server) RegisterExperiments(ctx context.Context, r wire.RegisterExperimentsRequestObject) (wire.RegisterExperimentsResponseObject, error) {
	done, err := s.opt.Engine.RegisterExperiments(ctx, []byte(r.Body.File), r.Body.Reason)
	if err != nil {
		return nil, err
	}
	answer := wire.RegisterExperiments200JSONResponse{Experiments: make([]wire.Experiment, len(done.Experiments)), Flags: make([]wire.Flag, len(done.Flags))}
	for i := range done.Experiments {
		answer.Experiments[i] = experimentOut(&done.Experiments[i])
	}
	for i := range done.Flags {
		answer.Flags[i] = flagOut(&done.Flags[i], "")
	}
	return answer, nil
}

// GetExperiment returns one experiment with its results.
func (s *server) GetExperiment(_ context.Context, r wire.GetExperimentRequestObject) (wire.GetExperimentResponseObject, error) {
	t, err := s.opt.Engine.Experiment(r.Experiment)
	if err != nil {
		return nil, err
	}
	return wire.GetExperiment200JSONResponse(experimentOut(&t)), nil
}

// MoveExperiment approves, starts or stops one.
func (s *server) MoveExperiment(ctx context.Context, r wire.MoveExperimentRequestObject) (wire.MoveExperimentResponseObject, error) {
	move := s.opt.Engine.StopExperiment
	switch r.Move {
	case wire.StepApprove:
		move = s.opt.Engine.ApproveExperiment
	case wire.StepStart:
		move = s.opt.Engine.StartExperiment
	case wire.StepStop:
	}
	t, err := move(ctx, r.Experiment, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return wire.MoveExperiment200JSONResponse(experimentOut(&t)), nil
}

func flagOut(f *experiment.Flag, running string) wire.Flag {
	return wire.Flag{Key: f.Key, Type: wire.FlagType(f.Type), Control: f.Control, Variants: slices.Sorted(maps.Keys(f.Variants)), Layer: f.LayerOf(), Experiment: running}
}

func experimentOut(t *experiment.Trial) wire.Experiment {
	r := &t.Registration
	out := wire.Experiment{
		Name: r.Name, Flag: r.Flag, Hypothesis: r.Hypothesis, State: wire.ExperimentState(t.State), Lock: t.Lock, Owner: r.Owner, Approver: r.Review.Approver,
		Metric: wire.ExperimentMetric(r.Metric.String()), Window: r.Window.String(), People: int64(r.Stop.People), Days: int32(r.Stop.Days), Share: r.Population.Share,
		Consent: r.Consent, Risks: r.Review.Risks, Measures: r.Review.Measures, Aim: r.Aim["en"], Looks: int32(t.Looks), Arms: []wire.ExperimentArm{},
		Registered: signedOut(t.Opened), Approved: signedOut(t.Approved), Started: signedOut(t.Started), Stopped: signedOut(t.Stopped), Guardrails: []wire.ExperimentGuardrail{},
	}
	for _, g := range r.Guardrails {
		out.Guardrails = append(out.Guardrails, wire.ExperimentGuardrail{Metric: wire.ExperimentMetric(g.Metric.String()), Ratio: g.Ratio})
	}
	if t.Last == nil {
		for _, name := range t.Names() {
			out.Arms = append(out.Arms, wire.ExperimentArm{Variant: name, Weight: int32(r.Arms[name])})
		}
		return out
	}
	out.Looked, out.Verdict, out.VerdictVariant, out.Why = t.Last.Time, wire.ExperimentVerdict(t.Last.Verdict), t.Last.Variant, t.Last.Why
	if t.Last.Metric != experiment.NoMetric {
		out.VerdictMetric = t.Last.Metric.String()
	}
	for _, a := range t.Last.Show() {
		out.Arms = append(out.Arms, armOut(&a, r.Arms[a.Variant]))
	}
	return out
}

// armOut names what is left out, so that it is not taken for nothing.
func armOut(a *experiment.Shown, weight int) wire.ExperimentArm {
	arm := wire.ExperimentArm{Variant: a.Variant, Weight: int32(weight), Counts: map[string]int64{}}
	count := func(name string, n *uint64, to *int64) {
		if n == nil {
			arm.Few = append(arm.Few, name)
			return
		}
		*to = int64(*n)
	}
	count("people", a.People, &arm.People)
	count("left", a.Left, &arm.Left)
	count("ended", a.Ended, &arm.Ended)
	for _, name := range slices.SortedFunc(maps.Keys(a.Counts), strings.Compare) {
		var n int64
		before := len(arm.Few)
		if count(name, a.Counts[name], &n); len(arm.Few) == before {
			arm.Counts[name] = n
		}
	}
	if a.Rate == nil {
		arm.Few = append(arm.Few, "rate")
	} else {
		arm.Rate = *a.Rate
	}
	if a.Low == nil || a.High == nil {
		arm.Few = append(arm.Few, "difference")
	} else {
		arm.Low, arm.High = *a.Low, *a.High
	}
	return arm
}

func signedOut(s experiment.Signed) wire.ExperimentSigned {
	if s.Time.IsZero() {
		return wire.ExperimentSigned{}
	}
	return wire.ExperimentSigned{By: s.By, Why: s.Why, Time: s.Time}
}

var _ Experiments = (*engine.Engine)(nil)
