package engine

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/forgotten"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// PersonEvent is one thing that a person did, with the id by which they may
// speak of it.
type PersonEvent struct {
	ID    string
	Event tactful.Event
}

func eventID(key decision.EventKey) string { return hex.EncodeToString(key[:]) }

func parseEventID(text string) (key decision.EventKey, err error) {
	if len(text) == 2*len(key) {
		if _, err := hex.Decode(key[:], []byte(text)); err == nil && eventID(key) == text {
			return key, nil
		}
	}
	return key, tactful.Errorf(tactful.NotFound, "there is no such event")
}

// Events returns what a person did, newest first, each with its id; none for
// nobody, and none while their data is restricted.
func (e *Engine) Events(ctx context.Context, a tactful.Alias, limit int) ([]PersonEvent, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.findFor(ctx, a, now, tactful.OpenedHistory)
	if err != nil || ref.IsZero() {
		return nil, err
	}
	subject, err := e.usable(ctx, ref, records.Want{Events: min(max(limit, 1), maxHistory)}, now)
	if err != nil || subject == nil {
		return nil, err
	}
	list := make([]PersonEvent, len(subject.Events))
	for i, s := range subject.Events {
		list[i] = PersonEvent{ID: eventID(s.Key), Event: s.Event}
	}
	return list, nil
}

// usable opens somebody whose data is not restricted; nil otherwise, and then
// nothing but the standing was read.
func (e *Engine) usable(ctx context.Context, ref tactful.Ref, want records.Want, now time.Time) (*records.Subject, error) {
	standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
	if err != nil {
		return nil, fmt.Errorf("read the standing: %w", err)
	}
	if standings[0] == nil || standings[0].Frozen {
		return nil, nil
	}
	subject, err := e.records.OpenSince(ctx, ref, standings[0], want, now)
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	return subject, nil
}

// Withdrawn is what became of a withdrawal of events.
type Withdrawn struct {
	Removed int       // events that are gone from the files
	Forgets time.Time // when the model will have been fitted without them, at the latest
	Named   time.Time // until when receipts of past decisions may name their items: they are evidence, and stay as they are
}

// WithdrawEvents forgets that a person did something: one event, all about an
// item, those of a stretch of time, or all. The rows are removed for real and do not come back
// when their sender repeats them; the next decision does without them, and so
// does the model from its next fit on.
func (e *Engine) WithdrawEvents(ctx context.Context, a tactful.Alias, which rights.Selection) (w Withdrawn, err error) {
	err = e.withKnown(ctx, a, func(ref tactful.Ref, now time.Time) (err error) {
		if err = which.Validate("selection"); err != nil {
			return err
		}
		if err = e.brakeWithdrawal(ctx, ref, which, now); err != nil {
			return err
		}
		w, err = e.withdraw(ctx, ref, which, now)
		return err
	})
	return w, err
}

func (e *Engine) withdraw(ctx context.Context, ref tactful.Ref, which rights.Selection, now time.Time) (Withdrawn, error) {
	return e.takeOut(ctx, ref, which, forgotten.Withdrawn, now)
}

// takeOut removes events, after it is written down that recipients hear of it.
func (e *Engine) takeOut(ctx context.Context, ref tactful.Ref, which rights.Selection, told forgotten.Kind, now time.Time) (Withdrawn, error) {
	if err := which.Validate("selection"); err != nil {
		return Withdrawn{}, err
	}
	w := Withdrawn{Forgets: e.nextFit(now), Named: now.Add(e.cfg.Receipts.Keep)}
	keys, err := e.eventsWhere(ctx, ref, which, now)
	switch {
	case err != nil:
	case len(keys) == 0 && which.Event != "":
		err = tactful.Errorf(tactful.NotFound, "there is no such event")
	case len(keys) > 0:
		err = e.noteChange(ctx, ref, told, now)
	}
	switch {
	case err != nil:
	case which.All:
		w.Removed, err = e.clearHistory(ctx, ref, now)
	default:
		w.Removed, err = e.records.RemoveEvents(ctx, ref, keys, now)
	}
	if w.Removed > 0 {
		e.school.note(1)
	}
	if err != nil {
		return w, fmt.Errorf("withdraw events: %w", err)
	}
	if w.Removed == 0 {
		return w, nil
	}
	if err := e.records.PurgeSubject(ctx, ref); err != nil {
		return w, fmt.Errorf("withdraw events: %w", err)
	}
	return w, nil
}

// clearHistory removes every event, after the standing says that none from
// before is to be kept again.
func (e *Engine) clearHistory(ctx context.Context, ref tactful.Ref, now time.Time) (int, error) {
	err := e.amend(ctx, ref, now, func(s *records.Standing) (bool, error) {
		due := s.Cleared.Before(now)
		s.Cleared = now
		return due, nil
	})
	if err != nil {
		return 0, err
	}
	return e.records.ClearEvents(ctx, ref, now)
}

// eventsWhere names the events that are meant.
func (e *Engine) eventsWhere(ctx context.Context, ref tactful.Ref, which rights.Selection, now time.Time) ([]decision.EventKey, error) {
	var one decision.EventKey
	if which.Event != "" {
		var err error
		if one, err = parseEventID(which.Event); err != nil {
			return nil, err
		}
	}
	subject, err := e.records.Open(ctx, ref, records.Want{Events: records.AllEvents}, now)
	if err != nil {
		return nil, err
	}
	var keys []decision.EventKey
	for _, s := range subject.Events {
		within := which.All
		switch {
		case which.Event != "":
			within = s.Key == one
		case which.Item != "":
			within = s.Event.Item == which.Item
		case !which.All:
			within = !s.Event.Time.Before(which.From) && s.Event.Time.Before(which.To)
		}
		if within {
			keys = append(keys, s.Key)
		}
	}
	return keys, nil
}

// Forgets is when the model will have been fitted without what is taken out of
// use or removed now, at the latest.
func (e *Engine) Forgets() time.Time { return e.nextFit(e.clock.Now()) }

// nextFit is when the model will have been fitted again, at the latest, if
// anything changes now.
func (e *Engine) nextFit(now time.Time) time.Time {
	next := now
	if card := e.card.Load(); card != nil && !passed(card.Fitted, now, e.cfg.Learn.Every) {
		next = card.Fitted.Add(e.cfg.Learn.Every)
	}
	return next.Add(e.cfg.Learn.Check)
}

// Rectify corrects one event in a person's words: another quantity, another
// item, or that it was not them. The next decision obeys.
func (e *Engine) Rectify(ctx context.Context, a tactful.Alias, c rights.Correction) error {
	if !c.NotMine {
		if err := notAlone(ctx, "changes what somebody did", "enter it as a request: tactful rights open ID rectification --event EVENT --quantity N"); err != nil {
			return err
		}
	}
	return e.withKnown(ctx, a, func(ref tactful.Ref, now time.Time) error {
		if c.NotMine {
			if err := e.brakePieces(ctx, ref, rights.Rectification, rights.Detail{Correction: &c}, now); err != nil {
				return err
			}
		}
		return e.rectify(ctx, ref, c, now)
	})
}

func (e *Engine) rectify(ctx context.Context, ref tactful.Ref, c rights.Correction, now time.Time) error {
	if err := c.Validate("correction"); err != nil {
		return err
	}
	if c.NotMine {
		_, err := e.takeOut(ctx, ref, rights.Selection{Event: c.Event}, forgotten.Corrected, now)
		return err
	}
	if c.Item != "" && e.ground.Load().items.ByID(c.Item) == nil {
		return tactful.InvalidField("correction.item", "is not in the catalogue", "send an item's id")
	}
	key, err := parseEventID(c.Event)
	if err != nil {
		return err
	}
	subject, err := e.records.Open(ctx, ref, records.Want{Events: records.AllEvents}, now)
	if err != nil {
		return fmt.Errorf("correct an event: %w", err)
	}
	for _, s := range subject.Events {
		if s.Key != key {
			continue
		}
		corrected := s.Event
		id, err := e.newID()
		if err != nil {
			return err
		}
		corrected.MessageID, corrected.Provenance = "corrected-"+id, tactful.Declared
		if c.Quantity > 0 {
			corrected.Quantity = c.Quantity
		}
		if c.Item != "" {
			corrected.Item, corrected.Value = c.Item, 0 // the price was the other item's
		}
		if err := e.noteChange(ctx, ref, forgotten.Corrected, now); err != nil {
			return fmt.Errorf("correct an event: %w", err)
		}
		if _, err := e.records.CorrectEvent(ctx, ref, key, corrected, now); err != nil {
			return fmt.Errorf("correct an event: %w", err)
		}
		e.school.note(1)
		return e.records.PurgeSubject(ctx, ref)
	}
	return tactful.Errorf(tactful.NotFound, "there is no such event")
}
