package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/tactful/tactful"
)

// Bounds of a Parquet file: a page is held whole, so that a column of one row
// group may not be larger than this when unpacked.
const (
	maxChunkBytes     = 256 << 20
	maxFooterBytes    = 64 << 20
	maxParquetColumns = 256
	parquetRows       = 256 // read at once
)

// openParquet reads the rows of a Parquet file. Lists and maps of plain values
// become lists and objects; deeper nesting is named by its path.
func openParquet(path string, renames map[string]string) (r *rowReader, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, &tactful.Error{Kind: tactful.Invalid, Field: "FILE", Detail: "cannot be opened", Remedy: "check the path", Err: err}
	}
	info, err := file.Stat()
	if err == nil {
		r, err = parquetRowsOf(file, info.Size(), renames)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	r.close = file.Close
	return r, nil
}

func parquetFault(err error) error {
	return &tactful.Error{Kind: tactful.Invalid, Field: "FILE", Detail: "cannot be read as Parquet", Remedy: "write it again with another tool", Err: err}
}

// guarded turns a panic of the decoder, which trusts a file's own words in
// places, into an error.
func guarded(do func() error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = parquetFault(fmt.Errorf("the decoder gave up: %v", fault))
		}
	}()
	return do()
}

func parquetRowsOf(file io.ReaderAt, size int64, renames map[string]string) (*rowReader, error) {
	p := &parquetReader{renames: renames}
	err := guarded(func() error {
		if err := checkFooter(file, size); err != nil {
			return parquetFault(err)
		}
		opened, err := parquet.OpenFile(file, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
		if err != nil {
			return parquetFault(err)
		}
		return p.begin(opened)
	})
	if err != nil {
		return nil, err
	}
	done := int64(0)
	r := &rowReader{size: size, renames: renames, close: func() error { return nil }}
	r.read = func() int64 {
		if p.total == 0 {
			return size
		}
		return size * min(done, p.total) / p.total
	}
	r.next = func() (row, error) {
		var got row
		err := guarded(func() (err error) { got, err = p.next(); return err })
		done++
		return got, err
	}
	return r, nil
}

// checkFooter holds the length that a file says its footer has against the file:
// the decoder makes room for as much as it says, four gigabytes at the most.
func checkFooter(file io.ReaderAt, size int64) error {
	const ends = 4 + 4 + 4 // the mark at the beginning, and behind the footer its length and the mark again
	var tail [8]byte
	if size < ends {
		return errors.New("it is too short")
	}
	if _, err := file.ReadAt(tail[:], size-int64(len(tail))); err != nil {
		return err
	}
	if n := int64(binary.LittleEndian.Uint32(tail[:4])); n > min(size-ends, maxFooterBytes) {
		return fmt.Errorf("its footer would be %d bytes of %d", n, size)
	}
	return nil
}

type leaf struct {
	field string
	role  leafRole
	typ   parquet.Type
}

type leafRole uint8

const (
	plainLeaf leafRole = iota
	listLeaf
	mapKey
	mapValue
)

type parquetReader struct {
	renames map[string]string
	leaves  []leaf
	groups  []parquet.RowGroup
	rows    parquet.Rows
	buffer  []parquet.Row
	waiting []parquet.Row
	line    int
	total   int64
}

func (p *parquetReader) begin(file *parquet.File) error {
	p.groups, p.total = file.RowGroups(), file.NumRows()
	for _, group := range file.Metadata().RowGroups {
		for _, chunk := range group.Columns {
			if chunk.MetaData.TotalUncompressedSize > maxChunkBytes || chunk.MetaData.TotalUncompressedSize < 0 {
				return tactful.InvalidField("FILE", fmt.Sprintf("has a column of more than %d MiB in one row group", maxChunkBytes>>20), "write it with smaller row groups")
			}
		}
	}
	paths := file.Schema().Columns()
	if len(paths) > maxParquetColumns {
		return tactful.InvalidField("FILE", "has too many columns", fmt.Sprintf("at most %d", maxParquetColumns))
	}
	seen := map[string]bool{}
	for _, path := range paths {
		column, ok := file.Schema().Lookup(path...)
		if !ok {
			return parquetFault(errors.New("a column that the schema does not have"))
		}
		l := leaf{field: strings.Join(path, "."), typ: column.Node.Type()}
		rest := path[1:]
		switch {
		case len(rest) == 0 && column.Node.Repeated():
			l.role = listLeaf
		case slices.Equal(rest, []string{"list", "element"}), slices.Equal(rest, []string{"list", "item"}), slices.Equal(rest, []string{"bag", "array_element"}), slices.Equal(rest, []string{"array"}):
			l.field, l.role = path[0], listLeaf
		case slices.Equal(rest, []string{"key_value", "key"}):
			l.field, l.role = path[0], mapKey
		case slices.Equal(rest, []string{"key_value", "value"}):
			l.field, l.role = path[0], mapValue
		}
		if field, ok := p.renames[l.field]; ok {
			l.field = field
		}
		seen[l.field] = true
		p.leaves = append(p.leaves, l)
	}
	for source, field := range p.renames {
		if !seen[field] {
			return tactful.InvalidField("--map", fmt.Sprintf("names a column %q that the file does not have", source), "see its schema")
		}
	}
	p.buffer = make([]parquet.Row, parquetRows)
	return nil
}

func (p *parquetReader) next() (row, error) {
	for len(p.waiting) == 0 {
		if p.rows == nil {
			if len(p.groups) == 0 {
				return row{}, io.EOF
			}
			p.rows, p.groups = p.groups[0].Rows(), p.groups[1:]
		}
		n, err := p.rows.ReadRows(p.buffer)
		p.waiting = p.buffer[:n]
		if err != nil {
			closed := p.rows.Close()
			p.rows = nil
			if !errors.Is(err, io.EOF) {
				return row{}, parquetFault(err)
			}
			if closed != nil {
				return row{}, parquetFault(closed)
			}
		}
	}
	values := p.waiting[0]
	p.waiting = p.waiting[1:]
	p.line++
	return row{line: p.line, fields: p.fields(values)}, nil
}

func (p *parquetReader) fields(values parquet.Row) map[string]any {
	fields := map[string]any{}
	keys := map[string][]string{}
	for _, v := range values {
		at := v.Column()
		if at < 0 || at >= len(p.leaves) || v.IsNull() {
			continue
		}
		l := p.leaves[at]
		value := plainValue(l.typ, v)
		switch l.role {
		case plainLeaf:
			if value != "" {
				fields[l.field] = value
			}
		case listLeaf:
			list, _ := fields[l.field].([]any)
			fields[l.field] = append(list, value)
		case mapKey:
			keys[l.field] = append(keys[l.field], fmt.Sprint(value))
		case mapValue:
			object, _ := fields[l.field].(map[string]any)
			if object == nil {
				object = map[string]any{}
				fields[l.field] = object
			}
			if names := keys[l.field]; len(object) < len(names) {
				object[names[len(object)]] = value
			}
		}
	}
	return fields
}

// plainValue gives a value as a row of JSON lines would have it.
func plainValue(t parquet.Type, v parquet.Value) any {
	if logical := t.LogicalType(); logical != nil {
		whole := func() int64 {
			if v.Kind() == parquet.Int32 {
				return int64(v.Int32())
			}
			return v.Int64()
		}
		number := v.Kind() == parquet.Int32 || v.Kind() == parquet.Int64
		switch l := logical.Value.(type) {
		case *format.TimestampType:
			if number && l.Unit.Value != nil {
				return time.Unix(0, 0).Add(time.Duration(whole()) * l.Unit.Value.Duration()).UTC().Format(time.RFC3339Nano)
			}
		case *format.DateType:
			if number {
				return time.Unix(whole()*86_400, 0).UTC().Format(time.DateOnly)
			}
		case *format.DecimalType:
			if number && l.Scale >= 0 && l.Scale <= 18 {
				return json.Number(strconv.FormatFloat(float64(whole())/math.Pow10(int(l.Scale)), 'f', int(l.Scale), 64))
			}
		}
	}
	switch v.Kind() {
	case parquet.Boolean:
		return v.Boolean()
	case parquet.Int32:
		return json.Number(strconv.FormatInt(int64(v.Int32()), 10))
	case parquet.Int64:
		return json.Number(strconv.FormatInt(v.Int64(), 10))
	case parquet.Float:
		return json.Number(strconv.FormatFloat(float64(v.Float()), 'g', -1, 32))
	case parquet.Double:
		return json.Number(strconv.FormatFloat(v.Double(), 'g', -1, 64))
	default:
		return strings.TrimSpace(strings.ToValidUTF8(string(v.ByteArray()), "\ufffd"))
	}
}
