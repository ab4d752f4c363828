package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/tactful/tactful"
)

// maxRowBytes bounds one line of JSON.
const maxRowBytes = 1 << 20

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

// openRows opens a file by its name: .csv, .tsv, .jsonl, .ndjson, each perhaps with .gz.
func openRows(path, format string, renames map[string]string) (*rowReader, error) {
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
	if format == "" {
		format = formatOf(path)
	}
	switch format {
	case "csv":
		err = r.csv(text, ',')
	case "tsv":
		err = r.csv(text, '\t')
	case "jsonl":
		r.jsonLines(text)
	default:
		err = tactful.InvalidField("--format", "is unknown", "use csv, tsv or jsonl, or name the file so")
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
	}
	return ""
}

func (r *rowReader) rename(column string) string {
	if field, ok := r.renames[column]; ok {
		return field
	}
	return column
}

func (r *rowReader) csv(text io.Reader, comma rune) error {
	reader := csv.NewReader(text)
	reader.Comma, reader.LazyQuotes, reader.ReuseRecord = comma, comma == '\t', true
	reader.FieldsPerRecord = -1
	head, err := reader.Read()
	if err != nil {
		return &tactful.Error{Kind: tactful.Invalid, Field: "FILE", Detail: "has no heading line", Remedy: "the first line names the columns", Err: err}
	}
	columns := make([]string, len(head))
	seen := map[string]bool{}
	for i, name := range head {
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
		record, err := reader.Read()
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return row{}, io.EOF
		case errors.As(err, &parse):
			return row{line: parse.StartLine, fault: "is not valid CSV: " + parse.Err.Error()}, nil
		case err != nil:
			return row{}, fmt.Errorf("read: %w", err)
		}
		line, _ := reader.FieldPos(0)
		if len(record) != len(columns) {
			return row{line: line, fault: fmt.Sprintf("has %d fields, the heading has %d", len(record), len(columns))}, nil
		}
		fields := make(map[string]any, len(columns))
		for i, value := range record {
			if value = strings.TrimSpace(value); value != "" {
				fields[columns[i]] = strings.Clone(value)
			}
		}
		return row{line: line, fields: fields}, nil
	}
	return nil
}

func (r *rowReader) jsonLines(text io.Reader) {
	scanner := bufio.NewScanner(text)
	scanner.Buffer(make([]byte, 1<<16), maxRowBytes)
	line := 0
	r.next = func() (row, error) {
		for scanner.Scan() {
			line++
			if len(bytes.TrimSpace(scanner.Bytes())) == 0 {
				continue
			}
			var fields map[string]any
			decoder := json.NewDecoder(bytes.NewReader(scanner.Bytes()))
			decoder.UseNumber()
			if err := decoder.Decode(&fields); err != nil || fields == nil {
				return row{line: line, fault: "is not a JSON object"}, nil
			}
			for source, field := range r.renames {
				if value, ok := fields[source]; ok && source != field {
					fields[field] = value
					delete(fields, source)
				}
			}
			return row{line: line, fields: fields}, nil
		}
		if errors.Is(scanner.Err(), bufio.ErrTooLong) {
			return row{}, tactful.InvalidField("FILE", fmt.Sprintf("line %d is longer than %d bytes", line+1, maxRowBytes), "split it")
		}
		if scanner.Err() != nil {
			return row{}, fmt.Errorf("read: %w", scanner.Err())
		}
		return row{}, io.EOF
	}
}
