package main

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// readAll reads records as far as they go: good ones and the lines of bad ones.
func readAll(t testing.TB, text string, comma byte, quotes csvQuotes) (good [][]string, bad []int) {
	t.Helper()
	r := newRecordReader(strings.NewReader(text), comma, quotes)
	for range strings.Count(text, "\n") + 2 {
		rec, err := r.next()
		if errors.Is(err, io.EOF) {
			return good, bad
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec.fault != "" {
			bad = append(bad, rec.line)
		} else {
			good = append(good, slices.Clone(rec.fields))
		}
	}
	t.Fatal("more records than lines")
	return nil, nil
}

func TestABrokenQuoteCostsItsOwnLineOnly(t *testing.T) {
	rest := strings.Repeat("u,viewed,A1\n", 500)
	tests := []struct {
		name, text string
		comma      byte
		quotes     csvQuotes
		good       int
		bad        []int
	}{
		{"no quote", rest, ',', strictQuotes, 500, nil},
		{"never closed", "u,\"viewed,A1\n" + rest, ',', strictQuotes, 500, []int{1}},
		{"never closed, in the middle", rest + "u,viewed,\"\n" + rest, ',', strictQuotes, 1000, []int{501}},
		{"closed by the quote of a later line", "u,\"viewed,A1\nu,viewed,A1\nu,\"viewed\",A1\n" + rest, ',', strictQuotes, 502, []int{1}},
		{"two that are never closed", "u,\"a\n" + rest + "u,\"b\n" + rest, ',', strictQuotes, 1000, []int{1, 502}},
		{"a quote inside a field", "u,6\" pipe,A1\n" + rest, ',', strictQuotes, 500, []int{1}},
		{"a record of two lines", "u,\"two\nlines \"\"and, more\"\"\",A1\r\n" + rest, ',', strictQuotes, 501, nil},
		{"a record of a hundred lines", "u,\"" + strings.Repeat("x\n", 99) + "\"\n" + rest, ',', strictQuotes, 501, nil},
		{"tabs: a field begins with a quote", "u\t\"6 inch\tA1\n" + strings.ReplaceAll(rest, ",", "\t"), '\t', lazyQuotes, 500, []int{1}},
		{"tabs: a quote inside a field is a character", "u\t6\" pipe\tA1\n", '\t', lazyQuotes, 1, nil},
		{"no end of line at the end", rest + "u,\"viewed\",A1", ',', strictQuotes, 501, nil},
		{"a quote opened on the last line", rest + "u,\"viewed", ',', strictQuotes, 500, []int{501}},
		{"a line as long as a book", "u," + strings.Repeat("x", maxRowBytes) + "\n" + rest, ',', strictQuotes, 500, []int{1}},
		{"a quote over a line as long as a book", "u,\"\n" + strings.Repeat("x", maxRowBytes+5) + "\n" + rest, ',', strictQuotes, 500, []int{1, 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			good, bad := readAll(t, tt.text, tt.comma, tt.quotes)
			if len(good) != tt.good || !slices.Equal(bad, tt.bad) {
				t.Errorf("%d good, bad lines %v; want %d and %v", len(good), bad, tt.good, tt.bad)
			}
		})
	}
}

func TestALineOfJSONThatCannotBeReadCostsItselfOnly(t *testing.T) {
	s := newShell(t)
	file := s.write("items.jsonl", `{"id":"A1","title":"First"}`+"\n"+`{"id":"A2","title":"`+strings.Repeat("x", maxRowBytes)+`"}`+"\n"+
		`{"id":"A3","title":"Third"} {"id":"A4"}`+"\n"+`{"id":"A5","title":"Fifth"}`)
	sum := parse[importSummary](t, s.on("import", "items", file, "--json"))
	if sum.Rows != 4 || sum.Accepted != 2 || sum.Refused != 2 {
		t.Errorf("%+v", sum)
	}
	if lines := s.refusals(sum.Report); lines["2"] == nil || lines["3"] == nil {
		t.Errorf("%v", lines)
	}
}

// FuzzRecords: what encoding/csv reads whole, in records of no more lines than
// are allowed, is read the same; everything else ends without a crash, at most
// one record or fault for each line.
func FuzzRecords(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "a,\"b\nc\",d\n", "\"", "a,\"\"\n\n\r\n,", "\"a\"b,c\n", "\ufeffa\r\nb\r", "a,\"b\"\"\n\",\"\n"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, tabs bool) {
		comma, quotes := byte(','), strictQuotes
		if tabs {
			comma, quotes = '\t', lazyQuotes
		}
		good, bad := readAll(t, text, comma, quotes)
		plain := csv.NewReader(strings.NewReader(text))
		plain.Comma, plain.LazyQuotes, plain.FieldsPerRecord = rune(comma), tabs, -1
		want, err := plain.ReadAll()
		if err != nil || len(bad) > 0 || len(text) > maxRowBytes || strings.Contains(text, "\r") { // ends of lines are ours
			return
		}
		if !slices.EqualFunc(good, want, slices.Equal) {
			t.Errorf("read %q, encoding/csv reads %q", good, want)
		}
	})
}
