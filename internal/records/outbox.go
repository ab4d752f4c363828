package records

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/store"
)

// Messages that wait to be handed to a mail, push or ad tool lie in one State row
// of the person, so that what was decided, what it reserves and that it is to be
// sent are written at once. What they say is not in it: each attempt reads the
// campaign anew. That somebody has one waiting lies in section Deliveries, like a
// mark: its name is all there is of it.

// MaxOutbox is how many messages are kept of one person, those that are over among them.
const MaxOutbox = 8

// MessageState is how far a message is.
type MessageState string

// States of messages. The zero value is none of them.
const (
	MessageWaiting MessageState = "waiting" // not decided yet
	MessageSending MessageState = "sending" // decided and reserved; the tool has not taken it yet
	MessageSent    MessageState = "sent"
	MessageFailed  MessageState = "failed"  // the tool never took it
	MessageDropped MessageState = "dropped" // not to be sent: Why says which promise
)

// Over reports whether nothing more happens to it.
func (s MessageState) Over() bool {
	return s == MessageSent || s == MessageFailed || s == MessageDropped
}

// MessageID is the random part of a message's name.
type MessageID [8]byte

// Message is one that was asked to be delivered.
type Message struct {
	ID        MessageID        `json:"id"`
	Name      string           `json:"name"` // as it was handed out; it leads to the person
	Subject   tactful.Alias    `json:"subject"`
	Channel   decision.Channel `json:"channel"`
	Placement string           `json:"placement"`
	Language  string           `json:"language"`
	Region    string           `json:"region"`
	GPC       bool             `json:"gpc"`
	Queued    time.Time        `json:"queued"`
	Until     time.Time        `json:"until"` // from then on it is sent no more
	State     MessageState     `json:"state"`
	Why       string           `json:"why"`
	Next      time.Time        `json:"next"`
	Decided   time.Time        `json:"decided"`
	Decision  string           `json:"decision"` // the receipt, "" until then
	Campaign  string           `json:"campaign"`
	Creative  string           `json:"creative"`
	Tries     int              `json:"tries"`
	Unsure    bool             `json:"unsure"` // an attempt may have arrived
	Done      time.Time        `json:"done"`
}

// Request is what a message asks for.
func (m *Message) Request() *tactful.OfferRequest {
	return &tactful.OfferRequest{Subject: m.Subject, Placement: m.Placement, Channel: m.Channel.String(), Count: 1, Language: m.Language, Region: m.Region, GPC: m.GPC}
}

// MessageKept is for how long a message that is over can be asked for.
const MessageKept = 7 * 24 * time.Hour

// Pending names a message that is not over.
type Pending struct {
	Ref tactful.Ref
	ID  MessageID
}

const pendingLen = 16 + 8

func (p Pending) key() []byte {
	return append(append(make([]byte, 0, pendingLen), p.Ref[:]...), p.ID[:]...)
}

func deliveryShard(shard byte) store.Partition {
	p := store.Partition{Section: store.Deliveries}
	p.ID[15] = shard
	return p
}

func deliveryPartition(ref tactful.Ref) store.Partition { return deliveryShard(ref[0] % markShards) }

// AddMessage queues a message, or returns the one that waits for the same place and
// channel already: asking twice sends once.
func (r *Records) AddMessage(ctx context.Context, ref tactful.Ref, m Message, now time.Time) (*Message, error) {
	name, place, err := r.newReceiptID(ref, now)
	if err != nil {
		return nil, err
	}
	m.Name, m.ID = name, MessageID(showingID(place.key))
	release := r.holds.hold(ref)
	defer release()
	var there *Message
	err = retry("queue a message", func() error {
		there = nil
		all, version, err := r.messages(ctx, ref, now)
		if err != nil {
			return err
		}
		if version == store.Absent {
			return errNoSubject()
		}
		for i := range all {
			if !all[i].State.Over() && all[i].Placement == m.Placement && all[i].Channel == m.Channel {
				there = &all[i]
				return nil
			}
		}
		for len(all) >= MaxOutbox {
			over := slices.IndexFunc(all, func(m Message) bool { return m.State.Over() }) // the oldest
			if over < 0 {
				return &tactful.Error{Kind: tactful.Refused, Detail: fmt.Sprintf("%d messages wait for this person already", len(all)), Remedy: "wait until one of them is over"}
			}
			all = slices.Delete(all, over, over+1)
		}
		// What names it comes first: one that names nothing does no harm.
		mark := store.Batch{Partition: deliveryPartition(ref), Expect: store.Blind,
			Log: []store.Row{{Family: store.Log, Key: Pending{ref, m.ID}.key(), Value: []byte{wireVersion}}}}
		return r.writeMessages(ctx, ref, version, append(all, m), now, mark)
	})
	if err != nil || there != nil {
		return there, err
	}
	return &m, nil
}

func (r *Records) writeMessages(ctx context.Context, ref tactful.Ref, expect store.Version, all []Message, now time.Time, along ...store.Batch) error {
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return err
	}
	p := subjectPartition(ref)
	row := func(plain []byte, expires time.Time) store.Row {
		return sealedRow(sealer, p, store.State, outboxKey, plain, expires)
	}
	_, err = r.write(ctx, store.Batch{Partition: p, Expect: expect, State: []store.Row{row(appendMessages(all, now))}}, along...)
	return err
}

// Messages returns those of somebody, the oldest first.
func (r *Records) Messages(ctx context.Context, ref tactful.Ref, now time.Time) ([]Message, error) {
	all, _, err := r.messages(ctx, ref, now)
	return all, err
}

func (r *Records) messages(ctx context.Context, ref tactful.Ref, now time.Time) ([]Message, store.Version, error) {
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return nil, 0, err
	}
	answers, err := r.data.Read(ctx, []store.Query{stateQuery(ref, outboxKey, after(outboxKey), now)})
	if err != nil {
		return nil, 0, kindly(err)
	}
	if len(answers[0].Rows) == 0 {
		return nil, answers[0].Version, nil
	}
	plain, err := sealer.Open(nil, subjectPartition(ref), store.State, outboxKey, answers[0].Rows[0].Value)
	var all []Message
	if err == nil {
		all, err = decodeMessages(plain)
	}
	if err != nil {
		return nil, 0, unreadable("list of messages", err)
	}
	return all, answers[0].Version, nil
}

// MessageNamed finds a message by the name that was handed out, and whose it is.
func (r *Records) MessageNamed(ctx context.Context, name string, now time.Time) (*Message, tactful.Ref, error) {
	place, err := r.locate(ctx, name)
	if err != nil || place.ref.IsZero() {
		return nil, tactful.Ref{}, errNoMessage()
	}
	all, _, err := r.messages(ctx, place.ref, now)
	if tactful.KindOf(err) == tactful.NotFound {
		return nil, tactful.Ref{}, errNoMessage()
	}
	if err != nil {
		return nil, tactful.Ref{}, err
	}
	for i := range all {
		if all[i].Name == name {
			return &all[i], place.ref, nil
		}
	}
	return nil, tactful.Ref{}, errNoMessage()
}

func errNoMessage() error { return tactful.Errorf(tactful.NotFound, "there is no such message") }

// ChangeMessage changes one message. With a version other than Blind it does so
// only if nothing of the person has changed since, and is a Conflict else. What is
// over then is pending no more.
func (r *Records) ChangeMessage(ctx context.Context, p Pending, since store.Version, now time.Time, change func(*Message)) (*Message, error) {
	release := r.holds.hold(p.Ref)
	defer release()
	var changed *Message
	try := func() error {
		all, version, err := r.messages(ctx, p.Ref, now)
		if err != nil {
			return err
		}
		if since != store.Blind && version != since {
			return &tactful.Error{Kind: tactful.Conflict, Detail: "it has changed in between", Remedy: "read it again and repeat"}
		}
		at := slices.IndexFunc(all, func(m Message) bool { return m.ID == p.ID })
		if at < 0 {
			return errNoMessage()
		}
		change(&all[at])
		changed = &all[at]
		return r.writeMessages(ctx, p.Ref, version, all, now)
	}
	var err error
	if since == store.Blind {
		err = retry("note what became of a message", try)
	} else {
		err = try()
	}
	if err != nil {
		return nil, err
	}
	if changed.State.Over() {
		return changed, r.Unpend(ctx, []Pending{p})
	}
	return changed, nil
}

// PendingMessages returns the names of all messages that are not over.
func (r *Records) PendingMessages(ctx context.Context) ([]Pending, error) {
	queries := make([]store.Query, markShards)
	for i := range queries {
		queries[i] = store.Query{Partition: deliveryShard(byte(i)), Family: store.Log, Now: time.Unix(0, 0)}
	}
	answers, err := r.data.Read(ctx, queries)
	if err != nil {
		return nil, fmt.Errorf("read what waits: %w", kindly(err))
	}
	var all []Pending
	for _, answer := range answers {
		for _, row := range answer.Rows {
			if len(row.Key) != pendingLen {
				return nil, unreadable("name of a message", errWire)
			}
			all = append(all, Pending{tactful.Ref(row.Key[:16]), MessageID(row.Key[16:])})
		}
	}
	return all, nil
}

// Unpend takes messages out of those that are not over.
func (r *Records) Unpend(ctx context.Context, list []Pending) error {
	var shards [markShards][]store.FamilyKey
	for _, p := range list {
		shard := p.Ref[0] % markShards
		shards[shard] = append(shards[shard], store.FamilyKey{Family: store.Log, Key: p.key()})
	}
	for shard, keys := range shards {
		if len(keys) == 0 {
			continue
		}
		if err := retry("clear what waited", func() error { return r.deleteMarks(ctx, deliveryShard(byte(shard)), keys) }); err != nil {
			return err
		}
	}
	return nil
}

// PendingOf returns the names of the messages of one person that are not over.
func (r *Records) PendingOf(ctx context.Context, ref tactful.Ref) ([]Pending, error) {
	last := Pending{Ref: ref, ID: MessageID{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}
	answers, err := r.data.Read(ctx, []store.Query{{Partition: deliveryPartition(ref), Family: store.Log, From: Pending{Ref: ref}.key(), To: after(last.key()), Now: time.Unix(0, 0)}})
	if err != nil {
		return nil, fmt.Errorf("read what waits: %w", kindly(err))
	}
	list := make([]Pending, 0, len(answers[0].Rows))
	for _, row := range answers[0].Rows {
		if len(row.Key) != pendingLen {
			return nil, unreadable("name of a message", errWire)
		}
		list = append(list, Pending{ref, MessageID(row.Key[16:])})
	}
	return list, nil
}

// appendMessages writes the row, which is there as long as anybody may ask for
// anything in it. What was over long ago is left out.
func appendMessages(all []Message, now time.Time) ([]byte, time.Time) {
	all = slices.DeleteFunc(slices.Clone(all), func(m Message) bool { return m.State.Over() && now.Sub(m.Done) > MessageKept })
	var expires time.Time
	for i := range all {
		until := all[i].Until
		if all[i].Done.After(until) {
			until = all[i].Done
		}
		if until = until.Add(MessageKept); until.After(expires) {
			expires = until
		}
	}
	text, err := json.Marshal(all)
	if err != nil { // of plain fields: cannot be
		text = []byte("null")
	}
	return append([]byte{wireVersion}, text...), expires
}

func decodeMessages(plain []byte) ([]Message, error) {
	if len(plain) < 2 || plain[0] != wireVersion {
		return nil, errWire
	}
	in := json.NewDecoder(bytes.NewReader(plain[1:]))
	in.DisallowUnknownFields()
	var all []Message
	if err := in.Decode(&all); err != nil || in.More() || len(all) > MaxOutbox {
		return nil, errWire
	}
	for i := range all {
		switch all[i].State {
		case MessageWaiting, MessageSending, MessageSent, MessageFailed, MessageDropped:
		default:
			return nil, errWire
		}
		if all[i].Channel >= decision.Channels || all[i].Tries < 0 {
			return nil, errWire
		}
	}
	return all, nil
}
