package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// Where single-use links lead: the centre shows a page with a button there, and
// only the button's POST redeems them.
const (
	LinkPath  = "/privacy/link/"  // those that open the centre
	ProofPath = "/privacy/proof/" // those that prove a request and open nothing
)

// LinkRequest asks for a link by which one person shows that it is them, by
// being able to read what was sent to them.
type LinkRequest struct {
	Subject tactful.Alias
	Base    string // address of the centre's host, such as https://privacy.shop.example
	Request string // id of a request that the link is to prove, "" for a visit only

	Newcomer bool // also for somebody who is not known yet
}

// Link is a link and when it ends. The token is in this answer and nowhere else.
type Link struct {
	URL     string
	Token   string
	Expires time.Time
}

// Visit is what a redeemed link or token opens.
type Visit struct {
	Subject tactful.Alias
	Request string    // id of the request that was proved, "" if none
	Opens   bool      // the person's centre; else it proved the request, and that is all
	Until   time.Time // when the visit must end
	Maker   string    // id of the key that made the link: what the visit erases counts on it

	Beginning *Beginning // of somebody whom nobody knew then; nil: they were known
}

// linkRow is what is kept of a link under a hash of its token, sealed under the
// person's own key, until it is redeemed or ends: an erasure makes it unreadable
// at once. Whose it is stands in the token alone.
type linkRow struct {
	Kind uint8  `json:"kind"`
	ID   string `json:"id"`
	Case string `json:"case,omitempty"`

	Opens bool `json:"opens,omitempty"` // the centre

	// Who made it, for the person to see when it is used.
	Maker  uint8  `json:"maker,omitempty"`
	Key    string `json:"key,omitempty"`
	Name   string `json:"name,omitempty"`
	Reason string `json:"reason,omitempty"`
}

const (
	linkRandom = 24
	linkMark   = 'L' // so that no other sealed id is taken for a link
	linkBytes  = 1 + len(tactful.Ref{}) + linkRandom
)

// openedByLink is what whoever holds a server's link could read. A link is a
// bearer's, so making one counts as opening all that it opens.
const openedByLink = tactful.OpenedConsents | tactful.OpenedHistory | tactful.OpenedReceipts | tactful.OpenedSuggestions |
	tactful.OpenedPreferences | tactful.OpenedRequests | tactful.OpenedExport | tactful.OpenedLooks | tactful.OpenedLink

// MakeLink makes a link that opens the centre of one person once, and soon ends.
// The person sees that it was made, and by whom. An operator's link opens
// nothing: it proves a request that was entered for the person, so that an
// operator who keeps it for themself reads not a word.
func (e *Engine) MakeLink(ctx context.Context, r LinkRequest) (Link, error) {
	if err := e.enter(); err != nil {
		return Link{}, err
	}
	defer e.leave()
	now := e.clock.Now()
	base, err := url.Parse(r.Base)
	if err != nil || base.Scheme != "https" && base.Scheme != "http" || base.Host == "" || base.RawQuery != "" || base.Fragment != "" || base.User != nil || len(r.Base) > 500 {
		return Link{}, tactful.InvalidField("base", "is not the address of a host", "for example https://privacy.shop.example")
	}
	maker, path, opens := tactful.ActorOf(ctx), LinkPath, openedByLink
	if maker.Kind == tactful.ActorOperator {
		path, opens = ProofPath, tactful.OpenedToChange|tactful.OpenedLink
		if r.Request == "" {
			return Link{}, &tactful.Error{Kind: tactful.Refused, Field: "request", Detail: "an operator's link proves a request and is no way in", Remedy: "name the request, or let your server make the link with its own key"}
		}
	}
	ref, err := e.findFor(ctx, r.Subject, now, opens)
	if err == nil && ref.IsZero() && r.Newcomer {
		return e.linkNewcomer(ctx, r, maker, now)
	}
	if err == nil && ref.IsZero() {
		err = &tactful.Error{Kind: tactful.NotFound, Detail: "nobody is known by that name", Remedy: "for somebody new, say that they are: newcomer"}
	}
	if err != nil {
		return Link{}, err
	}
	if r.Request != "" {
		if _, err := e.provable(ctx, r.Request, ref, now); err != nil {
			return Link{}, err
		}
	}
	plain := append(append(make([]byte, 0, linkBytes), linkMark), ref[:]...)[:linkBytes]
	if _, err := io.ReadFull(e.entropy, plain[linkBytes-linkRandom:]); err != nil {
		return Link{}, fmt.Errorf("draw a link: %w", err)
	}
	token, err := e.vault.SealID(plain)
	if err != nil {
		return Link{}, fmt.Errorf("sign a link: %w", err)
	}
	row, err := json.Marshal(linkRow{
		Kind: uint8(r.Subject.Kind), ID: r.Subject.ID, Case: r.Request, Opens: maker.Kind != tactful.ActorOperator,
		Maker: uint8(maker.Kind), Key: maker.Key, Name: maker.Name, Reason: maker.Reason,
	})
	if err != nil {
		return Link{}, fmt.Errorf("make a link: %w", err)
	}
	expires := now.Add(e.cfg.Rights.Links)
	if err := e.records.PutOnceOf(ctx, ref, token, row, expires, now); err != nil {
		return Link{}, fmt.Errorf("make a link: %w", err)
	}
	return Link{URL: strings.TrimSuffix(r.Base, "/") + path + token, Token: token, Expires: expires.Truncate(time.Second)}, nil
}

// provable finds a request of this very person that waits for a proof.
func (e *Engine) provable(ctx context.Context, id string, ref tactful.Ref, now time.Time) (records.CaseID, error) {
	name, err := records.ParseCaseID(id)
	if err != nil {
		return name, err
	}
	found, err := e.records.ReadCases(ctx, []records.CaseID{name}, now)
	if err != nil {
		return name, err
	}
	if found[0] == nil || found[0].Ref != ref {
		return name, tactful.Errorf(tactful.NotFound, "there is no such request of this person")
	}
	r, err := rights.Decode(found[0].Body)
	if err == nil && r.State != rights.Proving {
		err = tactful.Errorf(tactful.Conflict, "the request does not wait for a proof")
	}
	return name, err
}

// noVisit is the one answer to every link and token that opens nothing: used,
// ended, forged, of somebody erased since, or never made.
func noVisit() error {
	return &tactful.Error{Kind: tactful.NotFound, Detail: "this link opens nothing: it was used, has ended, or is not whole", Remedy: "ask for a new one"}
}

// RedeemLink opens what a link opens, once. Doors call it for a POST only:
// whoever merely looks at a link, like a mail scanner, changes nothing. That it
// was used is on record for the person before anything is opened or proved.
func (e *Engine) RedeemLink(ctx context.Context, token string) (Visit, error) {
	if err := e.enter(); err != nil {
		return Visit{}, err
	}
	defer e.leave()
	if _, err := e.vault.OpenID(token); err != nil {
		return e.redeemNewcomer(ctx, token, e.clock.Now())
	}
	return e.redeemLink(ctx, token)
}

// redeemLink is RedeemLink for links of people who are known.
func (e *Engine) redeemLink(ctx context.Context, token string) (Visit, error) {
	now := e.clock.Now()
	plain, err := e.vault.OpenID(token) // the signature first: a forged link reads nothing
	if err != nil || len(plain) != linkBytes || plain[0] != linkMark {
		return Visit{}, noVisit()
	}
	whose := tactful.Ref(plain[1:])
	row, err := e.records.TakeOnceOf(ctx, whose, token, now)
	if tactful.KindOf(err) == tactful.NotFound && err != nil {
		return Visit{}, noVisit()
	}
	if err != nil {
		return Visit{}, fmt.Errorf("redeem a link: %w", err)
	}
	var link linkRow
	if err := json.Unmarshal(row, &link); err != nil {
		return Visit{}, tactful.Errorf(tactful.Internal, "a stored link is damaged")
	}
	v := Visit{Subject: tactful.Alias{Kind: tactful.AliasKind(link.Kind), ID: link.ID}, Opens: link.Opens, Until: now.Add(e.cfg.Rights.Visit), Maker: link.Key}
	ref, err := e.resolve(ctx, v.Subject, now)
	if err != nil {
		return Visit{}, err
	}
	if ref != whose { // erased, or the name is somebody else's by now
		return Visit{}, noVisit()
	}
	if err := e.linkUsed(ctx, &link, ref, now); err != nil {
		return Visit{}, fmt.Errorf("redeem a link: %w", err)
	}
	if link.Case != "" {
		if v.Request, err = e.prove(ctx, link.Case, ref, now); err != nil {
			return Visit{}, err
		}
	}
	if !v.Opens && v.Request == "" { // cancelled or proved otherwise meanwhile
		return Visit{}, noVisit()
	}
	return v, nil
}

// linkUsed puts on record that a link was used, under the name of who made it:
// a link that its maker used for themself is found by the person.
func (e *Engine) linkUsed(ctx context.Context, link *linkRow, ref tactful.Ref, now time.Time) error {
	look := records.StoredLook{Key: link.Key, Look: tactful.Look{
		Time: now, Kind: tactful.ActorKind(link.Maker), Name: link.Name, Reason: link.Reason, Opened: tactful.OpenedRedeemed,
	}}
	switch look.Kind {
	case tactful.ActorOperator:
		if look.Key == "" {
			look.Key = commandKey + " " + access.PersonID(look.Name)
		}
	case tactful.ActorUnknown, tactful.ActorPerson, tactful.ActorService, tactful.ActorEngine:
		look.Kind, look.Reason = tactful.ActorService, ""
		if there, err := e.records.LookedToday(ctx, ref, look, now); err != nil || there {
			return err
		}
	}
	return e.keepLook(ctx, ref, look)
}

// prove notes that the person has shown that it is them, for one request: the
// one that the link was made for, whatever others there are.
func (e *Engine) prove(ctx context.Context, id string, ref tactful.Ref, now time.Time) (string, error) {
	name, err := e.provable(ctx, id, ref, now)
	switch tactful.KindOf(err) {
	case tactful.NotFound, tactful.Conflict:
		if err != nil {
			return "", nil // cancelled or proved otherwise meanwhile: the visit is theirs all the same
		}
	default:
	}
	if err != nil {
		return "", err
	}
	_, r, err := e.step(ctx, name, now, func(_ *records.Case, r *rights.Request) error { return r.Prove() })
	if err == nil && r.State == rights.InProgress {
		_, err = e.carryOn(ctx, name, ref, now)
	}
	return id, err
}
