package ingest

import (
	"fmt"
	"maps"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// commerce maps Segment's e-commerce events (specification version 2, and the
// names of version 1) to what a person did. Names are compared in lower case.
var commerce = map[string]tactful.Action{
	"product viewed":                 tactful.Viewed,
	"viewed product":                 tactful.Viewed,
	"product clicked":                tactful.Clicked,
	"clicked product":                tactful.Clicked,
	"product added":                  tactful.Added,
	"added product":                  tactful.Added,
	"wishlist product added to cart": tactful.Added,
	"product removed":                tactful.Removed,
	"removed product":                tactful.Removed,
	"product added to wishlist":      tactful.Saved,
	"products searched":              tactful.Searched,
	"order completed":                tactful.Purchased,
	"completed order":                tactful.Purchased,
	"order refunded":                 tactful.Returned,
	"order cancelled":                tactful.Returned,
}

// Lists, carts and checkouts repeat what other events say; they are not in the
// table and store nothing.

// track reads one track call. An order gives an entry for each product.
func (r *Rules) track(b *segmentBody, sent Sent, n *node, name, raw string) {
	action, known := commerce[name]
	if !known {
		sent.Word = WordNotCommerce
		if name == choosing {
			sent.Word = WordConsent
		}
		sent.Event = tactful.Event{}
		b.d.Items = append(b.d.Items, sent)
		return
	}
	properties := n.get("properties")
	id := n.get("messageId").text
	if id == "" {
		// Segment's own libraries always send one; without it the content is the identity.
		id = "content:" + raw
	}
	source := origin(n.get("context"))
	if action != tactful.Purchased && action != tactful.Returned {
		sent.Task, sent.Event.Action = Store, action
		r.line(b, &sent, properties, properties, "properties.", id, 0, source)
		b.d.Items = append(b.d.Items, sent)
		return
	}
	products := properties.get("products")
	switch {
	case products.kind == array && len(products.list) > 0:
	case properties.get("product_id").kind != absent || properties.get("sku").kind != absent:
		products = &node{kind: array, list: []node{*properties}}
	default:
		sent.Word, sent.Event = WordNoProducts, tactful.Event{}
		b.d.Items = append(b.d.Items, sent)
		return
	}
	for i := range products.list {
		one := sent
		one.Task, one.Event.Action = Store, action
		if i > 0 {
			one.Signal = decision.Signal{}
		}
		r.line(b, &one, properties, &products.list[i], fmt.Sprintf("properties.products[%d].", i), id, i, source)
		b.d.Items = append(b.d.Items, one)
	}
}

// line fills one event from a product.
func (r *Rules) line(b *segmentBody, sent *Sent, properties, product *node, prefix, id string, line int, source string) {
	e := &sent.Event
	f := fields{r: r, n: product, now: b.now, prefix: prefix}
	f.expect(product.kind == object, "", "is not an object", "send an object with a product_id")
	e.MessageID = messageID(id, line)
	if e.Action == tactful.Searched {
		f.item(e, "", "query")
	} else {
		f.item(e, firstOf(product, "product_id", "sku"), "query")
	}
	e.Quantity = f.quantity("quantity", forgive)
	e.Value = f.price("price", "currency", forgive)
	if currency := properties.get("currency").text; r.c.Currency != "" && currency != "" && currency != r.c.Currency {
		e.Value = 0
	}
	whole := fields{r: r, n: properties, now: b.now, prefix: "properties."}
	e.Order = whole.id("order_id", MaxIDBytes)
	e.Source = source
	whole.expect(sourceConfigured(r, source), "context", "names a library of a source that is not configured", "add it to ingest.sources")
	e.Provenance = tactful.Observed
	whole.prefix = ""
	e.Properties = whole.properties(b.d, properties, "properties", e.Provenance)
	if product != properties {
		own := fields{r: r, n: product, now: b.now}
		if e.Properties == nil {
			e.Properties = own.properties(b.d, product, "properties", e.Provenance)
		} else {
			maps.Copy(e.Properties, own.properties(b.d, product, "properties", e.Provenance))
		}
		if whole.problem == nil {
			whole.problem = own.problem
		}
	}
	if f.problem == nil {
		f.problem = whole.problem
	}
	if sent.Problem = f.problem; sent.Problem != nil {
		sent.Problem.Field = strings.TrimSuffix(sent.Problem.Field, ".")
		sent.Task, sent.Event = Ignore, tactful.Event{}
	}
}

func sourceConfigured(r *Rules, source string) bool { return contains(r.c.Sources, source) }
