package linear

import (
	"math"
	"slices"
	"time"

	"github.com/tactful/tactful"
)

// Parameters is the immutable row that turns events into contributions. A
// change of any field is a new row with a new ID: contributions of different
// rows are never added into the same sums. Everything is an integer, so that
// the same events give the same contribution on every machine.
type Parameters struct {
	ID         uint32
	Scale      int64                  // what a person weight of 1 is written as; a power of two
	Unit       int64                  // what a quantity of 1 is written as; a power of two
	UserWeight []int64                // [n] is the weight of a person with n items; the last one serves all above
	Quantities [tactful.Actions]int64 // what one event of each action adds to its item, in Units
	Cap        int64                  // the most that one item may amount to for one person, in Units
	MaxItems   int                    // newest items of one person that count
	Landmark   int64                  // day (since 1970-01-01) whose events count 1; 0 with HalfLife 0
	HalfLife   int32                  // days after which an event counts half in the sums; 0: no decay
	Growth     []int64                // [d] is the factor d days after Landmark, in growthUnits; empty without decay
}

// Fixed-point sizes. With them the diagonal of 16 million people at full weight
// and 64-fold growth stays inside int64; Gram.Add refuses what would not.
const (
	defaultScale    = 1 << 20
	defaultUnit     = 1 << 6
	growthUnit      = 1 << 16
	MaxGrowthLives  = 6 // half-lives after Landmark at which a new Parameters row is due
	defaultMaxItems = 1000
)

// NewParameters makes a row: a person with n items weighs n^-exponent, events
// count alike unless quantities are set afterwards, nothing decays.
func NewParameters(id uint32, exponent float64) *Parameters {
	p := &Parameters{ID: id, Scale: defaultScale, Unit: defaultUnit, MaxItems: defaultMaxItems, Cap: 2 * defaultUnit}
	p.UserWeight = make([]int64, defaultMaxItems+1)
	for n := 1; n < len(p.UserWeight); n++ {
		p.UserWeight[n] = int64(math.Round(float64(p.Scale) * math.Pow(float64(n), -exponent)))
	}
	p.Quantities = DefaultQuantities(p.Unit)
	return p
}

// DefaultQuantities says what one event of each action adds: owning says more
// than looking. Taking out of the basket takes away what putting in gave;
// sending back, declining and dismissing speak against the item.
func DefaultQuantities(unit int64) (q [tactful.Actions]int64) {
	q[tactful.Viewed] = unit / 4
	q[tactful.Clicked] = unit / 4
	q[tactful.Added] = unit / 2
	q[tactful.Removed] = -unit / 2
	q[tactful.Saved] = unit / 2
	q[tactful.Purchased] = unit
	q[tactful.Returned] = -unit / 2
	q[tactful.Declined] = -unit / 4
	q[tactful.Dismissed] = -unit / 2
	return q
}

// WithDecay returns a copy that halves an event's part in the sums every
// halfLife days. Decay runs forwards: newer events count more than those of the
// landmark day, and no stored weight ever changes by itself. (Cormode, Shkapenyuk,
// Srivastava, Xu: Forward decay, ICDE 2009.)
func (p *Parameters) WithDecay(landmark time.Time, halfLife int32) *Parameters {
	q := *p
	q.Landmark, q.HalfLife = Day(landmark), halfLife
	q.Growth = make([]int64, int(halfLife)*MaxGrowthLives+1)
	for d := range q.Growth {
		// A cell is a product of two quantities, so each carries the square root.
		q.Growth[d] = int64(math.Round(growthUnit * math.Exp2(float64(d)/float64(2*halfLife))))
	}
	return &q
}

// Day counts days since 1970-01-01 in UTC.
func Day(t time.Time) int64 { return int64(math.Floor(float64(t.Unix()) / 86400)) }

// Decayed returns the quantity of an event of the given day.
func (p *Parameters) Decayed(quantity, day int64) int64 {
	if len(p.Growth) == 0 {
		return quantity
	}
	d := day - p.Landmark
	top := int64(len(p.Growth) - 1)
	switch {
	case d >= 0:
		return quantity * p.Growth[min(d, top)] / growthUnit
	case -d > top:
		return 0
	}
	return quantity * growthUnit / p.Growth[-d]
}

// One is the integer that stands for 1.0 in the sums on the given day.
func (p *Parameters) One(day int64) float64 { return float64(p.Scale) * p.Square(day) }

// Square is the integer that stands for 1.0 in the squares on the given day.
func (p *Parameters) Square(day int64) float64 {
	one := float64(p.Unit) * float64(p.Unit)
	if len(p.Growth) > 0 {
		one *= math.Exp2(float64(day-p.Landmark) / float64(p.HalfLife))
	}
	return one
}

// At returns the settings with their units set for the given day.
func (p *Parameters) At(day int64, s Settings) Settings {
	s.One, s.Square = p.One(day), p.Square(day)
	return s
}

// WeightOf returns the weight of a person with n items.
func (p *Parameters) WeightOf(n int) int64 {
	if n <= 0 {
		return 0
	}
	return p.UserWeight[min(n, len(p.UserWeight)-1)]
}

// Equal reports whether two rows make the same contributions.
func (p *Parameters) Equal(q *Parameters) bool {
	return p.ID == q.ID && p.Scale == q.Scale && p.Unit == q.Unit && slices.Equal(p.UserWeight, q.UserWeight) &&
		p.Quantities == q.Quantities && p.Cap == q.Cap && p.MaxItems == q.MaxItems &&
		p.Landmark == q.Landmark && p.HalfLife == q.HalfLife && slices.Equal(p.Growth, q.Growth)
}

// Validate names every fault of a row.
func (p *Parameters) Validate() error {
	switch {
	case p.Scale < 1 || p.Scale > MaxWeight || p.Scale&(p.Scale-1) != 0:
		return tactful.InvalidField("scale", "is not a power of two in range", "use NewParameters")
	case p.Unit < 1 || p.Unit > MaxQuantity || p.Unit&(p.Unit-1) != 0:
		return tactful.InvalidField("unit", "is not a power of two in range", "use NewParameters")
	case len(p.UserWeight) < 2 || slices.Min(p.UserWeight) < 0 || slices.Max(p.UserWeight) > MaxWeight:
		return tactful.InvalidField("userWeight", "is empty or out of range", "use NewParameters")
	case p.Cap < 1 || p.Cap > MaxQuantity>>4:
		return tactful.InvalidField("cap", "is out of range", "use a small multiple of unit")
	case p.MaxItems < 1 || p.MaxItems > MaxEntries:
		return tactful.InvalidField("maxItems", "is out of range", "use 1 to 4096")
	case p.HalfLife < 0 || (p.HalfLife == 0) != (len(p.Growth) == 0):
		return tactful.InvalidField("halfLife", "does not fit the growth table", "use WithDecay")
	}
	for _, q := range p.Quantities {
		if q > MaxQuantity>>4 || q < -(MaxQuantity>>4) {
			return tactful.InvalidField("quantities", "has a value out of range", "use small multiples of unit")
		}
	}
	return nil
}
