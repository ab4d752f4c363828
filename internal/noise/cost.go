package noise

import (
	"math"

	"github.com/tactful/tactful"
)

// Cost is what releases tell about a person, in units of 10^-9 zCDP (Bun and
// Steinke 2016). Costs of releases add up; whole numbers, so that a ledger of
// them never drifts. Rounded up wherever it is made.
type Cost int64

// costUnit is one zCDP.
const costUnit = 1e9

// MaxCost is the largest cost that can be kept: more protects nobody.
const MaxCost = Cost(1000 * costUnit)

// Rho returns the cost as zCDP.
func (c Cost) Rho() float64 { return float64(c) / costUnit }

// costOf rounds up; what is no cost or too large becomes MaxCost.
func costOf(rho float64) Cost {
	units := math.Ceil(rho * costUnit * (1 + 1e-12))
	if !(units < float64(MaxCost)) {
		return MaxCost
	}
	return max(1, Cost(units))
}

// CostOfGaussian returns what Gaussian noise of this variance costs when one
// person changes the counts by at most sensitivity in the Euclidean norm, given
// squared: sensitivity²/(2·variance).
func CostOfGaussian(squaredSensitivity, variance Ratio) (Cost, error) {
	if !squaredSensitivity.valid() || !variance.valid() {
		return 0, tactful.InvalidField("variance", "is not a positive ratio", "give a positive sensitivity and a positive variance")
	}
	return costOf(squaredSensitivity.Float() / (2 * variance.Float())), nil
}

// CostOfPure returns what an epsilon-differentially private release costs:
// epsilon²/2.
func CostOfPure(epsilon Ratio) (Cost, error) {
	if !epsilon.valid() {
		return 0, tactful.InvalidField("epsilon", "is not a positive ratio", "give a positive epsilon")
	}
	return costOf(epsilon.Float() * epsilon.Float() / 2), nil
}

// VarianceFor returns the smallest variance, in steps of a thousandth, at which
// Gaussian noise on counts of the given squared sensitivity costs no more.
func VarianceFor(squaredSensitivity Ratio, budget Cost) (Ratio, error) {
	if !squaredSensitivity.valid() || budget <= 0 {
		return Ratio{}, tactful.InvalidField("budget", "is spent", "wait for the next period or ask a coarser question")
	}
	v := squaredSensitivity.Float() / (2 * budget.Rho()) * 1000
	if v > 1<<52 {
		return Ratio{}, tactful.InvalidField("budget", "is too small for any answer", "wait for the next period or ask a coarser question")
	}
	r := Ratio{uint64(math.Ceil(v)), 1000}
	for { // rounding may have cost a unit
		r.Num = max(1, r.Num)
		if c, err := CostOfGaussian(squaredSensitivity, r); err != nil || c <= budget {
			return r, err
		}
		r.Num++
	}
}

// Epsilon returns the least epsilon for which the cost is (epsilon, delta)-
// differentially private (Canonne, Kamath and Steinke 2020, proposition 7):
// delta = inf over a > 1 of exp((a-1)(a·rho - epsilon))/(a-1) · (1-1/a)^a.
func (c Cost) Epsilon(delta float64) float64 {
	if c <= 0 {
		return 0
	}
	if !(delta > 0 && delta < 1) {
		return math.Inf(1)
	}
	rho := c.Rho()
	// For a fixed a the least epsilon is explicit; the best a is found by thirds
	// of its logarithm, in which the bound has one valley.
	bound := func(log float64) float64 {
		a := 1 + math.Exp(log)
		return a*rho + (math.Log(1/delta)-math.Log(a-1)+a*math.Log1p(-1/a))/(a-1)
	}
	lo, hi := -20.0, 40.0
	for range 200 {
		third := (hi - lo) / 3
		if bound(lo+third) <= bound(hi-third) {
			hi -= third
		} else {
			lo += third
		}
	}
	return max(0, bound((lo+hi)/2))
}

// CostFor returns the largest cost whose Epsilon at delta is no more.
func CostFor(epsilon, delta float64) Cost {
	if !(epsilon > 0) || !(delta > 0 && delta < 1) {
		return 0
	}
	lo, hi := Cost(0), MaxCost
	for lo < hi {
		middle := lo + (hi-lo+1)/2
		if middle.Epsilon(delta) <= epsilon {
			lo = middle
		} else {
			hi = middle - 1
		}
	}
	return lo
}
