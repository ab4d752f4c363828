package law

import (
	"fmt"
	"time"
)

// Unit is what a period is counted in.
type Unit uint8

// Units. The zero value is no period at all.
const (
	NoUnit Unit = iota
	Hours
	Days
	WorkingDays // Monday to Friday without the holidays of the whole place
	Months      // calendar months: to the same date, or the month's last day
)

var unitNames = [...]string{"", "hours", "days", "working days", "months"}

// String returns the plural word.
func (u Unit) String() string {
	if int(u) < len(unitNames) {
		return unitNames[u]
	}
	return unitNames[0]
}

// Term is a period as a law writes it.
type Term struct {
	N    int
	Unit Unit
	Roll bool // ends on the next working day if it would end on a Saturday, a Sunday or a public holiday
}

// IsZero reports whether there is no such period.
func (t Term) IsZero() bool { return t.Unit == NoUnit }

// String reads as in a sentence: "1 month", "10 working days".
func (t Term) String() string {
	word := t.Unit.String()
	if t.N == 1 && word != "" {
		word = word[:len(word)-1]
	}
	if t.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d %s", t.N, word)
}

// End returns the last second of the last day of a period that runs from the
// instant received, as the calendar of the zone has it. The day received is
// not counted (Regulation (EEC, Euratom) 1182/71, Article 3(1); California
// Civil Code § 10). Months end with the same date, or with the last day of a
// month that lacks it (Article 3(2)(c)). A period that rolls ends with the
// next working day (Article 3(4)). Hours run from the instant itself. The zero
// Term has no end and gives the zero time; a nil zone is UTC.
func (t Term) End(received time.Time, zone *time.Location, closed Holidays) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	local := received.In(zone)
	day := dateOf(local)
	switch t.Unit {
	case Hours:
		return local.Add(time.Duration(t.N) * time.Hour)
	case Days:
		day = day.add(t.N)
	case WorkingDays:
		for left := t.N; left > 0; {
			if day = day.add(1); closed.working(day) {
				left--
			}
		}
	case Months:
		day = day.addMonths(t.N)
	default:
		return time.Time{}
	}
	for t.Roll && !closed.working(day) {
		day = day.add(1)
	}
	return time.Date(day.year, day.month, day.day, 23, 59, 59, 0, zone)
}

// date is a day of the calendar, free of hours and zones, so that no change of
// the clocks can move it.
type date struct {
	year  int
	month time.Month
	day   int
}

func dateOf(t time.Time) date { return date{t.Year(), t.Month(), t.Day()} }

func (d date) noon() time.Time { return time.Date(d.year, d.month, d.day, 12, 0, 0, 0, time.UTC) }

func (d date) add(days int) date { return dateOf(d.noon().AddDate(0, 0, days)) }

func (d date) weekday() time.Weekday { return d.noon().Weekday() }

func (d date) addMonths(months int) date {
	first := date{d.year, d.month, 1}.noon().AddDate(0, months, 0)
	last := first.AddDate(0, 1, -1).Day()
	return date{first.Year(), first.Month(), min(d.day, last)}
}
