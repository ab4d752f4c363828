package records

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
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

// ContributionChange replaces a subject's contribution; nil removes it.
type ContributionChange struct {
	Ref          tactful.Ref
	Expect       store.Version // Standing.Version as it was when the contribution was computed
	Contribution *Contribution
}

// WriteContributions applies changes with one write. Each change has its own
// fate: nil, a Conflict if the subject changed since, or NotFound if it is gone.
func (r *Records) WriteContributions(ctx context.Context, changes []ContributionChange) ([]error, error) {
	refs := make([]tactful.Ref, len(changes))
	for i, c := range changes {
		if c.Contribution != nil && !c.Contribution.ordered() {
			return nil, tactful.Errorf(tactful.Internal, "the items of a contribution do not ascend")
		}
		refs[i] = c.Ref
	}
	release := r.holds.hold(refs...)
	defer release()
	sealers, err := r.vault.Passing(ctx, refs)
	if err != nil {
		return nil, fmt.Errorf("write contributions: %w", err)
	}
	fates := make([]error, len(changes))
	var batches []store.Batch
	var places []int
	for i, c := range changes {
		if sealers[i] == nil || c.Expect == store.Absent || c.Expect == store.Blind {
			fates[i] = errNoSubject()
			continue
		}
		batch := store.Batch{Partition: subjectPartition(c.Ref), Expect: c.Expect}
		if c.Contribution == nil {
			batch.Delete = []store.FamilyKey{{Family: store.State, Key: contributionKey}}
		} else {
			plain := appendContribution(nil, c.Contribution)
			batch.State = []store.Row{sealedRow(sealers[i], batch.Partition, store.State, contributionKey, plain, time.Time{})}
		}
		batches, places = append(batches, batch), append(places, i)
	}
	results, err := r.data.Write(ctx, batches)
	if err != nil {
		return nil, fmt.Errorf("write contributions: %w", kindly(err))
	}
	for n, result := range results {
		fates[places[n]] = kindly(result.Err)
	}
	return fates, nil
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
