package guard

import (
	"fmt"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// detailFailed is the Detail of every verdict of a guard that failed.
const detailFailed = 255

// itemsKept is how many items a receipt names per guard.
const itemsKept = 5

// Rulings holds every guard's verdict on every candidate. The zero value is
// ready for Run and is used again between requests.
type Rulings struct {
	guards   []Guard
	verdicts []decision.Verdict // guard by guard
	overall  []decision.Ruling
	failures []Failure

	line, before []int    // see Arrange
	keys         []uint64 // see Judged
	place        []int32  // by candidate: its position + 1 in before, below zero once it is met again
}

// Failure is a guard that could not judge and so refused everything.
type Failure struct {
	Guard string
	Err   error // holds no subject data
}

// Run has every guard judge every candidate, also those that another guard has
// stopped: a receipt gives every reason. A guard that errs or panics refuses
// everything. Run itself fails only when there is no guard, since nothing
// unjudged may leave.
func Run(guards []Guard, c *decision.Case, candidates []decision.Candidate, into *Rulings) error {
	n := len(candidates)
	into.guards = guards
	into.failures = into.failures[:0]
	into.verdicts = zeroed(into.verdicts, n*len(guards))
	into.overall = zeroed(into.overall, n)
	if len(guards) == 0 {
		return tactful.Errorf(tactful.Refused, "no guard is set up, so nothing may be suggested")
	}
	for g, guard := range guards {
		out := into.verdicts[g*n : (g+1)*n : (g+1)*n]
		if err := judge(guard, c, candidates, out); err != nil {
			into.failures = append(into.failures, Failure{guard.Name(), err})
			for i := range out {
				out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: detailFailed}
			}
		}
	}
	for i := range into.overall {
		worst := decision.Allow
		for g := range guards {
			worst = worse(worst, into.verdicts[g*n+i])
		}
		into.overall[i] = worst
	}
	return nil
}

// judge turns a panic of a guard into an error. The panic's value may hold
// anything, so it is not repeated.
func judge(guard Guard, c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) (err error) {
	defer func() {
		if recover() != nil {
			err = tactful.Errorf(tactful.Internal, "the guard panicked")
		}
	}()
	if err := guard.Judge(c, candidates, out); err != nil {
		return fmt.Errorf("judge: %w", err)
	}
	return nil
}

// worse joins a ruling with one more verdict. What the house does not know refuses.
func worse(so decision.Ruling, v decision.Verdict) decision.Ruling {
	switch v.Ruling {
	case decision.Allow:
		return so
	case decision.Coarsen:
		if so == decision.Allow {
			return decision.Coarsen
		}
		return so
	case decision.Demote:
		if so == decision.Withhold {
			return so
		}
		return decision.Demote
	case decision.Unruled, decision.Withhold:
		return decision.Withhold
	}
	return decision.Withhold
}

func zeroed[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// Overall returns one ruling per candidate: Withhold when any guard stops it,
// else Demote, else Coarsen, else Allow. The slice is shared until the next Run.
func (r *Rulings) Overall() []decision.Ruling { return r.overall }

// Verdict returns guard g's verdict on candidate i.
func (r *Rulings) Verdict(g, i int) decision.Verdict { return r.verdicts[g*len(r.overall)+i] }

// Stopped returns the first guard, in order, that keeps candidate i out, with
// its verdict; nil if none does.
func (r *Rulings) Stopped(i int) (Guard, decision.Verdict) {
	for g, guard := range r.guards {
		if v := r.Verdict(g, i); stops(v) {
			return guard, v
		}
	}
	return nil, decision.Verdict{}
}

// stops also refuses rulings that the house does not know.
func stops(v decision.Verdict) bool { return v.Stops() || v.Ruling > decision.Withhold }

// Coarse reports whether candidate i may only be explained coarsely, and by
// which category; "" means without naming any.
func (r *Rulings) Coarse(c *decision.Case, candidates []decision.Candidate, i int) (category string, coarse bool) {
	for g, guard := range r.guards {
		v := r.Verdict(g, i)
		if v.Ruling != decision.Coarsen {
			continue
		}
		coarse = true
		if s, ok := guard.(Specific); ok && category == "" {
			category = s.Category(c, &candidates[i], v)
		}
	}
	return category, coarse
}

// Withheld counts the candidates by the first guard that stopped them, in the
// guards' order, with a few item ids each. Guards that stopped none are left out.
func (r *Rulings) Withheld(candidates []decision.Candidate) []tactful.Withheld {
	by := make([]tactful.Withheld, len(r.guards))
	for i := range candidates {
		g, stopped := r.first(i)
		if !stopped {
			continue
		}
		w := &by[g]
		w.Count++
		if len(w.Items) < itemsKept && candidates[i].Item != nil {
			w.Items = append(w.Items, candidates[i].Item.ID)
		}
	}
	all := by[:0]
	for g, guard := range r.guards {
		if w := by[g]; w.Count > 0 {
			w.Guard = guard.Name()
			all = append(all, w)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

func (r *Rulings) first(i int) (g int, stopped bool) {
	for g := range r.guards {
		if stops(r.Verdict(g, i)) {
			return g, true
		}
	}
	return -1, false
}

// Failures returns the guards that erred or panicked. Shared until the next Run.
func (r *Rulings) Failures() []Failure { return r.failures }
