package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/catalog"
)

type importCommand struct {
	Events   importEvents   `cmd:"" help:"Import events. Each stands on a consent record that must be there already."`
	Items    importItems    `cmd:"" help:"Import catalogue items."`
	Consents importConsents `cmd:"" help:"Import consent records with their own evidence: when, which text, how."`
}

type importEvents struct {
	importFlags
	operatorFlags
	Source string `default:"import" help:"Source written on events that name none."`
}

// Help adds examples and the fields to --help.
func (importEvents) Help() string {
	return `Fields: userId or anonymousId, action (viewed, added, removed, purchased, returned, declined, clicked, dismissed, saved, searched),
item, time (RFC 3339), and optionally messageId, quantity, price, currency, order, session, source, query.
No flag grants permission: import consents first; events of people who have not said yes are refused and counted, and so are rows with an
answer in them. People who were known before see who brought something for them, and why.
A row without messageId gets one from its content and its place among equal rows, so that importing twice stores once, also when lines
have moved. In files of more than a million different rows, give them a messageId of your own if lines may move.

Examples:
  tactful import events orders.csv --map userId=CustomerID --map item=StockCode --map time=InvoiceDate --as "Ada B." --reason "the orders of our old shop"
  tactful import events orders.parquet --map userId=customer --as "Ada B." --reason "the orders of our old shop"
  tactful import events clicks.jsonl.gz --as "Ada B." --reason "the clicks of last year" --report refused.csv --json`
}

// Run imports events through the same door as everybody's.
func (c *importEvents) Run(a *app) error {
	a = c.act(a)
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	run := new(engine.EventImport)
	equal := newPlaces(exactRows)
	passed := func(r row) { eventFields(r.fields, c.Source, equal) } // its place among equal rows counts
	return c.importFlags.run(a, "events", passed, func(batch []row) (accepted, duplicates int, refused []refusal, err error) {
		events := make([]map[string]any, len(batch))
		for i, r := range batch {
			events[i] = eventFields(r.fields, c.Source, equal)
		}
		body, err := json.Marshal(map[string]any{"events": events})
		if err != nil {
			return 0, 0, nil, err
		}
		outcomes, err := eng.ImportEvents(a.ctx, run, engine.Delivery{Trust: engine.Trusted, Form: engine.Native, Body: body})
		if err != nil {
			return 0, 0, nil, err
		}
		return eventOutcomes(batch, outcomes)
	})
}

// notStored is the engine's reason for events that must be sent again: the
// store failed, or Ctrl-C came while it wrote. They are nobody's refusal, so
// the batch is not done.
const notStored = "unavailable"

func eventOutcomes(batch []row, outcomes []engine.Outcome) (accepted, duplicates int, refused []refusal, err error) {
	for _, o := range outcomes {
		if o.Reason == notStored {
			return 0, 0, nil, &tactful.Error{Kind: tactful.Unavailable, Detail: "not every row was stored", Remedy: "run the same command to go on; nothing is taken twice"}
		}
		switch o.Status {
		case engine.OutcomeAccepted:
			accepted++
		case engine.OutcomeDuplicate:
			duplicates++
		case engine.OutcomeIgnored, engine.OutcomeRefused:
			refused = append(refused, refusal{line: batch[o.Index].line, field: o.Field, reason: o.Reason, detail: o.Detail, remedy: o.Remedy})
		}
	}
	return accepted, duplicates, refused, nil
}

// eventFields types what CSV gives as text and completes what a row may leave out.
func eventFields(fields map[string]any, source string, equal *places) map[string]any {
	typed := make(map[string]any, len(fields)+2)
	for name, value := range fields {
		text, isText := value.(string)
		if isText && (name == "quantity" || name == "price") {
			if _, err := strconv.ParseFloat(text, 64); err == nil {
				value = json.Number(text)
			}
		}
		typed[name] = value
	}
	if at, err := fieldTime(fields, "time"); err == nil && !at.IsZero() {
		typed["time"] = at.Format(time.RFC3339Nano)
	}
	if _, ok := typed["source"]; !ok {
		typed["source"] = source
	}
	if _, ok := typed["messageId"]; !ok {
		text, err := json.Marshal(fields) // keys are sorted, so the same row gives the same text
		if err == nil {
			sum := sha256.Sum256(text)
			content := [16]byte(sum[:16])
			typed["messageId"] = fmt.Sprintf("import-%x-%d", content, equal.next(content))
		}
	}
	return typed
}

type importItems struct{ importFlags }

// Help adds examples and the fields to --help.
func (importItems) Help() string {
	return `Fields: id, title, and optionally url, image, categories (general > special, several levels by ">"), price, currency, availability,
group, labels (by "|"), regions (by "|"), validFrom, validUntil (RFC 3339), and attributes as attribute.NAME.
Of a Google Merchant feed are taken: id, title, link, image_link, price, availability, product_type (else the names of google_product_category),
item_group_id, expiration_date, adult, and google_product_category, brand, gtin, mpn, condition, color, size, material, pattern, gender, age_group as attributes.

Examples:
  tactful import items products.csv --map id=StockCode --map title=Description
  tactful import items products.parquet
  tactful import items merchant.xml
  tactful import items merchant.txt --format google-tsv`
}

// Run imports items; a bad row costs itself only.
func (c *importItems) Run(a *app) error {
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	return c.importFlags.run(a, "items", nil, func(batch []row) (accepted, duplicates int, refused []refusal, err error) {
		items, refused := sortItems(batch, eng.CheckLabels)
		if len(items) > 0 {
			if err := eng.PutItems(a.ctx, items); err != nil {
				return 0, 0, nil, err
			}
		}
		return len(batch) - len(refused), 0, refused, nil
	})
}

// sortItems judges each row alone, so that the others can be stored in one
// call. Where a row is about the item of an earlier one, the later one holds.
func sortItems(batch []row, check func([]tactful.Item) error) (good []tactful.Item, refused []refusal) {
	place := make(map[string]int, len(batch))
	for _, r := range batch {
		item, fault := itemOf(r.fields)
		if fault == nil {
			fault = errors.Join(catalog.Validate([]tactful.Item{item}), check([]tactful.Item{item}))
		}
		at, again := place[item.ID]
		switch {
		case fault != nil:
			refused = append(refused, refusalOf(r.line, fault))
		case again:
			good[at] = item
		default:
			place[item.ID] = len(good)
			good = append(good, item)
		}
	}
	return good, refused
}

func refusalOf(line int, err error) refusal {
	r := refusal{line: line, reason: tactful.KindOf(err).String(), detail: err.Error()}
	var typed *tactful.Error
	if errors.As(err, &typed) {
		r.field, r.detail, r.remedy = typed.Field, typed.Detail, typed.Remedy
		for _, list := range []string{"items[0].", "answers[0]."} {
			r.field = strings.TrimPrefix(r.field, list) // a row is one of either
		}
	}
	return r
}

type importConsents struct {
	importFlags
	operatorFlags
}

// Help adds examples and the fields to --help.
func (importConsents) Help() string {
	return `Fields: userId or anonymousId, purpose, answer (granted, denied, withdrawn), time (RFC 3339), method (how: form, phone, ...),
noticeVersion, noticeHash (SHA-256 of the text shown, 64 hex digits), and optionally language, jurisdiction, expires, level (context,
personal, full). A grant needs a text that the configuration knows: a current one, or one listed under consent.purposes[].accepts.
Each record names who imported it. Over a no that somebody said here no yes from a file counts, and their level only falls; people who
were known before see that you changed something.

Example:
  tactful import consents consents.csv --map userId=customer --map time=said_at --as "Ada B." --reason "the answers of our old shop"`
}

// Run imports consent records, one person at a time.
func (c *importConsents) Run(a *app) error {
	a = c.act(a)
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	return c.importFlags.run(a, "consents", nil, func(batch []row) (accepted, duplicates int, refused []refusal, err error) {
		for _, r := range batch {
			alias, change, fault := consentOf(r.fields)
			if fault == nil {
				_, fault = eng.ImportConsents(a.ctx, alias, change)
			}
			var named *tactful.Error
			switch {
			case errors.As(fault, &named) && (named.Field == "--as" || named.Field == tactful.ReasonHeader):
				return accepted, 0, refused, fault
			case fault == nil:
				accepted++
			case tactful.KindOf(fault) == tactful.Internal || tactful.KindOf(fault) == tactful.Unavailable:
				return accepted, 0, refused, fault
			default:
				refused = append(refused, refusalOf(r.line, fault))
			}
		}
		return accepted, 0, refused, nil
	})
}

// fieldText returns a field as text, "" if it is not there.
func fieldText(fields map[string]any, name string) string {
	switch value := fields[name].(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	case bool:
		return strconv.FormatBool(value)
	}
	return ""
}

// fieldList returns a field that is a JSON list, or text split at the separator.
func fieldList(fields map[string]any, name, separator string) []string {
	var parts []string
	switch value := fields[name].(type) {
	case string:
		parts = strings.Split(value, separator)
	case []any:
		for _, part := range value {
			if text, ok := part.(string); ok {
				parts = append(parts, text)
			}
		}
	}
	var clean []string
	for _, part := range parts {
		if part = strings.TrimSpace(part); part != "" {
			clean = append(clean, part)
		}
	}
	return clean
}
