package engine

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/records"
)

// PersonEvents are the events of one person under a name that holds for one
// export only: who has two exports cannot tell that two names are one person.
type PersonEvents struct {
	Person string
	Events []tactful.Event
}

// bulkPeople is how many people are read at once.
const bulkPeople = 64

// EachConsented visits the stored events of everybody who permits a purpose now,
// and of nobody else: no yes, a no, an objection, a pause, a restriction or a
// level below personal leaves a person out. Consent is read once more after the
// events, so that who took it back meanwhile is left out too. An operator with
// name and reason must ask; each person who is visited can see the look.
func (e *Engine) EachConsented(ctx context.Context, purpose tactful.Purpose, progress func(stage string, done, total int), visit func(PersonEvents) error) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	actor := tactful.ActorOf(ctx)
	if actor.Kind != tactful.ActorOperator {
		return &tactful.Error{Kind: tactful.Refused, Detail: "Events of many people are given to a named operator only.", Remedy: "Say who you are and why."}
	}
	if err := named(&actor); err != nil {
		return err
	}
	if tactful.ActorOf(ctx).Key == "" { // at the machine: its lines are one export, and not people opened one by one
		actor.Key = commandKey + " export"
	}
	if !e.declares(purpose) {
		return tactful.InvalidField("purpose", "is not one of the configured purposes", "see engine.consent.purposes in `tactful config`")
	}
	var secret [32]byte
	if _, err := io.ReadFull(e.entropy, secret[:]); err != nil {
		return fmt.Errorf("draw the names of an export: %w", err)
	}
	now := e.clock.Now()
	permits := func(s *records.Standing) bool {
		p := e.policy.Permit(e.standing(s, now), consent.Ask{Purpose: purpose, Want: tactful.Full}, now)
		// Global Privacy Control wins over a yes to any purpose: a file leaves the house.
		return p.Allowed && p.Level >= tactful.Personal && !s.Consents.GPC
	}
	seen := 0
	flush := func(refs []tactful.Ref) error {
		if len(refs) == 0 {
			return nil
		}
		look := records.StoredLook{Key: actor.Key, Look: tactful.Look{Time: now, Kind: actor.Kind, Name: actor.Name, Reason: actor.Reason, Opened: tactful.OpenedHistory}}
		if _, err := e.records.AppendLooks(ctx, refs, look, e.latest.see(now).Add(e.cfg.Looks.Keep)); err != nil {
			return fmt.Errorf("record the looks: %w", err)
		}
		events, err := e.records.Events(ctx, refs, historyRead, now)
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		after, err := e.records.ReadStanding(ctx, refs, now)
		if err != nil {
			return fmt.Errorf("read consent: %w", err)
		}
		for i, ref := range refs {
			if after[i] == nil || !permits(after[i]) {
				continue
			}
			mac := hmac.New(sha256.New, secret[:])
			mac.Write(ref[:])
			one := PersonEvents{Person: "p_" + hex.EncodeToString(mac.Sum(nil)[:12])}
			for k := range events[i] {
				one.Events = append(one.Events, events[i][k].Event)
			}
			if len(one.Events) == 0 {
				continue
			}
			if err := visit(one); err != nil {
				return err
			}
		}
		seen += len(refs)
		progress("export events", seen, 0)
		return nil
	}
	var refs []tactful.Ref
	err := e.records.ScanSubjects(ctx, 0, 1, now, func(ref tactful.Ref, s *records.Standing) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !permits(s) {
			return nil
		}
		if refs = append(refs, ref); len(refs) < bulkPeople {
			return nil
		}
		full := refs
		refs = nil
		return flush(full)
	})
	if err != nil {
		return err
	}
	return flush(refs)
}

func (e *Engine) declares(purpose tactful.Purpose) bool {
	for _, p := range e.cfg.Consent.Purposes {
		if p.Name == purpose {
			return true
		}
	}
	return false
}

// Weight says how much one item speaks for another in the model in use.
type Weight struct {
	Item, Suggestion string
	Weight           float32
	People           uint16 // who did both; capped at 65535
}

// EachWeight visits the weights of the model in use that rest on at least as
// many people as a reason must fit (engine.guards.support), by item. It returns
// the model's hash, "" if there is no model, and how many weights it kept back.
func (e *Engine) EachWeight(ctx context.Context, visit func(Weight) error) (hash string, kept int, err error) {
	if err := e.enter(); err != nil {
		return "", 0, err
	}
	defer e.leave()
	ground := e.ground.Load()
	m := ground.model
	if m == nil {
		return "", 0, nil
	}
	for column := range int32(m.Len()) {
		if err := ctx.Err(); err != nil {
			return "", 0, err
		}
		from := ground.items.ByNo(m.Number(column))
		targets, weights, support := m.Row(column)
		for i, target := range targets {
			to := ground.items.ByNo(m.Number(int32(target)))
			if from == nil || to == nil || uint32(support[i]) < e.cfg.Guards.Support {
				kept++
				continue
			}
			if err := visit(Weight{Item: from.ID, Suggestion: to.ID, Weight: weights[i], People: support[i]}); err != nil {
				return "", 0, err
			}
		}
	}
	return m.Hash(), kept, nil
}
