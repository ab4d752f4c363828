package engine

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/forgotten"
)

// noteChange writes down that recipients are to be told of a correction, of
// events that were withdrawn or of a restriction (GDPR 19), in the journal of
// erasures and by its means: the same calls, ids and attempts. It is written
// before the change, so that none is made of which they would never hear. Those
// without a webhook are told by hand, and wait until an operator says so; the log
// names them. Nobody is told of somebody who is being erased but of the erasure.
func (e *Engine) noteChange(ctx context.Context, ref tactful.Ref, kind forgotten.Kind, now time.Time) error {
	if len(e.cfg.Parties.Recipients) == 0 {
		return nil
	}
	ids, err := e.records.RecipientIDs(ctx, ref, now)
	if err != nil {
		return err
	}
	note := &forgotten.Erasure{Kind: kind, Ref: ref, Begun: now, Finished: now, Changed: now}
	for _, r := range e.cfg.Parties.Recipients {
		id, known := ids[r.Name]
		if !known { // they could not tell whom we mean
			continue
		}
		one := forgotten.Telling{Recipient: r.Name, Received: strings.Join(r.Records, ", "), ID: id, Known: true}
		if r.Webhook == "" {
			one.Trouble = troubleNoWebhook
			e.log.Warn("a recipient must be told by hand of a change to somebody's data: see `tactful erasures changes`", "recipient", r.Name, "change", string(kind))
		}
		note.Tell = append(note.Tell, one)
	}
	if len(note.Tell) == 0 {
		return nil
	}
	if _, err := io.ReadFull(e.entropy, note.ID[:]); err != nil {
		return fmt.Errorf("note whom to tell: %w", err)
	}
	note.Pass(forgotten.Tell, now, len(note.Tell))
	if err := e.forgotten.Note(ctx, note, now.Add(e.cfg.Erasure.Receipts)); err != nil {
		return err
	}
	// An erasure that began meanwhile may have looked before this was written.
	standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
	if err != nil {
		return err
	}
	under, err := e.erasing(ctx, ref)
	if err != nil {
		return err
	}
	if under || standings[0] == nil {
		_, err := e.forgotten.CancelNotes(ctx, ref, now)
		return err
	}
	e.wakeTeller()
	return nil
}

// noteOnce is noteChange for a change that may have to be tried again.
func (e *Engine) noteOnce(ref tactful.Ref, kind forgotten.Kind, now time.Time) func(context.Context) error {
	noted := false
	return func(ctx context.Context) error {
		if noted {
			return nil
		}
		err := e.noteChange(ctx, ref, kind, now)
		noted = err == nil
		return err
	}
}

// cancelNotes is the queue of what recipients are still to be told of a person.
func (e *Engine) cancelNotes(ctx context.Context, ref tactful.Ref) (int, error) {
	return e.forgotten.CancelNotes(ctx, ref, e.clock.Now())
}
