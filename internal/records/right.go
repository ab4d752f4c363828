package records

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Said is one thing that was said in a request for a right: by the person what
// they want, by an operator what the answer is. It is sealed under the person's
// key, in their partition, and ends with it.
type Said struct {
	Case   CaseID
	Entry  [8]byte // zero: what opened the request
	Time   time.Time
	By     string // who said it: "person", or an operator's name
	Text   string // in words
	Detail string // what exactly is asked, as package rights writes it
}

const rightKeyLen = 1 + 16 + 8

// AppendSaid stores what was said, durably, once.
func (r *Records) AppendSaid(ctx context.Context, ref tactful.Ref, s *Said, now time.Time) error {
	release := r.holds.hold(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return fmt.Errorf("append to a request: %w", err)
	}
	p := subjectPartition(ref)
	key := append(append([]byte{rightType}, s.Case[:]...), s.Entry[:]...)
	if err := r.blind(ctx, p, sealedRow(sealer, p, store.Log, key, appendSaid(nil, s), time.Time{})); err != nil {
		return fmt.Errorf("append to a request: %w", err)
	}
	return nil
}

// NewEntry draws the name of something said later than the opening.
func (r *Records) NewEntry() (entry [8]byte, err error) { return entry, r.draw(entry[:]) }

// AllSaid returns everything said in a person's requests.
func (r *Records) AllSaid(ctx context.Context, ref tactful.Ref, now time.Time) ([]Said, error) {
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("read requests: %w", err)
	}
	p := subjectPartition(ref)
	query := logQuery(p, rightType, 0, now)
	query.Reverse = false
	answers, err := r.data.Read(ctx, []store.Query{query})
	if err != nil {
		return nil, fmt.Errorf("read requests: %w", kindly(err))
	}
	out := make([]Said, 0, len(answers[0].Rows))
	for _, row := range answers[0].Rows {
		if len(row.Key) != rightKeyLen {
			return nil, unreadable("request", errWire)
		}
		plain, err := sealer.Open(nil, p, store.Log, row.Key, row.Value)
		if err != nil {
			return nil, unreadable("request", err)
		}
		s, err := decodeSaid(plain)
		if err != nil {
			return nil, unreadable("request", err)
		}
		s.Case, s.Entry = CaseID(row.Key[1:17]), [8]byte(row.Key[17:])
		out = append(out, s)
	}
	return out, nil
}

func appendSaid(dst []byte, s *Said) []byte {
	dst = appendTime(append(dst, wireVersion), s.Time)
	return appendText(appendText(appendText(dst, s.By), s.Text), s.Detail)
}

func decodeSaid(plain []byte) (Said, error) {
	r := read(plain)
	s := Said{Time: r.time(), By: r.text(), Text: r.text(), Detail: r.text()}
	if err := r.end(); err != nil {
		return Said{}, err
	}
	return s, nil
}

// Names counts the external ids of a subject. What they are is not known: they
// are kept as seals.
func (r *Records) Names(ctx context.Context, ref tactful.Ref, now time.Time) (int, error) {
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return 0, fmt.Errorf("count names: %w", err)
	}
	answers, err := r.data.Read(ctx, []store.Query{stateQuery(ref, aliasesKey, after(aliasesKey), now)})
	if err != nil {
		return 0, fmt.Errorf("count names: %w", kindly(err))
	}
	ids, err := openAliases(sealer, ref, answers[0])
	return len(ids), err
}

// Opened is one row of a subject as it is kept, opened.
type Opened struct {
	Family store.Family
	Key    []byte
	Plain  []byte
}

// OpenRows returns every row of a subject, opened, in the order of their keys:
// what an access copy must account for.
func (r *Records) OpenRows(ctx context.Context, ref tactful.Ref, now time.Time) ([]Opened, error) {
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("open rows: %w", err)
	}
	p := subjectPartition(ref)
	families := [...]store.Family{store.State, store.Log}
	answers, err := r.data.Read(ctx, []store.Query{{Partition: p, Family: store.State, Now: now}, {Partition: p, Family: store.Log, Now: now}})
	if err != nil {
		return nil, fmt.Errorf("open rows: %w", kindly(err))
	}
	var out []Opened
	for i, answer := range answers {
		for _, row := range answer.Rows {
			plain, err := sealer.Open(nil, p, families[i], row.Key, row.Value)
			if err != nil {
				return nil, unreadable("row of a subject", err)
			}
			out = append(out, Opened{Family: families[i], Key: row.Key, Plain: plain})
		}
	}
	return out, nil
}

// Typed reports whether a row is of a kind that the readers of this package
// give out in words.
func (o *Opened) Typed() bool {
	if o.Family == store.State {
		return len(o.Key) == 1 && o.Key[0] >= standingKey[0] && o.Key[0] <= panelKey[0] || bytes.Equal(o.Key, preferencesKey) || bytes.Equal(o.Key, showingsKey) || bytes.Equal(o.Key, visitsKey) || bytes.Equal(o.Key, joinedKey)
	}
	switch o.Key[0] {
	case consentType, eventType, feedbackType, receiptType, rightType, lookType, nonceType, exposureType:
		return true
	}
	return false
}
