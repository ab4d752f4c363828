package evaluate

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
)

// TuneOptions says how Tune searches.
type TuneOptions struct {
	K       int           // neighbours; 0: chosen from the curve
	Share   float64       // of each person's training items held out; 0 is 0.1
	Seed    uint64        // of the cut
	Length  int           // of the lists; 0 is 20
	Support uint32        // people a pair needs
	Budget  time.Duration // no trial begins after it; 0: no limit
	Journal string        // file that remembers trials, so that a search can be resumed; "": none
	Told    func(Trial)   // hears every trial as it ends; nil is allowed
}

// Trial is one setting and what it gave on the validation set.
type Trial struct {
	ReportedWith
	Measures
	Resumed bool `json:"-"` // it was read from the journal
}

// Tuned is the outcome of a search.
type Tuned struct {
	Exponent float64
	Settings linear.Settings
	Chosen   Trial
	Trials   []Trial // in the order of the search
	Finished bool    // false: the budget ran out before the search did
}

// The values that the search tries. They span what published work uses; none is
// fitted to a data set.
var (
	tuneDropouts  = [...]float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}
	tuneExponents = [...]float64{0, 0.2, 0.3, 0.4, 0.5, 0.7}
	tuneRidges    = [...]float64{2, 5, 10, 20, 40, 80, 160}
	tuneRanks     = [...]float64{0.3, 0.5, 0.7}
	tuneSizes     = [...]int{100, 200, 400, 800}
)

const tuneSize = 100 // neighbours while the other settings are searched

// noise is the part of a standard error by which a value must beat another
// before the search moves: smaller gains are as likely luck as skill, and the
// default is the better bet. All trials share the same cut, so their difference
// is known better than each of them.
const noise = 0.25

// Tune chooses settings on a validation set cut from the training pairs; no
// test data comes near it. One setting after another is climbed from the
// default while the mean of recall and NDCG rises by more than noise, then the
// size is chosen, and at last the dropout is raised as far as the mean stays within one standard
// error of the best: of models that cannot be told apart, the most careful one
// (the one-standard-error rule of Breiman et al., 1984), which holds better when
// tomorrow differs from yesterday.
func Tune(ctx context.Context, clock tactful.Clock, train *Pairs, o TuneOptions) (*Tuned, error) {
	if o.Share == 0 {
		o.Share = 0.1
	}
	if o.Length == 0 {
		o.Length = 20
	}
	s := &search{ctx: ctx, clock: clock, options: o, done: map[ReportedWith]Trial{}}
	if o.Budget > 0 {
		s.until = clock.Now().Add(o.Budget)
	}
	s.rest, s.held = Split(train, o.Share, o.Seed)
	if s.held.Count() == 0 {
		return nil, tactful.Errorf(tactful.Invalid, "nobody has enough items to hold any out; gather more events first")
	}
	if err := s.resume(train); err != nil {
		return nil, err
	}
	defer s.close()
	best, err := s.run()
	if err != nil {
		return nil, err
	}
	t := &Tuned{Exponent: best.Exponent, Settings: best.settings(), Chosen: best, Trials: s.trials, Finished: !s.late}
	return t, nil
}

func (r ReportedWith) settings() linear.Settings {
	s := linear.DefaultSettings()
	s.K, s.Ridge, s.Dropout, s.Rank, s.Support, s.Explore = r.K, r.Ridge, r.Dropout, r.Rank, r.Support, r.Explore
	return s
}

type search struct {
	ctx     context.Context
	clock   tactful.Clock
	options TuneOptions
	until   time.Time
	late    bool
	rest    *Pairs
	held    *Pairs
	done    map[ReportedWith]Trial
	trials  []Trial
	journal *journal
}

func (s *search) run() (Trial, error) {
	start := reported(linear.DefaultExponent, linear.DefaultSettings())
	start.K, start.Support = tuneSize, s.options.Support
	if s.options.K > 0 {
		start.K = min(tuneSize, s.options.K)
	}
	best, err := s.try(start)
	if err != nil {
		return best, err
	}
	for range 2 { // the second round is cheap: what did not move is remembered
		for _, axis := range []struct {
			values []float64
			field  func(*ReportedWith) *float64
		}{
			{tuneDropouts[:], func(r *ReportedWith) *float64 { return &r.Dropout }},
			{tuneExponents[:], func(r *ReportedWith) *float64 { return &r.Exponent }},
			{tuneRidges[:], func(r *ReportedWith) *float64 { return &r.Ridge }},
			{tuneRanks[:], func(r *ReportedWith) *float64 { return &r.Rank }},
		} {
			if best, err = s.climb(best, axis.values, axis.field); err != nil {
				return best, err
			}
		}
	}
	if best, err = s.size(best); err != nil {
		return best, err
	}
	return s.careful(best)
}

// climb walks from best up and down one axis while the mean rises.
func (s *search) climb(best Trial, values []float64, field func(*ReportedWith) *float64) (Trial, error) {
	from := 0
	for i, v := range values {
		if v <= *field(&best.ReportedWith) {
			from = i
		}
	}
	for _, step := range []int{1, -1} {
		for i := from + step; i >= 0 && i < len(values); i += step {
			next := best.ReportedWith
			*field(&next) = values[i]
			t, err := s.try(next)
			if err != nil {
				return best, err
			}
			if s.late || t.Mean() <= best.Mean()+noise*best.Error {
				break
			}
			best = t
		}
		if *field(&best.ReportedWith) != values[from] {
			break // it rose upwards: downwards it falls
		}
	}
	return best, nil
}

// size climbs the curve of accuracy against neighbours while it rises by more
// than noise, or goes to the size that was asked for.
func (s *search) size(best Trial) (Trial, error) {
	sizes := tuneSizes[:]
	if s.options.K > 0 {
		sizes = []int{s.options.K}
	}
	for _, k := range sizes {
		next := best.ReportedWith
		next.K = k
		t, err := s.try(next)
		if err != nil || s.late {
			return best, err
		}
		if s.options.K == 0 && k > best.K && t.Mean() <= best.Mean()+noise*best.Error {
			break
		}
		best = t
	}
	return best, nil
}

func (s *search) careful(best Trial) (Trial, error) {
	chosen, start := best, best
	for _, p := range tuneDropouts {
		if p <= start.Dropout {
			continue
		}
		next := start.ReportedWith
		next.Dropout = p
		t, err := s.try(next)
		if err != nil || s.late {
			return chosen, err
		}
		if t.Mean() > best.Mean() {
			best = t
		}
		if t.Mean() < best.Mean()-best.Error {
			break
		}
		chosen = t
	}
	return chosen, nil
}

// try fits and measures one setting, or remembers what it gave. After the
// budget has run out it does nothing and sets late; the first try always runs.
func (s *search) try(r ReportedWith) (Trial, error) {
	if t, ok := s.done[r]; ok {
		if t.Resumed {
			t.Resumed = false
			s.done[r] = t
			t.Resumed = true
			s.tell(t)
		}
		return t, nil
	}
	if !s.until.IsZero() && len(s.trials) > 0 && !s.clock.Now().Before(s.until) {
		s.late = true
		return Trial{}, nil
	}
	m, err := FitPairs(s.ctx, s.rest, linear.NewParameters(1, r.Exponent), r.settings(), nil)
	if err != nil {
		return Trial{}, fmt.Errorf("tune: %w", err)
	}
	t := Trial{ReportedWith: r}
	if t.Measures, err = Measure(s.ctx, s.rest, s.held, s.options.Length, RankWith(m)); err != nil {
		return Trial{}, fmt.Errorf("tune: %w", err)
	}
	if err := s.journal.append(t); err != nil {
		return Trial{}, err
	}
	s.done[r] = t
	s.tell(t)
	return t, nil
}

func (s *search) tell(t Trial) {
	s.trials = append(s.trials, t)
	if s.options.Told != nil {
		s.options.Told(t)
	}
}
