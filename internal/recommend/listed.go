package recommend

import (
	"cmp"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/catalog"
	"github.com/tactful/tactful/internal/model"
)

// WithList is With where what is popular stands in a public list, most popular
// first: nothing that everybody is shown depends on exact counts. Items that are
// not in it follow by number.
func (g *Ground) WithList(m *model.Model, s *catalog.Snapshot, list []string) *Ground {
	front := make(map[tactful.ItemNo]float64, len(list))
	for i, id := range list {
		if no := s.Number(id); no != 0 {
			if _, twice := front[no]; !twice {
				front[no] = float64(len(list) - i)
			}
		}
	}
	return newGround(m, s, g.shelvesOf(s), front)
}

// orderByList puts popular items in the order of the public list, if there is one.
func (g *Ground) orderByList() {
	if g.front == nil {
		return
	}
	g.popular = slices.Clone(g.snapshot.All())
	slices.SortStableFunc(g.popular, func(a, b *tactful.Item) int { return cmp.Compare(g.front[b.No], g.front[a.No]) })
}

// popularity is what popular items are ordered by.
func (g *Ground) popularity(item *tactful.Item) float64 {
	if g.front != nil {
		return g.front[item.No]
	}
	return float64(g.people(item))
}
