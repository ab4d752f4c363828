package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/store"
)

// desk is where requests are worked on.
type desk struct {
	last atomic.Pointer[RightsTally] // as of the last look at the queue
	held atomic.Uint64
}

// Held is the error of an erasure that waits for a second operator, because
// one key asked for more than is plausible. It is not lost: it stands in the queue.
type Held struct {
	Request Queued
	Cause   *tactful.Error
}

// Error renders the sentence.
func (h *Held) Error() string { return h.Cause.Error() }

// Unwrap gives doors the kind.
func (h *Held) Unwrap() error { return h.Cause }

// erasurePace counts the erasures that each key asked for: one State row a key.
var erasurePace = store.Partition{Section: store.Duties, ID: [16]byte{'e', 'r', 'a', 's', 'u', 'r', 'e', ' ', 'p', 'a', 'c', 'e'}}

// tooManyErasures counts n more erasures that a key asks for, and reports
// whether the last hour has now seen more than the configured number. What
// comes without a key is at the machine itself and is not counted. It fails
// closed: what cannot be counted is held.
func (e *Engine) tooManyErasures(ctx context.Context, key string, n int, now time.Time) (bool, error) {
	if key == "" || e.cfg.Rights.Erasures == 0 {
		return false, nil
	}
	name := []byte("k" + key)
	if len(name) > store.MaxKeyBytes {
		return true, nil
	}
	for range writeTries {
		answers, err := e.data.Read(ctx, []store.Query{{Partition: erasurePace, Family: store.State, From: name, To: append(name[:len(name):len(name)], 0), Now: now}})
		if err != nil {
			return true, fmt.Errorf("count erasures: %w", err)
		}
		var times []int64 // seconds, oldest first
		for _, row := range answers[0].Rows {
			plain, err := e.vault.Tenant().Open(nil, erasurePace, store.State, row.Key, row.Value)
			if err == nil {
				err = json.Unmarshal(plain, &times)
			}
			if err != nil {
				return true, fmt.Errorf("count erasures: %w", err)
			}
		}
		begun := now.Add(-time.Hour).Unix()
		for len(times) > 0 && times[0] <= begun {
			times = times[1:]
		}
		for range n {
			times = append(times, now.Unix())
		}
		held := len(times) > e.cfg.Rights.Erasures
		times = times[max(0, len(times)-e.cfg.Rights.Erasures-1):] // more need not be known
		plain, err := json.Marshal(times)
		if err != nil {
			return true, fmt.Errorf("count erasures: %w", err)
		}
		row := store.Row{Key: name, Value: e.vault.Tenant().Seal(nil, erasurePace, store.State, name, plain), Expires: now.Add(2 * time.Hour)}
		results, err := e.data.Write(ctx, []store.Batch{{Partition: erasurePace, Expect: answers[0].Version, State: []store.Row{row}}})
		if err == nil {
			err = results[0].Err
		}
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return true, fmt.Errorf("count erasures: %w", err)
		}
		if held {
			e.desk.held.Add(uint64(n))
			e.log.Error("many erasures came with one key: they are held until a second operator releases them", "key", key, "limit_an_hour", e.cfg.Rights.Erasures)
		}
		return held, nil
	}
	return true, tactful.Errorf(tactful.Conflict, "erasures are asked for too fast; try again")
}

// brake stops erasures that come too fast with one key: each becomes a request
// that a second operator must release. Single erasures are not delayed.
// Who is not known is left to whoever erases.
func (e *Engine) brake(ctx context.Context, people []tactful.Ref, now time.Time) error {
	by := rights.Of(tactful.ActorOf(ctx))
	if slices.Contains(people, tactful.Ref{}) {
		return nil
	}
	tooMany, err := e.tooManyErasures(ctx, by.Key, len(people), now)
	if err != nil || !tooMany {
		return err
	}
	var last Right
	for _, ref := range people {
		waiting, err := e.heldAlready(ctx, ref, now)
		if err != nil {
			return err
		}
		if waiting.ID != "" {
			last = waiting
			continue
		}
		opening := rights.Opening{Kind: rights.Erasure, Channel: rights.API, By: by, Proved: true, Held: true}
		if last, err = e.open1(ctx, ref, opening, RightRequest{Kind: rights.Erasure}, now); err != nil {
			return err
		}
	}
	return &Held{Request: Queued{ID: last.ID, Request: last.Request}, Cause: &tactful.Error{
		Kind: tactful.Refused, Detail: "too many erasures came with this key within an hour: this one waits for a second operator, as request " + last.ID,
		Remedy: "let a named operator release it with a key of their own: tactful rights release " + last.ID,
	}}
}

// heldAlready finds the erasure of a person that waits for a second operator:
// asking again does not make another.
func (e *Engine) heldAlready(ctx context.Context, ref tactful.Ref, now time.Time) (Right, error) {
	list, err := e.rightsOf(ctx, ref, now)
	if err != nil {
		return Right{}, err
	}
	for _, r := range list {
		if r.Kind == rights.Erasure && r.Why == rights.ManyErasures && r.State == rights.Waiting {
			return r, nil
		}
	}
	return Right{}, nil
}
