package engine

import (
	"context"

	"github.com/tactful/tactful"
)

// noCollector refuses whatever an operator's key delivers: events, answers and
// joined names. What a shop's pages and tills collect comes with a service's key,
// in the name of nobody; of a human it would be a history and a yes that one of
// them wrote for somebody, without a reason and unseen by that person.
func noCollector(ctx context.Context) error {
	if tactful.ActorOf(ctx).Kind != tactful.ActorOperator {
		return nil
	}
	return &tactful.Error{Kind: tactful.Refused, Detail: "this key is an operator's, and what happened is not theirs to say",
		Remedy: "send events with a key of your server: tactful keys create --name shop --scope write; what somebody told you, enter as a request of theirs (tactful rights open --help)"}
}

// noReporter refuses an operator who would report for somebody what they thought
// of a decision about them: it is kept in that person's name.
func noReporter(ctx context.Context, ref tactful.Ref) error {
	if ref.IsZero() || tactful.ActorOf(ctx).Kind != tactful.ActorOperator {
		return nil
	}
	return &tactful.Error{Kind: tactful.Refused, Detail: "this key is an operator's, and what somebody thinks of a list is not theirs to say",
		Remedy: "let your page report it with a key of your server (scope decide)"}
}
