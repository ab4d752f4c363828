package evidence

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

var now = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func rules() *Rules {
	var r Rules
	r.Defaults()
	return &r
}

func permitted() decision.Permit {
	return decision.Permit{Level: tactful.Personal, Purpose: tactful.Recommendations, Allowed: true, ConsentID: "c"}
}

func did(action tactful.Action, no tactful.ItemNo, ago time.Duration) decision.Deed {
	return decision.Deed{
		Key:    decision.EventKey{byte(no), byte(action), byte(ago / time.Hour)},
		Action: action, Time: now.Add(-ago), Provenance: tactful.Observed, No: no,
	}
}

// brief is what most tests look at.
type brief struct {
	Item   tactful.ItemNo
	Action tactful.Action
	Origin decision.PieceOrigin
	Weight float64
}

func briefs(e decision.Evidence) []brief {
	var all []brief
	for _, p := range e.Pieces {
		all = append(all, brief{p.Item, p.Action, p.Origin, math.Round(p.Weight*1000) / 1000})
	}
	return all
}

const history, request = decision.FromHistory, decision.FromRequest

func TestOneItemHasOneStanding(t *testing.T) {
	for _, test := range []struct {
		name   string
		stored []decision.Deed
		want   brief
	}{
		{"looking counts little", []decision.Deed{did(tactful.Viewed, 1, time.Hour)}, brief{1, tactful.Viewed, history, 0.3}},
		{"buying outranks looking again", []decision.Deed{did(tactful.Viewed, 1, time.Hour), did(tactful.Purchased, 1, 2*time.Hour)}, brief{1, tactful.Purchased, history, 1}},
		{"sending back outranks buying", []decision.Deed{did(tactful.Purchased, 1, 3*time.Hour), did(tactful.Returned, 1, time.Hour)}, brief{1, tactful.Returned, history, 0}},
		{"looking again does not undo sending back", []decision.Deed{did(tactful.Viewed, 1, time.Hour), did(tactful.Returned, 1, 2*time.Hour), did(tactful.Purchased, 1, 3*time.Hour)}, brief{1, tactful.Returned, history, 0}},
		{"buying again undoes sending back", []decision.Deed{did(tactful.Purchased, 1, time.Hour), did(tactful.Returned, 1, 2*time.Hour)}, brief{1, tactful.Purchased, history, 1}},
		{"refusing outranks buying before", []decision.Deed{did(tactful.Declined, 1, time.Hour), did(tactful.Purchased, 1, 2*time.Hour)}, brief{1, tactful.Declined, history, 0}},
		{"sending a suggestion away speaks against it", []decision.Deed{did(tactful.Dismissed, 1, time.Hour), did(tactful.Saved, 1, 2*time.Hour)}, brief{1, tactful.Dismissed, history, -0.2}},
		{"what is done afterwards takes that back", []decision.Deed{did(tactful.Viewed, 1, time.Hour), did(tactful.Dismissed, 1, 2*time.Hour), did(tactful.Saved, 1, 3*time.Hour)}, brief{1, tactful.Viewed, history, 0.3}},
		{"a purchase before it stays a purchase", []decision.Deed{did(tactful.Dismissed, 1, time.Hour), did(tactful.Purchased, 1, 2*time.Hour)}, brief{1, tactful.Purchased, history, 1}},
		{"taking out of the basket cancels putting in", []decision.Deed{did(tactful.Removed, 1, time.Hour), did(tactful.Added, 1, 2*time.Hour)}, brief{1, tactful.Removed, history, 0}},
		{"and leaves the look", []decision.Deed{did(tactful.Removed, 1, time.Hour), did(tactful.Added, 1, 2*time.Hour), did(tactful.Viewed, 1, 3*time.Hour)}, brief{1, tactful.Viewed, history, 0.3}},
		{"putting in again counts", []decision.Deed{did(tactful.Added, 1, time.Hour), did(tactful.Removed, 1, 2*time.Hour), did(tactful.Added, 1, 3*time.Hour)}, brief{1, tactful.Added, history, 0.6}},
		{"the stronger of two signs counts", []decision.Deed{did(tactful.Viewed, 1, time.Hour), did(tactful.Saved, 1, 2*time.Hour)}, brief{1, tactful.Saved, history, 0.6}},
		{"the order of reading does not matter", []decision.Deed{did(tactful.Returned, 1, 2*time.Hour), did(tactful.Purchased, 1, time.Hour)}, brief{1, tactful.Purchased, history, 1}},
		{"after half a year it counts half", []decision.Deed{did(tactful.Purchased, 1, 180*day)}, brief{1, tactful.Purchased, history, 0.5}},
		{"a look of last spring counts nothing", []decision.Deed{did(tactful.Viewed, 1, 91*day)}, brief{1, tactful.Viewed, history, 0}},
		{"a purchase of three years ago shields only", []decision.Deed{did(tactful.Purchased, 1, 1100*day)}, brief{1, tactful.Purchased, history, 0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := briefs(Gather(rules(), &Input{Permit: permitted(), Placement: tactful.ForYou, Stored: test.stored, Now: now}))
			if diff := cmp.Diff([]brief{test.want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatEachLevelMayRestOn(t *testing.T) {
	stored := []decision.Deed{did(tactful.Purchased, 1, time.Hour)}
	page := []tactful.ItemNo{7, 8}
	seven, eight := brief{7, tactful.Viewed, request, 1}, brief{8, tactful.Viewed, request, 1}
	one, shield := brief{1, tactful.Purchased, history, 1}, brief{1, tactful.Purchased, history, 0}
	frozen, denied := permitted(), permitted()
	frozen.Frozen = true
	denied.Allowed = false
	at := func(level tactful.Level) decision.Permit { return decision.Permit{Level: level} }
	for _, test := range []struct {
		name      string
		permit    decision.Permit
		placement tactful.Placement
		want      []brief
	}{
		{"generic rests on nothing", at(tactful.Generic), tactful.ForYou, nil},
		{"generic rests on no basket", at(tactful.Generic), tactful.Basket, nil},
		{"generic rests on the page's item alone", at(tactful.Generic), tactful.Similar, []brief{seven}},
		{"no level rests on the page's item alone", at(0), tactful.Similar, []brief{seven}},
		{"context rests on the request", at(tactful.Context), tactful.ForYou, []brief{seven, eight}},
		{"personal rests on both", permitted(), tactful.ForYou, []brief{seven, eight, one}},
		{"search too", permitted(), tactful.Search, []brief{seven, eight, one}},
		{"similar only shields by the history", permitted(), tactful.Similar, []brief{seven, eight, shield}},
		{"popular only shields", permitted(), tactful.Popular, []brief{shield}},
		{"restricted processing leaves the history out", frozen, tactful.ForYou, []brief{seven, eight}},
		{"without permission the history is left out", denied, tactful.ForYou, []brief{seven, eight}},
		{"an unknown placement rests on the history only as a shield", permitted(), 0, []brief{shield}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := briefs(Gather(rules(), &Input{Permit: test.permit, Placement: test.placement, Stored: stored, Page: page, Now: now}))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatThePersonSaidCountsAtOnce(t *testing.T) {
	stored := []decision.Deed{did(tactful.Purchased, 1, time.Hour), did(tactful.Viewed, 2, 2*time.Hour), did(tactful.Purchased, 3, 3*time.Hour)}
	got := Gather(rules(), &Input{
		Permit: permitted(), Placement: tactful.ForYou, Stored: stored, Page: []tactful.ItemNo{2}, Now: now,
		Settings: map[tactful.ItemNo]decision.Setting{1: decision.SettingGift, 2: decision.SettingUnused},
	})
	want := []brief{{2, tactful.Viewed, request, 0}, {1, tactful.Purchased, history, 0}, {2, tactful.Viewed, history, 0}, {3, tactful.Purchased, history, 1}}
	if diff := cmp.Diff(want, briefs(got)); diff != "" {
		t.Error(diff)
	}
	if got.Pieces[1].Setting != decision.SettingGift || got.Pieces[0].Setting != decision.SettingUnused {
		t.Error("what was said is lost")
	}
}

func TestWhatTheRequestRepeatsIsNotCountedTwice(t *testing.T) {
	got := briefs(Gather(rules(), &Input{
		Permit: permitted(), Placement: tactful.ForYou, Now: now,
		Stored: []decision.Deed{did(tactful.Purchased, 1, time.Hour)}, Page: []tactful.ItemNo{1, 0, 1},
	}))
	if diff := cmp.Diff([]brief{{1, tactful.Viewed, request, 1}, {1, tactful.Purchased, history, 0}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOlderPiecesBeyondTheLimitOnlyShield(t *testing.T) {
	r := rules()
	r.MaxPieces = 2
	var stored []decision.Deed
	for no := range 5 {
		stored = append(stored, did(tactful.Purchased, tactful.ItemNo(no+1), time.Duration(no+1)*time.Hour))
	}
	counted := 0
	e := Gather(r, &Input{Permit: permitted(), Placement: tactful.ForYou, Stored: stored, Now: now})
	for i, p := range e.Pieces {
		if p.Weight > 0 {
			counted++
			if i > 1 {
				t.Errorf("piece %d counts", i)
			}
		}
	}
	if counted != 2 || len(e.Pieces) != 5 {
		t.Errorf("%d count of %d", counted, len(e.Pieces))
	}
}

func TestWhatIsNotAboutAnItemIsPassedOver(t *testing.T) {
	stored := []decision.Deed{
		did(tactful.Searched, 1, 1), did(tactful.ActionUnknown, 2, 1), did(200, 3, 1),
		did(tactful.Viewed, 0, 1), {No: 4},
	}
	if e := Gather(rules(), &Input{Permit: permitted(), Placement: tactful.ForYou, Stored: stored, Now: now}); len(e.Pieces) != 0 {
		t.Errorf("got %+v", e.Pieces)
	}
}

type shelf map[tactful.ItemNo]*tactful.Item

func (s shelf) ByNo(no tactful.ItemNo) *tactful.Item { return s[no] }

func TestPiecesKnowTheirItemAndEvent(t *testing.T) {
	lamp := &tactful.Item{ID: "lamp", No: 1}
	stored := []decision.Deed{did(tactful.Purchased, 1, time.Hour), did(tactful.Purchased, 2, 2*time.Hour)}
	e := Gather(rules(), &Input{Permit: permitted(), Placement: tactful.ForYou, Stored: stored, Items: shelf{1: lamp}, Now: now})
	if e.Pieces[0].Listed != lamp || e.Pieces[1].Listed != nil {
		t.Error("the listed item is not filled in")
	}
	if e.Pieces[0].Event != stored[0].Key || e.Pieces[0].Provenance != tactful.Observed {
		t.Error("the event's key or provenance is lost")
	}
}

// TestAnyHistoryGivesOnePiecePerItem holds what later stages rely on.
func TestAnyHistoryGivesOnePiecePerItem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stored []decision.Deed
		for i := range rapid.IntRange(0, 60).Draw(t, "events") {
			s := did(tactful.Action(rapid.IntRange(0, tactful.Actions).Draw(t, "action")), tactful.ItemNo(rapid.IntRange(0, 9).Draw(t, "item")),
				time.Duration(rapid.IntRange(0, 900).Draw(t, "days"))*day)
			s.Key[17] = byte(i)
			stored = append(stored, s)
		}
		in := Input{Permit: permitted(), Placement: tactful.ForYou, Stored: stored, Now: now}
		first := Gather(rules(), &in)
		seen := map[tactful.ItemNo]bool{}
		stale := rules().StaleTable()
		for i, p := range first.Pieces {
			if seen[p.Item] {
				t.Fatalf("item %d has two pieces", p.Item)
			}
			seen[p.Item] = true
			if i > 0 && p.Time.After(first.Pieces[i-1].Time) {
				t.Fatal("not newest first")
			}
			if i > 0 && p.Time.Equal(first.Pieces[i-1].Time) && p.Item < first.Pieces[i-1].Item {
				t.Fatal("of one moment, the smaller number is not first")
			}
			if p.Weight != 0 && now.Sub(p.Time) > stale[p.Action] {
				t.Fatal("a stale piece counts")
			}
			if p.Weight > 0 && (p.Action == tactful.Returned || p.Action == tactful.Declined || p.Action == tactful.Dismissed || p.Action == tactful.Removed) {
				t.Fatalf("%s speaks for an item", p.Action)
			}
		}
		shuffled := rapid.Permutation(stored).Draw(t, "order")
		in.Stored = shuffled
		if diff := cmp.Diff(first, Gather(rules(), &in)); diff != "" {
			t.Fatalf("the order of reading matters: %s", diff)
		}
	})
}

func TestRulesNameEveryFault(t *testing.T) {
	r := rules()
	if err := r.Validate(); err != nil {
		t.Fatalf("the defaults are faulty: %v", err)
	}
	if r.Weights.Viewed = 0; r.Validate() != nil {
		t.Error("a weight of 0 is refused")
	}
	r.Defaults()
	if r.Weights.Viewed != 0 {
		t.Error("Defaults changed what was set")
	}
	bad := Rules{Weights: Weights{Viewed: -1, Returned: 2, Page: math.NaN()}, HalfLife: time.Second, MaxPieces: -1}
	err := fmt.Sprint(bad.Validate())
	for _, field := range []string{"weights.viewed", "weights.returned", "weights.page", "half_life", "stale.purchased", "max_pieces"} {
		if !strings.Contains(err, field) {
			t.Errorf("%s is not named in %s", field, err)
		}
	}
}

func BenchmarkGather100Events(b *testing.B) {
	var stored []decision.Deed
	for i := range 100 {
		stored = append(stored, did(tactful.Action(1+i%10), tactful.ItemNo(1+i*7%60), time.Duration(i)*time.Hour))
	}
	r := rules()
	in := Input{Permit: permitted(), Placement: tactful.ForYou, Stored: stored, Now: now}
	b.ReportAllocs()
	for b.Loop() {
		if len(Gather(r, &in).Pieces) == 0 {
			b.Fatal("nothing")
		}
	}
}
