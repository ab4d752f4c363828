package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// A clock can be wrong, and be set back or ahead while people are served. A yes
// that has run out stays so: it is judged as of the latest time that was ever
// seen here. What waits for a time does not wait for one that lies further ahead
// than it ever should (passed). What is kept for a time is kept from
// the latest time on. And nothing is deleted after a jump ahead before
// somebody had the time to see the alarm (see retention.go).

const (
	clockSlack  = 5 * time.Minute // by how much a clock may be set back without a word
	clockSaved  = time.Minute     // how old the stored latest time may be before it is stored again
	maxAccepted = 32              // corrections that are remembered
)

// latest is the latest time that was seen. The zero value has seen none.
type latest struct {
	ns atomic.Int64

	mu    sync.Mutex // guards the stored form
	saved clockNote
}

// clockNote is what is stored of it.
type clockNote struct {
	Latest   time.Time       `json:"latest"`
	Accepted []AcceptedClock `json:"accepted,omitempty"`
}

// AcceptedClock is one time that somebody said that the clock is right now and
// was wrong before.
type AcceptedClock struct {
	Time   time.Time `json:"time"`
	Was    time.Time `json:"was"` // the latest time that had been seen
	By     string    `json:"by,omitempty"`
	Reason string    `json:"reason"`
}

// see takes note of a moment and returns the latest that was seen.
func (l *latest) see(now time.Time) time.Time {
	ns := now.UnixNano()
	for {
		seen := l.ns.Load()
		if seen >= ns {
			return time.Unix(0, seen).UTC()
		}
		if l.ns.CompareAndSwap(seen, ns) {
			return now
		}
	}
}

// passed reports whether so much time lies between two moments. A moment ahead of
// now is from a clock that was wrong, and has passed too: waiting for it could
// take years.
func passed(then, now time.Time, d time.Duration) bool {
	past := now.Sub(then)
	return past >= d || past < -clockSlack
}

var (
	clockPartition = store.Partition{Section: store.Duties, ID: [16]byte{'c', 'l', 'o', 'c', 'k'}}
	clockKey       = []byte("seen")
)

// openClock reads the latest time that earlier processes saw.
func (e *Engine) openClock(ctx context.Context) error {
	note, _, err := e.readClock(ctx)
	if err != nil {
		return err
	}
	e.latest.saved = note
	if !note.Latest.IsZero() {
		e.latest.see(note.Latest)
	}
	e.watchClock(e.clock.Now())
	return nil
}

// behind is how far the clock stands behind the latest time seen.
func (e *Engine) behind(now time.Time) time.Duration { return e.latest.see(now).Sub(now) }

// watchClock says loudly that the clock was set back.
func (e *Engine) watchClock(now time.Time) {
	if behind := e.behind(now); behind > clockSlack {
		e.log.Error("the clock stands behind a time that was seen here before; a yes that had run out by then stays so, and one that is given now runs out early. Set the clock right; if it is right now and was wrong then, stop the server and run `tactful clock accept`",
			"now", now, "seen", now.Add(behind), "behind", behind.Round(time.Second))
	}
}

// saveClock stores the latest time, if it has moved on enough.
func (e *Engine) saveClock(ctx context.Context) error {
	now := e.latest.see(e.clock.Now())
	e.latest.mu.Lock()
	defer e.latest.mu.Unlock()
	if now.Sub(e.latest.saved.Latest) < clockSaved {
		return nil
	}
	note := e.latest.saved
	note.Latest = now
	return e.writeClock(ctx, note)
}

// AcceptClock forgets times that were seen while the clock was wrong: what would
// have run out by then counts again. Why is on record.
func (e *Engine) AcceptClock(ctx context.Context, reason string) (AcceptedClock, error) {
	if err := e.enter(); err != nil {
		return AcceptedClock{}, err
	}
	defer e.leave()
	now := e.clock.Now()
	if reason == "" || len(reason) > tactful.MaxReason {
		return AcceptedClock{}, tactful.InvalidField("reason", "is missing or too long", "say in a sentence why the clock was wrong")
	}
	if behind := e.behind(now); behind <= clockSlack {
		return AcceptedClock{}, &tactful.Error{Kind: tactful.Conflict, Detail: "the clock is not behind any time that was seen here", Remedy: "there is nothing to accept"}
	}
	e.latest.mu.Lock()
	defer e.latest.mu.Unlock()
	accepted := AcceptedClock{Time: now, Was: time.Unix(0, e.latest.ns.Load()).UTC(), By: tactful.ActorOf(ctx).Name, Reason: reason}
	note := clockNote{Latest: now, Accepted: append(e.latest.saved.Accepted, accepted)}
	note.Accepted = note.Accepted[max(0, len(note.Accepted)-maxAccepted):]
	if err := e.writeClock(ctx, note); err != nil {
		return AcceptedClock{}, err
	}
	e.latest.ns.Store(now.UnixNano())
	e.log.Warn("somebody said that the clock is right now", "was", accepted.Was, "now", now, "reason", reason)
	return accepted, nil
}

// AcceptedClocks lists when the clock was said to be right after it had been wrong.
func (e *Engine) AcceptedClocks(ctx context.Context) ([]AcceptedClock, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	note, _, err := e.readClock(ctx)
	return note.Accepted, err
}

func (e *Engine) readClock(ctx context.Context) (note clockNote, version store.Version, err error) {
	answers, err := e.data.Read(ctx, []store.Query{{Partition: clockPartition, Family: store.State, Now: e.clock.Now()}})
	if err != nil {
		return note, 0, fmt.Errorf("read the latest time: %w", err)
	}
	for _, row := range answers[0].Rows {
		plain, err := e.vault.Tenant().Open(nil, clockPartition, store.State, row.Key, row.Value)
		if err == nil {
			err = json.Unmarshal(plain, &note)
		}
		if err != nil {
			return note, 0, fmt.Errorf("read the latest time: %w", err)
		}
	}
	return note, answers[0].Version, nil
}

// writeClock stores a note; the mutex is held.
func (e *Engine) writeClock(ctx context.Context, note clockNote) error {
	plain, err := json.Marshal(note)
	if err != nil {
		return fmt.Errorf("note the time: %w", err)
	}
	for range writeTries {
		_, version, err := e.readClock(ctx)
		if err != nil {
			return err
		}
		sealed := e.vault.Tenant().Seal(nil, clockPartition, store.State, clockKey, plain)
		results, err := e.data.Write(ctx, []store.Batch{{Partition: clockPartition, Expect: version, State: []store.Row{{Key: clockKey, Value: sealed}}}})
		if err == nil {
			err = results[0].Err
		}
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return fmt.Errorf("note the time: %w", err)
		}
		e.latest.saved = note
		return nil
	}
	return tactful.Errorf(tactful.Conflict, "the note of the time is changing too fast")
}
