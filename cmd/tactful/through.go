package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/evaluate"
)

// throughEngine measures what people really get: everybody's training items are
// sent as purchases of consenting people, the engine trains, and each list is a
// decision with consent, all guards, reasons and a receipt.
func throughEngine(a *app, cfg config.Config, train, test *evaluate.Pairs, at int, report func(string, int, int)) (row evaluate.Row, err error) {
	dir, err := os.MkdirTemp("", "tactful-evaluate-")
	if err != nil {
		return row, err
	}
	defer os.RemoveAll(dir)
	cfg.DataDir, cfg.KeyDir = filepath.Join(dir, "data"), filepath.Join(dir, "keys")
	cfg.Engine.Learn.Check = time.Hour // no fits in the background while data comes in
	eng, done, err := openEngine(a, &cfg, newLog(a, "warn"))
	if err != nil {
		return row, err
	}
	defer done()
	if err := sendPairs(a.ctx, eng, train, report); err != nil {
		return row, err
	}
	begun := time.Now()
	if _, err := eng.Train(a.ctx, report); err != nil {
		return row, err
	}
	row = evaluate.Row{Name: "local ridge through the engine", Wall: time.Since(begun)}
	var served atomic.Int64
	row.Measures, err = evaluate.MeasureLists(a.ctx, max(train.Items, test.Items), test, at, func() evaluate.Lister {
		return func(person, n int) ([]uint32, error) {
			report("decide", int(served.Add(1)), len(test.People))
			return decideFor(a.ctx, eng, person, n)
		}
	})
	return row, err
}

// pairAlias and pairItem name the people and items of a pairs file in an engine.
func pairAlias(person int) tactful.Alias {
	return tactful.Alias{Kind: tactful.UserID, ID: "person-" + strconv.Itoa(person)}
}

func pairItem(item uint32) string { return "item-" + strconv.FormatUint(uint64(item), 10) }

// sendPairs lists the items, records everybody's yes and sends the purchases.
func sendPairs(ctx context.Context, eng *engine.Engine, train *evaluate.Pairs, report func(string, int, int)) error {
	items := make([]tactful.Item, 0, 1000)
	for no := range train.Items {
		items = append(items, tactful.Item{ID: pairItem(uint32(no)), Title: "Item " + strconv.Itoa(no), Categories: []string{"All"}, Price: -1})
		if len(items) == cap(items) || no == train.Items-1 {
			if err := eng.PutItems(ctx, items); err != nil {
				return err
			}
			items = items[:0]
		}
	}
	var next, done atomic.Int64
	faults := make([]error, retailWorkers)
	var group sync.WaitGroup
	for worker := range retailWorkers {
		group.Go(func() {
			for faults[worker] == nil && ctx.Err() == nil {
				person := int(next.Add(1)) - 1
				if person >= len(train.People) {
					return
				}
				faults[worker] = sendPerson(ctx, eng, person, train.People[person])
				report("send purchases", int(done.Add(1)), len(train.People))
			}
		})
	}
	group.Wait()
	return errors.Join(errors.Join(faults...), ctx.Err())
}

func sendPerson(ctx context.Context, eng *engine.Engine, person int, items []uint32) error {
	change := engine.ConsentChange{Level: tactful.Personal}
	for _, n := range eng.Notices("en") {
		if n.Purpose == tactful.Recommendations || n.Purpose == tactful.Improvement {
			change.Answers = append(change.Answers, tactful.Consent{Purpose: n.Purpose, Answer: tactful.Granted,
				NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "simulated"})
		}
	}
	if _, err := eng.SetConsents(ctx, pairAlias(person), change); err != nil {
		return err
	}
	when := time.Now().UTC().Add(-time.Hour)
	for first := 0; first < len(items); first += retailBatch {
		part := items[first:min(first+retailBatch, len(items))]
		events := make([]tactful.Event, len(part))
		for i, item := range part {
			events[i] = tactful.Event{MessageID: strconv.Itoa(person) + "-" + strconv.Itoa(first+i), Action: tactful.Purchased, Item: pairItem(item),
				Quantity: 1, Source: "web", Time: when}
		}
		outcomes, err := eng.Ingest(ctx, engine.Delivery{Trust: engine.Trusted, Form: engine.Native, Body: nativeBody(pairAlias(person), events)})
		if err != nil {
			return err
		}
		for i := range outcomes {
			if outcomes[i].Status == engine.OutcomeRefused {
				return fmt.Errorf("a purchase was refused: %s %s %s", outcomes[i].Reason, outcomes[i].Field, outcomes[i].Detail)
			}
		}
	}
	return nil
}

func decideFor(ctx context.Context, eng *engine.Engine, person, n int) ([]uint32, error) {
	d, err := eng.Decide(ctx, &tactful.Request{Subject: pairAlias(person), Placement: tactful.ForYou, Count: n})
	if err != nil {
		return nil, err
	}
	list := make([]uint32, 0, n)
	for i := range d.Suggestions {
		no, err := strconv.ParseUint(strings.TrimPrefix(d.Suggestions[i].Item.ID, "item-"), 10, 32)
		if err != nil {
			return nil, err
		}
		list = append(list, uint32(no))
	}
	return list, nil
}
