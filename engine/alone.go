package engine

import (
	"context"

	"github.com/tactful/tactful"
)

// notAlone refuses an operator who would do for somebody, by themself, what
// takes something away from them or frees something that they stopped: a letter
// or a call may be made up, and so may the one who reads it. It goes through a
// request that another operator releases. What only restricts needs no second one.
func notAlone(ctx context.Context, what, request string) error {
	if tactful.ActorOf(ctx).Kind != tactful.ActorOperator {
		return nil
	}
	return &tactful.Error{
		Kind: tactful.Refused, Detail: "no operator " + what + " alone: a second one must agree",
		Remedy: "enter it as a request and say how it came, by phone, letter or a representative: tactful rights open ID " + request,
	}
}
