package engine

import (
	"cmp"
	"context"
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
	by := tactful.ActorOf(ctx)
	if by.Kind != tactful.ActorOperator {
		return tactful.Consents{}, needsOperator()
	}
	if err := named(&by); err != nil {
		return tactful.Consents{}, err
	}
	now := e.clock.Now()
	ref, err := e.resolve(ctx, a, now)
	if err != nil {
		return tactful.Consents{}, err
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
	if !ref.IsZero() {
		s, err := e.standingOf(ctx, ref, now)
		if err == nil && s.Created.Before(now.Add(-newlyMade)) {
			err = e.keepLook(ctx, ref, records.StoredLook{Key: by.Key, Look: tactful.Look{Time: now, Kind: by.Kind, Name: by.Name, Reason: by.Reason, Opened: tactful.OpenedToChange}})
		}
		if err != nil {
			return tactful.Consents{}, err
		}
	}
	return next, cmp.Or(over, refusals(refused, len(c.Answers)))
}

func needsOperator() error {
	return &tactful.Error{Kind: tactful.Refused, Field: "--as", Detail: "an import needs a named operator", Remedy: "act under your own name"}
}
