package records

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/store"
)

// WriteTold replaces what the lists of a week have told of somebody; it ends by
// itself at expires. Somebody else's change in between is a Conflict: another
// list may have told more, so decide again. Nothing is learned from it, so the
// learner is not told.
func (r *Records) WriteTold(ctx context.Context, ref tactful.Ref, expect store.Version, told *decision.Told, expires time.Time) error {
	if len(told.Items) > decision.MaxTold {
		return tactful.Errorf(tactful.Internal, "a week has too many items")
	}
	if expect == store.Absent || expect == store.Blind {
		return errNoSubject() // only Create makes subjects
	}
	release := r.holds.hold(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return fmt.Errorf("write what was told: %w", err)
	}
	p := subjectPartition(ref)
	_, err = r.write(ctx, store.Batch{Partition: p, Expect: expect, State: []store.Row{sealedRow(sealer, p, store.State, toldKey, appendTold(nil, told), expires)}})
	if err != nil {
		return fmt.Errorf("write what was told: %w", err)
	}
	return nil
}

func appendTold(dst []byte, t *decision.Told) []byte {
	dst = appendSigned(append(dst, wireVersion), int64(t.Week))
	dst = binary.AppendUvarint(dst, uint64(len(t.Items)))
	last := tactful.ItemNo(0)
	for _, no := range t.Items {
		dst = binary.AppendUvarint(dst, uint64(no-last))
		last = no
	}
	return dst
}

func decodeTold(plain []byte) (*decision.Told, error) {
	r := read(plain)
	week := r.signed()
	if week != int64(int32(week)) {
		r.fail()
	}
	t := &decision.Told{Week: int32(week)}
	n := r.count(1)
	if n > decision.MaxTold {
		r.fail()
		n = 0
	}
	last := uint64(0)
	for range n {
		step := r.uvarint()
		if step == 0 || step > 1<<32-1-last {
			r.fail()
			break
		}
		last += step
		t.Items = append(t.Items, tactful.ItemNo(last))
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return t, nil
}
