package recommend

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/tactful/tactful"
)

// Settings of the lists: what the shop itself puts forward. The zero value
// puts forward nothing.
type Settings struct {
	Merchandising []Merchandise `yaml:"merchandising" doc:"What the shop puts forward, by placement. Every such suggestion is labelled and judged by all guards."`
}

// Merchandise is what the shop wants on one placement.
type Merchandise struct {
	Placement string  `yaml:"placement" doc:"for_you, similar, basket, popular or search."`
	Pin       []Pin   `yaml:"pin" doc:"Items put at a position."`
	Boost     []Boost `yaml:"boost" doc:"Scores multiplied before ranking."`
	Bury      []Match `yaml:"bury" doc:"Ranked after everything else."`
	Slots     []Slot  `yaml:"slots" doc:"Positions kept for items of a kind; the best allowed one takes it."`
}

// Pin puts one item at a position.
type Pin struct {
	Item     string `yaml:"item" doc:"The item's id."`
	Position int    `yaml:"position" doc:"1 is the first place."`
}

// Boost multiplies the rank of matching items; the score itself stays the sum
// of its contributions.
type Boost struct {
	Match  `yaml:",inline"`
	Factor float64 `yaml:"factor" doc:"Above 1 lifts and labels the suggestion; below 1 lowers it."`
}

// Slot keeps a position for matching items.
type Slot struct {
	Match    `yaml:",inline"`
	Position int `yaml:"position" doc:"1 is the first place."`
}

// Match names items by exactly one of item, category, or attribute and value.
type Match struct {
	Item      string `yaml:"item" doc:"An item's id."`
	Category  string `yaml:"category" doc:"A category at any level."`
	Attribute string `yaml:"attribute" doc:"An attribute's name."`
	Value     string `yaml:"value" doc:"The attribute's value."`
}

func (m *Match) holds(item *tactful.Item) bool {
	switch {
	case m.Item != "":
		return item.ID == m.Item
	case m.Category != "":
		return slices.Contains(item.Categories, m.Category)
	case m.Attribute != "":
		value, has := item.Attributes[m.Attribute]
		return has && value == m.Value
	}
	return false
}

// Defaults changes nothing: the shop puts forward what it says.
func (s *Settings) Defaults() {}

// Validate names all faults.
func (s *Settings) Validate() error {
	var faults []error
	fault := func(field, detail, remedy string) {
		faults = append(faults, tactful.InvalidField(field, detail, remedy))
	}
	match := func(field string, m Match) {
		named := 0
		for _, word := range []string{m.Item, m.Category, m.Attribute} {
			if word != "" {
				named++
			}
		}
		if named != 1 || (m.Value != "") != (m.Attribute != "") {
			fault(field, "does not name its items", "set item, or category, or attribute with value")
		}
	}
	seen := map[string]bool{}
	for i, m := range s.Merchandising {
		at := fmt.Sprintf("merchandising[%d]", i)
		if _, known := tactful.ParsePlacement(m.Placement); !known {
			fault(at+".placement", "is missing or unknown", "set for_you, similar, basket, popular or search")
		} else if seen[m.Placement] {
			fault(at+".placement", "is there twice", "put the rules of a placement together")
		}
		seen[m.Placement] = true
		taken := map[int]bool{}
		position := func(field string, n int) {
			if n < 1 || n > tactful.MaxCount {
				fault(field, fmt.Sprintf("is %d", n), fmt.Sprintf("set 1 to %d", tactful.MaxCount))
			} else if taken[n] {
				fault(field, "is taken already", "give each pin and slot its own position")
			}
			taken[n] = true
		}
		pinned := map[string]bool{}
		for j, p := range m.Pin {
			field := fmt.Sprintf("%s.pin[%d]", at, j)
			if p.Item == "" || pinned[p.Item] {
				fault(field+".item", "is missing or there twice", "name one item of the catalogue")
			}
			pinned[p.Item] = true
			position(field+".position", p.Position)
		}
		for j, b := range m.Boost {
			field := fmt.Sprintf("%s.boost[%d]", at, j)
			match(field, b.Match)
			if math.IsNaN(b.Factor) || b.Factor <= 0 || b.Factor > 100 {
				fault(field+".factor", "is out of range", "set a number above 0, up to 100")
			}
		}
		for j, b := range m.Bury {
			match(fmt.Sprintf("%s.bury[%d]", at, j), b)
		}
		for j, slot := range m.Slots {
			field := fmt.Sprintf("%s.slots[%d]", at, j)
			match(field, slot.Match)
			position(field+".position", slot.Position)
		}
	}
	return errors.Join(faults...)
}

var nothing Merchandise

// on returns the rules of a placement.
func (s *Settings) on(p tactful.Placement) *Merchandise {
	if s != nil {
		for i := range s.Merchandising {
			if s.Merchandising[i].Placement == p.String() {
				return &s.Merchandising[i]
			}
		}
	}
	return &nothing
}

// factor is what all boosts together make of an item's rank.
func (m *Merchandise) factor(item *tactful.Item) float64 {
	factor := 1.0
	for i := range m.Boost {
		if m.Boost[i].holds(item) {
			factor *= m.Boost[i].Factor
		}
	}
	return factor
}

func (m *Merchandise) buries(item *tactful.Item) bool {
	for i := range m.Bury {
		if m.Bury[i].holds(item) {
			return true
		}
	}
	return false
}
