package engine

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/records"
)

// handing is a world whose mails are handed to a tool, with anna in it.
func handing(t *testing.T, out *post, adjust func(*Config)) *world {
	t.Helper()
	w := selling(t, shopCampaigns, func(c *Config) {
		c.Parties.Recipients = []Recipient{{Name: "mailer", Records: []string{"message"}, Why: "they send our mails", Role: "processor", Country: "DE", Purpose: tactful.MessagesEmail}}
		c.Campaigns.Deliver.Routes = []Route{{Channel: "mail", Recipient: "mailer", Webhook: "https://mailer.example/messages"}}
		if adjust != nil {
			adjust(c)
		}
	})
	w.busy()
	w.grant("anna", every...)
	w.mustSend("anna", "purchased", 1)
	if err := w.SetRecipientID(context.Background(), user("anna"), "mailer", "their-4711"); err != nil {
		t.Fatal(err)
	}
	w.shut()
	w.wire(&plug{after: -1}, out)
	return w
}

func (w *world) queueMail(id, placement string) *tactful.Delivery {
	w.t.Helper()
	d, err := w.DeliverOffer(context.Background(), &tactful.OfferRequest{Subject: user(id), Placement: placement, Channel: "mail", Count: 1, Language: "en"})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *world) deliverNow() {
	w.t.Helper()
	if err := w.DeliverDue(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

// message is how a message stands once nothing works at it.
func (w *world) message(id string) *tactful.Delivery {
	w.t.Helper()
	w.deliverNow()
	d, err := w.Delivery(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *world) past(id string) []decision.Showing {
	w.t.Helper()
	s, err := w.records.ReadShowings(context.Background(), w.ref(id), w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return s.Past
}

func TestAMessageIsHandedToItsToolOnceSignedAndWithNothingMoreThanItNeeds(t *testing.T) {
	out := newPost(nil)
	w := handing(t, out, nil)
	queued := w.queueMail("anna", "home")
	if queued.ID == "" {
		t.Fatalf("%+v", queued)
	}
	if d := w.message(queued.ID); d.State != "sent" || d.Tries != 1 || d.Campaign != "kitchen" || d.Decision == "" || d.Why != "" {
		t.Fatalf("%+v", d)
	}
	w.deliverNow()
	calls := out.all()
	if len(calls) != 1 || calls[0].url != "https://mailer.example/messages" {
		t.Fatalf("%d calls", len(calls))
	}
	c := calls[0]
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(c.signature, "v1a,"))
	if err != nil || !ed25519.Verify(w.PublicKey(), []byte(c.id+"."+c.stamp+"."+string(c.body)), raw) {
		t.Error("the signature does not verify")
	}
	var body release
	if err := json.Unmarshal(c.body, &body); err != nil {
		t.Fatal(err)
	}
	d := w.message(queued.ID)
	if body.Type != "message.released" || body.Data.Decision != d.Decision || c.id != d.Decision || body.Data.Subject != "their-4711" || body.Data.Title != "For the kitchen" ||
		!strings.HasPrefix(body.Data.Headers["List-Unsubscribe"], "<https://shop.example/u/") {
		t.Errorf("%s", c.body)
	}
	for _, told := range []string{"anna", "item-1", "Thing number", "because", "reason"} {
		if bytes.Contains(c.body, []byte(told)) {
			t.Errorf("the tool is told %q: %s", told, c.body)
		}
	}
	r, err := w.Receipt(context.Background(), d.Decision)
	if err != nil || len(r.Feedback) != 1 || r.Feedback[0].Kind != tactful.FeedbackShown {
		t.Errorf("%+v %v", r.Feedback, err)
	}
	if p := w.past("anna"); len(p) != 1 || p[0].Fate != decision.Shown {
		t.Errorf("%+v", p)
	}
	if again := w.queueMail("anna", "home"); again.State == "sending" || again.State == "sent" { // one a day
		t.Errorf("the next one is %+v", again)
	}
}

func TestAToolThatIsDownIsTriedAgainUnderTheSameIDUntilPatienceEnds(t *testing.T) {
	down := true
	out := newPost(func(call) (int, error) {
		if down {
			return 0, errors.New("no route to host")
		}
		return 204, nil
	})
	w := handing(t, out, func(c *Config) { c.Guards.Quiet.From, c.Guards.Quiet.Until = "03:00", "03:01" })
	first := w.queueMail("anna", "home")
	if d := w.message(first.ID); d.State != "sending" || d.Tries != 1 || d.Why != whyUnreached || !d.Next.Equal(w.clock.Now().Add(deliverFirst)) {
		t.Fatalf("%+v", d)
	}
	if d := w.message(first.ID); d.Tries != 1 {
		t.Errorf("tried %d times at once", d.Tries)
	}
	w.clock.pass(11 * time.Second)
	if d := w.message(first.ID); d.Tries != 2 {
		t.Errorf("%+v", d)
	}
	down = false
	w.clock.pass(time.Minute)
	if d := w.message(first.ID); d.State != "sent" || d.Tries != 3 {
		t.Errorf("%+v", d)
	}
	ids := map[string]bool{}
	for _, c := range out.all() {
		ids[c.id] = true
	}
	if len(ids) != 1 {
		t.Errorf("one message went under %d ids", len(ids))
	}

	down = true
	w.clock.pass(8 * 24 * time.Hour)
	second := w.queueMail("anna", "home")
	if d := w.message(second.ID); d.State != "sending" {
		t.Fatalf("%+v", d)
	}
	w.clock.pass(49 * time.Hour)
	if d := w.message(second.ID); d.State != "failed" || d.Why != whyUnreached {
		t.Errorf("%+v", d)
	}
	if p := w.past("anna"); p[0].Fate != decision.Reserved { // it may have arrived: it counts
		t.Errorf("%+v", p[0])
	}
}

func TestAToolThatSaysNoForGoodGivesBackWhatWasReserved(t *testing.T) {
	out := newPost(func(call) (int, error) { return 403, nil })
	w := handing(t, out, nil)
	m := w.queueMail("anna", "home")
	if d := w.message(m.ID); d.Why != whyAnswer {
		t.Fatalf("%+v", d)
	}
	w.clock.pass(49 * time.Hour)
	if d := w.message(m.ID); d.State != "failed" {
		t.Errorf("%+v", d)
	}
	if p := w.past("anna"); len(p) != 1 || p[0].Fate != decision.Released {
		t.Errorf("%+v", p)
	}
}

// TestNothingGoesAfterANo is about everything that can be different between two
// attempts. In each case the tool was down, so without the change the message would
// go: that is tried as well.
func TestNothingGoesAfterANo(t *testing.T) {
	ctx := context.Background()
	person := tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorPerson})
	cases := []struct {
		name   string
		change func(w *world) error
		goes   bool
		why    string
	}{
		{"nothing is different", func(*world) error { return nil }, true, ""},
		{"a no to mails", func(w *world) error {
			_, err := w.SetConsents(ctx, user("anna"), ConsentChange{Answers: []tactful.Consent{{Purpose: tactful.MessagesEmail, Answer: tactful.Denied}}})
			return err
		}, false, whyConsent},
		{"a lower level", func(w *world) error {
			_, err := w.SetConsents(ctx, user("anna"), ConsentChange{Level: tactful.Generic})
			return err
		}, false, whyConsent},
		{"no messages a week, says the person", func(w *world) error {
			_, err := w.SetPreferences(person, user("anna"), tactful.Preferences{Messages: tactful.MessageLimits{PerWeek: tactful.WeeklyNone}})
			return err
		}, false, "frequency"},
		{"only by push, says the person", func(w *world) error {
			_, err := w.SetPreferences(person, user("anna"), tactful.Preferences{Messages: tactful.MessageLimits{Only: []tactful.Channel{tactful.ChannelPush}}})
			return err
		}, false, "frequency"},
		{"what it speaks of is muted", func(w *world) error {
			_, err := w.SetPreferences(person, user("anna"), tactful.Preferences{Topics: map[string]tactful.TopicWish{"Kitchen": tactful.WishMuted}})
			return err
		}, false, "declared"},
		{"the person is erased", func(w *world) error { _, err := w.Erase(ctx, user("anna")); return err }, false, ""},
		{"the tool's id of the person is taken back", func(w *world) error { return w.SetRecipientID(ctx, user("anna"), "mailer", "") }, false, whyNoID},
		{"another message took the day's place", func(w *world) error {
			s, err := w.records.Open(ctx, w.ref("anna"), records.Want{Showings: true}, w.clock.Now())
			if err != nil {
				return err
			}
			b := records.Booking{Receipt: &tactful.Receipt{Time: w.clock.Now(), Placement: tactful.ForYou, Level: tactful.Personal}, Expires: w.clock.Now().Add(time.Hour), Term: 60 * 24 * time.Hour}
			for range 3 {
				b.Showings = append(b.Showings, decision.Showing{Campaign: "other", Creative: "push", Channel: decision.ChannelPush})
			}
			return w.records.Reserve(ctx, s.Ref, s.Standing.Version, s.Showings, &b, w.clock.Now())
		}, false, "frequency"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var mu sync.Mutex
			down := true
			out := newPost(func(call) (int, error) {
				mu.Lock()
				defer mu.Unlock()
				if down {
					return 0, errors.New("no route to host")
				}
				return 200, nil
			})
			w := handing(t, out, func(c *Config) { c.Campaigns.Deliver.Patience = 2 * time.Hour })
			m := w.queueMail("anna", "home")
			if d := w.message(m.ID); d.Tries != 1 {
				t.Fatalf("%+v", d)
			}
			if err := c.change(w); err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			down = false
			mu.Unlock()
			w.clock.pass(time.Minute)
			w.deliverNow()
			if tries := len(out.all()); (tries == 2) != c.goes || tries > 2 {
				t.Errorf("the tool was called %d times", tries)
			}
			d, err := w.Delivery(ctx, m.ID)
			switch {
			case tactful.KindOf(err) == tactful.NotFound && c.name == "the person is erased":
			case err != nil:
				t.Error(err)
			case c.goes != (d.State == "sent") || d.Why != c.why:
				t.Errorf("%+v", d)
			}
			if n := w.delivery.waiting(); n != 0 {
				t.Errorf("%d still wait", n)
			}
		})
	}
}

func TestQuietHoursHoldAMessageAndDoNotDropIt(t *testing.T) {
	out := newPost(nil)
	w := handing(t, out, nil)
	w.clock.pass(11 * time.Hour) // 23:00
	m := w.queueMail("anna", "home")
	if d := w.message(m.ID); d.State != "waiting" || d.Why != "quiet" || !d.Next.Equal(noon.Add(20*time.Hour)) || d.Decision != "" {
		t.Fatalf("%+v", d)
	}
	if again := w.queueMail("anna", "home"); again.ID != m.ID {
		t.Error("asked twice, it waits twice")
	}
	w.clock.pass(9 * time.Hour)
	if d := w.message(m.ID); d.State != "sent" {
		t.Errorf("%+v", d)
	}
	if len(out.all()) != 1 {
		t.Errorf("%d calls", len(out.all()))
	}
}

func TestNobodyWhoDidNotAgreeWaitsInTheQueue(t *testing.T) {
	w := handing(t, newPost(nil), nil)
	w.agree("lists", tactful.Personal)
	for _, id := range []string{"nobody", "lists"} {
		if d := w.queueMail(id, "home"); d.ID != "" || d.State != "dropped" || d.Why != whyConsent {
			t.Errorf("%s: %+v", id, d)
		}
	}
	if n := w.delivery.waiting(); n != 0 {
		t.Errorf("%d wait", n)
	}
	w.letOut("parcel", "mail")
	if d := w.queueMail("anna", "order"); d.ID == "" { // a service: whoever is a customer gets it
		t.Errorf("%+v", d)
	}
}

func TestTheQueueIsBounded(t *testing.T) {
	w := handing(t, newPost(nil), func(c *Config) { c.Campaigns.Deliver.Queue = 1 })
	w.grant("ben", every...)
	w.mustSend("ben", "purchased", 1)
	w.clock.pass(11 * time.Hour) // both are held
	w.queueMail("anna", "home")
	_, err := w.DeliverOffer(context.Background(), &tactful.OfferRequest{Subject: user("ben"), Placement: "home", Channel: "mail", Count: 1})
	if tactful.KindOf(err) != tactful.Unavailable {
		t.Errorf("the second one: %v", err)
	}
	for _, r := range []tactful.OfferRequest{
		{Subject: user("ben"), Placement: "home", Channel: "push", Count: 1}, {Subject: user("ben"), Placement: "home", Channel: "site", Count: 1}, {Placement: "home", Channel: "mail", Count: 1},
		{Subject: user("ben"), Placement: "home", Channel: "mail", Count: 2}, {Subject: user("ben"), Placement: "home", Channel: "mail", Count: 1, Fields: map[string]tactful.OfferField{"first_name": {Text: "Ben"}}},
	} {
		if _, err := w.DeliverOffer(context.Background(), &r); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

// TestAMessageSurvivesPowerCutsAtEveryWrite cuts the power at each write of queueing and
// releasing, starts again, and counts: one message under one id, one showing.
func TestAMessageSurvivesPowerCutsAtEveryWrite(t *testing.T) {
	ctx := context.Background()
	template := handing(t, newPost(nil), nil)
	template.shut()
	t.Cleanup(func() { template.open() })
	for after := 0; ; after++ {
		w := template.another(t)
		w.clock = &clock{now: noon}
		out := newPost(nil)
		p := &plug{after: -1}
		w.wire(p, out)
		p.mu.Lock()
		p.after = p.count + after
		p.mu.Unlock()
		d, err := w.DeliverOffer(ctx, &tactful.OfferRequest{Subject: user("anna"), Placement: "home", Channel: "mail", Count: 1, Language: "en"})
		queued := err == nil && d.ID != ""
		_ = w.DeliverDue(ctx)
		p.mu.Lock()
		whole := !p.out
		p.mu.Unlock()
		_ = w.Close(ctx)
		w.wire(&plug{after: -1}, out)
		w.clock.pass(2 * time.Hour)
		w.deliverNow()
		ids := map[string]bool{}
		for _, c := range out.all() {
			ids[c.id] = true
		}
		if len(ids) > 1 || queued && len(ids) != 1 {
			t.Errorf("cut after %d writes, acknowledged %v: sent under %d ids", after, queued, len(ids))
		}
		if past := w.past("anna"); len(past) != len(ids) || len(past) == 1 && past[0].Fate != decision.Shown {
			t.Errorf("cut after %d writes: %+v", after, past)
		}
		if queued {
			if d, err := w.Delivery(ctx, d.ID); err != nil || d.State != "sent" {
				t.Errorf("cut after %d writes: %+v %v", after, d, err)
			}
		}
		if n := w.delivery.waiting(); n != 0 {
			t.Errorf("cut after %d writes: %d wait", after, n)
		}
		w.shut()
		if whole {
			if after < 4 {
				t.Errorf("only %d writes", after)
			}
			return
		}
	}
}
