package main

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

type importCommand struct {
	Events   importEvents   `cmd:"" help:"Import events. Each stands on a consent record that must be there already."`
	Items    importItems    `cmd:"" help:"Import catalogue items."`
	Consents importConsents `cmd:"" help:"Import consent records with their own evidence: when, which text, how."`
}

// importFlags are shared by the three kinds.
type importFlags struct {
	configFlags
	File   string            `arg:"" help:"CSV, TSV or JSON lines; plain or gzip."`
	Format string            `enum:",csv,tsv,jsonl" default:"" help:"csv, tsv or jsonl; by the file's name if left out."`
	Map    map[string]string `name:"map" mapsep:"," placeholder:"FIELD=COLUMN" help:"Where a field is called otherwise in the file; repeatable."`
	Report string            `placeholder:"FILE" help:"Write refused rows here (CSV: line, field, reason, remedy). Default: FILE.refused.csv"`
	Again  bool              `help:"Begin at the first row, even if an earlier import of this file was cut short."`
	JSON   bool              `name:"json" help:"Print the summary as JSON."`
}

// importSummary is what an import did.
type importSummary struct {
	Kind       string         `json:"kind"`
	Rows       int            `json:"rows"`
	Resumed    int            `json:"resumed_after_row"`
	Accepted   int            `json:"accepted"`
	Duplicates int            `json:"duplicates"`
	Refused    int            `json:"refused"`
	Reasons    map[string]int `json:"reasons"`
	Report     string         `json:"report,omitempty"`
}

// refusal is one row that was not taken.
type refusal struct {
	line                          int
	field, reason, detail, remedy string
}

// importer drives one import: rows in batches, a journal to resume, a report.
type importer struct {
	flags   *importFlags
	app     *app
	rows    *rowReader
	summary importSummary
	report  *csv.Writer
	file    *os.File
	journal string
}

const importBatch = 500

// run reads the file and hands batches to take, which says what was refused and
// how many were accepted and known already. The journal is written after each
// batch, so that an import that was cut short goes on where it stopped.
func (f *importFlags) run(a *app, kind string, take func([]row) (accepted, duplicates int, refused []refusal, err error)) error {
	renames := make(map[string]string, len(f.Map))
	for field, column := range f.Map {
		renames[column] = field
	}
	rows, err := openRows(f.File, f.Format, renames)
	if err != nil {
		return err
	}
	defer rows.close()
	m := &importer{flags: f, app: a, rows: rows, journal: f.File + ".tactful-import"}
	m.summary = importSummary{Kind: kind, Reasons: map[string]int{}}
	skip := 0
	if !f.Again {
		skip = m.resume(kind)
	}
	m.summary.Resumed = skip
	bar := a.progress()
	defer bar.End()
	stage := "import " + kind
	var batch []row
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		accepted, duplicates, refused, err := take(batch)
		if err != nil {
			return fmt.Errorf("lines %d to %d: %w", batch[0].line, batch[len(batch)-1].line, err)
		}
		m.summary.Accepted += accepted
		m.summary.Duplicates += duplicates
		for _, r := range refused {
			if err := m.refuse(r); err != nil {
				return err
			}
		}
		batch = batch[:0]
		bar.Report(stage, int(rows.read()>>10), int(rows.size>>10))
		return m.note(kind)
	}
	for {
		if err := a.ctx.Err(); err != nil {
			return fmt.Errorf("stopped after row %d; run the same command to go on: %w", m.summary.Rows-len(batch), err)
		}
		r, err := rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.Join(err, flush())
		}
		if m.summary.Rows++; m.summary.Rows <= skip {
			continue
		}
		if r.fault != "" {
			if err := m.refuse(refusal{line: r.line, reason: "unreadable", detail: r.fault, remedy: "correct the line"}); err != nil {
				return err
			}
			continue
		}
		if batch = append(batch, r); len(batch) == importBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if m.file != nil {
		m.report.Flush()
		if err := errors.Join(m.report.Error(), m.file.Close()); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	if err := os.Remove(m.journal); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("remove the journal: %w", err)
	}
	bar.End()
	return m.show()
}

// refuse counts a row and writes it to the report. Values of the row are never
// written: the line number finds them.
func (m *importer) refuse(r refusal) error {
	m.summary.Refused++
	m.summary.Reasons[r.reason]++
	if m.file == nil {
		path := m.flags.Report
		if path == "" {
			path = m.flags.File + ".refused.csv"
		}
		file, err := os.Create(path)
		if err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
		m.file, m.report, m.summary.Report = file, csv.NewWriter(file), path
		if err := m.report.Write([]string{"line", "field", "reason", "detail", "remedy"}); err != nil {
			return err
		}
	}
	return m.report.Write([]string{strconv.Itoa(r.line), r.field, r.reason, r.detail, r.remedy})
}

// journalEntry tells which rows of which file are done.
type journalEntry struct {
	Kind string            `json:"kind"`
	Size int64             `json:"size"`
	Map  map[string]string `json:"map,omitempty"`
	Rows int               `json:"rows"`
}

func (m *importer) resume(kind string) int {
	text, err := os.ReadFile(m.journal)
	if err != nil {
		return 0
	}
	var entry journalEntry
	if json.Unmarshal(text, &entry) != nil || entry.Kind != kind || entry.Size != m.rows.size {
		return 0
	}
	fmt.Fprintf(m.app.err, "going on after row %d (--again begins anew)\n", entry.Rows)
	return entry.Rows
}

func (m *importer) note(kind string) error {
	text, err := json.Marshal(journalEntry{Kind: kind, Size: m.rows.size, Map: m.flags.Map, Rows: m.summary.Rows})
	if err != nil {
		return err
	}
	next := m.journal + ".next"
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return os.Rename(next, m.journal)
}

func (m *importer) show() error {
	if m.flags.JSON {
		return showJSON(m.app.out, m.summary)
	}
	s := m.summary
	fmt.Fprintf(m.app.out, "%s: %d rows, %d accepted, %d known already, %d refused\n", s.Kind, s.Rows-s.Resumed, s.Accepted, s.Duplicates, s.Refused)
	var reasons []string
	for reason := range s.Reasons {
		reasons = append(reasons, reason)
	}
	slices.SortFunc(reasons, func(a, b string) int { return s.Reasons[b] - s.Reasons[a] })
	for _, reason := range reasons {
		fmt.Fprintf(m.app.out, "  %6d refused: %s\n", s.Reasons[reason], reason)
	}
	if s.Report != "" {
		fmt.Fprintf(m.app.out, "  every refused row with its line and remedy: %s\n", s.Report)
	}
	return nil
}

type importEvents struct {
	importFlags
	Source string `default:"import" help:"Source written on events that name none."`
}

// Help adds examples and the fields to --help.
func (importEvents) Help() string {
	return `Fields: userId or anonymousId, action (viewed, added, removed, purchased, returned, declined, clicked, dismissed, saved, searched),
item, time (RFC 3339), and optionally messageId, quantity, price, currency, order, session, source, query.
No flag grants permission: import consents first; events of people who have not said yes are refused and counted.
A row without messageId gets one from its content, so that importing twice stores once.

Examples:
  tactful import events orders.csv --map userId=CustomerID --map item=StockCode --map time=InvoiceDate
  tactful import events clicks.jsonl.gz --report refused.csv --json`
}

// Run imports events through the same door as everybody's.
func (c *importEvents) Run(a *app) error {
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	occurrence := map[string]int{}
	return c.importFlags.run(a, "events", func(batch []row) (accepted, duplicates int, refused []refusal, err error) {
		events := make([]map[string]any, len(batch))
		for i, r := range batch {
			events[i] = eventFields(r.fields, c.Source, occurrence)
		}
		body, err := json.Marshal(map[string]any{"events": events})
		if err != nil {
			return 0, 0, nil, err
		}
		outcomes, err := eng.Ingest(a.ctx, engine.Delivery{Form: engine.Native, Body: body})
		if err != nil {
			return 0, 0, nil, err
		}
		for _, o := range outcomes {
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
	})
}

// eventFields types what CSV gives as text and completes what a row may leave out.
func eventFields(fields map[string]any, source string, occurrence map[string]int) map[string]any {
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
			id := hex.EncodeToString(sum[:16])
			typed["messageId"] = "import-" + id + "-" + strconv.Itoa(occurrence[id])
			occurrence[id]++
		}
	}
	return typed
}

type importItems struct{ importFlags }

// Help adds examples and the fields to --help.
func (importItems) Help() string {
	return `Fields: id, title, and optionally url, image, categories (general > special, several levels by ">"), price, currency, availability,
group, labels (by "|"), regions (by "|"), validFrom, validUntil (RFC 3339), and attributes as attribute.NAME.

Example:
  tactful import items products.csv --map id=StockCode --map title=Description`
}

// Run imports items; a batch with a bad row is tried again row by row, so that
// one bad row costs itself only.
func (c *importItems) Run(a *app) error {
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	return c.importFlags.run(a, "items", func(batch []row) (accepted, duplicates int, refused []refusal, err error) {
		var items []tactful.Item
		var lines []int
		for _, r := range batch {
			item, fault := itemOf(r.fields)
			if fault != nil {
				refused = append(refused, refusalOf(r.line, fault))
				continue
			}
			items, lines = append(items, item), append(lines, r.line)
		}
		if len(items) == 0 {
			return 0, 0, refused, nil
		}
		if err := eng.PutItems(a.ctx, items); err == nil {
			return len(items), 0, refused, nil
		} else if tactful.KindOf(err) != tactful.Invalid {
			return 0, 0, nil, err
		}
		for i, item := range items {
			err := eng.PutItems(a.ctx, []tactful.Item{item})
			switch {
			case err == nil:
				accepted++
			case tactful.KindOf(err) == tactful.Invalid:
				refused = append(refused, refusalOf(lines[i], err))
			default:
				return accepted, 0, refused, err
			}
		}
		return accepted, 0, refused, nil
	})
}

func refusalOf(line int, err error) refusal {
	r := refusal{line: line, reason: tactful.KindOf(err).String(), detail: err.Error()}
	var typed *tactful.Error
	if errors.As(err, &typed) {
		r.field, r.detail, r.remedy = typed.Field, typed.Detail, typed.Remedy
	}
	return r
}

type importConsents struct{ importFlags }

// Help adds examples and the fields to --help.
func (importConsents) Help() string {
	return `Fields: userId or anonymousId, purpose, answer (granted, denied, withdrawn), time (RFC 3339), method (how: form, phone, ...),
noticeVersion, noticeHash (SHA-256 of the text shown, 64 hex digits), and optionally language, jurisdiction, expires, level (context,
personal, full). A grant needs a text that the configuration knows: a current one, or one listed under consent.purposes[].accepts.

Example:
  tactful import consents consents.csv --map userId=customer --map time=said_at`
}

// Run imports consent records, one person at a time.
func (c *importConsents) Run(a *app) error {
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	return c.importFlags.run(a, "consents", func(batch []row) (accepted, duplicates int, refused []refusal, err error) {
		for _, r := range batch {
			alias, change, fault := consentOf(r.fields)
			if fault == nil {
				_, fault = eng.SetConsents(a.ctx, alias, change)
			}
			switch {
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
