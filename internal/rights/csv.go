package rights

import (
	"fmt"
	"io"
	"strconv"
	"time"
	"unicode/utf8"
)

// WriteCSV writes a copy as one table: section, entry, field, value, meaning.
// A cell that a spreadsheet would run is made harmless.
func (c *Copy) WriteCSV(w io.Writer) error {
	table := NewTable(w)
	explain := c.explainer()
	rows := [][]string{
		{"section", "entry", "field", "value", "meaning"},
		{"copy", "", "format", c.Format, ""},
		{"copy", "", "made", c.Made.UTC().Format(time.RFC3339), ""},
		{"copy", "", "controller", c.Controller, ""},
		{"copy", "", "contact", c.Contact, ""},
	}
	for _, f := range c.Flatten() {
		rows = append(rows, []string{f.Section, strconv.Itoa(f.Entry), f.Path, f.Value, explain.means(f.Section, f.Path)})
	}
	for _, record := range c.Explained {
		put := func(what, text string) {
			rows = append(rows, []string{"explained", "", record.Record + "." + what, text, ""})
		}
		put("means", record.Means)
		for _, keep := range record.Keep {
			put("keep", keep)
		}
		for _, recipient := range record.Recipients {
			put("recipient", recipient)
		}
		for _, field := range record.Fields {
			put(field.Name+".source", field.Source)
			for _, purpose := range field.Serves {
				put(field.Name+".serves", purpose)
			}
		}
	}
	for _, row := range rows {
		if err := table.Write(row...); err != nil {
			return fmt.Errorf("write a copy as CSV: %w", err)
		}
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write a copy as CSV: %w", err)
	}
	return nil
}

// Harmless puts an apostrophe before what a spreadsheet would take for a
// formula or a command (OWASP, CSV injection): it is shown as text.
func Harmless(cell string) string {
	if cell == "" {
		return cell
	}
	switch cell[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n':
		return "'" + cell
	}
	switch r, _ := utf8.DecodeRuneInString(cell); r {
	case '＝', '＋', '－', '＠': // full-width forms: some spreadsheets fold them
		return "'" + cell
	}
	return cell
}
