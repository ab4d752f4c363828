package records

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/store"
)

// ContributionChange replaces a subject's contribution; nil removes it.
type ContributionChange struct {
	Ref          tactful.Ref
	Expect       store.Version // Standing.Version as it was when the contribution was computed
	Contribution *linear.Contribution
}

// WriteContributions applies changes with one write. Each change has its own
// fate: nil, a Conflict if the subject changed since, or NotFound if it is gone.
func (r *Records) WriteContributions(ctx context.Context, changes []ContributionChange) ([]error, error) {
	refs := make([]tactful.Ref, len(changes))
	for i, c := range changes {
		if c.Contribution != nil {
			if err := c.Contribution.Validate(); err != nil {
				return nil, fmt.Errorf("write contributions: %w", err)
			}
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

func appendContribution(dst []byte, c *linear.Contribution) []byte {
	return c.AppendBinary(append(dst, wireVersion))
}

func decodeContribution(plain []byte) (*linear.Contribution, error) {
	if len(plain) == 0 || plain[0] != wireVersion {
		return nil, errWire
	}
	return linear.DecodeContribution(plain[1:])
}
