package records

import (
	"bytes"
	"math"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// Deeds is the memory into which a history is read for decisions, again and
// again. Of each event it takes what a decision needs; no text of it is kept.
// The zero value with a Number is ready.
type Deeds struct {
	// Number returns an item's number in the catalogue, 0 if it never had one. It
	// must not keep the id.
	Number func(id []byte) tactful.ItemNo

	list  []decision.Deed
	most  int // the longest it was since Forget
	plain []byte
}

const maxRemembered = 1024 // deeds; what grew larger is let go

// Forget wipes what was read of a person, so that nothing of it stays in
// memory from one decision to the next.
func (d *Deeds) Forget() {
	d.Number = nil
	if cap(d.list) > maxRemembered {
		*d = Deeds{}
		return
	}
	clear(d.list[:d.most])
	clear(d.plain[:cap(d.plain)]) // one event at a time: it is small
	d.list, d.plain, d.most = d.list[:0], d.plain[:0], 0
}

// open reads rows that come by day, the newest first, in order of time.
func (d *Deeds) open(sealer *vault.Sealer, p store.Partition, rows []store.Row) error {
	d.list = slices.Grow(d.list[:0], len(rows))
	for _, row := range rows {
		if len(row.Key) != eventKeyLen {
			return unreadable("event", errWire)
		}
		var err error
		if d.plain, err = sealer.Open(d.plain[:0], p, store.Log, row.Key, row.Value); err != nil {
			return unreadable("event", err)
		}
		deed, err := decodeDeed(d.plain, d.Number)
		if err != nil {
			return unreadable("event", err)
		}
		if deed.Action != tactful.ActionUnknown { // else the person removed it
			deed.Key = decision.EventKey(row.Key[1:])
			d.list = append(d.list, deed)
			d.most = max(d.most, len(d.list))
		}
	}
	for from := 0; from < len(d.list); {
		to := from + 1
		for to < len(d.list) && [2]byte(d.list[to].Key[:2]) == [2]byte(d.list[from].Key[:2]) {
			to++
		}
		if to-from > 1 {
			slices.SortFunc(d.list[from:to], func(a, b decision.Deed) int {
				if c := b.Time.Compare(a.Time); c != 0 {
					return c
				}
				return bytes.Compare(b.Key[:], a.Key[:])
			})
		}
		from = to
	}
	return nil
}

// decodeDeed reads of an event what a decision needs. It accepts the rows that
// decodeEvent accepts and no others.
func decodeDeed(plain []byte, number func([]byte) tactful.ItemNo) (decision.Deed, error) {
	r := begin(plain)
	d := decision.Deed{
		Action:     tactful.Action(r.below(byte(tactful.Actions))),
		Provenance: tactful.Provenance(r.below(byte(tactful.Inferred) + 1)),
	}
	if quantity := r.signed(); quantity < math.MinInt32 || quantity > math.MaxInt32 {
		r.fail()
	}
	_ = r.signed() // value
	d.Time = r.time()
	_ = r.text() // message id
	item := r.text()
	for range 4 { // query, order, session, source
		_ = r.text()
	}
	var last []byte
	for i := range r.count(2) {
		name := r.text()
		if i > 0 && bytes.Compare(name, last) <= 0 {
			r.fail()
		}
		_, last = r.text(), name
	}
	if err := r.end(); err != nil {
		return decision.Deed{}, err
	}
	if len(item) > 0 {
		d.No = number(item)
	}
	return d, nil
}
