package recommend

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Reach is how long a list is chosen of which count will be shown, so that the
// guards that arrange it can make up for what they move or leave out.
func Reach(count int) int { return min(5*count+40, MostCandidates) }

// Choose returns the indexes of at most count candidates, in order; overall[i]
// is the worst ruling on candidate i (guard.Rulings.Overall). Candidates come
// best first and keep that order: what is allowed, then what is demoted, then
// filler. Of the variants of one product only the first is taken. Pins and
// slots take their positions if a candidate that may be shown is there; a
// candidate moved into a slot is labelled as moved. The answer lives in
// scratch until its next use.
func Choose(c *decision.Case, set *Settings, candidates []decision.Candidate, overall []decision.Ruling, count int, scratch *Scratch) []int {
	s := scratch
	s.chosen, s.order, s.fixed = s.chosen[:0], s.order[:0], s.fixed[:0]
	if len(overall) != len(candidates) || c.Request == nil {
		return s.chosen // not judged: nothing leaves
	}
	rules := set.on(c.Request.Placement)
	s.taken = append(s.taken[:0], make([]bool, len(candidates))...)
	for turn := range turns {
		for i := range candidates {
			if turnOf(candidates[i].Origin, overall[i]) == turn {
				s.order = append(s.order, i)
			}
		}
	}
	count = min(count, len(candidates))
	next := 0
	for position := 1; len(s.chosen) < count; position++ {
		if i := s.reserved(rules, candidates, overall, position); i >= 0 {
			s.choose(i, true)
			continue
		}
		for next < len(s.order) && (s.taken[s.order[next]] || s.repeated(candidates, s.order[next]) ||
			waits(&candidates[s.order[next]], overall[s.order[next]])) {
			next++
		}
		if next == len(s.order) {
			if !s.more(rules, candidates, overall, position, c.Request.Count) {
				break
			}
			continue
		}
		s.choose(s.order[next], false)
	}
	return s.chosen
}

// The turns in which candidates are taken.
const (
	turnAllowed = iota
	turnDemoted
	turnFiller
	turnFillerDemoted
	turns
)

func turnOf(origin tactful.Origin, ruling decision.Ruling) int {
	turn := turns
	switch ruling {
	case decision.Allow, decision.Coarsen:
		turn = turnAllowed
	case decision.Demote:
		turn = turnDemoted
	case decision.Unruled, decision.Withhold:
		return turns
	}
	if turn < turns && origin == tactful.Filler {
		turn += turnFiller
	}
	return turn
}

func (s *Scratch) choose(i int, fixed bool) {
	s.taken[i] = true
	s.chosen, s.fixed = append(s.chosen, i), append(s.fixed, fixed)
}

// Fixed says of each position of the last list that was chosen whether the shop
// has put something there.
func (s *Scratch) Fixed() []bool { return s.fixed }

// repeated reports whether a variant of the same product is in the list.
func (s *Scratch) repeated(candidates []decision.Candidate, i int) bool {
	group := candidates[i].Item.Group
	if group == "" {
		return false
	}
	for _, j := range s.chosen {
		if candidates[j].Item.Group == group {
			return true
		}
	}
	return false
}

// reserved returns the candidate that takes a position by the shop's wish, -1
// if none may. What is demoted has lost its place.
func (s *Scratch) reserved(rules *Merchandise, candidates []decision.Candidate, overall []decision.Ruling, position int) int {
	free := func(i int) bool {
		turn := turnOf(candidates[i].Origin, overall[i])
		return !s.taken[i] && (turn == turnAllowed || turn == turnFiller) && !s.repeated(candidates, i)
	}
	for _, p := range rules.Pin {
		if p.Position != position {
			continue
		}
		for i := range candidates {
			if candidates[i].Origin == tactful.Pinned && candidates[i].Item.ID == p.Item && free(i) {
				return i
			}
		}
	}
	for k := range rules.Slots {
		if rules.Slots[k].Position != position {
			continue
		}
		for i := range candidates {
			if !rules.Slots[k].holds(candidates[i].Item) || !free(i) {
				continue
			}
			if len(candidates[i].Contributions) > 0 {
				candidates[i].Origin = tactful.Boosted
			} else {
				candidates[i].Origin = tactful.Pinned
			}
			return i
		}
	}
	return -1
}

// waits reports whether a pin is passed over because it has a place of its own.
func waits(candidate *decision.Candidate, ruling decision.Ruling) bool {
	return candidate.Origin == tactful.Pinned && ruling != decision.Demote
}

// more reports whether a later position is still wanted by a pin or a slot
// that can be filled; the list closes up.
func (s *Scratch) more(rules *Merchandise, candidates []decision.Candidate, overall []decision.Ruling, position, count int) bool {
	for later := position + 1; later <= count; later++ {
		if s.reserved(rules, candidates, overall, later) >= 0 {
			return true
		}
	}
	return false
}
