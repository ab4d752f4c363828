package recommend

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// TestTheShortWayThroughTheGateIsNoOtherGate compares the look at a column with
// the look at its item.
func TestTheShortWayThroughTheGateIsNoOtherGate(t *testing.T) {
	words := []string{"", "a", "b"}
	word := func(rt *rapid.T, name string) string { return rapid.SampledFrom(words).Draw(rt, name) }
	list := func(rt *rapid.T, name string) []string {
		return rapid.SliceOfN(rapid.SampledFrom(words[1:]), 0, 1).Draw(rt, name)
	}
	moment := func(rt *rapid.T, name string) time.Time {
		return rapid.SampledFrom([]time.Time{{}, {}, {}, now.Add(-time.Hour), now, now.Add(time.Hour)}).Draw(rt, name)
	}
	passed, stopped := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		item := &tactful.Item{
			ID: "x", No: 1, Group: word(rt, "group"), Categories: list(rt, "categories"), Regions: list(rt, "regions"),
			Availability: tactful.Availability(rapid.IntRange(0, 5).Draw(rt, "availability")),
			ValidFrom:    moment(rt, "from"), ValidUntil: moment(rt, "until"), Price: rapid.Int64Range(-1, 1).Draw(rt, "price"),
		}
		gt := gate{now: now, region: word(rt, "region"), filter: &tactful.Filter{}}
		if rapid.Bool().Draw(rt, "about it") {
			gt.own = append(gt.own, 1)
		}
		if rapid.Bool().Draw(rt, "about a variant") {
			gt.groups = append(gt.groups, "a")
		}
		switch rapid.IntRange(0, 4).Draw(rt, "filter") {
		case 1:
			gt.filter.Categories = []string{"a"}
		case 2:
			gt.filter.AvailableOnly = true
		case 3:
			gt.filter.ExcludeItems = []string{"x"}
		}
		gt.wide = gt.reachesAll()
		o := offerOf(item)
		got, want := gt.admitsOffer(&o), gt.admits(item)
		if got != want {
			rt.Fatalf("%+v through %+v: %t, by its item %t", item, gt, got, want)
		}
		if got {
			passed++
		} else {
			stopped++
		}
	})
	if passed == 0 || stopped == 0 {
		t.Fatalf("%d passed, %d were stopped", passed, stopped)
	}
	if o := offerOf(nil); (&gate{wide: true}).admitsOffer(&o) {
		t.Fatal("an item that is not listed passes")
	}
}

// TestEveryPartOfAFilterNarrowsTheGate fails when Filter gets a field that the
// short way does not know of.
func TestEveryPartOfAFilterNarrowsTheGate(t *testing.T) {
	one := int64(1)
	full := reflect.ValueOf(tactful.Filter{
		Categories: []string{"a"}, ExcludeCategories: []string{"a"}, ExcludeItems: []string{"a"},
		PriceMin: &one, PriceMax: &one, Attributes: map[string][]string{"a": {"b"}}, AvailableOnly: true,
	})
	for i := range full.NumField() {
		var f tactful.Filter
		reflect.ValueOf(&f).Elem().Field(i).Set(full.Field(i))
		if full.Field(i).IsZero() || unfiltered(&f) {
			t.Errorf("%s does not narrow the gate", full.Type().Field(i).Name)
		}
	}
	if !unfiltered(&tactful.Filter{}) {
		t.Error("no filter narrows the gate")
	}
}

func TestTheLargestContributionLeads(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOfN(rapid.SampledFrom([]float64{-1, -0.5, 0.25, 0.5, 0.75, 1, 2}), 0, 120).Draw(rt, "values")
		parts := make([]decision.Contribution, len(values))
		sum := 0.0
		for i, v := range values {
			parts[i] = decision.Contribution{Piece: int32(i), Value: v, Support: uint32(i)}
			sum += v
		}
		lead(parts)
		for i := range parts {
			if parts[i].Support != uint32(parts[i].Piece) || values[parts[i].Piece] != parts[i].Value {
				rt.Fatal("a contribution was torn apart")
			}
			sum -= parts[i].Value
			if i > 0 && (parts[i].Value > parts[0].Value || parts[i].Value == parts[0].Value && parts[i].Piece <= parts[0].Piece) {
				rt.Fatalf("%v comes after %v", parts[i], parts[0])
			}
		}
		if sum != 0 {
			rt.Fatal("contributions were lost")
		}
	})
}
