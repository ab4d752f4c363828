package engine

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/store"
)

// UnsubscribePath is where the links of List-Unsubscribe lead: their GET shows a
// button, and only a POST withdraws (RFC 8058).
const UnsubscribePath = "/u/"

// unsubscribeFor is how long a link in a mail works. Mails lie about for long.
const unsubscribeFor = 400 * 24 * time.Hour

// A token opens at no place in the store, and neither a stored row nor the ticket of
// a visit is one.
var unsubscribePlace = []byte("unsubscribe")

const unsubscribeBytes = 16 + 8 + 1

// headers gives a mail its way out.
func (o *choice) headers(d *tactful.OfferDecision, now time.Time) error {
	if o.channel != decision.ChannelMail || len(d.Offers) == 0 || o.ref.IsZero() || o.cfg.Campaigns.Unsubscribe == "" {
		return nil
	}
	plain := append(make([]byte, 0, unsubscribeBytes), o.ref[:]...)
	plain = binary.BigEndian.AppendUint64(plain, uint64(now.Add(unsubscribeFor).Unix()))
	plain = append(plain, byte(o.channel))
	token := base64.RawURLEncoding.EncodeToString(o.vault.Visits().Seal(nil, store.Partition{}, store.State, unsubscribePlace, plain))
	d.Headers = map[string]string{
		"List-Unsubscribe":      "<" + o.cfg.Campaigns.Unsubscribe + UnsubscribePath + token + ">",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
	}
	return nil
}

// readUnsubscribe opens a token. Forged, cut and old ones are NotFound alike.
func (e *Engine) readUnsubscribe(token string, now time.Time) (tactful.Ref, decision.Channel, error) {
	none := func() (tactful.Ref, decision.Channel, error) {
		return tactful.Ref{}, 0, &tactful.Error{Kind: tactful.NotFound, Detail: "this link does not work any more", Remedy: "open the privacy centre, or write to us"}
	}
	const longest = 256
	if token == "" || len(token) > longest {
		return none()
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return none()
	}
	plain, err := e.vault.Visits().Open(nil, store.Partition{}, store.State, unsubscribePlace, sealed)
	if err != nil || len(plain) != unsubscribeBytes {
		return none()
	}
	until := time.Unix(int64(binary.BigEndian.Uint64(plain[16:])), 0)
	if !now.Before(until) || decision.Channel(plain[24]).Purpose() == "" {
		return none()
	}
	return tactful.Ref(plain[:16]), decision.Channel(plain[24]), nil
}

// Unsubscribe withdraws the consent to a channel's messages, for whoever the mail
// with this token went to. It needs no login, opens nothing, and says nothing of
// anybody; doing it twice changes nothing. Of somebody erased since there is nothing
// to withdraw, and that is no error.
func (e *Engine) Unsubscribe(ctx context.Context, token string) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, channel, err := e.readUnsubscribe(token, now)
	if err != nil {
		return err
	}
	ctx = tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorPerson})
	said := consent.Change{Answers: []tactful.Consent{{Purpose: channel.Purpose(), Answer: tactful.Denied, Method: "unsubscribe"}}}
	_, refused, err := e.change(ctx, ref, func(prev *records.Standing) (consent.Applied, error) { return e.apply(prev, said, now) }, now)
	switch {
	case tactful.KindOf(err) == tactful.NotFound && err != nil:
		return nil
	case err != nil:
		return fmt.Errorf("unsubscribe: %w", err)
	}
	return refusals(refused, 1)
}

// MayUnsubscribe reports whether a token would work, for the page with the button.
func (e *Engine) MayUnsubscribe(token string) bool {
	_, _, err := e.readUnsubscribe(token, e.clock.Now())
	return err == nil
}
