package engine

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/tactful/tactful"
)

// Protection declares what the model must not tell of people. The zero value
// declares nothing.
type Protection struct {
	Attributes []Attribute   `yaml:"attributes" doc:"attributes that people may tell for the audit panel, so that the model is made blind to them; never used to serve"`
	Measure    PanelMeasures `yaml:"measure" doc:"what is measured on the panel once a month, and what is told when it is beyond bounds"`
	Cues       Cues          `yaml:"cues" doc:"what speaks for a sensitive class without being of it"`
}

// Attribute is one protected attribute with its closed list of values.
type Attribute struct {
	Name   string   `yaml:"name" doc:"in lower case, as in the address of the API"`
	Values []string `yaml:"values" doc:"all values that can be told"`
	Least  int      `yaml:"least" doc:"people that two values need together, half of them each, before the model is made blind to their difference"`
}

// Limits of the declaration: every pair of values costs each column of the fit
// one constraint.
const (
	maxAttributes = 4
	maxValues     = 8
	defaultLeast  = 100
)

var panelWord = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// Defaults fills what is not set.
func (p *Protection) Defaults() {
	for i := range p.Attributes {
		set(&p.Attributes[i].Least, defaultLeast)
	}
	p.Measure.defaults()
	p.Cues.defaults()
}

// Validate returns all faults.
func (p *Protection) Validate() (faults []error) {
	fault := func(field, detail, remedy string) {
		faults = append(faults, tactful.InvalidField("engine.protection."+field, detail, remedy))
	}
	if len(p.Attributes) > maxAttributes {
		fault("attributes", "are too many", fmt.Sprintf("declare at most %d", maxAttributes))
	}
	for i, a := range p.Attributes {
		at := fmt.Sprintf("attributes[%d].", i)
		if !panelWord.MatchString(a.Name) || p.find(a.Name) != &p.Attributes[i] {
			fault(at+"name", "is not a word of its own", "use lower-case letters, digits, - and _; each name once")
		}
		if len(a.Values) < 2 || len(a.Values) > maxValues {
			fault(at+"values", "are too few or too many", fmt.Sprintf("list 2 to %d", maxValues))
		}
		for j, v := range a.Values {
			if !panelWord.MatchString(v) || slices.Index(a.Values, v) != j {
				fault(fmt.Sprintf("%svalues[%d]", at, j), "is not a word of its own", "use lower-case letters, digits, - and _; each value once")
			}
		}
		if a.Least < 2*fewest || a.Least > 1e9 {
			fault(at+"least", "is out of range", fmt.Sprintf("use %d or more: a smaller panel tells of its members", 2*fewest))
		}
	}
	return append(append(faults, p.Measure.validate()...), p.Cues.validate()...)
}

func (p *Protection) find(name string) *Attribute {
	at := slices.IndexFunc(p.Attributes, func(a Attribute) bool { return a.Name == name })
	if at < 0 {
		return nil
	}
	return &p.Attributes[at]
}

// enough reports whether two groups are large enough to be compared.
func (a *Attribute) enough(one, other int) bool {
	return one+other >= a.Least && 2*min(one, other) >= a.Least
}
