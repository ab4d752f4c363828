package guard

import (
	"math"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Fresh refuses what rests on data that is no longer current or correct: a piece
// of the history that is older than its action may count, or may be kept at all;
// one that counts for more than its age allows; one that has no time or one in
// the future; one about which the person said "don't use this", "it was a gift"
// or "that's wrong"; and anything of a history that is contested, so that its use
// is restricted. An item that cannot be had now is out of date itself. The
// evidence stage gives such pieces no weight and the store hides what has
// expired; this guard relies on neither.
type Fresh struct {
	Rules FreshRules
}

var _ Guard = Fresh{}

// FreshRules say what is current, by action. The engine takes them from the
// evidence rules and the terms of events, so that each is set in one place; the
// zero value lets no history through.
type FreshRules struct {
	Stale    [tactful.Actions]time.Duration // how long each action counts; 0: not at all
	Kept     [tactful.Actions]time.Duration // how long each may be kept; 0: not at all
	Weights  [tactful.Actions]float64       // what each adds on its first day
	HalfLife time.Duration                  // after which it adds half
}

func (r *FreshRules) validate() (faults []error) {
	if r.Stale[tactful.Purchased] <= 0 || r.Kept[tactful.Purchased] <= 0 || r.HalfLife <= 0 {
		faults = append(faults, tactful.InvalidField("fresh", "is not set", "take it from the evidence rules and the terms of events"))
	}
	return faults
}

// Name is the guard's word.
func (Fresh) Name() string { return "fresh" }

// Promise is the sentence it keeps.
func (Fresh) Promise() string {
	return "What is out of date, or what you told us is wrong, is not used."
}

// File is where it is decided.
func (Fresh) File() string { return "internal/guard/fresh.go" }

// Details of the fresh guard. The numbers are part of
// the message keys that tell the customer (leftout.fresh.1 and so on).
const (
	freshStale uint8 = iota + 1
	freshDisputed
	freshUndated
	freshExpired
	freshFaded
	freshGone
)

// Detail says what a verdict's code means.
func (Fresh) Detail(code uint8) string {
	switch code {
	case freshStale:
		return "rests on something too long ago"
	case freshDisputed:
		return "rests on something the person took out, or contests"
	case freshUndated:
		return "rests on something without a believable time"
	case freshExpired:
		return "rests on something whose term is over"
	case freshFaded:
		return "rests on something that counts for more than its age allows"
	case freshGone:
		return "cannot be had now"
	}
	return failedDetail(code)
}

// clockSkew is how far ahead a sender's clock may be.
const clockSkew = day

// Judge rules on each candidate.
func (f Fresh) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	judgePieces(c, candidates, out, func(p *decision.Piece) uint8 {
		switch {
		case p.Setting != decision.SettingNone:
			return freshDisputed
		case p.Origin != decision.FromHistory:
			return 0 // it came with the request
		case c.Permit.Frozen:
			return freshDisputed
		}
		return f.Rules.fault(p, c.Now.Sub(p.Time))
	})
	for i := range candidates {
		if item := candidates[i].Item; item != nil && !out[i].Stops() && !item.Shown(c.Now) {
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: freshGone}
		}
	}
	return nil
}

// fault says what makes a piece of some age one that may not be used.
func (r *FreshRules) fault(p *decision.Piece, age time.Duration) uint8 {
	switch {
	case p.Time.IsZero() || age < -clockSkew:
		return freshUndated
	case int(p.Action) >= tactful.Actions || age > r.Stale[p.Action]:
		return freshStale
	case age > r.Kept[p.Action]:
		return freshExpired
	case !(math.Abs(p.Weight) <= math.Abs(r.Weights[p.Action])*r.left(age)+1e-9):
		return freshFaded // a weight that is no number too
	}
	return 0
}

// left is what is left of a weight after some time. The last whole day that
// began counts as not over: evidence ages by whole days.
func (r *FreshRules) left(age time.Duration) float64 {
	days := math.Floor(age.Hours() / 24)
	if days <= 0 {
		return 1
	}
	return math.Exp2(-days * 24 / r.HalfLife.Hours())
}
