package catalog

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tactful/tactful"
)

// Limits of one call and of one item.
const (
	MaxItems          = 10_000
	MaxIDBytes        = 128
	MaxTitleBytes     = 512
	MaxURLBytes       = 2048
	MaxCategories     = 16
	MaxNameBytes      = 128 // a category, a group
	MaxAttributes     = 64
	MaxAttributeBytes = 512 // a value; a key has MaxKeyBytes
	MaxKeyBytes       = 64
	MaxLabels         = 32
	MaxRegions        = 300
	MaxStock          = 1_000_000_000_000
	maxFaults         = 100 // named in one answer
)

// Validate names every fault of a call, up to the first 100, as one error
// whose parts are *tactful.Error with fields such as items[3].price.
func Validate(items []tactful.Item) error {
	if len(items) > MaxItems {
		return tactful.InvalidField("items", fmt.Sprintf("has %d entries", len(items)), fmt.Sprintf("send at most %d", MaxItems))
	}
	var f faults
	first := make(map[string]int, len(items))
	for i := range items {
		f.at = fmt.Sprintf("items[%d]", i)
		f.item(&items[i])
		if j, twice := first[items[i].ID]; twice && items[i].ID != "" {
			f.add("id", fmt.Sprintf("is the same as that of items[%d]", j), "send each item once")
		} else {
			first[items[i].ID] = i
		}
		if len(f.found) >= maxFaults {
			break
		}
	}
	return errors.Join(f.found...)
}

type faults struct {
	at    string
	found []error
}

func (f *faults) add(field, detail, remedy string) {
	if len(f.found) < maxFaults {
		f.found = append(f.found, tactful.InvalidField(f.at+"."+field, detail, remedy))
	}
}

func (f *faults) item(it *tactful.Item) {
	f.text("id", it.ID, 1, MaxIDBytes)
	f.text("title", it.Title, 1, MaxTitleBytes)
	f.link("url", it.URL)
	f.link("image", it.Image)
	f.list("categories", it.Categories, MaxCategories, MaxNameBytes)
	if it.Price < -1 {
		f.add("price", "is below zero", "send hundredths of the currency, or leave it out")
	}
	if it.Currency != "" && !upper(it.Currency, 3, 3) {
		f.add("currency", "is not a currency code", "send the three letters of ISO 4217, such as EUR")
	}
	if it.Availability > tactful.Discontinued {
		f.add("availability", "is unknown", "send in_stock, out_of_stock, preorder or discontinued")
	}
	if it.Stock != nil && (*it.Stock < 0 || *it.Stock > MaxStock) {
		f.add("stock", "is not a count of pieces", fmt.Sprintf("send 0 to %d, or leave it out", int64(MaxStock)))
	}
	f.text("group", it.Group, 0, MaxNameBytes)
	if len(it.Attributes) > MaxAttributes {
		f.add("attributes", fmt.Sprintf("has %d entries", len(it.Attributes)), fmt.Sprintf("send at most %d", MaxAttributes))
	} else {
		for i, key := range slices.Sorted(maps.Keys(it.Attributes)) {
			f.text(fmt.Sprintf("attributes[%d].key", i), key, 1, MaxKeyBytes)
			f.text(fmt.Sprintf("attributes[%d].value", i), it.Attributes[key], 0, MaxAttributeBytes)
		}
	}
	f.list("labels", it.Labels, MaxLabels, MaxKeyBytes)
	f.period(it)
	if len(it.Regions) > MaxRegions {
		f.add("regions", fmt.Sprintf("has %d entries", len(it.Regions)), fmt.Sprintf("send at most %d", MaxRegions))
		return
	}
	for i, region := range it.Regions {
		if country, _, _ := strings.Cut(region, "-"); !upper(country, 2, 2) || len(region) > 6 {
			f.add(fmt.Sprintf("regions[%d]", i), "is not a region code", "send ISO 3166 codes such as DE or DE-BE")
		}
	}
}

func (f *faults) period(it *tactful.Item) {
	for _, end := range []struct {
		field string
		at    int64
		zero  bool
	}{{"validFrom", it.ValidFrom.Unix(), it.ValidFrom.IsZero()}, {"validUntil", it.ValidUntil.Unix(), it.ValidUntil.IsZero()}} {
		if !end.zero && (end.at < minSeconds || end.at > maxSeconds) {
			f.add(end.field, "is out of range", "send a year from 1 to 9999")
		}
	}
	if !it.ValidFrom.IsZero() && !it.ValidUntil.IsZero() && !it.ValidFrom.Before(it.ValidUntil) {
		f.add("validUntil", "is not after validFrom", "send a later end, or leave it out")
	}
}

func (f *faults) list(field string, list []string, most, bytes int) {
	if len(list) > most {
		f.add(field, fmt.Sprintf("has %d entries", len(list)), fmt.Sprintf("send at most %d", most))
		return
	}
	for i, s := range list {
		f.text(fmt.Sprintf("%s[%d]", field, i), s, 1, bytes)
	}
}

// text wants plain text: valid UTF-8 without control characters and without
// the marks that turn the direction of what follows.
func (f *faults) text(field, s string, least, most int) {
	switch {
	case len(s) < least:
		f.add(field, "is missing", fmt.Sprintf("send 1 to %d bytes", most))
	case len(s) > most:
		f.add(field, fmt.Sprintf("has %d bytes", len(s)), fmt.Sprintf("send at most %d", most))
	case !utf8.ValidString(s):
		f.add(field, "is not valid UTF-8", "send UTF-8")
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }):
		f.add(field, "has control characters", "send plain text on one line")
	}
}

// link wants an http(s) address or a path of the shop: a javascript: or
// scheme-relative address would act on the page that shows it.
func (f *faults) link(field, s string) {
	before := len(f.found)
	if f.text(field, s, 0, MaxURLBytes); s == "" || len(f.found) > before {
		return
	}
	low := strings.ToLower(s)
	path := strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") && !strings.HasPrefix(s, `/\`)
	if !path && !strings.HasPrefix(low, "https://") && !strings.HasPrefix(low, "http://") {
		f.add(field, "is neither a web address nor a path", "send https://... or /...")
	}
}

func upper(s string, least, most int) bool {
	if len(s) < least || len(s) > most {
		return false
	}
	for _, b := range []byte(s) {
		if b < 'A' || b > 'Z' {
			return false
		}
	}
	return true
}
