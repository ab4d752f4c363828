// Package recommend makes candidates for a placement from the model, the
// catalogue and the evidence, and later chooses the final order. It is pure.
package recommend

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/catalog"
	"github.com/tactful/tactful/internal/decision"
)

// Ground is one model laid over one catalogue snapshot. Immutable; the engine
// makes a new one when either changes and swaps one atomic pointer.
type Ground struct{}

// NewGround prepares popularity order and crowds. m may be nil: there is no model yet.
func NewGround(m Model, s *catalog.Snapshot) *Ground { return &Ground{} }

// Crowds is for Case.Crowds.
func (g *Ground) Crowds() map[string]uint32 { return nil }

// Model is what recommend asks of the model file (becomes *model.Model).
type Model interface {
	Column(no tactful.ItemNo) (int32, bool)
	Number(col int32) tactful.ItemNo
	People(col int32) uint32
}

// Scratch holds buffers between requests; one request at a time. The zero value works.
type Scratch struct{}

// Candidates returns what might be suggested, best first, unjudged. The slice
// and its contributions live in scratch until its next use.
func Candidates(g *Ground, c *decision.Case, set *Settings, scratch *Scratch) ([]decision.Candidate, error) {
	return nil, errDraft
}

// Choose returns the indexes of the candidates to show, in order: overall[i]
// is the worst ruling on candidate i (guard.Rulings.Overall).
func Choose(c *decision.Case, set *Settings, candidates []decision.Candidate, overall []decision.Ruling, scratch *Scratch) []int {
	return nil
}

// Settings is merchandising.
type Settings struct {
	Placements []Merchandise `yaml:"placements"`
}

// Merchandise is what the shop wants on one placement.
type Merchandise struct {
	Placement string `yaml:"placement"`
}

// Defaults fills what is not set.
func (s *Settings) Defaults() {}

// Validate names all faults.
func (s *Settings) Validate() error { return nil }

var errDraft = tactful.Errorf(tactful.Unavailable, "not built yet")
