package engine

import (
	"context"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

func TestANameJoinedAfterTheFreezeIsSuppressedLikeTheOthers(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(4)
	w.agree("anna", tactful.Full)
	said, ref := w.clock.Now().Add(-time.Hour), w.ref("anna")
	begun, err := w.beginErasures(ctx, []tactful.Ref{ref}, w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := &saga{Engine: w.Engine, under: begun}
	if err := s.freezeAll(ctx); err != nil {
		t.Fatal(err)
	}
	if err := w.records.Link(ctx, user("tablet"), ref, w.clock.Now()); err != nil { // permitted just before, and written now
		t.Fatal(err)
	}
	for _, step := range []func(context.Context) error{s.cancelAll, s.unlearnAll, s.purgeAll, s.tellAll, s.shredAll, s.scanAll, s.finish} {
		if err := step(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"anna", "tablet"} {
		if w.known(id) || w.erasedUnder(id).IsZero() {
			t.Errorf("%s: known %v, erased %v", id, w.known(id), w.erasedUnder(id))
		}
		if o := w.sendSaying(id, "m-"+id, said); o.Status != OutcomeRefused || w.known(id) {
			t.Errorf("%s: an old yes: %+v", id, o)
		}
	}
	receipt, err := w.erasureReceipt(ctx, begun[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range receipt.Remains {
		if r.What == "suppression" && len(r.Hashes) != 2 {
			t.Errorf("the receipt lists %d hashes", len(r.Hashes))
		}
	}
}
