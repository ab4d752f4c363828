package law

import "time"

// Holidays lists the public holidays that hold in the whole of a place. A
// holiday that only a part of it keeps is left out: it could only make a
// deadline later, and earlier is the careful side. The zero value knows
// weekends only, for the same reason.
type Holidays []holiday

// holiday is one rule. Exactly one of its forms is set.
type holiday struct {
	month   time.Month
	day     int
	easter  int          // days after Easter Sunday; used when month is 0
	weekday time.Weekday // with nth: the nth of its kind in the month, -1 the last
	nth     int
	from    int  // first year in which it is kept; 0: always
	moved   move // what happens when a fixed date falls on a weekend
}

type move uint8

const (
	stays   move = iota
	nearest      // Saturday to Friday, Sunday to Monday (5 U.S.C. 6103)
	onward       // to the next day that is neither weekend nor holiday (UK substitute days)
)

func fixed(month time.Month, day int) holiday { return holiday{month: month, day: day} }

func sinceYear(h holiday, year int) holiday { h.from = year; return h }

func afterEaster(days int) holiday { return holiday{easter: days} }

func nth(n int, weekday time.Weekday, month time.Month) holiday {
	return holiday{month: month, weekday: weekday, nth: n}
}

func moving(h holiday, how move) holiday { h.moved = how; return h }

// working reports whether the day is Monday to Friday and no holiday.
func (hs Holidays) working(d date) bool {
	if weekend(d) {
		return false
	}
	for _, year := range []int{d.year, d.year + 1} { // New Year can be kept on 31 December
		if hs.keeps(year, d) {
			return false
		}
	}
	return true
}

func weekend(d date) bool { return d.weekday() == time.Saturday || d.weekday() == time.Sunday }

// keeps reports whether the rules of one year fall on the day. Substitute days
// are given in the order of the list, each to a day that is still free.
func (hs Holidays) keeps(year int, d date) bool {
	var taken []date
	var waiting []date
	for _, h := range hs {
		if year < h.from {
			continue
		}
		on := h.in(year)
		if h.moved == onward && weekend(on) {
			waiting = append(waiting, on)
			continue
		}
		taken = append(taken, on)
	}
	for _, on := range waiting {
		for weekend(on) || has(taken, on) {
			on = on.add(1)
		}
		taken = append(taken, on)
	}
	return has(taken, d)
}

func has(days []date, d date) bool {
	for _, other := range days {
		if other == d {
			return true
		}
	}
	return false
}

// in is the day on which the holiday is kept in a year; a substitute day is
// its list's matter.
func (h holiday) in(year int) date {
	switch {
	case h.month == 0:
		return easter(year).add(h.easter)
	case h.nth > 0:
		d := date{year, h.month, 1}
		for d.weekday() != h.weekday {
			d = d.add(1)
		}
		return d.add(7 * (h.nth - 1))
	case h.nth < 0:
		d := date{year, h.month, 1}.addMonths(1).add(-1)
		for d.weekday() != h.weekday {
			d = d.add(-1)
		}
		return d
	}
	d := date{year, h.month, h.day}
	switch {
	case h.moved == nearest && d.weekday() == time.Saturday:
		return d.add(-1)
	case h.moved == nearest && d.weekday() == time.Sunday:
		return d.add(1)
	}
	return d
}

// easter is Easter Sunday of the Gregorian calendar (the anonymous algorithm,
// Nature, 20 April 1876).
func easter(year int) date {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	month := (h + l - 7*m + 114) / 31
	day := (h+l-7*m+114)%31 + 1
	return date{year, time.Month(month), day}
}
