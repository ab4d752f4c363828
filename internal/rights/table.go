package rights

import (
	"encoding/csv"
	"io"
)

// Table writes CSV in which no cell is a formula. It is the only way in which
// CSV leaves the engine; a house rule holds the source to it.
type Table struct{ csv *csv.Writer }

// NewTable writes to w. Whoever makes one calls Flush at the end.
func NewTable(w io.Writer) *Table { return &Table{csv.NewWriter(w)} }

// Write adds one row; the caller's cells stay as they are.
func (t *Table) Write(cells ...string) error {
	row := make([]string, len(cells))
	for i, cell := range cells {
		row[i] = Harmless(cell)
	}
	return t.csv.Write(row)
}

// Flush writes what waits and returns the first error of all.
func (t *Table) Flush() error {
	t.csv.Flush()
	return t.csv.Error()
}
