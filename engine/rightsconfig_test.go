package engine

import (
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/rights"
)

func TestDaysAreCountedWhereTheBusinessIs(t *testing.T) {
	received := time.Date(2026, 11, 26, 23, 30, 0, 0, time.UTC) // the 27th in Berlin, the 26th in New York
	for _, c := range []struct{ zone, region, want string }{
		{"Europe/Berlin", "DE", "2026-12-28T22:59:59Z"}, // the 27th is a Sunday
		{"UTC", "DE", "2026-12-28T23:59:59Z"},           // the 26th is a holiday
		{"America/New_York", "US-CA", "2027-01-11T04:59:59Z"},
	} {
		cfg := Rights{Zone: c.zone}
		if due := cfg.lawClock(rights.Access, c.region, received); due.Answer.Format(time.RFC3339) != c.want {
			t.Errorf("%s for %s: due %s, want %s", c.zone, c.region, due.Answer, c.want)
		}
	}
	var unset Rights
	careful := unset.lawClock(rights.Access, "DE", received)
	for _, name := range []string{"UTC", "Europe/Berlin", "Asia/Tokyo", "America/New_York"} {
		there := Rights{Zone: name}
		if due := there.lawClock(rights.Access, "DE", received); careful.Answer.After(due.Answer) {
			t.Errorf("without a zone %s, in %s %s", careful.Answer, name, due.Answer)
		}
	}
}

func TestAZoneIsOneOfTheDatabase(t *testing.T) {
	for zone, valid := range map[string]bool{"": true, "UTC": true, "Europe/Berlin": true, "Local": false, "Berlin": false, "../etc/passwd": false} {
		cfg := Rights{Zone: zone}
		cfg.Defaults()
		if faults := cfg.Validate(); len(faults) == 0 != valid {
			t.Errorf("%q: %v", zone, faults)
		}
	}
}

// TestWhatMustBeConfirmedIsBroughtToMind is California's ten business days (11 CCR 7021(a)).
func TestWhatMustBeConfirmedIsBroughtToMind(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	r, err := w.OpenRight(asAnn, RightRequest{Subject: user("anna"), Kind: rights.Access, Channel: rights.Letter, Region: "US-CA", Detail: rights.Detail{Proof: "p"}})
	if err != nil || r.Confirm.IsZero() {
		t.Fatalf("%v, %+v", err, r)
	}
	w.clock.pass(r.Confirm.Sub(w.clock.Now()) + time.Second)
	tally := func() RightsTally {
		if err := w.tendQueue(t.Context()); err != nil {
			t.Fatal(err)
		}
		return w.RightsTally()
	}
	if got := tally(); got.Unheard != 1 || got.Overdue != 1 {
		t.Errorf("%+v", got)
	}
	if _, err := w.ConfirmRight(asPerson, r.ID); err == nil {
		t.Error("nobody of the business confirmed it")
	}
	if got, err := w.ConfirmRight(asBob, r.ID); err != nil || got.Heard.IsZero() || got.Told.Name == "" {
		t.Errorf("%v, %+v", err, got)
	}
	if got := tally(); got.Unheard != 0 || got.Overdue != 0 {
		t.Errorf("%+v", got)
	}
	w.shut()
	w.open()
	if got := w.right(r.ID); !got.Confirm.Equal(r.Confirm) || got.Heard.IsZero() {
		t.Errorf("it does not stand after a restart: %+v", got.Request)
	}
}
