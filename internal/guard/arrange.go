package guard

import (
	"fmt"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Arranger is a guard that judges the list as a whole as well: what the items
// say together. It may put them in another order or leave some out, no more.
type Arranger interface {
	Guard
	// Turn says when it arranges.
	Turn() Turn
	// Arrange returns the list as it should be: places in candidates, each of
	// line.Order at most once. It may use line.Order's memory. out is the guard's
	// own column of verdicts, one per candidate: who leaves an item out, or
	// moves it out of what is shown, says there why.
	Arrange(c *decision.Case, candidates []decision.Candidate, line Line, out []decision.Verdict) ([]int, error)
}

// Turn orders the arrangers: what only reorders comes before what leaves out,
// so that nothing undoes a refusal. The receipt's order is that of All.
type Turn uint8

// Turns.
const (
	TurnMix    Turn = iota // what the list is made of (diverse)
	TurnShares             // whose items it shows (fair)
	TurnKnown              // that a guess does not lead it (provenance)
	TurnRefuse             // what it may tell (inference)
	turnsOver
)

// Line is a list in the making. It is longer than what will be shown, so that
// what is left out can be made up for.
type Line struct {
	Order   []int             // places in candidates, best first
	Count   int               // how many of them will be shown
	Fixed   []bool            // by position: the shop has put it there (a pin or a slot)
	Overall []decision.Ruling // by candidate; what is demoted stays behind what is allowed
}

// demoted reports whether a candidate must stay behind those that are allowed.
func (l *Line) demoted(i int) bool { return l.Overall[i] == decision.Demote }

// fixed reports whether the shop has put something at a position.
func (l *Line) fixed(position int) bool { return position < len(l.Fixed) && l.Fixed[position] }

// detailDropped is the Detail of what an arranger left out without saying why.
const detailDropped = 254

// Arrange has every arranger that judged in the last Run arrange the list, and
// returns what is to be shown. An arranger that errs, panics, adds an item,
// doubles one or lifts what was demoted has refused the whole list. The answer
// lives in the rulings until the next Run.
func Arrange(c *decision.Case, candidates []decision.Candidate, order []int, fixed []bool, r *Rulings) []int {
	r.line = append(r.line[:0], order...)
	if c.Request == nil || len(candidates) != len(r.overall) {
		return r.line[:0] // not judged: nothing leaves
	}
	line := Line{Order: r.line, Count: c.Request.Count, Fixed: fixed, Overall: r.overall}
	for turn := range turnsOver {
		for g, guard := range r.guards {
			arranger, ok := guard.(Arranger)
			if !ok || arranger.Turn() != turn || len(line.Order) == 0 {
				continue
			}
			r.before = append(r.before[:0], line.Order...)
			out := r.verdicts[g*len(candidates) : (g+1)*len(candidates) : (g+1)*len(candidates)]
			after, err := arrange(arranger, c, candidates, line, out)
			if err == nil {
				err = r.only(after, out)
			}
			if err != nil {
				r.failures = append(r.failures, Failure{guard.Name(), err})
				for _, i := range r.before {
					out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: detailFailed}
				}
				return r.line[:0]
			}
			r.line = append(r.line[:0], after...)
			line.Order = r.line
		}
	}
	return line.Order[:min(line.Count, len(line.Order))]
}

// arrange turns a panic into an error, as judge does.
func arrange(a Arranger, c *decision.Case, candidates []decision.Candidate, line Line, out []decision.Verdict) (after []int, err error) {
	defer func() {
		if recover() != nil {
			err = tactful.Errorf(tactful.Internal, "the guard panicked")
		}
	}()
	if after, err = a.Arrange(c, candidates, line, out); err != nil {
		return nil, fmt.Errorf("arrange: %w", err)
	}
	return after, nil
}

// only checks that a list is the one before in another order, or a part of it,
// and that nothing demoted passed what is allowed. What was left out is ruled so.
func (r *Rulings) only(after []int, out []decision.Verdict) error {
	r.place = zeroed(r.place, len(out))
	for position, i := range r.before {
		r.place[i] = int32(position + 1)
	}
	for _, i := range after {
		if i < 0 || i >= len(out) || r.place[i] <= 0 {
			return tactful.Errorf(tactful.Internal, "the list has something that was not in it, or has it twice")
		}
		r.place[i] = -r.place[i]
	}
	first := int32(len(r.before) + 1) // of what is allowed and comes later
	for _, i := range slices.Backward(after) {
		switch at := -r.place[i]; {
		case r.overall[i] != decision.Demote:
			first = min(first, at)
		case first < at:
			return tactful.Errorf(tactful.Internal, "what was demoted was lifted again")
		}
	}
	for _, i := range r.before {
		if r.place[i] > 0 && !stops(out[i]) {
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: detailDropped}
		}
	}
	return nil
}
