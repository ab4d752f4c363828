package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
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

	counting sync.Mutex // of erasures
}

// Held is the error of an erasure that waits for a second operator, because
// more were asked for than is plausible. It is not lost: it stands in the queue.
type Held struct {
	Request Queued
	Cause   *tactful.Error
}

// Error renders the sentence.
func (h *Held) Error() string { return h.Cause.Error() }

// Unwrap gives doors the kind.
func (h *Held) Unwrap() error { return h.Cause }

// erasurePace counts the erasures that each key asked for, and all together: one State row each.
var erasurePace = store.Partition{Section: store.Duties, ID: [16]byte{'e', 'r', 'a', 's', 'u', 'r', 'e', ' ', 'p', 'a', 'c', 'e'}}

// tooManyErasures counts n more erasures of whoever acts, and reports whether
// the last hour has now seen more than the configured number with their key, or
// in the whole house, whatever the keys. A person counts on the key that made
// their link. What an operator enters waits anyway; what the engine or a program
// around it does is at the machine itself and is not counted. It fails closed:
// what cannot be counted is held.
func (e *Engine) tooManyErasures(ctx context.Context, by rights.By, n int, now time.Time) (bool, error) {
	switch by.Kind {
	case tactful.ActorPerson, tactful.ActorService:
	case tactful.ActorUnknown, tactful.ActorOperator, tactful.ActorEngine:
		return false, nil
	}
	e.desk.counting.Lock() // else many at once would find each other's rows changed
	defer e.desk.counting.Unlock()
	inAll, err := e.tooMany(ctx, "all", e.cfg.Rights.ErasuresInAll, n, now)
	if err != nil {
		return true, err
	}
	withKey := false
	if by.Key != "" {
		if withKey, err = e.tooMany(ctx, "k"+by.Key, e.cfg.Rights.Erasures, n, now); err != nil {
			return true, err
		}
	}
	if inAll || withKey {
		e.desk.held.Add(uint64(n))
		e.log.Error("many erasures came: they are held until a second operator releases them", "key", by.Key, "with_one_key", withKey, "in_all", inAll,
			"limit_an_hour", e.cfg.Rights.Erasures, "limit_in_all", e.cfg.Rights.ErasuresInAll)
	}
	return inAll || withKey, nil
}

// tooMany counts n more under a name.
func (e *Engine) tooMany(ctx context.Context, counted string, limit, n int, now time.Time) (bool, error) {
	name := []byte(counted)
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
		times = slices.DeleteFunc(times, func(at int64) bool { return at <= begun || at > now.Add(time.Hour).Unix() }) // or the clock was wrong then
		for range n {
			times = append(times, now.Unix())
		}
		held := len(times) > limit
		times = times[max(0, len(times)-limit-1):] // more need not be known
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
		return held, nil
	}
	return true, tactful.Errorf(tactful.Conflict, "erasures are asked for too fast; try again")
}

// brake stops erasures that come too fast: each becomes a request
// that a second operator must release. Single erasures are not delayed.
// Who is not known is left to whoever erases.
func (e *Engine) brake(ctx context.Context, people []tactful.Ref, now time.Time) error {
	by := rights.Of(tactful.ActorOf(ctx))
	if slices.Contains(people, tactful.Ref{}) {
		return nil
	}
	tooMany, err := e.tooManyErasures(ctx, by, len(people), now)
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
		channel := rights.API
		if by.Kind == tactful.ActorPerson {
			channel = rights.Centre
		}
		opening := rights.Opening{Kind: rights.Erasure, Channel: channel, By: by, Proved: true, Held: true}
		if last, err = e.open1(ctx, ref, opening, RightRequest{Kind: rights.Erasure}, now); err != nil {
			return err
		}
	}
	return &Held{Request: Queued{ID: last.ID, Request: last.Request}, Cause: &tactful.Error{
		Kind: tactful.Refused, Detail: "unusually many erasures were asked for within an hour: this one waits for a second operator, as request " + last.ID,
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

// brakeWithdrawal holds the removal of a whole history where unusually many
// people were to lose theirs, or themselves, within an hour: it counts with
// erasures, or a thief would empty every history and leave the people.
func (e *Engine) brakeWithdrawal(ctx context.Context, ref tactful.Ref, which rights.Selection, now time.Time) error {
	detail := rights.Detail{Selection: &which}
	if !which.Whole() {
		return e.brakePieces(ctx, ref, rights.Withdrawal, detail, now)
	}
	tooMany, err := e.tooManyErasures(ctx, rights.Of(tactful.ActorOf(ctx)), 1, now)
	if err != nil || !tooMany {
		return err
	}
	return e.holdRemoval(ctx, ref, rights.Withdrawal, detail, now)
}

// piecesEach is how many single removals one key may ask for in an hour for each
// erasure that it may: a shop whose customers clear up stays far below.
const piecesEach = 10

// brakePieces holds single removals where one server's key asks for unusually
// many: a thief would empty histories thing by thing. People in their own privacy
// centre are not counted.
func (e *Engine) brakePieces(ctx context.Context, ref tactful.Ref, kind rights.Kind, detail rights.Detail, now time.Time) error {
	by := rights.Of(tactful.ActorOf(ctx))
	if by.Kind != tactful.ActorService || by.Key == "" {
		return nil
	}
	e.desk.counting.Lock()
	tooMany, err := e.tooMany(ctx, "p"+by.Key, piecesEach*e.cfg.Rights.Erasures, 1, now)
	e.desk.counting.Unlock()
	if err != nil || !tooMany {
		return err
	}
	e.desk.held.Add(1)
	e.log.Error("many removals of single events came: they are held until a second operator releases them", "key", by.Key, "limit_an_hour", piecesEach*e.cfg.Rights.Erasures)
	return e.holdRemoval(ctx, ref, kind, detail, now)
}

// holdRemoval makes a removal wait for a second operator.
func (e *Engine) holdRemoval(ctx context.Context, ref tactful.Ref, kind rights.Kind, detail rights.Detail, now time.Time) error {
	by := rights.Of(tactful.ActorOf(ctx))
	channel := rights.API
	if by.Kind == tactful.ActorPerson {
		channel = rights.Centre
	}
	held, err := e.open1(ctx, ref, rights.Opening{Kind: kind, Channel: channel, By: by, Proved: true, Held: true}, RightRequest{Kind: kind, Detail: detail}, now)
	if err != nil {
		return err
	}
	return &Held{Request: Queued{ID: held.ID, Request: held.Request}, Cause: &tactful.Error{
		Kind: tactful.Refused, Detail: "unusually many removals were asked for within an hour: this one waits for a second operator, as request " + held.ID,
		Remedy: "let a named operator release it with a key of their own: tactful rights release " + held.ID,
	}}
}
