package report

import (
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/place"
)

// Tile is a square of the map as web maps cut it: Web Mercator, 256 pixels a side,
// y from the north.
type Tile struct{ Z, X, Y int }

const (
	tilePixels = 256
	// MaxZoom is as near as tiles go: a quarter is then wider than a tile.
	MaxZoom = 14
	// MaxTiles bounds the tiles of one map.
	MaxTiles = 20_000
)

// ParseTile reads "z/x/y".
func ParseTile(s string) (Tile, bool) {
	parts := strings.Split(s, "/")
	if len(parts) != 3 {
		return Tile{}, false
	}
	var n [3]int
	for i, part := range parts {
		number, err := strconv.Atoi(part)
		if err != nil || strconv.Itoa(number) != part {
			return Tile{}, false
		}
		n[i] = number
	}
	t := Tile{n[0], n[1], n[2]}
	return t, t.Known()
}

// Known reports whether there is such a tile.
func (t Tile) Known() bool {
	return t.Z >= 0 && t.Z <= MaxZoom && t.X >= 0 && t.Y >= 0 && t.X < 1<<t.Z && t.Y < 1<<t.Z
}

// String is how the tile is named in addresses and files, without its ending.
func (t Tile) String() string {
	return strconv.Itoa(t.Z) + "/" + strconv.Itoa(t.X) + "/" + strconv.Itoa(t.Y)
}

// at is the tile of a zoom in which a point lies.
func at(p place.Point, z int) Tile {
	side := float64(int(1) << z)
	lat := max(-85.05, min(85.05, p.Lat)) * math.Pi / 180
	x, y := int((p.Lng+180)/360*side), int((1-math.Asinh(math.Tan(lat))/math.Pi)/2*side)
	return Tile{z, max(0, min(x, 1<<z-1)), max(0, min(y, 1<<z-1))}
}

// Tiles are the tiles of the zooms on which anything is drawn, in order.
func (m *Map) Tiles(from, to int) ([]Tile, error) {
	if from < 0 || to > MaxZoom || from > to {
		return nil, tactful.InvalidField("zoom", "is out of range", "use 0 to "+strconv.Itoa(MaxZoom))
	}
	seen := map[Tile]bool{}
	for z := from; z <= to; z++ {
		for _, row := range m.Cells {
			low, high := Tile{z, 1 << z, 1 << z}, Tile{Z: z}
			for _, p := range row.Cell.Corners() {
				t := at(p, z)
				low.X, low.Y, high.X, high.Y = min(low.X, t.X), min(low.Y, t.Y), max(high.X, t.X), max(high.Y, t.Y)
			}
			if (high.X-low.X+1)*(high.Y-low.Y+1)+len(seen) > MaxTiles {
				return nil, tactful.InvalidField("zoom", "makes too many tiles", "stay farther away: each zoom has four times as many")
			}
			for x := low.X; x <= high.X; x++ {
				for y := low.Y; y <= high.Y; y++ {
					seen[Tile{z, x, y}] = true
				}
			}
		}
	}
	all := make([]Tile, 0, len(seen))
	for t := range seen {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b Tile) int {
		for _, d := range [...]int{a.Z - b.Z, a.X - b.X, a.Y - b.Y} {
			if d != 0 {
				return d
			}
		}
		return 0
	})
	return all, nil
}

// WritePNG draws a tile: the cells as they are, darker where more people are, over
// nothing, so that it lies on any map.
func (m *Map) WritePNG(w io.Writer, t Tile) error {
	if !t.Known() {
		return tactful.InvalidField("tile", "is none", "write z/x/y, with z up to "+strconv.Itoa(MaxZoom))
	}
	most := int64(1)
	people := make(map[place.Cell]int64, len(m.Cells))
	coarsest := place.QuarterLevel
	for _, row := range m.Cells {
		people[row.Cell] = row.People
		most, coarsest = max(most, row.People), min(coarsest, row.Cell.Level())
	}
	img := image.NewNRGBA(image.Rect(0, 0, tilePixels, tilePixels))
	side := float64(int(1)<<t.Z) * tilePixels
	for y := range tilePixels {
		lat := math.Atan(math.Sinh(math.Pi*(1-2*(float64(t.Y*tilePixels+y)+0.5)/side))) * 180 / math.Pi
		for x := range tilePixels {
			if len(people) == 0 {
				continue
			}
			p := place.Point{Lat: lat, Lng: (float64(t.X*tilePixels+x)+0.5)/side*360 - 180}
			cell := place.CellAt(p, place.QuarterLevel)
			for level := place.QuarterLevel; level >= coarsest; level-- {
				n, shown := people[cell.Parent(level)]
				if !shown {
					continue
				}
				share := 0.15 + 0.8*float64(n)/float64(most)
				img.SetNRGBA(x, y, color.NRGBA{0x1b, 0x6b, 0x52, uint8(255 * max(0, min(1, share)))})
				break
			}
		}
	}
	return png.Encode(w, img)
}
