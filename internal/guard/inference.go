package guard

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Inference bounds what a list as a whole tells of a sensitive class that the
// person did not ask for: how much likelier the class becomes to somebody who
// sees the list and knows what goes with what (the sum of the items' log-odds).
// No item of it is sensitive; the lotion, the supplements and the large bag
// together are. What would go over the budget of the list, or of the week, is
// left out, and the next one takes its place. What was shown before in the week
// tells nothing new and is free. And what the person did that itself speaks for
// the class serves no list, like sensitive evidence: a list that rests on it
// tells it, whatever stands in it.
//
// The log-odds come from the operator's lists of cues and from people who agreed
// to protection, never from serving data. It bounds what is known to tell; what
// nobody has found out, it cannot see.
type Inference struct {
	Rules InferenceRules
}

var _ Arranger = Inference{}

// InferenceRules are the budgets, in nats: 0.7 makes something twice as likely.
type InferenceRules struct {
	List float64 `yaml:"list" doc:"By how much one list may change how likely a sensitive class is, as a logarithm: 0.7 doubles the odds."`
	Week float64 `yaml:"week" doc:"By how much all lists of a week together may."`
	Cue  float64 `yaml:"cue" doc:"What somebody did that speaks at least so much for a class they did not ask for serves no list."`
}

func (r *InferenceRules) defaults() {
	if r.List == 0 {
		r.List = 0.2
	}
	if r.Week == 0 {
		r.Week = 0.4
	}
	if r.Cue == 0 {
		r.Cue = 0.5
	}
}

func (r *InferenceRules) validate() (faults []error) {
	if !(r.List > 0 && r.List <= 5) {
		faults = append(faults, tactful.InvalidField("inference.list", "is out of range", "set more than 0, at most 5; 0.2 is the default"))
	}
	if !(r.Week >= r.List && r.Week <= 20) {
		faults = append(faults, tactful.InvalidField("inference.week", "is out of range", "set at least the budget of a list, at most 20; 0.4 is the default"))
	}
	if !(r.Cue > 0 && r.Cue <= 20) {
		faults = append(faults, tactful.InvalidField("inference.cue", "is out of range", "set more than 0, at most 20; 0.5 is the default"))
	}
	return faults
}

// Name is the guard's word.
func (Inference) Name() string { return "inference" }

// Promise is the sentence it keeps.
func (Inference) Promise() string {
	return "No list as a whole tells something sensitive that you did not ask for."
}

// File is where it is decided.
func (Inference) File() string { return "internal/guard/inference.go" }

// Details of the inference guard. The numbers are part of the message keys that
// tell the customer (leftout.inference.1 and so on).
const (
	inferenceList uint8 = iota + 1
	inferenceWeek
	inferenceMissing
	inferenceCue
)

// Detail says what a verdict's code means.
func (Inference) Detail(code uint8) string {
	switch code {
	case inferenceList:
		return "with the rest of the list it would tell something sensitive"
	case inferenceWeek:
		return "with the lists of the week it would tell something sensitive"
	case inferenceMissing:
		return "what tells something sensitive is not known yet"
	case inferenceCue:
		return "rests on something that tells something sensitive"
	}
	return failedDetail(code)
}

// Judge refuses what rests on what tells, and what rests on a person at all
// while it is not known what would.
func (g Inference) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	missing := c.Cues != nil && c.Cues.Missing && c.Permit.Level >= tactful.Personal
	judgePieces(c, candidates, out, func(p *decision.Piece) uint8 {
		switch {
		case missing:
			return inferenceMissing
		case p.Origin == decision.FromHistory && p.Weight != 0 && c.Speaks(p.Item, g.Rules.Cue):
			return inferenceCue
		}
		return 0
	})
	return nil
}

// Turn is the last: nothing comes after a refusal.
func (Inference) Turn() Turn { return TurnRefuse }

// Arrange leaves out what would go over a budget. A list that rests on nobody is
// the same for everybody and tells nothing.
func (g Inference) Arrange(c *decision.Case, candidates []decision.Candidate, line Line, out []decision.Verdict) ([]int, error) {
	if c.Cues == nil || len(c.Cues.Classes) == 0 || c.Permit.Level < tactful.Context || len(c.Evidence.Pieces) == 0 {
		return line.Order, nil
	}
	var list, week [decision.MaxClasses]float64
	var bound [decision.MaxClasses]bool
	for at, class := range c.Cues.Classes {
		bound[at] = c.Bound(class)
		week[at] = c.Told.Sum(c.Cues, at)
	}
	full := c.Told != nil && len(c.Told.Items) >= decision.MaxTold
	kept := line.Order[:0]
	for k, i := range line.Order {
		if len(kept) == line.Count {
			return append(kept, line.Order[k:]...), nil // what comes after is not shown
		}
		if candidates[i].Item == nil {
			kept = append(kept, i) // an offer of nothing in particular
			continue
		}
		no := candidates[i].Item.No
		counted := c.Told.Counts(no)
		code := uint8(0)
		for at := range c.Cues.Classes {
			odds := c.Cues.Of(at, no)
			switch {
			case !bound[at] || odds <= 0:
			case list[at]+odds > g.Rules.List:
				code = inferenceList
			case !counted && (full || week[at]+odds > g.Rules.Week):
				code = max(code, inferenceWeek)
			}
		}
		if code != 0 {
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: code}
			continue
		}
		for at := range c.Cues.Classes {
			odds := c.Cues.Of(at, no)
			list[at] += odds
			if !counted {
				week[at] += odds
			}
		}
		kept = append(kept, i)
	}
	return kept, nil
}
