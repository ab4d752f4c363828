package records

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"

	"github.com/tactful/tactful"
)

// appendEvent writes an event. Times keep milliseconds.
func appendEvent(dst []byte, e *tactful.Event) []byte {
	dst = append(dst, wireVersion, byte(e.Action), byte(e.Provenance))
	dst = appendSigned(dst, int64(e.Quantity))
	dst = appendSigned(dst, e.Value)
	dst = appendTime(dst, e.Time)
	for _, s := range [...]string{e.MessageID, e.Item, e.Query, e.Order, e.Session, e.Source} {
		dst = appendText(dst, s)
	}
	return appendProperties(dst, e.Properties)
}

func appendProperties(dst []byte, properties map[string]string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(properties)))
	if len(properties) == 0 {
		return dst
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		dst = appendText(appendText(dst, name), properties[name])
	}
	return dst
}

// decodeEvent reads what appendEvent wrote. The event's texts are cut from plain.
func decodeEvent(plain string) (tactful.Event, error) {
	r := readText(plain)
	e := tactful.Event{
		Action:     tactful.Action(r.below(byte(tactful.Actions))),
		Provenance: tactful.Provenance(r.below(byte(tactful.Inferred) + 1)),
	}
	quantity := r.signed()
	if quantity < math.MinInt32 || quantity > math.MaxInt32 {
		r.fail()
	}
	e.Quantity, e.Value, e.Time = int32(quantity), r.signed(), r.time()
	for _, s := range [...]*string{&e.MessageID, &e.Item, &e.Query, &e.Order, &e.Session, &e.Source} {
		*s = r.text()
	}
	if n := r.count(2); n > 0 {
		e.Properties = make(map[string]string, n)
		last := ""
		for i := range n {
			name := r.text()
			if i > 0 && name <= last {
				r.fail()
			}
			e.Properties[name], last = r.text(), name
		}
	}
	if err := r.end(); err != nil {
		return tactful.Event{}, err
	}
	return e, nil
}
