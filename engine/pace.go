package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
)

// paceWindow is the hour within which a key may open so many people.
const paceWindow = time.Hour

// pace bounds how many people one operator or key opens, and counts looks. It
// lives in memory; after a start it begins with what the index says of the last
// hour, where everybody counts as somebody else.
type pace struct {
	mu     sync.Mutex
	keys   map[string]*paced
	counts map[[2]string]uint64
}

// paced is one key's part of it.
type paced struct {
	key     string
	mu      sync.Mutex
	loaded  bool
	queue   []admission // of the last hour, oldest first
	people  map[tactful.Ref]*seen
	alerted time.Time
	reads   map[int64]uint64 // by day, not yet written
}

type admission struct {
	ref tactful.Ref // zero: known from the index only
	at  time.Time
}

// seen is what was recorded of one person within the hour.
type seen struct {
	wrote  time.Time
	reason string
	opened tactful.Opened
}

// TooMany refuses somebody who opens the data of unusually many people. It ends
// by waiting.
type TooMany struct {
	Problem *tactful.Error
	After   time.Duration
}

// Error says what is refused.
func (t *TooMany) Error() string { return t.Problem.Error() }

// Unwrap returns the refusal with its kind.
func (t *TooMany) Unwrap() error { return t.Problem }

// RetryAfter is how long to wait.
func (t *TooMany) RetryAfter() time.Duration { return t.After }

// LookTally counts looks since the start. It holds numbers only.
type LookTally struct {
	Looks   map[string]uint64 // by kind of actor: those recorded for operators, reads for services
	Refused map[string]uint64 // no_reason, too_many, too_fast
	Alerts  map[string]uint64 // by kind of actor: hours in which a key was stopped
}

func (p *pace) count(what, word string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.counts == nil {
		p.counts = map[[2]string]uint64{}
	}
	p.counts[[2]string{what, word}]++
}

// LookRefused counts an operator whom a door refused for want of a reason.
func (e *Engine) LookRefused() { e.pace.count("refused", "no_reason") }

// LookTally returns the counts since the start.
func (e *Engine) LookTally() LookTally {
	e.pace.mu.Lock()
	counts := maps.Clone(e.pace.counts)
	e.pace.mu.Unlock()
	t := LookTally{Looks: map[string]uint64{}, Refused: map[string]uint64{}, Alerts: map[string]uint64{}}
	for k, n := range counts {
		map[string]map[string]uint64{"looks": t.Looks, "refused": t.Refused, "alerts": t.Alerts}[k[0]][k[1]] = n
	}
	return t
}

// paced returns the part of a key, or of an operator with all their keys, filled
// from the index at its first use.
func (e *Engine) paced(ctx context.Context, a tactful.Actor, now time.Time) (*paced, error) {
	name, keys := a.Key, []string{a.Key}
	if a.Kind == tactful.ActorOperator {
		name, keys = "person "+access.PersonID(a.Name), append(e.access.OfPerson(a.Name), a.Key)
		slices.Sort(keys)
		keys = slices.Compact(keys)
	}
	e.pace.mu.Lock()
	if e.pace.keys == nil {
		e.pace.keys = map[string]*paced{}
	}
	p := e.pace.keys[name]
	if p == nil {
		p = &paced{key: a.Key, people: map[tactful.Ref]*seen{}, reads: map[int64]uint64{}}
		e.pace.keys[name] = p
	}
	e.pace.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.loaded {
		return p, nil
	}
	for _, key := range keys {
		known, err := e.records.LooksBy(ctx, key, now.Add(-paceWindow), now, now)
		if err != nil {
			return nil, fmt.Errorf("read who was opened lately: %w", err)
		}
		for _, look := range known {
			p.queue = append(p.queue, admission{at: look.Time})
		}
	}
	slices.SortStableFunc(p.queue, func(a, b admission) int { return a.at.Compare(b.at) })
	p.loaded = true
	return p, nil
}

// admitLook lets a key open somebody, or says how long to wait.
func (e *Engine) admitLook(p *paced, a tactful.Actor, ref tactful.Ref, limit int, now time.Time) error {
	wait, alert := p.admit(ref, limit, now)
	if wait == 0 {
		return nil
	}
	e.pace.count("refused", "too_many")
	if alert {
		e.pace.count("alerts", a.Kind.String())
		e.log.Warn("a key opened the data of unusually many people and is slowed", "key", a.Key, "kind", a.Kind.String(), "people", limit, "within", paceWindow)
	}
	return &TooMany{After: wait, Problem: &tactful.Error{
		Kind: tactful.Refused, Detail: fmt.Sprintf("this key has opened the data of %d people within an hour; that is unusually many, and was reported", limit),
		Remedy: "wait as Retry-After says; if the work needs more, raise engine.looks",
	}}
}

func (p *paced) admit(ref tactful.Ref, limit int, now time.Time) (wait time.Duration, alert bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) > 0 && passed(p.queue[0].at, now, paceWindow) {
		delete(p.people, p.queue[0].ref)
		p.queue = p.queue[1:]
	}
	if p.people[ref] != nil {
		return 0, false
	}
	if len(p.queue) >= limit {
		if alert = p.alerted.IsZero() || passed(p.alerted, now, paceWindow); alert {
			p.alerted = now
		}
		return max(paceWindow-now.Sub(p.queue[0].at), time.Second), alert
	}
	p.queue = append(p.queue, admission{ref: ref, at: now})
	p.people[ref] = &seen{}
	return 0, false
}

// missing returns what of it is not on record yet, as far as that still holds.
func (p *paced) missing(ref tactful.Ref, what tactful.Opened, holds func(*seen) bool) tactful.Opened {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.people[ref]; s != nil && holds(s) {
		return what &^ s.opened
	}
	return what
}

// wrote notes what is on record now.
func (p *paced) wrote(ref tactful.Ref, reason string, what tactful.Opened, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.people[ref]
	if s == nil {
		return
	}
	if s.reason == reason && dayOf(s.wrote) == dayOf(now) && (reason == "" || !passed(s.wrote, now, sameLook)) {
		s.opened |= what // the moment stays: the look began then
		return
	}
	*s = seen{wrote: now, reason: reason, opened: what}
}

func (p *paced) read(day int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads[day]++
}

// dayReads is how often one key read on one day.
type dayReads struct {
	key   string
	day   int64
	reads uint64
}

// takeReads hands out what is not written yet.
func (p *pace) takeReads() (all []dayReads) {
	p.mu.Lock()
	keys := make([]*paced, 0, len(p.keys))
	for _, k := range p.keys {
		keys = append(keys, k)
	}
	p.mu.Unlock()
	for _, k := range keys {
		k.mu.Lock()
		for day, n := range k.reads {
			all = append(all, dayReads{k.key, day, n})
		}
		clear(k.reads)
		k.mu.Unlock()
	}
	return all
}

// giveBack keeps for the next time what could not be written.
func (p *pace) giveBack(r dayReads) {
	p.mu.Lock()
	k := p.keys[r.key]
	p.mu.Unlock()
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.reads[r.day] += r.reads
}

// unsaved is what one key read that is not written yet.
func (p *pace) unsaved(key string) (all []dayReads) {
	p.mu.Lock()
	k := p.keys[key]
	p.mu.Unlock()
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for day, n := range k.reads {
		all = append(all, dayReads{key, day, n})
	}
	return all
}
