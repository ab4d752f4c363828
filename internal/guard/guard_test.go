package guard

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

var now = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func settings() *Settings {
	var s Settings
	s.Defaults()
	s.Purchased.Categories = map[string]time.Duration{"Coffee": 14 * day, "Beans": 0}
	for action := range tactful.Actions {
		s.Fresh.Stale[action], s.Fresh.Kept[action], s.Fresh.Weights[action] = 90*day, 180*day, 1
	}
	s.Fresh.Stale[tactful.Purchased], s.Fresh.Kept[tactful.Purchased] = 730*day, 730*day
	s.Fresh.Stale[tactful.Saved], s.Fresh.HalfLife = 365*day, 180*day
	s.Policy = houseRules()
	s.Location = townRules
	return &s
}

// sample is one case that a guard must judge in a certain way.
type sample struct {
	name      string
	c         decision.Case
	candidate decision.Candidate
	want      decision.Verdict
}

func allow() decision.Verdict { return decision.Verdict{Ruling: decision.Allow} }
func withhold(detail uint8) decision.Verdict {
	return decision.Verdict{Ruling: decision.Withhold, Detail: detail}
}
func demote(detail uint8) decision.Verdict {
	return decision.Verdict{Ruling: decision.Demote, Detail: detail}
}
func coarsen(detail uint8) decision.Verdict {
	return decision.Verdict{Ruling: decision.Coarsen, Detail: detail}
}

func permitted() decision.Permit {
	return decision.Permit{
		Level: tactful.Personal, Purpose: tactful.Recommendations, Allowed: true,
		ConsentID: "c1", Because: decision.BecauseAllowed,
	}
}

var (
	lamp   = &tactful.Item{ID: "lamp", No: 1, Title: "Lamp", Categories: []string{"Home", "Light"}}
	lampXL = &tactful.Item{ID: "lamp-xl", No: 2, Title: "Large lamp", Group: "lamps"}
	lampS  = &tactful.Item{ID: "lamp-s", No: 3, Title: "Small lamp", Group: "lamps"}
	coffee = &tactful.Item{ID: "coffee", No: 4, Title: "Coffee", Categories: []string{"Food", "Coffee"}}
	beans  = &tactful.Item{ID: "beans", No: 5, Title: "Beans", Categories: []string{"Food", "Coffee", "Beans"}}
	shade  = &tactful.Item{ID: "shade", No: 6, Title: "Shade"}
)

// did makes a piece of the history.
func did(action tactful.Action, item *tactful.Item, ago time.Duration) decision.Piece {
	return decision.Piece{
		Item: item.No, Listed: item, Action: action, Provenance: tactful.Observed,
		Origin: decision.FromHistory, Time: now.Add(-ago), Weight: 1,
	}
}

// here makes a piece of the request.
func here(item *tactful.Item) decision.Piece {
	return decision.Piece{
		Item: item.No, Listed: item, Action: tactful.Viewed, Provenance: tactful.Observed,
		Origin: decision.FromRequest, Time: now, Weight: 1,
	}
}

func set(p decision.Piece, change func(*decision.Piece)) decision.Piece {
	change(&p)
	return p
}

func with(placement tactful.Placement, permit decision.Permit, pieces ...decision.Piece) decision.Case {
	return decision.Case{
		Now: now, Request: &tactful.Request{Placement: placement, Count: 10}, Permit: permit,
		Evidence: decision.Evidence{Pieces: pieces}, Labels: harmless,
	}
}

// harmless are labels of a shop in which nothing is of any class.
var harmless = &decision.Labels{Of: make([]decision.Classes, 400)}

// from makes a candidate that rests on the first piece.
func from(item *tactful.Item, support uint32) decision.Candidate {
	return decision.Candidate{
		Item: item, Score: 0.5, Origin: tactful.Ranked,
		Contributions: []decision.Contribution{{Piece: 0, Value: 0.5, Support: support}},
	}
}

func only(item *tactful.Item, origin tactful.Origin, people uint32) decision.Candidate {
	return decision.Candidate{Item: item, Origin: origin, People: people}
}

// samples holds for every guard at least one case that it must refuse and one
// that it must let through.
var samples = map[string][]sample{
	"consent":    consentSamples,
	"provenance": provenanceSamples,
	"declared":   declaredSamples,
	"sensitive":  sensitiveSamples,
	"harm":       harmSamples,
	"inference":  inferenceSamples,
	"specific":   specificSamples,
	"purchased":  purchasedSamples,
	"stranger":   strangerSamples,
	"frequency":  frequencySamples,
	"quiet":      quietSamples,
	"coercive":   coerciveSamples,
	"diverse":    diverseSamples,
	"fair":       fairSamples,
	"fresh":      freshSamples,
	"policy":     policySamples,
	"minor":      minorSamples,
	"location":   locationSamples,
}

func TestEveryGuardRefusesAndLetsThrough(t *testing.T) {
	guards := All(settings())
	for _, g := range guards {
		refused, passed := false, false
		for _, s := range samples[g.Name()] {
			t.Run(g.Name()+": "+s.name, func(t *testing.T) {
				out := make([]decision.Verdict, 1)
				if err := g.Judge(&s.c, []decision.Candidate{s.candidate}, out); err != nil {
					t.Fatal(err)
				}
				if out[0] != s.want {
					t.Fatalf("got %+v (%s), want %+v (%s)", out[0], g.Detail(out[0].Detail), s.want, g.Detail(s.want.Detail))
				}
				if words := g.Detail(out[0].Detail); (words == "") != (out[0].Detail == 0) || words == "unknown" {
					t.Errorf("detail %d reads %q", out[0].Detail, words)
				}
			})
			refused = refused || s.want.Stops()
			passed = passed || !s.want.Stops()
		}
		if !refused || !passed {
			t.Errorf("guard %s ships no case that it must refuse and one that it must let through", g.Name())
		}
	}
	if len(samples) != len(guards) {
		t.Errorf("%d guards, %d with samples", len(guards), len(samples))
	}
}

func TestEveryGuardIsWhereItSays(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range All(settings()) {
		if seen[g.Name()] {
			t.Errorf("two guards are called %s", g.Name())
		}
		seen[g.Name()] = true
		if g.File() != "internal/guard/"+g.Name()+".go" {
			t.Errorf("guard %s says it is in %s", g.Name(), g.File())
		}
		if _, err := os.Stat(filepath.Base(g.File())); err != nil {
			t.Error(err)
		}
		if !strings.HasSuffix(g.Promise(), ".") || len(g.Promise()) > 120 {
			t.Errorf("guard %s promises %q: write one short sentence", g.Name(), g.Promise())
		}
		if g.Detail(0) != "" || g.Detail(detailFailed) == "" || g.Detail(77) != "unknown" {
			t.Errorf("guard %s has no words for its details", g.Name())
		}
	}
}

func TestTheZeroCaseRefusesWhatIsPersonal(t *testing.T) {
	var rulings Rulings
	candidates := []decision.Candidate{from(lamp, 100), {}, only(nil, tactful.Filler, 100)}
	if err := Run(All(&Settings{}), &decision.Case{}, candidates, &rulings); err != nil {
		t.Fatal(err)
	}
	for i, ruling := range rulings.Overall() {
		if ruling != decision.Withhold {
			t.Errorf("candidate %d got %d from the zero case", i, ruling)
		}
	}
}

func TestSettingsNameEveryFault(t *testing.T) {
	s := settings()
	if err := s.Validate(); err != nil {
		t.Fatalf("the defaults are faulty: %v", err)
	}
	bad := Settings{Support: 1, Purchased: PurchaseRules{Repurchase: -1, Categories: map[string]time.Duration{"A": -day}}}
	err := bad.Validate()
	for _, field := range []string{"support", "purchased.repurchase", `purchased.categories["A"]`, "purchased.returned", "fresh"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not named in: %v", field, err)
		}
	}
	var e *tactful.Error
	if !errors.As(err, &e) || e.Kind != tactful.Invalid {
		t.Errorf("not an Invalid error: %v", err)
	}
	s.Defaults()
	if s.Purchased.Categories["Beans"] != 0 {
		t.Error("Defaults changed what was set")
	}
}
