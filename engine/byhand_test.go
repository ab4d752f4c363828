package engine

import (
	"bytes"
	"testing"

	"github.com/tactful/tactful"
)

func TestWhoeverHasNoWebhookIsToldByHandUnderAName(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		recipients("post", "parcels")(c)
		c.Parties.Recipients[0].Webhook = ""
	})
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2)
	if err := w.SetRecipientID(t.Context(), user("anna"), "post", "their-4711"); err != nil {
		t.Fatal(err)
	}
	receipt, err := w.Erase(t.Context(), user("anna"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.TellRecipients(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, id, recipient string
		as                  tactful.Actor
		want                tactful.Kind
	}{
		{"nobody in particular", receipt.ID, "post", tactful.Actor{}, tactful.Refused},
		{"a machine", receipt.ID, "post", tactful.Actor{Kind: tactful.ActorService, Name: "shop"}, tactful.Refused},
		{"an operator without a name", receipt.ID, "post", tactful.Actor{Kind: tactful.ActorOperator, Name: " "}, tactful.Refused},
		{"somebody who never got anything", receipt.ID, "stranger", tactful.ActorOf(asAnn), tactful.NotFound},
		{"another erasure", "00000000000000000000000000000000", "post", tactful.ActorOf(asAnn), tactful.NotFound},
		{"no id at all", "x", "post", tactful.ActorOf(asAnn), tactful.NotFound},
	} {
		if _, err := w.ToldByHand(tactful.WithActor(t.Context(), c.as), c.id, c.recipient); tactful.KindOf(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	to := func(r ErasureReceipt, name string) ErasureRecipient {
		t.Helper()
		if _, err := VerifyErasure(r.Signed, w.PublicKey()); err != nil {
			t.Fatal(err)
		}
		for _, one := range r.Recipients {
			if one.Name == name {
				return one
			}
		}
		t.Fatalf("%s is not on the receipt", name)
		return ErasureRecipient{}
	}
	before, err := w.ErasureReceipt(t.Context(), receipt.ID)
	if err != nil || to(before, "post").State != "waiting" {
		t.Fatalf("%v, %+v", err, before.Recipients)
	}
	after, err := w.ToldByHand(asAnn, receipt.ID, "post")
	if got := to(after, "post"); err != nil || got.State != "told" || got.By != tactful.ActorOf(asAnn).Name || !got.Told.Equal(w.clock.Now()) || got.Trouble != "" {
		t.Errorf("%v, %+v", err, got)
	}
	if to(after, "parcels").State != "waiting" {
		t.Error("another one counts as told too")
	}
	w.clock.pass(dayLength)
	if again, err := w.ToldByHand(asBob, receipt.ID, "post"); err != nil || to(again, "post") != to(after, "post") {
		t.Errorf("the first word does not stand: %v, %+v", err, again.Recipients)
	}
	if _, err := w.ToldByHand(asBob, receipt.ID, "parcels"); err != nil { // its webhook reaches nobody
		t.Error(err)
	}
	w.shut()
	w.open()
	if stands, err := w.ErasureReceipt(t.Context(), receipt.ID); err != nil || to(stands, "post").By != tactful.ActorOf(asAnn).Name {
		t.Errorf("%v, %+v", err, stands.Recipients)
	}
	if untold, err := w.Engine.forgotten.Untold(t.Context(), w.clock.Now()); err != nil || len(untold) != 0 {
		t.Errorf("%d are still waiting, %v", len(untold), err)
	}
	w.shut()
	if bytes.Contains(everyByte(t, w.dir), []byte("their-4711")) {
		t.Error("what a recipient called her is in the files")
	}
}
