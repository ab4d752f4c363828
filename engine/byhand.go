package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/forgotten"
)

// ToldByHand notes that a named operator has told a recipient of an erasure:
// one without a webhook, or whom calls do not reach. The receipt names who says
// so. Whoever has been told stays told: a second note changes nothing.
func (e *Engine) ToldByHand(ctx context.Context, id, recipient string) (ErasureReceipt, error) {
	if err := e.enter(); err != nil {
		return ErasureReceipt{}, err
	}
	defer e.leave()
	by := tactful.ActorOf(ctx)
	name := strings.TrimSpace(by.Name)
	if by.Kind != tactful.ActorOperator || name == "" {
		return ErasureReceipt{}, &tactful.Error{Kind: tactful.Refused, Detail: "that somebody was told by hand needs a named operator", Remedy: "act under your own name"}
	}
	parsed, ok := forgotten.ParseID(id)
	if !ok {
		return ErasureReceipt{}, tactful.Errorf(tactful.NotFound, "there is no such erasure")
	}
	if err := e.tellers.take(ctx); err != nil { // no call is under way meanwhile
		return ErasureReceipt{}, err
	}
	defer e.tellers.give()
	now := e.clock.Now()
	u, err := e.forgotten.Read(ctx, parsed, now)
	if err != nil {
		return ErasureReceipt{}, err
	}
	if u.Kind != "" {
		return ErasureReceipt{}, tactful.Errorf(tactful.NotFound, "there is no such erasure")
	}
	if u.Finished.IsZero() {
		return ErasureReceipt{}, &tactful.Error{Kind: tactful.Conflict, Detail: "the erasure is still under way", Remedy: "repeat it when the receipt says that it is done"}
	}
	at := slices.IndexFunc(u.Tell, func(t forgotten.Telling) bool { return t.Recipient == recipient })
	if at < 0 {
		return ErasureReceipt{}, &tactful.Error{Kind: tactful.NotFound, Field: "recipient", Detail: "is not one who is to be told of this erasure", Remedy: "take the name from its receipt"}
	}
	if told := u.Tell[at]; told.Told.IsZero() {
		told.Told, told.By, told.ID, told.Trouble, told.Next = now, name, "", troubleNone, time.Time{}
		if err := e.forgotten.Told(ctx, parsed, map[string]forgotten.Telling{recipient: told}, now, u.Begun.Add(e.cfg.Erasure.Receipts)); err != nil {
			return ErasureReceipt{}, err
		}
		e.log.Info("a recipient was told of an erasure by hand", "recipient", recipient, "erasure", id, "operator", name)
	}
	return e.erasureReceipt(ctx, parsed)
}
