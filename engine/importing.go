package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/records"
)

// newlyMade is how long somebody counts as made by the import that goes on.
const newlyMade = time.Hour

// ImportConsents takes answers over from another system, each with its own
// evidence, for an operator with a name and a reason. The records name them. A
// file is nobody's word of now: over a no that was said here it brings no yes, it
// raises no level that was chosen here, and it takes no signal back. Whoever was
// known before sees that something was changed; people by the thousand are no
// looks that are bounded.
func (e *Engine) ImportConsents(ctx context.Context, a tactful.Alias, c ConsentChange) (tactful.Consents, error) {
	if err := e.enter(); err != nil {
		return tactful.Consents{}, err
	}
	defer e.leave()
	by, err := importer(ctx)
	if err != nil {
		return tactful.Consents{}, err
	}
	now := e.clock.Now()
	ref, err := e.resolve(ctx, a, now)
	if err != nil {
		return tactful.Consents{}, err
	}
	if !ref.IsZero() {
		s, err := e.standingOf(ctx, ref, now)
		if err == nil && s.Created.Before(now.Add(-newlyMade)) {
			err = e.keepLook(ctx, ref, records.StoredLook{Key: by.Key, Look: tactful.Look{Time: now, Kind: by.Kind, Name: by.Name, Reason: by.Reason, Opened: tactful.OpenedToChange}})
		}
		if err != nil {
			return tactful.Consents{}, err
		}
	}
	var over error // of a yes over a no
	next, refused, err := e.hear(ctx, a, ref, func(prev *records.Standing) (consent.Applied, error) {
		said := consent.Change{Level: c.Level, Answers: slices.Clone(c.Answers)}
		over = nil
		said.Answers = slices.DeleteFunc(said.Answers, func(answer tactful.Consent) bool {
			there, asked := prev.Consents.Purposes[answer.Purpose]
			stopped := answer.Answer == tactful.Granted && asked && there.Answer != tactful.Granted
			if stopped {
				over = &tactful.Error{Kind: tactful.Refused, Field: "answer", Detail: "they said no here, and a file brings no yes over it", Remedy: "ask them again, where they are"}
			}
			return stopped
		})
		for i := range said.Answers {
			said.Answers[i].EnteredBy, said.Answers[i].AgreedBy = strings.TrimSpace(by.Name), ""
		}
		if chosen := prev.Consents.Level; chosen != tactful.LevelUnknown && said.Level > chosen || over != nil && len(said.Answers) == 0 {
			said.Level = tactful.LevelUnknown
		}
		if c.GPC != nil && *c.GPC {
			said.GPC = c.GPC
		}
		return e.apply(prev, said, now)
	}, now)
	if err != nil {
		return tactful.Consents{}, err
	}
	return next, cmp.Or(over, refusals(refused, len(c.Answers)))
}

// EventImport is one import of events, batch by batch. The zero value begins one;
// it is for one goroutine.
type EventImport struct {
	told map[tactful.Ref]bool // people who can see that events came for them
}

// ImportEvents takes events over from another system, for an operator with a name
// and a reason, as Ingest does; but a file says yes for nobody and joins no
// names. Whoever was known before sees that something was brought for them,
// once in an import; people by the thousand are no looks that are bounded.
func (e *Engine) ImportEvents(ctx context.Context, run *EventImport, d Delivery) ([]Outcome, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	if _, err := importer(ctx); err != nil {
		return nil, err
	}
	if run == nil {
		run = &EventImport{}
	}
	return e.ingest(ctx, d, run)
}

// importer is who imports: a named operator with a reason.
func importer(ctx context.Context) (tactful.Actor, error) {
	by := tactful.ActorOf(ctx)
	if by.Kind != tactful.ActorOperator {
		return by, needsOperator()
	}
	if by.Key == "" {
		by.Key = importKey // else people by the thousand would use up the hour of whoever imports
	}
	return by, named(&by)
}

// importKey stands for the key of whoever imports at the machine.
const importKey = commandKey + " import"

// announce writes, before anything is stored, who brings events, for the people of
// the delivery who were known before the import.
func (in *intake) announce(ctx context.Context) error {
	by, err := importer(ctx)
	if err != nil {
		return err
	}
	var refs []tactful.Ref
	for _, alias := range in.order {
		who := in.people[alias]
		if who.alias != alias || who.standing == nil || in.run.told[who.ref] || !who.standing.Created.Before(in.now.Add(-newlyMade)) {
			continue
		}
		refs = append(refs, who.ref)
	}
	if len(refs) == 0 {
		return nil
	}
	look := records.StoredLook{Key: by.Key, Look: tactful.Look{Time: in.now, Kind: by.Kind, Name: by.Name, Reason: by.Reason, Opened: tactful.OpenedToChange}}
	if _, err := in.engine.records.AppendLooks(ctx, refs, look, in.engine.latest.see(in.now).Add(in.engine.cfg.Looks.Keep)); err != nil {
		return fmt.Errorf("record the import: %w", err)
	}
	if in.run.told == nil {
		in.run.told = map[tactful.Ref]bool{}
	}
	for _, ref := range refs {
		in.run.told[ref] = true
	}
	return nil
}

// notInAFile refuses a row that would speak for somebody.
func notInAFile() *tactful.Error {
	return &tactful.Error{Kind: tactful.Refused, Detail: "a file of events brings no answer and joins no names",
		Remedy: "import answers with their evidence (tactful import consents), and let your server join names"}
}

func needsOperator() error {
	return &tactful.Error{Kind: tactful.Refused, Field: "--as", Detail: "an import needs a named operator", Remedy: "act under your own name"}
}
