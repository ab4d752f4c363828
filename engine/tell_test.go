package engine

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

func TestARecipientThatIsDownOrDisabledHoldsUpNoErasureAndIsToldLater(t *testing.T) {
	ctx := context.Background()
	template, _ := prepare(t, func(c *Config) {
		recipients("mailer", "paused", "picky")(c)
		c.Parties.Recipients[1].Disabled = true
	})
	w := template.another(t)
	down := true
	out := newPost(func(c call) (int, error) {
		switch {
		case strings.Contains(c.url, "picky"):
			return 500, nil
		case down:
			return 0, errors.New("no route to host")
		}
		return 204, nil
	})
	w.wire(&plug{after: -1}, out)
	receipt, err := w.Erase(ctx, user("anna"))
	if err != nil || receipt.State != "done" {
		t.Fatalf("%+v %v", receipt, err)
	}
	state := func() map[string]ErasureRecipient {
		r, err := w.ErasureReceipt(ctx, receipt.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := VerifyErasure(r.Signed, w.PublicKey()); err != nil {
			t.Fatal(err)
		}
		by := map[string]ErasureRecipient{}
		for _, to := range r.Recipients {
			by[to.Name] = to
		}
		return by
	}
	tell := func() {
		if err := w.TellRecipients(ctx); err != nil {
			t.Fatal(err)
		}
	}
	tell()
	s := state()
	if s["mailer"].State != "waiting" || s["mailer"].Tries != 1 || s["mailer"].Trouble == "" || s["paused"].Trouble != "disabled" || s["paused"].Tries != 0 || !strings.Contains(s["picky"].Trouble, "500") {
		t.Errorf("%+v", s)
	}
	tell() // not due yet
	if got := state()["mailer"].Tries; got != 1 {
		t.Errorf("tried %d times at once", got)
	}
	w.clock.pass(11 * time.Second)
	tell()
	w.clock.pass(11 * time.Second) // the second pause is longer
	tell()
	if got := state()["mailer"].Tries; got != 2 {
		t.Errorf("tried %d times in 22 seconds", got)
	}
	down = false
	w.clock.pass(tellLongest)
	tell()
	s = state()
	if s["mailer"].State != "told" || s["mailer"].Trouble != "" || s["picky"].State != "waiting" || s["paused"].State != "waiting" {
		t.Errorf("%+v", s)
	}
	ids := map[string]string{}
	for _, c := range out.all() {
		if was, met := ids[c.url]; met && was != c.id {
			t.Errorf("told under two ids, %s and %s", was, c.id)
		}
		ids[c.url] = c.id
	}

	w.shut()
	w.cfg.Parties.Recipients[1].Disabled = false
	again := newPost(nil)
	w.wire(&plug{after: -1}, again)
	w.clock.pass(tellLongest)
	tell()
	s = state()
	if s["paused"].State != "told" || s["picky"].State != "told" {
		t.Errorf("%+v", s)
	}
	if untold, err := w.Engine.forgotten.Untold(ctx, w.clock.Now()); err != nil || len(untold) != 0 {
		t.Errorf("%d are still waiting, %v", len(untold), err)
	}
	w.shut()
	if content := everyByte(t, w.dir); bytes.Contains(content, []byte("their-4711")) {
		t.Error("what a recipient called her is in the files")
	}
}

// TestWhatRecipientsAreTold holds the webhook to Standard Webhooks and to what
// the recipient has: an id of theirs where the business has told us one, else
// only that there was an erasure.
func TestWhatRecipientsAreTold(t *testing.T) {
	ctx := context.Background()
	template, ref := prepare(t, recipients("mailer", "parcels"))
	w := template.another(t)
	out := newPost(nil)
	w.wire(&plug{after: -1}, out)
	defer w.shut()
	receipt, err := w.Erase(ctx, user("anna"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.TellRecipients(ctx); err != nil {
		t.Fatal(err)
	}
	calls := out.all()
	if len(calls) != 2 {
		t.Fatalf("%d calls", len(calls))
	}
	for _, c := range calls {
		signature, found := strings.CutPrefix(c.signature, "v1a,")
		raw, err := base64.StdEncoding.DecodeString(signature)
		if !found || err != nil || !ed25519.Verify(w.PublicKey(), []byte(c.id+"."+c.stamp+"."+string(c.body)), raw) {
			t.Errorf("the signature does not verify: %s", c.signature)
		}
		if ed25519.Verify(w.PublicKey(), []byte(c.id+".0."+string(c.body)), raw) {
			t.Error("the time is not signed")
		}
		if stamp, err := strconv.ParseInt(c.stamp, 10, 64); err != nil || stamp != w.clock.Now().Unix() {
			t.Errorf("time %s", c.stamp)
		}
		var body map[string]any
		if err := json.Unmarshal(c.body, &body); err != nil {
			t.Fatal(err)
		}
		data, _ := body["data"].(map[string]any)
		name, _ := data["recipient"].(string)
		if c.id != receipt.ID+"."+c.id[len(c.id)-8:] || !strings.Contains(c.url, name) {
			t.Errorf("%s is told as %s", c.url, c.id)
		}
		want := map[string]any{"erasure": receipt.ID, "recipient": name}
		if name == "mailer" {
			want["subject"] = "their-4711"
		}
		if len(body) != 3 || body["type"] != "subject.erased" || len(data) != len(want) {
			t.Errorf("told %s", c.body)
		}
		for key, value := range want {
			if data[key] != value {
				t.Errorf("%s is told %v as %s", name, data[key], key)
			}
		}
		for what, trace := range map[string]string{"our id of her": "anna", "the reference": ref.Hex()} {
			if bytes.Contains(c.body, []byte(trace)) || strings.Contains(c.url, trace) {
				t.Errorf("%s is told %s", name, what)
			}
		}
	}
}

func TestAnIdAtARecipientCanBeSetAndTakenBack(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, recipients("mailer"))
	w.agree("anna", tactful.Personal)
	if err := w.SetRecipientID(ctx, user("anna"), "stranger", "x"); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("a recipient that is not configured: %v", err)
	}
	if err := w.SetRecipientID(ctx, user("nobody"), "mailer", "x"); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("nobody: %v", err)
	}
	for _, id := range []string{"a", "b", "", "c", ""} {
		if err := w.SetRecipientID(ctx, user("anna"), "mailer", id); err != nil {
			t.Fatal(err)
		}
		ids, err := w.records.RecipientIDs(ctx, w.ref("anna"), w.clock.Now())
		if err != nil || ids["mailer"] != id {
			t.Errorf("%v, %v, want %q", ids, err, id)
		}
	}
}

func TestRecipientsThatMayNotBeCalledAreRefusedAtTheStart(t *testing.T) {
	w := newWorld(t, nil)
	w.shut()
	defer w.open()
	recipients("inside")(&w.cfg)
	opt := wiredOptions(w, &plug{after: -1})
	opt.Outbound = &choosy{}
	_, err := Open(context.Background(), w.cfg, opt)
	if err == nil || !strings.Contains(err.Error(), "engine.parties.recipients[0].webhook") {
		t.Errorf("%v", err)
	}
	w.cfg.Parties.Recipients = nil
}

type choosy struct{ post }

func (*choosy) Check(string) error {
	return tactful.InvalidField("url", "leads inside", "name another")
}

func TestTheBackgroundLooksAgainOnlyWhenSomebodyIsDue(t *testing.T) {
	ctx := context.Background()
	template, _ := prepare(t, func(c *Config) {
		recipients("mailer", "byhand")(c)
		c.Parties.Recipients[1].Webhook = ""
	})
	w := template.another(t)
	down := true
	w.wire(&plug{after: -1}, newPost(func(call) (int, error) {
		if down {
			return 503, nil
		}
		return 200, nil
	}))
	defer w.shut()
	receipt, err := w.Erase(ctx, user("anna"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.TellRecipients(ctx); err != nil {
		t.Fatal(err)
	}
	if got, want := w.tellNext.Load(), w.clock.Now().Add(tellFirst).UnixNano(); got != want {
		t.Errorf("due at %d, want %d", got, want)
	}
	down = false
	w.clock.pass(tellFirst)
	if err := w.TellRecipients(ctx); err != nil {
		t.Fatal(err)
	}
	if got := w.tellNext.Load(); got != 0 {
		t.Errorf("only somebody who is told by hand is left, and the background looks again at %d", got)
	}
	r, err := w.ErasureReceipt(ctx, receipt.ID)
	if err != nil || r.Recipients[0].State != "told" || r.Recipients[1].Trouble != troubleNoWebhook {
		t.Errorf("%+v %v", r.Recipients, err)
	}
}

func TestTheLogOfAnErasureNamesNobody(t *testing.T) {
	ctx := context.Background()
	template, ref := prepare(t, recipients("mailer"))
	w := template.another(t)
	var text bytes.Buffer
	opt := wiredOptions(w, &plug{after: -1})
	opt.Log = slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug}))
	opt.Outbound = newPost(func(call) (int, error) { return 503, nil })
	e, err := Open(ctx, w.cfg, opt)
	if err != nil {
		t.Fatal(err)
	}
	w.Engine = e
	if _, err := w.Erase(ctx, user("anna")); err != nil {
		t.Fatal(err)
	}
	if err := w.TellRecipients(ctx); err != nil {
		t.Fatal(err)
	}
	w.shut()
	if !strings.Contains(text.String(), "mailer") {
		t.Fatalf("the log says nothing of the trouble: %q", text.String())
	}
	for _, trace := range []string{"anna", ref.Hex(), "their-4711", string(ref[:])} {
		if strings.Contains(text.String(), trace) {
			t.Errorf("the log holds %q", trace)
		}
	}
}
