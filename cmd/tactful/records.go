package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

// maxRecordLines bounds how many lines one record of CSV may span. A quote that
// is not closed would otherwise take the rest of the file with it.
const maxRecordLines = 100

// record is one record of CSV with the line it began on, or what is wrong with it.
type record struct {
	line   int
	fields []string // valid until the next
	fault  string
}

// recordReader reads CSV so that a broken quote costs the one line that it
// stands on: the lines after it are read again as records of their own.
type recordReader struct {
	lines *lineReader
	comma byte
	lazy  csvQuotes
	feed  bytes.Buffer
	csv   *csv.Reader
	fed   int64
}

// csvQuotes says how quotes inside a field are taken.
type csvQuotes uint8

const (
	strictQuotes csvQuotes = iota // as RFC 4180 has them
	lazyQuotes                    // a quote inside a field is a character
)

func newRecordReader(text io.Reader, comma byte, quotes csvQuotes) *recordReader {
	r := &recordReader{lines: newLineReader(text), comma: comma, lazy: quotes}
	r.reset()
	return r
}

// reset begins with an empty reader, after one that stopped inside a record.
func (r *recordReader) reset() {
	r.feed.Reset()
	r.fed = 0
	r.csv = csv.NewReader(&r.feed)
	r.csv.Comma, r.csv.LazyQuotes, r.csv.ReuseRecord, r.csv.FieldsPerRecord = rune(r.comma), r.lazy == lazyQuotes, true, -1
}

// next returns the next record; io.EOF ends.
func (r *recordReader) next() (record, error) {
	first, err := r.lines.next()
	for err == nil && len(first.text) == 0 && !first.long {
		first, err = r.lines.next()
	}
	if err != nil {
		return record{}, err
	}
	if first.long {
		return record{line: first.no, fault: tooLong}, nil
	}
	group, size := []line{first}, len(first.text)
	for inside := r.inside(false, first.text); inside; {
		more, err := r.lines.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return record{}, err
		}
		if err == nil {
			group, size = append(group, more), size+len(more.text)
		}
		if err != nil || more.long || len(group) > maxRecordLines || size > maxRowBytes {
			r.lines.unread(group[1:])
			return record{line: first.no, fault: fmt.Sprintf("opens a quote that is not closed within %d lines", maxRecordLines)}, nil
		}
		inside = r.inside(true, more.text)
	}
	for _, l := range group {
		r.feed.Write(l.text)
		r.feed.WriteByte('\n')
		r.fed += int64(len(l.text)) + 1
	}
	fields, err := r.csv.Read()
	if err != nil || r.csv.InputOffset() != r.fed {
		r.reset()
		r.lines.unread(group[1:])
		detail := "a quote is out of place"
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			detail = parse.Err.Error()
		}
		return record{line: first.no, fault: "is not valid CSV: " + detail}, nil
	}
	return record{line: first.no, fields: fields}, nil
}

var tooLong = fmt.Sprintf("is longer than %d bytes", maxRowBytes)

// inside reports whether the end of a line is inside quotes, given whether its
// beginning is. It follows encoding/csv, which gets to judge the whole record.
func (r *recordReader) inside(already bool, text []byte) bool {
	inside := already
	for {
		if !inside {
			if len(text) == 0 || text[0] != '"' {
				end := bytes.IndexByte(text, r.comma)
				if end < 0 {
					return false
				}
				text = text[end+1:]
				continue
			}
			text, inside = text[1:], true
		}
		quote := bytes.IndexByte(text, '"')
		if quote < 0 {
			return true
		}
		text = text[quote+1:]
		switch {
		case len(text) == 0:
			return false
		case text[0] == '"':
			text = text[1:]
		case text[0] == r.comma:
			text, inside = text[1:], false
		case r.lazy == strictQuotes:
			return false // out of place
		}
	}
}
