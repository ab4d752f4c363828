package engine

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// newcomer is the token of a link for somebody who is not known yet. All of it
// lies in the token, sealed: of somebody whom nobody knows nothing is kept, not
// even that a link was made. That is on record once its visit makes them known.
type newcomer struct {
	Kind   uint8  `json:"k"`
	ID     string `json:"i"`
	Until  int64  `json:"u"` // s
	Maker  string `json:"m,omitempty"`
	Name   string `json:"n,omitempty"` // of the key that made it
	Made   int64  `json:"c,omitempty"` // s
	Random []byte `json:"r"`
}

// A newcomer's token opens at no place in the store, and is no ticket of a visit.
var newcomerPlace = []byte("newcomer")

const maxNewcomerBytes = 4096

// linkNewcomer makes a link that opens an empty centre once: whoever comes by it
// may say yes there, or bring what another shop gave them. Only the business's own
// server says who a stranger is.
func (e *Engine) linkNewcomer(ctx context.Context, r LinkRequest, maker tactful.Actor, now time.Time) (Link, error) {
	if maker.Kind != tactful.ActorService && maker.Kind != tactful.ActorUnknown {
		return Link{}, &tactful.Error{Kind: tactful.Refused, Field: "newcomer", Detail: "only your server says who somebody is whom nobody knows", Remedy: "let your server make the link with its own key"}
	}
	if r.Request != "" {
		return Link{}, tactful.Errorf(tactful.NotFound, "nobody is known by that name, so there is no such request of theirs")
	}
	if maker.Key != "" { // a link for somebody known counts as a look
		maker.Kind = tactful.ActorService
		p, err := e.paced(ctx, maker, now)
		if err != nil {
			return Link{}, err
		}
		if err := e.admitLook(p, maker, tactful.Ref(e.vault.AliasID(r.Subject)), e.cfg.Looks.ServicePeoplePerHour, now); err != nil {
			return Link{}, err
		}
	}
	expires := now.Add(e.cfg.Rights.Links)
	n := newcomer{Kind: uint8(r.Subject.Kind), ID: r.Subject.ID, Until: expires.Unix(), Maker: maker.Key, Name: maker.Name, Made: now.Unix(), Random: make([]byte, linkRandom)}
	if _, err := io.ReadFull(e.entropy, n.Random); err != nil {
		return Link{}, fmt.Errorf("draw a link: %w", err)
	}
	plain, err := json.Marshal(n)
	if err != nil {
		return Link{}, fmt.Errorf("make a link: %w", err)
	}
	token := base64.RawURLEncoding.EncodeToString(e.vault.Visits().Seal(nil, store.Partition{}, store.State, newcomerPlace, plain))
	return Link{URL: strings.TrimSuffix(r.Base, "/") + LinkPath + token, Token: token, Expires: expires.Truncate(time.Second)}, nil
}

// redeemNewcomer opens the centre of somebody who is still nobody, once. Who has
// become known since has links of their own, which they see.
func (e *Engine) redeemNewcomer(ctx context.Context, token string, now time.Time) (Visit, error) {
	if len(token) > maxNewcomerBytes {
		return Visit{}, noVisit()
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || base64.RawURLEncoding.EncodedLen(len(sealed)) != len(token) {
		return Visit{}, noVisit()
	}
	plain, err := e.vault.Visits().Open(nil, store.Partition{}, store.State, newcomerPlace, sealed) // the seal first: a forged link reads nothing
	if err != nil {
		return Visit{}, noVisit()
	}
	var n newcomer
	if err := json.Unmarshal(plain, &n); err != nil || now.Unix() >= n.Until {
		return Visit{}, noVisit()
	}
	v := Visit{Subject: tactful.Alias{Kind: tactful.AliasKind(n.Kind), ID: n.ID}, Opens: true, Until: now.Add(e.cfg.Rights.Visit), Maker: n.Maker}
	v.Beginning = &Beginning{Subject: v.Subject, Link: true, Key: n.Maker, Name: n.Name, Made: n.Made}
	if v.Subject.Validate("link") != nil {
		return Visit{}, noVisit()
	}
	ref, err := e.resolve(ctx, v.Subject, now)
	if err != nil {
		return Visit{}, err
	}
	if !ref.IsZero() {
		return Visit{}, noVisit()
	}
	err = e.records.PutOnce(ctx, "newcomer/"+token, []byte{1}, time.Unix(n.Until, 0).Add(time.Second), now)
	if tactful.KindOf(err) == tactful.Conflict && err != nil {
		return Visit{}, noVisit() // used before, or at the same moment
	}
	if err != nil {
		return Visit{}, fmt.Errorf("redeem a link: %w", err)
	}
	return v, nil
}
