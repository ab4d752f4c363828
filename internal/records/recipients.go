package records

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Limits of what recipients call a person.
const (
	MaxRecipients       = 64  // of one person
	MaxRecipientIDBytes = 128 // of one id
)

// RecipientIDs returns what recipients of a person's data call that person,
// where the business has told us: name of the recipient to id.
func (r *Records) RecipientIDs(ctx context.Context, ref tactful.Ref, now time.Time) (map[string]string, error) {
	ids, _, err := r.recipientIDs(ctx, ref, now)
	if err != nil {
		return nil, fmt.Errorf("read the ids at recipients: %w", err)
	}
	return ids, nil
}

func (r *Records) recipientIDs(ctx context.Context, ref tactful.Ref, now time.Time) (map[string]string, store.Version, error) {
	sealers, err := r.vault.Passing(ctx, []tactful.Ref{ref})
	if err != nil || sealers[0] == nil {
		return nil, 0, err
	}
	answers, err := r.data.Read(ctx, []store.Query{stateQuery(ref, recipientsKey, after(recipientsKey), now)})
	if err != nil {
		return nil, 0, kindly(err)
	}
	if len(answers[0].Rows) == 0 {
		return map[string]string{}, answers[0].Version, nil
	}
	plain, err := sealers[0].Open(nil, subjectPartition(ref), store.State, recipientsKey, answers[0].Rows[0].Value)
	if err != nil {
		return nil, 0, unreadable("list of recipients", err)
	}
	ids, err := decodeRecipients(plain)
	if err != nil {
		return nil, 0, unreadable("list of recipients", err)
	}
	return ids, answers[0].Version, nil
}

// SetRecipientID notes what a recipient calls a person; "" takes it back.
func (r *Records) SetRecipientID(ctx context.Context, ref tactful.Ref, recipient, id string, now time.Time) error {
	if len(recipient) == 0 || len(recipient) > MaxRecipientIDBytes || len(id) > MaxRecipientIDBytes {
		return tactful.InvalidField("id", "is too long", fmt.Sprintf("send at most %d bytes", MaxRecipientIDBytes))
	}
	release := r.holds.hold(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return fmt.Errorf("note an id at a recipient: %w", err)
	}
	return retry("note an id at a recipient", func() error {
		ids, version, err := r.recipientIDs(ctx, ref, now)
		switch {
		case err != nil:
			return err
		case version == store.Absent:
			return errNoSubject()
		case ids[recipient] == id:
			return nil
		case id == "":
			delete(ids, recipient)
		case len(ids) >= MaxRecipients && ids[recipient] == "":
			return tactful.Errorf(tactful.Refused, "this person has ids at %d recipients already", len(ids))
		default:
			ids[recipient] = id
		}
		p := subjectPartition(ref)
		batch := store.Batch{Partition: p, Expect: version}
		if len(ids) == 0 {
			batch.Delete = []store.FamilyKey{{Family: store.State, Key: recipientsKey}}
		} else {
			batch.State = []store.Row{sealedRow(sealer, p, store.State, recipientsKey, appendRecipients(nil, ids), time.Time{})}
		}
		_, err = r.write(ctx, batch)
		return err
	})
}

func appendRecipients(dst []byte, ids map[string]string) []byte {
	dst = binary.AppendUvarint(append(dst, wireVersion), uint64(len(ids)))
	for _, name := range slices.Sorted(maps.Keys(ids)) {
		dst = appendText(appendText(dst, name), ids[name])
	}
	return dst
}

func decodeRecipients(plain []byte) (map[string]string, error) {
	r := read(plain)
	n := r.count(2)
	ids := make(map[string]string, n)
	last := ""
	for i := range n {
		name := r.text()
		if i > 0 && name <= last {
			r.fail()
		}
		ids[name], last = r.text(), name
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return ids, nil
}
