package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/retail"
)

const (
	retailWorkers = 8   // customers imported at once, so that they share the disk's syncs
	retailBatch   = 500 // events of one delivery
)

// seedReader gives the bytes of a seed for ever.
type seedReader uint64

func (s seedReader) Read(p []byte) (int, error) {
	var word [8]byte
	binary.LittleEndian.PutUint64(word[:], uint64(s))
	for i := range p {
		p[i] = word[i%8]
	}
	return len(p), nil
}

// loadRetail brings the shipped data into an engine through its own door:
// items, then each customer's consents, then their events. Events of people
// who did not agree are refused there like anybody's.
func loadRetail(ctx context.Context, eng *engine.Engine, data *retail.Data, seed uint64, now time.Time, report func(string, int, int)) error {
	items := data.Items()
	for len(items) > 0 {
		n := min(1000, len(items))
		if err := eng.PutItems(ctx, items[:n]); err != nil {
			return err
		}
		items = items[n:]
	}
	notices := map[tactful.Purpose]retail.NoticeVersion{}
	for _, n := range eng.Notices("en") {
		notices[n.Purpose] = retail.NoticeVersion{Version: n.Version, Hash: n.Hash, Language: n.Language}
	}
	customers, err := data.Customers(retail.Setting{Now: now, Seed: seedReader(seed), Notices: notices})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan retail.Customer)
	var done, accepted atomic.Int64
	var group sync.WaitGroup
	for range retailWorkers {
		group.Go(func() {
			for customer := range queue {
				kept, err := loadCustomer(ctx, eng, &customer)
				if err != nil {
					cancel(err)
					continue
				}
				accepted.Add(int64(kept))
				report("import customers", int(done.Add(1)), data.Shoppers())
			}
		})
	}
	for customer := range customers {
		select {
		case queue <- customer:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(queue)
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("import customers: %w", err)
	}
	if accepted.Load() == 0 {
		return errShort
	}
	return nil
}

func loadCustomer(ctx context.Context, eng *engine.Engine, c *retail.Customer) (kept int, err error) {
	if len(c.Answers) > 0 || c.Level != tactful.LevelUnknown {
		if _, err := eng.SetConsents(ctx, c.Alias, engine.ConsentChange{Level: c.Level, Answers: c.Answers}); err != nil {
			return 0, err
		}
	}
	events := c.Events
	for len(events) > 0 {
		n := min(retailBatch, len(events))
		outcomes, err := eng.Ingest(ctx, engine.Delivery{Trust: engine.Trusted, Form: engine.Native, Body: nativeBody(c.Alias, events[:n])})
		if err != nil {
			return kept, err
		}
		for i := range outcomes {
			switch {
			case outcomes[i].Status == engine.OutcomeAccepted:
				kept++
			case outcomes[i].Reason == "invalid" || outcomes[i].Reason == "screened":
				return kept, fmt.Errorf("%w: %s %s", errShort, outcomes[i].Field, outcomes[i].Detail)
			}
		}
		events = events[n:]
	}
	return kept, nil
}

// nativeEvent is one event as POST /v1/events takes it.
type nativeEvent struct {
	MessageID   string  `json:"messageId"`
	UserID      string  `json:"userId,omitempty"`
	AnonymousID string  `json:"anonymousId,omitempty"`
	Action      string  `json:"action"`
	Item        string  `json:"item,omitempty"`
	Quantity    int32   `json:"quantity,omitempty"`
	Price       float64 `json:"price,omitempty"`
	Currency    string  `json:"currency,omitempty"`
	Order       string  `json:"order,omitempty"`
	Source      string  `json:"source"`
	Time        string  `json:"time"`
}

func nativeBody(a tactful.Alias, events []tactful.Event) []byte {
	list := make([]nativeEvent, len(events))
	for i := range events {
		e := &events[i]
		list[i] = nativeEvent{
			MessageID: e.MessageID, Action: e.Action.String(), Item: e.Item, Quantity: e.Quantity,
			Price: float64(e.Value) / 100, Order: e.Order, Source: e.Source, Time: e.Time.Format(time.RFC3339),
		}
		if e.Value > 0 {
			list[i].Currency = "GBP"
		}
		if a.Kind == tactful.UserID {
			list[i].UserID = a.ID
		} else {
			list[i].AnonymousID = a.ID
		}
	}
	body, err := json.Marshal(map[string]any{"events": list})
	if err != nil {
		return nil // plain strings and numbers always encode
	}
	return body
}
