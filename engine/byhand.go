package engine

import (
	"cmp"
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
	parsed, err := e.toldByHand(ctx, id, recipient, func(u *forgotten.Erasure) error {
		if u.Kind != "" {
			return tactful.Errorf(tactful.NotFound, "there is no such erasure")
		}
		if u.Finished.IsZero() {
			return &tactful.Error{Kind: tactful.Conflict, Detail: "the erasure is still under way", Remedy: "repeat it when the receipt says that it is done"}
		}
		return nil
	})
	if err != nil {
		return ErasureReceipt{}, err
	}
	return e.erasureReceipt(ctx, parsed)
}

// ToldOfChange is ToldByHand for a correction, a withdrawal or a restriction.
// When everybody knows, nothing says any more whom it was about.
func (e *Engine) ToldOfChange(ctx context.Context, id, recipient string) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	_, err := e.toldByHand(ctx, id, recipient, func(u *forgotten.Erasure) error {
		if u.Kind == "" {
			return tactful.Errorf(tactful.NotFound, "there is no such change")
		}
		return nil
	})
	return err
}

func (e *Engine) toldByHand(ctx context.Context, id, recipient string, may func(*forgotten.Erasure) error) (forgotten.ID, error) {
	by := tactful.ActorOf(ctx)
	name := strings.TrimSpace(by.Name)
	if by.Kind != tactful.ActorOperator || name == "" {
		return forgotten.ID{}, &tactful.Error{Kind: tactful.Refused, Detail: "that somebody was told by hand needs a named operator", Remedy: "act under your own name"}
	}
	parsed, ok := forgotten.ParseID(id)
	if !ok {
		return parsed, tactful.Errorf(tactful.NotFound, "there is nothing of this id to be told of")
	}
	if err := e.tellers.take(ctx); err != nil { // no call is under way meanwhile
		return parsed, err
	}
	defer e.tellers.give()
	now := e.clock.Now()
	u, err := e.forgotten.Read(ctx, parsed, now)
	if err == nil {
		err = may(u)
	}
	if err != nil {
		return parsed, err
	}
	at := slices.IndexFunc(u.Tell, func(t forgotten.Telling) bool { return t.Recipient == recipient })
	if at < 0 {
		return parsed, &tactful.Error{Kind: tactful.NotFound, Field: "recipient", Detail: "is not one who is to be told of it", Remedy: "take the name from the receipt, or from the list of changes"}
	}
	if told := u.Tell[at]; told.Told.IsZero() {
		told.Told, told.By, told.ID, told.Trouble, told.Next = now, name, "", troubleNone, time.Time{}
		if err := e.forgotten.Told(ctx, parsed, map[string]forgotten.Telling{recipient: told}, now, u.Begun.Add(e.cfg.Erasure.Receipts)); err != nil {
			return parsed, err
		}
		e.log.Info("a recipient was told by hand", "recipient", recipient, "id", id, "what", cmp.Or(string(u.Kind), "erased"), "operator", name)
	}
	return parsed, nil
}

// Untold is a change of which recipients are still to be told.
type Untold struct {
	ID         string
	What       string // corrected, withdrawn, restricted or unrestricted
	Time       time.Time
	Recipients []UntoldRecipient
}

// UntoldRecipient is one of them.
type UntoldRecipient struct {
	Name    string
	Subject string // what they call the person: tell them to whom it happened
	Trouble string // why they do not know yet, "" if nobody has tried
}

// UntoldChanges lists the changes of which somebody is still to be told, oldest
// first, for a named operator who tells by hand. Whom it is about only the
// recipients can read in it.
func (e *Engine) UntoldChanges(ctx context.Context) ([]Untold, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	if by := tactful.ActorOf(ctx); by.Kind != tactful.ActorOperator || by.Name == "" {
		return nil, &tactful.Error{Kind: tactful.Refused, Detail: "who is to be told by hand is for a named operator", Remedy: "act under your own name"}
	}
	waiting, err := e.forgotten.Untold(ctx, e.clock.Now())
	if err != nil {
		return nil, err
	}
	var list []Untold
	for _, u := range waiting {
		if u.Kind == "" {
			continue
		}
		one := Untold{ID: u.ID.String(), What: string(u.Kind), Time: u.Begun.UTC()}
		for _, t := range u.Tell {
			if t.Told.IsZero() {
				one.Recipients = append(one.Recipients, UntoldRecipient{Name: t.Recipient, Subject: t.ID, Trouble: t.Trouble})
			}
		}
		list = append(list, one)
	}
	slices.SortStableFunc(list, func(a, b Untold) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	return list[:min(len(list), maxErasures)], nil
}
