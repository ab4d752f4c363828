package main

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/label"
)

// Bounds of a product feed. A text of any length would be held whole by the
// decoder, so that the bytes between two products are counted.
const (
	maxProductBytes = 1 << 20
	maxProductDepth = 16
	googleSpace     = "http://base.google.com/ns/1.0"
)

// merchantXML reads Google Merchant's product feeds: RSS items or Atom entries
// with attributes in Google's namespace. Documents that declare types or
// entities are refused, so that nothing can unfold.
func (r *rowReader) merchantXML(text io.Reader) {
	budget := &budgetReader{from: bufio.NewReaderSize(text, 1<<16), left: maxProductBytes}
	decoder := xml.NewDecoder(budget)
	r.next = func() (row, error) {
		for {
			token, err := decoder.Token()
			if err != nil {
				return row{}, feedFault(err)
			}
			budget.left = maxProductBytes
			switch t := token.(type) {
			case xml.Directive:
				return row{}, tactful.InvalidField("FILE", "declares a document type", "send the feed without <!DOCTYPE>; entities are not read")
			case xml.StartElement:
				if t.Name.Local != "item" && t.Name.Local != "entry" {
					continue
				}
				line, _ := decoder.InputPos()
				fields, err := product(decoder)
				if err != nil {
					return row{}, feedFault(err)
				}
				typed, fault := merchantFields(fields)
				return row{line: line, fields: typed, fault: fault}, nil
			}
		}
	}
}

func feedFault(err error) error {
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, io.EOF):
		return io.EOF
	case errors.Is(err, errProductTooLarge):
		return tactful.InvalidField("FILE", fmt.Sprintf("holds a product of more than %d bytes", maxProductBytes), "correct the feed")
	case errors.As(err, &syntax):
		return &tactful.Error{Kind: tactful.Invalid, Field: "FILE", Detail: fmt.Sprintf("is no XML at line %d", syntax.Line), Remedy: "correct the feed; entities of its own are not read", Err: err}
	}
	return &tactful.Error{Kind: tactful.Invalid, Field: "FILE", Detail: "cannot be read as a feed", Remedy: "send RSS or Atom in UTF-8", Err: err}
}

// product reads one item up to its end: the text of each element directly in it.
func product(decoder *xml.Decoder) (map[string]any, error) {
	fields := map[string]any{}
	var name string
	var value strings.Builder
	for depth := 1; depth > 0; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.Directive:
			return nil, errors.New("a document type inside a product")
		case xml.StartElement:
			if depth++; depth > maxProductDepth {
				return nil, errors.New("a product nests too deep")
			}
			if depth == 2 {
				name = t.Name.Local
				value.Reset()
				for _, a := range t.Attr { // Atom's link has its address in an attribute
					if name == "link" && t.Name.Space != googleSpace && a.Name.Local == "href" {
						value.WriteString(a.Value)
					}
				}
			}
		case xml.CharData:
			if depth == 2 {
				value.Write(t)
			}
		case xml.EndElement:
			if depth == 2 {
				if text := strings.TrimSpace(value.String()); text != "" && fields[name] == nil && len(fields) < 256 { // the first of several counts
					fields[name] = text
				}
			}
			depth--
		}
	}
	return fields, nil
}

var errProductTooLarge = errors.New("more bytes than a product may have")

// budgetReader hands out single bytes, so that the decoder puts no buffer of its
// own in between, until the budget is used up.
type budgetReader struct {
	from *bufio.Reader
	left int
}

// ReadByte returns the next byte.
func (b *budgetReader) ReadByte() (byte, error) {
	if b.left <= 0 {
		return 0, errProductTooLarge
	}
	b.left--
	return b.from.ReadByte()
}

// Read completes the interface; the decoder calls ReadByte.
func (b *budgetReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c, err := b.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = c
	return 1, nil
}

// merchantAttributes are kept as attributes of the item, under their own names.
var merchantAttributes = []string{"brand", "gtin", "mpn", "condition", "color", "size", "material", "pattern", "gender", "age_group"}

// merchantStock are the names under which feeds count pieces: Google's local inventory
// and Merchant's, and that of catalogues for Meta.
var merchantStock = []string{"quantity", "sell_on_google_quantity", "quantity_to_sell_on_facebook", "inventory"}

var merchantAvailability = map[string]string{
	"": "", "in stock": "in_stock", "in_stock": "in_stock", "out of stock": "out_of_stock", "out_of_stock": "out_of_stock",
	"preorder": "preorder", "pre-order": "preorder", "backorder": "preorder",
}

// merchantFields turns a product of Google Merchant's specification into the
// fields of an item. What an item has no place for (description, shipping, tax,
// campaign labels) is left out.
func merchantFields(g map[string]any) (fields map[string]any, fault string) {
	text := func(name string) string {
		value, _ := g[name].(string)
		return value
	}
	fields = map[string]any{}
	put := func(field, value string) {
		if value != "" {
			fields[field] = value
		}
	}
	put("id", text("id"))
	put("title", text("title"))
	put("url", text("link"))
	put("image", text("image_link"))
	put("group", text("item_group_id"))
	put("validUntil", text("expiration_date"))
	categories, google := text("product_type"), text(label.AttributeGoogle)
	if categories == "" && strings.ContainsFunc(google, unicode.IsLetter) { // a number is no name to show
		categories = google
	}
	put("categories", categories)
	put("attribute."+label.AttributeGoogle, google) // by which a class is known whatever the shop calls it
	if price := strings.Fields(text("price")); len(price) == 2 {
		if len(price[0]) == 3 && strings.ToUpper(price[0]) == price[0] && price[0][0] >= 'A' { // EUR 12.50
			price[0], price[1] = price[1], price[0]
		}
		put("price", price[0])
		put("currency", price[1])
	} else if len(price) > 0 {
		return nil, `has a price that is not like "12.50 EUR"`
	}
	availability, known := merchantAvailability[strings.ToLower(text("availability"))]
	if !known {
		return nil, "has an unknown availability"
	}
	put("availability", availability)
	for _, name := range merchantStock {
		if fields["stock"] == nil {
			put("stock", text(name))
		}
	}
	for _, name := range merchantAttributes {
		put("attribute."+name, text(name))
	}
	if adult := strings.ToLower(text("adult")); adult == "yes" || adult == "true" {
		put("labels", "adult")
	}
	return fields, ""
}

// merchantTSV turns the rows of a tab-separated feed, whose columns are called
// as the attributes are, perhaps with spaces.
func (r *rowReader) merchantTSV(text io.Reader) error {
	if err := r.csv(text, '\t', lazyQuotes); err != nil {
		return err
	}
	plain := r.next
	r.next = func() (row, error) {
		got, err := plain()
		if err != nil || got.fault != "" {
			return got, err
		}
		named := make(map[string]any, len(got.fields))
		for name, value := range got.fields {
			named[strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(name), "g:"), " ", "_")] = value
		}
		got.fields, got.fault = merchantFields(named)
		return got, nil
	}
	return nil
}
