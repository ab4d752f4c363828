package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// Sizes of the row.
const (
	reasonPeople  = 1600 // of the audience; a reason needs a crowd of twenty behind a pair
	reasonAsked   = 40   // whose lists are looked at
	reasonList    = 10
	reasonBatch   = 400
	reasonGoal    = 5.0
	reasonsNamed  = 0.5 // of the suggestions that rest on what the person did
	reasonsFilled = 0.9
)

// naming says which item of the history a suggestion's reason names.
type naming func(s *tactful.Suggestion, history []string, rng *rand.Rand) string

// honest takes the reason at its word.
func honest(s *tactful.Suggestion, _ []string, _ *rand.Rand) string {
	if len(s.Reason.Items) == 0 {
		return ""
	}
	return s.Reason.Items[0]
}

// anything names something that the person really did, whatever the suggestion
// rests on: a reason that reads as well and is none.
func anything(s *tactful.Suggestion, history []string, rng *rand.Rand) string {
	if len(s.Reason.Items) == 0 {
		return ""
	}
	return history[rng.IntN(len(history))]
}

// measureReasons plays reference/creepiness.md, replay 14: what a reason names is
// taken away, and the suggestion is scored again. A reason that is true matters
// far more than something else that the person did.
func measureReasons(ctx context.Context, opt Options) (Row, error) {
	return reasonsFrom(ctx, opt, honest)
}

func reasonsFrom(ctx context.Context, opt Options, name naming) (Row, error) {
	row := Row{
		Attack: "take away what a reason names, and something else that the person did (synthetic audience)",
		Metric: "effect of the named reason on the score, divided by that of another", Goal: fmt.Sprintf("at least %.0f", reasonGoal), Bound: reasonGoal, Seeds: opt.seeds(),
	}
	var ratios, plain, named, filled []float64
	for i, seed := range row.Seeds {
		opt.report("reasons: audiences", i, len(row.Seeds))
		got, err := reasonsOnce(ctx, opt, seed, name)
		if err != nil {
			return Row{}, err
		}
		row.N += got.checked
		ratios, plain = append(ratios, got.ratio), append(plain, got.plain)
		named, filled = append(named, got.named), append(filled, got.filled)
	}
	opt.report("reasons: audiences", len(row.Seeds), len(row.Seeds))
	row.Tactful, row.Interval = mean(ratios)
	row.Plain, _ = mean(plain)
	share, _ := mean(named)
	full, _ := mean(filled)
	row.Beside = []Figure{
		figure("share of suggestions made from a history whose reason names an item", share, fmt.Sprintf("at least %.2f: silence is no honesty", reasonsNamed), reasonsNamed),
		figure("share of places that are filled", full, fmt.Sprintf("at least %.2f: a short list tells less", reasonsFilled), reasonsFilled),
	}
	row.judge(row.Tactful >= reasonGoal)
	return row, nil
}

// truth is what one repetition measured.
type truth struct {
	ratio, plain  float64 // of the named, and of something named at random, to another
	named, filled float64
	checked       int
}

func reasonsOnce(ctx context.Context, opt Options, seed uint64, name naming) (got truth, err error) {
	dir, err := os.MkdirTemp(opt.Dir, "tactful-reasons-")
	if err != nil {
		return got, err
	}
	defer os.RemoveAll(dir)
	cfg := settings()
	cfg.Learn.Check = time.Hour
	e, err := engine.Open(ctx, cfg, engine.Options{
		Dir: filepath.Join(dir, "data"), KeyDir: filepath.Join(dir, "keys"), Clock: opt.Clock, Entropy: opt.Entropy, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return got, fmt.Errorf("open an engine: %w", err)
	}
	defer func() { err = errors.Join(err, e.Close(context.WithoutCancel(ctx))) }()
	ctx = tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorEngine})
	people := audience(seed).pairs.People[:reasonPeople]
	if err := furnish(ctx, e, people, opt.Clock.Now()); err != nil {
		return got, err
	}
	rng := rand.New(rand.NewPCG(seed, 14))
	var effect, other, random float64
	suggested, withName, places := 0, 0, 0
	for _, u := range rng.Perm(len(people))[:reasonAsked] {
		history := make([]string, len(people[u]))
		for i, no := range people[u] {
			history[i] = thing(no)
		}
		if len(history) < 3 {
			continue
		}
		ask := tactful.Request{Subject: teller(u), Placement: tactful.ForYou, Count: reasonList}
		d, err := e.Decide(ctx, &ask)
		if err != nil {
			return got, err
		}
		places += reasonList
		got.filled += float64(len(d.Suggestions))
		without := map[string]map[string]float64{} // scores of everything, by what was taken away
		drop := func(item string, s *tactful.Suggestion) (float64, error) {
			if without[item] == nil {
				a, err := e.Explain(ctx, &engine.Question{Request: ask, WhatIf: &engine.WhatIf{Without: []string{item}}})
				if err != nil {
					return 0, err
				}
				scores := map[string]float64{}
				for _, x := range a.WhatIf.Candidates {
					scores[x.Item] = x.Score
				}
				without[item] = scores
			}
			return (s.Score - without[item][s.Item.ID]) / s.Score, nil
		}
		for i := range d.Suggestions {
			s := &d.Suggestions[i]
			if s.Score <= 0 {
				continue
			}
			suggested++
			reason := name(s, history, rng)
			if reason == "" {
				continue
			}
			withName++
			another := history[rng.IntN(len(history))]
			for another == reason {
				another = history[rng.IntN(len(history))]
			}
			for _, one := range []struct {
				item string
				into *float64
			}{{reason, &effect}, {another, &other}, {history[rng.IntN(len(history))], &random}} {
				change, err := drop(one.item, s)
				if err != nil {
					return got, err
				}
				if one.into == &effect {
					effect += change // it must speak for the suggestion
				} else {
					*one.into += math.Abs(change)
				}
			}
		}
	}
	if withName == 0 || other == 0 {
		return got, tactful.Errorf(tactful.Internal, "no suggestion names a reason, so nothing was measured")
	}
	got.checked, got.ratio, got.plain = withName, effect/other, random/other
	got.named, got.filled = float64(withName)/float64(suggested), got.filled/float64(places)
	return got, nil
}

func thing(no uint32) string { return fmt.Sprintf("thing-%d", no) }

func teller(u int) tactful.Alias {
	return tactful.Alias{Kind: tactful.UserID, ID: fmt.Sprintf("teller-%d", u)}
}

// furnish lists the items, records everybody's yes, sends what they bought and fits.
func furnish(ctx context.Context, e *engine.Engine, people [][]uint32, now time.Time) error {
	items := make([]tactful.Item, audienceItems)
	for i := range items {
		items[i] = tactful.Item{ID: thing(uint32(i + 1)), Title: fmt.Sprintf("Thing %d", i+1), Categories: []string{fmt.Sprintf("Theme %d", i%audienceThemes)}, Price: 100, Currency: "EUR"}
	}
	if err := e.PutItems(ctx, items); err != nil {
		return fmt.Errorf("list the items: %w", err)
	}
	var events []map[string]any
	send := func() error {
		if len(events) == 0 {
			return nil
		}
		body, err := json.Marshal(map[string]any{"events": events})
		if err != nil {
			return err
		}
		outcomes, err := e.Ingest(ctx, engine.Delivery{Trust: engine.Trusted, Form: engine.Native, Body: body})
		if err != nil {
			return fmt.Errorf("send purchases: %w", err)
		}
		for _, o := range outcomes {
			if o.Status != engine.OutcomeAccepted {
				return tactful.Errorf(tactful.Internal, "a purchase was not taken: %s", o.Reason)
			}
		}
		events = events[:0]
		return nil
	}
	for u, history := range people {
		if err := agree(ctx, e, teller(u).ID, tactful.Personal); err != nil {
			return err
		}
		for i, no := range history {
			events = append(events, map[string]any{"messageId": fmt.Sprintf("%d-%d", u, i), "userId": teller(u).ID, "action": "purchased", "item": thing(no),
				"source": "web", "time": now.Add(-time.Duration(i+1) * time.Hour).Format(time.RFC3339)})
			if len(events) == reasonBatch {
				if err := send(); err != nil {
					return err
				}
			}
		}
	}
	if err := send(); err != nil {
		return err
	}
	if _, err := e.Train(ctx, nil); err != nil {
		return fmt.Errorf("fit: %w", err)
	}
	return nil
}
