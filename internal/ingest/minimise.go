package ingest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
)

// properties keeps what is declared and drops the rest, counted.
func (f *fields) properties(d *Delivery, n *node, at string, p tactful.Provenance) map[string]string {
	if n.kind == absent || n.kind == null {
		return nil
	}
	f.expect(n.kind == object, at, "is not an object", "send an object")
	var kept map[string]string
	for i, name := range n.names {
		c, declared := f.r.c.Properties[name]
		if !f.r.screen.Declared(name, declared) {
			if !consumed[name] {
				d.drop(name, 1)
			}
			continue
		}
		if declared && c.Source == tactful.Declared.String() && p != tactful.Declared {
			d.drop(name, 1) // what only the person may say is not taken from behaviour
			continue
		}
		value, ok := f.property(name, c, declared, &n.list[i])
		if !ok {
			continue
		}
		if kept == nil {
			kept = make(map[string]string)
		}
		kept[name] = value
	}
	return kept
}

// consumed are properties of e-commerce events that have a place of their own.
var consumed = set(`product_id sku quantity price currency order_id query products`)

func (f *fields) property(name string, c PropertyConfig, declared bool, n *node) (string, bool) {
	at := "properties." + name
	switch {
	case n.kind == null:
		return "", false
	case !declared && n.kind >= array:
		return flatten(n), true // only a planted Screen comes here
	case c.Form == Flag && n.kind == boolean:
		return n.text, true
	case c.Form == Number && n.kind == number:
		v, err := strconv.ParseFloat(n.text, 64)
		_, decimals, _ := strings.Cut(n.text, ".")
		if err == nil && v > -1e7 && v < 1e7 && len(decimals) <= 3 && !strings.ContainsAny(n.text, "eE") {
			return n.text, true
		}
		f.expect(false, at, "is out of range", "send a number below ten million with at most three decimals")
	case (c.Form == Word || !declared) && n.kind == text:
		if len(c.Values) > 0 {
			f.expect(slices.Contains(c.Values, n.text), at, "is not one of the declared values", "send a declared value, or declare this one")
			return n.text, true
		}
		limit := MaxWordBytes
		if !declared {
			limit = 1 << 20
		}
		f.expect(len(n.text) <= limit, at, "is too long", fmt.Sprintf("send at most %d bytes", MaxWordBytes))
		if found := f.r.screen.Property(n.text); found != Clean {
			f.expect(false, at, "contains "+found.String(), "send a plain word")
		}
		return n.text, true
	default:
		f.expect(false, at, "is not a "+string(c.Form), "send the declared form: word, number or flag")
	}
	return "", false
}

// flatten writes the texts of a value one after the other.
func flatten(n *node) string {
	parts := []string{n.text}
	parts = append(parts, n.names...)
	for i := range n.list {
		parts = append(parts, flatten(&n.list[i]))
	}
	return strings.Join(parts, " ")
}

// minimise counts what is not taken over from a call. Dropping itself needs
// nothing: only named fields are ever copied.
func (d *Delivery) minimise(n, context *node) {
	for _, name := range context.names {
		if name != "consent" && name != "consentManagement" {
			d.drop(name, 1)
		}
	}
	if traits := n.get("traits"); traits.kind == object {
		d.drop("traits", len(traits.names))
	}
	if n.get("integrations").kind == object {
		d.drop("integrations", 1)
	}
}

// drop counts removed fields. A name that is not the interface's own could be
// data itself and is counted as "other".
func (d *Delivery) drop(name string, n int) {
	if n == 0 {
		return
	}
	if d.Dropped == nil {
		d.Dropped = make(map[string]int)
	}
	if !spoken[name] {
		name = "other"
	}
	d.Dropped[name] += n
}
