package engine

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
)

// Beginning is of a visit that began when nobody knew the person. Such a visit has
// a name only, and whoever gets the name later need not be who holds it. So it goes
// on for whom the visit itself made known, and ends when anything else does.
type Beginning struct {
	Subject tactful.Alias `json:"-"` // as in the ticket

	ID    []byte `json:"i"` // random, drawn when the visit begins
	Begun int64  `json:"-"` // ns, and when the link was used
	Until int64  `json:"-"` // s

	// By a link: who made it and when, for the person to see once they are known.
	Link bool   `json:"l,omitempty"`
	Key  string `json:"k,omitempty"`
	Name string `json:"n,omitempty"`
	Made int64  `json:"m,omitempty"` // s
}

type beginningKey struct{}

// WithBeginning says that everything which is called with the context is done in
// such a visit; nil: in none.
func WithBeginning(ctx context.Context, b *Beginning) context.Context {
	if b == nil {
		return ctx
	}
	return context.WithValue(ctx, beginningKey{}, b)
}

// beginningOf is the visit in which something is done for this name; nil: in none.
func beginningOf(ctx context.Context, a tactful.Alias) *Beginning {
	b, _ := ctx.Value(beginningKey{}).(*Beginning)
	if b == nil || b.Subject != a {
		return nil
	}
	return b
}

// begin draws the name of a visit of nobody.
func (e *Engine) begin(v *Visit, begun, until int64) (*Beginning, error) {
	b := Beginning{}
	if v.Beginning != nil {
		b = *v.Beginning
	}
	b.Subject, b.Begun, b.Until, b.ID = v.Subject, begun, until, make([]byte, linkRandom)
	if _, err := io.ReadFull(e.entropy, b.ID); err != nil {
		return nil, fmt.Errorf("draw a visit: %w", err)
	}
	return &b, nil
}

// boundTo names what is noted of whom the visit made known.
func (b *Beginning) boundTo(ref tactful.Ref) string {
	return "visit/" + hex.EncodeToString(b.ID) + "/" + hex.EncodeToString(ref[:])
}

// bind notes that this visit made somebody known, after putting on record who made
// its link and that it was used. What fails on the way ends the visit: it is of
// somebody known, and not bound to them.
func (e *Engine) bind(ctx context.Context, a tactful.Alias, ref tactful.Ref, made bool, now time.Time) error {
	b := beginningOf(ctx, a)
	if b == nil {
		return nil
	}
	if !made || len(b.ID) == 0 {
		return noVisit()
	}
	if b.Link {
		made := tactful.Look{Time: time.Unix(b.Made, 0), Kind: tactful.ActorService, Name: b.Name, Opened: tactful.OpenedLink}
		used := tactful.Look{Time: time.Unix(0, b.Begun), Kind: tactful.ActorService, Name: b.Name, Opened: tactful.OpenedRedeemed}
		for _, look := range []tactful.Look{made, used} {
			if err := e.keepLook(ctx, ref, records.StoredLook{Key: b.Key, Look: look}); err != nil {
				return err
			}
		}
	}
	return e.records.PutOnceOf(ctx, ref, b.boundTo(ref), []byte{1}, time.Unix(b.Until, 0).Add(time.Second), now)
}

// bound refuses a visit of nobody whose name is somebody's by now, unless it made
// them known itself.
func (e *Engine) bound(ctx context.Context, a tactful.Alias, ref tactful.Ref, now time.Time) error {
	b := beginningOf(ctx, a)
	if b == nil || ref.IsZero() {
		return nil
	}
	theirs, err := len(b.ID) > 0, error(nil)
	if theirs {
		theirs, err = e.records.HasOnceOf(ctx, ref, b.boundTo(ref), now)
	}
	if err == nil && !theirs {
		err = noVisit()
	}
	return err
}
