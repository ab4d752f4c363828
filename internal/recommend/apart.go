package recommend

import (
	"cmp"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/model"
)

// serves says whether a piece counts, and of which classes an item must be for
// it to count there: what tells of a sensitive class serves that class alone, and
// only who asked for it. Without labels all counts, and the guards refuse everything.
func serves(c *decision.Case, p *decision.Piece) (only decision.Classes, ok bool) {
	if p.Weight == 0 {
		return 0, false
	}
	if c.Labels == nil {
		return 0, true
	}
	return c.Serves(p)
}

// servesItem reports whether the input that stands apart as the k-th counts for an item.
func (s *Scratch) servesItem(c *decision.Case, k int, item *tactful.Item) bool {
	return s.serves[k]&^c.Labels.At(item.No) == 0
}

// scoredApart is scored where some of the evidence serves some classes only. What
// is found with that evidence is of one of these classes; contribute then sums up
// for each item what counts for it, so only which items are looked at is rough.
func (s *Scratch) scoredApart(g *Ground, c *decision.Case, admits func(int32) bool, most int) []model.Scored {
	var served decision.Classes
	for _, only := range s.serves {
		served |= only
	}
	found := slices.Clone(g.model.Score(s.score, s.inputs[:s.shared], most, func(column int32) bool { return !admits(column) }))
	for _, x := range g.model.Score(s.score, s.inputs, most, func(column int32) bool {
		return !admits(column) || c.Labels.At(g.columns[column].item.No)&served == 0
	}) {
		if at := slices.IndexFunc(found, func(y model.Scored) bool { return y.Column == x.Column }); at >= 0 {
			found[at].Score = x.Score
		} else {
			found = append(found, x)
		}
	}
	slices.SortFunc(found, func(a, b model.Scored) int {
		if a.Score != b.Score {
			return cmp.Compare(b.Score, a.Score)
		}
		return cmp.Compare(a.Column, b.Column)
	})
	return found
}
