package recommend

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/model"
)

// MostCandidates bounds what the guards have to judge for one list.
const MostCandidates = 200

const _ = uint8(MostCandidates + 1) // Scratch.slots counts them in bytes

// hadKept bounds how many things that the person has or sent away are
// proposed. They score high, and the guards refuse them with their reason; more
// than this would only crowd out what may be shown.
const hadKept = 40

// enough is how many candidates a list of count needs, so that it is still
// full after the guards.
func enough(count int) int { return min(5*count+40, MostCandidates) }

// Scratch holds buffers between requests; one request at a time. The zero
// value works. Keep it in a pool.
type Scratch struct {
	gate    gate
	score   *model.Scratch
	inputs  []model.Input
	pieceOf []int32            // by input
	shared  int                // inputs that add to every item; behind them those that stand apart
	serves  []decision.Classes // by input that stands apart: it adds only to items of all these classes
	columns []int32            // by candidate, -1: not in the model
	slots   []uint8            // by column: candidate + 1, zero between calls; bytes, so that they stay in the nearest cache
	counts  []int32            // by candidate: its contributions so far
	hits    []int32            // of one row: the places of candidates
	list    []ranked
	out     []decision.Candidate
	parts   []decision.Contribution
	chosen  []int
	fixed   []bool // by position in chosen
	order   []int
	taken   []bool
	spared  int                    // what the person objects to and is proposed all the same, see objectedKept
	have    map[*tactful.Item]bool // in the list
	had     numbers                // what the person has or sent away, see hadKept
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
	s.list, s.parts, s.spared = s.list[:0], s.parts[:0], 0
	gt := s.open(g, c)
	rules := set.on(c.Request.Placement)
	want := enough(c.Request.Count)
	s.take(g, c)
	switch c.Request.Placement {
	case tactful.ForYou, tactful.Similar, tactful.Basket:
		s.rank(g, c, gt, rules, want)
		s.settle(rules, want)
		s.pin(g, c, gt, rules)
		s.fill(g, c, gt, rules, want, tactful.Filler)
	case tactful.Popular:
		s.fill(g, c, gt, rules, want, tactful.Bestseller)
		s.settle(rules, want)
		s.pin(g, c, gt, rules)
	case tactful.Search:
		s.search(g, c, gt, rules, want)
		s.settle(rules, want)
		s.pin(g, c, gt, rules)
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
