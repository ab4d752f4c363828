package guard

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func atHour(hour int, channel decision.Channel) decision.Case {
	c := offering(channel)
	c.Now = time.Date(2026, 3, 4, hour, 30, 0, 0, time.UTC)
	return c
}

var quietSamples = []sample{
	{"a mail at noon goes", atHour(12, mail), offer(mail), allow()},
	{"a mail at night is held", atHour(23, mail), offer(mail), withhold(quietHeld)},
	{"what a customer has to know does not wait for the house", atHour(3, mail), offer(mail, kind(decision.KindService)), allow()},
	{"it does for hours that the person set", edited(atHour(3, mail), limits(tactful.MessageLimits{Quiet: tactful.Quiet{From: "01:00", Until: "05:00"}})), offer(mail, kind(decision.KindService)), withhold(quietHeld)},
	{"a letter wakes nobody", atHour(3, decision.ChannelLetter), offer(decision.ChannelLetter), allow()},
	{"a page is looked at by whoever is awake", atHour(3, site), offer(site), allow()},
	{"night is where the person is", edited(atHour(12, mail), func(c *decision.Case) { c.Zone = zone("Asia/Tokyo") }), offer(mail), withhold(quietHeld)},
	{"where that is not known it is held", edited(atHour(12, mail), func(c *decision.Case) { c.Zone = nil }), offer(mail), withhold(quietNowhere)},
	{"the person's own quiet hours count too", edited(atHour(12, mail), limits(tactful.MessageLimits{Quiet: tactful.Quiet{From: "12:00", Until: "14:00"}})), offer(mail), withhold(quietHeld)},
	{"and do not open those of the house", edited(atHour(22, mail), limits(tactful.MessageLimits{Quiet: tactful.Quiet{From: "12:00", Until: "14:00"}})), offer(mail), withhold(quietHeld)},
}

func TestServiceMessagesWaitForTheHouseWhereItSaysSo(t *testing.T) {
	c := atHour(3, mail)
	for _, wait := range []bool{false, true} {
		q := Quiet{Rules: QuietRules{From: "21:00", Until: "08:00", Service: wait}}
		out := make([]decision.Verdict, 1)
		if err := q.Judge(&c, []decision.Candidate{offer(mail, kind(decision.KindService))}, out); err != nil || (out[0] == withhold(quietHeld)) != wait || (out[0] == allow()) == wait {
			t.Errorf("declared %v: %+v %v", wait, out[0], err)
		}
	}
}

func TestQuietHoursEndWhenTheClockSaysSo(t *testing.T) {
	night := []tactful.Quiet{{From: "21:00", Until: "08:00"}}
	for _, tc := range []struct {
		name, zone, now, want string // times in UTC
		quiet                 []tactful.Quiet
	}{
		{"at noon it goes at once", "Europe/Berlin", "2026-03-04T11:00:00", "2026-03-04T11:00:00", night},
		{"in the evening it waits for the morning", "Europe/Berlin", "2026-03-04T20:00:00", "2026-03-05T07:00:00", night},
		{"at the first moment of the night it is held", "Europe/Berlin", "2026-03-04T20:00:00", "2026-03-05T07:00:00", night},
		{"a second before it goes", "Europe/Berlin", "2026-03-04T19:59:59", "2026-03-04T19:59:59", night},
		{"at the first moment of the day it goes", "Europe/Berlin", "2026-03-05T07:00:00", "2026-03-05T07:00:00", night},
		{"a second before that it is held", "Europe/Berlin", "2026-03-05T06:59:59", "2026-03-05T07:00:00", night},
		{"in the night in which summer time begins, the night is an hour shorter", "Europe/Berlin", "2026-03-28T20:00:00", "2026-03-29T06:00:00", night},
		{"in the night in which it ends, an hour longer", "Europe/Berlin", "2026-10-24T19:00:00", "2026-10-25T07:00:00", night},
		{"quiet hours that end in the hour that does not exist end with the jump", "Europe/Berlin", "2026-03-29T00:30:00", "2026-03-29T01:00:00", []tactful.Quiet{{From: "00:00", Until: "02:30"}}},
		{"quiet hours that end in the hour that is there twice end when it is over the first time", "Europe/Berlin", "2026-10-24T23:00:00", "2026-10-25T00:30:00", []tactful.Quiet{{From: "00:00", Until: "02:30"}}},
		{"the second time the hour is quiet again", "Europe/Berlin", "2026-10-25T01:10:00", "2026-10-25T01:30:00", []tactful.Quiet{{From: "00:00", Until: "02:30"}}},
		{"India is half an hour off", "Asia/Kolkata", "2026-03-04T20:00:00", "2026-03-05T02:30:00", night},
		{"the Chatham Islands three quarters", "Pacific/Chatham", "2026-06-04T12:00:00", "2026-06-04T19:15:00", night},
		{"Lord Howe puts its clock half an hour forward", "Australia/Lord_Howe", "2026-10-03T12:00:00", "2026-10-03T21:00:00", night},
		{"and half an hour back", "Australia/Lord_Howe", "2026-04-04T12:00:00", "2026-04-04T21:30:00", night},
		{"a leap day is a day", "Europe/London", "2028-02-28T22:00:00", "2028-02-29T08:00:00", night},
		{"and ends like one", "Europe/London", "2028-02-29T22:00:00", "2028-03-01T08:00:00", night},
		{"two spans that meet are one", "Europe/London", "2026-01-10T22:00:00", "2026-01-11T10:00:00", []tactful.Quiet{{From: "21:00", Until: "08:00"}, {From: "07:30", Until: "10:00"}}},
		{"Samoa lost a day and nobody an hour of sleep", "Pacific/Apia", "2011-12-30T08:00:00", "2011-12-30T18:00:00", night},
		{"a day that is quiet throughout never ends", "Europe/London", "2026-01-10T22:00:00", "", []tactful.Quiet{{From: "21:00", Until: "08:00"}, {From: "08:00", Until: "21:00"}}},
		{"hours that cannot be read hold everything", "Europe/London", "2026-01-10T12:00:00", "", []tactful.Quiet{{From: "21", Until: "08:00"}}},
	} {
		now, err := time.Parse("2006-01-02T15:04:05", tc.now)
		if err != nil {
			t.Fatal(err)
		}
		at, ok := NextAllowed(now, zone(tc.zone), tc.quiet...)
		got := ""
		if ok {
			got = at.UTC().Format("2006-01-02T15:04:05")
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
	if _, ok := NextAllowed(now, nil, night...); ok {
		t.Error("nowhere is not quiet")
	}
}

var oddZones = []string{
	"Europe/Berlin", "America/St_Johns", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia", "America/Havana", "Asia/Beirut", "Africa/Cairo",
	"America/Sao_Paulo", "Asia/Kathmandu", "Antarctica/Troll", "Africa/Casablanca", "UTC",
}

// TestTheNextMomentIsTheFirstThatIsNotQuiet walks minute by minute beside it.
func TestTheNextMomentIsTheFirstThatIsNotQuiet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(rapid.SampledFrom(oddZones).Draw(t, "zone"))
		at := time.Unix(rapid.Int64Range(1262304000/60, 1893456000/60).Draw(t, "minute")*60, 0)
		if _, change := at.In(z).ZoneBounds(); !change.IsZero() && rapid.Bool().Draw(t, "near a change") {
			at = change.Truncate(time.Minute).Add(time.Duration(rapid.IntRange(-600, 60).Draw(t, "minutes off")) * time.Minute)
		}
		from := rapid.IntRange(0, 1439).Draw(t, "from")
		long := rapid.IntRange(1, 1200).Draw(t, "long")
		stamp := func(minute int) string {
			return time.Date(2000, 1, 1, 0, minute%1440, 0, 0, time.UTC).Format("15:04")
		}
		hours := tactful.Quiet{From: stamp(from), Until: stamp(from + long)}
		got, ok := NextAllowed(at, z, hours)
		want := at
		for ; inside(sinceMidnight(want.In(z)), time.Duration(from)*time.Minute, time.Duration((from+long)%1440)*time.Minute); want = want.Add(time.Minute) {
		}
		if !ok || !got.Equal(want) {
			t.Fatalf("from %v, quiet %+v: %v, want %v", at.In(z), hours, got.In(z), want.In(z))
		}
	})
}

// TestACalendarDayBeginsWhenItsDateFirstStandsOnTheClock walks beside it too.
func TestACalendarDayBeginsWhenItsDateFirstStandsOnTheClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(rapid.SampledFrom(oddZones).Draw(t, "zone"))
		at := time.Unix(rapid.Int64Range(1262304000/900, 1893456000/900).Draw(t, "quarter")*900, 0)
		if _, change := at.In(z).ZoneBounds(); !change.IsZero() && rapid.Bool().Draw(t, "near a change") {
			at = change.Add(time.Duration(rapid.IntRange(-100, 100).Draw(t, "quarters off")) * 15 * time.Minute)
		}
		begins, ends := calendarOf("day", at, z)
		date := func(t time.Time) string { return t.In(z).Format(time.DateOnly) }
		if at.Before(begins) || !at.Before(ends) && date(at) != date(begins) {
			t.Fatalf("%v is not in its day, %v to %v", at.In(z), begins.In(z), ends.In(z))
		}
		if date(begins) != date(at) || date(begins.Add(-time.Second)) >= date(begins) {
			t.Fatalf("the day of %v begins %v", at.In(z), begins.In(z))
		}
		if date(ends) <= date(at) || date(ends.Add(-time.Second)) > date(at) {
			t.Fatalf("the day of %v ends %v", at.In(z), ends.In(z))
		}
		week, next := calendarOf("week", at, z)
		if week.In(z).Weekday() != time.Monday && z.String() != "Pacific/Apia" || at.Before(week) || next.Sub(week) < 6*day || next.Sub(week) > 7*day+3*time.Hour {
			t.Fatalf("the week of %v is %v to %v", at.In(z), week.In(z), next.In(z))
		}
		month, _ := calendarOf("month", at, z)
		if month.In(z).Day() != 1 || at.Before(month) {
			t.Fatalf("the month of %v begins %v", at.In(z), month.In(z))
		}
	})
}
