// Package guard keeps the promises: one file per promise. A guard judges every
// candidate of a case; an error or a panic is a refusal, and so is the zero
// verdict. Guards are pure: facts and time come in the Case.
package guard

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Guard keeps one promise.
type Guard interface {
	Name() string    // one word everywhere: file, receipt, metric, config, test
	Promise() string // one English sentence
	File() string    // where it is decided, from the module's root
	// Judge writes one verdict per candidate. It sees the verdicts zeroed.
	Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error
	Detail(code uint8) string // what a verdict's Detail means, in English, for receipts and tests
}

// All returns the guards in the receipt's order.
func All(set *Settings) []Guard { return nil }

// Run has every guard judge every candidate; into is reused between requests.
// It fails only when there is no guard: nothing unjudged may leave.
func Run(guards []Guard, c *decision.Case, candidates []decision.Candidate, into *Rulings) error {
	return errDraft
}

// Rulings holds every guard's verdict on every candidate. The zero value works as scratch.
type Rulings struct{}

// Overall returns one ruling per candidate: Withhold when any guard stops it,
// else Demote, else Coarsen, else Allow.
func (r *Rulings) Overall() []decision.Ruling { return nil }

// Stopped returns the first guard, in order, that keeps candidate i out; "" if none.
func (r *Rulings) Stopped(i int) (guard string, verdict decision.Verdict) {
	return "", decision.Verdict{}
}

// Verdict returns guard g's verdict on candidate i.
func (r *Rulings) Verdict(g, i int) decision.Verdict { return decision.Verdict{} }

// Coarse reports whether candidate i may only be explained coarsely, and by
// which category; "" means without any.
func (r *Rulings) Coarse(c *decision.Case, candidates []decision.Candidate, i int) (category string, coarse bool) {
	return "", false
}

// Withheld counts the candidates by the first guard that stopped them, in the
// guards' order, with up to five item ids each. Guards that stopped none are left out.
func (r *Rulings) Withheld(candidates []decision.Candidate) []tactful.Withheld { return nil }

// Failures returns the guards that erred or panicked and so refused everything.
func (r *Rulings) Failures() []Failure { return nil }

// Failure is a guard that could not judge.
type Failure struct {
	Guard string
	Err   error // holds no subject data
}

// Settings of the guards.
type Settings struct{}

// Defaults fills what is not set.
func (s *Settings) Defaults() {}

// Validate names all faults.
func (s *Settings) Validate() error { return nil }

var errDraft = tactful.Errorf(tactful.Unavailable, "not built yet")
