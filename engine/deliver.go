package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/store"
)

// Why a message is held, failed or dropped, beside the names of guards and of what
// keeps creatives from being candidates.
const (
	whyLate      = "late"         // it waited for longer than engine.campaigns.deliver.patience
	whyNoID      = "recipient_id" // nobody has said what the tool calls the person
	whyNoRoute   = "route"        // no tool is configured for it any more
	whyDisabled  = "disabled"     // the recipient is switched off for now
	whyUnreached = "unreached"    // the tool was not reached
	whyAnswer    = "answer"       // the tool answered with anything but a 2xx
	whyConsent   = "consent"
)

const (
	deliverFirst   = 10 * time.Second // until the second attempt; it doubles from there
	deliverLongest = time.Hour
	deliverAtOnce  = 8 // messages worked at side by side
)

// delivery is what the engine holds of messages that wait: when each is due. What
// it says is in the person's own partition.
type delivery struct {
	mu     sync.Mutex
	due    map[records.Pending]time.Time // the zero time: at once
	rounds turn                          // one at a time
	wake   chan struct{}
}

// openDelivery finds what waits. Where the data is an older copy it is not known what
// was sent since, so nothing of it is.
func (e *Engine) openDelivery(ctx context.Context, older bool) error {
	e.delivery.rounds, e.delivery.wake, e.delivery.due = make(turn, 1), make(chan struct{}, 1), map[records.Pending]time.Time{}
	list, err := e.records.PendingMessages(ctx)
	if err != nil {
		return err
	}
	if older && len(list) > 0 {
		e.log.Warn("the data is an older copy: messages that waited in it are not sent, since they may have been", "messages", len(list))
		return e.records.Unpend(ctx, list)
	}
	for _, p := range list {
		e.delivery.due[p] = time.Time{}
	}
	return nil
}

// DeliverOffer queues a message for the tool that sends it. Nothing is decided yet:
// the decision is made when it goes, with consent, caps, stock and quiet hours as
// they are then, and all of it is looked at again before each attempt. It goes at
// most once for a place and channel at a time. Names that a request brings are not
// kept, so such a message is worded for everybody.
func (e *Engine) DeliverOffer(ctx context.Context, r *tactful.OfferRequest) (*tactful.Delivery, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	channel, err := offerChannel(r)
	if err != nil {
		return nil, err
	}
	switch {
	case !e.cfg.Campaigns.Deliver.goes(r.Channel):
		return nil, tactful.InvalidField("channel", "is handed to no tool", "set engine.campaigns.deliver.routes, or ask /v1/decisions/offers and send it yourself")
	case r.Subject == (tactful.Alias{}):
		return nil, tactful.InvalidField("userId", "is missing", "say to whom it is to be sent")
	case r.Count != 1:
		return nil, tactful.InvalidField("count", fmt.Sprintf("is %d", r.Count), "send 1: a message is delivered by itself")
	case len(r.Fields) > 0 || len(r.Items) > 0:
		return nil, tactful.InvalidField("context", "has fields or items, which are not kept until the message goes", "leave them out, or ask /v1/decisions/offers at the moment of sending")
	}
	now := e.clock.Now()
	work := e.benches.Get().(*bench)
	defer func() { work.forget(); e.benches.Put(work) }()
	m := records.Message{
		Subject: r.Subject, Channel: channel, Placement: r.Placement, Language: r.Language, Region: r.Region, GPC: r.GPC,
		Queued: now.UTC(), Until: now.Add(e.cfg.Campaigns.Deliver.Patience).UTC(), State: records.MessageWaiting, Next: now.UTC(),
	}
	s, err := e.sendable(ctx, work, &m, now)
	if err != nil {
		return nil, err
	}
	if err := e.openedList(ctx, r.Subject, s.ref, now); err != nil {
		return nil, err
	}
	if s.never {
		return &tactful.Delivery{State: string(records.MessageDropped), Why: s.why, Channel: r.Channel, Placement: r.Placement, Queued: m.Queued}, nil
	}
	m.Next, m.Why = s.at.UTC(), s.why
	if e.delivery.waiting() >= e.cfg.Campaigns.Deliver.Queue {
		return nil, &tactful.Error{Kind: tactful.Unavailable, Detail: "as many messages wait as may", Remedy: "try again later, or raise engine.campaigns.deliver.queue"}
	}
	kept, err := e.records.AddMessage(ctx, s.ref, m, now)
	if err != nil {
		return nil, fmt.Errorf("queue a message: %w", err)
	}
	if kept.Name != "" {
		e.delivery.set(records.Pending{Ref: s.ref, ID: kept.ID}, kept.Next)
	}
	e.wakeDelivery()
	return deliveryOut(kept), nil
}

func (d *delivery) waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.due)
}

func (d *delivery) set(p records.Pending, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.due[p] = at
}

func (d *delivery) remove(p records.Pending) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.due, p)
}

func deliveryOut(m *records.Message) *tactful.Delivery {
	d := &tactful.Delivery{
		ID: m.Name, State: string(m.State), Why: m.Why, Channel: m.Channel.String(), Placement: m.Placement, Queued: m.Queued, Next: m.Next, Until: m.Until,
		Decision: m.Decision, Campaign: m.Campaign, Creative: m.Creative, Tries: m.Tries,
	}
	if m.State.Over() {
		d.Next = time.Time{}
	}
	return d
}

// Delivery says what became of a message, for a week after it was over.
func (e *Engine) Delivery(ctx context.Context, id string) (*tactful.Delivery, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	now := e.clock.Now()
	m, ref, err := e.records.MessageNamed(ctx, id, now)
	if err != nil {
		return nil, err
	}
	if err := e.openedList(ctx, m.Subject, ref, now); err != nil {
		return nil, err
	}
	return deliveryOut(m), nil
}

// cancelDelivery is the queue of messages that wait for a tool.
func (e *Engine) cancelDelivery(ctx context.Context, ref tactful.Ref) (int, error) {
	list, err := e.records.PendingOf(ctx, ref)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	for _, p := range list {
		e.delivery.remove(p)
	}
	return len(list), e.records.Unpend(ctx, list)
}

func (e *Engine) wakeDelivery() {
	select {
	case e.delivery.wake <- struct{}{}:
	default:
	}
}

// deliver is the background that hands messages to their tools. It ends with the context.
func (e *Engine) deliver(ctx context.Context) {
	tick := time.NewTicker(min(e.cfg.Learn.Check, deliverFirst))
	defer tick.Stop()
	for {
		if err := e.deliverDue(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("messages could not be handed to their tools; it is tried again", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-e.delivery.wake:
		}
	}
}

// DeliverDue works at every message that is due. The background of a server does so
// by itself; a command that ends soon calls it.
func (e *Engine) DeliverDue(ctx context.Context) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	return e.deliverDue(ctx)
}

func (e *Engine) deliverDue(ctx context.Context) error {
	if e.outbound == nil { // this process calls nobody
		return nil
	}
	if err := e.delivery.rounds.take(ctx); err != nil {
		return err
	}
	defer e.delivery.rounds.give()
	now := e.clock.Now()
	e.delivery.mu.Lock()
	due := maps.Clone(e.delivery.due)
	e.delivery.mu.Unlock()
	maps.DeleteFunc(due, func(_ records.Pending, at time.Time) bool { return at.After(now) })
	list := slices.SortedFunc(maps.Keys(due), func(a, b records.Pending) int {
		return cmp.Or(due[a].Compare(due[b]), slices.Compare(a.ID[:], b.ID[:]))
	})
	places := make(chan struct{}, deliverAtOnce)
	var group sync.WaitGroup
	faults := make([]error, len(list))
	for i, p := range list {
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			if ctx.Err() == nil {
				faults[i] = e.deliverOne(ctx, p)
			}
		})
	}
	group.Wait()
	return errors.Join(append(faults, ctx.Err())...)
}

// deliverOne takes one message as far as it gets now.
func (e *Engine) deliverOne(ctx context.Context, p records.Pending) error {
	for range writeTries {
		now := e.clock.Now()
		all, err := e.records.Messages(ctx, p.Ref, now)
		if err != nil && tactful.KindOf(err) != tactful.NotFound {
			return err
		}
		at := slices.IndexFunc(all, func(m records.Message) bool { return m.ID == p.ID })
		if at < 0 || all[at].State.Over() { // erased, or over
			e.delivery.remove(p)
			return e.records.Unpend(ctx, []records.Pending{p})
		}
		m := &all[at]
		if awaits(m.Next, now) && m.Until.After(now) {
			e.delivery.set(p, m.Next)
			return nil
		}
		err = e.advance(ctx, p, m, now)
		if tactful.KindOf(err) == tactful.Conflict && err != nil {
			continue // something of the person has changed: look at all of it again
		}
		return err
	}
	e.delivery.set(p, e.clock.Now().Add(deliverFirst))
	return nil
}

// advance looks at a message anew, decides it if it is not decided, and hands it over.
func (e *Engine) advance(ctx context.Context, p records.Pending, m *records.Message, now time.Time) error {
	if !now.Before(m.Until) {
		return e.endMessage(ctx, p, m, whyLate, now)
	}
	work := e.benches.Get().(*bench)
	defer func() { work.forget(); e.benches.Put(work) }()
	s, err := e.sendable(ctx, work, m, now)
	switch {
	case err != nil:
		return err
	case s.ref != p.Ref: // the name leads to somebody else by now
		return e.endMessage(ctx, p, m, whyConsent, now)
	case !s.never && s.at.After(now):
		return e.hold(ctx, p, s.at, s.why, now)
	case m.Decision == "":
		if m, err = e.decideMessage(ctx, p, m, now); err != nil || m.State != records.MessageSending {
			return err
		}
		return e.advance(ctx, p, m, now) // as any other attempt, from the beginning
	case s.never:
		return e.endMessage(ctx, p, m, s.why, now)
	}
	route := e.cfg.Campaigns.Deliver.route(m.Channel.String(), m.Campaign)
	if route == nil {
		return e.endMessage(ctx, p, m, whyNoRoute, now)
	}
	if to := e.cfg.Parties.recipient(route.Recipient); to == nil || to.Disabled {
		return e.hold(ctx, p, now.Add(deliverLongest), whyDisabled, now)
	}
	ids, err := e.records.RecipientIDs(ctx, p.Ref, now)
	if err != nil {
		return err
	}
	if ids[route.Recipient] == "" { // who cannot be told to forget somebody gets nothing of them
		return e.endMessage(ctx, p, m, whyNoID, now)
	}
	return e.attempt(ctx, p, m, s, route, ids[route.Recipient], now)
}

// decideMessage makes the decision that releases a message, or drops it. The
// decision, what it reserves and that it is on its way are one write.
func (e *Engine) decideMessage(ctx context.Context, p records.Pending, m *records.Message, now time.Time) (*records.Message, error) {
	work := e.benches.Get().(*bench)
	defer func() { e.benches.Put(work) }()
	released := *m
	d, err := e.offer(ctx, work, m.Request(), m.Channel, now, drawingOf(m), &released)
	work.forget()
	if errors.Is(err, errDecideAgain) {
		return nil, &tactful.Error{Kind: tactful.Conflict, Detail: "it has changed in between", Err: err}
	}
	if err != nil {
		return nil, err
	}
	e.tally.offered(d)
	if len(d.Offers) > 0 {
		return &released, nil
	}
	m.Decision = d.ID
	why := whyConsent
	if len(d.Reasons) > 0 {
		why = d.Reasons[0].Guard
	}
	return m, e.endMessage(ctx, p, m, why, now)
}

// hold lets a message wait.
func (e *Engine) hold(ctx context.Context, p records.Pending, until time.Time, why string, now time.Time) error {
	m, err := e.records.ChangeMessage(ctx, p, store.Blind, now, func(m *records.Message) { m.Next, m.Why = until.UTC(), why })
	if err == nil {
		e.delivery.set(p, m.Next)
	}
	return gone(err)
}

// gone forgives that a message is not there any more: its person was erased.
func gone(err error) error {
	if tactful.KindOf(err) == tactful.NotFound {
		return nil
	}
	return err
}

// endMessage drops a message, or says that it failed. What it reserved is given back if
// no attempt can have arrived; else it counts as shown.
func (e *Engine) endMessage(ctx context.Context, p records.Pending, m *records.Message, why string, now time.Time) error {
	state := records.MessageDropped
	if m.Tries > 0 && why == whyLate {
		state, why = records.MessageFailed, cmp.Or(m.Why, why)
	}
	if m.State == records.MessageSending && !m.Unsure {
		// A Conflict is as much as may be given back of one person: then it counts.
		if err := e.records.ReleaseShowings(ctx, m.Decision, now); gone(err) != nil && tactful.KindOf(err) != tactful.Conflict {
			return err
		}
	}
	decided := m.Decision
	_, err := e.records.ChangeMessage(ctx, p, store.Blind, now, func(m *records.Message) {
		m.State, m.Why, m.Done, m.Decision = state, why, now.UTC(), cmp.Or(m.Decision, decided)
	})
	if gone(err) != nil {
		return err
	}
	e.delivery.remove(p)
	e.tally.handed(m.Channel.String(), string(state))
	return nil
}

// release is the body of the call: what the tool needs to send the message, and
// its own id of the person. Why it goes to them is not the tool's business.
type release struct {
	Type      string      `json:"type"`
	Timestamp time.Time   `json:"timestamp"`
	Data      releaseData `json:"data"`
}

type releaseData struct {
	Decision  string            `json:"decision"`
	Recipient string            `json:"recipient"`
	Subject   string            `json:"subject"`
	Channel   string            `json:"channel"`
	Placement string            `json:"placement"`
	Campaign  string            `json:"campaign"`
	Creative  string            `json:"creative"`
	Kind      string            `json:"kind"`
	Language  string            `json:"language"`
	Title     string            `json:"title"`
	Body      string            `json:"body"`
	URL       string            `json:"url,omitempty"`
	Headers   map[string]string `json:"headers,omitempty"`
}

// attempt calls the tool once. That it is called is written down before, and only if
// nothing of the person has changed since all was looked at: a no that came in
// between wins. The id of the call is that of the decision, at every attempt.
func (e *Engine) attempt(ctx context.Context, p records.Pending, m *records.Message, s *sendable, route *Route, id string, now time.Time) error {
	sure := !m.Unsure
	m, err := e.records.ChangeMessage(ctx, p, s.version, now, func(m *records.Message) {
		m.Tries++
		m.Unsure = true
		m.Next = now.Add(min(deliverLongest, deliverFirst<<min(m.Tries-1, 16))).UTC()
	})
	if err != nil {
		if tactful.KindOf(err) == tactful.NotFound {
			e.delivery.remove(p)
			return nil
		}
		return err
	}
	e.delivery.set(p, m.Next)
	body, err := json.Marshal(release{Type: "message.released", Timestamp: m.Decided, Data: releaseData{
		Decision: m.Decision, Recipient: route.Recipient, Subject: id, Channel: m.Channel.String(), Placement: m.Placement, Campaign: m.Campaign,
		Creative: m.Creative, Kind: s.kind, Language: s.language, Title: s.title, Body: s.body, URL: s.url, Headers: s.headers,
	}})
	if err != nil {
		return fmt.Errorf("write a message: %w", err)
	}
	status, err := e.outbound.Post(ctx, route.Webhook, e.webhookHeader(m.Decision, now, body), body)
	// What became of it is noted even if the process is told to stop meanwhile.
	ctx = context.WithoutCancel(ctx)
	switch {
	case err == nil && status >= 200 && status <= 299:
		return e.sent(ctx, p, m, now)
	case err == nil:
		e.log.Warn("a tool refused a message; it is tried again", "recipient", route.Recipient, "tries", m.Tries, "status", status)
	default:
		e.log.Warn("a tool was not reached with a message; it is tried again", "recipient", route.Recipient, "tries", m.Tries, "err", err)
	}
	why := whyUnreached
	if err == nil {
		why = whyAnswer
	}
	refused := err == nil && status >= 400 && status <= 499 // it has not taken it
	_, err = e.records.ChangeMessage(ctx, p, store.Blind, now, func(m *records.Message) {
		m.Why = why
		m.Unsure = !refused || !sure
	})
	return gone(err)
}

// sent notes that the tool has a message: on the one counter, in the receipt, and here.
func (e *Engine) sent(ctx context.Context, p records.Pending, m *records.Message, now time.Time) error {
	if _, err := e.records.MarkShowings(ctx, m.Decision, "", "", decision.Shown, now); gone(err) != nil {
		return err
	}
	err := e.records.AppendFeedback(ctx, m.Decision, tactful.Feedback{Kind: tactful.FeedbackShown, Item: offerName(m.Campaign, m.Creative), Time: now}, now)
	if gone(err) != nil {
		return err
	}
	_, err = e.records.ChangeMessage(ctx, p, store.Blind, now, func(m *records.Message) {
		m.State, m.Why, m.Done = records.MessageSent, "", now.UTC()
	})
	if gone(err) != nil {
		return err
	}
	e.delivery.remove(p)
	e.tally.handed(m.Channel.String(), string(records.MessageSent))
	return nil
}
