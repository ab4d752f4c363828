package recommend

import (
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/model"
)

// numbers is a set of items. It is asked for every candidate, so there is a bit
// for each number up to the largest that was ever in it.
type numbers struct {
	list []tactful.ItemNo // each once
	bits []uint64
}

func (n *numbers) has(no tactful.ItemNo) bool {
	word := int(no >> 6)
	return word < len(n.bits) && n.bits[word]&(1<<(no&63)) != 0
}

func (n *numbers) add(no tactful.ItemNo) {
	if n.has(no) {
		return
	}
	if word := int(no >> 6); word >= len(n.bits) {
		n.bits = append(n.bits, make([]uint64, word+1-len(n.bits))...)
	}
	n.bits[no>>6] |= 1 << (no & 63)
	n.list = append(n.list, no)
}

func (n *numbers) empty() {
	for _, no := range n.list {
		n.bits[no>>6] = 0
	}
	n.list = n.list[:0]
}

// take reads the evidence that counts and that the model has met.
func (s *Scratch) take(g *Ground, c *decision.Case) {
	s.inputs, s.pieceOf = s.inputs[:0], s.pieceOf[:0]
	s.had.empty()
	for i := range c.Evidence.Pieces {
		if p := &c.Evidence.Pieces[i]; settled(p) {
			s.had.add(p.Item)
		}
	}
	if g.model == nil || c.Request.Placement == tactful.Popular {
		return
	}
	apart := false
	for i := range c.Evidence.Pieces {
		only, ok := serves(c, &c.Evidence.Pieces[i])
		if apart = apart || ok && only != 0; ok && only == 0 {
			s.input(g, c, i)
		}
	}
	s.shared, s.serves = len(s.inputs), s.serves[:0]
	for i := 0; apart && i < len(c.Evidence.Pieces); i++ {
		if only, ok := serves(c, &c.Evidence.Pieces[i]); ok && only != 0 && s.input(g, c, i) {
			s.serves = append(s.serves, only)
		}
	}
}

// input takes in a piece that the model has met.
func (s *Scratch) input(g *Ground, c *decision.Case, i int) bool {
	p := &c.Evidence.Pieces[i]
	column, met := g.model.Column(p.Item)
	if met {
		s.inputs = append(s.inputs, model.Input{Column: column, Weight: p.Weight})
		s.pieceOf = append(s.pieceOf, int32(i))
	}
	return met
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
func (s *Scratch) rank(g *Ground, c *decision.Case, gt *gate, rules *Merchandise, want int) {
	if len(s.inputs) == 0 {
		return
	}
	if s.score == nil {
		s.score = g.model.NewScratch()
	}
	if len(rules.Boost)+len(rules.Bury) > 0 || c.Wishes != nil && len(c.Wishes.Topics) > 0 || c.Where != nil {
		want = MostCandidates // so that a boost, a wish or a branch near by can lift what is further down
	}
	scored := s.scored(g, c, gt, want)
	s.columns = s.columns[:0]
	kept := 0
	for _, x := range scored {
		item := g.columns[x.Column].item
		if s.had.has(item.No) {
			if kept++; kept > hadKept {
				continue
			}
		}
		if len(s.list) == want {
			break
		}
		if c.Barred(item) || s.objected(c, item) {
			continue
		}
		s.columns = append(s.columns, x.Column)
		s.list = append(s.list, ranked{Candidate: decision.Candidate{
			Item:   item,
			Origin: tactful.Ranked,
			People: g.model.People(x.Column),
		}})
	}
	s.contribute(g.model, c)
	s.lean(c)
	s.leanNear(c)
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

// contribute gives each candidate what every piece adds to it, the largest in
// front, and makes the score their sum in that order. It walks the row of each
// input once and picks out the candidates: looking each pair up costs several
// times as much.
func (s *Scratch) contribute(m *model.Model, c *decision.Case) {
	if len(s.slots) < m.Len() {
		s.slots = make([]uint8, m.Len())
	}
	room := len(s.inputs)
	from := len(s.parts)
	s.parts = slices.Grow(s.parts, len(s.list)*room)[:from+len(s.list)*room]
	parts := s.parts[from:]
	s.counts = append(s.counts[:0], make([]int32, len(s.list))...)
	for i := range s.list {
		if s.columns[i] >= 0 {
			s.slots[s.columns[i]] = uint8(i + 1)
		}
	}
	slots, counts := s.slots, s.counts
	for j, in := range s.inputs {
		targets, weights, support := m.Row(in.Column)
		weights, support = weights[:len(targets)], support[:len(targets)]
		// Which of the targets are candidates nobody can predict, a processor
		// neither: they are picked out without a branch.
		hits := slices.Grow(s.hits[:0], len(targets)+1)[:len(targets)+1]
		s.hits = hits
		met := 0
		for k, target := range targets {
			hits[met] = int32(k)
			met += int((uint(slots[target]) + 0xff) >> 8)
		}
		for _, k := range hits[:met] {
			if value := in.Weight * float64(weights[k]); value != 0 {
				to := int(slots[targets[k]]) - 1
				if j >= s.shared && !s.servesItem(c, j-s.shared, s.list[to].Item) {
					continue
				}
				parts[to*room+int(counts[to])] = decision.Contribution{Piece: s.pieceOf[j], Value: value, Support: uint32(support[k])}
				counts[to]++
			}
		}
	}
	for i := range s.list {
		if s.columns[i] >= 0 {
			s.slots[s.columns[i]] = 0
		}
		x := &s.list[i]
		x.Contributions = parts[i*room : i*room+int(counts[i]) : (i+1)*room]
		lead(x.Contributions)
		x.Score = 0
		for j := range x.Contributions {
			x.Score += x.Contributions[j].Value
		}
	}
}

// lead puts the largest in front, of equal ones that of the first piece. The
// others need no order: who wants to name several asks for few candidates, and
// sorting all of all of them took a fifth of a decision.
func lead(parts []decision.Contribution) {
	best := 0
	for i := 1; i < len(parts); i++ {
		if x, y := &parts[i], &parts[best]; x.Value > y.Value || x.Value == y.Value && x.Piece < y.Piece {
			best = i
		}
	}
	if best > 0 {
		parts[0], parts[best] = parts[best], parts[0]
	}
}
