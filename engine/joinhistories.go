package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/tactful/tactful"
)

// maxMerged is how many histories one delivery may join: each is a write of its own.
const maxMerged = 20

// joinHistories moves the history of the second name to the person of the first. The
// second is a browser's: who is given up has that one name and no other, since a
// browser at which several people sign in would make them one.
func (in *intake) joinHistories(ctx context.Context, who, other *person, fate *Outcome) error {
	again := func(detail string) {
		fate.refuse(reasonUnavailable, &tactful.Error{Detail: detail, Remedy: "send it again with the same messageId"})
	}
	if in.merged >= maxMerged {
		again(fmt.Sprintf("the delivery joins more than %d histories", maxMerged))
		return nil
	}
	in.merged++
	_, err := in.engine.merge(ctx, who.ref, other.ref, oneName, in.now)
	if err != nil {
		switch tactful.KindOf(err) {
		case tactful.Refused:
			fate.refuse("both_known", asError(err))
			return nil
		case tactful.Conflict, tactful.Unavailable, tactful.NotFound:
			again("the two were not joined")
			return nil
		default:
			return fmt.Errorf("join histories: %w", err)
		}
	}
	fate.Status = OutcomeAccepted
	for alias, met := range in.people { // what is said under one name holds for the other
		if met == other {
			in.people[alias] = who
		}
	}
	who.barred = who.barred || other.barred
	standings, err := in.engine.records.ReadStanding(ctx, []tactful.Ref{who.ref}, in.now)
	if err != nil {
		return fmt.Errorf("read consent: %w", err)
	}
	who.standing = standings[0]
	return nil
}

// asError is what a caller is told of a refusal.
func asError(err error) *tactful.Error {
	var known *tactful.Error
	if errors.As(err, &known) {
		return known
	}
	return &tactful.Error{Kind: tactful.Refused, Detail: "it may not be done"}
}
