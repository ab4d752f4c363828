package law

import (
	"testing"
	"time"
)

func TestEveryRowIsWholeAndSaysWhereItComesFrom(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range append(Rows(), Strictest()) {
		if seen[r.Code] {
			t.Errorf("%s stands twice", r.Code)
		}
		seen[r.Code] = true
		if r.Name == "" {
			t.Errorf("%s has no name", r.Code)
		}
		if r.Regime.Is != OptIn && r.Regime.Is != OptOut {
			t.Errorf("%s: regime %q", r.Code, r.Regime.Is)
		}
		if rank(r.Sensitive.Is, SensitiveExplicit, SensitiveConsent, SensitiveLimit) < 0 || rank(r.Signal.Is, Binding, Wish) < 0 {
			t.Errorf("%s: sensitive %q, signal %q", r.Code, r.Sensitive.Is, r.Signal.Is)
		}
		if a := r.Ages.Is; a.Guardian < 13 || a.Guardian > 18 || a.Adult < a.Guardian {
			t.Errorf("%s: ages %+v", r.Code, a)
		}
		if r.Rights.Is.Answer.IsZero() || r.OptOut.Is.Answer.IsZero() || r.Breach.Is.IsZero() || r.AskAgain.Is.IsZero() {
			t.Errorf("%s lacks a term", r.Code)
		}
		for column, s := range map[string]Source{
			"regime": r.Regime.Source, "ages": r.Ages.Source, "sensitive": r.Sensitive.Source, "gpc": r.Signal.Source,
			"rights": r.Rights.Source, "opt-out": r.OptOut.Source, "breach": r.Breach.Source, "ask again": r.AskAgain.Source,
		} {
			if s.Law == "" || rank(s.Read, Secondary, Recalled, Ours) < 0 {
				t.Errorf("%s, %s: no source", r.Code, column)
			}
			if _, err := time.Parse(time.DateOnly, s.Checked); err != nil {
				t.Errorf("%s, %s: checked %q", r.Code, column, s.Checked)
			}
		}
	}
	if len(seen) < 60 {
		t.Errorf("only %d rows", len(seen))
	}
}

func TestARegionFallsBackToItsCountryAndThenToTheStrictest(t *testing.T) {
	for region, want := range map[string]string{
		"DE": "DE", "DE-BY": "DE", "EU": "EU", "US-CA": "US-CA", "US-WY": "US", "US": "US", "CA-ON": "CA", "CA-QC": "CA-QC",
		"UK": "GB", "UK-SCT": "GB", "GB-SCT": "GB",
		"": Unknown, "XX": Unknown, "de": Unknown, "Germany": Unknown, "DE-": Unknown, "unknown": Unknown, "US-CA-1": Unknown,
	} {
		if got := For(region).Code; got != want {
			t.Errorf("%q is judged by %s, want %s", region, got, want)
		}
	}
}

func TestNoPlaceIsStricterThanAnUnknownOne(t *testing.T) {
	unknown := Strictest()
	received := time.Date(2024, 1, 1, 8, 0, 0, 0, time.UTC)
	for _, r := range Rows() {
		if r.Regime.Is == OptIn && unknown.Regime.Is != OptIn {
			t.Errorf("%s asks for a yes first", r.Code)
		}
		if r.Signal.Is == Binding && unknown.Signal.Is != Binding {
			t.Errorf("%s binds the signal", r.Code)
		}
		if r.Ages.Is.Guardian > unknown.Ages.Is.Guardian || r.Ages.Is.Adult > unknown.Ages.Is.Adult {
			t.Errorf("%s protects longer: %+v", r.Code, r.Ages.Is)
		}
		if rank(r.Sensitive.Is, SensitiveExplicit, SensitiveConsent, SensitiveLimit) < rank(unknown.Sensitive.Is, SensitiveExplicit, SensitiveConsent, SensitiveLimit) {
			t.Errorf("%s asks more for sensitive data", r.Code)
		}
		for day := range 366 { // whatever the calendar does
			at := received.AddDate(0, 0, day)
			for _, right := range []Right{Access, OptingOut} {
				strict, own := Deadline("", right, at, nil), Deadline(r.Code, right, at, nil)
				if own.Answer.Before(strict.Answer) {
					t.Fatalf("%s answers %s of %s by %s, unknown only by %s", r.Code, right, at, own.Answer, strict.Answer)
				}
				if !strict.Extended.IsZero() {
					t.Fatal("an unknown place may not put an answer off")
				}
			}
			if BreachDue(r.Code, at, nil).Before(BreachDue("", at, nil)) {
				t.Fatalf("%s must tell of a breach sooner", r.Code)
			}
			if AskAgainFrom(r.Code, at, nil).After(AskAgainFrom("", at, nil)) {
				t.Fatalf("%s leaves a no alone for longer", r.Code)
			}
		}
	}
}

func TestNoAnswerIsPutOffToBeforeItIsDue(t *testing.T) {
	for _, r := range append(Rows(), Strictest()) {
		for day := range 400 {
			at := time.Date(2026, 1, 1, 23, 59, 0, 0, time.UTC).AddDate(0, 0, day)
			due := Deadline(r.Code, Access, at, nil)
			if !due.Confirm.IsZero() && due.Confirm.After(due.Answer) || !due.Extended.IsZero() && !due.Extended.After(due.Answer) || !due.Answer.After(at) {
				t.Fatalf("%s, received %s: %+v", r.Code, at, due)
			}
		}
	}
}
