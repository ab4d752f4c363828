package noise

import (
	"math"

	"github.com/tactful/tactful"
)

// Selection decides which groups may be named at all. A group that holds one
// person tells by its name that somebody is in it, whatever noise is on the
// count. Two doors: Pre, the number of distinct people below which nothing is
// drawn at all; and above it a noised count that must pass a threshold, set so
// that the first of the Pre-th person's neighbours passes with chance delta at
// most (Wilson et al. 2020; Google, pre_thresholding.md).
type Selection struct {
	Pre       uint64
	Scale     Ratio // of the Laplace noise on the number of people
	Threshold int64
}

// NewSelection makes the doors for people who are each in at most perPerson
// groups, with epsilon for all of them together.
func NewSelection(epsilon Ratio, delta float64, perPerson, pre uint64) (Selection, error) {
	switch {
	case !epsilon.valid() || epsilon.Num > 1<<20 || epsilon.Den > 1<<20:
		return Selection{}, tactful.InvalidField("epsilon", "is not a small positive ratio", "give for example 1 or 1/2")
	case !(delta > 0 && delta <= 1e-3):
		return Selection{}, tactful.InvalidField("delta", "is not between 0 and .001", "give a chance well below one in the number of people")
	case perPerson < 1 || perPerson > 1<<16:
		return Selection{}, tactful.InvalidField("per_person", "is not from 1 to 65536", "bound how many groups one person counts in")
	case pre < 1 || pre > 1<<32:
		return Selection{}, tactful.InvalidField("pre", "is not 1 or more", "say how many distinct people a group needs")
	}
	s := Selection{Pre: pre, Scale: Ratio{perPerson * epsilon.Den, epsilon.Num}}
	// P(X >= x) of the discrete Laplace with q = exp(-1/scale), x > 0: q^x/(1+q).
	each := -math.Expm1(math.Log1p(-delta) / float64(perPerson)) // of each group, so that all together make delta
	inverse := 1 / s.Scale.Float()
	x := math.Ceil((-math.Log(each) - math.Log1p(math.Exp(-inverse))) / inverse * (1 + 1e-12))
	if x > 1<<52 {
		return Selection{}, tactful.InvalidField("epsilon", "is too small to name any group", "give more, or fewer groups a person")
	}
	s.Threshold = int64(pre) + max(1, int64(x))
	return s, nil
}

// Pass reports whether a group of so many distinct people may be named.
func (s *Source) Pass(sel Selection, people uint64) (bool, error) {
	if sel.Pre == 0 || sel.Threshold <= 0 {
		return false, tactful.InvalidField("selection", "is not set", "make it with NewSelection")
	}
	if people < sel.Pre {
		return false, nil
	}
	x, err := s.Laplace(sel.Scale)
	if err != nil {
		return false, err
	}
	return people <= math.MaxInt32 && int64(people)+x >= sel.Threshold || people > math.MaxInt32, nil
}

// Sample keeps at most n of m things, each set of n equally likely, whatever the
// things are worth: which of a person's contributions count must not depend on
// their values. It returns ascending indices.
func (s *Source) Sample(m, n int) ([]int, error) {
	if m < 0 || n < 0 {
		return nil, tactful.InvalidField("n", "is negative", "give numbers from 0")
	}
	kept := make([]int, 0, min(m, n))
	for i := range m { // selection sampling: Knuth, TAOCP 2, 3.4.2, algorithm S
		if left := n - len(kept); left > 0 && s.below(uint64(m-i)) < uint64(left) {
			kept = append(kept, i)
		}
	}
	return kept, s.err
}
