// Package chart draws small line charts as SVG: readable without scripts, in
// print, in the dark and by a screen reader (title and description). It knows
// numbers and words only.
package chart

import (
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Chart is lines over one horizontal axis. The zero values of the options draw
// linear axes.
type Chart struct {
	Title       string
	Description string // what is to be seen, for those who cannot see it
	X, Y        string // names of the axes, with units
	Scale       Scale  // of the horizontal axis
	Lines       []Line
	Mark        *Level // a goal or bound, drawn across
}

// Scale of an axis.
type Scale uint8

// Scales.
const (
	Linear Scale = iota
	Log          // values must be above 0
)

// Line is one series, points in order of X.
type Line struct {
	Name   string
	Points []Point
}

// Point is one value.
type Point struct{ X, Y float64 }

// Level is a horizontal line with a name.
type Level struct {
	Name string
	Y    float64
}

const (
	width, height            = 640.0, 360.0
	left, right, top, bottom = 72.0, 20.0, 44.0, 56.0
)

// colours differ in hue and in lightness, so that they can be told apart
// without seeing hue; each line has a dash of its own besides.
var (
	colours = [...]string{"#1b6b52", "#b4541f", "#3d5a9e", "#8a6d00", "#7a3b78"}
	dashes  = [...]string{"", "7 4", "2 4", "10 3 2 3", "4 2"}
)

// WriteSVG draws the chart. It refuses charts without a finite point.
func (c *Chart) WriteSVG(w io.Writer) error {
	x0, x1, y0, y1, err := c.extent()
	if err != nil {
		return err
	}
	px := func(x float64) float64 { return left + (c.at(x)-c.at(x0))/(c.at(x1)-c.at(x0))*(width-left-right) }
	py := func(y float64) float64 { return height - bottom - (y-y0)/(y1-y0)*(height-top-bottom) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="13">`+"\n", width, height)
	fmt.Fprintf(&b, "<title id=\"t\">%s</title>\n<desc id=\"d\">%s</desc>\n", html.EscapeString(c.Title), html.EscapeString(c.describe()))
	fmt.Fprintf(&b, `<rect width="%g" height="%g" fill="#fffdf9"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%g" y="24" font-size="16" font-weight="600" fill="#1d2b27">%s</text>`+"\n", left, html.EscapeString(c.Title))
	for _, y := range ticks(y0, y1) {
		fmt.Fprintf(&b, `<line x1="%g" x2="%g" y1="%.1f" y2="%.1f" stroke="#ddd6ca"/><text x="%g" y="%.1f" text-anchor="end" fill="#45524d">%s</text>`+"\n",
			left, width-right, py(y), py(y), left-8, py(y)+4, number(y))
	}
	for _, x := range c.xTicks(x0, x1) {
		fmt.Fprintf(&b, `<line x1="%.1f" x2="%.1f" y1="%g" y2="%g" stroke="#45524d"/><text x="%.1f" y="%g" text-anchor="middle" fill="#45524d">%s</text>`+"\n",
			px(x), px(x), height-bottom, height-bottom+5, px(x), height-bottom+20, number(x))
	}
	fmt.Fprintf(&b, `<text x="%g" y="%g" text-anchor="middle" fill="#1d2b27">%s</text>`+"\n", (left+width-right)/2, height-12, html.EscapeString(c.X))
	fmt.Fprintf(&b, `<text transform="translate(18 %g) rotate(-90)" text-anchor="middle" fill="#1d2b27">%s</text>`+"\n", (top+height-bottom)/2, html.EscapeString(c.Y))
	if c.Mark != nil {
		fmt.Fprintf(&b, `<line x1="%g" x2="%g" y1="%.1f" y2="%.1f" stroke="#8c1d2c" stroke-dasharray="3 3"/><text x="%g" y="%.1f" text-anchor="end" fill="#8c1d2c">%s</text>`+"\n",
			left, width-right, py(c.Mark.Y), py(c.Mark.Y), width-right, py(c.Mark.Y)-5, html.EscapeString(c.Mark.Name))
	}
	for i, line := range c.Lines {
		colour, dash := colours[i%len(colours)], dashes[i%len(dashes)]
		points := make([]string, len(line.Points))
		for j, p := range line.Points {
			points[j] = fmt.Sprintf("%.1f,%.1f", px(p.X), py(p.Y))
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2.5" stroke-dasharray="%s"/>`+"\n", strings.Join(points, " "), colour, dash)
		for j, p := range line.Points {
			x, y, _ := strings.Cut(points[j], ",")
			fmt.Fprintf(&b, `<circle cx="%s" cy="%s" r="3.5" fill="%s"><title>%s: %s at %s</title></circle>`+"\n", x, y, colour, html.EscapeString(line.Name), number(p.Y), number(p.X))
		}
		fmt.Fprintf(&b, `<line x1="%g" x2="%g" y1="%g" y2="%g" stroke="%s" stroke-width="2.5" stroke-dasharray="%s"/><text x="%g" y="%g" fill="#1d2b27">%s</text>`+"\n",
			width-right-190, width-right-160, top+8+18*float64(i), top+8+18*float64(i), colour, dash, width-right-154, top+12+18*float64(i), html.EscapeString(line.Name))
	}
	b.WriteString("</svg>\n")
	_, err = io.WriteString(w, b.String())
	return err
}

func (c *Chart) at(x float64) float64 {
	if c.Scale == Log {
		return math.Log10(x)
	}
	return x
}

// extent is the drawn range, with some room above and below.
func (c *Chart) extent() (x0, x1, y0, y1 float64, err error) {
	x0, y0 = math.Inf(1), math.Inf(1)
	x1, y1 = math.Inf(-1), math.Inf(-1)
	for _, line := range c.Lines {
		for _, p := range line.Points {
			if math.IsNaN(p.Y) || math.IsInf(p.Y, 0) || math.IsNaN(c.at(p.X)) || math.IsInf(c.at(p.X), 0) {
				return 0, 0, 0, 0, fmt.Errorf("draw %q: a point of %q cannot be drawn", c.Title, line.Name)
			}
			x0, x1 = min(x0, p.X), max(x1, p.X)
			y0, y1 = min(y0, p.Y), max(y1, p.Y)
		}
	}
	if x0 > x1 {
		return 0, 0, 0, 0, fmt.Errorf("draw %q: there is no point", c.Title)
	}
	if c.Mark != nil {
		y0, y1 = min(y0, c.Mark.Y), max(y1, c.Mark.Y)
	}
	if x0 == x1 {
		x1 = x0 * 1.1
		if x0 == 0 {
			x1 = 1
		}
	}
	room := (y1 - y0) * 0.08
	if room == 0 {
		room = max(math.Abs(y0)*0.1, 1e-9)
	}
	if y0 >= 0 && y0-room < 0 {
		return x0, x1, 0, y1 + room, nil
	}
	return x0, x1, y0 - room, y1 + room, nil
}

// ticks are round values inside a range.
func ticks(low, high float64) []float64 {
	step := math.Pow(10, math.Floor(math.Log10((high-low)/4)))
	for _, factor := range []float64{1, 2, 5, 10} {
		if (high-low)/(step*factor) <= 6 {
			step *= factor
			break
		}
	}
	var all []float64
	for v := math.Ceil(low/step) * step; v <= high+step*1e-9; v += step {
		all = append(all, v)
	}
	return all
}

func (c *Chart) xTicks(low, high float64) []float64 {
	if c.Scale == Linear {
		return ticks(low, high)
	}
	var all []float64
	for _, line := range c.Lines { // what was measured, as there are few points
		for _, p := range line.Points {
			if !slices.Contains(all, p.X) {
				all = append(all, p.X)
			}
		}
	}
	slices.Sort(all)
	return all
}

func number(v float64) string {
	if math.Abs(v) < 1e-12 {
		return "0"
	}
	return strconv.FormatFloat(v, 'g', 5, 64)
}

// describe adds the values to the description, so that no picture is needed.
func (c *Chart) describe() string {
	parts := []string{c.Description}
	for _, line := range c.Lines {
		var values []string
		for _, p := range line.Points {
			values = append(values, number(p.Y)+" at "+number(p.X))
		}
		parts = append(parts, line.Name+": "+strings.Join(values, ", ")+".")
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}
