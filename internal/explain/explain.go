// Package explain turns a candidate into the honest reason for it: coarse
// sentences from message catalogues (en, de, ar), plain text. It is pure.
package explain

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Explainer renders sentences. Safe for concurrent use.
type Explainer struct{}

// New loads the embedded catalogues. fallback is the tag used when a request
// names no language we have ("en" if empty); items behind a reason are named
// only if at least support people stand behind the pair.
func New(fallback string, support uint32) (*Explainer, error) { return nil, errDraft }

// Reason says why a candidate is in the list. coarse and category come from guard.Rulings.Coarse.
func (e *Explainer) Reason(c *decision.Case, candidate *decision.Candidate, precision Precision) tactful.Reason {
	return tactful.Reason{}
}

// Precision bounds what a reason may name.
type Precision struct {
	Coarse   bool   // no item of the person's may be named
	Category string // the category to name instead, "" for none
}

// Note says why the list is more general or shorter than asked, "" if it is not.
func (e *Explainer) Note(c *decision.Case, shown int) string { return "" }

// LeftOut says why a guard stopped an item, for the customer; detail is the verdict's.
func (e *Explainer) LeftOut(guard string, language string) string { return "" }

// Promise says what a guard promises, for the customer.
func (e *Explainer) Promise(guard string, language string) string { return "" }

// Languages returns the tags there are, fallback first.
func (e *Explainer) Languages() []string { return nil }

var errDraft = tactful.Errorf(tactful.Unavailable, "not built yet")
