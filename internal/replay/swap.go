package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// The shop of the swap: small, since each list is one answer of a whole engine.
const (
	swapPeople = 60
	swapItems  = 60
)

// swapped lets everybody of a panel tell the opposite of what they told, and
// counts the lists and search results that are others afterwards. Nothing is
// fitted in between: the panel serves no list.
func swapped(ctx context.Context, opt Options, seed uint64) (changed, compared int, err error) {
	dir, err := os.MkdirTemp(opt.Dir, "swap-")
	if err != nil {
		return 0, 0, fmt.Errorf("make a place for the store: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var cfg engine.Config
	cfg.Protection.Attributes = []engine.Attribute{{Name: "group", Values: []string{"a", "b"}, Least: 40}}
	cfg.Learn.Check, cfg.Learn.Every, cfg.Learn.Changes = 24*time.Hour, 365*24*time.Hour, 1e9
	cfg.Learn.Support, cfg.Guards.Support = 1, 2
	cfg.Defaults()
	clock := &movable{at: opt.Clock.Now()}
	e, err := engine.Open(ctx, cfg, engine.Options{
		Dir: filepath.Join(dir, "data"), KeyDir: filepath.Join(dir, "keys"), Clock: clock, Entropy: opt.Entropy, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return 0, 0, fmt.Errorf("open an engine: %w", err)
	}
	defer func() { err = errors.Join(err, e.Close(ctx)) }()
	if err := swapShop(ctx, e, clock.at, seed); err != nil {
		return 0, 0, err
	}
	if err := tellGroup(ctx, e, 0); err != nil {
		return 0, 0, err
	}
	if _, err := e.Train(ctx, nil); err != nil {
		return 0, 0, err
	}
	before, err := listsOf(ctx, e)
	if err != nil {
		return 0, 0, err
	}
	if err := tellGroup(ctx, e, 1); err != nil {
		return 0, 0, err
	}
	after, err := listsOf(ctx, e)
	if err != nil {
		return 0, 0, err
	}
	for i := range before {
		if !reflect.DeepEqual(before[i], after[i]) {
			changed++
		}
	}
	return changed, len(before), nil
}

func swapShop(ctx context.Context, e *engine.Engine, now time.Time, seed uint64) error {
	items := make([]tactful.Item, swapItems)
	for i := range items {
		items[i] = blank(i + 1)
		items[i].Title = fmt.Sprintf("Thing number %d", i+1)
		items[i].Categories = []string{fmt.Sprint("Shelf ", i%6)}
	}
	if err := e.PutItems(ctx, items); err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(seed, 8))
	for i := range swapPeople {
		if err := agreeTo(ctx, e, person(i), tactful.Personal, tactful.Recommendations, tactful.Improvement, tactful.Protection); err != nil {
			return err
		}
		var events []map[string]any
		for n, item := range rng.Perm(swapItems / 2)[:8] {
			events = append(events, map[string]any{
				"messageId": fmt.Sprintf("%d-%d", i, n), "userId": person(i), "action": "purchased", "item": fmt.Sprint(2*item + 1 + i%2),
				"source": "web", "time": now.Add(-24 * time.Hour).Format(time.RFC3339),
			})
		}
		body, err := json.Marshal(map[string]any{"events": events})
		if err != nil {
			return fmt.Errorf("write events: %w", err)
		}
		outcomes, err := e.Ingest(ctx, engine.Delivery{Trust: engine.Trusted, Form: engine.Native, Body: body})
		if err != nil {
			return err
		}
		for _, o := range outcomes {
			if o.Status != engine.OutcomeAccepted {
				return tactful.Errorf(tactful.Internal, "an event was %s: %s", o.Status, o.Detail)
			}
		}
	}
	return nil
}

// tellGroup lets everybody tell the panel which they are, the other way round
// for turn 1.
func tellGroup(ctx context.Context, e *engine.Engine, turn int) error {
	for i := range swapPeople {
		if err := e.SetPanel(ctx, tactful.Alias{Kind: tactful.UserID, ID: person(i)}, "group", []string{"a", "b"}[(i+turn)%2]); err != nil {
			return fmt.Errorf("tell the panel: %w", err)
		}
	}
	return nil
}

// listsOf are everybody's list and what everybody finds with a neutral query.
func listsOf(ctx context.Context, e *engine.Engine) (all [][]tactful.Suggestion, err error) {
	for i := range swapPeople {
		for _, r := range []tactful.Request{{Placement: tactful.ForYou}, {Placement: tactful.Search, Query: "thing"}} {
			r.Subject, r.Count = tactful.Alias{Kind: tactful.UserID, ID: person(i)}, 10
			d, err := e.Decide(ctx, &r)
			if err != nil {
				return nil, fmt.Errorf("decide: %w", err)
			}
			if len(d.Suggestions) != r.Count {
				return nil, tactful.Errorf(tactful.Internal, "a list has %d", len(d.Suggestions))
			}
			all = append(all, d.Suggestions)
		}
	}
	return all, nil
}
