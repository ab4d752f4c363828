package guard

import (
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/place"
)

var (
	luzern    = place.Point{Lat: 47.05, Lng: 8.31}
	quarter   = place.CellAt(luzern, place.QuarterLevel)
	town      = place.CellAt(luzern, place.TownLevel)
	townRules = LocationRules{
		Attribute: "branch",
		Branches: []place.Branch{
			{ID: "luzern", Lat: 47.05, Lng: 8.31, Metres: 15000}, {ID: "geneva", Lat: 46.2, Lng: 6.14, Metres: 15000}, {ID: "basel", Lat: 47.56, Lng: 7.59, Metres: 15000},
			{ID: "clinic", Lat: 47.08, Lng: 8.36, Metres: 15000},
		},
		Sensitive: []place.Zone{
			{Name: "clinic", Kind: "clinic", Lat: 47.08, Lng: 8.36, Metres: 500}, {Name: "base", Kind: "barracks", Lat: 46.2, Lng: 6.14, Metres: 100},
		},
	}
	stocked = &tactful.Item{ID: "rack", No: 7, Title: "Rack", Attributes: map[string]string{"branch": "geneva, luzern,clinic, basel"}}
)

// sharing is a case of somebody who shares a place.
func sharing(change func(*decision.Where)) decision.Case {
	c := with(tactful.ForYou, permitted(), did(tactful.Viewed, lamp, day))
	c.Where = &decision.Where{
		Permit: decision.Permit{Level: tactful.Personal, Purpose: tactful.LocationUse, Allowed: true},
		Finest: place.QuarterLevel, Cell: uint64(quarter), Until: now.Add(day), Near: []string{"luzern"},
	}
	if change != nil {
		change(c.Where)
	}
	return c
}

func lifted(item *tactful.Item, branch string) decision.Candidate {
	x := from(item, 500)
	x.Near = branch
	return x
}

func changed(c decision.Case, change func(*decision.Case)) decision.Case {
	change(&c)
	return c
}

func worded(text string) decision.Candidate {
	return offer(site, func(x *decision.Candidate) { x.Offer.Body = text })
}

var locationSamples = []sample{
	{"what a branch near by has is let through", sharing(nil), lifted(stocked, "luzern"), allow()},
	{"a town where a quarter may be known is let through", sharing(func(w *decision.Where) { w.Cell = uint64(town) }), lifted(stocked, "luzern"), allow()},
	{"what rests on no place needs no yes to one", with(tactful.ForYou, permitted(), did(tactful.Viewed, lamp, day)), from(stocked, 500), allow()},
	{"without a place it is refused", with(tactful.ForYou, permitted(), did(tactful.Viewed, lamp, day)), lifted(stocked, "luzern"), withhold(locationUnasked)},
	{"without a yes to location it is refused", sharing(func(w *decision.Where) { w.Permit.Allowed = false }), lifted(stocked, "luzern"), withhold(locationUnasked)},
	{"a yes to something else is none", sharing(func(w *decision.Where) { w.Permit.Purpose = tactful.Recommendations }), lifted(stocked, "luzern"), withhold(locationUnasked)},
	{"below level personal it is refused", changed(sharing(nil), func(c *decision.Case) { c.Permit.Level = tactful.Context }), lifted(stocked, "luzern"), withhold(locationUnasked)},
	{"of a minor it is refused", changed(sharing(nil), func(c *decision.Case) { c.Permit.Minor = true }), lifted(stocked, "luzern"), withhold(locationUnasked)},
	{"a quarter where a town was agreed to is refused", sharing(func(w *decision.Where) { w.Finest = place.TownLevel }), lifted(stocked, "luzern"), withhold(locationFine)},
	{"any cell where none was agreed to is refused", sharing(func(w *decision.Where) { w.Finest = -1 }), lifted(stocked, "luzern"), withhold(locationFine)},
	{"a cell that is none is refused", sharing(func(w *decision.Where) { w.Cell = 12345 }), lifted(stocked, "luzern"), withhold(locationFine)},
	{"a cell that ends this moment is refused", sharing(func(w *decision.Where) { w.Until = now }), lifted(stocked, "luzern"), withhold(locationOver)},
	{"a cell without an end is refused", sharing(func(w *decision.Where) { w.Until = w.Until.AddDate(-3000, 0, 0) }), lifted(stocked, "luzern"), withhold(locationOver)},
	{"a cell in which barracks are is refused", sharing(func(w *decision.Where) {
		w.Cell = uint64(place.CellAt(place.Point{Lat: 46.2, Lng: 6.14}, place.TownLevel))
	}), lifted(stocked, "geneva"), withhold(locationSecret)},
	{"a branch in a clinic is refused", sharing(nil), lifted(stocked, "clinic"), withhold(locationSecret)},
	{"a branch that is far is refused, whoever calls it near", sharing(func(w *decision.Where) { w.Near = []string{"basel"} }), lifted(stocked, "basel"), withhold(locationFar)},
	{"a branch that is not listed is refused", sharing(nil), lifted(&tactful.Item{ID: "x", No: 8, Attributes: map[string]string{"branch": "bern"}}, "bern"), withhold(locationFar)},
	{"a branch that does not have it is refused", sharing(nil), lifted(lamp, "luzern"), withhold(locationFar)},
	{"copy that says where and when is refused", sharing(nil), worded("We are near you, at 14:05."), withhold(locationTold)},
	{"and so it is in German", sharing(nil), worded("Gerade in deiner Nähe: unser Laden."), withhold(locationTold)},
	{"and in French", sharing(nil), worded("Près de chez vous à 14h05."), withhold(locationTold)},
	{"and in Spanish", sharing(nil), worded("Cerca de ti justo ahora."), withhold(locationTold)},
	{"and in Arabic", sharing(nil), worded("متجرنا قريب منك الآن"), withhold(locationTold)},
	{"opening hours are let through", sharing(nil), worded("Our shops are open until 18:30."), allow()},
	{"a shop near you is let through", sharing(nil), worded("There is a shop near you."), allow()},
}

func TestWithoutRulesNoPlaceCounts(t *testing.T) {
	c, out := sharing(nil), make([]decision.Verdict, 1)
	if err := (Location{}).Judge(&c, []decision.Candidate{lifted(stocked, "luzern")}, out); err != nil || !out[0].Stops() {
		t.Errorf("%v, %v", out, err)
	}
}
