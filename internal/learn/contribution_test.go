package learn

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/linear"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(no tactful.ItemNo, a tactful.Action, hours int) Event {
	return Event{no, a, noon.Add(time.Duration(hours) * time.Hour)}
}

func TestContributionCountsWhatThePersonDid(t *testing.T) {
	p := linear.NewParameters(1, 0.5)
	p.MaxItems = 2
	u := p.Unit
	for _, c := range []struct {
		name   string
		events []Event
		said   map[tactful.ItemNo]decision.Setting
		want   []linear.Entry
	}{
		{"nothing done adds nothing", nil, nil, nil},
		{"a purchase counts one", []Event{at(1, tactful.Purchased, 0)}, nil, []linear.Entry{{No: 1, Quantity: u}}},
		{"a look counts a quarter", []Event{at(1, tactful.Viewed, 0)}, nil, []linear.Entry{{No: 1, Quantity: u / 4}}},
		{"a hundred looks count as the cap", slices.Repeat([]Event{at(1, tactful.Viewed, 0)}, 100), nil, []linear.Entry{{No: 1, Quantity: p.Cap}}},
		{"in and out of the basket counts nothing", []Event{at(1, tactful.Added, 0), at(1, tactful.Removed, 1)}, nil, nil},
		{"out of the basket alone counts nothing", []Event{at(1, tactful.Removed, 1)}, nil, nil},
		{"sent back speaks against", []Event{at(1, tactful.Viewed, 0), at(1, tactful.Purchased, 1), at(1, tactful.Returned, 2)}, nil, []linear.Entry{{No: 1, Quantity: -u / 2}}},
		{"bought after a dismissal counts one", []Event{at(1, tactful.Dismissed, 0), at(1, tactful.Purchased, 1)}, nil, []linear.Entry{{No: 1, Quantity: u}}},
		{"a gift does not count", []Event{at(1, tactful.Purchased, 0)}, map[tactful.ItemNo]decision.Setting{1: decision.SettingGift}, nil},
		{"don't use this is obeyed", []Event{at(1, tactful.Purchased, 0)}, map[tactful.ItemNo]decision.Setting{1: decision.SettingUnused}, nil},
		{"what is wrong does not count", []Event{at(1, tactful.Purchased, 0)}, map[tactful.ItemNo]decision.Setting{1: decision.SettingWrong}, nil},
		{"only the newest items count", []Event{at(3, tactful.Purchased, 2), at(1, tactful.Purchased, 0), at(2, tactful.Purchased, 1)}, nil,
			[]linear.Entry{{No: 2, Quantity: u}, {No: 3, Quantity: u}}},
		{"an item without a number does not count", []Event{at(0, tactful.Purchased, 0)}, nil, nil},
		{"an unknown action does not count", []Event{at(1, tactful.Action(99), 0), at(1, tactful.Searched, 0)}, nil, nil},
	} {
		got := Contribution(c.events, c.said, p)
		if !slices.Equal(got.Items, c.want) {
			t.Errorf("%s: %v", c.name, got.Items)
		}
		if err := got.Validate(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if len(c.want) > 0 && got.Weight != p.WeightOf(len(c.want)) {
			t.Errorf("%s: weight %d", c.name, got.Weight)
		}
	}
}

func TestContributionDoesNotDependOnTheOrderOfEvents(t *testing.T) {
	plain := linear.NewParameters(1, 0.3)
	decaying := plain.WithDecay(noon, 30)
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom([]*linear.Parameters{plain, decaying}).Draw(t, "parameters")
		events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Event {
			return at(tactful.ItemNo(rapid.IntRange(1, 5).Draw(t, "no")),
				tactful.Action(rapid.IntRange(0, tactful.Actions).Draw(t, "action")), rapid.IntRange(-5000, 9000).Draw(t, "hours"))
		}), 0, 30).Draw(t, "events")
		a := Contribution(events, nil, p)
		if err := a.Validate(); err != nil {
			t.Fatal(err)
		}
		mixed := slices.Clone(events)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if b := Contribution(mixed, nil, p); !a.Equal(&b) {
			t.Fatalf("%v became %v", a, b)
		}
	})
}

func TestNewerEventsWeighMoreAndStoredWeightsStay(t *testing.T) {
	p := linear.NewParameters(1, 0).WithDecay(noon, 10)
	c := Contribution([]Event{at(1, tactful.Purchased, 0), at(2, tactful.Purchased, 24*10), at(3, tactful.Purchased, 24*20)}, nil, p)
	// A cell is a product of two quantities: the diagonal doubles with every half-life.
	square := func(i int) float64 { return float64(c.Items[i].Quantity * c.Items[i].Quantity) }
	for i := range 2 {
		if ratio := square(i+1) / square(i); ratio < 1.9 || ratio > 2.1 {
			t.Errorf("ten days make a factor of %.2f", ratio)
		}
	}
	if now := p.One(linear.Day(noon) + 20); now != 4*p.One(linear.Day(noon)) {
		t.Errorf("the unit of the twentieth day is %g", now)
	}
}
