package guard

import (
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Fresh refuses what rests on stale or disputed data: a piece of the history
// that is older than its action may be, that has no time or one in the future,
// or about which the person said "don't use this", "it was a gift" or "that's
// wrong". The evidence stage gives such pieces no weight; this guard does not
// rely on that.
type Fresh struct {
	Stale [tactful.Actions]time.Duration // how long each action counts; 0: not at all
}

var _ Guard = Fresh{}

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
)

// Detail says what a verdict's code means.
func (Fresh) Detail(code uint8) string {
	switch code {
	case freshStale:
		return "rests on something too long ago"
	case freshDisputed:
		return "rests on something the person took out"
	case freshUndated:
		return "rests on something without a believable time"
	}
	return failedDetail(code)
}

// clockSkew is how far ahead a sender's clock may be.
const clockSkew = day

// Judge rules on each candidate.
func (f Fresh) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	judgePieces(c, candidates, out, func(p *decision.Piece) uint8 {
		if p.Setting != decision.SettingNone {
			return freshDisputed
		}
		if p.Origin != decision.FromHistory {
			return 0 // it came with the request
		}
		age := c.Now.Sub(p.Time)
		switch {
		case p.Time.IsZero() || age < -clockSkew:
			return freshUndated
		case int(p.Action) >= len(f.Stale) || age > f.Stale[p.Action]:
			return freshStale
		}
		return 0
	})
	return nil
}
