package recommend

import (
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/catalog"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/model"
)

// Ground is one model laid over one catalogue snapshot. It is immutable and
// safe for concurrent use; the engine makes a new one when either changes and
// swaps one atomic pointer.
type Ground struct {
	model      *model.Model // nil: nothing is learned yet
	snapshot   *catalog.Snapshot
	popular    []*tactful.Item            // most people first; what the model has not met follows by number
	byCategory map[string][]*tactful.Item // the same order
	crowds     map[string]uint32
	touched    []uint32 // by item
	shelves    *decision.Shelves
	columns    []offer                    // by column of the model
	front      map[tactful.ItemNo]float64 // keys of a public list; nil: as many people as touched the item
}

// offer is what the scoring loop wants to know of a column, side by side, so
// that it need not look into the items, which lie all over the memory.
type offer struct {
	item *tactful.Item  // nil: not listed
	no   tactful.ItemNo // of item
	open bool           // may be had by everybody, everywhere, at any time
}

func offerOf(item *tactful.Item) offer {
	if item == nil {
		return offer{}
	}
	return offer{item: item, no: item.No, open: len(item.Regions) == 0 && item.ValidFrom.IsZero() && item.ValidUntil.IsZero() && item.Shown(time.Time{})}
}

// NewGround prepares the popular lists and the crowds. m may be nil.
func NewGround(m *model.Model, s *catalog.Snapshot) *Ground {
	return (*Ground)(nil).With(m, s)
}

// With is a new ground over a model and a snapshot. What depends on the snapshot
// alone is taken from g if it has the same one. g may be nil.
func (g *Ground) With(m *model.Model, s *catalog.Snapshot) *Ground {
	return newGround(m, s, g.shelvesOf(s), nil)
}

func (g *Ground) shelvesOf(s *catalog.Snapshot) *decision.Shelves {
	if g != nil && g.snapshot == s {
		return g.shelves
	}
	return decision.NewShelves(s.All())
}

func newGround(m *model.Model, s *catalog.Snapshot, shelves *decision.Shelves, front map[tactful.ItemNo]float64) *Ground {
	g := &Ground{
		model: m, snapshot: s,
		popular:    make([]*tactful.Item, 0, s.Len()),
		byCategory: map[string][]*tactful.Item{},
		crowds:     map[string]uint32{},
		shelves:    shelves,
		front:      front,
	}
	var met []bool // by item
	if all := s.All(); len(all) > 0 {
		met = make([]bool, all[len(all)-1].No+1)
	}
	if m != nil {
		g.columns = make([]offer, m.Len())
		for column := range g.columns {
			g.columns[column] = offerOf(s.ByNo(m.Number(int32(column))))
		}
		g.touched = touched(m)
		for _, column := range m.Popular() {
			if item := g.columns[column].item; item != nil {
				met[item.No] = true
				g.popular = append(g.popular, item)
				for _, category := range item.Categories {
					g.crowds[category] = max(g.crowds[category], m.People(column))
				}
			}
		}
	}
	for _, item := range s.All() {
		if !met[item.No] {
			g.popular = append(g.popular, item)
		}
	}
	g.orderByList()
	for _, item := range g.popular {
		for i, category := range item.Categories {
			if !repeats(item.Categories, i) {
				g.byCategory[category] = append(g.byCategory[category], item)
			}
		}
	}
	return g
}

func repeats(list []string, i int) bool {
	for _, earlier := range list[:i] {
		if earlier == list[i] {
			return true
		}
	}
	return false
}

// Model returns the model in use, nil if there is none.
func (g *Ground) Model() *model.Model { return g.model }

// Snapshot returns the catalogue in use.
func (g *Ground) Snapshot() *catalog.Snapshot { return g.snapshot }

// Crowds returns for each category how many distinct people touched it at
// least: as many as its most popular item. It is for Case.Crowds; shared.
func (g *Ground) Crowds() map[string]uint32 { return g.crowds }

// Touched returns by item how many distinct people touched it, nil before
// anything is learned. It is for Case.Touched; shared.
func (g *Ground) Touched() []uint32 { return g.touched }

// Shelves says where each item stands. It is for Case.Shelves; shared.
func (g *Ground) Shelves() *decision.Shelves { return g.shelves }

func touched(m *model.Model) []uint32 {
	if m.Len() == 0 {
		return nil
	}
	counts := make([]uint32, m.Number(int32(m.Len()-1))+1)
	for column := range int32(m.Len()) {
		counts[m.Number(column)] = m.People(column)
	}
	return counts
}

func (g *Ground) people(item *tactful.Item) uint32 {
	if int(item.No) >= len(g.touched) {
		return 0
	}
	return g.touched[item.No]
}
