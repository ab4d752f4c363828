package learn

import (
	"context"
	"fmt"
	"sync"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/model"
)

// Learner holds the sums and the last fit in memory. It is a cache of whoever
// fits the model: after a start it is rebuilt from the stored contributions
// with Apply(nil, c) for each person. Apply may be called at any time, also
// while a fit runs; fits run one at a time.
type Learner struct {
	parameters *linear.Parameters
	settings   linear.Settings

	fitting sync.Mutex // guards gram and fit
	gram    *linear.Gram
	fit     *linear.Columns
	panels  []*linear.Panel

	levelled *Members // see ProtectMembers; nil: no lists are levelled

	queueing sync.Mutex // guards queue
	queue    []change
}

type change struct{ old, new *linear.Contribution }

// Result is a fitted model and what it cost.
type Result struct {
	Model   *model.Model
	Columns int // solved in this fit; the others were taken over unchanged
}

// New makes an empty learner. The units of the settings are set from the parameters.
func New(p *linear.Parameters, s linear.Settings) (*Learner, error) {
	s = p.At(p.Landmark, s)
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return &Learner{parameters: p, settings: s, gram: linear.NewGram(p.ID)}, nil
}

// Parameters returns the row that contributions must be made under.
func (l *Learner) Parameters() *linear.Parameters { return l.parameters }

// Apply replaces one person's contribution: old is what was applied before (nil
// for nothing), new is what counts from now on (nil to forget the person). The
// change counts from the next fit. It refuses a contribution of another epoch
// or out of bounds, and then changes nothing.
func (l *Learner) Apply(old, new *linear.Contribution) error {
	for _, c := range []*linear.Contribution{old, new} {
		if c.Empty() {
			continue
		}
		if c.Epoch != l.parameters.ID {
			return tactful.Errorf(tactful.Conflict, "the contribution was made under other parameters; make it again from the events")
		}
		if err := c.Validate(); err != nil {
			return err
		}
	}
	if old.Equal(new) {
		return nil
	}
	l.queueing.Lock()
	defer l.queueing.Unlock()
	l.queue = append(l.queue, change{old, new})
	return nil
}

// Waiting returns how many changes the last fit does not know.
func (l *Learner) Waiting() int {
	l.queueing.Lock()
	defer l.queueing.Unlock()
	return len(l.queue)
}

// Fit solves every column, as of the given day (since 1970-01-01; it matters
// only when events decay).
func (l *Learner) Fit(ctx context.Context, day int64, progress linear.Progress) (Result, error) {
	l.fitting.Lock()
	defer l.fitting.Unlock()
	return l.fitAll(ctx, day, progress)
}

// Refit solves only the columns that changes since the last fit have touched.
// The model equals that of a full fit bit for bit. Without a fit before it
// solves every column.
func (l *Learner) Refit(ctx context.Context, day int64, progress linear.Progress) (Result, error) {
	l.fitting.Lock()
	defer l.fitting.Unlock()
	if l.fit == nil {
		return l.fitAll(ctx, day, progress)
	}
	if err := l.flush(); err != nil {
		return Result{}, err
	}
	fit, touched, err := linear.FitTouched(ctx, l.gram, l.fit, progress)
	if err != nil {
		return Result{}, fmt.Errorf("fit the touched items: %w", err)
	}
	return l.keep(ctx, fit, len(touched))
}

// Protect sets the panels whose attributes the scores must not tell, and makes
// the next fit a full one: a panel reaches every column. The caller must not
// change a panel while a fit runs; nil protects nothing.
func (l *Learner) Protect(panels []*linear.Panel) {
	l.fitting.Lock()
	defer l.fitting.Unlock()
	l.panels, l.fit = panels, nil
	l.levelled = nil
}

func (l *Learner) fitAll(ctx context.Context, day int64, progress linear.Progress) (Result, error) {
	if err := l.flush(); err != nil {
		return Result{}, err
	}
	l.gram.Organise()
	fit, err := linear.FitBlind(ctx, l.gram, l.parameters.At(day, l.settings), l.panels, progress)
	if err != nil {
		return Result{}, fmt.Errorf("fit the model: %w", err)
	}
	return l.keep(ctx, fit, len(l.gram.Items()))
}

func (l *Learner) keep(ctx context.Context, fit *linear.Columns, columns int) (Result, error) {
	served, err := l.level(ctx, fit)
	if err != nil {
		return Result{}, err
	}
	m, err := model.New(served)
	if err != nil {
		return Result{}, fmt.Errorf("write the model: %w", err)
	}
	l.fit = fit
	l.gram.ClearChanged()
	return Result{m, columns}, nil
}

// Settle takes what was applied into the sums now, so that it need not wait in
// memory for the next fit. It waits for a fit under way.
func (l *Learner) Settle() error {
	l.fitting.Lock()
	defer l.fitting.Unlock()
	return l.flush()
}

// flush takes the queued changes into the sums, in order. A change that does
// not fit them means that this cache and the stored contributions have parted:
// the caller rebuilds a fresh Learner.
func (l *Learner) flush() error {
	l.queueing.Lock()
	queue := l.queue
	l.queue = nil
	l.queueing.Unlock()
	for i, c := range queue {
		if err := l.replace(c); err != nil {
			l.queueing.Lock()
			l.queue = append(queue[i:len(queue):len(queue)], l.queue...)
			l.queueing.Unlock()
			return fmt.Errorf("take changes into the sums: %w", err)
		}
	}
	return nil
}

func (l *Learner) replace(c change) error {
	if err := l.gram.Subtract(c.old); err != nil {
		return err
	}
	if err := l.gram.Add(c.new); err != nil {
		if back := l.gram.Add(c.old); back != nil { // what was there a moment ago fits again
			return back
		}
		return err
	}
	return nil
}
