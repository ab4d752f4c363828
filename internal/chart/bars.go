package chart

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

// Bars is a list of numbers as bars, each with the reach of its margin.
type Bars struct {
	Title       string
	Description string
	Unit        string
	Margin      float64 // of each value, 0: not drawn
	Rows        []Bar
}

// Bar is one value with its name.
type Bar struct {
	Name  string
	Value float64
}

const (
	barHeight = 22.0
	barLeft   = 230.0
	barRight  = 60.0
	nameRunes = 32
)

// WriteSVG draws the bars, one below the other. It refuses values that are not
// finite or below zero; without any row it says so.
func (b *Bars) WriteSVG(w io.Writer) error {
	most := 1.0
	for _, r := range b.Rows {
		if math.IsNaN(r.Value) || math.IsInf(r.Value, 0) || r.Value < 0 {
			return fmt.Errorf("draw %q: the value of %q cannot be drawn", b.Title, r.Name)
		}
		most = max(most, r.Value+b.Margin)
	}
	high := top + barHeight*float64(max(1, len(b.Rows))) + 16
	scale := (width - barLeft - barRight) / most
	parts := []string{b.Description}
	for _, r := range b.Rows {
		parts = append(parts, r.Name+": "+number(r.Value)+".")
	}
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="13">`+"\n", width, high)
	fmt.Fprintf(&s, "<title id=\"t\">%s</title>\n<desc id=\"d\">%s</desc>\n", html.EscapeString(b.Title), html.EscapeString(strings.Join(parts, " ")))
	fmt.Fprintf(&s, `<rect width="%g" height="%g" fill="#fffdf9"/>`+"\n", width, high)
	fmt.Fprintf(&s, `<text x="16" y="24" font-size="16" font-weight="600" fill="#1d2b27">%s</text>`+"\n", html.EscapeString(b.Title))
	if len(b.Rows) == 0 {
		fmt.Fprintf(&s, `<text x="16" y="%g" fill="#45524d">No number is large enough to say anything.</text>`+"\n", top+14)
	}
	for i, r := range b.Rows {
		y := top + barHeight*float64(i)
		fmt.Fprintf(&s, `<text x="%g" y="%.1f" text-anchor="end" fill="#1d2b27">%s</text>`+"\n", barLeft-8, y+14, html.EscapeString(shorten(r.Name)))
		fmt.Fprintf(&s, `<rect x="%g" y="%.1f" width="%.1f" height="%g" fill="%s"><title>%s: %s %s</title></rect>`+"\n",
			barLeft, y+3, r.Value*scale, barHeight-8, colours[0], html.EscapeString(r.Name), number(r.Value), html.EscapeString(b.Unit))
		if b.Margin > 0 {
			fmt.Fprintf(&s, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="#45524d" stroke-width="1.5"/>`+"\n",
				barLeft+max(0, r.Value-b.Margin)*scale, barLeft+(r.Value+b.Margin)*scale, y+10, y+10)
		}
		fmt.Fprintf(&s, `<text x="%.1f" y="%.1f" fill="#45524d">%s</text>`+"\n", barLeft+(r.Value+b.Margin)*scale+6, y+14, number(r.Value))
	}
	s.WriteString("</svg>\n")
	_, err := io.WriteString(w, s.String())
	return err
}

// shorten keeps a name inside its column.
func shorten(name string) string {
	if runes := []rune(name); len(runes) > nameRunes {
		return string(runes[:nameRunes-1]) + "…"
	}
	return name
}
