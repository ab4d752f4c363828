package report

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/tactful/tactful/internal/chart"
)

// Table is the rows with what they are, a head first. Who writes it as CSV takes
// rights.NewTable, which makes formulas harmless.
func (a *Answer) Table() [][]string {
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	table := [][]string{{"report", "from", "until", "name", "of", "title", "people", "margin", "share", "epsilon"}}
	for _, r := range a.Rows {
		table = append(table, []string{a.Report, a.From, a.Until, r.Name, r.Of, r.Title, strconv.FormatInt(r.People, 10), number(a.Margin), number(r.Share), number(a.Epsilon)})
	}
	return table
}

// WriteSVG draws the report: lines over weeks for trends, bars for the others.
func (a *Answer) WriteSVG(w io.Writer) error {
	span := "as of " + a.Until
	if a.From != "" {
		span = a.From + " to " + a.Until
	}
	title := a.Title + ", " + span
	about := fmt.Sprintf("%s. Each number carries noise and is within %.0f of what was counted, 19 times of 20.", a.Counts, a.Margin)
	if a.Report == Trends {
		c := chart.Chart{Title: title, Description: about, X: "weeks before " + a.Until, Y: "people"}
		until, err := time.Parse(Dated, a.Until)
		if err != nil {
			return fmt.Errorf("draw a report: %w", err)
		}
		at := map[string]int{}
		for _, r := range a.Rows {
			begun, err := time.Parse(Dated, r.Name)
			if err != nil {
				return fmt.Errorf("draw a report: %w", err)
			}
			if _, known := at[r.Of]; !known {
				at[r.Of] = len(c.Lines)
				c.Lines = append(c.Lines, chart.Line{Name: r.Of})
			}
			line := &c.Lines[at[r.Of]]
			line.Points = append(line.Points, chart.Point{X: -until.Sub(begun).Hours() / 24 / 7, Y: float64(r.People)})
		}
		return c.WriteSVG(w)
	}
	if a.Report == Places {
		m, err := MapOf(a)
		if err != nil {
			return err
		}
		return m.WriteSVG(w, title)
	}
	bars := chart.Bars{Title: title, Description: about, Unit: "people", Margin: a.Margin}
	for _, r := range a.Rows[:min(len(a.Rows), drawnRows)] {
		name := r.Title
		if name == "" {
			name = r.Name
		}
		if r.Of != "" {
			name += ": " + r.Of
		}
		bars.Rows = append(bars.Rows, chart.Bar{Name: name, Value: float64(r.People)})
	}
	return bars.WriteSVG(w)
}

// drawnRows is how many bars a picture has.
const drawnRows = 30
