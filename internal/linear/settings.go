package linear

import "github.com/tactful/tactful"

// Settings are the operator's choices for a fit. The defaults are the middle of
// the flat region that published work and our own validation found; they are
// fitted to no data set. `tactful tune` finds better ones for a catalogue.
type Settings struct {
	K       int     // neighbours of each item
	Ridge   float64 // l, in people
	Dropout float64 // p in [0, 1): adds p/(1-p) of the item's squares, not weighed by person, to the ridge
	Rank    float64 // neighbours are ranked by G_ij / (G_ii + 1)^Rank; 0 favours the popular, 1 the rare
	Support uint32  // people that a pair needs before it can stand in the model; 0 and 1: no filter
	Explore float64 // a: weights times (people of the evidence / people of the suggestion)^a; lifts the long tail
	One     float64 // what 1.0 is written as in the sums: Parameters.One
	Square  float64 // what 1.0 is written as in the squares: Parameters.Square
}

// Bounds of Settings.
const (
	MaxK       = 1000
	MaxRidge   = 1e9
	MaxExplore = 1
)

// DefaultExponent is b: a person with n items weighs n^-b.
const DefaultExponent = 0.3

// DefaultSettings are used until somebody tunes.
func DefaultSettings() Settings {
	return Settings{K: 200, Ridge: 20, Dropout: 0.3, Rank: 0.5, Support: 1,
		One: defaultScale * defaultUnit * defaultUnit, Square: defaultUnit * defaultUnit}
}

// Validate names the first setting that is out of bounds.
func (s *Settings) Validate() error {
	within := func(v, lo, hi float64) bool { return v >= lo && v <= hi } // false for NaN
	switch {
	case s.K < 1 || s.K > MaxK:
		return tactful.InvalidField("k", "is out of bounds", "use 1 to 1000")
	case !within(s.Ridge, 1e-3, MaxRidge):
		return tactful.InvalidField("ridge", "is out of bounds", "use 0.001 or more")
	case !within(s.Dropout, 0, 0.99):
		return tactful.InvalidField("dropout", "is out of bounds", "use 0 to 0.99")
	case !within(s.Rank, 0, 2):
		return tactful.InvalidField("rank", "is out of bounds", "use 0 to 2")
	case !within(s.Explore, 0, MaxExplore):
		return tactful.InvalidField("explore", "is out of bounds", "use 0 to 1")
	case !within(s.One, 1, 1<<62) || !within(s.Square, 1, 1<<62):
		return tactful.InvalidField("one", "is out of bounds", "use Parameters.One")
	}
	return nil
}
