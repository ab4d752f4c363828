package learn

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func every(days, times int, categories ...string) (buys []Buy) {
	for n := range times {
		buys = append(buys, Buy{Categories: categories, Time: time.Unix(0, 0).Add(time.Duration(n*days) * 24 * time.Hour)})
	}
	return buys
}

func TestACategoryHasTheIntervalOfItsPeople(t *testing.T) {
	r := NewRhythms()
	for i := range 20 {
		r.Add(append(every(10+i%3, 4, "Food", "Coffee"), every(700, 1, "Home", "Lamps")...)) // 10, 11 or 12 days
	}
	for range 19 {
		r.Add(every(30, 3, "Toys"))
	}
	r.Add(every(0, 5, "Toys")) // all on one day: no interval
	day := 24 * time.Hour
	want := map[string]time.Duration{"Food": 11 * day, "Coffee": 11 * day}
	if diff := cmp.Diff(want, r.Intervals(20)); diff != "" {
		t.Error(diff)
	}
	r.Add(every(90, 2, "Toys")) // the twentieth
	if got := r.Intervals(20)["Toys"]; got != 30*day {
		t.Errorf("toys: %v", got)
	}
}

func TestOneWhoBuysMuchCountsOnce(t *testing.T) {
	r := NewRhythms()
	r.Add(every(1, 500, "Coffee"))
	for range 2 {
		r.Add(every(14, 2, "Coffee"))
	}
	if got := r.Intervals(3)["Coffee"]; got != 14*24*time.Hour {
		t.Errorf("%v", got)
	}
	if len(r.Intervals(4)) != 0 {
		t.Error("three people are told of")
	}
}

func TestTheOrderOfPeopleAndPurchasesDoesNotMatter(t *testing.T) {
	one, other := NewRhythms(), NewRhythms()
	a, b := every(7, 5, "Tea"), every(9, 4, "Tea", "Tea")
	one.Add(a)
	one.Add(b)
	b[0], b[3] = b[3], b[0]
	other.Add(b)
	other.Add(a)
	if diff := cmp.Diff(one.Intervals(1), other.Intervals(1)); diff != "" {
		t.Error(diff)
	}
}
