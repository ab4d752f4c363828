package records

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Terms say how long rows may be kept, as it is configured now. A row carries
// the term that was configured when it was written; Overdue holds it to these.
type Terms struct {
	Event    func(*tactful.Event) time.Time // when an event must be gone
	Shortest time.Duration                  // the least that Event gives any event
	Receipt  time.Duration                  // receipts, and reports on them
	Look     time.Duration                  // looks, at the person and in the index of keys
}

// Overdue is what holding rows to their terms came to.
type Overdue struct {
	Removed int       // rows past their term although they carried a longer one
	Until   time.Time // when the last row ends by itself that carries a longer term than it should; zero: there is none
}

// EventRow reports whether a row of a subject's partition is an event.
func EventRow(f store.Family, key []byte) bool {
	return f == store.Log && len(key) == eventKeyLen && key[0] == eventType
}

// MarkChanged leaves marks for the learner: what was learned from these
// subjects must be made anew.
func (r *Records) MarkChanged(ctx context.Context, refs []tactful.Ref) error {
	marks, err := r.marks(refs)
	if err != nil || len(marks) == 0 {
		return err
	}
	results, err := r.data.Write(ctx, marks)
	if err == nil {
		err = firstError(results)
	}
	if err != nil {
		return fmt.Errorf("mark changes: %w", kindly(err))
	}
	return nil
}

// termShards is how many slices a hold to terms is cut into; what one slice
// removes is held in memory.
const termShards = 64

// HoldToTerms removes every row that is past its term whatever it carries. With
// whole it looks at all rows, and Until is exact; else only at rows old enough
// to be past the shortest term, and Until is zero.
func (r *Records) HoldToTerms(ctx context.Context, terms Terms, whole bool, now time.Time) (Overdue, error) {
	var out Overdue
	for shard := range termShards {
		h := holder{r: r, terms: terms, now: now, out: &out, late: map[store.Partition][]store.FamilyKey{}}
		for _, place := range [...]struct {
			section store.Section
			kind    byte
		}{
			{store.Subjects, eventType}, {store.Subjects, receiptType}, {store.Subjects, feedbackType}, {store.Subjects, lookType},
			{store.House, receiptType}, {store.House, feedbackType}, {store.Looks, lookType},
		} {
			span := store.Range{
				Section: place.section, Family: store.Log, From: []byte{place.kind}, To: []byte{place.kind + 1}, Shard: shard, Shards: termShards,
			}
			if !whole {
				span.To = h.bound(place.kind)
			}
			if err := h.scan(ctx, span); err != nil {
				return out, fmt.Errorf("hold to terms: %w", err)
			}
		}
		if err := h.remove(ctx); err != nil {
			return out, fmt.Errorf("hold to terms: %w", err)
		}
	}
	return out, nil
}

// holder works on one slice.
type holder struct {
	r     *Records
	terms Terms
	now   time.Time
	out   *Overdue
	late  map[store.Partition][]store.FamilyKey // to be removed
	held  []heldEvents                          // read, not yet opened
}

type heldEvents struct {
	ref  tactful.Ref
	rows []store.Row
}

// bound is the end of the keys that can be past their term.
func (h *holder) bound(kind byte) []byte {
	if kind == eventType {
		day := max(0, dayNumber(h.now.Add(-h.terms.Shortest))+1)
		return []byte{kind, byte(day >> 8), byte(day)}
	}
	key, ok := appendMilli([]byte{kind}, h.now.Add(-h.term(kind)).Add(time.Millisecond))
	if !ok {
		return []byte{kind, 0}
	}
	return key
}

// term is how long rows are kept whose keys begin with their time.
func (h *holder) term(kind byte) time.Duration {
	if kind == lookType {
		return h.terms.Look
	}
	return h.terms.Receipt
}

func (h *holder) scan(ctx context.Context, span store.Range) error {
	if string(span.From) >= string(span.To) {
		return nil
	}
	cursor := store.Cursor{}
	for !cursor.Done {
		var err error
		cursor, err = h.r.data.Scan(ctx, span, cursor, func(p store.Partition, rows []store.Row) error {
			if span.From[0] != eventType {
				for _, row := range rows {
					h.judge(p, row, keyTime(row.Key).Add(h.term(span.From[0])))
				}
				return nil
			}
			h.held = append(h.held, heldEvents{p.ID, rows})
			if len(h.held) < scanChunk {
				return nil
			}
			return h.open(ctx)
		})
		if err != nil {
			return kindly(err)
		}
	}
	return h.open(ctx)
}

// open finds the terms of the events that were read.
func (h *holder) open(ctx context.Context) error {
	refs := make([]tactful.Ref, len(h.held))
	for i := range h.held {
		refs[i] = h.held[i].ref
	}
	sealers, err := h.r.vault.Passing(ctx, refs)
	if err != nil {
		return err
	}
	var plain []byte
	for i, held := range h.held {
		if sealers[i] == nil { // shredded since
			continue
		}
		p := subjectPartition(held.ref)
		for _, row := range held.rows {
			if len(row.Key) != eventKeyLen {
				return unreadable("event", errWire)
			}
			if plain, err = sealers[i].Open(plain[:0], p, store.Log, row.Key, row.Value); err != nil {
				return unreadable("event", err)
			}
			e, err := decodeEvent(string(plain))
			if err != nil {
				return unreadable("event", err)
			}
			if e.Time.IsZero() { // the name of an event that was removed: it holds nothing and ends by itself
				continue
			}
			h.judge(p, row, h.terms.Event(&e))
		}
	}
	h.held = h.held[:0]
	return nil
}

// judge compares what a row carries with what it should. Rows carry seconds,
// and a service's look stands under the beginning of its day.
func (h *holder) judge(p store.Partition, row store.Row, due time.Time) {
	switch {
	case !due.After(h.now):
		h.late[p] = append(h.late[p], store.FamilyKey{Family: store.Log, Key: row.Key})
	case row.Expires.IsZero():
		h.out.Until = due.AddDate(100, 0, 0) // it would stay for ever
	case row.Expires.After(due.Add(slack(row.Key[0]))) && row.Expires.After(h.out.Until):
		h.out.Until = row.Expires
	}
}

func slack(kind byte) time.Duration {
	if kind == lookType {
		return secondsPerDay*time.Second + time.Second
	}
	return time.Second
}

// remove takes the late rows out; what was learned from events is marked.
func (h *holder) remove(ctx context.Context) error {
	for p, keys := range h.late {
		if err := h.removeFrom(ctx, p, keys); err != nil {
			return err
		}
		h.out.Removed += len(keys)
	}
	return nil
}

func (h *holder) removeFrom(ctx context.Context, p store.Partition, keys []store.FamilyKey) error {
	if p.Section != store.Subjects {
		return retry("remove overdue rows", func() error { return h.r.deleteMarks(ctx, p, keys) })
	}
	ref := tactful.Ref(p.ID)
	release := h.r.holds.hold(ref)
	defer release()
	return retry("remove overdue rows", func() error {
		answers, err := h.r.data.Read(ctx, []store.Query{{Partition: p, Family: store.State, Limit: 1, Now: h.now}})
		if err != nil {
			return kindly(err)
		}
		if answers[0].Version == store.Absent {
			return nil // dropped since
		}
		_, err = h.r.writeMarked(ctx, ref, store.Batch{Partition: p, Expect: answers[0].Version, Delete: keys})
		return err
	})
}

// keyTime is the time that keys of receipts and reports begin with.
func keyTime(key []byte) time.Time {
	if len(key) < 7 {
		return time.Time{}
	}
	var ms int64
	for _, b := range key[1:7] {
		ms = ms<<8 | int64(b)
	}
	return time.UnixMilli(ms).UTC()
}
