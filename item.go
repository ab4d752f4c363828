package tactful

import "time"

// ItemNo is an item's stable number, given once by the catalogue in order of
// first listing and never reused. Models, evidence and contributions speak of
// numbers, so that no product code stands in their files. 0 means no item.
type ItemNo uint32

// Item is one thing that can be recommended.
type Item struct {
	ID           string            // the business's code, 1..128 bytes
	No           ItemNo            // set by the catalogue, ignored on input
	Title        string            // 1..512 bytes of plain text
	URL          string            // absolute or path, "" if none
	Image        string            // absolute or path, "" if none
	Categories   []string          // most general first; at most 16
	Price        int64             // in hundredths of Currency; -1 unknown
	Currency     string            // ISO 4217, "" if unknown
	Availability Availability      // zero value: unknown, shown unless filtered
	Stock        *int64            // pieces that are left; nil: not counted
	Group        string            // variants of one product share a group
	Attributes   map[string]string // at most 64; operator's own
	Labels       []string          // declared sensitivity and harm labels
	ValidFrom    time.Time         // zero: always
	ValidUntil   time.Time         // zero: for ever
	Regions      []string          // ISO 3166 codes; empty: everywhere
}

// Availability says whether an item can be had.
type Availability uint8

// Availability values; the zero value is unknown.
const (
	AvailabilityUnknown Availability = iota
	InStock
	OutOfStock
	Preorder
	Discontinued
)

var availabilityNames = [...]string{"unknown", "in_stock", "out_of_stock", "preorder", "discontinued"}

// String returns the wire word.
func (a Availability) String() string {
	if int(a) < len(availabilityNames) {
		return availabilityNames[a]
	}
	return availabilityNames[0]
}

// ParseAvailability reads a wire word; "" is unknown.
func ParseAvailability(word string) (Availability, bool) {
	if word == "" {
		return AvailabilityUnknown, true
	}
	for i, name := range availabilityNames {
		if name == word {
			return Availability(i), true
		}
	}
	return AvailabilityUnknown, false
}

// Shown reports whether the item may be shown at all at the given time: it can
// be had and is inside its validity. Region is checked where the request is known.
func (it *Item) Shown(now time.Time) bool {
	if it.Availability == OutOfStock || it.Availability == Discontinued {
		return false
	}
	if it.Stock != nil && *it.Stock == 0 && it.Availability != Preorder {
		return false
	}
	if !it.ValidFrom.IsZero() && now.Before(it.ValidFrom) {
		return false
	}
	return it.ValidUntil.IsZero() || now.Before(it.ValidUntil)
}
