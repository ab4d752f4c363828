package engine

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

func (w *world) events(id string) map[string]PersonEvent {
	w.t.Helper()
	list, err := w.Events(context.Background(), user(id), 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	by := map[string]PersonEvent{}
	for _, e := range list {
		by[e.Event.Item] = e
	}
	return by
}

func (w *world) items(id string) string {
	var items []string
	for item := range w.events(id) {
		items = append(items, strings.TrimPrefix(item, "item-"))
	}
	slices.Sort(items)
	return strings.Join(items, " ")
}

// teaches lists the items of a person's contribution.
func (w *world) teaches(id string) (items []string) {
	w.t.Helper()
	s, err := w.records.Open(context.Background(), w.ref(id), records.Want{Contribution: true}, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	if s.Contribution.Empty() {
		return nil
	}
	all := w.ground.Load().items
	for _, entry := range s.Contribution.Items {
		items = append(items, all.ByNo(entry.No).ID)
	}
	slices.Sort(items)
	return items
}

func TestWithdrawnEventsAreGoneFromTheFilesTheModelAndTheNextList(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(120, 24)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2)
	w.clock.pass(2 * time.Hour)
	w.mustSend("anna", "purchased", 5)
	w.clock.pass(26 * time.Hour)
	w.mustSend("anna", "purchased", 9, 6)
	w.train()

	uses := func(item string) bool {
		d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou, Count: 20})
		r, err := w.Receipt(ctx, d.ID)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(r.Evidence, func(u tactful.Used) bool { return u.Item == item })
	}
	one := w.events("anna")["item-2"]
	if !uses("item-2") || !slices.Contains(w.teaches("anna"), "item-2") {
		t.Fatal("the item is not used before: the look is blind")
	}
	key, err := parseEventID(one.ID)
	if err != nil {
		t.Fatal(err)
	}
	sealed := w.footprint(user("anna")).rows["row 2 "+hex.EncodeToString(append([]byte{'e'}, key[:]...))]
	if !bytes.Contains(everyByte(t, w.dir), sealed.Value) {
		t.Fatal("the row is not in the files before: the look is blind")
	}

	got, err := w.WithdrawEvents(ctx, user("anna"), rights.Selection{Event: one.ID})
	if err != nil || got.Removed != 1 || !got.Forgets.After(w.clock.Now()) || got.Forgets.After(w.clock.Now().Add(w.cfg.Learn.Every+w.cfg.Learn.Check)) {
		t.Fatalf("%+v %v", got, err)
	}
	if bytes.Contains(everyByte(t, w.dir), sealed.Value) {
		t.Error("the row is still in the files")
	}
	if uses("item-2") {
		t.Error("the next decision still uses it")
	}
	w.train()
	if slices.Contains(w.teaches("anna"), "item-2") {
		t.Error("the model still learns from it")
	}
	t.Run("its sender repeats it in vain", func(t *testing.T) {
		again := w.clock.Now()
		w.clock.pass(-28 * time.Hour)
		for _, o := range w.send("anna", "purchased", 2) {
			if o.Status != OutcomeDuplicate {
				t.Errorf("%s %s", o.Status, o.Reason)
			}
		}
		w.clock.pass(again.Sub(w.clock.Now()))
		if got := w.items("anna"); got != "1 5 6 9" {
			t.Errorf("left: %s", got)
		}
	})
	t.Run("it cannot be withdrawn twice, nor can what never was", func(t *testing.T) {
		for _, id := range []string{one.ID, strings.Repeat("0", 36), "x", "", strings.ToUpper(one.ID)} {
			if _, err := w.WithdrawEvents(ctx, user("anna"), rights.Selection{Event: id}); err == nil {
				t.Errorf("%q was withdrawn", id)
			}
		}
	})
	t.Run("nobody withdraws what somebody else did", func(t *testing.T) {
		w.agree("eve", tactful.Personal)
		other := w.events("anna")["item-1"]
		if _, err := w.WithdrawEvents(ctx, user("eve"), rights.Selection{Event: other.ID}); tactful.KindOf(err) != tactful.NotFound {
			t.Error(err)
		}
	})
	t.Run("all about an item", func(t *testing.T) {
		w.mustSend("anna", "viewed", 3)
		w.clock.pass(time.Second)
		w.mustSend("anna", "viewed", 3)
		got, err := w.WithdrawEvents(ctx, user("anna"), rights.Selection{Item: "item-3"})
		if err != nil || got.Removed != 2 || w.items("anna") != "1 5 6 9" {
			t.Errorf("%+v %v, left: %s", got, err, w.items("anna"))
		}
	})
	t.Run("an hour", func(t *testing.T) {
		got, err := w.WithdrawEvents(ctx, user("anna"), rights.Selection{From: noon, To: noon.Add(time.Hour)})
		if err != nil || got.Removed != 1 || w.items("anna") != "5 6 9" {
			t.Errorf("%+v %v, left: %s", got, err, w.items("anna"))
		}
	})
	t.Run("a day", func(t *testing.T) {
		day := noon.Truncate(24 * time.Hour)
		got, err := w.WithdrawEvents(ctx, user("anna"), rights.Selection{From: day, To: day.Add(24 * time.Hour)})
		if err != nil || got.Removed != 1 || w.items("anna") != "6 9" {
			t.Errorf("%+v %v, left: %s", got, err, w.items("anna"))
		}
	})
	t.Run("all, and nothing from before comes again", func(t *testing.T) {
		got, err := w.WithdrawEvents(ctx, user("anna"), rights.Selection{All: true})
		if err != nil || got.Removed != 2 || w.items("anna") != "" {
			t.Errorf("%+v %v, left: %s", got, err, w.items("anna"))
		}
		for what := range w.footprint(user("anna")).rows {
			if strings.HasPrefix(what, "row 2 65") {
				t.Errorf("even a name is left: %s", what)
			}
		}
		for _, o := range w.send("anna", "purchased", 9, 6) {
			if o.Status != OutcomeRefused || o.Reason != "removed" {
				t.Errorf("%s %s", o.Status, o.Reason)
			}
		}
		w.clock.pass(time.Second)
		w.mustSend("anna", "viewed", 3)
		w.train()
		if left := fmt.Sprint(w.teaches("anna")); left != "[item-3]" && left != "[]" {
			t.Errorf("the model learns from %s", left)
		}
	})
}

func TestACorrectedEventCountsAsThePersonSaysAndStaysCorrected(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(120, 24)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 5, 2)
	w.train()
	wrong := w.events("anna")["item-2"]
	if err := w.Rectify(ctx, user("anna"), rights.Correction{Event: wrong.ID, Item: "item-9", Quantity: 3}); err != nil {
		t.Fatal(err)
	}
	now, ok := w.events("anna")["item-9"]
	if got := w.items("anna"); got != "1 5 9" || !ok || now.Event.Quantity != 3 || now.Event.Provenance != tactful.Declared || !now.Event.Time.Equal(wrong.Event.Time) {
		t.Fatalf("%s: %+v", got, now)
	}
	d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou, Count: 20})
	r, err := w.Receipt(ctx, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	var used []string
	for _, u := range r.Evidence {
		used = append(used, u.Item)
	}
	if slices.Contains(used, "item-2") || !slices.Contains(used, "item-9") {
		t.Errorf("the next decision used %v", used)
	}
	for _, o := range w.send("anna", "purchased", 2) { // the sender sends what was wrong again
		if o.Status != OutcomeDuplicate {
			t.Errorf("%s %s", o.Status, o.Reason)
		}
	}
	if got := w.items("anna"); got != "1 5 9" {
		t.Errorf("after a retry: %s", got)
	}
	if err := w.Rectify(ctx, user("anna"), rights.Correction{Event: w.events("anna")["item-5"].ID, NotMine: true}); err != nil || w.items("anna") != "1 9" {
		t.Errorf("%v: %s", err, w.items("anna"))
	}
	for name, c := range map[string]rights.Correction{
		"an event that is gone":     {Event: wrong.ID, Quantity: 1},
		"an item that nobody lists": {Event: now.ID, Item: "nothing"},
		"no correction":             {Event: now.ID},
	} {
		if err := w.Rectify(ctx, user("anna"), c); err == nil {
			t.Errorf("%s was corrected", name)
		}
	}
	w.train()
	if got := fmt.Sprint(w.teaches("anna")); got != "[item-1 item-9]" {
		t.Errorf("the model learns from %s", got)
	}
}
