package records

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

const (
	daySlack     = 16   // rows read beyond the limit, so that a day is seldom cut
	maxDayEvents = 8192 // rows of one cut day that are read at most
	eventKeyLen  = 1 + len(decision.EventKey{})
)

// SubjectEvents are events of one subject.
type SubjectEvents struct {
	Ref    tactful.Ref
	Events []tactful.Event
	Judged store.Version // of the standing by which they may be stored; Unjudged where nobody asked
}

// Unjudged is for events that are stored however their subject stands.
const Unjudged = store.Blind

// Outcome is the fate of one event.
type Outcome uint8

// Outcomes. The zero value promises nothing: send it again.
const (
	Unstored  Outcome = iota
	Stored            // durable
	Duplicate         // stored before, or twice in one call
	TooOld            // its retention is over already
	NoSubject         // there is no such subject any more
	Overtaken         // how they stand may have changed since it was judged: judge again
)

var outcomeNames = [...]string{"unstored", "stored", "duplicate", "too_old", "no_subject", "overtaken"}

// String returns the word used in metrics.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return outcomeNames[0]
}

// EventKey names an event in its subject's partition: the same message, sent
// again, has the same name.
func (r *Records) EventKey(e *tactful.Event) (decision.EventKey, error) {
	day := dayNumber(e.Time)
	if e.Time.IsZero() || day < 0 || day > math.MaxUint16 {
		return decision.EventKey{}, tactful.InvalidField("timestamp", "is out of range", "send a time since 1970")
	}
	if e.MessageID == "" {
		return decision.EventKey{}, tactful.InvalidField("messageId", "is missing", "send an id that a retry repeats")
	}
	var key decision.EventKey
	binary.BigEndian.PutUint16(key[:], uint16(day))
	hash := r.vault.MessageID(e.MessageID)
	copy(key[2:], hash[:])
	return key, nil
}

func eventRowKey(key decision.EventKey) []byte { return append([]byte{eventType}, key[:]...) }

// pending is one event on its way into the store.
type pending struct {
	entry, event int // its place in the call
	ref          tactful.Ref
	key          decision.EventKey
	expires      time.Time
	judged       store.Version
}

// AppendEvents stores events durably with one write, and says of each what
// became of it. Retention gives the time when an event is to be forgotten, zero
// for never. A faulty event fails the whole call before anything is stored. On
// another error some may be stored: repeating the call finds them as duplicates.
// What somebody stops meanwhile waits until this is written, or is seen here: no
// event is stored by a standing that was over before it was.
func (r *Records) AppendEvents(
	ctx context.Context, entries []SubjectEvents, retention func(*tactful.Event) time.Time, now time.Time,
) ([][]Outcome, error) {
	outcomes := make([][]Outcome, len(entries))
	refs := make([]tactful.Ref, len(entries))
	var list []pending
	for i, entry := range entries {
		refs[i] = entry.Ref
		outcomes[i] = make([]Outcome, len(entry.Events))
		for j := range entry.Events {
			key, err := r.EventKey(&entry.Events[j])
			if err != nil {
				return nil, err
			}
			list = append(list, pending{entry: i, event: j, ref: entry.Ref, key: key, expires: retention(&entry.Events[j]), judged: entry.Judged})
		}
	}
	release := r.holds.hold(refs...)
	defer release()
	sealers, err := r.vault.Sealers(ctx, refs)
	if err != nil {
		return nil, fmt.Errorf("append events: %w", err)
	}
	resume := r.stopping.hold(refs...)
	defer resume()
	if list, err = r.fresh(ctx, list, sealers, outcomes, now); err != nil {
		return nil, fmt.Errorf("append events: %w", err)
	}
	if len(list) == 0 {
		return outcomes, nil
	}
	if err := r.storeEvents(ctx, entries, list, sealers, outcomes); err != nil {
		return outcomes, fmt.Errorf("append events: %w", err)
	}
	return outcomes, nil
}

// fresh takes out what need not be stored and notes why.
func (r *Records) fresh(ctx context.Context, list []pending, sealers []*vault.Sealer, outcomes [][]Outcome, now time.Time) ([]pending, error) {
	type name struct {
		ref tactful.Ref
		key decision.EventKey
	}
	seen := make(map[name]bool, len(list))
	keep := list[:0]
	for _, e := range list {
		id := name{e.ref, e.key}
		switch {
		case sealers[e.entry] == nil:
			outcomes[e.entry][e.event] = NoSubject
		case !e.expires.IsZero() && !e.expires.After(now):
			outcomes[e.entry][e.event] = TooOld
		case seen[id]:
			outcomes[e.entry][e.event] = Duplicate
		default:
			seen[id] = true
			keep = append(keep, e)
		}
	}
	if len(keep) == 0 {
		return nil, nil
	}
	queries := make([]store.Query, len(keep))
	for i, e := range keep {
		key := eventRowKey(e.key)
		queries[i] = store.Query{Partition: subjectPartition(e.ref), Family: store.Log, From: key, To: after(key), Limit: 1, Now: now}
	}
	answers, err := r.data.Read(ctx, queries)
	if err != nil {
		return nil, kindly(err)
	}
	left := keep[:0]
	for i, e := range keep {
		switch {
		case answers[i].Version == store.Absent: // a key without a subject: half made, or half removed
			outcomes[e.entry][e.event] = NoSubject
		case len(answers[i].Rows) > 0:
			outcomes[e.entry][e.event] = Duplicate
		case e.judged != Unjudged && e.judged != answers[i].Version:
			outcomes[e.entry][e.event] = Overtaken
		default:
			left = append(left, e)
		}
	}
	return left, nil
}

func (r *Records) storeEvents(ctx context.Context, entries []SubjectEvents, list []pending, sealers []*vault.Sealer, outcomes [][]Outcome) error {
	var refs []tactful.Ref
	at := make(map[tactful.Ref]int) // batch of each subject
	var batches []store.Batch
	var plain []byte
	for _, e := range list {
		i, ok := at[e.ref]
		if !ok {
			i = len(batches)
			at[e.ref] = i
			refs = append(refs, e.ref)
			batches = append(batches, store.Batch{Partition: subjectPartition(e.ref), Expect: store.Blind})
		}
		plain = appendEvent(plain[:0], &entries[e.entry].Events[e.event])
		row := sealedRow(sealers[e.entry], batches[i].Partition, store.Log, eventRowKey(e.key), plain, e.expires)
		batches[i].Log = append(batches[i].Log, row)
	}
	marks, err := r.marks(refs)
	if err != nil {
		return err
	}
	n := len(marks)
	results, err := r.data.Write(ctx, append(marks, batches...)) // an event is never there without its mark
	if err != nil {
		return kindly(err)
	}
	if err := firstError(results[:n]); err != nil {
		return kindly(err)
	}
	results = results[n:]
	for _, e := range list {
		if results[at[e.ref]].Err == nil {
			outcomes[e.entry][e.event] = Stored
		}
	}
	return kindly(firstError(results))
}

// Events returns the newest events of each subject, newest first; none where
// there is no such subject. Limit AllEvents means all.
func (r *Records) Events(ctx context.Context, refs []tactful.Ref, limit int, now time.Time) ([][]StoredEvent, error) {
	subjects, err := r.OpenAll(ctx, refs, Want{Events: limit}, now)
	if err != nil {
		return nil, err
	}
	out := make([][]StoredEvent, len(subjects))
	for i, s := range subjects {
		if s != nil {
			out[i] = s.Events
		}
	}
	return out, nil
}

// newest opens the rows of an answer and gives the subject the newest by time.
func (r *Records) newest(ctx context.Context, s *Subject, sealer *vault.Sealer, want Want, answer store.Answer, now time.Time) error {
	rows, limit := answer.Rows, want.Events
	p := subjectPartition(s.Ref)
	if answer.More && limit > 0 {
		last := rows[len(rows)-1].Key
		if cutWithin(rows, limit) {
			rest, err := r.data.Read(ctx, []store.Query{{
				Partition: p, Family: store.Log,
				From: last[:3], To: last, Limit: maxDayEvents, Reverse: true, Now: now,
			}})
			if err != nil {
				return kindly(err)
			}
			rows = append(rows, rest[0].Rows...)
		}
	}
	if want.Deeds != nil {
		if err := want.Deeds.open(sealer, p, rows); err != nil {
			return err
		}
		s.Deeds = newestOf(want.Deeds.list, limit)
		return nil
	}
	events, err := openEvents(sealer, p, rows)
	if err != nil {
		return err
	}
	sortDays(events)
	s.Events = newestOf(events, limit)
	return nil
}

func newestOf[T any](list []T, limit int) []T {
	if limit > 0 && len(list) > limit {
		return list[:limit:limit]
	}
	return list
}

// sortDays puts events, which come by day, newest first, in order of time.
func sortDays(events []StoredEvent) {
	for from := 0; from < len(events); {
		to := from + 1
		for to < len(events) && events[to].Key[0] == events[from].Key[0] && events[to].Key[1] == events[from].Key[1] {
			to++
		}
		if to-from > 1 {
			slices.SortFunc(events[from:to], func(a, b StoredEvent) int {
				if c := b.Event.Time.Compare(a.Event.Time); c != 0 {
					return c
				}
				return bytes.Compare(b.Key[:], a.Key[:])
			})
		}
		from = to
	}
}

// openEvents opens rows into one text that all the events share: a history costs
// a few allocations, not a few for each event.
func openEvents(sealer *vault.Sealer, p store.Partition, rows []store.Row) ([]StoredEvent, error) {
	size := 0
	for _, row := range rows {
		size += len(row.Value)
	}
	events := make([]StoredEvent, len(rows))
	all := make([]byte, 0, size) // about enough: most events do not compress
	ends := make([]int, len(rows))
	for i, row := range rows {
		if len(row.Key) != eventKeyLen {
			return nil, unreadable("event", errWire)
		}
		events[i].Key = decision.EventKey(row.Key[1:])
		var err error
		if all, err = sealer.Open(all, p, store.Log, row.Key, row.Value); err != nil {
			return nil, unreadable("event", err)
		}
		ends[i] = len(all)
	}
	text, start := string(all), 0
	for i, end := range ends {
		var err error
		if events[i].Event, err = decodeEvent(text[start:end]); err != nil {
			return nil, unreadable("event", err)
		}
		start = end
	}
	return slices.DeleteFunc(events, removedEvent), nil
}

// cutWithin reports whether the last day of the rows, which may be cut, is
// needed for the newest limit rows.
func cutWithin(rows []store.Row, limit int) bool {
	day := rows[len(rows)-1].Key[:3]
	whole := len(rows)
	for whole > 0 && bytes.HasPrefix(rows[whole-1].Key, day) {
		whole--
	}
	return whole < limit
}

// DeleteEvent removes one event, at the person's wish. One that is not there
// is NotFound.
func (r *Records) DeleteEvent(ctx context.Context, ref tactful.Ref, key decision.EventKey, now time.Time) error {
	release := r.holds.hold(ref)
	defer release()
	row := eventRowKey(key)
	return retry("delete event", func() error {
		answers, err := r.data.Read(ctx, []store.Query{{
			Partition: subjectPartition(ref), Family: store.Log, From: row, To: after(row), Limit: 1, Now: now,
		}})
		if err != nil {
			return kindly(err)
		}
		if len(answers[0].Rows) == 0 {
			return tactful.Errorf(tactful.NotFound, "there is no such event")
		}
		_, err = r.writeMarked(ctx, ref, store.Batch{
			Partition: subjectPartition(ref), Expect: answers[0].Version,
			Delete: []store.FamilyKey{{Family: store.Log, Key: row}},
		})
		return err
	})
}
