package law

import "time"

// Right is what somebody may ask of the business.
type Right string

// Rights. What a word means for each is the business of the rights room; here
// they only select the clock.
const (
	Access        Right = "access"
	Portability   Right = "portability"
	Rectification Right = "rectification"
	Restriction   Right = "restriction"
	Objection     Right = "objection"
	Erasure       Right = "erasure"
	Withdrawal    Right = "withdrawal" // of a consent or of one event
	Review        Right = "review"     // of a decision, by a human
	OptingOut     Right = "opt_out"    // of sale, sharing, targeted advertising
	Limit         Right = "limit"      // the use of sensitive data
)

// AllRights returns them in their fixed order. The slice is the caller's.
func AllRights() []Right {
	return []Right{Access, Portability, Rectification, Restriction, Objection, Erasure, Withdrawal, Review, OptingOut, Limit}
}

// Due says until when a request must be confirmed and answered. Each time is
// the last second of the last day that is still in time; a zero time means
// that the law of the place sets no such term.
type Due struct {
	Row      string    // code of the row used, Unknown if the place has none
	Confirm  time.Time // that the request has come
	Answer   time.Time
	Extended time.Time // if the person is told why before Answer
	Source   Source
}

// Deadline returns the dates for a request that was received at an instant, in
// the zone of the business; nil is UTC. It never fails: a place without a row
// has the strictest clock, and a right without a clock of its own has that of
// access.
func Deadline(region string, right Right, received time.Time, zone *time.Location) Due {
	row := For(region)
	clock := row.Rights
	if right == OptingOut || right == Limit {
		clock = row.OptOut
	}
	return Due{
		Row:      row.Code,
		Confirm:  clock.Is.Confirm.End(received, zone, row.closed),
		Answer:   clock.Is.Answer.End(received, zone, row.closed),
		Extended: clock.Is.Extended.End(received, zone, row.closed),
		Source:   clock.Source,
	}
}

// Zones from east to west that any clock has, a quarter of an hour apart.
const (
	westmost = -12 * time.Hour
	eastmost = 14 * time.Hour
	apart    = 15 * time.Minute
	moved    = 2 * time.Hour // no zone moves its clocks by more within a term (Troll by two hours, all others by one or less)
)

// EarliestDeadline is Deadline for a business that has not said where it is:
// each date is the earliest that it would have in any zone, so that none is
// too late.
func EarliestDeadline(region string, right Right, received time.Time) Due {
	first := Deadline(region, right, received, time.UTC)
	earlier := func(a *time.Time, b time.Time) {
		if b = b.Add(-moved); !a.IsZero() && b.Before(*a) {
			*a = b
		}
	}
	for offset := westmost; offset <= eastmost; offset += apart {
		due := Deadline(region, right, received, time.FixedZone("", int(offset/time.Second)))
		earlier(&first.Confirm, due.Confirm)
		earlier(&first.Answer, due.Answer)
		earlier(&first.Extended, due.Extended)
	}
	return first
}

// BreachDue is when an authority must have heard of a breach that the business
// has become aware of at an instant.
func BreachDue(region string, aware time.Time, zone *time.Location) time.Time {
	row := For(region)
	return row.Breach.Is.End(aware, zone, row.closed)
}

// AskAgainFrom is the first instant at which a question that was answered with
// no may be put again.
func AskAgainFrom(region string, no time.Time, zone *time.Location) time.Time {
	row := For(region)
	return row.AskAgain.Is.End(no, zone, nil).Add(time.Second)
}
