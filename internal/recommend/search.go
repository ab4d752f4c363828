package recommend

import (
	"math"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// The order of search results: the text decides, what the person likes can
// raise a result by half, and being popular by a tenth.
const (
	personalShare = 0.5
	popularShare  = 0.1
	hitsRead      = 1000
)

func (s *Scratch) search(g *Ground, c *decision.Case, gt *gate, rules *Merchandise, want int) {
	if len(rules.Boost)+len(rules.Bury) > 0 {
		want = MostCandidates
	}
	s.columns = s.columns[:0]
	mostPeople := uint32(1)
	for _, hit := range g.snapshot.Search(c.Request.Query, hitsRead) {
		if !gt.admits(hit.Item) || s.objected(c, hit.Item) {
			continue
		}
		x := ranked{Candidate: decision.Candidate{Item: hit.Item, Origin: tactful.Match, People: g.people(hit.Item)}, key: hit.Score}
		mostPeople = max(mostPeople, x.People)
		column := int32(-1)
		if g.model != nil {
			if at, met := g.model.Column(hit.Item.No); met {
				column = at
			}
		}
		s.columns = append(s.columns, column)
		if s.list = append(s.list, x); len(s.list) == want {
			break
		}
	}
	if len(s.inputs) > 0 {
		s.contribute(g.model, c)
		s.lean(c)
	}
	best := 0.0
	for i := range s.list {
		x := &s.list[i]
		if x.Score <= 0 {
			// It answers the query, and nothing the person did speaks for it.
			x.Score, x.Contributions, x.Wish, x.Topic = 0, nil, tactful.WishNone, ""
		}
		best = max(best, x.Score)
	}
	for i := range s.list {
		x := &s.list[i]
		if best > 0 {
			x.key *= 1 + personalShare*x.Score/best
		}
		x.key *= 1 + popularShare*math.Log1p(float64(x.People))/math.Log1p(float64(mostPeople))
	}
}
