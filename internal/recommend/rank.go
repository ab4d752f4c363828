package recommend

import (
	"cmp"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/model"
)

// take reads the evidence that counts and that the model has met.
func (s *Scratch) take(g *Ground, c *decision.Case) {
	s.inputs, s.pieceOf = s.inputs[:0], s.pieceOf[:0]
	if s.had == nil {
		s.had = map[tactful.ItemNo]bool{}
	}
	clear(s.had)
	for i := range c.Evidence.Pieces {
		if p := &c.Evidence.Pieces[i]; settled(p) {
			s.had[p.Item] = true
		}
	}
	if g.model == nil || c.Request.Placement == tactful.Popular {
		return
	}
	for i := range c.Evidence.Pieces {
		p := &c.Evidence.Pieces[i]
		if p.Weight == 0 {
			continue
		}
		if column, met := g.model.Column(p.Item); met {
			s.inputs = append(s.inputs, model.Input{Column: column, Weight: p.Weight})
			s.pieceOf = append(s.pieceOf, int32(i))
		}
	}
}

// settled reports whether a piece of the history is one whose item the guards
// mostly keep out.
func settled(p *decision.Piece) bool {
	if p.Origin != decision.FromHistory {
		return false
	}
	switch p.Action {
	case tactful.Purchased, tactful.Returned, tactful.Declined, tactful.Dismissed, tactful.Added:
		return true
	case tactful.ActionUnknown, tactful.Viewed, tactful.Removed, tactful.Clicked, tactful.Saved, tactful.Searched:
	}
	return p.Setting != decision.SettingNone
}

// rank adds the items that the model scores highest for the evidence.
func (s *Scratch) rank(g *Ground, gt *gate, rules *Merchandise, want int) {
	if len(s.inputs) == 0 {
		return
	}
	if s.score == nil {
		s.score = g.model.NewScratch()
	}
	if len(rules.Boost)+len(rules.Bury) > 0 {
		want = MostCandidates // so that a boost can lift what is further down
	}
	scored := g.model.Score(s.score, s.inputs, want+max(0, len(s.had)-hadKept), func(column int32) bool {
		return !gt.admits(g.snapshot.ByNo(g.model.Number(column)))
	})
	s.columns = s.columns[:0]
	kept := 0
	for _, x := range scored {
		item := g.snapshot.ByNo(g.model.Number(x.Column))
		if s.had[item.No] {
			if kept++; kept > hadKept {
				continue
			}
		}
		if len(s.list) == want {
			break
		}
		s.columns = append(s.columns, x.Column)
		s.list = append(s.list, ranked{Candidate: decision.Candidate{
			Item:   item,
			Origin: tactful.Ranked,
			People: g.model.People(x.Column),
		}})
	}
	s.contribute(g.model)
	good := s.list[:0]
	for i := range s.list {
		x := s.list[i]
		if x.Score > 0 && len(x.Contributions) > 0 {
			x.key = x.Score
			good = append(good, x)
		}
	}
	s.list = good
}

// contribute gives each candidate what every piece adds to it, largest first,
// ties by piece, and makes the score their sum in that order. It walks the row
// of each input once and picks out the candidates: looking each pair up costs
// several times as much.
func (s *Scratch) contribute(m *model.Model) {
	if len(s.slots) < m.Len() {
		s.slots = make([]int32, m.Len())
	}
	room := len(s.inputs)
	from := len(s.parts)
	s.parts = slices.Grow(s.parts, len(s.list)*room)[:from+len(s.list)*room]
	for i := range s.list {
		if s.columns[i] >= 0 {
			s.slots[s.columns[i]] = int32(i) + 1
		}
		at := from + i*room
		s.list[i].Contributions = s.parts[at : at : at+room]
	}
	for j, in := range s.inputs {
		targets, weights, support := m.Row(in.Column)
		weights, support = weights[:len(targets)], support[:len(targets)]
		for k, target := range targets {
			slot := s.slots[target]
			if slot == 0 {
				continue
			}
			if value := in.Weight * float64(weights[k]); value != 0 {
				x := &s.list[slot-1]
				x.Contributions = append(x.Contributions, decision.Contribution{Piece: s.pieceOf[j], Value: value, Support: uint32(support[k])})
			}
		}
	}
	for i := range s.list {
		if s.columns[i] >= 0 {
			s.slots[s.columns[i]] = 0
		}
		x := &s.list[i]
		slices.SortFunc(x.Contributions, func(a, b decision.Contribution) int {
			if a.Value != b.Value {
				return cmp.Compare(b.Value, a.Value)
			}
			return cmp.Compare(a.Piece, b.Piece)
		})
		x.Score = 0
		for _, k := range x.Contributions {
			x.Score += k.Value
		}
	}
}
