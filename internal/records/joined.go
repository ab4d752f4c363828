package records

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// MaxJoined is how many histories are ever joined into one person's.
const MaxJoined = 16

// Joined says that a second history of a person was joined to theirs.
type Joined struct {
	No   uint64      // of the merge
	Ref  tactful.Ref // under which the history lay; its key is kept until the person is erased
	Time time.Time
}

// Joined returns the histories that were joined into this one, the oldest first;
// none where there is no such subject.
func (r *Records) Joined(ctx context.Context, ref tactful.Ref, now time.Time) ([]Joined, error) {
	sealers, err := r.vault.Passing(ctx, []tactful.Ref{ref})
	if err != nil || sealers[0] == nil {
		return nil, err
	}
	answers, err := r.data.Read(ctx, []store.Query{stateQuery(ref, joinedKey, after(joinedKey), now)})
	if err != nil {
		return nil, fmt.Errorf("read what was joined: %w", kindly(err))
	}
	if len(answers[0].Rows) == 0 {
		return nil, nil
	}
	return openJoined(sealers[0], ref, answers[0].Rows[0])
}

func openJoined(sealer *vault.Sealer, ref tactful.Ref, row store.Row) ([]Joined, error) {
	plain, err := sealer.Open(nil, subjectPartition(ref), store.State, joinedKey, row.Value)
	var list []Joined
	if err == nil {
		list, err = decodeJoined(plain)
	}
	if err != nil {
		return nil, unreadable("list of joined histories", err)
	}
	return list, nil
}

func appendJoined(dst []byte, list []Joined) []byte {
	dst = binary.AppendUvarint(append(dst, wireVersion), uint64(len(list)))
	for _, j := range list {
		dst = appendTime(append(binary.AppendUvarint(dst, j.No), j.Ref[:]...), j.Time)
	}
	return dst
}

func decodeJoined(plain []byte) ([]Joined, error) {
	r := read(plain)
	list := make([]Joined, r.count(18))
	for i := range list {
		list[i].No = r.uvarint()
		copy(list[i].Ref[:], r.take(16))
		list[i].Time = r.time()
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return list, nil
}

// What a joined history had added to the sums of the model lies here until the
// learner has taken it out of them; the person's own contribution, made anew,
// holds the events of both.

// Inherited returns what is still to be taken out for a subject, and the version
// that Disinherit must expect.
func (r *Records) Inherited(ctx context.Context, ref tactful.Ref, now time.Time) ([]*linear.Contribution, store.Version, error) {
	sealers, err := r.vault.Passing(ctx, []tactful.Ref{ref})
	if err != nil || sealers[0] == nil {
		return nil, 0, err
	}
	answers, err := r.data.Read(ctx, []store.Query{stateQuery(ref, inheritedKey, after(inheritedKey), now)})
	if err != nil {
		return nil, 0, fmt.Errorf("read what is to be taken out of the sums: %w", kindly(err))
	}
	if len(answers[0].Rows) == 0 {
		return nil, answers[0].Version, nil
	}
	list, err := openInherited(sealers[0], ref, answers[0].Rows[0])
	return list, answers[0].Version, err
}

// Disinherit notes that it was taken out.
func (r *Records) Disinherit(ctx context.Context, ref tactful.Ref, expect store.Version) error {
	release := r.holds.hold(ref)
	defer release()
	_, err := r.write(ctx, store.Batch{Partition: subjectPartition(ref), Expect: expect, Delete: []store.FamilyKey{{Family: store.State, Key: inheritedKey}}})
	if err != nil {
		return fmt.Errorf("note what was taken out of the sums: %w", err)
	}
	return nil
}

func openInherited(sealer *vault.Sealer, ref tactful.Ref, row store.Row) ([]*linear.Contribution, error) {
	plain, err := sealer.Open(nil, subjectPartition(ref), store.State, inheritedKey, row.Value)
	var list []*linear.Contribution
	if err == nil {
		list, err = decodeInherited(plain)
	}
	if err != nil {
		return nil, unreadable("contribution", err)
	}
	return list, nil
}

func appendInherited(dst []byte, list []*linear.Contribution) []byte {
	dst = binary.AppendUvarint(append(dst, wireVersion), uint64(len(list)))
	for _, c := range list {
		body := c.AppendBinary(nil)
		dst = append(binary.AppendUvarint(dst, uint64(len(body))), body...)
	}
	return dst
}

func decodeInherited(plain []byte) ([]*linear.Contribution, error) {
	r := read(plain)
	list := make([]*linear.Contribution, r.count(1))
	for i := range list {
		body := r.text()
		if r.bad {
			return nil, errWire
		}
		var err error
		if list[i], err = linear.DecodeContribution([]byte(body)); err != nil {
			return nil, err
		}
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return list, nil
}
