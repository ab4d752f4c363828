package engine

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/forgotten"
)

// Outbound calls addresses outside; the command line brings one that cannot be
// led inside. Post returns the status of the answer.
type Outbound interface {
	Check(address string) error
	Post(ctx context.Context, address string, header map[string]string, body []byte) (status int, err error)
}

// address writes down who is to be told of an erasure: everybody who is
// configured, and everybody at whom the person has an id. What was written down
// before stays.
func (p *Parties) address(u *forgotten.Erasure, ids map[string]string) {
	if u.Passed(forgotten.Tell) {
		return
	}
	at := map[string]int{}
	for i := range u.Tell {
		at[u.Tell[i].Recipient] = i
	}
	add := func(name, received, id string) {
		i, there := at[name]
		if !there {
			i = len(u.Tell)
			at[name] = i
			u.Tell = append(u.Tell, forgotten.Telling{Recipient: name, Received: received})
		}
		if id != "" {
			u.Tell[i].ID, u.Tell[i].Known = id, true
		}
	}
	for _, r := range p.Recipients {
		add(r.Name, strings.Join(r.Records, ", "), ids[r.Name])
	}
	for name, id := range ids {
		if p.recipient(name) == nil {
			add(name, "", id)
		}
	}
}

// Troubles: why somebody does not know yet.
const (
	troubleNone        = ""
	troubleDisabled    = "disabled"
	troubleGone        = "not configured any more"
	troubleNoWebhook   = "no webhook: to be told by hand"
	troubleNoOutbound  = "this process calls nobody"
	troubleUnreachable = "not reached"
	troubleRefused     = "refused the call"
)

const (
	tellFirst   = 10 * time.Second // until the second attempt; it doubles from there
	tellLongest = 12 * time.Hour
	tellAtOnce  = 8 // calls under way
)

// wakeTeller lets the background tell at once.
func (e *Engine) wakeTeller() {
	select {
	case e.telling <- struct{}{}:
	default:
	}
}

// tell is the background that tells recipients. It ends with the context.
func (e *Engine) tell(ctx context.Context) {
	tick := time.NewTicker(min(e.cfg.Learn.Check, tellFirst))
	defer tick.Stop()
	for {
		if err := e.tellDue(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("recipients could not be told of an erasure; it is tried again", "err", err)
		}
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C: // who cannot be called at all is looked at again by the next start
				next := e.tellNext.Load()
				waiting = next == 0 || awaits(time.Unix(0, next), e.clock.Now())
			case <-e.telling:
				waiting = false
			}
		}
	}
}

// TellRecipients makes one attempt at every recipient who is due to be told of
// an erasure. The background of a server does so by itself; a command that ends
// soon calls it.
func (e *Engine) TellRecipients(ctx context.Context) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	return e.tellDue(ctx)
}

func (e *Engine) tellDue(ctx context.Context) error {
	if err := e.tellers.take(ctx); err != nil {
		return err
	}
	defer e.tellers.give()
	e.tellNext.Store(e.clock.Now().Add(tellFirst).UnixNano()) // also after an error
	untold, err := e.forgotten.Untold(ctx, e.clock.Now())
	if err != nil {
		return err
	}
	next := int64(0)
	for _, u := range untold {
		fates := e.tellAbout(ctx, u)
		next = e.earliest(next, u, fates)
		if len(fates) == 0 {
			continue
		}
		now := e.clock.Now()
		// What was told is noted even if the process is told to stop meanwhile.
		if err := e.forgotten.Told(context.WithoutCancel(ctx), u.ID, fates, now, u.Begun.Add(e.cfg.Erasure.Receipts)); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	e.tellNext.Store(next)
	return nil
}

// earliest is when the next recipient is due, among those who can be called at
// all; 0 for never.
func (e *Engine) earliest(next int64, u *forgotten.Erasure, fates map[string]forgotten.Telling) int64 {
	for _, t := range u.Tell {
		if fate, tried := fates[t.Recipient]; tried {
			t = fate
		}
		r := e.cfg.Parties.recipient(t.Recipient)
		if !t.Told.IsZero() || r == nil || r.Disabled || r.Webhook == "" || e.outbound == nil {
			continue
		}
		if at := t.Next.UnixNano(); next == 0 || at < next {
			next = max(at, 1)
		}
	}
	return next
}

// awaits reports whether an attempt is still to wait. None waits for longer than
// the longest time: its date is from a clock that was wrong.
func awaits(next, now time.Time) bool { return now.Before(next) && next.Sub(now) <= tellLongest }

// tellAbout tells everybody who is due of one erasure, side by side, and
// returns what became of it.
func (e *Engine) tellAbout(ctx context.Context, u *forgotten.Erasure) map[string]forgotten.Telling {
	fates := make([]*forgotten.Telling, len(u.Tell))
	places := make(chan struct{}, tellAtOnce)
	var group sync.WaitGroup
	for i := range u.Tell {
		t := u.Tell[i]
		now := e.clock.Now()
		recipient := e.cfg.Parties.recipient(t.Recipient)
		switch {
		case !t.Told.IsZero():
			continue
		case recipient == nil:
			fates[i] = stuck(t, troubleGone, now)
			continue
		case recipient.Disabled:
			fates[i] = stuck(t, troubleDisabled, now)
			continue
		case recipient.Webhook == "":
			fates[i] = stuck(t, troubleNoWebhook, now)
			continue
		case e.outbound == nil:
			fates[i] = stuck(t, troubleNoOutbound, now)
			continue
		case awaits(t.Next, now):
			continue
		}
		group.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			if ctx.Err() == nil {
				fates[i] = e.tellOne(ctx, u, t, recipient)
			}
		})
	}
	group.Wait()
	out := map[string]forgotten.Telling{}
	for i, fate := range fates {
		if fate != nil {
			out[u.Tell[i].Recipient] = *fate
		}
	}
	return out
}

// stuck notes why somebody is not called at all; nil if that is known.
func stuck(t forgotten.Telling, trouble string, now time.Time) *forgotten.Telling {
	if t.Trouble == trouble {
		return nil
	}
	t.Trouble, t.Next = trouble, now
	return &t
}

// notice is the body of the webhook: Standard Webhooks' three fields, and in
// data no more than the recipient has. Every attempt sends the same bytes.
type notice struct {
	Type      string     `json:"type"`
	Timestamp time.Time  `json:"timestamp"`
	Data      noticeData `json:"data"`
}

type noticeData struct {
	Erasure   string `json:"erasure,omitempty"`
	Change    string `json:"change,omitempty"` // of a correction or a restriction, in place of Erasure
	Recipient string `json:"recipient"`
	Subject   string `json:"subject,omitempty"` // the recipient's own id of the person, if the business has told us
}

func (e *Engine) tellOne(ctx context.Context, u *forgotten.Erasure, t forgotten.Telling, to *Recipient) *forgotten.Telling {
	now := e.clock.Now()
	t.Tries++
	t.Tried = now
	t.Next = now.Add(min(tellLongest, tellFirst<<min(t.Tries-1, 16)))
	what := notice{Type: "subject.erased", Timestamp: u.Begun.UTC(), Data: noticeData{Erasure: u.ID.String(), Recipient: t.Recipient, Subject: t.ID}}
	if u.Kind != "" {
		what.Type, what.Data.Erasure, what.Data.Change = "subject."+string(u.Kind), "", u.ID.String()
	}
	body, err := json.Marshal(what)
	if err != nil {
		t.Trouble = troubleUnreachable
		return &t
	}
	status, err := e.outbound.Post(ctx, to.Webhook, e.webhookHeader(webhookID(u.ID, t.Recipient), now, body), body)
	switch {
	case err != nil:
		t.Trouble = troubleUnreachable
		e.log.Warn("a recipient could not be told of an erasure; it is tried again", "recipient", t.Recipient, "erasure", u.ID.String(), "tries", t.Tries, "err", err)
	case status < 200 || status > 299:
		t.Trouble = fmt.Sprintf("%s with status %d", troubleRefused, status)
		e.log.Warn("a recipient refused to hear of an erasure; it is tried again", "recipient", t.Recipient, "erasure", u.ID.String(), "tries", t.Tries, "status", status)
	default:
		t.Told, t.ID, t.Trouble, t.Next = now, "", troubleNone, time.Time{}
	}
	return &t
}

// webhookID is the same at every attempt, so that whoever hears twice can tell.
func webhookID(id forgotten.ID, recipient string) string {
	name := sha256.Sum256([]byte(recipient))
	return id.String() + "." + hex.EncodeToString(name[:4])
}

// webhookHeader signs a call as Standard Webhooks asks for (v1a, Ed25519 over
// id, timestamp and body), so that recipients can check it with a library that
// exists.
func (e *Engine) webhookHeader(id string, now time.Time, body []byte) map[string]string {
	stamp := strconv.FormatInt(now.Unix(), 10)
	signature := ed25519.Sign(e.signer, []byte(id+"."+stamp+"."+string(body)))
	return map[string]string{
		"content-type": "application/json", "webhook-id": id, "webhook-timestamp": stamp,
		"webhook-signature": "v1a," + base64.StdEncoding.EncodeToString(signature),
	}
}

// SetRecipientID notes what a recipient calls a person, so that an erasure can
// tell them whom to forget; "" takes it back.
func (e *Engine) SetRecipientID(ctx context.Context, a tactful.Alias, recipient, id string) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	if e.cfg.Parties.recipient(recipient) == nil {
		return tactful.InvalidField("recipient", "is not configured", "name one of engine.parties.recipients")
	}
	if err := theirsOnly(ctx, "say by which id a recipient knows somebody", "let your server say so with a key of its own"); err != nil {
		return err
	}
	now := e.clock.Now()
	ref, err := e.find(ctx, a, now)
	if err != nil {
		return err
	}
	if ref.IsZero() {
		return tactful.Errorf(tactful.NotFound, "nobody is known by that name")
	}
	return e.records.SetRecipientID(ctx, ref, recipient, id, now)
}
