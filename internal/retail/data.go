package retail

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
)

//go:embed items.tsv
var itemsTSV string

//go:embed categories.tsv
var categoriesTSV string

//go:embed purchases.zst
var purchasesZst []byte

// Credit is what every page that shows the data must say about its source.
const Credit = "Chen, D. (2015). Online Retail. UCI Machine Learning Repository. doi:10.24432/C5BW33"

// epoch is minute 0 of the packed orders; the data counts in local shop time.
var epoch = time.Date(2010, 12, 1, 0, 0, 0, 0, time.UTC)

// Data is the data set in memory: about 12 MB. It does not change after Load.
type Data struct {
	items    []tactful.Item // by code; Line.Item is the index
	shoppers []Shopper      // by number
	shelves  shelves
	last     uint32 // minute of the last order
}

// Load unpacks the data that is built into the binary.
func Load() (*Data, error) {
	return load(itemsTSV, categoriesTSV, purchasesZst)
}

func load(itemText, categoryText string, packed []byte) (*Data, error) {
	paths, err := parseCategories(categoryText)
	if err != nil {
		return nil, err
	}
	items, err := parseItems(itemText, paths)
	if err != nil {
		return nil, err
	}
	shoppers, err := Unpack(packed, len(items))
	if err != nil {
		return nil, err
	}
	d := &Data{items: items, shoppers: shoppers}
	for _, s := range shoppers {
		for _, o := range s.Orders {
			d.last = max(d.last, o.Minute)
		}
	}
	d.shelves = fillShelves(items, shoppers)
	return d, nil
}

// Items returns the catalogue, by code. The slice is the caller's.
func (d *Data) Items() []tactful.Item {
	return append([]tactful.Item(nil), d.items...)
}

// Numbers returns the numbers of all customers, ascending.
func (d *Data) Numbers() []uint32 {
	numbers := make([]uint32, len(d.shoppers))
	for i := range d.shoppers {
		numbers[i] = d.shoppers[i].Number
	}
	return numbers
}

// Shoppers returns how many customers there are.
func (d *Data) Shoppers() int { return len(d.shoppers) }

// Lines returns how many rows of real purchases and returns there are.
func (d *Data) Lines() int {
	n := 0
	for _, s := range d.shoppers {
		for _, o := range s.Orders {
			n += len(o.Lines)
		}
	}
	return n
}

// parseCategories reads "code TAB path" lines.
func parseCategories(text string) (map[string][]string, error) {
	paths := map[string][]string{}
	for n, line := range lines(text) {
		code, path, ok := strings.Cut(line, "\t")
		if !ok || code == "" || path == "" {
			return nil, fmt.Errorf("categories line %d: want code and path", n+1)
		}
		paths[code] = strings.Split(path, "/")
	}
	return paths, nil
}

// parseItems reads "code TAB pence TAB title" lines.
func parseItems(text string, paths map[string][]string) ([]tactful.Item, error) {
	var items []tactful.Item
	variants := map[string]int{}
	for n, line := range lines(text) {
		field := strings.Split(line, "\t")
		if len(field) != 3 || len(field[0]) < 5 || field[2] == "" {
			return nil, fmt.Errorf("items line %d: want code, pence and title", n+1)
		}
		pence, err := strconv.ParseInt(field[1], 10, 32)
		if err != nil {
			return nil, fmt.Errorf("items line %d: read the price: %w", n+1, err)
		}
		it := tactful.Item{
			ID: field[0], Title: field[2], Price: pence, Currency: "GBP",
			URL: "/item/" + field[0], Image: "/img/" + field[0] + ".svg",
			Categories: paths[field[0]], Availability: tactful.InStock,
		}
		if c := Colour(it.Title); c != "" {
			it.Attributes = map[string]string{"colour": c}
		}
		variants[it.ID[:5]]++
		items = append(items, it)
	}
	// The same digits with another letter are the same product in another
	// colour or pattern: one of them in a list is enough.
	for i := range items {
		if base := items[i].ID[:5]; variants[base] > 1 {
			items[i].Group = base
		}
	}
	return items, nil
}

func lines(text string) []string {
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// colours are the words that titles use, most telling first.
var colours = strings.Fields(`red pink blue green yellow purple orange turquoise lilac mint white ivory cream black
	silver gold brown grey copper bronze amber natural`)

// Colour returns the colour that a title names first, "" if none.
func Colour(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return r < 'a' || r > 'z' })
	for _, w := range words {
		for _, c := range colours {
			if w == c {
				return c
			}
		}
	}
	return ""
}
