package replay

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/retail"
)

const (
	customerWorkers = 16  // so that they share the waits for the disk
	fewestBought    = 8   // different items, so that there is something to take out
	deliverySize    = 500 // events
)

// customers are people of the demo data in an engine of their own, with a model
// learned from those of them who agreed to that.
type customers struct {
	dir    string
	engine *engine.Engine
	people []tactful.Alias // who said yes to suggestions
}

// ticking is a clock that never stands still, so that what was said later is
// later. It begins at night, when nobody in the data does anything: evidence
// ages in whole days, and no event becomes a day older while it ticks.
type ticking struct {
	base  time.Time
	ticks atomic.Int64
}

func tickingFrom(now time.Time) *ticking {
	return &ticking{base: now.UTC().Truncate(24 * time.Hour).Add(2 * time.Hour)}
}

// Now returns the next millisecond.
func (t *ticking) Now() time.Time {
	return t.base.Add(time.Duration(t.ticks.Add(1)) * time.Millisecond)
}

// openCustomers brings n people of the shipped data, with everything they did,
// through the engine's own door, and fits the model.
func openCustomers(ctx context.Context, opt Options, n int) (_ *customers, err error) {
	data, err := retail.Load()
	if err != nil {
		return nil, fmt.Errorf("read the shipped data: %w", err)
	}
	c := &customers{}
	if c.dir, err = os.MkdirTemp(opt.Dir, "controls-"); err != nil {
		return nil, fmt.Errorf("make a place for the store: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close(ctx))
		}
	}()
	clock := tickingFrom(opt.Clock.Now())
	var cfg engine.Config
	cfg.Rights.Erasures, cfg.Rights.ErasuresInAll = 100_000, 100_000 // all at once stand for as many, each in an hour of their own
	cfg.Ingest.Sources = []string{retail.SourceReal, retail.SourceSimulated}
	cfg.Learn.Check, cfg.Learn.Every, cfg.Learn.Changes = 24*time.Hour, 365*24*time.Hour, 1e9 // one fit; the controls must hold without another
	cfg.Defaults()
	c.engine, err = engine.Open(ctx, cfg, engine.Options{
		Dir: filepath.Join(c.dir, "data"), KeyDir: filepath.Join(c.dir, "keys"), Clock: clock, Entropy: opt.Entropy, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return nil, fmt.Errorf("open an engine: %w", err)
	}
	for items := range slices.Chunk(data.Items(), 1000) {
		if err := c.engine.PutItems(ctx, items); err != nil {
			return nil, err
		}
	}
	if err := c.load(ctx, data, opt, n, clock.base); err != nil {
		return nil, err
	}
	if _, err := c.engine.Train(ctx, opt.Progress); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *customers) load(ctx context.Context, data *retail.Data, opt Options, n int, now time.Time) error {
	notices := map[tactful.Purpose]retail.NoticeVersion{}
	for _, text := range c.engine.Notices("en") {
		notices[text.Purpose] = retail.NoticeVersion{Version: text.Version, Hash: text.Hash, Language: text.Language}
	}
	all, err := data.Customers(retail.Setting{Now: now, Seed: seedBytes(opt.Seed), Notices: notices})
	if err != nil {
		return err
	}
	var chosen []retail.Customer
	for customer := range all {
		if customer.Level < tactful.Personal || bought(&customer) < fewestBought {
			continue
		}
		if chosen = append(chosen, customer); len(chosen) == n {
			break
		}
	}
	if len(chosen) < n {
		return tactful.Errorf(tactful.Invalid, "the data has only %d people who agreed and bought enough", len(chosen))
	}
	c.people = make([]tactful.Alias, n)
	var done atomic.Int64
	return each(ctx, n, func(i int) error {
		c.people[i] = chosen[i].Alias
		defer func() { opt.report("controls: customers", int(done.Add(1)), n) }()
		return c.bring(ctx, &chosen[i])
	})
}

func bought(c *retail.Customer) int {
	items := map[string]bool{}
	for i := range c.Events {
		if c.Events[i].Action == tactful.Purchased {
			items[c.Events[i].Item] = true
		}
	}
	return len(items)
}

// bring records what somebody said and did.
func (c *customers) bring(ctx context.Context, who *retail.Customer) error {
	if _, err := c.engine.SetConsents(ctx, who.Alias, engine.ConsentChange{Level: who.Level, Answers: who.Answers}); err != nil {
		return fmt.Errorf("record a consent: %w", err)
	}
	for events := range slices.Chunk(who.Events, deliverySize) {
		list := make([]map[string]any, len(events))
		for i := range events {
			e := &events[i]
			list[i] = map[string]any{
				"messageId": e.MessageID, "userId": who.Alias.ID, "action": e.Action.String(), "item": e.Item, "quantity": e.Quantity,
				"source": e.Source, "time": e.Time.Format(time.RFC3339),
			}
		}
		body, err := json.Marshal(map[string]any{"events": list})
		if err != nil {
			return fmt.Errorf("write a delivery: %w", err)
		}
		outcomes, err := c.engine.Ingest(ctx, engine.Delivery{Trust: engine.Trusted, Form: engine.Native, Body: body})
		if err != nil {
			return fmt.Errorf("deliver: %w", err)
		}
		for _, o := range outcomes {
			if o.Status != engine.OutcomeAccepted && o.Reason != "too_old" { // views of a year ago are not kept
				return tactful.Errorf(tactful.Internal, "an event of the shipped data was %s %s: %s", o.Status, o.Reason, o.Detail)
			}
		}
	}
	return nil
}

func (c *customers) close(ctx context.Context) error {
	var err error
	if c.engine != nil {
		err = c.engine.Close(ctx)
	}
	_ = os.RemoveAll(c.dir) // a leftover in the temporary place harms nothing
	return err
}

// each does n things, several at once, until one fails.
func each(ctx context.Context, n int, do func(i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var group sync.WaitGroup
	for range customerWorkers {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					cancel(err)
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// seedBytes spells a seed for the makers of the data.
func seedBytes(seed uint64) io.Reader {
	return bytes.NewReader(bytes.Repeat(binary.LittleEndian.AppendUint64(nil, seed), 4))
}
