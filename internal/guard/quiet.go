package guard

import (
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Quiet holds what would be sent in quiet hours: those of the house and those of
// the person, by the clocks of the person's zone. What is held is not dropped:
// NextAllowed says when it may go, and it goes by a decision of its own, which
// asks consent, caps, stock and freshness anew.
//
// It holds mail, push and text messages. Letters and pages wake nobody up. Service
// messages, what a customer has to know now, go at once unless the house declares that
// they wait too; hours that the person set hold them always: it is the person's night.
type Quiet struct {
	Rules QuietRules
}

var _ Guard = Quiet{}

// QuietRules are the quiet hours of the house.
type QuietRules struct {
	From    string `yaml:"from" doc:"From this time of day nothing is sent, HH:MM."`
	Until   string `yaml:"until" doc:"Until this time of day; over midnight if it is earlier."`
	Service bool   `yaml:"service" doc:"Service messages wait for the end of the house's quiet hours too; hours that a person set hold them always."`
}

func (r *QuietRules) defaults() {
	if r.From == "" && r.Until == "" {
		r.From, r.Until = "21:00", "08:00"
	}
}

func (r *QuietRules) validate() (faults []error) {
	from, okFrom := clock(r.From)
	until, okUntil := clock(r.Until)
	if !okFrom {
		faults = append(faults, tactful.InvalidField("quiet.from", "is not a time of day", "write one like 21:00"))
	}
	if !okUntil {
		faults = append(faults, tactful.InvalidField("quiet.until", "is not a time of day", "write one like 08:00"))
	}
	if okFrom && okUntil && from == until {
		faults = append(faults, tactful.InvalidField("quiet.until", "is the same as quiet.from", "set two times of day; there is no way to have no quiet hours"))
	}
	return faults
}

// Name is the guard's word.
func (Quiet) Name() string { return "quiet" }

// Promise is the sentence it keeps.
func (Quiet) Promise() string {
	return "No advertising is sent to you in quiet hours; it waits for the morning."
}

// File is where it is decided.
func (Quiet) File() string { return "internal/guard/quiet.go" }

// Details of the quiet guard.
const (
	quietHeld uint8 = iota + 1
	quietNowhere
)

// Detail says what a verdict's code means.
func (Quiet) Detail(code uint8) string {
	switch code {
	case quietHeld:
		return "held until the quiet hours are over"
	case quietNowhere:
		return "the person's time zone is not known"
	}
	return failedDetail(code)
}

// Judge rules on each candidate.
func (q Quiet) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	for i := range candidates {
		out[i] = decision.Verdict{Ruling: decision.Allow}
		if o := candidates[i].Offer; o == nil || !wakes(o.Channel) {
			continue
		}
		switch at, ok := q.nextAllowed(c, candidates[i].Offer.Kind, c.Now); {
		case c.Zone == nil:
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: quietNowhere}
		case !ok || at.After(c.Now):
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: quietHeld}
		}
	}
	return nil
}

// wakes reports whether what comes by a channel can wake somebody up.
func wakes(c decision.Channel) bool { return c.Sent() && c != decision.ChannelLetter }

// NextAllowed returns the first moment from now on that is in nobody's quiet
// hours; false where there is none, or where the zone is not known.
func (q Quiet) NextAllowed(c *decision.Case, now time.Time) (time.Time, bool) {
	return q.nextAllowed(c, decision.KindMarketing, now)
}

func (q Quiet) nextAllowed(c *decision.Case, kind decision.CampaignKind, now time.Time) (time.Time, bool) {
	var quiet []tactful.Quiet
	if kind != decision.KindService || q.Rules.Service {
		quiet = append(quiet, tactful.Quiet{From: q.Rules.From, Until: q.Rules.Until})
	}
	if c.Showings != nil && c.Showings.Limits != nil && c.Showings.Limits.Quiet != (tactful.Quiet{}) {
		quiet = append(quiet, c.Showings.Limits.Quiet)
	}
	return NextAllowed(now, c.Zone, quiet...)
}

// NextAllowed returns the first moment from now on at which the clocks of a zone
// show no quiet hour. Where a clock goes back, an hour that it shows twice is
// quiet twice; where it goes forward over the end of the quiet hours, they end
// with the jump. It is false where there is no zone, where hours cannot be read,
// and where all of the day is quiet.
func NextAllowed(now time.Time, zone *time.Location, quiet ...tactful.Quiet) (time.Time, bool) {
	if zone == nil {
		return time.Time{}, false
	}
	type span struct{ from, until time.Duration }
	spans := make([]span, 0, 2)
	for _, hours := range quiet {
		from, ok := clock(hours.From)
		until, too := clock(hours.Until)
		if !ok || !too || from == until {
			return time.Time{}, false
		}
		spans = append(spans, span{from, until})
	}
	at := now
	for range 32 { // each step passes a span's end or a change of the clocks
		moved := false
		for _, s := range spans {
			local := at.In(zone)
			shows := sinceMidnight(local)
			if !inside(shows, s.from, s.until) {
				continue
			}
			_, changes := local.ZoneBounds()
			next := at.Add((s.until - shows + day) % day)
			if !changes.IsZero() && !next.Before(changes) {
				next = changes
			}
			at, moved = next, true
		}
		if !moved {
			return at, true
		}
		if at.Sub(now) > 3*day {
			break
		}
	}
	return time.Time{}, false
}

// sinceMidnight is what a clock shows.
func sinceMidnight(t time.Time) time.Duration {
	h, m, s := t.Clock()
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second + time.Duration(t.Nanosecond())
}

// inside reports whether a time of day lies in [from, until), over midnight
// where from is the later one.
func inside(shows, from, until time.Duration) bool {
	if from < until {
		return shows >= from && shows < until
	}
	return shows >= from || shows < until
}

// clock reads HH:MM.
func clock(s string) (time.Duration, bool) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, false
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, true
}
