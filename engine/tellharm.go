package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/experiment"
)

// harmTold is for how long whoever must hear that harm stopped an experiment is
// called again, at every look, until they answer.
const harmTold = 7 * 24 * time.Hour

// checkAlert refuses an address that may not be called.
func (e *Engine) checkAlert() error {
	if e.outbound == nil || e.cfg.Experiments.Alert == "" {
		return nil
	}
	if err := e.outbound.Check(e.cfg.Experiments.Alert); err != nil {
		return tactful.InvalidField("engine.experiments.alert", "may not be called", "give a public https address, or see outbound for addresses inside")
	}
	return nil
}

func (x *Experiments) alertFault() error {
	u, err := url.Parse(x.Alert)
	if x.Alert != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || len(x.Alert) > maxPartyBytes) {
		return tactful.InvalidField("engine.experiments.alert", "is no address", "give an https address without a name or password in it, or none")
	}
	return nil
}

// harmed are the experiments that harm stopped, by name.
func (s *tests) harmed() []*experiment.Trial {
	var all []*experiment.Trial
	for _, t := range s.trials {
		if t.State == experiment.Ended && t.Last != nil && t.Last.Verdict == experiment.Harmful {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b *experiment.Trial) int { return strings.Compare(a.Registration.Name, b.Registration.Name) })
	return all
}

// harmNotice is the body of the call. It is about an experiment and nobody.
type harmNotice struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      struct {
		Experiment string `json:"experiment"`
		Variant    string `json:"variant"`
		Guardrail  string `json:"guardrail"`
	} `json:"data"`
}

// tellHarm calls the operator about each experiment that harm stopped, until the
// call is answered; a process that dies in between calls again, under the same id.
func (e *Engine) tellHarm(ctx context.Context) {
	to := e.cfg.Experiments.Alert
	if to == "" || e.outbound == nil || ctx.Err() != nil {
		return
	}
	now := e.clock.Now()
	for _, t := range e.lab.now.Load().harmed() {
		name := t.Registration.Name
		if !t.Told.IsZero() || now.Sub(t.Stopped.Time) > harmTold {
			continue
		}
		what := harmNotice{Type: "experiment.harmed", Timestamp: t.Stopped.Time.UTC()}
		what.Data.Experiment, what.Data.Variant, what.Data.Guardrail = name, t.Last.Variant, t.Last.Metric.String()
		body, err := json.Marshal(what)
		if err != nil {
			e.log.Error("an alert cannot be written", "experiment", name, "err", err)
			continue
		}
		id := fmt.Sprintf("harm.%s.%d", name, t.Stopped.Time.Unix())
		status, err := e.outbound.Post(ctx, to, e.webhookHeader(id, now, body), body)
		if err != nil || status < 200 || status > 299 {
			e.log.Warn("whoever must hear that harm stopped an experiment was not reached; it is tried again at the next look", "experiment", name, "status", status, "err", err)
			continue
		}
		err = e.amendLab(context.WithoutCancel(ctx), func(state *tests) ([]*ServedFlag, []*experiment.Trial, error) {
			found := state.trials[name]
			if found == nil || found.Lock != t.Lock || !found.Told.IsZero() {
				return nil, nil, nil
			}
			told := *found
			told.Told = now.UTC()
			return nil, []*experiment.Trial{&told}, nil
		})
		if err != nil {
			e.log.Warn("an alert went out and could not be noted: it goes out again", "experiment", name, "err", err)
		}
	}
}

// harmSentence is what the doctor says of experiments that harm stopped lately; ""
// if there are none.
func (e *Engine) harmSentence() string {
	var names []string
	for _, t := range e.lab.now.Load().harmed() {
		if e.clock.Now().Sub(t.Stopped.Time) <= harmTold {
			names = append(names, t.Registration.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("Harm stopped %s: everybody gets control. Remedy: read `tactful experiment results %s` before you try anything like it again.", strings.Join(names, ", "), names[0])
}
