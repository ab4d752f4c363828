package linear

import (
	"encoding/binary"
	"slices"

	"github.com/tactful/tactful"
)

// Contribution is everything one person adds to the sums: a pure function of
// the person's live events and one immutable Parameters row. It is stored as it
// was added, so that forgetting takes away exactly what was given and never a
// recomputation. The zero value contributes nothing.
type Contribution struct {
	Epoch  uint32  // Parameters.ID it was made under
	Weight int64   // the person's weight, in units of Parameters.Scale
	Items  []Entry // ascending by No, no zero quantities
}

// Entry is one item of a Contribution. A negative quantity speaks against the item.
type Entry struct {
	No       tactful.ItemNo
	Quantity int64 // in units of Parameters.Unit
}

// Bounds that keep every sum inside int64 and every table inside memory.
const (
	MaxItemNo   = 1 << 24 // item numbers above are refused
	MaxEntries  = 4096    // items of one person
	MaxWeight   = 1 << 30
	MaxQuantity = 1 << 20 // of either sign
)

// Empty reports whether the contribution changes nothing.
func (c *Contribution) Empty() bool { return c == nil || len(c.Items) == 0 || c.Weight == 0 }

// Equal reports whether two contributions add the same to the sums under the same epoch.
func (c *Contribution) Equal(d *Contribution) bool {
	if c.Empty() || d.Empty() {
		return c.Empty() && d.Empty()
	}
	return c.Epoch == d.Epoch && c.Weight == d.Weight && slices.Equal(c.Items, d.Items)
}

// Validate refuses a contribution that the sums could not hold or take away again.
func (c *Contribution) Validate() error {
	switch {
	case c.Weight < 0 || c.Weight > MaxWeight:
		return tactful.InvalidField("weight", "is outside its bounds", "make the contribution again from the events")
	case len(c.Items) > MaxEntries:
		return tactful.InvalidField("items", "has too many entries", "keep the newest items only")
	}
	var before tactful.ItemNo
	for _, e := range c.Items {
		switch {
		case e.No <= before:
			return tactful.InvalidField("items", "are not ascending by number", "sort them and join duplicates")
		case e.No > MaxItemNo:
			return tactful.InvalidField("items", "has a number beyond the largest allowed", "number items densely")
		case e.Quantity == 0 || e.Quantity > MaxQuantity || e.Quantity < -MaxQuantity:
			return tactful.InvalidField("items", "has a quantity outside its bounds", "leave out zeros and cap the rest")
		}
		before = e.No
	}
	return nil
}

// AppendBinary appends the stored form: varints of epoch, weight, count, then
// the step to the next number and the quantity of each item.
func (c *Contribution) AppendBinary(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(c.Epoch))
	dst = binary.AppendVarint(dst, c.Weight)
	dst = binary.AppendUvarint(dst, uint64(len(c.Items)))
	var before tactful.ItemNo
	for _, e := range c.Items {
		dst = binary.AppendUvarint(dst, uint64(e.No-before))
		dst = binary.AppendVarint(dst, e.Quantity)
		before = e.No
	}
	return dst
}

// DecodeContribution reads what AppendBinary wrote and refuses everything else.
func DecodeContribution(b []byte) (*Contribution, error) {
	r := varintReader{rest: b}
	epoch := r.unsigned()
	c := &Contribution{Epoch: uint32(epoch), Weight: r.signed()}
	n := r.unsigned()
	if r.bad || epoch > 1<<32-1 || n > MaxEntries || n > uint64(len(r.rest)) {
		return nil, errContribution()
	}
	if n > 0 {
		c.Items = make([]Entry, n)
	}
	var no uint64
	for i := range c.Items {
		no += min(r.unsigned(), 2*MaxItemNo) // a sum of MaxEntries of these cannot wrap
		c.Items[i] = Entry{No: tactful.ItemNo(min(no, MaxItemNo+1)), Quantity: r.signed()}
	}
	if r.bad || len(r.rest) > 0 || c.Validate() != nil {
		return nil, errContribution()
	}
	return c, nil
}

func errContribution() error {
	return &tactful.Error{Kind: tactful.Internal, Detail: "a stored contribution cannot be read",
		Remedy: "rebuild the contributions from the events"}
}

// varintReader reads varints and remembers the first fault. It refuses padded
// encodings, so that one contribution has one stored form.
type varintReader struct {
	rest []byte
	bad  bool
}

func (r *varintReader) unsigned() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || n > 1 && r.rest[n-1] == 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *varintReader) signed() int64 {
	u := r.unsigned()
	v := int64(u >> 1)
	if u&1 != 0 {
		v = ^v
	}
	return v
}
