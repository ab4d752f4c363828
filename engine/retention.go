package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

// sweepEvery is how often expired rows are removed. They are hidden at once
// anyway; the promise is that nothing is older than its term plus one hour.
const sweepEvery = 20 * time.Minute

// A clock that stands much later than at the last sweep may be wrong, and what
// is deleted for it would not come back with the right time. So it says so
// loudly and deletes nothing for a while: what has run out is hidden anyway. A
// server that was off for days waits as well.
const (
	sweepTrust = 24 * time.Hour
	sweepHold  = time.Hour
)

// termsNote remembers between starts when rows were last swept, and which terms
// all stored rows were held to.
type termsNote struct {
	Swept time.Time `json:"swept"`
	Terms string    `json:"terms"`         // hash of the terms that every row was compared with; "" for none yet
	Until time.Time `json:"until"`         // until then rows are stored that carry a longer term than they should
	Held  time.Time `json:"held,omitzero"` // since when nothing is removed, as the clock may be wrong
}

var (
	termsPartition = store.Partition{Section: store.Duties, ID: [16]byte{'t', 'e', 'r', 'm', 's'}}
	termsKey       = []byte("held")
)

// terms are how long rows may be kept now, and the name of these terms.
func (e *Engine) terms() (records.Terms, string, error) {
	said, err := json.Marshal([]any{e.cfg.Ingest.Retention, e.cfg.Ingest.Properties, e.cfg.Receipts, e.cfg.Looks.Keep, e.cfg.Rights.Keep})
	if err != nil {
		return records.Terms{}, "", fmt.Errorf("name the terms: %w", err)
	}
	sum := sha256.Sum256(said)
	t := records.Terms{Event: e.rules.Expires, Receipt: e.cfg.Receipts.Keep, Look: e.cfg.Looks.Keep}
	for _, keep := range e.cfg.Ingest.Retention {
		if t.Shortest == 0 || keep < t.Shortest {
			t.Shortest = keep
		}
	}
	for _, p := range e.cfg.Ingest.Properties {
		t.Shortest = min(t.Shortest, p.Retention)
	}
	return t, hex.EncodeToString(sum[:8]), nil
}

// sweepIfDue removes what is past its term, if the last sweep is long enough
// ago or the terms have changed since. The time of the last one is stored: a
// process that starts anew every few minutes sweeps all the same.
func (e *Engine) sweepIfDue(ctx context.Context, now time.Time) error {
	note, err := e.readTermsNote(ctx)
	if err != nil {
		return err
	}
	held, err := e.holdSweep(ctx, &note, now)
	if e.sweepHeld.Store(held); held || err != nil {
		return err
	}
	terms, name, err := e.terms()
	if err != nil {
		return err
	}
	if note.Terms == name && now.Sub(note.Swept) < sweepEvery && !note.Swept.After(now) {
		return nil
	}
	if _, err := e.sweep(ctx, terms, &note, name, now); err != nil {
		return err
	}
	return e.writeTermsNote(ctx, note)
}

// holdSweep reports whether nothing is to be deleted now, because the clock may
// have jumped ahead.
func (e *Engine) holdSweep(ctx context.Context, note *termsNote, now time.Time) (bool, error) {
	ahead := now.Sub(note.Swept)
	switch {
	case note.Swept.IsZero() || ahead < sweepTrust:
		if note.Held.IsZero() {
			return false, nil
		}
		e.log.Warn("the clock is back; nothing was deleted for the time that it showed")
		note.Held = time.Time{}
		return false, e.writeTermsNote(ctx, *note)
	case note.Held.IsZero() || note.Held.After(now):
		note.Held = now
		if err := e.writeTermsNote(ctx, *note); err != nil {
			return true, err
		}
	case now.Sub(note.Held) >= sweepHold:
		note.Held = time.Time{}
		return false, nil
	}
	e.log.Error("the clock stands far ahead of the last time that expired rows were removed: this server was off for so long, or the clock is wrong. Nothing is deleted for an hour; if the clock is wrong, set it right before that",
		"now", now, "swept", note.Swept, "ahead", ahead.Round(time.Minute), "deletes_from", note.Held.Add(sweepHold))
	return true, nil
}

// sweep removes every row past its term and makes anew what was learned from
// expired events; the model in use follows with the next fit. It returns how
// many rows it removed, and brings the note up to date.
func (e *Engine) sweep(ctx context.Context, terms records.Terms, note *termsNote, name string, now time.Time) (removed int, err error) {
	if note.Terms != name || now.Before(note.Until) {
		held, err := e.records.HoldToTerms(ctx, terms, note.Terms != name, now)
		if err != nil {
			return 0, err
		}
		if note.Terms != name {
			if err := e.holdRequests(ctx, now); err != nil {
				return 0, err
			}
			note.Terms, note.Until = name, held.Until
		}
		removed = held.Removed
	}
	changed := removed > 0
	n, err := e.data.SweepTelling(ctx, now, func(going []disk.Going) error {
		var refs []tactful.Ref
		seen := map[tactful.Ref]bool{}
		for _, row := range going {
			ref := tactful.Ref(row.Partition.ID)
			if row.Partition.Section == store.Subjects && records.EventRow(row.Family, row.Key) && !seen[ref] {
				seen[ref] = true
				refs = append(refs, ref)
			}
		}
		changed = changed || len(refs) > 0
		e.school.note(len(refs))
		return e.records.MarkChanged(ctx, refs)
	})
	if removed += n; err != nil {
		return removed, err
	}
	n, err = e.keys.Sweep(ctx, now) // what remains of erasures has terms too
	if removed += n; err != nil {
		return removed, err
	}
	note.Swept = now
	if !changed {
		return removed, nil
	}
	return removed, e.unlearnExpired(ctx, now)
}

// holdRequests writes closed requests anew, so that they carry the term that
// is configured now, be it shorter or longer. They are few.
func (e *Engine) holdRequests(ctx context.Context, now time.Time) error {
	var closed []records.CaseID
	err := e.records.ScanCases(ctx, now, func(c records.Case) error {
		r, err := rights.Decode(c.Body)
		if err == nil && r.State.Closed() {
			closed = append(closed, c.ID)
		}
		return err
	})
	for _, id := range closed {
		if err != nil {
			break
		}
		_, _, err = e.step(ctx, id, now, func(*records.Case, *rights.Request) error { return nil })
	}
	if err != nil {
		return fmt.Errorf("hold requests to their term: %w", err)
	}
	return nil
}

// unlearnExpired makes the contributions of marked people anew: what a person
// adds to the model ends with the events that it was made from. Before the
// first fit there is nothing to make.
func (e *Engine) unlearnExpired(ctx context.Context, now time.Time) error {
	if e.card.Load() == nil {
		return nil
	}
	if err := e.school.lesson.take(ctx); err != nil {
		return err
	}
	defer e.school.lesson.give()
	full := e.school.full
	if err := e.attend(ctx, now, func(string, int, int) {}); err != nil {
		return fmt.Errorf("unlearn expired events: %w", err)
	}
	e.school.full = full // the sums know who may not be learned from any more, the model in use does not: its fit stays due
	return nil
}

func (e *Engine) readTermsNote(ctx context.Context) (note termsNote, err error) {
	answers, err := e.data.Read(ctx, []store.Query{{Partition: termsPartition, Family: store.State, Now: e.clock.Now()}})
	if err != nil {
		return note, fmt.Errorf("read when rows were swept: %w", err)
	}
	for _, row := range answers[0].Rows {
		plain, err := e.vault.Tenant().Open(nil, termsPartition, store.State, row.Key, row.Value)
		if err == nil {
			err = json.Unmarshal(plain, &note)
		}
		if err != nil {
			return note, fmt.Errorf("read when rows were swept: %w", err)
		}
	}
	return note, nil
}

func (e *Engine) writeTermsNote(ctx context.Context, note termsNote) error {
	plain, err := json.Marshal(note)
	if err != nil {
		return fmt.Errorf("note the sweep: %w", err)
	}
	for range writeTries {
		answers, err := e.data.Read(ctx, []store.Query{{Partition: termsPartition, Family: store.State, Limit: 1, Now: e.clock.Now()}})
		if err != nil {
			return fmt.Errorf("note the sweep: %w", err)
		}
		sealed := e.vault.Tenant().Seal(nil, termsPartition, store.State, termsKey, plain)
		results, err := e.data.Write(ctx, []store.Batch{{Partition: termsPartition, Expect: answers[0].Version, State: []store.Row{{Key: termsKey, Value: sealed}}}})
		if err == nil {
			err = results[0].Err
		}
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return fmt.Errorf("note the sweep: %w", err)
		}
		return nil
	}
	return tactful.Errorf(tactful.Conflict, "the note of the sweep is changing too fast")
}
