package records

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Review is what a human decided about a piece of copy. It holds for these very
// words: copy that is changed waits anew.
type Review struct {
	Print    [16]byte  `json:"-"` // of the words; the row's key
	Campaign string    `json:"campaign"`
	Creative string    `json:"creative"`
	Allowed  bool      `json:"allowed"`
	By       string    `json:"by"`
	Key      string    `json:"key,omitempty"` // that they came with
	Why      string    `json:"why"`
	Category string    `json:"category"` // what the reader had found
	Score    float64   `json:"score"`
	Time     time.Time `json:"time"`
}

var copyReviews = campaignPartition("reviews")

// MaxReviews bounds what is kept; the oldest make room.
const MaxReviews = 2000

// Reviews returns the decisions about copy, and the version of them all.
func (r *Records) Reviews(ctx context.Context) ([]Review, store.Version, error) {
	answers, err := r.data.Read(ctx, []store.Query{{Partition: copyReviews, Family: store.State}})
	if err != nil {
		return nil, 0, fmt.Errorf("read decisions about copy: %w", kindly(err))
	}
	all := make([]Review, 0, len(answers[0].Rows))
	for _, row := range answers[0].Rows {
		plain, err := r.vault.Tenant().Open(nil, copyReviews, store.State, row.Key, row.Value)
		var one Review
		if err == nil {
			err = json.Unmarshal(plain, &one)
		}
		if err == nil && len(row.Key) != len(one.Print) {
			err = errWire
		}
		if err != nil {
			return nil, 0, unreadable("decision about copy", err)
		}
		copy(one.Print[:], row.Key)
		all = append(all, one)
	}
	return all, answers[0].Version, nil
}

// WriteReview keeps a decision, in place of the one before about the same words,
// if nobody decided anything since; else Conflict.
func (r *Records) WriteReview(ctx context.Context, one Review, expect store.Version) error {
	plain, err := json.Marshal(one)
	if err != nil {
		return fmt.Errorf("write a decision about copy: %w", err)
	}
	all, version, err := r.Reviews(ctx)
	if err != nil {
		return err
	}
	if version != expect {
		return tactful.Errorf(tactful.Conflict, "somebody decided about copy in between")
	}
	b := store.Batch{Partition: copyReviews, Expect: expect, State: []store.Row{sealedRow(r.vault.Tenant(), copyReviews, store.State, one.Print[:], plain, time.Time{})}}
	if len(all) >= MaxReviews {
		oldest := all[0]
		for _, other := range all {
			if other.Time.Before(oldest.Time) {
				oldest = other
			}
		}
		if oldest.Print != one.Print {
			b.Delete = []store.FamilyKey{{Family: store.State, Key: oldest.Print[:]}}
		}
	}
	if _, err := r.write(ctx, b); err != nil {
		return fmt.Errorf("write a decision about copy: %w", err)
	}
	return nil
}

// String is the print as it is written in lists.
func (r *Review) String() string { return hex.EncodeToString(r.Print[:]) }
