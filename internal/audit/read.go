package audit

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/rights"
)

// Limits of the files, so that a foreign one is refused and not swallowed.
const (
	maxRows    = 20_000_000
	maxItems   = 1 << 20
	maxPeople  = 5_000_000
	maxCell    = 512
	maxColumns = 64
	maxValues  = 16 // of an attribute
	mostPlaces = 1000
	maxRecord  = 1 << 20 // bytes between the ends of two rows, with what is read ahead
)

// recordReader ends a file in which a row does not end: the CSV reader would hold a
// line or a quoted cell of any length whole.
type recordReader struct {
	from io.Reader
	left int
	over bool
}

func (r *recordReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		r.over = true
		return 0, errors.New("a row does not end")
	}
	n, err := r.from.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}

// Data is what the files say, in numbers: people and items by their first
// appearance. Item 0 is none.
type Data struct {
	People     int
	Items      int        // one more than the largest number
	Title      []string   // of items
	Categories [][]string // of items
	History    [][]uint32 // by person; ascending, each item once
	Lists      [][]uint32 // by person; best first; nil: no list
	Held       [][]uint32 // by person; items kept back to measure accuracy, ascending
	Attribute  []string   // by person; "" is not known
	people     []string   // their names, for the lists that are made
	codes      []string   // of items
	names      map[string]int
	numbers    map[string]uint32
}

// New is empty data.
func New() *Data {
	return &Data{Items: 1, Title: []string{""}, Categories: [][]string{nil}, codes: []string{""}, names: map[string]int{}, numbers: map[string]uint32{}}
}

// table is a CSV file with its wanted columns.
type table struct {
	file   string
	reader *csv.Reader
	budget *recordReader
	at     []int // by wanted column, -1: not there
	row    int
}

// column is a wanted one, by any of its names.
type column struct {
	names    []string
	optional bool
}

func need(names ...string) column   { return column{names: names} }
func option(names ...string) column { return column{names: names, optional: true} }

func (t *table) fault(detail, remedy string) error {
	return tactful.InvalidField(t.file, detail, remedy)
}

func (t *table) tooLong() error {
	return t.fault(fmt.Sprintf("has a row that is too long at row %d", t.row), fmt.Sprintf("end each row within %d bytes; a quoted cell needs its second quote", maxRecord))
}

func open(file string, r io.Reader, columns ...column) (*table, error) {
	budget := &recordReader{from: r, left: maxRecord}
	t := &table{file: file, reader: csv.NewReader(budget), budget: budget, row: 1}
	t.reader.ReuseRecord, t.reader.FieldsPerRecord = true, -1
	head, err := t.reader.Read()
	if budget.over {
		return nil, t.tooLong()
	}
	if err != nil || len(head) > maxColumns {
		return nil, t.fault("has no line of column names", "begin with a line such as person,item")
	}
	for i := range head {
		head[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(head[i], "\ufeff")))
	}
	for _, c := range columns {
		at := slices.IndexFunc(head, func(name string) bool { return slices.Contains(c.names, name) })
		if at < 0 && !c.optional {
			return nil, t.fault("has no column "+c.names[0], "name it "+strings.Join(c.names, ", "))
		}
		t.at = append(t.at, at)
	}
	return t, nil
}

// next returns the wanted cells of the next row; false at the end.
func (t *table) next() ([]string, bool, error) {
	t.budget.left = maxRecord
	record, err := t.reader.Read()
	if t.budget.over {
		t.row++
		return nil, false, t.tooLong()
	}
	if errors.Is(err, io.EOF) {
		return nil, false, nil
	}
	t.row++
	if err != nil {
		return nil, false, t.fault(fmt.Sprintf("cannot be read at row %d", t.row), "write CSV (RFC 4180) in UTF-8")
	}
	if t.row > maxRows {
		return nil, false, t.fault("has too many rows", fmt.Sprintf("write at most %d", maxRows))
	}
	cells := make([]string, len(t.at))
	for i, at := range t.at {
		if at >= 0 && at < len(record) {
			cells[i] = plain(strings.TrimSpace(record[at]))
		}
		if len(cells[i]) > maxCell || !utf8.ValidString(cells[i]) {
			return nil, false, t.fault(fmt.Sprintf("has a cell that is too long or no UTF-8 at row %d", t.row), fmt.Sprintf("write at most %d bytes", maxCell))
		}
	}
	return cells, true, nil
}

// plain takes the mark off by which our own tables keep a cell from being a formula.
func plain(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && rights.Harmless(cell[1:]) == cell {
		return cell[1:]
	}
	return cell
}

// Code is an item's code as the files have it.
func (d *Data) Code(item uint32) string { return d.codes[item] }

// WriteLists writes lists as ReadLists reads them; no cell is a formula.
func (d *Data) WriteLists(w io.Writer, lists [][]uint32) error {
	t := rights.NewTable(w)
	if err := t.Write("person", "place", "item"); err != nil {
		return err
	}
	for u, list := range lists {
		for place, item := range list {
			if err := t.Write(d.people[u], strconv.Itoa(place+1), d.codes[item]); err != nil {
				return err
			}
		}
	}
	return t.Flush()
}

func personColumn() column {
	return need("person", "user", "user_id", "userid", "customer", "customer_id")
}
func itemColumn() column { return need("item", "item_id", "itemid", "id", "product", "product_id") }

// item gives a code its number.
func (d *Data) item(t *table, code string) (uint32, error) {
	if n, known := d.numbers[code]; known {
		return n, nil
	}
	if code == "" || d.Items >= maxItems {
		return 0, t.fault(fmt.Sprintf("names no item, or too many, at row %d", t.row), fmt.Sprintf("name at most %d", maxItems))
	}
	n := uint32(d.Items)
	d.numbers[code], d.Items = n, d.Items+1
	d.Title, d.Categories, d.codes = append(d.Title, code), append(d.Categories, nil), append(d.codes, code)
	return n, nil
}

func (d *Data) person(t *table, name string) (int, error) {
	if n, known := d.names[name]; known {
		return n, nil
	}
	if name == "" || d.People >= maxPeople {
		return 0, t.fault(fmt.Sprintf("names no person, or too many, at row %d", t.row), fmt.Sprintf("name at most %d", maxPeople))
	}
	d.names[name] = d.People
	d.People++
	d.people = append(d.people, name)
	d.History, d.Lists, d.Held, d.Attribute = append(d.History, nil), append(d.Lists, nil), append(d.Held, nil), append(d.Attribute, "")
	return d.People - 1, nil
}

// ReadItems reads items with their categories, joined by ; or |.
func (d *Data) ReadItems(r io.Reader) error {
	t, err := open("--items", r, itemColumn(), option("title", "name"), option("categories", "category", "genre", "genres"))
	if err != nil {
		return err
	}
	for {
		cells, more, err := t.next()
		if err != nil || !more {
			return err
		}
		n, err := d.item(t, cells[0])
		if err != nil {
			return err
		}
		if cells[1] != "" {
			d.Title[n] = cells[1]
		}
		for name := range strings.FieldsFuncSeq(cells[2], func(r rune) bool { return r == ';' || r == '|' }) {
			if name = strings.TrimSpace(name); name != "" && !slices.Contains(d.Categories[n], name) {
				d.Categories[n] = append(d.Categories[n], name)
			}
		}
	}
}

// ReadHistory reads what people did: a row for each person and item.
func (d *Data) ReadHistory(r io.Reader) error {
	return d.pairs("--history", r, func() [][]uint32 { return d.History })
}

// ReadHeld reads what they did afterwards, kept back to measure accuracy.
func (d *Data) ReadHeld(r io.Reader) error {
	return d.pairs("--held", r, func() [][]uint32 { return d.Held })
}

func (d *Data) pairs(file string, r io.Reader, into func() [][]uint32) error {
	t, err := open(file, r, personColumn(), itemColumn())
	if err != nil {
		return err
	}
	err = d.each(t, func(u int, n uint32, _ []string) error {
		into()[u] = append(into()[u], n)
		return nil
	})
	if err != nil {
		return err
	}
	for u, items := range into() {
		slices.Sort(items)
		into()[u] = slices.Compact(items)
	}
	return nil
}

// each visits the rows of a table whose first two columns are a person and an item.
func (d *Data) each(t *table, visit func(person int, item uint32, cells []string) error) error {
	for {
		cells, more, err := t.next()
		if err != nil || !more {
			return err
		}
		person, err := d.person(t, cells[0])
		if err != nil {
			return err
		}
		item, err := d.item(t, cells[1])
		if err != nil {
			return err
		}
		if err := visit(person, item, cells); err != nil {
			return err
		}
	}
}

// ReadLists reads the lists to be judged: a row for each person and item, in the
// order of the file or by place.
func (d *Data) ReadLists(r io.Reader) error {
	t, err := open("--lists", r, personColumn(), itemColumn(), option("place", "rank", "position"))
	if err != nil {
		return err
	}
	type placed struct {
		item  uint32
		place int
	}
	lists := map[int][]placed{}
	err = d.each(t, func(u int, n uint32, cells []string) (err error) {
		place := len(lists[u]) + 1
		if cells[2] != "" {
			if place, err = strconv.Atoi(cells[2]); err != nil || place < 0 || place > mostPlaces {
				return t.fault(fmt.Sprintf("has a place that is none at row %d", t.row), fmt.Sprintf("write 1 to %d", mostPlaces))
			}
		}
		if len(lists[u]) >= mostPlaces || slices.ContainsFunc(lists[u], func(p placed) bool { return p.item == n }) {
			return t.fault(fmt.Sprintf("has an item twice in one list, or too many, at row %d", t.row), fmt.Sprintf("write each once, at most %d", mostPlaces))
		}
		lists[u] = append(lists[u], placed{n, place})
		return nil
	})
	if err != nil {
		return err
	}
	for u, list := range lists {
		slices.SortStableFunc(list, func(a, b placed) int { return a.place - b.place })
		for _, p := range list {
			d.Lists[u] = append(d.Lists[u], p.item)
		}
	}
	return nil
}

// ReadAttribute reads what is known of people and nothing may tell: a row each.
func (d *Data) ReadAttribute(r io.Reader) error {
	t, err := open("--attribute", r, personColumn(), need("value", "attribute", "gender", "sex", "age", "group"))
	if err != nil {
		return err
	}
	values := map[string]bool{}
	for {
		cells, more, err := t.next()
		if err != nil || !more {
			return err
		}
		u, err := d.person(t, cells[0])
		if err != nil {
			return err
		}
		if d.Attribute[u] = cells[1]; cells[1] != "" {
			if values[cells[1]] = true; len(values) > maxValues {
				return t.fault("has too many values", fmt.Sprintf("write at most %d, such as groups of ages", maxValues))
			}
		}
	}
}
