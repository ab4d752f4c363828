package engine

import (
	"context"
	"slices"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
)

// notAlone refuses an operator who would do for somebody, by themself, what
// takes something away from them or frees something that they stopped: a letter
// or a call may be made up, and so may the one who reads it. What only restricts
// needs no second one.
func notAlone(ctx context.Context, what, remedy string) error {
	if tactful.ActorOf(ctx).Kind != tactful.ActorOperator {
		return nil
	}
	return &tactful.Error{Kind: tactful.Refused, Detail: "no operator " + what + " alone: a second one must agree", Remedy: remedy}
}

// theirsOnly refuses an operator what only the person does, or the business's
// server as they do it there: nothing that a human of the business made up may
// look like what somebody did or said.
func theirsOnly(ctx context.Context, what, remedy string) error {
	if tactful.ActorOf(ctx).Kind != tactful.ActorOperator {
		return nil
	}
	return &tactful.Error{Kind: tactful.Refused, Detail: "an operator's key does not " + what, Remedy: remedy}
}

// asTheyDoIt is how what only the person does reaches the engine.
const asTheyDoIt = "let the person do it in their centre, or your server pass it on with a key of its own as they do it"

// byRequest is how two operators do it together.
const byRequest = "enter it as a request and say how it came, by phone, letter or a representative: tactful rights open ID erasure"

// What operators do together instead; the person themself does it in their centre,
// and a page of the business passes it on.
const (
	liftTogether  = "enter it as a request, with the person's words: tactful rights open ID lifting --lift objection, restriction, pause or signal"
	agreeTogether = "enter it as a request, with the person's words: tactful rights open ID consent --yes PURPOSE"
)

// byWord are the ways in which a human hears an answer. Of what an operator enters
// nothing else is believed: a form they fill in is not the person's.
var byWord = []string{"phone", "paper", "letter", "email", "sms", "till", "chat", "conversation", "representative"}

// enteredAlone leaves of a change that an operator enters what restricts, and
// marks it as entered by an operator, unless it says how they heard it. Of the
// rest it makes an error; nobody else is touched by it.
func enteredAlone(ctx context.Context, c consent.Change, prev tactful.Consents) (consent.Change, error) {
	if tactful.ActorOf(ctx).Kind != tactful.ActorOperator {
		return c, nil
	}
	left := c.Noes(prev)
	more := len(left.Answers) < len(c.Answers) || c.Level > max(prev.Level, tactful.Generic)
	if c.Level == tactful.Generic {
		left.Level = c.Level
	}
	if c.GPC != nil && !*c.GPC {
		left.GPC, more = nil, more || prev.GPC
	}
	mark := enteredBy(ctx)
	for i := range left.Answers {
		left.Answers[i] = mark(left.Answers[i])
	}
	if more {
		return left, notAlone(ctx, "says yes for somebody", agreeTogether)
	}
	return left, nil
}

// enteredBy marks what an operator enters alone as theirs.
func enteredBy(ctx context.Context) func(tactful.Consent) tactful.Consent {
	by := tactful.ActorOf(ctx)
	return func(c tactful.Consent) tactful.Consent {
		if by.Kind != tactful.ActorOperator {
			return c
		}
		if !slices.Contains(byWord, c.Method) {
			c.Method = "operator"
		}
		c.EnteredBy, c.AgreedBy = strings.TrimSpace(by.Name), ""
		return c
	}
}
