package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
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
)

// crowd is a store of made-up people. Each has one interest, a few hundred items
// of the catalogue, of which some are far more popular than others, and now and
// then takes something else. Who they are and what they did depends on their
// number only, so that a store can be filled on.
type crowd struct {
	dir    string
	items  int
	events int // of each person
}

const (
	crowdMarker   = "people" // file that says how many people are in
	crowdWorkers  = 32       // so that writers share the disk's syncs
	crowdTogether = 50       // people of one delivery
	crowdInterest = 300      // items of an interest
)

func personName(n int) string { return fmt.Sprintf("p%07d", n) }

func itemName(n int) string { return fmt.Sprintf("i%06d", n) }

// there is how many people the directory holds.
func (c *crowd) there() (int, error) {
	text, err := os.ReadFile(filepath.Join(c.dir, crowdMarker))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s is not a store that bench scale filled", c.dir)
	}
	return n, nil
}

// fill adds people up to a number and fits the model.
func (c *crowd) fill(a *app, cfg *config.Config, log *slog.Logger, size int) error {
	from, err := c.there()
	if err != nil || from == size {
		return err
	}
	eng, done, err := openEngine(a, cfg, log)
	if err != nil {
		return err
	}
	defer done()
	bar := a.progress()
	defer bar.End()
	if from == 0 {
		if err := c.stock(a.ctx, eng); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancelCause(a.ctx)
	defer cancel(nil)
	answers := crowdAnswers(eng)
	var next, filled atomic.Int64
	next.Store(int64(from))
	filled.Store(int64(from))
	var group sync.WaitGroup
	for range crowdWorkers {
		group.Go(func() {
			for ctx.Err() == nil {
				first := int(next.Add(crowdTogether)) - crowdTogether
				if first >= size {
					return
				}
				last := min(first+crowdTogether, size)
				if err := c.admit(ctx, eng, answers, first, last); err != nil {
					cancel(err)
					return
				}
				bar.Report("fill", int(filled.Add(int64(last-first))), size)
			}
		})
	}
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("fill the store: %w", err)
	}
	if _, err := eng.Train(a.ctx, bar.Report); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.dir, crowdMarker), []byte(strconv.Itoa(size)+"\n"), 0o600)
}

// stock fills the catalogue.
func (c *crowd) stock(ctx context.Context, eng *engine.Engine) error {
	for from := 0; from < c.items; from += 1000 {
		list := make([]tactful.Item, 0, 1000)
		for n := from; n < min(from+1000, c.items); n++ {
			list = append(list, tactful.Item{
				ID: itemName(n), Title: fmt.Sprintf("Thing number %d", n), URL: "/things/" + itemName(n), Price: int64(100 + n%9000), Currency: "EUR",
				Categories: []string{fmt.Sprintf("Floor %d", n/crowdInterest/20), fmt.Sprintf("Shelf %d", n/crowdInterest)}, Availability: tactful.InStock,
			})
		}
		if err := eng.PutItems(ctx, list); err != nil {
			return fmt.Errorf("fill the catalogue: %w", err)
		}
	}
	return nil
}

// crowdAnswers are what everybody of the crowd agreed to.
func crowdAnswers(eng *engine.Engine) []tactful.Consent {
	var answers []tactful.Consent
	for _, n := range eng.Notices("en") {
		if n.Purpose == tactful.Recommendations || n.Purpose == tactful.Improvement {
			answers = append(answers, tactful.Consent{Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language,
				Method: "simulated", Jurisdiction: "GB", Time: time.Now().UTC()})
		}
	}
	return answers
}

// admit brings some people: their answers, then what they did.
func (c *crowd) admit(ctx context.Context, eng *engine.Engine, answers []tactful.Consent, first, last int) error {
	body := []byte(`{"events":[`)
	for n := first; n < last; n++ {
		who := tactful.Alias{Kind: tactful.UserID, ID: personName(n)}
		if _, err := eng.SetConsents(ctx, who, engine.ConsentChange{Level: tactful.Full, Answers: answers}); err != nil {
			return err
		}
		body = c.appendDeeds(body, n)
	}
	body[len(body)-1] = ']'
	body = append(body, '}')
	outcomes, err := eng.Ingest(ctx, engine.Delivery{Trust: engine.Trusted, Form: engine.Native, Body: body})
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if o.Status != engine.OutcomeAccepted && o.Status != engine.OutcomeDuplicate { // a duplicate where filling was cut short
			return fmt.Errorf("an event was not taken: %s %s", o.Field, o.Detail)
		}
	}
	return nil
}

// appendDeeds writes what one person did, each event with a comma behind it.
func (c *crowd) appendDeeds(body []byte, n int) []byte {
	rng := rand.New(rand.NewPCG(uint64(n), 20261126))
	interests := max(1, c.items/crowdInterest)
	begins := n % interests * crowdInterest
	now := time.Now().UTC()
	for i := range c.events {
		item := rng.IntN(c.items)
		if rng.IntN(5) > 0 {
			u := rng.Float64()
			item = begins + int(u*u*float64(min(crowdInterest, c.items-begins)))
		}
		action := "viewed"
		if rng.IntN(2) == 0 {
			action = "purchased"
		}
		body = fmt.Appendf(body, `{"messageId":"c%d-%d","userId":"%s","action":"%s","item":"%s","source":"web","time":"%s"},`,
			n, i, personName(n), action, itemName(item), now.Add(-time.Duration(1+rng.IntN(80*24))*time.Hour).Format(time.RFC3339))
	}
	return body
}
