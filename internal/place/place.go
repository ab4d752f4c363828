package place

import (
	"math"
	"time"

	"github.com/golang/geo/s2"

	"github.com/tactful/tactful"
)

// Precision is how coarsely somebody agreed to be placed. The zero value is not
// at all.
type Precision uint8

// Precisions.
const (
	Off     Precision = iota
	Town              // about 9 km across
	Quarter           // about 2.3 km across
)

// Levels of S2's grid: no map and no row has a smaller cell than a quarter.
const (
	TownLevel    = 10
	QuarterLevel = 12
)

var precisionNames = [...]string{"off", "town", "quarter"}

// String returns the wire word.
func (p Precision) String() string {
	if int(p) < len(precisionNames) {
		return precisionNames[p]
	}
	return precisionNames[Off]
}

// ParsePrecision reads a wire word.
func ParsePrecision(word string) (Precision, bool) {
	for i, name := range precisionNames {
		if name == word {
			return Precision(i), true
		}
	}
	return Off, false
}

// Level of the grid, -1 for off.
func (p Precision) Level() int {
	switch p {
	case Town:
		return TownLevel
	case Quarter:
		return QuarterLevel
	case Off:
	}
	return -1
}

// Point is where something was, at a moment. It lives as long as a call.
type Point struct {
	Lat, Lng float64 // degrees
	Time     time.Time
}

// Valid reports whether the point is on the earth.
func (p Point) Valid() bool {
	return p.Lat >= -90 && p.Lat <= 90 && p.Lng >= -180 && p.Lng <= 180 && !math.IsNaN(p.Lat) && !math.IsNaN(p.Lng)
}

const earth = 6371000.0 // metres

// Metres between two points.
func Metres(a, b Point) float64 {
	return s2.LatLngFromDegrees(a.Lat, a.Lng).Distance(s2.LatLngFromDegrees(b.Lat, b.Lng)).Radians() * earth
}

// Cell is a cell of the grid, at town or quarter level. Zero is nowhere.
type Cell uint64

// CellAt is the cell of a point at a level, 0 for one that is not on the earth.
func CellAt(p Point, level int) Cell {
	if !p.Valid() || level < 0 || level > QuarterLevel {
		return 0
	}
	return Cell(s2.CellIDFromLatLng(s2.LatLngFromDegrees(p.Lat, p.Lng)).Parent(level))
}

// Known reports whether it is a cell that may be kept: not finer than a quarter.
func (c Cell) Known() bool {
	id := s2.CellID(c)
	return id.IsValid() && id.Level() <= QuarterLevel && id.Level() >= 4
}

// Level of the grid.
func (c Cell) Level() int { return s2.CellID(c).Level() }

// Parent is the cell around it at a coarser level.
func (c Cell) Parent(level int) Cell {
	if level >= c.Level() {
		return c
	}
	return Cell(s2.CellID(c).Parent(level))
}

// Token is how the cell is written.
func (c Cell) Token() string { return s2.CellID(c).ToToken() }

// ParseToken reads what Token wrote, and nothing finer than a quarter.
func ParseToken(s string) (Cell, bool) {
	c := Cell(s2.CellIDFromToken(s))
	return c, c.Known() && c.Token() == s
}

// Centre of the cell.
func (c Cell) Centre() Point {
	ll := s2.CellID(c).LatLng()
	return Point{Lat: ll.Lat.Degrees(), Lng: ll.Lng.Degrees()}
}

// Corners of the cell, counterclockwise.
func (c Cell) Corners() [4]Point {
	cell := s2.CellFromCellID(s2.CellID(c))
	var all [4]Point
	for i := range all {
		ll := s2.LatLngFromPoint(cell.Vertex(i))
		all[i] = Point{Lat: ll.Lat.Degrees(), Lng: ll.Lng.Degrees()}
	}
	return all
}

// Reaches reports whether any of the cell lies within metres of a point.
func (c Cell) Reaches(p Point, metres float64) bool {
	cell := s2.CellFromCellID(s2.CellID(c))
	return cell.Distance(s2.PointFromLatLng(s2.LatLngFromDegrees(p.Lat, p.Lng))).Angle().Radians()*earth <= metres
}

// Around are the cells of the same level that share an edge or a corner, with itself.
func (c Cell) Around() []Cell {
	all := []Cell{c}
	for _, n := range s2.CellID(c).AllNeighbors(c.Level()) {
		all = append(all, Cell(n))
	}
	return all
}

// Zone is a round place of the operator's list.
type Zone struct {
	Name   string  `yaml:"name" doc:"what it is, for your own list"`
	Kind   string  `yaml:"kind" doc:"clinic, worship, shelter, barracks, school, or other"`
	Lat    float64 `yaml:"lat" doc:"degrees north"`
	Lng    float64 `yaml:"lng" doc:"degrees east"`
	Metres float64 `yaml:"metres" doc:"radius"`
}

// Kinds of sensitive places.
func Kinds() []string { return []string{"clinic", "worship", "shelter", "barracks", "school", "other"} }

// Point at the middle of the zone.
func (z *Zone) Point() Point { return Point{Lat: z.Lat, Lng: z.Lng} }

// Fault says what is wrong with a zone, nil for nothing.
func (z *Zone) Fault() error {
	if !z.Point().Valid() || z.Lat == 0 && z.Lng == 0 || !(z.Metres > 0 && z.Metres <= 100_000) {
		return tactful.InvalidField("zone", "is not a place with a radius", "give lat, lng and metres up to 100000")
	}
	return nil
}

// Journey ends are cut by distance and by time: whoever stands still at the end
// of a journey is still at its end.
const (
	EndMetres = 400
	newAfter  = 30 * time.Minute // between two points: another journey
)

// Door turns what a device sends into one cell. It keeps nothing.
type Door struct{ Sensitive []Zone }

// Last is the cell of the last point that may be known: neither in a sensitive
// place nor within 400 m of where its journey began or ended; 0 if there is none.
func (d *Door) Last(points []Point, p Precision) (cell Cell, at time.Time) {
	if p.Level() < 0 {
		return 0, time.Time{}
	}
	for first := 0; first < len(points); {
		last := first
		for last+1 < len(points) && points[last+1].Time.Sub(points[last].Time) <= newAfter {
			last++
		}
		for i := last; i >= first; i-- {
			x := points[i]
			if !x.Valid() || Metres(x, points[first]) < EndMetres || Metres(x, points[last]) < EndMetres || In(x, d.Sensitive) {
				continue
			}
			if x.Time.After(at) || cell == 0 {
				cell, at = CellAt(x, p.Level()), x.Time
			}
			break
		}
		first = last + 1
	}
	return cell, at
}
