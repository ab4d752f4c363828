// Package evidence turns a person's stored events and the items of the request
// into the pieces that a decision may rest on. It is pure.
package evidence

import (
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Stored is one event as it was read, with its item's number in the catalogue.
type Stored struct {
	Key   decision.EventKey
	Event *tactful.Event
	No    tactful.ItemNo // 0: never listed; passed over
}

// Lookup finds listed items. *catalog.Snapshot provides it.
type Lookup interface {
	ByNo(no tactful.ItemNo) *tactful.Item
}

// Input is everything Gather may know.
type Input struct {
	Permit    decision.Permit
	Placement tactful.Placement
	Stored    []Stored                            // newest first
	Settings  map[tactful.ItemNo]decision.Setting // what the person said about items
	Page      []tactful.ItemNo                    // the request's items, newest first; 0s are passed over
	Items     Lookup                              // fills Piece.Listed
	Now       time.Time
}

// Gather returns one piece per item and origin, newest first.
func Gather(rules *Rules, in *Input) decision.Evidence { return decision.Evidence{} }

// Rules say what counts how much, and for how long.
type Rules struct {
	Weights   Weights       `yaml:"weights"`
	HalfLife  time.Duration `yaml:"half_life"`
	Stale     Ages          `yaml:"stale"`
	MaxPieces int           `yaml:"max_pieces"`
}

// Weights are what one piece adds, by action.
type Weights struct {
	Viewed, Added, Saved, Clicked, Purchased, Removed, Returned, Declined, Dismissed, Page float64
}

// Ages are how long an action counts.
type Ages struct {
	Viewed, Added, Saved, Clicked, Purchased, Refused time.Duration
}

// Defaults fills what is not set.
func (r *Rules) Defaults() {}

// Validate names all faults.
func (r *Rules) Validate() error { return nil }

// StaleTable returns the age limits by action, for guard.Settings.
func (r *Rules) StaleTable() [tactful.Actions]time.Duration { return [tactful.Actions]time.Duration{} }
