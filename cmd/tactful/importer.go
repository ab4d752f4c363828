package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/rights"
)

// importFlags are shared by the three kinds.
type importFlags struct {
	configFlags
	File   string            `arg:"" help:"CSV, TSV or JSON lines, plain or gzip; Parquet; for items also a Google Merchant feed."`
	Format string            `enum:",csv,tsv,jsonl,parquet,google-xml,google-tsv" default:"" help:"csv, tsv, jsonl, parquet, google-xml or google-tsv; by the file's name if left out."`
	Map    map[string]string `name:"map" mapsep:"," placeholder:"FIELD=COLUMN" help:"Where a field is called otherwise in the file; repeatable."`
	Report string            `placeholder:"FILE" help:"Write refused rows here (CSV: line, field, reason, remedy). Default: FILE.refused.csv"`
	Again  bool              `help:"Begin at the first row, even if an earlier import of this file was cut short."`
	JSON   bool              `name:"json" help:"Print the summary as JSON."`
}

// importSummary is what an import did, with the runs of it that were cut short.
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
	flags    *importFlags
	app      *app
	rows     *rowReader
	summary  importSummary
	waiting  []refusal // to be written to the report with the journal
	journal  string
	identity importIdentity
	reported int64 // bytes of the report
}

const importBatch = 500

// run reads the file and hands batches to take, which says what was refused and
// how many were accepted and known already. The journal is written after each
// batch, so that an import that was cut short goes on where it stopped; passed
// (nil: none) is then shown the rows that need not be taken again.
func (f *importFlags) run(a *app, kind string, passed func(row), take func([]row) (accepted, duplicates int, refused []refusal, err error)) error {
	if f.Report != "" && filepath.Clean(f.Report) == filepath.Clean(f.File) {
		return tactful.InvalidField("--report", "is the file that is imported", "name another file")
	}
	if format := cmp.Or(f.Format, formatOf(f.File)); strings.HasPrefix(format, "google-") && kind != "items" {
		return tactful.InvalidField("--format", "is a product feed, which holds items only", "use `tactful import items`")
	}
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
	if err := m.begin(kind); err != nil {
		return err
	}
	skip := m.summary.Resumed
	bar := a.progress()
	defer bar.End()
	var batch []row
	flush := func() error {
		if len(batch) > 0 {
			accepted, duplicates, refused, err := take(batch)
			if err != nil {
				return fmt.Errorf("lines %d to %d: %w", batch[0].line, batch[len(batch)-1].line, err)
			}
			m.summary.Accepted += accepted
			m.summary.Duplicates += duplicates
			m.refuse(refused...)
		}
		batch = batch[:0]
		bar.Report("import "+kind, int(rows.read()>>10), int(rows.size>>10))
		return m.note()
	}
	for m.summary.Rows = 0; ; {
		if err := a.ctx.Err(); err != nil {
			if len(batch) == 0 { // otherwise the rows since the last journal come again
				err = errors.Join(err, flush())
			}
			return fmt.Errorf("stopped after row %d; run the same command to go on: %w", m.summary.Rows-len(batch), err)
		}
		r, err := rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.Join(err, flush())
		}
		m.summary.Rows++
		switch {
		case m.summary.Rows <= skip && r.fault == "" && passed != nil:
			passed(r)
		case m.summary.Rows <= skip:
		case r.fault != "":
			m.refuse(refusal{line: r.line, reason: "unreadable", detail: r.fault, remedy: "correct the line"})
		default:
			batch = append(batch, r)
		}
		if len(batch) == importBatch || len(m.waiting) >= importBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if err := os.Remove(m.journal); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("remove the journal: %w", err)
	}
	bar.End()
	return m.show()
}

// refuse counts rows and keeps them for the report. Values of a row are never
// written: the line number finds them.
func (m *importer) refuse(refused ...refusal) {
	for _, r := range refused {
		m.summary.Refused++
		m.summary.Reasons[r.reason]++
		m.waiting = append(m.waiting, r)
	}
}

// journalEntry tells which rows of which file are done, and what became of them.
type journalEntry struct {
	Import   importIdentity `json:"import"`
	Reported int64          `json:"reported"` // bytes of the report that belong to these rows
	Summary  importSummary  `json:"summary"`
}

// importIdentity says when two runs are of the same import: the rows that one
// has done are then those that the other may pass over.
type importIdentity struct {
	Kind   string            `json:"kind"`
	Size   int64             `json:"size"`
	Begins string            `json:"begins"` // SHA-256 of the file's beginning
	Format string            `json:"format,omitempty"`
	Map    map[string]string `json:"map,omitempty"`
	Report string            `json:"report"`
}

func (i importIdentity) is(other importIdentity) bool {
	same := maps.Equal(i.Map, other.Map)
	i.Map, other.Map = nil, nil
	return same && reflect.DeepEqual(i, other)
}

// begin goes on where the journal says that an earlier run of the same import
// stopped, or starts anew with an empty report.
func (m *importer) begin(kind string) error {
	begins, err := beginning(m.flags.File)
	if err != nil {
		return err
	}
	m.identity = importIdentity{Kind: kind, Size: m.rows.size, Begins: begins, Format: m.flags.Format, Map: m.flags.Map, Report: m.reportPath()}
	var entry journalEntry
	text, err := os.ReadFile(m.journal)
	if err == nil && !m.flags.Again && json.Unmarshal(text, &entry) == nil && entry.Import.is(m.identity) && m.cutReport(entry.Reported) {
		m.summary, m.reported = entry.Summary, entry.Reported
		m.summary.Resumed = entry.Summary.Rows
		fmt.Fprintf(m.app.err, "going on after row %d (--again begins anew)\n", m.summary.Resumed)
	} else {
		m.summary = importSummary{Kind: kind}
		if err := os.Remove(m.reportPath()); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("remove the report of an earlier import: %w", err)
		}
	}
	if m.summary.Reasons == nil {
		m.summary.Reasons = map[string]int{}
	}
	return nil
}

// cutReport takes away what was reported after the journal was written, because
// those rows come again. It fails if the report is not there any more.
func (m *importer) cutReport(size int64) bool {
	if size == 0 {
		err := os.Remove(m.reportPath())
		return err == nil || os.IsNotExist(err)
	}
	info, err := os.Stat(m.reportPath())
	return err == nil && info.Size() >= size && os.Truncate(m.reportPath(), size) == nil
}

// beginningBytes is how much of a file tells it from another of its size.
const beginningBytes = 1 << 20

func beginning(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the beginning: %w", err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.CopyN(sum, file, beginningBytes); err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the beginning: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func (m *importer) reportPath() string {
	if m.flags.Report != "" {
		return m.flags.Report
	}
	return m.flags.File + ".refused.csv"
}

// note makes what was done so far last: the report first, then the journal.
func (m *importer) note() error {
	if err := m.writeReport(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	text, err := json.Marshal(journalEntry{Import: m.identity, Reported: m.reported, Summary: m.summary})
	if err != nil {
		return err
	}
	next := m.journal + ".next"
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return os.Rename(next, m.journal)
}

func (m *importer) writeReport() error {
	if len(m.waiting) == 0 {
		return nil
	}
	path := m.reportPath()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	report := rights.NewTable(file)
	if m.summary.Report == "" {
		m.summary.Report = path
		err = report.Write("line", "field", "reason", "detail", "remedy")
	}
	for _, r := range m.waiting {
		err = errors.Join(err, report.Write(strconv.Itoa(r.line), r.field, r.reason, r.detail, r.remedy))
	}
	m.waiting = m.waiting[:0]
	err = errors.Join(err, report.Flush(), file.Sync())
	if info, fault := file.Stat(); fault == nil {
		m.reported = info.Size()
	} else {
		err = errors.Join(err, fault)
	}
	return errors.Join(err, file.Close())
}

func (m *importer) show() error {
	if m.flags.JSON {
		return showJSON(m.app.out, m.summary)
	}
	s := m.summary
	fmt.Fprintf(m.app.out, "%s: %d rows, %d accepted, %d known already, %d refused\n", s.Kind, s.Rows, s.Accepted, s.Duplicates, s.Refused)
	reasons := slices.Sorted(maps.Keys(s.Reasons))
	slices.SortStableFunc(reasons, func(a, b string) int { return s.Reasons[b] - s.Reasons[a] })
	for _, reason := range reasons {
		fmt.Fprintf(m.app.out, "  %6d refused: %s\n", s.Reasons[reason], reason)
	}
	if s.Report != "" {
		fmt.Fprintf(m.app.out, "  every refused row with its line and remedy: %s\n", s.Report)
	}
	return nil
}
