package records

import (
	"encoding/binary"
	"math"

	"github.com/tactful/tactful"
)

// Contribution is what the learned sums hold of one person, stored so that
// forgetting subtracts exactly what was added.
type Contribution struct {
	Epoch  uint32 // of the parameters it was computed under
	Weight int64
	Items  []ContributionItem // by ascending number
}

// ContributionItem is one item of a contribution.
type ContributionItem struct {
	No       tactful.ItemNo
	Quantity int64
}

func appendContribution(dst []byte, c *Contribution) []byte {
	dst = binary.AppendUvarint(append(dst, wireVersion), uint64(c.Epoch))
	dst = binary.AppendUvarint(appendSigned(dst, c.Weight), uint64(len(c.Items)))
	last := tactful.ItemNo(0)
	for _, item := range c.Items {
		dst = appendSigned(binary.AppendUvarint(dst, uint64(item.No-last)), item.Quantity)
		last = item.No
	}
	return dst
}

func decodeContribution(plain []byte) (*Contribution, error) {
	r := read(plain)
	epoch := r.uvarint()
	if epoch > math.MaxUint32 {
		r.fail()
	}
	c := &Contribution{Epoch: uint32(epoch), Weight: r.signed()}
	if n := r.count(2); n > 0 {
		c.Items = make([]ContributionItem, n)
		last := uint64(0)
		for i := range c.Items {
			step := r.uvarint()
			if step == 0 || step > math.MaxUint32-last { // ascending, and 0 is no item
				r.fail()
			}
			last += step
			c.Items[i] = ContributionItem{No: tactful.ItemNo(last), Quantity: r.signed()}
		}
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return c, nil
}

// ordered reports whether the items ascend, as the encoding needs.
func (c *Contribution) ordered() bool {
	last := tactful.ItemNo(0)
	for _, item := range c.Items {
		if item.No <= last {
			return false
		}
		last = item.No
	}
	return true
}
