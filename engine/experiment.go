package engine

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/coercion"
	"github.com/tactful/tactful/internal/experiment"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/store"
)

// Experiments sets up tests of variants.
type Experiments struct {
	Look time.Duration `yaml:"look" doc:"how often running experiments are looked at; harm stops one at the look after it"`
	Keep time.Duration `yaml:"keep" doc:"how long it is kept which variant a person got, and that they left a test; no test may last longer"`

	Alert string `yaml:"alert" doc:"https address that a signed call tells when harm stopped an experiment (see outbound for addresses inside); '' for the log, /metrics and the doctor only"`
}

// Defaults fills what is not set.
func (x *Experiments) Defaults() {
	set(&x.Look, 10*time.Minute)
	set(&x.Keep, 180*24*time.Hour)
}

// Validate returns all faults.
func (x *Experiments) Validate() (faults []error) {
	between := func(field string, value, low, high float64) {
		if !(value >= low && value <= high) {
			faults = append(faults, tactful.InvalidField("engine.experiments."+field, "is out of range", fmt.Sprintf("between %g and %g", low, high)))
		}
	}
	between("look (minutes)", x.Look.Minutes(), 1./60, 24*60)
	between("keep (hours)", x.Keep.Hours(), 24, 24*365*3)
	if err := x.alertFault(); err != nil {
		faults = append(faults, err)
	}
	return faults
}

// lab is the flags and experiments of an engine. What is here is about nobody.
type lab struct {
	key    []byte // of assignment
	bench  sync.Mutex
	stands store.Version // of the rows; guarded by bench, as is every change
	now    atomic.Pointer[tests]

	watch   sync.Mutex
	waiting map[chan struct{}]struct{} // who is told when flags change
}

// tests is one state of the lab; it is never changed.
type tests struct {
	version store.Version
	flags   map[string]*ServedFlag
	trials  map[string]*experiment.Trial
	running map[string]*experiment.Trial // by flag
	byTest  map[records.TestID]*experiment.Trial
}

// ServedFlag is a flag with who put it there.
type ServedFlag struct {
	experiment.Flag
	Put experiment.Signed `json:"put"`
}

// Limits of the lab.
const (
	maxFlags  = 500
	maxTrials = 1000
)

// openLab reads flags and experiments. From a copy of the data that was put back
// none goes on: it may have been stopped since, because it did harm.
func (e *Engine) openLab(ctx context.Context, restored bool) (err error) {
	if e.lab.key, err = e.vault.TestingKey(); err != nil {
		return fmt.Errorf("open the experiments: %w", err)
	}
	e.lab.waiting = map[chan struct{}]struct{}{}
	e.lab.bench.Lock()
	err = e.reloadLab(ctx)
	e.lab.bench.Unlock()
	if err != nil || !restored {
		return err
	}
	return e.amendLab(ctx, func(now *tests) (_ []*ServedFlag, ended []*experiment.Trial, _ error) {
		for _, running := range now.running {
			t := *running
			t.State, t.Stopped = experiment.Ended, experiment.Signed{By: "the engine", Why: "a copy of the data was put back", Time: e.clock.Now().UTC()}
			e.log.Warn("an experiment was ended, since a copy of the data was put back: it may have been stopped since", "experiment", t.Registration.Name)
			ended = append(ended, &t)
		}
		return nil, ended, nil
	})
}

// reloadLab reads the rows; the bench is held.
func (e *Engine) reloadLab(ctx context.Context) error {
	rows, version, err := e.records.ReadTrials(ctx)
	if err != nil {
		return err
	}
	next := &tests{flags: map[string]*ServedFlag{}, trials: map[string]*experiment.Trial{}}
	for _, row := range rows {
		if row.Flag {
			f := &ServedFlag{}
			if err := json.Unmarshal(row.Body, f); err != nil {
				return fmt.Errorf("read a flag: %w", err)
			}
			next.flags[row.Name] = f
			continue
		}
		t, err := experiment.DecodeTrial(row.Body)
		if err != nil {
			return err
		}
		next.trials[row.Name] = t
	}
	e.lab.stands, next.version = version, version
	e.lab.now.Store(next.indexed())
	return nil
}

// FlagsVersion is a word that changes whenever flags or experiments do.
func (e *Engine) FlagsVersion() string {
	return strconv.FormatUint(uint64(e.lab.now.Load().version), 10)
}

// FlagsChannel is the word with which pages may wait for changes of flags. What is
// told on it is about nobody: it keeps out who never asked with a key.
func (e *Engine) FlagsChannel() string {
	h := hmac.New(sha256.New, e.lab.key)
	h.Write([]byte("channel of flags"))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (t *tests) indexed() *tests {
	t.running, t.byTest = map[string]*experiment.Trial{}, map[records.TestID]*experiment.Trial{}
	for _, trial := range t.trials {
		t.byTest[testID(trial)] = trial
		if trial.State == experiment.Running {
			t.running[trial.Flag.Key] = trial
		}
	}
	return t
}

func testID(t *experiment.Trial) (id records.TestID) {
	sum, err := hex.DecodeString(t.Lock)
	if err == nil {
		copy(id[:], sum)
	}
	return id
}

// amendLab writes changed flags and trials, and serves them. change gets copies
// that it may change; the bench is held, and rows that somebody else wrote are
// read again.
func (e *Engine) amendLab(ctx context.Context, change func(now *tests) (flags []*ServedFlag, trials []*experiment.Trial, err error)) error {
	e.lab.bench.Lock()
	defer e.lab.bench.Unlock()
	for range writeTries {
		now := e.lab.now.Load()
		flags, trials, err := change(now)
		if err != nil || len(flags)+len(trials) == 0 {
			return err
		}
		var rows []records.StoredTrial
		next := &tests{flags: map[string]*ServedFlag{}, trials: map[string]*experiment.Trial{}}
		for key, f := range now.flags {
			next.flags[key] = f
		}
		for name, t := range now.trials {
			next.trials[name] = t
		}
		for _, f := range flags {
			body, err := json.Marshal(f)
			if err != nil {
				return fmt.Errorf("write a flag: %w", err)
			}
			rows, next.flags[f.Key] = append(rows, records.StoredTrial{Flag: true, Name: f.Key, Body: body}), f
		}
		for _, t := range trials {
			body, err := t.Encode()
			if err != nil {
				return err
			}
			rows, next.trials[t.Registration.Name] = append(rows, records.StoredTrial{Name: t.Registration.Name, Body: body}), t
		}
		version, err := e.records.WriteTrials(ctx, e.lab.stands, rows)
		if tactful.KindOf(err) == tactful.Conflict {
			if err := e.reloadLab(ctx); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		e.lab.stands, next.version = version, version
		e.lab.now.Store(next.indexed())
		if serves(now, next) {
			e.lab.tell()
		}
		return nil
	}
	return tactful.Errorf(tactful.Conflict, "the experiments are changing too fast; try again")
}

// serves reports whether anybody may get another value than before: a flag or a
// state is another, or somebody left.
func serves(before, after *tests) bool {
	for key, f := range after.flags {
		if old := before.flags[key]; old != f {
			return true
		}
	}
	for name, t := range after.trials {
		if old := before.trials[name]; old == nil || old.State != t.State || !slices.Equal(old.Left, t.Left) {
			return true
		}
	}
	return false
}

// tell wakes those who wait for a change.
func (l *lab) tell() {
	l.watch.Lock()
	defer l.watch.Unlock()
	for c := range l.waiting {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// WatchFlags returns a channel that gets a word whenever flags or experiments
// change, and what ends it.
func (e *Engine) WatchFlags() (changed <-chan struct{}, end func()) {
	c := make(chan struct{}, 1)
	e.lab.watch.Lock()
	e.lab.waiting[c] = struct{}{}
	e.lab.watch.Unlock()
	return c, func() {
		e.lab.watch.Lock()
		delete(e.lab.waiting, c)
		e.lab.watch.Unlock()
	}
}

// experimentRules are what this engine judges with.
func (e *Engine) experimentRules() (*experiment.Rules, error) {
	reader, err := coercion.Default()
	if err != nil {
		return nil, err
	}
	calmer := e.cfg.Language
	if !coercion.Knows(calmer) { // most values are words of a program: what is a sentence tells its language itself
		calmer = ""
	}
	r := &experiment.Rules{Read: func(text string) coercion.Finding { return reader.Read(text, calmer, nil) }}
	for _, class := range e.labeller.Taxonomy().Classes() {
		if class.Kind == label.Sensitive {
			r.Sensitive = append(r.Sensitive, class.Name)
		}
	}
	return r, nil
}
