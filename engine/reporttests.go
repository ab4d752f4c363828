package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/experiment"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/report"
)

// testGroups names each variant of each experiment that has begun, with what the
// experiment measures, as it was registered before anybody was in it.
func (e *Engine) testGroups(now time.Time) (groups []report.Group) {
	trials := e.lab.now.Load().trials
	for _, name := range slices.Sorted(maps.Keys(trials)) {
		t := trials[name]
		if !begun(t) || t.State == experiment.Ended && t.Stopped.Time.Before(now.Add(-e.cfg.Experiments.Keep)) { // who was in it is deleted by then
			continue
		}
		for _, arm := range t.Names() {
			groups = append(groups, report.Group{Name: variant(name, arm), Of: report.Exposed})
			for _, m := range measured(t) {
				groups = append(groups, report.Group{Name: variant(name, arm), Of: m.String()})
			}
		}
	}
	return groups
}

func begun(t *experiment.Trial) bool {
	return t.State == experiment.Running || t.State == experiment.Ended
}

func variant(test, arm string) string { return test + "/" + arm }

// measured are the metrics of an experiment, each once.
func measured(t *experiment.Trial) []experiment.Metric {
	all := []experiment.Metric{t.Registration.Metric}
	for _, g := range t.Registration.Guardrails {
		if !slices.Contains(all, g.Metric) {
			all = append(all, g.Metric)
		}
	}
	return all
}

// tested counts who got which variant and did what, of those who may be in tests
// now: who left is not there, and who takes their yes back is not counted.
func (e *Engine) tested(ctx context.Context, tally *report.Tally, now time.Time) error {
	state := e.lab.now.Load()
	for shard := range records.ExposureShards {
		exposed, err := e.records.ScanExposures(ctx, shard, now)
		if err != nil {
			return fmt.Errorf("count outcomes: %w", err)
		}
		for from := 0; from < len(exposed); from += pupils {
			some := exposed[from:min(from+pupils, len(exposed))]
			refs := make([]tactful.Ref, len(some))
			for i := range some {
				refs[i] = some[i].Ref
			}
			standings, err := e.records.ReadStanding(ctx, refs, now)
			if err != nil {
				return fmt.Errorf("count outcomes: %w", err)
			}
			for i := range some {
				if err := e.testedOne(ctx, state, &some[i], standings[i], tally, now); err != nil {
					return fmt.Errorf("count outcomes: %w", err)
				}
			}
		}
	}
	return nil
}

func (e *Engine) testedOne(ctx context.Context, state *tests, who *records.Exposed, standing *records.Standing, tally *report.Tally, now time.Time) error {
	if standing == nil {
		return ctx.Err()
	}
	if may, _ := e.mayTest(standing, consent.Ask{}, now); !may {
		return ctx.Err()
	}
	did := map[string][]experiment.Person{}
	if err := e.outcomes(ctx, state, who, standing, begun, did, now); err != nil {
		return err
	}
	var in []int32
	for test, people := range did {
		for _, p := range people {
			in = append(in, tally.Place(variant(test, p.Arm), report.Exposed))
			for m := experiment.Conversion; m < experiment.Metrics; m++ {
				if p.Did[m] {
					in = append(in, tally.Place(variant(test, p.Arm), m.String()))
				}
			}
		}
	}
	if err := tally.Add(in); err != nil {
		return err
	}
	return ctx.Err()
}
