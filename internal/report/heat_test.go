package report

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/noise"
	"github.com/tactful/tactful/internal/place"
)

// crowdIn puts so many people into the cell of a place.
func crowdIn(lat, lng float64, people int) []place.Cell {
	return slices.Repeat([]place.Cell{place.CellAt(place.Point{Lat: lat, Lng: lng}, place.QuarterLevel)}, people)
}

// townAround puts so many people into each of the nine cells around a place.
func townAround(lat, lng float64, people int) (cells []place.Cell) {
	for _, c := range place.CellAt(place.Point{Lat: lat, Lng: lng}, place.QuarterLevel).Around() {
		cells = append(cells, slices.Repeat([]place.Cell{c}, people)...)
	}
	return cells
}

func drawn(t *testing.T, h Heat, cells []place.Cell) *Map {
	t.Helper()
	h.Defaults()
	m, err := h.Draw(cells, settings().Budget(), seeded(3))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestACellIsShownOnlyWhereACrowdIsAndNothingForbids(t *testing.T) {
	town, lake := townAround(47.05, 8.31, 300), townAround(47.05, 8.31, 300)[300:]
	bases := slices.Concat(crowdIn(47.6, 9.2, 200), crowdIn(46.2, 8.3, 600), crowdIn(47.1, 10.9, 2000), crowdIn(45.2, 9.0, 50_000))
	var road, broad []place.Cell // a cell wide and two, far out of town
	for i := range 14 {
		road = append(road, crowdIn(47.05, 8.5+0.02*float64(i), 400)...)
		broad = append(broad, append(crowdIn(47.05, 8.5+0.02*float64(i), 400), crowdIn(47.068, 8.5+0.02*float64(i), 400)...)...)
	}
	middle := town[0].Centre()
	for _, c := range []struct {
		name  string
		heat  Heat
		cells []place.Cell
		shown int
	}{
		{"a town is shown", Heat{}, town, 9},
		{"a town around a lake, all but the middle", Heat{}, lake, 0},
		{"lonely groups are not, however many they are", Heat{}, slices.Concat(bases, town), 9},
		{"nor is a road", Heat{}, road, 0},
		{"nor is a broad one", Heat{}, broad, 0},
		{"a lonely group that is on the list of towns is one", Heat{Places: []place.Zone{{Lat: 47.1, Lng: 10.9, Metres: 9000}}}, bases, 1},
		{"fewer than k are nowhere", Heat{}, crowdIn(47.05, 8.31, 49), 0},
		{"an exclusion zone is left out", Heat{Exclude: []place.Zone{{Lat: middle.Lat, Lng: middle.Lng, Metres: 100}}}, town, 8},
		{"what is in no place of the list is left out", Heat{Places: []place.Zone{{Lat: 40, Lng: 3, Metres: 9000}}}, town, 0},
		{"what is in one is shown", Heat{Places: []place.Zone{{Lat: 47.05, Lng: 8.31, Metres: 9000}}}, town, 9},
		{"nobody is nowhere", Heat{}, make([]place.Cell, 3000), 0},
	} {
		if m := drawn(t, c.heat, c.cells); len(m.Cells) != c.shown {
			t.Errorf("%s: %d cells %v", c.name, len(m.Cells), m.Cells)
		}
	}
	for _, h := range []Heat{{K: 10, Settled: 500}, {K: 50, Settled: 60}} {
		if _, err := h.Draw(town, settings().Budget(), seeded(1)); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%+v: %v", h, err)
		}
	}
	if _, err := (&Heat{K: 50, Settled: 500}).Draw(town, noise.Cost(1), noise.NewSource(bytes.NewReader(nil))); err == nil {
		t.Error("a map without randomness")
	}
}

func TestSmallCellsAreToldTogether(t *testing.T) {
	var cells []place.Cell
	quarters := map[place.Cell]bool{place.CellAt(place.Point{Lat: 47.05, Lng: 8.31}, place.QuarterLevel): true}
	for range 5 { // a square of eleven by eleven
		for _, c := range slices.Collect(maps.Keys(quarters)) {
			for _, n := range c.Around() {
				quarters[n] = true
			}
		}
	}
	for c := range quarters { // sixty in each: too few for one, enough together
		cells = append(cells, slices.Repeat([]place.Cell{c}, 60)...)
	}
	m := drawn(t, Heat{}, cells)
	if len(m.Cells) == 0 {
		t.Fatal("nothing is shown")
	}
	for _, row := range m.Cells {
		if row.Cell.Level() >= place.QuarterLevel || row.People < 90 {
			t.Errorf("%s of level %d with %d people", row.Cell.Token(), row.Cell.Level(), row.People)
		}
	}
}

func TestAMapIsGeoJSON(t *testing.T) {
	var out bytes.Buffer
	if err := drawn(t, Heat{}, townAround(47.05, 8.31, 300)).WriteGeoJSON(&out); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Type     string
		Features []struct {
			Geometry struct {
				Type        string
				Coordinates [][][2]float64
			}
			Properties struct{ People int64 }
		}
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Type != "FeatureCollection" || len(got.Features) != 9 {
		t.Fatal(out.String(), err)
	}
	ring := got.Features[0].Geometry.Coordinates[0]
	if len(ring) != 5 || ring[0] != ring[4] || got.Features[0].Properties.People < 250 || ring[0][0] < 8 || ring[0][0] > 9 {
		t.Errorf("%+v", got.Features[0])
	}
}
