package retail

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// Shopper is one customer of the data with their orders, oldest first. The
// data knows customers by number only.
type Shopper struct {
	Number uint32
	Orders []Order
}

// Order is one invoice of one shopper.
type Order struct {
	Number uint32
	Minute uint32 // since 2010-12-01 00:00
	Kind   OrderKind
	Lines  []Line
}

// OrderKind tells a purchase from a cancellation (invoice number C...).
type OrderKind uint8

// Kinds of order.
const (
	Purchase OrderKind = iota
	Cancellation
)

// Line is one row of an invoice.
type Line struct {
	Item     uint32 // index into the items, by code
	Quantity uint32
	Pence    uint32 // unit price; 0 is unknown
}

const (
	magic       = "tactful retail 1\n"
	maxUnpacked = 64 << 20
)

// The columns of the packed form, in this order. Like values stand together,
// which is what makes them small.
const (
	colShopper  = iota // number, as the difference to the one before
	colOrders          // orders of the shopper
	colOrder           // number, as the zigzag difference to the one before
	colMinute          // as the zigzag difference to the one before
	colKind            // OrderKind
	colLines           // lines of the order
	colItem            // item index
	colQuantity        //
	colPence           //
	columns
)

// Pack writes shoppers, sorted by number, as compressed columns of varints.
func Pack(shoppers []Shopper) ([]byte, error) {
	var col [columns][]byte
	put := func(c int, v uint64) { col[c] = binary.AppendUvarint(col[c], v) }
	var number, order, minute uint32
	for _, s := range shoppers {
		put(colShopper, uint64(s.Number-number))
		put(colOrders, uint64(len(s.Orders)))
		number = s.Number
		for _, o := range s.Orders {
			col[colOrder] = binary.AppendVarint(col[colOrder], int64(o.Number)-int64(order))
			col[colMinute] = binary.AppendVarint(col[colMinute], int64(o.Minute)-int64(minute))
			order, minute = o.Number, o.Minute
			put(colKind, uint64(o.Kind))
			put(colLines, uint64(len(o.Lines)))
			for _, l := range o.Lines {
				put(colItem, uint64(l.Item))
				put(colQuantity, uint64(l.Quantity))
				put(colPence, uint64(l.Pence))
			}
		}
	}
	plain := binary.AppendUvarint(nil, uint64(len(shoppers)))
	for _, c := range col {
		plain = binary.AppendUvarint(plain, uint64(len(c)))
		plain = append(plain, c...)
	}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("prepare the compressor: %w", err)
	}
	return enc.EncodeAll(plain, []byte(magic)), nil
}

// Unpack reads what Pack wrote. items is how many items the lines may name.
// Damaged bytes give an error, never a part of the data.
func Unpack(packed []byte, items int) ([]Shopper, error) {
	body, ok := bytes.CutPrefix(packed, []byte(magic))
	if !ok {
		return nil, fmt.Errorf("unpack purchases: this is not a packed retail file")
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxUnpacked), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("prepare the decompressor: %w", err)
	}
	defer dec.Close()
	plain, err := dec.DecodeAll(body, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack purchases: %w", err)
	}
	r := reader{rest: plain}
	count := r.uvarint()
	var col [columns]reader
	for c := range col {
		col[c].rest = r.cut(r.uvarint())
	}
	if r.bad || len(r.rest) != 0 || count > uint64(len(plain)) {
		return nil, fmt.Errorf("unpack purchases: the columns are damaged")
	}
	shoppers := readShoppers(&col, count, uint64(items))
	for c := range col {
		if col[c].bad || len(col[c].rest) != 0 {
			return nil, fmt.Errorf("unpack purchases: column %d is damaged", c)
		}
	}
	return shoppers, nil
}

// readShoppers takes the columns apart. A fault marks its column; the caller looks.
func readShoppers(col *[columns]reader, count, items uint64) []Shopper {
	shoppers := make([]Shopper, 0, count)
	var number, order, minute uint32
	for range count {
		number += uint32(col[colShopper].uvarint())
		s := Shopper{Number: number}
		for range col[colOrders].count(&col[colKind]) {
			order += uint32(col[colOrder].varint())
			minute += uint32(col[colMinute].varint())
			o := Order{Number: order, Minute: minute, Kind: OrderKind(col[colKind].below(uint64(Cancellation) + 1))}
			lines := col[colLines].count(&col[colItem])
			o.Lines = make([]Line, 0, lines)
			for range lines {
				o.Lines = append(o.Lines, Line{
					Item:     uint32(col[colItem].below(items)),
					Quantity: uint32(col[colQuantity].below(1 << 31)),
					Pence:    uint32(col[colPence].below(1 << 31)),
				})
			}
			s.Orders = append(s.Orders, o)
		}
		shoppers = append(shoppers, s)
	}
	return shoppers
}

// reader takes varints off a column; after the first fault it gives zeros.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// below reads a value that must be smaller than limit.
func (r *reader) below(limit uint64) uint64 {
	v := r.uvarint()
	if v >= limit {
		r.bad = true
		return 0
	}
	return v
}

// count reads how many entries of another column follow; each takes at least a
// byte there, so that a damaged count cannot ask for more memory than the file.
func (r *reader) count(of *reader) uint64 {
	v := r.uvarint()
	if v > uint64(len(of.rest)) {
		r.bad = true
		return 0
	}
	return v
}

func (r *reader) cut(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	head := r.rest[:n]
	r.rest = r.rest[n:]
	return head
}
