package engine

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// ticket is what a browser holds of a visit, sealed. It is bound to the
// reference that stands for the person, not to their name alone: an erasure
// destroys the reference, and with it every visit made before. Whoever was
// nobody yet when they came has none; see Beginning.
type ticket struct {
	Ref   []byte     `json:"r,omitempty"`
	New   *Beginning `json:"n,omitempty"`
	Kind  uint8      `json:"k"`
	ID    string     `json:"i"`
	Begun int64      `json:"b"` // ns
	Until int64      `json:"u"` // s
	Maker string     `json:"m,omitempty"`
}

// A ticket opens at no place in the store, and no stored row is a ticket.
var ticketPlace = []byte("visit")

const maxTicketBytes = 4096

// BeginVisit makes the ticket of a visit that a link or token opened; of one that
// opens nothing it makes none. Nothing is kept of it here; its key comes from the
// tenant key, so that it outlives a restart.
func (e *Engine) BeginVisit(ctx context.Context, v Visit) (string, error) {
	if err := e.enter(); err != nil {
		return "", err
	}
	defer e.leave()
	if !v.Opens {
		return "", noVisit()
	}
	now := e.clock.Now()
	ref, err := e.resolve(ctx, v.Subject, now)
	if err != nil {
		return "", err
	}
	t := ticket{Kind: uint8(v.Subject.Kind), ID: v.Subject.ID, Begun: now.UnixNano(), Until: v.Until.Unix(), Maker: v.Maker}
	if v.Beginning != nil && !ref.IsZero() { // known since the link was redeemed, by something else
		return "", noVisit()
	}
	if ref.IsZero() {
		if t.New, err = e.begin(&v, t.Begun, t.Until); err != nil {
			return "", err
		}
	}
	if !ref.IsZero() {
		ended, err := e.records.VisitsEnded(ctx, ref, now)
		if err != nil {
			return "", err
		}
		t.Ref = ref[:]
		if !ended.IsZero() { // a visit after a sign-out counts, even if the clock was set back
			t.Begun = max(t.Begun, ended.UnixNano()+1)
		}
	}
	plain, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("write a visit: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(e.vault.Visits().Seal(nil, store.Partition{}, store.State, ticketPlace, plain)), nil
}

// VisitOf opens a ticket. What is forged, over, signed out, or of somebody
// erased since opens nothing: NotFound.
func (e *Engine) VisitOf(ctx context.Context, text string) (Visit, error) {
	if err := e.enter(); err != nil {
		return Visit{}, err
	}
	defer e.leave()
	v, _, _, err := e.visitOf(ctx, text, e.clock.Now())
	return v, err
}

func (e *Engine) visitOf(ctx context.Context, text string, now time.Time) (Visit, tactful.Ref, ticket, error) {
	refuse := func(err error) (Visit, tactful.Ref, ticket, error) { return Visit{}, tactful.Ref{}, ticket{}, err }
	if text == "" || len(text) > maxTicketBytes {
		return refuse(noVisit())
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || base64.RawURLEncoding.EncodedLen(len(sealed)) != len(text) {
		return refuse(noVisit())
	}
	plain, err := e.vault.Visits().Open(nil, store.Partition{}, store.State, ticketPlace, sealed) // the seal first: a forged ticket reads nothing
	if err != nil {
		return refuse(noVisit())
	}
	var t ticket
	if err := json.Unmarshal(plain, &t); err != nil || now.Unix() >= t.Until {
		return refuse(noVisit())
	}
	v := Visit{Subject: tactful.Alias{Kind: tactful.AliasKind(t.Kind), ID: t.ID}, Opens: true, Until: time.Unix(t.Until, 0), Maker: t.Maker}
	if v.Subject.Validate("visit") != nil || len(t.Ref) != 0 && len(t.Ref) != len(tactful.Ref{}) {
		return refuse(noVisit())
	}
	if len(t.Ref) == 0 {
		if v.Beginning = t.New; v.Beginning == nil { // of before visits of nobody ended
			v.Beginning = &Beginning{}
		}
		v.Beginning.Subject, v.Beginning.Begun, v.Beginning.Until = v.Subject, t.Begun, t.Until
	}
	ref, err := e.resolve(WithBeginning(ctx, v.Beginning), v.Subject, now)
	if err != nil {
		return refuse(err)
	}
	if len(t.Ref) != 0 && ref != tactful.Ref(t.Ref) {
		return refuse(noVisit())
	}
	if !ref.IsZero() {
		ended, err := e.records.VisitsEnded(ctx, ref, now)
		if err != nil {
			return refuse(err)
		}
		if !ended.IsZero() && t.Begun <= ended.UnixNano() {
			return refuse(noVisit())
		}
	}
	return v, ref, t, nil
}

// EndVisits ends every visit of the person whose ticket this is, on every
// device. A ticket that opens nothing ends nothing: an old one cannot sign
// somebody out.
func (e *Engine) EndVisits(ctx context.Context, text string) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	now := e.clock.Now()
	_, ref, t, err := e.visitOf(ctx, text, now)
	if tactful.KindOf(err) == tactful.NotFound && err != nil {
		return nil
	}
	if err != nil || ref.IsZero() { // of nobody there is nothing that a visit could show
		return err
	}
	at := time.Unix(0, max(now.UnixNano(), t.Begun))
	return e.records.EndVisits(ctx, ref, at, at.Add(e.cfg.Rights.Visit+time.Second), now)
}
