package recommend

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/model"
)

// objectedKept bounds how many items that the person does not want are
// proposed. The guards refuse them, and the receipt says so; more than this
// would only crowd out what may be shown.
const objectedKept = 40

// objected reports whether an item is passed over because the person objects to
// it and enough of its like are proposed already.
func (s *Scratch) objected(c *decision.Case, item *tactful.Item) bool {
	if c.Wishes.Objects(item) == decision.NoObjection {
		return false
	}
	s.spared++
	return s.spared > objectedKept
}

// scored returns what the model scores highest, enough to be left with want
// after what the person has and does not want.
func (s *Scratch) scored(g *Ground, c *decision.Case, gt *gate, want int) []model.Scored {
	most := want + max(0, len(s.had.list)-hadKept)
	admits := func(column int32) bool {
		offer := &g.columns[column]
		return gt.admitsOffer(offer) && (c.Free(offer.no) || !c.Barred(offer.item))
	}
	if s.shared < len(s.inputs) {
		return s.scoredApart(g, c, admits, most)
	}
	scored := g.model.Score(s.score, s.inputs, most, func(column int32) bool { return !admits(column) })
	if c.Wishes == nil || len(scored) < most {
		return scored
	}
	objections := 0
	for _, x := range scored {
		if c.Wishes.Objects(g.columns[x.Column].item) != decision.NoObjection {
			objections++
		}
	}
	if objections <= objectedKept {
		return scored
	}
	// So much of it is unwanted that the list would stay short: look further, for
	// the rest only. What is above is proposed first, so that the receipt has it.
	few := scored[:0:0]
	for _, x := range scored {
		if len(few) < objectedKept && c.Wishes.Objects(g.columns[x.Column].item) != decision.NoObjection {
			few = append(few, x)
		}
	}
	rest := g.model.Score(s.score, s.inputs, most, func(column int32) bool {
		return !admits(column) || c.Wishes.Objects(g.columns[column].item) != decision.NoObjection
	})
	return append(few, rest...)
}

// lean applies what the person wants more or less of. Multiplying by a power of
// two is exact, so the score stays the sum of its contributions bit for bit, and
// their order stays as it is.
func (s *Scratch) lean(c *decision.Case) {
	if c.Wishes == nil || len(c.Wishes.Topics) == 0 {
		return
	}
	for i := range s.list {
		x := &s.list[i]
		topic, wish := c.Wishes.Wish(x.Item)
		factor := decision.Factor(wish)
		if factor == 1 || len(x.Contributions) == 0 {
			continue
		}
		x.Topic, x.Wish = topic, wish
		for j := range x.Contributions {
			x.Contributions[j].Value *= factor
		}
		x.Score *= factor
	}
}

// askedFor are the categories that a person asked for more of, in order.
func askedFor(w *decision.Wishes) []string {
	if w == nil || len(w.Topics) == 0 {
		return nil
	}
	var more []string
	for _, topic := range slices.Sorted(maps.Keys(w.Topics)) {
		if w.Topics[topic] == tactful.WishMore && !strings.HasPrefix(topic, tactful.LabelPrefix) {
			more = append(more, topic)
		}
	}
	return more
}

// within returns the popular items of a category that is named by its name or
// its path; of a path some that are of another path with the same last name.
func (g *Ground) within(topic string) []*tactful.Item {
	if list := g.byCategory[topic]; len(list) > 0 {
		return list
	}
	return g.byCategory[decision.TopicName(topic)]
}

// leanFiller sorts the filler from a place on, as popular as the person's wishes
// make it; ties stay in their order.
func (s *Scratch) leanFiller(first int) {
	filler := s.list[first:]
	for i := range filler {
		filler[i].key = (1 + filler[i].key) * decision.Factor(filler[i].Wish)
	}
	slices.SortStableFunc(filler, func(a, b ranked) int { return cmp.Compare(b.key, a.key) })
}
