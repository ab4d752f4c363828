package evidence

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tactful/tactful"
)

// Rules say what counts how much, and for how long.
type Rules struct {
	Weights   Weights       `yaml:"weights" doc:"What one piece of evidence adds to a score, by action."`
	HalfLife  time.Duration `yaml:"half_life" doc:"After this time a piece of history counts half; measured in whole days."`
	Stale     Ages          `yaml:"stale" doc:"How long an action counts at all, by action."`
	MaxPieces int           `yaml:"max_pieces" doc:"How many of the newest pieces may count; older ones only keep items out."`
}

// Weights are what one piece adds, by action. Negative weights speak against
// similar items; 0 counts nothing.
type Weights struct {
	Viewed    float64 `yaml:"viewed" doc:"Looked at."`
	Added     float64 `yaml:"added" doc:"Put into the basket."`
	Saved     float64 `yaml:"saved" doc:"Put on the wish list."`
	Clicked   float64 `yaml:"clicked" doc:"Followed a suggestion."`
	Purchased float64 `yaml:"purchased" doc:"Bought."`
	Removed   float64 `yaml:"removed" doc:"Taken out of the basket."`
	Returned  float64 `yaml:"returned" doc:"Bought and sent back."`
	Declined  float64 `yaml:"declined" doc:"Refused at delivery or as an offer."`
	Dismissed float64 `yaml:"dismissed" doc:"A suggestion sent away."`
	Page      float64 `yaml:"page" doc:"An item of the request: the page, the basket or the session."`
}

// Ages are how long an action counts. What people look at changes faster than
// what they own.
type Ages struct {
	Viewed    time.Duration `yaml:"viewed" doc:"Looked at."`
	Added     time.Duration `yaml:"added" doc:"Put into the basket or taken out of it."`
	Saved     time.Duration `yaml:"saved" doc:"Put on the wish list."`
	Clicked   time.Duration `yaml:"clicked" doc:"Followed a suggestion."`
	Purchased time.Duration `yaml:"purchased" doc:"Bought, sent back or refused."`
	Dismissed time.Duration `yaml:"dismissed" doc:"A suggestion sent away."`
}

const day = 24 * time.Hour

// Defaults fills what is not set. Weights are filled only if none is set, so
// that an operator's 0 stays 0.
func (r *Rules) Defaults() {
	if r.Weights == (Weights{}) {
		r.Weights = Weights{Viewed: 0.3, Added: 0.6, Saved: 0.6, Clicked: 0.4, Purchased: 1, Dismissed: -0.2, Page: 1}
	}
	fill := func(at *time.Duration, otherwise time.Duration) {
		if *at == 0 {
			*at = otherwise
		}
	}
	fill(&r.HalfLife, 180*day)
	fill(&r.Stale.Viewed, 90*day)
	fill(&r.Stale.Added, 90*day)
	fill(&r.Stale.Saved, 365*day)
	fill(&r.Stale.Clicked, 90*day)
	fill(&r.Stale.Purchased, 730*day)
	fill(&r.Stale.Dismissed, 365*day)
	if r.MaxPieces == 0 {
		r.MaxPieces = 100
	}
}

// Validate names all faults.
func (r *Rules) Validate() error {
	var faults []error
	fault := func(field, detail, remedy string) {
		faults = append(faults, tactful.InvalidField(field, detail, remedy))
	}
	w := &r.Weights
	for _, f := range []struct {
		name     string
		value    float64
		mayCount bool
	}{
		{"viewed", w.Viewed, true}, {"added", w.Added, true}, {"saved", w.Saved, true}, {"clicked", w.Clicked, true},
		{"purchased", w.Purchased, true}, {"page", w.Page, true},
		{"removed", w.Removed, false}, {"returned", w.Returned, false}, {"declined", w.Declined, false}, {"dismissed", w.Dismissed, false},
	} {
		switch {
		case math.IsNaN(f.value) || math.Abs(f.value) > 10:
			fault("weights."+f.name, "is out of range", "set a number from -10 to 10")
		case f.mayCount && f.value < 0:
			fault("weights."+f.name, "is below zero", "set 0 or more")
		case !f.mayCount && f.value > 0:
			fault("weights."+f.name, "is above zero", "what somebody refused must not speak for more of it: set 0 or less")
		}
	}
	const most = 10 * 366 * day
	for _, f := range []struct {
		name  string
		value time.Duration
	}{
		{"half_life", r.HalfLife}, {"stale.viewed", r.Stale.Viewed}, {"stale.added", r.Stale.Added}, {"stale.saved", r.Stale.Saved},
		{"stale.clicked", r.Stale.Clicked}, {"stale.purchased", r.Stale.Purchased}, {"stale.dismissed", r.Stale.Dismissed},
	} {
		if f.value < day || f.value > most {
			fault(f.name, "is out of range", "set a time from one day to ten years")
		}
	}
	if r.MaxPieces < 1 || r.MaxPieces > 1000 {
		fault("max_pieces", fmt.Sprintf("is %d", r.MaxPieces), "set 1 to 1000")
	}
	return errors.Join(faults...)
}

// WeightTable returns what one piece adds on its first day, by action, for
// guard.Settings.
func (r *Rules) WeightTable() (table [tactful.Actions]float64) {
	for action := range tactful.Actions {
		table[action] = r.Weights.of(tactful.Action(action))
	}
	return table
}

// StaleTable returns the age limits by action, for guard.Settings: the fresh
// guard checks by itself that nothing older was used.
func (r *Rules) StaleTable() [tactful.Actions]time.Duration {
	return [tactful.Actions]time.Duration{
		tactful.Viewed:    r.Stale.Viewed,
		tactful.Added:     r.Stale.Added,
		tactful.Removed:   r.Stale.Added,
		tactful.Saved:     r.Stale.Saved,
		tactful.Clicked:   r.Stale.Clicked,
		tactful.Purchased: r.Stale.Purchased,
		tactful.Returned:  r.Stale.Purchased,
		tactful.Declined:  r.Stale.Purchased,
		tactful.Dismissed: r.Stale.Dismissed,
	}
}

// weight returns what an action adds.
func (w *Weights) of(action tactful.Action) float64 {
	switch action {
	case tactful.Viewed:
		return w.Viewed
	case tactful.Added:
		return w.Added
	case tactful.Saved:
		return w.Saved
	case tactful.Clicked:
		return w.Clicked
	case tactful.Purchased:
		return w.Purchased
	case tactful.Removed:
		return w.Removed
	case tactful.Returned:
		return w.Returned
	case tactful.Declined:
		return w.Declined
	case tactful.Dismissed:
		return w.Dismissed
	case tactful.ActionUnknown, tactful.Searched:
		return 0
	}
	return 0
}
