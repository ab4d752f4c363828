package law

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestDeadlinesThatWereCountedByHand(t *testing.T) {
	for _, c := range []struct {
		name, region   string
		right          Right
		zone, received string
		confirm        string // "" none
		answer         string
		extended       string
	}{
		{"a month ends with the same date", "DE", Access, "Europe/Berlin", "2026-03-05 10:00", "", "2026-04-07", "2026-06-05"}, // 5 April is Easter Sunday, 6 April Easter Monday
		{"31 January runs to the last day of February", "DE", Erasure, "Europe/Berlin", "2025-01-31 09:00", "", "2025-02-28", "2025-04-30"},
		{"31 January of a leap year runs to 29 February", "DE", Erasure, "Europe/Berlin", "2024-01-31 09:00", "", "2024-02-29", "2024-04-30"},
		{"30 January of a leap year runs to 29 February", "DE", Access, "Europe/Berlin", "2024-01-30 09:00", "", "2024-02-29", "2024-04-30"},
		{"29 February runs to 29 March, which is Good Friday", "DE", Access, "Europe/Berlin", "2024-02-29 09:00", "", "2024-04-02", "2024-05-29"},
		{"31 August runs to 30 September", "FR", Access, "Europe/Paris", "2026-08-31 09:00", "", "2026-09-30", "2026-11-30"},
		{"a month over the end of the year", "DE", Access, "Europe/Berlin", "2026-12-15 09:00", "", "2027-01-15", "2027-03-15"},
		{"a last day on Saturday moves to Monday", "DE", Access, "Europe/Berlin", "2026-04-09 09:00", "", "2026-05-11", "2026-07-09"},
		{"a last day on New Year moves over the weekend", "DE", Access, "Europe/Berlin", "2026-12-01 09:00", "", "2027-01-04", "2027-03-01"},
		{"a last day on Christmas Day moves over Boxing Day and the weekend", "DE", Access, "Europe/Berlin", "2026-11-25 09:00", "", "2026-12-28", "2027-02-25"},
		{"a last day on 3 October, a Saturday", "DE", Access, "Europe/Berlin", "2026-09-03 09:00", "", "2026-10-05", "2026-12-03"},
		{"14 July is a holiday in France", "FR", Objection, "Europe/Paris", "2026-06-14 09:00", "", "2026-07-15", "2026-09-14"},
		{"14 July is none in Germany", "DE", Objection, "Europe/Berlin", "2026-06-14 09:00", "", "2026-07-14", "2026-09-14"},
		{"a request at 23:30 in Berlin belongs to that day", "DE", Access, "Europe/Berlin", "2026-05-04 21:30 UTC", "", "2026-06-04", "2026-08-04"},
		{"a request at 00:30 in Berlin belongs to the next", "DE", Access, "Europe/Berlin", "2026-05-04 22:30 UTC", "", "2026-06-05", "2026-08-05"},
		{"the UK's example: 3 September runs to 3 October", "GB", Access, "Europe/London", "2025-09-03 09:00", "", "2025-10-03", "2025-12-03"},
		{"Boxing Day on a Saturday is kept on Monday in the UK", "GB", Access, "Europe/London", "2026-11-26 09:00", "", "2026-12-29", "2027-02-26"},
		{"UK is read as GB", "UK", Access, "Europe/London", "2026-11-26 09:00", "", "2026-12-29", "2027-02-26"},
		{"California counts 45 and 90 days, and 10 business days over Thanksgiving", "US-CA", Access, "America/Los_Angeles", "2026-11-25 09:00", "2026-12-10", "2027-01-09", "2027-02-23"},
		{"California does not move a Saturday", "US-CA", Erasure, "America/Los_Angeles", "2026-01-01 09:00", "2026-01-15", "2026-02-15", "2026-04-01"},
		{"an opt-out in California: 15 business days", "US-CA", OptingOut, "America/Los_Angeles", "2026-06-29 09:00", "", "2026-07-21", ""},
		{"a state without a row has California's clock", "US-WY", Access, "America/Denver", "2026-01-01 09:00", "2026-01-15", "2026-02-15", "2026-04-01"},
		{"Virginia has no term to confirm in", "US-VA", Access, "America/New_York", "2026-01-01 09:00", "", "2026-02-15", "2026-04-01"},
		{"Switzerland counts thirty days", "CH", Access, "Europe/Zurich", "2026-01-31 09:00", "", "2026-03-02", ""},
		{"Brazil counts fifteen days", "BR", Access, "America/Sao_Paulo", "2026-02-20 09:00", "", "2026-03-07", ""},
		{"Québec counts thirty days", "CA-QC", Access, "America/Toronto", "2024-02-15 09:00", "", "2024-03-16", ""},
		{"New Zealand counts twenty working days", "NZ", Access, "Pacific/Auckland", "2026-06-01 09:00", "", "2026-06-29", ""},
		{"a place that nobody knows has the strictest clock", "XX", Access, "UTC", "2026-06-01 09:00", "", "2026-06-11", ""},
		{"so has a place that nobody named", "", Access, "UTC", "2026-06-01 09:00", "", "2026-06-11", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := zone(t, c.zone)
			received, err := time.ParseInLocation("2006-01-02 15:04", c.received, z)
			if plain, utc := strings.CutSuffix(c.received, " UTC"); utc {
				received, err = time.Parse("2006-01-02 15:04", plain)
			}
			if err != nil {
				t.Fatal(err)
			}
			due := Deadline(c.region, c.right, received, z)
			for _, part := range []struct {
				name string
				got  time.Time
				want string
			}{{"confirm", due.Confirm, c.confirm}, {"answer", due.Answer, c.answer}, {"extended", due.Extended, c.extended}} {
				if got := lastDay(part.got, z); got != part.want {
					t.Errorf("%s: got %q, want %q", part.name, got, part.want)
				}
			}
		})
	}
}

func lastDay(at time.Time, z *time.Location) string {
	if at.IsZero() {
		return ""
	}
	if clock := at.In(z).Format("15:04:05"); clock != "23:59:59" {
		return "not the end of a day: " + clock
	}
	return at.In(z).Format(time.DateOnly)
}

// TestAThousandDeadlinesAgreeWithAWalkThroughTheCalendar compares with a second
// implementation that shares nothing with the first: it counts days one by one
// over month lengths written out, and its holidays are a table copied by hand
// from calendars of the years 2024 to 2029.
func TestAThousandDeadlinesAgreeWithAWalkThroughTheCalendar(t *testing.T) {
	chance := rand.New(rand.NewPCG(1182, 71))
	places := []struct {
		region, zone string
		closed       string // key of the table of holidays
		answer       walk
		extended     walk
		confirm      walk
		optOut       walk
	}{
		{region: "DE", zone: "Europe/Berlin", closed: "DE", answer: walk{months: 1, roll: true}, extended: walk{months: 3, roll: true}, optOut: walk{months: 1, roll: true}},
		{region: "GB", zone: "Europe/London", closed: "GB", answer: walk{months: 1, roll: true}, extended: walk{months: 3, roll: true}, optOut: walk{months: 1, roll: true}},
		{region: "EU", zone: "Europe/Brussels", answer: walk{months: 1, roll: true}, extended: walk{months: 3, roll: true}, optOut: walk{months: 1, roll: true}},
		{region: "US-CA", zone: "America/Los_Angeles", closed: "US", answer: walk{days: 45}, extended: walk{days: 90}, confirm: walk{working: 10}, optOut: walk{working: 15}},
		{region: "US-TX", zone: "America/Chicago", closed: "US", answer: walk{days: 45}, extended: walk{days: 90}, optOut: walk{working: 15}},
		{region: "CH", zone: "Europe/Zurich", answer: walk{days: 30}, optOut: walk{days: 30}},
		{region: "BR", zone: "America/Sao_Paulo", answer: walk{days: 15}, optOut: walk{days: 15}},
		{region: "KR", zone: "Asia/Seoul", answer: walk{days: 10}, optOut: walk{days: 15}},
		{region: "NZ", zone: "Pacific/Auckland", answer: walk{working: 20}, optOut: walk{days: 15}},
	}
	rights := AllRights()
	rolled, short := 0, 0
	for i := range 1000 {
		p := places[i%len(places)]
		z := zone(t, p.zone)
		received := time.Date(2024, 1, 1, 0, 0, 0, 0, z).Add(time.Duration(chance.Int64N(int64(5*365*24*3600))) * time.Second)
		if i%7 == 0 { // the ends of months, where mistakes live
			received = time.Date(received.Year(), received.Month()+1, 1, 0, 0, -1, 0, z)
		}
		right := rights[(i/len(places))%len(rights)] // every right in every place
		due := Deadline(p.region, right, received, z)
		want := map[string]walk{"confirm": p.confirm, "answer": p.answer, "extended": p.extended}
		if right == OptingOut || right == Limit {
			want = map[string]walk{"confirm": {}, "answer": p.optOut, "extended": {}}
		}
		from := [3]int{received.Year(), int(received.Month()), received.Day()}
		for part, got := range map[string]time.Time{"confirm": due.Confirm, "answer": due.Answer, "extended": due.Extended} {
			end := want[part].end(from, p.closed)
			if got := lastDay(got, z); got != end {
				t.Errorf("%s, %s, received %s: %s is %q, want %q", p.region, right, received, part, got, end)
			}
			if w := want[part]; w.roll && end != (walk{months: w.months}).end(from, p.closed) {
				rolled++
			}
			if w := want[part]; w.months > 0 && from[2] > 28 {
				short++
			}
		}
	}
	if rolled < 100 || short < 50 {
		t.Errorf("only %d rolled and %d began at the end of a month: the cases prove too little", rolled, short)
	}
}

// walk is a period of the second implementation.
type walk struct {
	months, days, working int
	roll                  bool
}

func (w walk) end(d [3]int, closed string) string {
	if w.months == 0 && w.days == 0 && w.working == 0 {
		return ""
	}
	start := d
	for n := 0; n < w.days; n++ {
		d = tomorrow(d)
	}
	for n := 0; n < w.working; {
		d = tomorrow(d)
		if !rest(d, closed) {
			n++
		}
	}
	for n := 0; n < w.months; n++ { // to the first day of the next month, then on to the same date while there is one
		for here := d[1]; d[1] == here; {
			d = tomorrow(d)
		}
		for month := d[1]; d[2] < start[2] && tomorrow(d)[1] == month; {
			d = tomorrow(d)
		}
	}
	for w.roll && rest(d, closed) {
		d = tomorrow(d)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d[0], d[1], d[2])
}

func tomorrow(d [3]int) [3]int {
	lengths := [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if d[0]%4 == 0 && (d[0]%100 != 0 || d[0]%400 == 0) {
		lengths[2] = 29
	}
	switch {
	case d[2] < lengths[d[1]]:
		d[2]++
	case d[1] < 12:
		d[1], d[2] = d[1]+1, 1
	default:
		d = [3]int{d[0] + 1, 1, 1}
	}
	return d
}

// rest counts on from 1 January, a Monday in 2024, a Wednesday in 2025 and so on.
func rest(d [3]int, closed string) bool {
	n := map[int]int{2024: 0, 2025: 2, 2026: 3, 2027: 4, 2028: 5, 2029: 0, 2030: 1}[d[0]]
	for at := [3]int{d[0], 1, 1}; at != d; at = tomorrow(at) {
		n++
	}
	return n%7 >= 5 || strings.Contains(" "+holidayTable[closed]+" ", fmt.Sprintf(" %04d-%02d-%02d ", d[0], d[1], d[2]))
}

var holidayTable = map[string]string{
	"DE": "2024-01-01 2024-03-29 2024-04-01 2024-05-01 2024-05-09 2024-05-20 2024-10-03 2024-12-25 2024-12-26 " +
		"2025-01-01 2025-04-18 2025-04-21 2025-05-01 2025-05-29 2025-06-09 2025-10-03 2025-12-25 2025-12-26 " +
		"2026-01-01 2026-04-03 2026-04-06 2026-05-01 2026-05-14 2026-05-25 2026-10-03 2026-12-25 2026-12-26 " +
		"2027-01-01 2027-03-26 2027-03-29 2027-05-01 2027-05-06 2027-05-17 2027-10-03 2027-12-25 2027-12-26 " +
		"2028-01-01 2028-04-14 2028-04-17 2028-05-01 2028-05-25 2028-06-05 2028-10-03 2028-12-25 2028-12-26 " +
		"2029-01-01 2029-03-30 2029-04-02 2029-05-01 2029-05-10 2029-05-21 2029-10-03 2029-12-25 2029-12-26",
	"GB": "2024-01-01 2024-03-29 2024-05-06 2024-05-27 2024-12-25 2024-12-26 " +
		"2025-01-01 2025-04-18 2025-05-05 2025-05-26 2025-12-25 2025-12-26 " +
		"2026-01-01 2026-04-03 2026-05-04 2026-05-25 2026-12-25 2026-12-28 " +
		"2027-01-01 2027-03-26 2027-05-03 2027-05-31 2027-12-27 2027-12-28 " +
		"2028-01-03 2028-04-14 2028-05-01 2028-05-29 2028-12-25 2028-12-26 " +
		"2029-01-01 2029-03-30 2029-05-07 2029-05-28 2029-12-25 2029-12-26",
	"US": "2024-01-01 2024-01-15 2024-02-19 2024-05-27 2024-06-19 2024-07-04 2024-09-02 2024-10-14 2024-11-11 2024-11-28 2024-12-25 " +
		"2025-01-01 2025-01-20 2025-02-17 2025-05-26 2025-06-19 2025-07-04 2025-09-01 2025-10-13 2025-11-11 2025-11-27 2025-12-25 " +
		"2026-01-01 2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-07-03 2026-09-07 2026-10-12 2026-11-11 2026-11-26 2026-12-25 " +
		"2027-01-01 2027-01-18 2027-02-15 2027-05-31 2027-06-18 2027-07-05 2027-09-06 2027-10-11 2027-11-11 2027-11-25 2027-12-24 2027-12-31 " +
		"2028-01-17 2028-02-21 2028-05-29 2028-06-19 2028-07-04 2028-09-04 2028-10-09 2028-11-10 2028-11-23 2028-12-25 " +
		"2029-01-01 2029-01-15 2029-02-19 2029-05-28 2029-06-19 2029-07-04 2029-09-03 2029-10-08 2029-11-12 2029-11-22 2029-12-25",
}

func TestABreachIsToldWithin72HoursOfTheClockNotOfTheCalendar(t *testing.T) {
	aware := time.Date(2026, 10, 23, 18, 0, 0, 0, zone(t, "Europe/Berlin")) // the clocks go back on the 25th
	if got := BreachDue("DE", aware, zone(t, "Europe/Berlin")); got.Sub(aware) != 72*time.Hour {
		t.Errorf("due %v after, want 72h", got.Sub(aware))
	}
}

func TestANoIsLeftAloneForSixMonthsAndForTwelveInCalifornia(t *testing.T) {
	no := time.Date(2026, 8, 31, 12, 0, 0, 0, time.UTC)
	for region, want := range map[string]string{"DE": "2027-03-01", "US-CA": "2027-09-01", "": "2027-09-01"} {
		if got := AskAgainFrom(region, no, time.UTC); !got.Equal(mustDay(t, want)) {
			t.Errorf("%q: from %s, want %s", region, got, want)
		}
	}
}

func mustDay(t *testing.T, day string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
