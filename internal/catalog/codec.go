package catalog

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful"
)

// The row format, version 1: version, flags, id, and unless deleted: title,
// url, image, categories, price, currency, availability, group, attributes by
// key, labels, valid from, valid until, regions and, if flagged, stock. Strings and lists carry their
// length as a uvarint; a time is a flag and Unix seconds and nanoseconds.
const (
	codecVersion = 1
	flagDeleted  = 1
	flagCounted  = 2 // with the stock at the end
)

// row is what a stored row says.
type row struct {
	deleted bool
	item    tactful.Item // only ID when deleted; No is not part of a row
}

var errRow = tactful.Errorf(tactful.Internal, "a stored item cannot be read")

func encodeItem(dst []byte, it *tactful.Item) []byte {
	flags := byte(0)
	if it.Stock != nil {
		flags = flagCounted
	}
	dst = append(dst, codecVersion, flags)
	dst = appendString(dst, it.ID)
	dst = appendString(dst, it.Title)
	dst = appendString(dst, it.URL)
	dst = appendString(dst, it.Image)
	dst = appendStrings(dst, it.Categories)
	dst = binary.AppendVarint(dst, it.Price)
	dst = appendString(dst, it.Currency)
	dst = append(dst, byte(it.Availability))
	dst = appendString(dst, it.Group)
	dst = binary.AppendUvarint(dst, uint64(len(it.Attributes)))
	for _, key := range slices.Sorted(maps.Keys(it.Attributes)) {
		dst = appendString(dst, key)
		dst = appendString(dst, it.Attributes[key])
	}
	dst = appendStrings(dst, it.Labels)
	dst = appendTime(dst, it.ValidFrom)
	dst = appendTime(dst, it.ValidUntil)
	dst = appendStrings(dst, it.Regions)
	if it.Stock != nil {
		dst = binary.AppendVarint(dst, *it.Stock)
	}
	return dst
}

func encodeTombstone(dst []byte, id string) []byte {
	return appendString(append(dst, codecVersion, flagDeleted), id)
}

// decodeItem reads a row; it never trusts a length it has not compared with
// what is left. Nothing of the input is kept.
func decodeItem(b []byte) (row, error) {
	if len(b) < 2 || b[0] != codecVersion || b[1] > flagCounted {
		return row{}, errRow
	}
	r := row{deleted: b[1] == flagDeleted}
	d := reader{rest: b[2:]}
	it := &r.item
	it.ID = d.text()
	if !r.deleted {
		it.Title = d.text()
		it.URL = d.text()
		it.Image = d.text()
		it.Categories = d.texts()
		it.Price = d.varint()
		it.Currency = d.text()
		it.Availability = tactful.Availability(d.byte())
		it.Group = d.text()
		if n := d.count(2); n > 0 {
			it.Attributes = make(map[string]string, n)
			for range n {
				key := d.text()
				it.Attributes[key] = d.text()
			}
			d.bad = d.bad || len(it.Attributes) != n
		}
		it.Labels = d.texts()
		it.ValidFrom = d.time()
		it.ValidUntil = d.time()
		it.Regions = d.texts()
		if b[1] == flagCounted {
			n := d.varint()
			it.Stock, d.bad = &n, d.bad || n < 0
		}
	}
	if d.bad || len(d.rest) > 0 || it.ID == "" || it.Availability > tactful.Discontinued {
		return row{}, errRow
	}
	return r, nil
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendStrings(dst []byte, list []string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(list)))
	for _, s := range list {
		dst = appendString(dst, s)
	}
	return dst
}

func appendTime(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(dst, 0)
	}
	dst = binary.AppendVarint(append(dst, 1), t.Unix())
	return binary.AppendUvarint(dst, uint64(t.Nanosecond()))
}

// reader takes fields off the front; after the first fault it only gives zeros.
type reader struct {
	rest []byte
	bad  bool
}

func (d *reader) fail() { d.bad, d.rest = true, nil }

func (d *reader) byte() byte {
	if len(d.rest) == 0 {
		d.fail()
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

func (d *reader) varint() int64 {
	v, n := binary.Varint(d.rest)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *reader) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// count reads the length of a list whose entries take at least size bytes each.
func (d *reader) count(size int) int {
	n := d.uvarint()
	if n > uint64(len(d.rest)/size) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *reader) text() string {
	n := d.count(1)
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	return s
}

func (d *reader) texts() []string {
	n := d.count(1)
	if n == 0 {
		return nil
	}
	list := make([]string, 0, n)
	for range n {
		list = append(list, d.text())
	}
	return list
}

func (d *reader) time() time.Time {
	switch d.byte() {
	case 0:
		return time.Time{}
	case 1:
		seconds, nanos := d.varint(), d.uvarint()
		if nanos < 1_000_000_000 && seconds >= minSeconds && seconds <= maxSeconds {
			return time.Unix(seconds, int64(nanos)).UTC()
		}
	}
	d.fail()
	return time.Time{}
}

// The years 1 to 9999, which every format we speak can write.
var (
	minSeconds = time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC).Unix()
	maxSeconds = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
)
