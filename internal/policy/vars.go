package policy

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// scope says how often a part of a rule has to be asked.
type scope uint8

// Scopes, from the rarest to the most frequent.
const (
	perCase      scope = iota // the same for all candidates of one decision
	perItem                   // the same for an item in all decisions
	perCandidate              // of this item in this decision
)

// What the catalogue lets in, for the bound of a rule's cost; a test compares.
const (
	idBytes        = 128
	titleBytes     = 512
	nameBytes      = 128
	categories     = 16
	keyBytes       = 64
	labels         = 32
	attributes     = 64
	attributeBytes = 512
)

// Variable is what a rule may name.
type Variable struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Means string `json:"means"`

	scope   scope
	typ     *cel.Type
	bytes   uint64 // of a text, or of each text of a list or map
	entries uint64 // of a list or map
}

// Variables lists everything that a rule may name. Who the person is, what they
// did and which session it is are not among it: a rule is about items, places
// and moments.
func Variables() []Variable {
	text, texts := cel.StringType, cel.ListType(cel.StringType)
	return []Variable{
		{Name: "item.id", typ: text, scope: perItem, bytes: idBytes, Means: "the item's code"},
		{Name: "item.title", typ: text, scope: perItem, bytes: titleBytes, Means: "its title"},
		{Name: "item.categories", typ: texts, scope: perItem, bytes: nameBytes, entries: categories, Means: "its categories, most general first"},
		{Name: "item.labels", typ: texts, scope: perItem, bytes: keyBytes, entries: labels, Means: "its declared labels"},
		{Name: "item.attributes", typ: cel.MapType(cel.StringType, cel.StringType), scope: perItem, bytes: attributeBytes, entries: attributes, Means: "its attributes; ask has(item.attributes.colour) first"},
		{Name: "item.price", typ: cel.IntType, scope: perItem, Means: "its price in hundredths, -1 if unknown"},
		{Name: "item.currency", typ: text, scope: perItem, bytes: 3, Means: "the price's currency, '' if unknown"},
		{Name: "item.availability", typ: text, scope: perItem, bytes: 16, Means: "unknown, in_stock, out_of_stock, preorder or discontinued"},
		{Name: "item.group", typ: text, scope: perItem, bytes: nameBytes, Means: "the group of its variants"},
		{Name: "item.classes", typ: texts, scope: perCandidate, bytes: 64, entries: decision.MaxClasses, Means: "its sensitive and harm classes"},
		{Name: "candidate.origin", typ: text, scope: perCandidate, bytes: 16, Means: "ranked, filler, pinned, boosted, bestseller or match"},
		{Name: "candidate.score", typ: cel.DoubleType, scope: perCandidate, Means: "the sum of its contributions"},
		{Name: "candidate.people", typ: cel.IntType, scope: perCandidate, Means: "distinct people who touched the item, 0 if not counted"},
		{Name: "candidate.pieces", typ: cel.IntType, scope: perCandidate, Means: "how many things it rests on"},
		{Name: "request.placement", typ: text, scope: perCase, bytes: 16, Means: "for_you, similar, basket, popular or search"},
		{Name: "request.region", typ: text, scope: perCase, bytes: 64, Means: "ISO 3166 code, '' if unknown"},
		{Name: "request.language", typ: text, scope: perCase, bytes: 64, Means: "BCP 47 tag, '' if none was asked for"},
		{Name: "request.query", typ: text, scope: perCase, bytes: tactful.MaxQueryBytes, Means: "the search words"},
		{Name: "request.items", typ: texts, scope: perCase, bytes: idBytes, entries: tactful.MaxRequestItems, Means: "codes of the items of the page or basket"},
		{Name: "request.count", typ: cel.IntType, scope: perCase, Means: "how many items were asked for"},
		{Name: "request.visible", typ: cel.BoolType, scope: perCase, Means: "others may see the answer"},
		{Name: "request.sought", typ: texts, scope: perCase, bytes: 64, entries: decision.MaxClasses, Means: "classes that the request itself is about"},
		{Name: "level", typ: text, scope: perCase, bytes: 16, Means: "the level of the answer: generic, context, personal or full"},
		{Name: "now", typ: cel.TimestampType, scope: perCase, Means: "the moment; now.getHours('Europe/Berlin')"},
	}
}

// WithTypes returns the list with the types in CEL's words.
func WithTypes() []Variable {
	list := Variables()
	for i := range list {
		list[i].Type = list[i].typ.String()
	}
	return list
}

func variable(name string) (Variable, bool) {
	for _, v := range Variables() {
		if v.Name == name {
			return v, true
		}
	}
	return Variable{}, false
}

// sizes tells the cost estimate how large things can be: what the catalogue and
// the request's limits let in.
type sizes struct{ of map[string]Variable }

func newSizes() sizes {
	s := sizes{of: map[string]Variable{}}
	for _, v := range Variables() {
		s.of[v.Name] = v
	}
	return s
}

// EstimateSize answers for a variable and for what is inside it.
func (s sizes) EstimateSize(node cost.AstNode) *cost.SizeEstimate {
	path := node.Path()
	for n := len(path); n > 0; n-- {
		v, known := s.of[strings.Join(path[:n], ".")]
		if !known {
			continue
		}
		most := v.bytes
		if n == len(path) && v.entries > 0 {
			most = v.entries
		}
		return &cost.SizeEstimate{Min: 0, Max: most}
	}
	return nil
}

// EstimateCallCost leaves calls to the standard estimate.
func (sizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

// moment is what a rule sees: a case and one candidate. It hands out values only
// when a rule asks for them.
type moment struct {
	c       *decision.Case
	x       *decision.Candidate
	unknown func(name string) bool // nil: everything is known
}

// Parent is none.
func (m *moment) Parent() cel.Activation { return nil }

// ResolveName returns a variable's value.
func (m *moment) ResolveName(name string) (any, bool) {
	if m.unknown != nil && m.unknown(name) {
		return types.NewUnknown(1, types.NewAttributeTrail(name)), true
	}
	switch {
	case strings.HasPrefix(name, "item."):
		return m.ofItem(name)
	case strings.HasPrefix(name, "candidate."):
		return m.ofCandidate(name)
	case strings.HasPrefix(name, "request."):
		return m.ofRequest(name)
	case name == "level":
		return m.c.Permit.Level.String(), true
	case name == "now":
		return types.Timestamp{Time: m.c.Now.UTC()}, true
	}
	return nil, false
}

func (m *moment) ofItem(name string) (any, bool) {
	if m.x == nil || m.x.Item == nil {
		return nil, false
	}
	it := m.x.Item
	switch name {
	case "item.id":
		return it.ID, true
	case "item.title":
		return it.Title, true
	case "item.categories":
		return listed(it.Categories), true
	case "item.labels":
		return listed(it.Labels), true
	case "item.attributes":
		if it.Attributes == nil {
			return map[string]string{}, true
		}
		return it.Attributes, true
	case "item.price":
		return it.Price, true
	case "item.currency":
		return it.Currency, true
	case "item.availability":
		return it.Availability.String(), true
	case "item.group":
		return it.Group, true
	case "item.classes":
		return m.named(m.c.Labels.At(it.No)), true
	}
	return nil, false
}

func (m *moment) ofCandidate(name string) (any, bool) {
	if m.x == nil {
		return nil, false
	}
	switch name {
	case "candidate.origin":
		return m.x.Origin.String(), true
	case "candidate.score":
		return m.x.Score, true
	case "candidate.people":
		return int64(m.x.People), true
	case "candidate.pieces":
		return int64(len(m.x.Contributions)), true
	}
	return nil, false
}

func (m *moment) ofRequest(name string) (any, bool) {
	r := m.c.Request
	if r == nil {
		return nil, false
	}
	switch name {
	case "request.placement":
		return r.Placement.String(), true
	case "request.region":
		return r.Region, true
	case "request.language":
		return r.Language, true
	case "request.query":
		return r.Query, true
	case "request.items":
		return listed(r.Items), true
	case "request.count":
		return int64(r.Count), true
	case "request.visible":
		return m.c.Visible, true
	case "request.sought":
		return m.named(m.c.Sought), true
	}
	return nil, false
}

// named are the names of classes. Without a taxonomy there are none to name.
func (m *moment) named(set decision.Classes) []string {
	names := []string{}
	if m.c.Labels == nil {
		return names
	}
	for i, name := range m.c.Labels.Names {
		if set.Has(decision.Class(i)) {
			names = append(names, name)
		}
	}
	return names
}

func listed(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// Bounds are the largest texts, in bytes, and numbers of entries that the cost
// of a rule is worked out for, by variable.
func Bounds() map[string][2]uint64 {
	all := map[string][2]uint64{}
	for _, v := range Variables() {
		all[v.Name] = [2]uint64{v.bytes, v.entries}
	}
	return all
}
