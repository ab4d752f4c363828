package recommend

import (
	"cmp"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

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
func (s *Scratch) pin(g *Ground, c *decision.Case, gt *gate, rules *Merchandise) {
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
			if slot.holds(item) && gt.admits(item) && !c.Barred(item) {
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
// of the same category first. What the person asked for more of counts as twice
// as popular, and half as popular what they asked for less of.
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
		if s.had.has(s.list[i].Item.No) {
			kept++
		}
	}
	wishes := c.Wishes
	if origin != tactful.Filler {
		wishes = nil
	}
	from := func(list []*tactful.Item, most int) {
		for _, item := range list {
			if len(s.list) >= most {
				return
			}
			if have[item] || !gt.admits(item) || (origin == tactful.Filler && rules.buries(item)) || c.Barred(item) || s.objected(c, item) {
				continue
			}
			if origin == tactful.Filler && s.had.has(item.No) {
				if kept++; kept > hadKept {
					continue
				}
			}
			have[item] = true
			people := g.people(item)
			topic, wish := wishes.Wish(item)
			s.list = append(s.list, ranked{
				Candidate: decision.Candidate{Item: item, Origin: origin, People: people, Wish: wish, Topic: topic},
				key:       g.popularity(item),
			})
		}
	}
	if origin == tactful.Filler && len(gt.own) > 0 {
		if item := g.snapshot.ByNo(gt.own[0]); item != nil && len(item.Categories) > 0 && c.Request.Placement != tactful.ForYou {
			from(g.byCategory[item.Categories[len(item.Categories)-1]], want)
		}
	}
	list := g.popular
	if one := c.Request.Filter.Categories; len(one) == 1 {
		list = g.byCategory[one[0]]
	}
	if wishes == nil || len(wishes.Topics) == 0 {
		from(list, want)
		return
	}
	first := len(s.list)
	from(list, first+2*(want-first))
	for _, topic := range askedFor(wishes) {
		from(g.within(topic), len(s.list)+want-first)
	}
	s.leanFiller(first)
	s.list = s.list[:min(len(s.list), want)]
}
