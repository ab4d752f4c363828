package recommend

import (
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/place"
)

// leanNear lifts what a branch near the person has, where they share their
// place. What is to be had elsewhere stays: who is in one town may order from
// another. Only what is ranked for the person leans; what is the same for
// everybody stays so.
func (s *Scratch) leanNear(c *decision.Case) {
	if c.Where == nil || len(c.Where.Near) == 0 {
		return
	}
	for i := range s.list {
		x := &s.list[i]
		if len(x.Contributions) == 0 {
			continue
		}
		id, has := place.HasBranch(x.Item.Attributes[c.Where.Attribute], c.Where.Near)
		if !has {
			continue
		}
		x.Near = id
		for j := range x.Contributions {
			x.Contributions[j].Value *= decision.NearFactor
		}
		x.Score *= decision.NearFactor
	}
}
