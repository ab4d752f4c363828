package recommend

import (
	"cmp"
	"math"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/model"
)

// MostCandidates bounds what the guards have to judge for one list.
const MostCandidates = 200

// hadKept bounds how many things that the person has or sent away are
// proposed. They score high, and the guards refuse them with their reason; more
// than this would only crowd out what may be shown.
const hadKept = 40

// enough is how many candidates a list of count needs, so that it is still
// full after the guards.
func enough(count int) int { return min(3*count+40, MostCandidates) }

// Scratch holds buffers between requests; one request at a time. The zero
// value works. Keep it in a pool.
type Scratch struct {
	gate    gate
	score   *model.Scratch
	inputs  []model.Input
	pieceOf []int32 // by input
	columns []int32 // by candidate, -1: not in the model
	list    []ranked
	out     []decision.Candidate
	parts   []decision.Contribution
	chosen  []int
	order   []int
	taken   []bool
	have    map[*tactful.Item]bool  // in the list
	had     map[tactful.ItemNo]bool // what the person has or sent away, see hadKept
}

// ranked is a candidate with what decides its place.
type ranked struct {
	decision.Candidate
	key    float64 // larger is better
	buried bool
}

// Candidates returns what might be suggested, best first, unjudged: enough for
// the guards to choose from, at most MostCandidates and the shop's own. Filler comes last. The
// slice and its contributions live in scratch until its next use.
func Candidates(g *Ground, c *decision.Case, set *Settings, scratch *Scratch) ([]decision.Candidate, error) {
	if g == nil || g.snapshot == nil || c.Request == nil {
		return nil, tactful.Errorf(tactful.Unavailable, "the catalogue is not ready")
	}
	s := scratch
	s.list, s.parts = s.list[:0], s.parts[:0]
	gt := s.open(g, c)
	rules := set.on(c.Request.Placement)
	want := enough(c.Request.Count)
	s.take(g, c)
	switch c.Request.Placement {
	case tactful.ForYou, tactful.Similar, tactful.Basket:
		s.rank(g, gt, rules, want)
		s.settle(rules, want)
		s.pin(g, gt, rules)
		s.fill(g, c, gt, rules, want, tactful.Filler)
	case tactful.Popular:
		s.fill(g, c, gt, rules, want, tactful.Bestseller)
		s.settle(rules, want)
		s.pin(g, gt, rules)
	case tactful.Search:
		s.search(g, c, gt, rules, want)
		s.settle(rules, want)
		s.pin(g, gt, rules)
	case tactful.PlacementUnknown:
		return nil, tactful.InvalidField("placement", "is missing or unknown", "send for_you, similar, basket, popular or search")
	default:
		return nil, tactful.InvalidField("placement", "is missing or unknown", "send for_you, similar, basket, popular or search")
	}
	s.out = s.out[:0]
	for i := range s.list {
		s.out = append(s.out, s.list[i].Candidate)
	}
	return s.out, nil
}

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
// ties by piece, and makes the score their sum in that order.
func (s *Scratch) contribute(m *model.Model) {
	s.parts = slices.Grow(s.parts, len(s.list)*len(s.inputs))
	for i := range s.list {
		from := len(s.parts)
		if s.columns[i] >= 0 {
			for j, in := range s.inputs {
				weight, support, ok := m.Weight(in.Column, s.columns[i])
				if value := in.Weight * float64(weight); ok && value != 0 {
					s.parts = append(s.parts, decision.Contribution{Piece: s.pieceOf[j], Value: value, Support: support})
				}
			}
		}
		parts := s.parts[from:len(s.parts):len(s.parts)]
		slices.SortFunc(parts, func(a, b decision.Contribution) int {
			if a.Value != b.Value {
				return cmp.Compare(b.Value, a.Value)
			}
			return cmp.Compare(a.Piece, b.Piece)
		})
		x := &s.list[i]
		x.Contributions, x.Score = parts, 0
		for _, k := range parts {
			x.Score += k.Value
		}
	}
}

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
		if !gt.admits(hit.Item) {
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
		s.contribute(g.model)
	}
	best := 0.0
	for i := range s.list {
		x := &s.list[i]
		if x.Score <= 0 {
			// It answers the query, and nothing the person did speaks for it.
			x.Score, x.Contributions = 0, nil
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

// settle applies boosts and burials and sorts; ties go by number.
func (s *Scratch) settle(rules *Merchandise, want int) {
	for i := range s.list {
		x := &s.list[i]
		if factor := rules.factor(x.Item); factor != 1 {
			x.key *= factor
			if factor > 1 {
				x.Origin = tactful.Boosted
				if len(x.Contributions) == 0 {
					x.Score = 0
				}
			}
		}
		x.buried = rules.buries(x.Item)
	}
	slices.SortFunc(s.list, func(a, b ranked) int {
		switch {
		case a.buried != b.buried:
			if b.buried {
				return -1
			}
			return 1
		case a.key != b.key:
			return cmp.Compare(b.key, a.key)
		}
		return cmp.Compare(a.Item.No, b.Item.No)
	})
	s.list = s.list[:min(len(s.list), want)]
}

// pin adds the shop's own items. A pin rests on nobody: if the item was ranked
// as well, it is shown as what it is, the shop's wish.
func (s *Scratch) pin(g *Ground, gt *gate, rules *Merchandise) {
	for _, p := range rules.Pin {
		if item := g.snapshot.ByID(p.Item); gt.admits(item) {
			s.put(g, item)
		}
	}
	for i := range rules.Slots {
		slot := &rules.Slots[i]
		if slices.ContainsFunc(s.list, func(x ranked) bool { return slot.holds(x.Item) }) {
			continue
		}
		from := g.popular
		if slot.Category != "" {
			from = g.byCategory[slot.Category]
		}
		for _, item := range from {
			if slot.holds(item) && gt.admits(item) {
				s.put(g, item)
				break
			}
		}
	}
}

func (s *Scratch) put(g *Ground, item *tactful.Item) {
	pinned := decision.Candidate{Item: item, Origin: tactful.Pinned, People: g.people(item)}
	for i := range s.list {
		if s.list[i].Item == item {
			s.list[i].Candidate = pinned
			return
		}
	}
	s.list = append(s.list, ranked{Candidate: pinned})
}

// fill adds popular items until there are enough: for similar and basket those
// of the same category first.
func (s *Scratch) fill(g *Ground, c *decision.Case, gt *gate, rules *Merchandise, want int, origin tactful.Origin) {
	if origin == tactful.Bestseller && len(rules.Boost)+len(rules.Bury) > 0 {
		want = MostCandidates
	}
	if s.have == nil {
		s.have = make(map[*tactful.Item]bool, MostCandidates)
	}
	have := s.have
	clear(have)
	kept := 0
	for i := range s.list {
		have[s.list[i].Item] = true
		if s.had[s.list[i].Item.No] {
			kept++
		}
	}
	from := func(list []*tactful.Item) {
		for _, item := range list {
			if len(s.list) >= want {
				return
			}
			if have[item] || !gt.admits(item) || (origin == tactful.Filler && rules.buries(item)) {
				continue
			}
			if origin == tactful.Filler && s.had[item.No] {
				if kept++; kept > hadKept {
					continue
				}
			}
			have[item] = true
			people := g.people(item)
			s.list = append(s.list, ranked{
				Candidate: decision.Candidate{Item: item, Origin: origin, People: people},
				key:       float64(people),
			})
		}
	}
	if origin == tactful.Filler && len(gt.own) > 0 {
		if item := g.snapshot.ByNo(gt.own[0]); item != nil && len(item.Categories) > 0 && c.Request.Placement != tactful.ForYou {
			from(g.byCategory[item.Categories[len(item.Categories)-1]])
		}
	}
	if one := c.Request.Filter.Categories; len(one) == 1 {
		from(g.byCategory[one[0]])
		return
	}
	from(g.popular)
}
