package engine

import (
	"context"
	"slices"

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

// byRequest is how two operators do it together.
const byRequest = "enter it as a request and say how it came, by phone, letter or a representative: tactful rights open ID erasure"

// byThemself is how what somebody stopped is freed: there is no request for it yet.
const byThemself = "the person does it in their privacy centre, or on a page of yours whose server passes it on"

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
	for i := range left.Answers {
		if answer := &left.Answers[i]; !slices.Contains(byWord, answer.Method) {
			answer.Method = "operator"
		}
	}
	if more {
		return left, notAlone(ctx, "says yes for somebody", byThemself)
	}
	return left, nil
}
