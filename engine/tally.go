package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// tally counts outcomes. It holds numbers about the crowd only: no id, no item.
type tally struct {
	mu     sync.Mutex
	events eventTally // since the store was made
	Tally             // since the start
	dirty  bool
}

// eventTally outlives the process, so that the doctor can say why nothing is
// personalized when no server runs.
type eventTally struct {
	Accepted  uint64            `json:"accepted"`
	Duplicate uint64            `json:"duplicate"`
	Ignored   uint64            `json:"ignored"`
	Refused   map[string]uint64 `json:"refused"`
}

// maxReasons bounds the map of reasons; reasons are our own closed words, so
// more than this is a fault of ours and not a way to fill the memory.
const maxReasons = 256

func (t *tally) took(outcomes []Outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dirty = true
	for i := range outcomes {
		switch outcomes[i].Status {
		case OutcomeAccepted:
			t.events.Accepted++
			t.Accepted++
		case OutcomeDuplicate:
			t.events.Duplicate++
			t.Duplicate++
		case OutcomeIgnored:
			t.events.Ignored++
			t.Ignored++
		case OutcomeRefused:
			bump(&t.events.Refused, outcomes[i].Reason, 1)
			bump(&t.Refused, outcomes[i].Reason, 1)
		}
	}
}

func bump(counts *map[string]uint64, word string, by uint64) {
	if *counts == nil {
		*counts = map[string]uint64{}
	}
	if _, known := (*counts)[word]; !known && len(*counts) >= maxReasons {
		word = "other"
	}
	(*counts)[word] += by
}

func (t *tally) decided(d *tactful.Decision) {
	t.mu.Lock()
	defer t.mu.Unlock()
	bump(&t.Decisions, d.Level.String(), 1)
	for i := range d.Withheld {
		bump(&t.Withheld, d.Withheld[i].Guard, uint64(d.Withheld[i].Count))
	}
}

func (t *tally) offered(d *tactful.OfferDecision) {
	t.mu.Lock()
	defer t.mu.Unlock()
	word := "made"
	if len(d.Offers) == 0 {
		word = "none"
	}
	bump(&t.Offers, d.Channel+" "+word, 1)
	for i := range d.Withheld {
		bump(&t.Withheld, d.Withheld[i].Guard, uint64(d.Withheld[i].Count))
	}
}

// handed counts what became of messages for tools.
func (t *tally) handed(channel, state string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	bump(&t.Delivered, channel+" "+state, 1)
}

func (t *tally) reported(kind tactful.FeedbackKind) {
	t.mu.Lock()
	defer t.mu.Unlock()
	bump(&t.Reports, kind.String(), 1)
}

// Tally returns the counters since the start.
func (e *Engine) Tally() Tally {
	t := &e.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.Tally
	out.Refused, out.Decisions, out.Withheld, out.Reports, out.Offers, out.Delivered =
		maps.Clone(t.Refused), maps.Clone(t.Decisions), maps.Clone(t.Withheld), maps.Clone(t.Reports), maps.Clone(t.Offers), maps.Clone(t.Delivered)
	return out
}

// The row that keeps the event counters.
var (
	tallyPartition = store.Partition{Section: store.Duties, ID: [16]byte{'t', 'a', 'l', 'l', 'y'}}
	tallyKey       = []byte("events")
)

func (e *Engine) loadTally(ctx context.Context) error {
	answers, err := e.data.Read(ctx, []store.Query{{Partition: tallyPartition, Family: store.State, Now: e.clock.Now()}})
	if err != nil {
		return fmt.Errorf("read the counters: %w", err)
	}
	for _, row := range answers[0].Rows {
		plain, err := e.vault.Tenant().Open(nil, tallyPartition, store.State, row.Key, row.Value)
		if err != nil {
			return fmt.Errorf("open the counters: %w", err)
		}
		if err := json.Unmarshal(plain, &e.tally.events); err != nil {
			return fmt.Errorf("read the counters: %w", err)
		}
	}
	return nil
}

// saveTally writes the event counters if they have changed. What could not be
// written is tried again with the next save.
func (e *Engine) saveTally(ctx context.Context) (err error) {
	t := &e.tally
	defer func() {
		if err != nil {
			t.mu.Lock()
			t.dirty = true
			t.mu.Unlock()
		}
	}()
	t.mu.Lock()
	plain, err := json.Marshal(t.events)
	due := t.dirty
	t.dirty = false
	t.mu.Unlock()
	if err != nil || !due {
		return err
	}
	sealed := e.vault.Tenant().Seal(nil, tallyPartition, store.State, tallyKey, plain)
	answers, err := e.data.Read(ctx, []store.Query{{Partition: tallyPartition, Family: store.State, Limit: 1, Now: e.clock.Now()}})
	if err != nil {
		return fmt.Errorf("write the counters: %w", err)
	}
	results, err := e.data.Write(ctx, []store.Batch{{
		Partition: tallyPartition, Expect: answers[0].Version, State: []store.Row{{Key: tallyKey, Value: sealed}},
	}})
	if err == nil {
		err = results[0].Err
	}
	if err != nil {
		return fmt.Errorf("write the counters: %w", err)
	}
	return nil
}
