package recommend

import (
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/model"
)

// numbers is a set of items, sorted: so few that searching costs less than hashing.
type numbers []tactful.ItemNo

func (n numbers) has(no tactful.ItemNo) bool {
	_, found := slices.BinarySearch(n, no)
	return found
}

// take reads the evidence that counts and that the model has met.
func (s *Scratch) take(g *Ground, c *decision.Case) {
	s.inputs, s.pieceOf = s.inputs[:0], s.pieceOf[:0]
	s.had = s.had[:0]
	for i := range c.Evidence.Pieces {
		if p := &c.Evidence.Pieces[i]; settled(p) {
			s.had = append(s.had, p.Item)
		}
	}
	slices.Sort(s.had)
	s.had = slices.Compact(s.had)
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
	if len(rules.Boost)+len(rules.Bury) > 0 || c.Wishes != nil && len(c.Wishes.Topics) > 0 {
		want = MostCandidates // so that a boost or a wish can lift what is further down
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
		largestFirst(x.Contributions)
		x.Score = 0
		for j := range x.Contributions {
			x.Score += x.Contributions[j].Value
		}
	}
}

// largestFirst sorts by value, ties by piece: a shell sort with Ciura's gaps
// (2001), which at these lengths, mostly below a hundred, beats a sort that
// calls its comparison.
func largestFirst(parts []decision.Contribution) {
	for _, gap := range [...]int{57, 23, 10, 4, 1} {
		for i := gap; i < len(parts); i++ {
			x := parts[i]
			j := i
			for ; j >= gap; j -= gap {
				if before := &parts[j-gap]; before.Value > x.Value || before.Value == x.Value && before.Piece < x.Piece {
					break
				}
				parts[j] = parts[j-gap]
			}
			parts[j] = x
		}
	}
}
