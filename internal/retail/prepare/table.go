package main

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful/internal/retail"
)

// product is the form of codes that name goods; POST, D, M, BANK CHARGES and
// the like are services.
var product = regexp.MustCompile(`^[0-9]{5}[A-Z]{0,2}$`)

// alsoServices have the form of goods: carriage, a packing charge, a picture file.
var alsoServices = map[string]bool{"23444": true, "23574": true, "23702": true}

// epoch is minute 0 of the packed form.
var epoch = time.Date(2010, 12, 1, 0, 0, 0, 0, time.UTC)

// table is the CSV as it is needed: items with their titles and prices, orders by customer.
type table struct {
	rows, anonymous, services, kept int
	items                           map[string]*item
	codes                           []string // sorted; the index of the packed form
	customers                       map[uint32]map[string]*order
}

type item struct {
	titles map[string]int
	pence  []int
}

type order struct {
	number uint32
	kind   retail.OrderKind
	minute uint32
	lines  []line
}

type line struct {
	code            string
	quantity, pence uint32
}

// title returns the description used most; of equals the first by letters.
func (it *item) title() string {
	best := ""
	for title, n := range it.titles {
		if best == "" || n > it.titles[best] || n == it.titles[best] && title < best {
			best = title
		}
	}
	return best
}

// price returns the median of the known unit prices in pence, -1 if none is known.
func (it *item) price() int {
	if len(it.pence) == 0 {
		return -1
	}
	slices.Sort(it.pence)
	return it.pence[len(it.pence)/2]
}

func readTable(r io.Reader) (*table, error) {
	plain, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("read the data: %w", err)
	}
	rows := csv.NewReader(plain)
	rows.FieldsPerRecord = 8
	if _, err := rows.Read(); err != nil {
		return nil, fmt.Errorf("read the header: %w", err)
	}
	t := &table{items: map[string]*item{}, customers: map[uint32]map[string]*order{}}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read the data: %w", err)
		}
		t.rows++
		if err := t.add(row); err != nil {
			return nil, fmt.Errorf("row %d: %w", t.rows, err)
		}
	}
	for code := range t.items {
		t.codes = append(t.codes, code)
	}
	sort.Strings(t.codes)
	return t, nil
}

// add takes one row: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country.
func (t *table) add(row []string) error {
	if row[6] == "" {
		t.anonymous++
		return nil
	}
	customer, err := strconv.ParseUint(row[6], 10, 32)
	if err != nil {
		return fmt.Errorf("read the customer: %w", err)
	}
	orders := t.customers[uint32(customer)]
	if orders == nil {
		orders = map[string]*order{}
		t.customers[uint32(customer)] = orders
	}
	code := strings.ToUpper(row[1])
	if !product.MatchString(code) || alsoServices[code] {
		t.services++ // the customer stays, also if they bought nothing else
		return nil
	}
	quantity, err := strconv.Atoi(row[3])
	if err != nil {
		return fmt.Errorf("read the quantity: %w", err)
	}
	when, err := time.Parse("2006-01-02 15:04:05", row[4])
	if err != nil {
		return fmt.Errorf("read the date: %w", err)
	}
	price, err := strconv.ParseFloat(row[5], 64)
	if err != nil {
		return fmt.Errorf("read the price: %w", err)
	}
	digits, cancelled := strings.CutPrefix(row[0], "C")
	number, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return fmt.Errorf("read the invoice: %w", err)
	}
	o := orders[row[0]]
	if o == nil {
		o = &order{number: uint32(number), minute: uint32(when.Sub(epoch) / time.Minute)}
		if cancelled {
			o.kind = retail.Cancellation
		}
		orders[row[0]] = o
	}
	pence := int(math.Round(price * 100))
	o.lines = append(o.lines, line{code, uint32(max(quantity, -quantity)), uint32(pence)})
	it := t.items[code]
	if it == nil {
		it = &item{titles: map[string]int{}}
		t.items[code] = it
	}
	it.titles[row[2]]++
	if pence > 0 {
		it.pence = append(it.pence, pence)
	}
	t.kept++
	return nil
}

// shoppers returns the orders in the packed form: customers by number, orders
// by time, lines as they stood.
func (t *table) shoppers() []retail.Shopper {
	index := map[string]uint32{}
	for i, code := range t.codes {
		index[code] = uint32(i)
	}
	all := make([]retail.Shopper, 0, len(t.customers))
	for number, orders := range t.customers {
		s := retail.Shopper{Number: number}
		for _, o := range orders {
			lines := make([]retail.Line, 0, len(o.lines))
			for _, l := range o.lines {
				lines = append(lines, retail.Line{Item: index[l.code], Quantity: l.quantity, Pence: l.pence})
			}
			s.Orders = append(s.Orders, retail.Order{Number: o.number, Minute: o.minute, Kind: o.kind, Lines: lines})
		}
		sort.Slice(s.Orders, func(i, j int) bool {
			a, b := s.Orders[i], s.Orders[j]
			return a.Minute < b.Minute || a.Minute == b.Minute && a.Number < b.Number
		})
		all = append(all, s)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Number < all[j].Number })
	return all
}
