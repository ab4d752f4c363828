package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/noise"
	"github.com/tactful/tactful/internal/place"
)

// Heat sets up the map of where a crowd is. One person is in one cell, the last
// that is known. A cell is shown only if five things hold: at least K people are
// in it, their number with noise is beyond chance, it lies in an area where people
// live on all sides, it touches no exclusion zone, and it is in a town if those are listed.
type Heat struct {
	On      bool         `yaml:"on" doc:"maps of where people are may be asked for; off by default"`
	K       int          `yaml:"k" doc:"distinct people that a cell needs; smaller cells are put together"`
	Settled int          `yaml:"settled" doc:"people that a settled area must hold: a square of nine cells, about 6 km across (12 where people live further apart), with a crowd in nearly each of them. What is in none is not shown, however many are there, nor is the way to it"`
	Places  []place.Zone `yaml:"places" doc:"towns, if you list them: nothing outside is shown, and what is in one needs a settled number of people but no settled area"`
	Exclude []place.Zone `yaml:"exclude" doc:"what no cell of a map may touch"`
}

// Defaults fills what is not set.
func (h *Heat) Defaults() {
	if h.K == 0 {
		h.K = 50
	}
	if h.Settled == 0 {
		h.Settled = 500
	}
}

// levels of a map, finest first; a cell that is too small for one is counted in the next.
func heatLevels() []int { return []int{place.QuarterLevel, 11, place.TownLevel} }

// beyondChance is how many standard deviations of its noise a count must be above
// K: that somebody's being there lets a cell be shown happens with chance 1e-6.
const beyondChance = 4.76

// Map is a map as it is given.
type Map struct {
	Until   string    `json:"until"`
	Epsilon float64   `json:"epsilon"`
	Delta   float64   `json:"delta"`
	Margin  float64   `json:"margin"`
	K       int       `json:"k"`
	Cells   []HeatRow `json:"cells"`
}

// HeatRow is one cell with how many people are in it, with noise.
type HeatRow struct {
	Cell   place.Cell `json:"cell"`
	People int64      `json:"people"`
}

// Draw makes the map of where people are, each in one cell. It costs the whole
// of cost, whatever is shown.
func (h *Heat) Draw(people []place.Cell, cost noise.Cost, source *noise.Source) (*Map, error) {
	if h.K < 50 || h.Settled < 2*h.K {
		return nil, tactful.InvalidField("k", "is too small for a map", "use a k of 50 or more and ask for twice as many around")
	}
	levels := heatLevels()
	variance, err := noise.VarianceFor(noise.Ratio{Num: 1, Den: 1}, cost/noise.Cost(len(levels)+len(areaLevels())))
	if err != nil {
		return nil, err
	}
	m := &Map{K: h.K, Margin: math.Ceil(1.96 * math.Sqrt(variance.Float()))}
	left := slices.Clone(people) // who is not shown yet
	for i, c := range left {
		if !c.Known() {
			left[i] = 0
		}
	}
	area := map[place.Cell]int64{}
	for _, level := range areaLevels() {
		crowds, err := h.passing(left, level, variance, source)
		if err != nil {
			return nil, err
		}
		maps.Copy(area, h.area(crowds))
	}
	for i, c := range left {
		if c != 0 && !h.settled(c, area) {
			left[i] = 0
		}
	}
	for _, level := range levels {
		counts, err := h.passing(left, level, variance, source)
		if err != nil {
			return nil, err
		}
		for _, c := range sortedCells(counts) {
			if !h.excluded(c) {
				m.Cells = append(m.Cells, HeatRow{Cell: c, People: counts[c]})
			}
		}
		for i, c := range left {
			if _, shown := counts[c.Parent(level)]; c != 0 && c.Level() >= level && shown {
				left[i] = 0
			}
		}
	}
	slices.SortFunc(m.Cells, func(a, b HeatRow) int { return cmp.Compare(a.Cell, b.Cell) })
	return m, nil
}

// passing counts people by cell of a level, with noise; only cells with enough
// people, whose number is beyond chance, are in it. Whether a person who was not
// there lets a cell in is chance 1e-6, so a cell's being there tells of nobody.
func (h *Heat) passing(people []place.Cell, level int, variance noise.Ratio, source *noise.Source) (map[place.Cell]int64, error) {
	counts := map[place.Cell]int64{}
	for _, c := range people {
		if c != 0 && c.Level() >= level {
			counts[c.Parent(level)]++
		}
	}
	passed := map[place.Cell]int64{}
	for _, c := range sortedCells(counts) {
		if counts[c] < int64(h.K) {
			continue
		}
		x, err := source.Gaussian(variance)
		if err != nil {
			return nil, fmt.Errorf("draw a map: %w", err)
		}
		if n := counts[c] + x; float64(n) >= float64(h.K)+beyondChance*math.Sqrt(variance.Float()) {
			passed[c] = n
		}
	}
	return passed, nil
}

// area is where people live, the isolation rule: of the cells with a crowd those
// that lie in a square of nine with a crowd in nearly each (openAround of the eight
// around the middle), which together hold the number of a settled area. This is a
// morphological opening: a lonely group, however large, fills no such square, and no
// road does, which is one cell wide or two. Whoever lists towns has said where
// people live: there the cells around need the number alone. The rule sees noised
// numbers only.
func (h *Heat) area(crowds map[place.Cell]int64) map[place.Cell]int64 {
	area := map[place.Cell]int64{}
	for middle := range crowds {
		square := middle.Around()
		sum, busy := int64(0), 0
		for _, c := range square {
			if n, crowd := crowds[c]; crowd {
				sum, busy = sum+n, busy+1
			}
		}
		if sum < int64(h.Settled) || len(h.Places) == 0 && busy-1 < openAround {
			continue
		}
		for _, c := range square {
			if n, crowd := crowds[c]; crowd && h.listed(c) {
				area[c] = n
			}
		}
	}
	return area
}

// areaLevels are the grids on which people are looked for around a cell: squares of
// about 6 km for a dense town, of about 12 km for one that is spread.
func areaLevels() []int { return []int{place.QuarterLevel, spreadLevel} }

const spreadLevel = 11

// openAround is how many of the eight cells around the middle of a settled area
// must have a crowd: all but one, which may be a lake.
const openAround = 7

// settled reports whether a cell, or enough of it, is in the area where people
// live. Whoever is not counts nowhere, so that a lonely group does not come back in
// a coarser cell.
func (h *Heat) settled(c place.Cell, area map[place.Cell]int64) bool {
	for _, level := range areaLevels() {
		if _, in := area[c.Parent(level)]; in && c.Level() >= level {
			return true
		}
	}
	sum := int64(0)
	for n, people := range area {
		if n.Level() == place.QuarterLevel && n.Parent(c.Level()) == c {
			sum += people
		}
	}
	return sum >= int64(h.Settled)
}

// listed reports whether a cell is in a town of the list, if there is one.
func (h *Heat) listed(c place.Cell) bool {
	return len(h.Places) == 0 || slices.ContainsFunc(h.Places, func(z place.Zone) bool { return place.Metres(c.Centre(), z.Point()) <= z.Metres })
}

func (h *Heat) excluded(c place.Cell) bool {
	return slices.ContainsFunc(h.Exclude, func(z place.Zone) bool { return c.Reaches(z.Point(), z.Metres) })
}

func sortedCells(m map[place.Cell]int64) []place.Cell {
	cells := make([]place.Cell, 0, len(m))
	for c := range m {
		cells = append(cells, c)
	}
	slices.Sort(cells)
	return cells
}

// Answer is the map as a report.
func (m *Map) Answer(q Question, f Family, s *Settings, now time.Time) *Answer {
	cost := s.Each(f.Name)
	a := &Answer{
		Report: f.Name, Title: f.Title, Counts: f.Counts, Unit: Unit, Groups: 1, Until: q.Until.Format(Dated), Given: now.UTC().Truncate(time.Second),
		Epsilon: cost.Epsilon(s.Delta), Delta: s.Delta, Rho: cost.Rho(), Cost: cost, Margin: m.Margin, Tells: f.Tells, Hides: f.Hides,
	}
	for _, row := range m.Cells {
		of := "quarter"
		if row.Cell.Level() < place.QuarterLevel {
			of = "town"
		}
		a.Rows = append(a.Rows, Row{Name: row.Cell.Token(), Of: of, People: row.People})
	}
	return a
}

// MapOf reads a map from the report that it was given as.
func MapOf(a *Answer) (*Map, error) {
	m := &Map{Until: a.Until, Epsilon: a.Epsilon, Delta: a.Delta, Margin: a.Margin}
	if a.Report != Places {
		return nil, tactful.Errorf(tactful.Invalid, "this report is not a map")
	}
	for _, row := range a.Rows {
		c, ok := place.ParseToken(row.Name)
		if !ok {
			return nil, tactful.Errorf(tactful.Internal, "a kept map is damaged")
		}
		m.Cells = append(m.Cells, HeatRow{Cell: c, People: row.People})
	}
	return m, nil
}

// WriteGeoJSON writes the map as RFC 7946 has it.
func (m *Map) WriteGeoJSON(w io.Writer) error {
	type geometry struct {
		Type        string         `json:"type"`
		Coordinates [][][2]float64 `json:"coordinates"`
	}
	type feature struct {
		Type       string         `json:"type"`
		ID         string         `json:"id"`
		Geometry   geometry       `json:"geometry"`
		Properties map[string]any `json:"properties"`
	}
	all := struct {
		Type     string    `json:"type"`
		Features []feature `json:"features"`
	}{Type: "FeatureCollection", Features: []feature{}}
	for _, row := range m.Cells {
		var ring [][2]float64
		for _, p := range row.Cell.Corners() {
			ring = append(ring, [2]float64{round6(p.Lng), round6(p.Lat)})
		}
		ring = append(ring, ring[0])
		all.Features = append(all.Features, feature{
			Type: "Feature", ID: row.Cell.Token(), Geometry: geometry{"Polygon", [][][2]float64{ring}},
			Properties: map[string]any{"people": row.People, "margin": m.Margin},
		})
	}
	return json.NewEncoder(w).Encode(all)
}

func round6(f float64) float64 { return math.Round(f*1e6) / 1e6 }

// WriteSVG draws the cells, darker where more people are.
func (m *Map) WriteSVG(w io.Writer, title string) error {
	const width, edge = 640.0, 24.0
	south, north, west, east := 90.0, -90.0, 180.0, -180.0
	most := int64(1)
	for _, row := range m.Cells {
		for _, p := range row.Cell.Corners() {
			south, north, west, east = min(south, p.Lat), max(north, p.Lat), min(west, p.Lng), max(east, p.Lng)
		}
		most = max(most, row.People)
	}
	squeeze := math.Cos((south + north) / 2 * math.Pi / 180)
	scale := (width - 2*edge) / max((east-west)*squeeze, 1e-9)
	high := (north-south)*scale + 2*edge + 40
	if len(m.Cells) == 0 {
		high = 120
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="13">`+"\n", width, high)
	fmt.Fprintf(&b, "<title id=\"t\">%s</title>\n<desc id=\"d\">%d cells in which many people are; numbers carry noise, margin %.0f.</desc>\n", html.EscapeString(title), len(m.Cells), m.Margin)
	fmt.Fprintf(&b, "<rect width=\"%.0f\" height=\"%.0f\" fill=\"#fffdf9\"/>\n<text x=\"%g\" y=\"24\" font-size=\"16\" font-weight=\"600\" fill=\"#1d2b27\">%s</text>\n", width, high, edge, html.EscapeString(title))
	if len(m.Cells) == 0 {
		fmt.Fprintf(&b, `<text x="%g" y="60" fill="#45524d">There is no place where enough people are.</text>`+"\n", edge)
	}
	for _, row := range m.Cells {
		var points []string
		for _, p := range row.Cell.Corners() {
			points = append(points, fmt.Sprintf("%.1f,%.1f", edge+(p.Lng-west)*squeeze*scale, 40+edge+(north-p.Lat)*scale))
		}
		fmt.Fprintf(&b, `<polygon points="%s" fill="#1b6b52" fill-opacity="%.2f" stroke="#fffdf9"><title>about %d people</title></polygon>`+"\n",
			strings.Join(points, " "), 0.15+0.8*float64(row.People)/float64(most), row.People)
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}
