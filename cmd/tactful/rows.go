package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/tactful/tactful"
)

// row is one record of a file with the line it began on. Bad rows carry Fault.
type row struct {
	line   int
	fields map[string]any // CSV gives strings
	fault  string
}

// rowReader reads CSV or JSON lines, plain or gzip, with renamed columns.
type rowReader struct {
	close   func() error
	next    func() (row, error) // io.EOF ends
	read    func() int64        // bytes of the file read so far, for progress
	size    int64
	renames map[string]string // source column -> field
}

type countingReader struct {
	io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// openRows opens a file by its name: .csv, .tsv, .jsonl, .ndjson, .xml (a product
// feed), each perhaps with .gz, or .parquet.
func openRows(path, format string, renames map[string]string) (*rowReader, error) {
	if format == "" {
		format = formatOf(path)
	}
	if format == "parquet" {
		return openParquet(path, renames)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, &tactful.Error{Kind: tactful.Invalid, Field: "FILE", Detail: "cannot be opened", Remedy: "check the path", Err: err}
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	counted := &countingReader{Reader: file}
	buffered := bufio.NewReaderSize(counted, 1<<16)
	var text io.Reader = buffered
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		if text, err = gzip.NewReader(buffered); err != nil {
			return nil, errors.Join(fmt.Errorf("open gzip: %w", err), file.Close())
		}
	}
	r := &rowReader{close: file.Close, size: info.Size(), read: func() int64 { return counted.n }, renames: renames}
	switch format {
	case "csv":
		err = r.csv(text, ',', strictQuotes)
	case "tsv":
		err = r.csv(text, '\t', lazyQuotes)
	case "jsonl":
		r.jsonLines(text)
	case "google-xml":
		r.merchantXML(text)
	case "google-tsv":
		err = r.merchantTSV(text)
	default:
		err = tactful.InvalidField("--format", "is unknown", "use csv, tsv, jsonl, parquet, google-xml or google-tsv, or name the file so")
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return r, nil
}

func formatOf(path string) string {
	name := strings.TrimSuffix(strings.ToLower(path), ".gz")
	switch {
	case strings.HasSuffix(name, ".csv"):
		return "csv"
	case strings.HasSuffix(name, ".tsv"):
		return "tsv"
	case strings.HasSuffix(name, ".jsonl"), strings.HasSuffix(name, ".ndjson"):
		return "jsonl"
	case strings.HasSuffix(name, ".xml"), strings.HasSuffix(name, ".rss"), strings.HasSuffix(name, ".atom"):
		return "google-xml"
	case strings.HasSuffix(name, ".parquet"):
		return "parquet"
	}
	return ""
}

func (r *rowReader) rename(column string) string {
	if field, ok := r.renames[column]; ok {
		return field
	}
	return column
}

func (r *rowReader) csv(text io.Reader, comma byte, quotes csvQuotes) error {
	reader := newRecordReader(text, comma, quotes)
	head, err := reader.next()
	if err != nil || head.fault != "" {
		return &tactful.Error{Kind: tactful.Invalid, Field: "FILE", Detail: "has no heading line", Remedy: "the first line names the columns", Err: err}
	}
	columns := make([]string, len(head.fields))
	seen := map[string]bool{}
	for i, name := range head.fields {
		columns[i] = r.rename(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		if seen[columns[i]] {
			return tactful.InvalidField("FILE", fmt.Sprintf("names column %q twice", columns[i]), "rename one, or correct --map")
		}
		seen[columns[i]] = true
	}
	for source, field := range r.renames {
		if !seen[field] {
			return tactful.InvalidField("--map", fmt.Sprintf("names a column %q that the file does not have", source), "columns: "+strings.Join(columns, ", "))
		}
	}
	r.next = func() (row, error) {
		record, err := reader.next()
		switch {
		case errors.Is(err, io.EOF):
			return row{}, io.EOF
		case err != nil:
			return row{}, fmt.Errorf("read: %w", err)
		case record.fault != "":
			return row{line: record.line, fault: record.fault}, nil
		case len(record.fields) != len(columns):
			return row{line: record.line, fault: fmt.Sprintf("has %d fields, the heading has %d", len(record.fields), len(columns))}, nil
		}
		fields := make(map[string]any, len(columns))
		for i, value := range record.fields {
			if value = strings.TrimSpace(value); value != "" {
				fields[columns[i]] = strings.Clone(value)
			}
		}
		return row{line: record.line, fields: fields}, nil
	}
	return nil
}

func (r *rowReader) jsonLines(text io.Reader) {
	lines := newLineReader(text)
	r.next = func() (row, error) {
		for {
			l, err := lines.next()
			switch {
			case errors.Is(err, io.EOF):
				return row{}, io.EOF
			case err != nil:
				return row{}, fmt.Errorf("read: %w", err)
			case l.long:
				return row{line: l.no, fault: tooLong}, nil
			case len(bytes.TrimSpace(l.text)) == 0:
				continue
			}
			var fields map[string]any
			decoder := json.NewDecoder(bytes.NewReader(l.text))
			decoder.UseNumber()
			if err := decoder.Decode(&fields); err != nil || fields == nil {
				return row{line: l.no, fault: "is not a JSON object"}, nil
			}
			if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
				return row{line: l.no, fault: "is more than one JSON object"}, nil
			}
			for source, field := range r.renames {
				if value, ok := fields[source]; ok && source != field {
					fields[field] = value
					delete(fields, source)
				}
			}
			return row{line: l.no, fields: fields}, nil
		}
	}
}
