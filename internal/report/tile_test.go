package report

import (
	"bytes"
	"image/png"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/place"
)

func TestTilesDrawTheCellsOfTheMapAndNothingElse(t *testing.T) {
	luzern := place.Point{Lat: 47.05, Lng: 8.31}
	town := place.CellAt(luzern, place.TownLevel)
	quarter := place.CellAt(place.Point{Lat: 47.56, Lng: 7.59}, place.QuarterLevel)
	m := &Map{Cells: []HeatRow{{Cell: town, People: 900}, {Cell: quarter, People: 90}}}
	tiles, err := m.Tiles(0, 12)
	if err != nil || len(tiles) < 13 || tiles[0] != (Tile{}) {
		t.Fatalf("%d tiles, %v", len(tiles), err)
	}
	painted := 0
	for _, tile := range tiles {
		var out bytes.Buffer
		if err := m.WritePNG(&out, tile); err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(&out)
		if err != nil || img.Bounds().Dx() != 256 || img.Bounds().Dy() != 256 {
			t.Fatalf("%s: %v", tile, err)
		}
		for x := range 256 {
			for y := range 256 {
				if _, _, _, alpha := img.At(x, y).RGBA(); alpha != 0 && tile.Z == 12 {
					painted++
				}
			}
		}
	}
	// A town is about 9 km, a pixel of zoom 12 at this latitude about 26 m.
	if side := 9000.0 / 26; float64(painted) < side*side/3 || float64(painted) > 3*side*side {
		t.Errorf("%d pixels are painted", painted)
	}
	at12 := at(luzern, 12)
	shade := func(p place.Point) uint32 {
		t.Helper()
		var out bytes.Buffer
		tile := at(p, 12)
		if err := m.WritePNG(&out, tile); err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(&out)
		if err != nil {
			t.Fatal(err)
		}
		most := uint32(0)
		for x := range 256 {
			for y := range 256 {
				_, _, _, alpha := img.At(x, y).RGBA()
				most = max(most, alpha)
			}
		}
		return most
	}
	if busy, quiet, far := shade(luzern), shade(quarter.Centre()), shade(place.Point{Lat: 46.2, Lng: 6.14}); busy <= quiet || quiet == 0 || far != 0 {
		t.Errorf("shades %d, %d and far off %d", busy, quiet, far)
	}
	if at12 != (Tile{12, 2142, 1439}) { // as any web map has it
		t.Errorf("Lucerne is in %s", at12)
	}
	if _, err := m.Tiles(0, MaxZoom+1); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("a zoom beyond: %v", err)
	}
	var none bytes.Buffer
	if err := (&Map{}).WritePNG(&none, Tile{3, 1, 1}); err != nil || none.Len() == 0 {
		t.Errorf("an empty map: %v", err)
	}
}

func FuzzParseTile(f *testing.F) {
	f.Add("12/2142/1439")
	f.Add("0/0/0")
	f.Add("-1/0/0")
	f.Fuzz(func(t *testing.T, s string) {
		if tile, ok := ParseTile(s); ok && (!tile.Known() || tile.String() != s) {
			t.Errorf("%q became %v", s, tile)
		}
	})
}
