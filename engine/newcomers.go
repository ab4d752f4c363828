package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/store"
)

// Newcomers bounds how many of the people that one source brings may teach the
// model. Whoever holds a write key can make people up; without a bound they
// could make the model say what they like.
type Newcomers struct {
	Share  float64       `yaml:"share" doc:"of all people whom the model knows, the part that newcomers of one key may be; all keys together: twice that"`
	Least  int           `yaml:"least" doc:"newcomers of one key who may always teach the model, however small the shop"`
	Within time.Duration `yaml:"within" doc:"the time over which newcomers are counted; further ones are served, and held from the model until 'tactful newcomers release'"`
}

// Defaults fills what is not set.
func (n *Newcomers) Defaults() {
	set(&n.Share, 0.02)
	set(&n.Least, 100)
	set(&n.Within, 24*time.Hour)
}

// Validate returns all faults.
func (n *Newcomers) Validate() (faults []error) {
	fault := func(field, remedy string) {
		faults = append(faults, tactful.InvalidField("engine.learn.newcomers."+field, "is out of range", remedy))
	}
	if !(n.Share >= 0 && n.Share <= 1) {
		fault("share", "between 0 and 1")
	}
	if n.Least < 0 || n.Least > 1e7 {
		fault("least", "between 0 and 1e+07")
	}
	if n.Within < time.Hour || n.Within > 30*24*time.Hour {
		fault("within", "between 1h and 720h")
	}
	return faults
}

// bound is how many newcomers of one source may teach, beside so many people
// that the model knows already.
func (n *Newcomers) bound(people int64) int {
	return max(n.Least, int(math.Floor(n.Share*float64(max(people, 0)))))
}

// allSources is how many times the bound of one source all of them may bring.
const allSources = 2

// visitors is the source of people who come by themselves, without a key.
const visitors = "visitors"

// arrivals counts newcomers by source and hour. It lives in memory and is saved
// with the counters: a process that is killed forgets a few seconds.
type arrivals struct {
	mu      sync.Mutex
	sources map[string]*arrived
	dirty   bool
}

// arrived is what one source brought.
type arrived struct {
	Hours   []hourOf `json:"hours"` // oldest first
	alerted time.Time
}

type hourOf struct {
	Hour   int64 `json:"hour"` // since 1970
	People int   `json:"people"`
}

func (a *arrived) since(hour int64) (people int) {
	for len(a.Hours) > 0 && a.Hours[0].Hour <= hour {
		a.Hours = a.Hours[1:]
	}
	for _, h := range a.Hours {
		people += h.People
	}
	return people
}

func (a *arrived) one(hour int64) {
	late := 0 // counted by a clock that stood ahead: they had come by now
	for n := len(a.Hours); n > 0 && a.Hours[n-1].Hour > hour; n = len(a.Hours) {
		late += a.Hours[n-1].People
		a.Hours = a.Hours[:n-1]
	}
	a.add(hour, late+1)
}

func (a *arrived) add(hour int64, people int) {
	if n := len(a.Hours); n > 0 && a.Hours[n-1].Hour == hour {
		a.Hours[n-1].People += people
		return
	}
	a.Hours = append(a.Hours, hourOf{Hour: hour, People: people})
}

// count counts one newcomer of a source, and says how many it and all have
// brought within the time, and whether that is to be told.
func (a *arrivals) count(source string, bound int, within time.Duration, now time.Time) (held, tell bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	hour := now.Unix() / 3600
	over := hour - int64(math.Ceil(within.Hours()))
	if a.sources == nil {
		a.sources = map[string]*arrived{}
	}
	if a.sources[source] == nil {
		a.sources[source] = &arrived{}
	}
	all := 0
	for name, s := range a.sources {
		n := s.since(over)
		if n == 0 && name != source {
			delete(a.sources, name)
		}
		all += n
	}
	s := a.sources[source]
	own := s.since(over)
	s.one(hour)
	a.dirty = true
	if own < bound && all < allSources*bound {
		return false, false
	}
	if tell = s.alerted.IsZero() || passed(s.alerted, now, time.Hour); tell {
		s.alerted = now
	}
	return true, tell
}

// sourceOf is who brings the people that are made with a context: a key, or
// visitors by themselves. What is done at the machine itself is no source.
func sourceOf(ctx context.Context) string {
	a := tactful.ActorOf(ctx)
	switch {
	case a.Key != "":
		return a.Key
	case a.Kind == tactful.ActorPerson:
		return visitors
	}
	return ""
}

// welcome makes the subject of an id that is nobody's yet. Where its source has
// brought too many lately, it is held from the model until somebody has looked.
func (e *Engine) welcome(ctx context.Context, a tactful.Alias, now time.Time) (tactful.Ref, error) {
	source, held := sourceOf(ctx), ""
	if source != "" {
		bound := e.newcomersBound()
		waits, tell := e.arrived.count(source, bound, e.cfg.Learn.Newcomers.Within, now)
		if waits {
			held = source
		}
		if tell {
			e.log.Error("unusually many new people came with one key, or with all: further ones are served and held from the model until somebody has looked",
				"key", source, "bound", bound, "within", e.cfg.Learn.Newcomers.Within, "remedy", "look at `tactful newcomers`; revoke the key, or release them")
		}
	}
	ref, made, err := e.records.CreateHeld(ctx, a, held, now)
	if err != nil {
		return tactful.Ref{}, err
	}
	return ref, e.bind(ctx, a, ref, made, now)
}

func (e *Engine) newcomersBound() int {
	people := int64(0)
	if card := e.card.Load(); card != nil {
		people = card.People
	}
	return e.cfg.Learn.Newcomers.bound(people)
}

// Source is one key, or visitors by themselves, with the newcomers it brought.
type Source struct {
	Key    string // id of the key, or "visitors"
	Name   string // of the key, "" where it is not known
	Lately int    // brought within Within
	Held   int    // of all it brought, who are held from the model
}

// Arrivals is who brings new people.
type Arrivals struct {
	Bound   int // newcomers of one source that may teach the model
	Within  time.Duration
	Sources []Source // the most held first
}

// Newcomers says who brings new people and how many of them are held. It looks
// at all standings.
func (e *Engine) Newcomers(ctx context.Context) (Arrivals, error) {
	if err := e.enter(); err != nil {
		return Arrivals{}, err
	}
	defer e.leave()
	now := e.clock.Now()
	held := map[string]int{}
	for shard := range surveyShards {
		err := e.records.ScanSubjects(ctx, shard, surveyShards, now, func(_ tactful.Ref, s *records.Standing) error {
			if s.Held != "" {
				held[s.Held]++
			}
			return ctx.Err()
		})
		if err != nil {
			return Arrivals{}, fmt.Errorf("look for newcomers: %w", err)
		}
	}
	out := Arrivals{Bound: e.newcomersBound(), Within: e.cfg.Learn.Newcomers.Within}
	over := now.Unix()/3600 - int64(math.Ceil(out.Within.Hours()))
	e.arrived.mu.Lock()
	for name, s := range e.arrived.sources {
		if n := s.since(over); n > 0 || held[name] > 0 {
			out.Sources = append(out.Sources, Source{Key: name, Lately: n, Held: held[name]})
			delete(held, name)
		}
	}
	e.arrived.mu.Unlock()
	for name, n := range held {
		out.Sources = append(out.Sources, Source{Key: name, Held: n})
	}
	for i := range out.Sources {
		if key, err := e.access.Find(out.Sources[i].Key); err == nil {
			out.Sources[i].Name = key.Name
		}
	}
	slices.SortFunc(out.Sources, func(a, b Source) int {
		if a.Held != b.Held {
			return b.Held - a.Held
		}
		if a.Lately != b.Lately {
			return b.Lately - a.Lately
		}
		return slices.Compare([]byte(a.Key), []byte(b.Key))
	})
	return out, nil
}

// ReleaseNewcomers lets the model learn from those who were held because of a
// source, from the next fit on, and counts that source anew. It says how many.
func (e *Engine) ReleaseNewcomers(ctx context.Context, source string) (int, error) {
	if err := e.enter(); err != nil {
		return 0, err
	}
	defer e.leave()
	actor := tactful.ActorOf(ctx)
	if actor.Kind != tactful.ActorOperator {
		return 0, &tactful.Error{Kind: tactful.Refused, Detail: "Newcomers are released by an operator only.", Remedy: "Use a key of the scope admin."}
	}
	now := e.clock.Now()
	released := 0
	for shard := range surveyShards {
		var refs []tactful.Ref
		err := e.records.ScanSubjects(ctx, shard, surveyShards, now, func(ref tactful.Ref, s *records.Standing) error {
			if s.Held == source && source != "" {
				refs = append(refs, ref)
			}
			return ctx.Err()
		})
		if err != nil {
			return released, fmt.Errorf("release newcomers: %w", err)
		}
		for _, ref := range refs {
			free, err := e.releaseOne(ctx, ref, now)
			if err != nil {
				return released, fmt.Errorf("release newcomers: %w", err)
			}
			if free {
				released++
			}
		}
	}
	e.arrived.mu.Lock()
	_, known := e.arrived.sources[source]
	delete(e.arrived.sources, source)
	e.arrived.dirty = true
	e.arrived.mu.Unlock()
	if released == 0 && !known {
		return 0, &tactful.Error{Kind: tactful.NotFound, Field: "key", Detail: "nobody is held because of it", Remedy: "`tactful newcomers` lists the sources with their ids"}
	}
	err := e.appendChange(ctx, func(map[string]settingInForce) (*ConfigChange, map[string]settingInForce) {
		return &ConfigChange{Time: now, By: strings.TrimSuffix(actor.Name+", key "+actor.Key, ", key "), What: ChangeReleased,
			Changed: []SettingChange{{Setting: "people brought by " + source, To: strconv.Itoa(released)}}}, nil
	})
	if err != nil {
		return released, fmt.Errorf("release newcomers: %w", err)
	}
	e.log.Warn("newcomers were released: the model learns from them", "key", source, "people", released, "by", actor.Key)
	return released, nil
}

func (e *Engine) releaseOne(ctx context.Context, ref tactful.Ref, now time.Time) (bool, error) {
	for range writeTries {
		standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
		if err != nil {
			return false, err
		}
		if standings[0] == nil || standings[0].Held == "" {
			return false, nil // erased, or released, in between
		}
		free := *standings[0]
		free.Held = ""
		_, err = e.records.WriteStanding(ctx, ref, free.Version, free, nil, now)
		if tactful.KindOf(err) == tactful.Conflict {
			continue
		}
		if err != nil {
			return false, err
		}
		e.school.note(1)
		return true, nil
	}
	return false, tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}

// The row that keeps the counts of newcomers over a start.
var (
	newcomersPartition = store.Partition{Section: store.Duties, ID: [16]byte{'n', 'e', 'w', 'c', 'o', 'm', 'e', 'r', 's'}}
	newcomersKey       = []byte("hours")
)

func (e *Engine) loadArrivals(ctx context.Context) error {
	answers, err := e.data.Read(ctx, []store.Query{{Partition: newcomersPartition, Family: store.State, Now: e.clock.Now()}})
	if err != nil {
		return fmt.Errorf("read the counts of newcomers: %w", err)
	}
	for _, row := range answers[0].Rows {
		plain, err := e.vault.Tenant().Open(nil, newcomersPartition, store.State, row.Key, row.Value)
		if err == nil {
			err = json.Unmarshal(plain, &e.arrived.sources)
		}
		if err != nil {
			return fmt.Errorf("read the counts of newcomers: %w", err)
		}
	}
	return nil
}

// saveArrivals writes the counts if they have changed; what could not be
// written comes with the next save.
func (e *Engine) saveArrivals(ctx context.Context) (err error) {
	a := &e.arrived
	a.mu.Lock()
	due := a.dirty
	plain, err := json.Marshal(a.sources)
	a.dirty = false
	a.mu.Unlock()
	if err != nil || !due {
		return err
	}
	defer func() {
		if err != nil {
			a.mu.Lock()
			a.dirty = true
			a.mu.Unlock()
		}
	}()
	answers, err := e.data.Read(ctx, []store.Query{{Partition: newcomersPartition, Family: store.State, Limit: 1, Now: e.clock.Now()}})
	if err != nil {
		return fmt.Errorf("write the counts of newcomers: %w", err)
	}
	results, err := e.data.Write(ctx, []store.Batch{{Partition: newcomersPartition, Expect: answers[0].Version,
		State: []store.Row{{Key: newcomersKey, Value: e.vault.Tenant().Seal(nil, newcomersPartition, store.State, newcomersKey, plain)}}}})
	if err == nil {
		err = results[0].Err
	}
	if err != nil && !errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("write the counts of newcomers: %w", err)
	}
	return err
}
