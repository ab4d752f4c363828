package consent

import (
	"time"

	"github.com/tactful/tactful"
)

// choice is when a level was chosen, and what was said beside it.
type choice struct {
	alone   bool      // no answers came with it
	said    time.Time // zero: not stated
	counted bool      // one of the answers beside it stands
	yes     bool      // and one of those is a yes
	live    bool      // and was said now
	latest  time.Time // of those that stand
}

// count notes an answer that stands.
func (c *choice) count(record *tactful.Consent, live bool) {
	c.counted, c.live = true, c.live || live
	c.yes = c.yes || record.Answer == tactful.Granted
	if record.Time.After(c.latest) {
		c.latest = record.Time
	}
}

// when is the moment of the choice: as stated, else that of the answers which
// came with it, else now.
func (c *choice) when(now time.Time) (said time.Time, live bool) {
	switch {
	case !c.said.IsZero():
		return c.said, false
	case c.counted && !c.live:
		return c.latest, false
	}
	return now, true
}

// choose sets the level, if the choice is not older than the one that stands.
// It rises only alone, with a yes that stands, or with answers none of which was
// refused: a yes that was refused must not leave the level behind that was to
// come with it, whatever no stands beside it.
func (a *Applied) choose(level tactful.Level, c choice, now time.Time) {
	prev := a.Next.Level
	said, live := c.when(now)
	switch {
	case level == tactful.LevelUnknown:
		return
	case level > tactful.Full:
		a.refuse("level", "is not a level", "send generic, context, personal or full")
		return
	case level > prev && !c.alone && !c.yes && (!c.counted || len(a.Refused) > 0):
		return
	case level > prev && said.After(now.Add(Skew)):
		a.refuse("level", "was chosen in the future", "send when it was chosen, in UTC; check the sender's clock")
		return
	case level <= prev && said.After(now):
		said = now
	}
	switch since := said.Sub(a.Next.LevelTime); {
	case live, prev == tactful.LevelUnknown:
	case level > prev && since <= 0, level < prev && since < 0:
		return // older than the one that stands; on a tie the lower one
	case level == prev && (level > tactful.Context || since < coalesce):
		return
	}
	a.Next.Level = level
	if said.After(a.Next.LevelTime) {
		a.Next.LevelTime = said
	}
}
