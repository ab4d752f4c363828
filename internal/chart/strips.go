package chart

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

// Strips are measures of different units, one below the other, each on an axis of
// its own with a goal on it.
type Strips struct {
	Title       string
	Description string // what is to be seen, for those who cannot see it
	Rows        []Strip
}

// Strip is one measure: what was found, beside what another gives and the goal.
type Strip struct {
	Name   string
	Metric string // what the axis shows
	Value  float64
	Span   [2]float64 // in which Value lies
	Other  Other
	Goal   Level
	Met    bool
	Note   string // what else there is to say, "" for nothing
}

// Other is what a measure is compared with; the zero value is nothing.
type Other struct {
	Name  string // "" for none
	Value float64
}

const (
	stripHead, stripHeight = 56.0, 74.0
	stripLeft, stripRight  = 24.0, 24.0
)

// WriteSVG draws the strips. It refuses values that cannot be drawn, and none.
func (s *Strips) WriteSVG(w io.Writer) error {
	if len(s.Rows) == 0 {
		return fmt.Errorf("draw %q: there is nothing to draw", s.Title)
	}
	for i := range s.Rows {
		for _, v := range s.Rows[i].values() {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("draw %q: a value of %q cannot be drawn", s.Title, s.Rows[i].Name)
			}
		}
	}
	high := stripHead + stripHeight*float64(len(s.Rows)) + 8
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="13">`+"\n", width, high)
	fmt.Fprintf(&b, "<title id=\"t\">%s</title>\n<desc id=\"d\">%s</desc>\n", html.EscapeString(s.Title), html.EscapeString(s.describe()))
	fmt.Fprintf(&b, `<rect width="%g" height="%g" fill="#fffdf9"/>`+"\n", width, high)
	fmt.Fprintf(&b, `<text x="%g" y="24" font-size="16" font-weight="600" fill="#1d2b27">%s</text>`+"\n", stripLeft, html.EscapeString(s.Title))
	fmt.Fprintf(&b, `<text x="%g" y="42" fill="#45524d">● measured, with its interval   ○ beside it, in the same run   ┆ goal</text>`+"\n", stripLeft)
	for i := range s.Rows {
		s.Rows[i].draw(&b, stripHead+stripHeight*float64(i))
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// values are all that stands on the axis.
func (s *Strip) values() []float64 {
	all := []float64{s.Value, s.Span[0], s.Span[1], s.Goal.Y}
	if s.Other.Name != "" {
		all = append(all, s.Other.Value)
	}
	return all
}

func (s *Strip) draw(b *strings.Builder, y float64) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range s.values() {
		low, high = min(low, v), max(high, v)
	}
	room := (high - low) * 0.06
	if room == 0 {
		room = max(math.Abs(low)*0.1, 1e-9)
	}
	low, high = low-room, high+room
	px := func(v float64) float64 {
		return stripLeft + (v-low)/(high-low)*(width-stripLeft-stripRight)
	}
	axis := y + 46
	colour, said := "#1b6b52", "met"
	if !s.Met {
		colour, said = "#8c1d2c", "missed"
	}
	fmt.Fprintf(b, `<text x="%g" y="%g" font-weight="600" fill="#1d2b27">%s</text><text x="%g" y="%g" text-anchor="end" fill="%s">%s</text>`+"\n",
		stripLeft, y+14, html.EscapeString(s.Name), width-stripRight, y+14, colour, said)
	fmt.Fprintf(b, `<text x="%g" y="%g" font-size="11" fill="#45524d">%s</text>`+"\n", stripLeft, y+29, html.EscapeString(s.Metric))
	fmt.Fprintf(b, `<line x1="%g" x2="%g" y1="%g" y2="%g" stroke="#ddd6ca"/>`+"\n", stripLeft, width-stripRight, axis, axis)
	fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%g" y2="%g" stroke="#1d2b27" stroke-dasharray="3 3"/>`+"\n", px(s.Goal.Y), px(s.Goal.Y), axis-9, axis+9)
	if s.Other.Name != "" {
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%g" r="5" fill="none" stroke="#b4541f" stroke-width="2"><title>%s: %s</title></circle>`+"\n",
			px(s.Other.Value), axis, html.EscapeString(s.Other.Name), number(s.Other.Value))
	}
	fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%g" y2="%g" stroke="%s" stroke-width="4"/><circle cx="%.1f" cy="%g" r="5" fill="%s"><title>measured: %s</title></circle>`+"\n",
		px(s.Span[0]), px(s.Span[1]), axis, axis, colour, px(s.Value), axis, colour, number(s.Value))
	fmt.Fprintf(b, `<text x="%g" y="%g" font-size="11" fill="#45524d">%s</text>`+"\n", stripLeft, axis+20, html.EscapeString(s.say()))
}

// say tells a strip in words.
func (s *Strip) say() string {
	said := fmt.Sprintf("%s [%s, %s]", short(s.Value), short(s.Span[0]), short(s.Span[1]))
	if s.Other.Name != "" {
		said += fmt.Sprintf(", %s %s", s.Other.Name, short(s.Other.Value))
	}
	said += ", goal: " + s.Goal.Name
	if s.Note != "" {
		said += "; " + s.Note
	}
	return said
}

// short is a number as one reads it.
func short(v float64) string {
	if a := math.Abs(v); a != 0 && (a < 1e-3 || a >= 1e5) {
		return fmt.Sprintf("%.2g", v)
	}
	return fmt.Sprintf("%.3f", v)
}

func (s *Strips) describe() string {
	parts := []string{s.Description}
	for i := range s.Rows {
		said := "missed"
		if s.Rows[i].Met {
			said = "met"
		}
		parts = append(parts, fmt.Sprintf("%s, %s: %s; %s.", s.Rows[i].Name, s.Rows[i].Metric, s.Rows[i].say(), said))
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}
