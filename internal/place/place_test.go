package place

import (
	"math"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// journey is a straight way of so many points, about 100 m apart, a minute each.
func journey(lat, lng float64, points int, begun time.Time) []Point {
	all := make([]Point, points)
	for i := range all {
		all[i] = Point{Lat: lat + 0.0009*float64(i), Lng: lng, Time: begun.Add(time.Duration(i) * time.Minute)}
	}
	return all
}

func TestOnlyACellOfWhatWasAgreedToIsLeft(t *testing.T) {
	d := &Door{}
	way := journey(52.5, 13.4, 60, noon)
	for _, c := range []struct {
		name  string
		p     Precision
		level int
	}{{"a town", Town, TownLevel}, {"a quarter", Quarter, QuarterLevel}} {
		cell, at := d.Last(way, c.p)
		if !cell.Known() || cell.Level() != c.level || at.IsZero() {
			t.Errorf("%s: %v at %v", c.name, cell, at)
		}
	}
	if cell, _ := d.Last(way, Off); cell != 0 {
		t.Errorf("off: %v", cell)
	}
	if cell, _ := d.Last(way, Precision(9)); cell != 0 {
		t.Errorf("an unknown word: %v", cell)
	}
}

func TestEndsOfJourneysAndSensitivePlacesAreDropped(t *testing.T) {
	way := journey(52.5, 13.4, 60, noon)
	home, clinic := way[0], way[45]
	d := &Door{Sensitive: []Zone{{Name: "clinic", Kind: "clinic", Lat: clinic.Lat, Lng: clinic.Lng, Metres: 1500}}}
	_, at := d.Last(way, Quarter)
	i := int(at.Sub(noon) / time.Minute)
	if Metres(way[i], home) < EndMetres || Metres(way[i], way[59]) < EndMetres || Metres(way[i], clinic) <= 1500 {
		t.Errorf("point %d was kept", i)
	}
	if cell, _ := d.Last(journey(52.5, 13.4, 7, noon), Quarter); cell != 0 {
		t.Errorf("a short way is all ends, and left %v", cell)
	}
	if cell, _ := d.Last([]Point{{Lat: 52.5, Lng: 13.4, Time: noon}}, Quarter); cell != 0 {
		t.Errorf("one point alone is an end, and left %v", cell)
	}
	rest := append(journey(52.5, 13.4, 30, noon), Point{Lat: 52.5 + 0.0009*29, Lng: 13.4, Time: noon.Add(55 * time.Minute)})
	if _, at := d.Last(rest, Quarter); at.After(noon.Add(26 * time.Minute)) {
		t.Errorf("somebody stood still at the end and was placed at %v", at)
	}
}

func TestWhatIsNotOnTheEarthIsNowhere(t *testing.T) {
	for _, p := range []Point{{Lat: 91}, {Lng: 181}, {Lat: math.NaN()}, {Lng: math.Inf(1)}} {
		if CellAt(p, TownLevel) != 0 {
			t.Errorf("%v is somewhere", p)
		}
	}
	if CellAt(Point{Lat: 1, Lng: 1}, QuarterLevel+1) != 0 {
		t.Error("a cell finer than a quarter was made")
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add("47a84")
	f.Add("47a84e1")
	f.Add("X")
	f.Fuzz(func(t *testing.T, s string) {
		c, ok := ParseToken(s)
		if ok && (c.Level() > QuarterLevel || c.Token() != s) {
			t.Errorf("%q became %v of level %d", s, c, c.Level())
		}
	})
}
