package law

import (
	"testing"
	"time"
)

// TestTheEarliestDeadlineIsLateInNoZone holds it to real zones:
// it is never after the date of any of them.
func TestTheEarliestDeadlineIsLateInNoZone(t *testing.T) {
	zones := []*time.Location{time.UTC}
	for _, name := range []string{"Pacific/Kiritimati", "Asia/Kathmandu", "Asia/Tokyo", "Europe/Berlin", "America/Los_Angeles", "Pacific/Pago_Pago"} {
		zones = append(zones, zone(t, name))
	}
	start := mustDay(t, "2026-02-20")
	for hour := range 400 {
		at := start.Add(time.Duration(hour*7) * time.Hour)
		for _, region := range []string{"DE", "US-CA", "BR", ""} {
			due := EarliestDeadline(region, Access, at)
			for _, z := range zones {
				there := Deadline(region, Access, at, z)
				for part, d := range map[string][2]time.Time{"confirm": {due.Confirm, there.Confirm}, "answer": {due.Answer, there.Answer}, "extended": {due.Extended, there.Extended}} {
					if d[0].After(d[1]) || d[0].IsZero() != d[1].IsZero() {
						t.Fatalf("%s %s received %s: %s is after %s in %s", region, part, at, d[0], d[1], z)
					}
				}
			}
			if !due.Answer.After(at) {
				t.Fatalf("%s received %s: due %s", region, at, due.Answer)
			}
		}
	}
}
