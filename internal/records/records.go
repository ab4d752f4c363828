package records

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// Records keeps typed rows in one data store, sealed by the vault. It is safe
// for concurrent use; the store and the vault stay the caller's to close.
type Records struct {
	data     store.Store
	vault    *vault.Vault
	entropy  *lockedReader
	holds    holds
	stopping holds // keeps writers of events and of what stops them apart; taken after holds
	erased   ErasedUnder
	stops    time.Duration // see stops.go; 0: without end
	beats    atomic.Uint64 // the number that stops are written under; see restop.go
	beating  sync.Mutex
	writers  sync.Pool // of *receiptWriter
	moving   moving    // see merge.go
}

// ErasedUnder says of each name when somebody was last erased under it; the zero
// time where that is not remembered.
type ErasedUnder func(ctx context.Context, names []tactful.Alias, now time.Time) ([]time.Time, error)

// New makes records over a data store. Entropy makes references and receipt
// ids and must be a cryptographic source. Nobody is made without asking erased
// about the name; nil is for stores in which nobody ever was.
func New(data store.Store, v *vault.Vault, entropy io.Reader, erased ErasedUnder) *Records {
	return &Records{
		data: data, vault: v, entropy: &lockedReader{source: entropy}, erased: erased,
		writers: sync.Pool{New: func() any { return newReceiptWriter() }},
	}
}

// Keys of State rows. Standing, settings and preferences are neighbours, so
// that one range reads them, as of one moment, and nothing else.
var (
	standingKey     = []byte{1}
	settingsKey     = []byte{2}
	preferencesKey  = []byte{2, 1}
	toldKey         = []byte{2, 2} // see told.go
	showingsKey     = []byte{2, 3} // see showings.go
	outboxKey       = []byte{2, 4} // see outbox.go
	aliasesKey      = []byte{3}
	contributionKey = []byte{4}
	panelKey        = []byte{5}    // apart from all that serves; see panel.go
	inheritedKey    = []byte{4, 1} // see joined.go
	placeKey        = []byte{6}    // see place.go
	joinedKey       = []byte{7}    // see joined.go
	recipientsKey   = []byte{9}    // see recipients.go
	visitsKey       = []byte{10}   // see visits.go
	aliasRefKey     = []byte{1}    // in alias partitions
)

// First bytes of the keys of Log rows.
const (
	consentType  = 'c'
	eventType    = 'e'
	feedbackType = 'f'
	receiptType  = 'r'
	rightType    = 'q'
)

func subjectPartition(ref tactful.Ref) store.Partition {
	return store.Partition{Section: store.Subjects, ID: ref}
}

// after is the end of the range that holds exactly one key.
func after(key []byte) []byte { return append(key[:len(key):len(key)], 0) }

// stateQuery reads the State rows in [from, to) of a subject.
func stateQuery(ref tactful.Ref, from, to []byte, now time.Time) store.Query {
	return store.Query{Partition: subjectPartition(ref), Family: store.State, From: from, To: to, Now: now}
}

// sealedRow seals plain for its place.
func sealedRow(s *vault.Sealer, p store.Partition, f store.Family, key, plain []byte, expires time.Time) store.Row {
	return store.Row{Family: f, Key: key, Value: s.Seal(nil, p, f, key, plain), Expires: expires}
}

// sealer returns the subject's sealer; a subject without a key is NotFound.
func (r *Records) sealer(ctx context.Context, ref tactful.Ref) (*vault.Sealer, error) {
	sealers, err := r.vault.Sealers(ctx, []tactful.Ref{ref})
	if err != nil {
		return nil, err
	}
	if sealers[0] == nil {
		return nil, errNoSubject()
	}
	return sealers[0], nil
}

func errNoSubject() error { return tactful.Errorf(tactful.NotFound, "there is no such subject") }

// write applies one conditional batch, with other batches that must come along
// but whose fate does not decide.
func (r *Records) write(ctx context.Context, batch store.Batch, along ...store.Batch) (store.Version, error) {
	batches := append(along, batch) // marks first: a mark too many does no harm
	results, err := r.data.Write(ctx, batches)
	if err != nil {
		return 0, kindly(err)
	}
	for _, result := range results[:len(along)] {
		if result.Err != nil {
			return 0, kindly(result.Err)
		}
	}
	last := results[len(along)]
	return last.Version, kindly(last.Err)
}

// kindly gives an error of the store the kind that callers act on.
func kindly(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrConflict):
		return &tactful.Error{Kind: tactful.Conflict, Detail: "it has changed in between", Remedy: "read it again and repeat", Err: err}
	case errors.Is(err, store.ErrUnknown):
		return &tactful.Error{Kind: tactful.Unavailable, Detail: "it is not certain that it was stored", Remedy: "repeat it", Err: err}
	case errors.Is(err, store.ErrClosed):
		return &tactful.Error{Kind: tactful.Unavailable, Detail: "the store is closing", Remedy: "repeat it later", Err: err}
	default:
		return err
	}
}

const maxAttempts = 8 // at a change that others may get in between of

// retry repeats a change that met a conflict.
func retry(what string, change func() error) error {
	var err error
	for range maxAttempts {
		if err = change(); tactful.KindOf(err) != tactful.Conflict {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// holds keep a subject's writers and its removal apart: whoever took a sealer
// has written before the removal begins, and nobody gets one after it.
type holds struct{ stripes [256]sync.RWMutex }

// hold admits writers of these subjects until release.
func (h *holds) hold(refs ...tactful.Ref) (release func()) {
	var set [4]uint64 // in order and once each, so that holders never wait for each other
	for _, ref := range refs {
		if ref.IsZero() { // nobody: never removed
			continue
		}
		set[ref[0]>>6] |= 1 << (ref[0] & 63)
	}
	h.each(set, (*sync.RWMutex).RLock)
	return func() { h.each(set, (*sync.RWMutex).RUnlock) }
}

func (h *holds) each(set [4]uint64, do func(*sync.RWMutex)) {
	for i, word := range set {
		for ; word != 0; word &= word - 1 {
			do(&h.stripes[i<<6|bits.TrailingZeros64(word)])
		}
	}
}

// exclude waits for the writers of a subject and keeps new ones out until release.
func (h *holds) exclude(ref tactful.Ref) (release func()) {
	stripe := &h.stripes[ref[0]]
	stripe.Lock()
	return stripe.Unlock
}

// excludeAll is exclude for many subjects, in the order that hold uses.
func (h *holds) excludeAll(refs []tactful.Ref) (release func()) {
	var set [4]uint64
	for _, ref := range refs {
		set[ref[0]>>6] |= 1 << (ref[0] & 63)
	}
	h.each(set, (*sync.RWMutex).Lock)
	return func() { h.each(set, (*sync.RWMutex).Unlock) }
}

// lockedReader lets one entropy source serve many goroutines.
type lockedReader struct {
	mu     sync.Mutex
	source io.Reader
}

func (r *lockedReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.source.Read(p)
}

// draw fills p with random bytes.
func (r *Records) draw(p []byte) error {
	if _, err := io.ReadFull(r.entropy, p); err != nil {
		return fmt.Errorf("draw random bytes: %w", err)
	}
	return nil
}

// logQuery reads the Log rows of one type, newest first.
func logQuery(p store.Partition, kind byte, limit int, now time.Time) store.Query {
	return store.Query{
		Partition: p, Family: store.Log, From: []byte{kind}, To: []byte{kind + 1}, Limit: limit, Reverse: true, Now: now,
	}
}

// appendMilli writes a time so that keys sort by it; false before 1970.
func appendMilli(dst []byte, t time.Time) ([]byte, bool) {
	ms := t.UnixMilli()
	if t.Year() < 1970 || t.Year() > 9999 {
		return dst, false
	}
	return append(dst, byte(ms>>40), byte(ms>>32), byte(ms>>24), byte(ms>>16), byte(ms>>8), byte(ms)), true
}
