package engine

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/rights"
)

// TestRecipientsAreToldOfCorrectionsAndRestrictions is GDPR 19: by the signed
// calls that tell of erasures, tried again under the same id.
func TestRecipientsAreToldOfCorrectionsAndRestrictions(t *testing.T) {
	ctx := t.Context()
	template, _ := prepare(t, recipients("mailer", "parcels")) // only the mailer has an id of hers
	w := template.another(t)
	down := true
	out := newPost(func(call) (int, error) {
		if down {
			return 0, errors.New("no route to host")
		}
		return 204, nil
	})
	w.wire(&plug{after: -1}, out)
	seen := 0
	is := func(want ...string) {
		t.Helper()
		if err := w.TellRecipients(ctx); err != nil {
			t.Fatal(err)
		}
		var types []string
		for _, c := range out.all()[seen:] {
			var body struct {
				Type string
				Data struct{ Erasure, Change, Recipient, Subject string }
			}
			raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(c.signature, "v1a,"))
			if err != nil || !ed25519.Verify(w.PublicKey(), []byte(c.id+"."+c.stamp+"."+string(c.body)), raw) {
				t.Errorf("the signature does not verify: %s", c.signature)
			}
			if err := json.Unmarshal(c.body, &body); err != nil || body.Data.Subject != "their-4711" || body.Data.Recipient != "mailer" || body.Data.Erasure != "" || !strings.HasPrefix(c.id, body.Data.Change) {
				t.Errorf("%v: %s", err, c.body)
			}
			if _, err := w.ErasureReceipt(ctx, body.Data.Change); tactful.KindOf(err) != tactful.NotFound {
				t.Errorf("it passes for an erasure: %v", err)
			}
			types = append(types, body.Type)
		}
		seen += len(types)
		if strings.Join(types, " ") != strings.Join(want, " ") {
			t.Errorf("told %v, want %v", types, want)
		}
	}
	for range 2 { // a second time changes nothing
		if err := w.Restrict(ctx, user("anna")); err != nil {
			t.Fatal(err)
		}
	}
	is("subject.restricted")
	is() // not due yet
	down = false
	w.clock.pass(tellLongest)
	is("subject.restricted")
	if calls := out.all(); calls[0].id != calls[1].id || !bytes.Equal(calls[0].body, calls[1].body) {
		t.Errorf("told twice, as two things: %s and %s", calls[0].id, calls[1].id)
	}
	w.clock.pass(tellLongest)
	is()
	if err := w.Unrestrict(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	is("subject.unrestricted")
	if err := w.Rectify(ctx, user("anna"), rights.Correction{Event: w.events("anna")["item-1"].ID, Quantity: 4}); err != nil {
		t.Fatal(err)
	}
	is("subject.corrected")
	if err := w.Rectify(ctx, user("anna"), rights.Correction{Event: "00", Quantity: 4}); err == nil {
		t.Error("what is not there was corrected")
	}
	is()
	w.shut()
}

// TestAnErasureOvertakesWhatRecipientsWereToBeTold: nothing about somebody
// erased waits in the journal, nor lies in its files.
func TestAnErasureOvertakesWhatRecipientsWereToBeTold(t *testing.T) {
	ctx := t.Context()
	template, ref := prepare(t, recipients("mailer"))
	w := template.another(t)
	down := true
	out := newPost(func(call) (int, error) {
		if down {
			return 503, nil
		}
		return 204, nil
	})
	w.wire(&plug{after: -1}, out)
	if err := w.Restrict(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	if untold, err := w.Engine.forgotten.Untold(ctx, w.clock.Now()); err != nil || len(untold) != 1 || untold[0].Ref != ref {
		t.Fatalf("%d wait, %v", len(untold), err)
	}
	if _, err := w.Erase(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	if untold, err := w.Engine.forgotten.Untold(ctx, w.clock.Now()); err != nil || len(untold) != 1 || untold[0].Kind != "" {
		t.Errorf("%d wait, %v", len(untold), err)
	}
	down = false
	w.clock.pass(tellLongest)
	if err := w.TellRecipients(ctx); err != nil {
		t.Fatal(err)
	}
	if calls := out.all(); !bytes.Contains(calls[len(calls)-1].body, []byte("subject.erased")) {
		t.Errorf("the last word is %s", calls[len(calls)-1].body)
	}
	if untold, err := w.Engine.forgotten.Untold(ctx, w.clock.Now()); err != nil || len(untold) != 0 {
		t.Errorf("%d are still waiting, %v", len(untold), err)
	}
	w.shut()
	if bytes.Contains(everyByte(t, w.dir), []byte("their-4711")) {
		t.Error("what a recipient called her is in the files")
	}
}

// TestWhoHasNoWebhookIsToldByHand: an operator notes it, of a correction, a
// withdrawal and a restriction as of an erasure; then nothing says whom it was about.
func TestWhoHasNoWebhookIsToldByHand(t *testing.T) {
	ctx := t.Context()
	w := newWorld(t, func(c *Config) {
		c.Parties.Recipients = []Recipient{{Name: "Post House", Role: "processor", Country: "DE", Why: "sends letters", Purpose: tactful.MessagesLetter, Records: []string{"event"}}}
	})
	w.stock(8)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2, 3, 4)
	if err := w.SetRecipientID(asShop, user("anna"), "Post House", "their-4711"); err != nil {
		t.Fatal(err)
	}
	events := w.events("anna")
	for _, c := range []struct {
		what string
		do   func() error
	}{
		{"withdrawn", func() error {
			_, err := w.WithdrawEvents(asPerson, user("anna"), rights.Selection{Event: events["item-1"].ID})
			return err
		}},
		{"corrected", func() error {
			return w.Rectify(asPerson, user("anna"), rights.Correction{Event: events["item-2"].ID, Quantity: 7})
		}},
		{"corrected", func() error {
			return w.Rectify(asPerson, user("anna"), rights.Correction{Event: events["item-3"].ID, NotMine: true})
		}},
		{"withdrawn", func() error {
			_, err := w.WithdrawEvents(asPerson, user("anna"), rights.Selection{All: true})
			return err
		}},
		{"restricted", func() error { return w.Restrict(asPerson, user("anna")) }},
	} {
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		if err := w.TellRecipients(ctx); err != nil { // there is nobody to call
			t.Fatal(err)
		}
		list, err := w.UntoldChanges(asBob)
		if err != nil || len(list) != 1 || list[0].What != c.what || len(list[0].Recipients) != 1 {
			t.Fatalf("%s: %+v, %v", c.what, list, err)
		}
		if r := list[0].Recipients[0]; r.Name != "Post House" || r.Subject != "their-4711" || r.Trouble != troubleNoWebhook {
			t.Errorf("%+v", r)
		}
		for name, err := range map[string]error{
			"a service notes it": w.ToldOfChange(asShop, list[0].ID, "Post House"), "of somebody else": w.ToldOfChange(asBob, list[0].ID, "nobody"),
			"as an erasure": func() error { _, err := w.ToldByHand(asBob, list[0].ID, "Post House"); return err }(),
		} {
			if err == nil {
				t.Errorf("%s: %s", c.what, name)
			}
		}
		for range 2 { // a second time changes nothing
			if err := w.ToldOfChange(asBob, list[0].ID, "Post House"); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := w.UntoldChanges(asBob); err != nil || len(list) != 0 {
			t.Errorf("%s: still to be told: %+v, %v", c.what, list, err)
		}
	}
	for name, do := range map[string]func() error{
		"an event that is not there": func() error {
			_, err := w.WithdrawEvents(asPerson, user("anna"), rights.Selection{Event: events["item-1"].ID})
			return err
		},
		"an item that is not there": func() error {
			_, err := w.WithdrawEvents(asPerson, user("anna"), rights.Selection{Item: "item-8"})
			return err
		},
	} {
		_ = do()
		if list, err := w.UntoldChanges(asBob); err != nil || len(list) != 0 {
			t.Errorf("%s: told of nothing: %+v, %v", name, list, err)
		}
	}
	if _, err := w.UntoldChanges(asShop); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("a service lists them: %v", err)
	}
}
