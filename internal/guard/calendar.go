package guard

import "time"

// calendarOf returns the first moment of the calendar day, week (from Monday) or
// month that a moment lies in, and the first moment after it, by the clocks of a
// zone. It is exact where clocks change at midnight: a day begins when its date
// first stands on the clock.
func calendarOf(unit string, now time.Time, zone *time.Location) (begins, ends time.Time) {
	y, m, d := now.In(zone).Date()
	switch unit {
	case "week":
		back := (int(now.In(zone).Weekday()) + 6) % 7
		return firstOf(y, m, d-back, zone), firstOf(y, m, d-back+7, zone)
	case "month":
		return firstOf(y, m, 1, zone), firstOf(y, m+1, 1, zone)
	}
	return firstOf(y, m, d, zone), firstOf(y, m, d+1, zone)
}

// firstOf is the first moment at which a clock of the zone shows a date or a
// later one.
func firstOf(y int, m time.Month, d int, zone *time.Location) time.Time {
	midnight := time.Date(y, m, d, 0, 0, 0, 0, time.UTC) // as if clocks were UTC's
	at := midnight.Add(-26 * time.Hour)                  // no clock is so far ahead
	for {
		_, offset := at.In(zone).Zone()
		_, changes := at.In(zone).ZoneBounds()
		there := midnight.Add(-time.Duration(offset) * time.Second)
		if there.Before(at) {
			there = at
		}
		if changes.IsZero() || there.Before(changes) {
			return there
		}
		at = changes
	}
}
