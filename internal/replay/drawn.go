package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/chart"
)

// Read reads rows as Run writes them with JSON, one a line: those of runs that
// took hours can be drawn together.
func Read(r io.Reader) ([]Row, error) {
	lines := bufio.NewScanner(io.LimitReader(r, 16<<20))
	lines.Buffer(nil, 1<<20)
	var rows []Row
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		var row Row
		if err := d.Decode(&row); err != nil || row.Name == "" {
			return nil, &tactful.Error{Kind: tactful.Invalid, Field: "--from", Detail: fmt.Sprintf("has no row at line %d", n), Remedy: "take what tactful replay --json printed", Err: err}
		}
		rows = append(rows, row)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	if len(rows) == 0 {
		return nil, tactful.InvalidField("--from", "has no rows", "take what tactful replay --json printed")
	}
	return rows, nil
}

// title is a row's name and number.
func (r *Row) title() string {
	if r.Number > 0 {
		return fmt.Sprintf("%s (%d)", r.Name, r.Number)
	}
	return r.Name
}

// Draw writes rows as an SVG, each on an axis of its own.
func Draw(w io.Writer, rows []Row) error {
	s := chart.Strips{Title: "The scandals, replayed", Description: "One row for each promise: what was measured, its interval, what a plain engine gives in the same run, and the goal."}
	for i := range rows {
		r := &rows[i]
		strip := chart.Strip{Name: r.title(), Metric: r.Metric, Value: r.Tactful, Span: r.Interval, Goal: chart.Level{Name: r.Goal, Y: r.Bound}, Met: r.Met}
		missed := 0
		for _, f := range r.Beside {
			if !f.Met {
				missed++
			}
		}
		if missed > 0 {
			strip.Note = fmt.Sprintf("missed are %d of %d figures beside it", missed, len(r.Beside))
		}
		if r.Plain != -1 {
			strip.Other = chart.Other{Name: "plain", Value: r.Plain}
		}
		s.Rows = append(s.Rows, strip)
	}
	return s.WriteSVG(w)
}

// WriteTable writes rows and all figures beside them as a Markdown table.
func WriteTable(w io.Writer, rows []Row) error {
	var b strings.Builder
	b.WriteString("| row | measured | plain | Tactful | goal | |\n|---|---|---|---|---|---|\n")
	for i := range rows {
		r := &rows[i]
		plain := "–"
		if r.Plain != -1 {
			plain = tell(r.Plain)
		}
		fmt.Fprintf(&b, "| **%s** | %s. Attack: %s; n %d, seeds %s | %s | **%s** [%s, %s] | %s | %s |\n", r.title(), cell(r.Metric), cell(r.Attack), r.N, seedsOf(r.Seeds),
			plain, tell(r.Tactful), tell(r.Interval[0]), tell(r.Interval[1]), cell(r.Goal), outcomeOf(r.Met))
		for _, f := range r.Beside {
			fmt.Fprintf(&b, "| | %s | | %s | %s | %s |\n", cell(f.Name), tell(f.Value), cell(f.Goal), outcomeOf(f.Met))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func cell(text string) string { return strings.NewReplacer("|", "\\|", "\n", " ").Replace(text) }

func outcomeOf(met bool) string {
	if met {
		return "met"
	}
	return "**missed**"
}

func tell(v float64) string {
	switch {
	case v == float64(int64(v)):
		return fmt.Sprintf("%d", int64(v))
	case v > -0.001 && v < 0.001:
		return fmt.Sprintf("%.2g", v)
	}
	return fmt.Sprintf("%.3f", v)
}

func seedsOf(seeds []uint64) string {
	if len(seeds) > 2 && seeds[len(seeds)-1]-seeds[0] == uint64(len(seeds)-1) {
		return fmt.Sprintf("%d to %d", seeds[0], seeds[len(seeds)-1])
	}
	return strings.Trim(fmt.Sprint(seeds), "[]")
}
