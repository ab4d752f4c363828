package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

var itemFields = []string{"id", "title", "url", "image", "categories", "price", "currency", "availability", "stock", "group", "labels", "regions", "validFrom", "validUntil", "attributes"}

// itemOf types one row of an item file. Unknown columns are refused, so that a
// mistyped mapping is seen and not silently lost.
func itemOf(fields map[string]any) (tactful.Item, error) {
	item := tactful.Item{
		ID: fieldText(fields, "id"), Title: fieldText(fields, "title"), URL: fieldText(fields, "url"), Image: fieldText(fields, "image"),
		Categories: fieldList(fields, "categories", ">"), Price: -1, Currency: fieldText(fields, "currency"), Group: fieldText(fields, "group"),
		Labels: fieldList(fields, "labels", "|"), Regions: fieldList(fields, "regions", "|"),
	}
	for name := range fields {
		attribute, isAttribute := strings.CutPrefix(name, "attribute.")
		switch {
		case isAttribute:
			if item.Attributes == nil {
				item.Attributes = map[string]string{}
			}
			item.Attributes[attribute] = fieldText(fields, name)
		case !slices.Contains(itemFields, name):
			return item, tactful.InvalidField(name, "is not a field of an item", "use --map, attribute.NAME, or leave the column out")
		}
	}
	if nested, ok := fields["attributes"].(map[string]any); ok {
		item.Attributes = map[string]string{}
		for name := range nested {
			item.Attributes[name] = fieldText(nested, name)
		}
	}
	if text := fieldText(fields, "price"); text != "" {
		price, err := strconv.ParseFloat(text, 64)
		if err != nil || !(price >= 0) || price > 1e12 {
			return item, tactful.InvalidField("price", "is not a price", "write it in whole currency units, for example 2.55")
		}
		item.Price = int64(math.Round(price * 100))
	}
	var ok bool
	if item.Availability, ok = tactful.ParseAvailability(fieldText(fields, "availability")); !ok {
		return item, tactful.InvalidField("availability", "is unknown", "in_stock, out_of_stock, preorder or discontinued")
	}
	if text := fieldText(fields, "stock"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return item, tactful.InvalidField("stock", "is not a count of pieces", "write a whole number, or leave it empty if nobody counts")
		}
		item.Stock = &n
	}
	var err error
	if item.ValidFrom, err = fieldTime(fields, "validFrom"); err != nil {
		return item, err
	}
	item.ValidUntil, err = fieldTime(fields, "validUntil")
	return item, err
}

// consentOf types one row of a consent file.
func consentOf(fields map[string]any) (tactful.Alias, engine.ConsentChange, error) {
	var change engine.ConsentChange
	alias := tactful.Alias{Kind: tactful.UserID, ID: fieldText(fields, "userId")}
	if alias.ID == "" {
		alias = tactful.Alias{Kind: tactful.Anonymous, ID: fieldText(fields, "anonymousId")}
	}
	if err := alias.Validate("userId"); err != nil {
		return alias, change, err
	}
	answer, ok := tactful.ParseAnswer(fieldText(fields, "answer"))
	if !ok {
		return alias, change, tactful.InvalidField("answer", "is missing or unknown", "granted, denied or withdrawn")
	}
	consent := tactful.Consent{
		Purpose: tactful.Purpose(fieldText(fields, "purpose")), Answer: answer,
		NoticeVersion: fieldText(fields, "noticeVersion"), NoticeHash: fieldText(fields, "noticeHash"),
		Language: fieldText(fields, "language"), Method: fieldText(fields, "method"), Jurisdiction: fieldText(fields, "jurisdiction"),
	}
	if consent.Method == "" {
		return alias, change, tactful.InvalidField("method", "is missing", "say how the answer was given: form, phone, letter, ...")
	}
	var err error
	if consent.Time, err = fieldTime(fields, "time"); err != nil {
		return alias, change, err
	}
	if consent.Time.IsZero() {
		return alias, change, tactful.InvalidField("time", "is missing", "say when the answer was given (RFC 3339)")
	}
	if consent.Expires, err = fieldTime(fields, "expires"); err != nil {
		return alias, change, err
	}
	if word := fieldText(fields, "level"); word != "" {
		if change.Level, ok = tactful.ParseLevel(word); !ok {
			return alias, change, tactful.InvalidField("level", "is unknown", "generic, context, personal or full")
		}
	}
	change.Answers = []tactful.Consent{consent}
	return alias, change, nil
}

// fieldTime reads RFC 3339 or a date with or without time of day (UTC).
func fieldTime(fields map[string]any, name string) (time.Time, error) {
	text := fieldText(fields, name)
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, tactful.InvalidField(name, "is not a time", fmt.Sprintf("write it like %s", "2026-11-22T10:00:00Z"))
}
