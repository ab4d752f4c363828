package engine

import (
	"context"
	"sync"
	"time"

	"github.com/tactful/tactful"
)

// rationTime is the time for which explanations and receipts are rationed.
const rationTime = time.Minute

// maxRationed bounds the names that a ration remembers; who comes beyond waits.
const maxRationed = 1 << 16

// ration bounds how often something may be asked for under a name. A name that
// asked for nothing lately may ask for as many at once as a minute allows; after
// that they come back one by one (GCRA). The zero value is ready.
type ration struct {
	mu  sync.Mutex
	due map[string]time.Time // when a name will owe nothing again
}

// take takes one under a name, or says how long to wait for it.
func (r *ration) take(name string, perMinute int, now time.Time) (wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	each := rationTime / time.Duration(perMinute)
	due, known := r.due[name]
	if !known && len(r.due) >= maxRationed {
		for other, at := range r.due {
			if !at.After(now) {
				delete(r.due, other)
			}
		}
		if len(r.due) >= maxRationed {
			return time.Second
		}
	}
	if due.Before(now) {
		due = now
	}
	if limit := now.Add(rationTime); due.After(limit) { // a clock that went back
		due = limit
	}
	if r.due == nil {
		r.due = map[string]time.Time{}
	}
	next := due.Add(each)
	if over := next.Sub(now) - rationTime; over > 0 {
		r.due[name] = due
		return max(over, time.Second)
	}
	r.due[name] = next
	return 0
}

// rationed counts one explanation, receipt or copy that is asked for: with the
// key, and about the person. Who asks too fast learns nothing but how long to wait.
// The person themself is counted too, so that a copied session cannot be used to
// try things out by the thousand; but on their own: nobody else can use up what
// they may ask, and so shut them out of their own privacy centre.
func (e *Engine) rationed(ctx context.Context, ref tactful.Ref, now time.Time) error {
	a := tactful.ActorOf(ctx)
	if a.Kind == tactful.ActorEngine {
		return nil
	}
	wait, what := time.Duration(0), "with this key"
	if a.Key != "" && a.Kind != tactful.ActorPerson {
		wait = e.rations.take("key "+a.Key, e.cfg.Looks.AnswersPerKey, now)
	}
	if wait == 0 && !ref.IsZero() {
		name := "other " + string(ref[:])
		if a.Kind == tactful.ActorPerson {
			name = "person " + string(ref[:])
		}
		wait, what = e.rations.take(name, e.cfg.Looks.AnswersPerPerson, now), "about this person"
	}
	if wait == 0 {
		return nil
	}
	e.pace.count("refused", "too_fast")
	return &TooMany{After: wait, Problem: &tactful.Error{
		Kind: tactful.Refused, Detail: "explanations and receipts were asked for too fast " + what, Remedy: "wait as Retry-After says; engine.looks sets how many a minute",
	}}
}
