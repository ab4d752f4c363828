package records

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// CaseID names a request for a right. It is random and says nothing.
type CaseID [16]byte

// String is the id as it is written outside.
func (id CaseID) String() string { return hex.EncodeToString(id[:]) }

// ParseCaseID reads what String wrote; anything else is NotFound.
func ParseCaseID(text string) (id CaseID, err error) {
	if len(text) != 2*len(id) {
		return id, errNoCase()
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil || id.String() != text {
		return CaseID{}, errNoCase()
	}
	return id, nil
}

func errNoCase() error { return tactful.Errorf(tactful.NotFound, "there is no such request") }

// Case is one request as the business works on it. It is sealed under the
// tenant key and holds no name and no word of the person: those are under their
// own key, and end with it.
type Case struct {
	ID      CaseID
	Version store.Version // not stored in the row
	Ref     tactful.Ref   // whose; zero once the person is erased
	Body    []byte        // as package rights writes it
}

var caseKey = []byte{1}

func casePartition(id CaseID) store.Partition { return store.Partition{Section: store.Cases, ID: id} }

func (r *Records) caseRow(c *Case, expires time.Time) store.Row {
	p := casePartition(c.ID)
	plain := append(append([]byte{wireVersion}, c.Ref[:]...), c.Body...)
	return sealedRow(r.vault.Tenant(), p, store.State, caseKey, plain, expires)
}

func (r *Records) openCase(p store.Partition, row store.Row) (Case, error) {
	plain, err := r.vault.Tenant().Open(nil, p, store.State, caseKey, row.Value)
	if err == nil && (len(plain) < 17 || plain[0] != wireVersion) {
		err = errWire
	}
	if err != nil {
		return Case{}, unreadable("request", err)
	}
	return Case{ID: p.ID, Ref: tactful.Ref(plain[1:17]), Body: plain[17:]}, nil
}

// NewCaseID draws an id.
func (r *Records) NewCaseID() (id CaseID, err error) { return id, r.draw(id[:]) }

// WriteCase stores a case that still has the version it was read with; a new
// one has none. It is forgotten at expires, never if that is zero.
func (r *Records) WriteCase(ctx context.Context, c *Case, expires time.Time) error {
	version, err := r.write(ctx, store.Batch{Partition: casePartition(c.ID), Expect: c.Version, State: []store.Row{r.caseRow(c, expires)}})
	if err != nil {
		return fmt.Errorf("write a request: %w", err)
	}
	c.Version = version
	return nil
}

// ReadCases reads cases; nil where there is none.
func (r *Records) ReadCases(ctx context.Context, ids []CaseID, now time.Time) ([]*Case, error) {
	queries := make([]store.Query, len(ids))
	for i, id := range ids {
		queries[i] = store.Query{Partition: casePartition(id), Family: store.State, From: caseKey, To: after(caseKey), Now: now}
	}
	answers, err := r.data.Read(ctx, queries)
	if err != nil {
		return nil, fmt.Errorf("read requests: %w", kindly(err))
	}
	out := make([]*Case, len(ids))
	for i, answer := range answers {
		if len(answer.Rows) == 0 {
			continue
		}
		c, err := r.openCase(queries[i].Partition, answer.Rows[0])
		if err != nil {
			return nil, err
		}
		c.Version = answer.Version
		out[i] = &c
	}
	return out, nil
}

// ScanCases visits every case. Their Version is not known.
func (r *Records) ScanCases(ctx context.Context, now time.Time, visit func(Case) error) error {
	span := store.Range{Section: store.Cases, Family: store.State, From: caseKey, To: after(caseKey), Now: now}
	cursor := store.Cursor{}
	for !cursor.Done {
		var err error
		cursor, err = r.data.Scan(ctx, span, cursor, func(p store.Partition, rows []store.Row) error {
			c, err := r.openCase(p, rows[0])
			if err != nil {
				return err
			}
			return visit(c)
		})
		if err != nil {
			return fmt.Errorf("scan requests: %w", kindly(err))
		}
	}
	return nil
}

// Things that count once: links and tokens. Their row is named by a hash of
// what the person holds, so that the store never holds the thing itself.

var onceKey = []byte{2}

func oncePartition(secret string) store.Partition {
	sum := sha256.Sum256([]byte("tactful/once/" + secret))
	return store.Partition{Section: store.Cases, ID: [16]byte(sum[:16])}
}

// PutOnce notes something until it expires. One that was noted before, and not
// taken or expired since, is a Conflict.
func (r *Records) PutOnce(ctx context.Context, secret string, plain []byte, expires, now time.Time) error {
	p := oncePartition(secret)
	found, err := r.readOnce(ctx, p, now)
	if err != nil {
		return err
	}
	if len(found.Rows) > 0 {
		return tactful.Errorf(tactful.Conflict, "it was used before")
	}
	_, err = r.write(ctx, store.Batch{
		Partition: p, Expect: found.Version,
		State: []store.Row{sealedRow(r.vault.Tenant(), p, store.State, onceKey, plain, expires)},
	})
	return err
}

func (r *Records) readOnce(ctx context.Context, p store.Partition, now time.Time) (store.Answer, error) {
	answers, err := r.data.Read(ctx, []store.Query{{Partition: p, Family: store.State, From: onceKey, To: after(onceKey), Now: now}})
	if err != nil {
		return store.Answer{}, kindly(err)
	}
	return answers[0], nil
}

// PutOnceOf is PutOnce for something of a person: it is sealed under their key as
// well, and ends with it.
func (r *Records) PutOnceOf(ctx context.Context, ref tactful.Ref, secret string, plain []byte, expires, now time.Time) error {
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return err
	}
	return r.PutOnce(ctx, secret, sealer.Seal(nil, oncePartition(secret), store.Log, onceKey, plain), expires, now)
}

// HasOnceOf reports whether PutOnceOf noted this of the person. It stays.
func (r *Records) HasOnceOf(ctx context.Context, ref tactful.Ref, secret string, now time.Time) (bool, error) {
	sealers, err := r.vault.Passing(ctx, []tactful.Ref{ref})
	if err != nil || sealers[0] == nil {
		return false, err
	}
	p := oncePartition(secret)
	found, err := r.readOnce(ctx, p, now)
	if err != nil || len(found.Rows) == 0 {
		return false, err
	}
	sealed, err := r.vault.Tenant().Open(nil, p, store.State, onceKey, found.Rows[0].Value)
	if err == nil {
		_, err = sealers[0].Open(nil, p, store.Log, onceKey, sealed)
	}
	if err != nil {
		return false, unreadable("link", err)
	}
	return true, nil
}

// TakeOnceOf is TakeOnce for what PutOnceOf noted of this person.
func (r *Records) TakeOnceOf(ctx context.Context, ref tactful.Ref, secret string, now time.Time) ([]byte, error) {
	sealed, err := r.TakeOnce(ctx, secret, now)
	if err != nil {
		return nil, err
	}
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return nil, err
	}
	plain, err := sealer.Open(nil, oncePartition(secret), store.Log, onceKey, sealed)
	if err != nil {
		return nil, unreadable("link", err)
	}
	return plain, nil
}

// TakeOnce takes what was noted; whoever comes second, or too late, finds
// nothing: NotFound.
func (r *Records) TakeOnce(ctx context.Context, secret string, now time.Time) ([]byte, error) {
	p := oncePartition(secret)
	gone := tactful.Errorf(tactful.NotFound, "it was used before, has run out, or never was")
	found, err := r.readOnce(ctx, p, now)
	if err != nil {
		return nil, err
	}
	if len(found.Rows) == 0 {
		return nil, gone
	}
	plain, err := r.vault.Tenant().Open(nil, p, store.State, onceKey, found.Rows[0].Value)
	if err != nil {
		return nil, unreadable("link", err)
	}
	_, err = r.write(ctx, store.Batch{Partition: p, Expect: found.Version, Delete: []store.FamilyKey{{Family: store.State, Key: onceKey}}})
	var known *tactful.Error
	if errors.As(err, &known) && known.Kind == tactful.Conflict {
		return nil, gone // somebody took it at the same moment
	}
	if err != nil {
		return nil, err
	}
	return plain, nil
}
