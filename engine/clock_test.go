package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	cryptorand "crypto/rand"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/store"
)

// heard opens the world's engine with a log that can be read.
func (w *world) heard() *syncLog {
	w.t.Helper()
	log := &syncLog{}
	e, err := Open(context.Background(), w.cfg, Options{Dir: filepath.Join(w.dir, "data"), KeyDir: filepath.Join(w.dir, "keys"),
		Clock: w.clock, Entropy: cryptorand.Reader, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Engine = e
	return log
}

func TestAYesThatRanOutIsNotRevivedByAClockThatIsSetBack(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(60, 24)
	w.train()
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 5, 9)
	level := func() tactful.Level {
		return w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou}).Level
	}
	term := w.said("anna").Purposes[tactful.Recommendations].Expires.Sub(noon)
	if level() != tactful.Personal || term <= 0 {
		t.Fatal("she is not served", term)
	}
	w.clock.pass(term - time.Hour)
	w.clock.pass(-term + time.Hour)
	if level() != tactful.Personal { // the control: a clock that jumps and outlasts no yes takes none away
		t.Fatal("a jump within the term of her yes took it away")
	}
	w.clock.pass(term + time.Minute)
	if level() == tactful.Personal {
		t.Fatal("her yes does not run out")
	}
	w.clock.pass(-term - time.Minute)
	if level() == tactful.Personal {
		t.Error("a clock that was set back revived a yes that had run out")
	}
	if o := w.send("anna", "viewed", 2)[0]; o.Status != OutcomeRefused || o.Reason != "expired" {
		t.Errorf("an event under it is %s %s", o.Status, o.Reason)
	}
	w.shut()
	log := w.heard()
	if level() == tactful.Personal {
		t.Error("the next start revived it")
	}
	if h := w.Health(); !h.Ready || h.Behind != term+time.Minute {
		t.Errorf("%+v", h)
	}
	if !log.says("the clock stands behind") || !log.says("clock accept") {
		t.Error("nobody said that the clock was set back")
	}
	d, err := w.Diagnose(ctx)
	if err != nil || !strings.Contains(strings.Join(d.Sentences, " "), "The clock stands") {
		t.Errorf("the doctor says %q, %v", d.Sentences, err)
	}
	if _, err := w.AcceptClock(ctx, ""); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	accepted, err := w.AcceptClock(ctx, "the time server was wrong on Monday")
	if err != nil || accepted.Was.Before(noon.Add(term)) {
		t.Fatalf("%+v, %v", accepted, err)
	}
	if level() != tactful.Personal {
		t.Error("after the clock was said to be right she is still not served")
	}
	w.shut()
	if log := w.heard(); log.says("the clock stands behind") || level() != tactful.Personal {
		t.Error("the next start forgot that the clock is right")
	}
	if all, err := w.AcceptedClocks(ctx); err != nil || len(all) != 1 || all[0].Reason != accepted.Reason {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := w.AcceptClock(ctx, "again"); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("with nothing to accept: %v", err)
	}
}

func TestAfterAJumpAheadNothingIsDeletedBeforeAnAlarmWasSeen(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name  string
		stays time.Duration // how long the clock stays ahead
		keeps bool
	}{
		{"a clock that is set right within the hour costs nothing", 59 * time.Minute, true},
		{"a clock that stays ahead for an hour is believed", 61 * time.Minute, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.stock(24)
			w.agree("anna", tactful.Personal)
			w.mustSend("anna", "viewed", 1, 2, 3)
			d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou})
			w.sweepNow()
			w.shut()
			log := w.heard()
			rows := w.raw(store.Subjects, 'e')
			const jump = 20 * 365 * oneDay
			sweep := func() {
				if err := w.sweepIfDue(ctx, w.clock.Now()); err != nil {
					t.Fatal(err)
				}
			}
			w.clock.pass(jump)
			sweep()
			if now := w.raw(store.Subjects, 'e'); now != rows || rows == 0 {
				t.Fatalf("%d of %d events are left at once", now, rows)
			}
			if h := w.Health(); !h.SweepHeld {
				t.Errorf("%+v", h)
			}
			if !log.says("level=ERROR") || !log.says("Nothing is deleted for an hour") {
				t.Fatal("there was no alarm")
			}
			w.shut() // a restart does not shorten the hour, nor lengthen it
			w.heard()
			w.clock.pass(c.stays)
			sweep()
			w.clock.pass(-jump - c.stays)
			sweep()
			if got := len(w.kept(user("anna"))); (got == 3) != c.keeps {
				t.Errorf("back at the right time %d events are left", got)
			}
			if _, err := w.Receipt(ctx, d.ID); (err == nil) != c.keeps {
				t.Errorf("her receipt: %v", err)
			}
			if note, err := w.readTermsNote(ctx); err != nil || w.Health().SweepHeld || !note.Held.IsZero() {
				t.Errorf("it is still held: %+v, %v", note, err)
			}
		})
	}
}

// TestADayUnderAClockThatJumpsLosesNothing lets the clock go astray for a moment
// again and again, ahead and back, while people answer, send and ask.
func TestADayUnderAClockThatJumpsLosesNothing(t *testing.T) {
	ctx := context.Background()
	seed := rand.New(rand.NewPCG(20261126, 7))
	w := newWorld(t, nil)
	w.stock(12)
	w.agree("anna", tactful.Personal)
	w.train()
	w.sweepNow()
	var messages, receipts, consents []string
	serial, jumps := 0, 0
	send := func(message string) Outcome {
		body, err := json.Marshal(map[string]any{"events": []any{map[string]any{"messageId": message, "userId": "anna", "action": "purchased",
			"item": "item-" + message[2:3], "source": "web", "time": noon.Add(-100 * oneDay).Format(time.RFC3339)}}})
		if err != nil {
			t.Fatal(err)
		}
		outcomes, err := w.Ingest(ctx, Delivery{Trust: Trusted, Form: Native, Body: body})
		if err != nil {
			t.Fatal(err)
		}
		return outcomes[0]
	}
	acts := []func(){
		func() {
			serial++
			message := fmt.Sprintf("m-%d-%d", 1+serial%9, serial)
			if o := send(message); o.Status == OutcomeAccepted {
				messages = append(messages, message)
			}
		},
		func() {
			d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou})
			receipts = append(receipts, d.ID)
			if err := w.Report(ctx, d.ID, tactful.FeedbackShown, ""); err != nil {
				t.Errorf("a report on a decision just made: %v", err)
			}
		},
		func() {
			w.agree("anna", tactful.Personal)
			consents = append(consents, w.said("anna").Purposes[tactful.Recommendations].ID)
		},
		func() {
			if err := w.sweepIfDue(ctx, w.clock.Now()); err != nil {
				t.Fatal(err)
			}
		},
		func() { w.train() },
		func() {
			if err := w.sequence(ctx); err != nil {
				t.Fatal(err)
			}
		},
	}
	for range 120 {
		w.clock.pass(time.Second)
		astray := time.Duration(0)
		if seed.IntN(2) == 0 {
			astray = time.Duration(seed.IntN(600)-300) * oneDay
			jumps++
		}
		w.clock.pass(astray)
		for range 3 {
			acts[seed.IntN(len(acts))]()
		}
		w.clock.pass(-astray)
	}
	if len(messages) < 10 || len(receipts) < 20 || len(consents) < 20 || jumps < 30 {
		t.Fatalf("%d events, %d receipts, %d consents, %d jumps", len(messages), len(receipts), len(consents), jumps)
	}
	w.shut()
	w.open()
	if got := len(w.kept(user("anna"))); got != len(messages) {
		t.Errorf("%d of %d events are there", got, len(messages))
	}
	for _, message := range messages {
		if o := send(message); o.Status == OutcomeAccepted {
			t.Errorf("an event that was taken is taken again: %+v", o)
		}
	}
	for _, id := range receipts {
		if r, err := w.Receipt(ctx, id); err != nil || len(r.Feedback) != 1 {
			t.Errorf("a receipt: %v", err)
		}
	}
	log, err := w.ConsentLog(ctx, user("anna"), maxListed)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]int{}
	for _, entry := range log {
		there[entry.Consent.ID]++
	}
	for _, id := range consents {
		if there[id] != 1 {
			t.Errorf("a consent is on record %d times", there[id])
		}
	}
	if stands := w.said("anna").Purposes[tactful.Recommendations].ID; stands != consents[len(consents)-1] {
		t.Error("another answer stands than the last one")
	}
	w.intact()
	t.Logf("%d jumps of up to 300 days, ahead and back: %d events, %d receipts with their reports, %d consents, all there once", jumps, len(messages), len(receipts), len(consents))
}

func TestNothingWaitsForATimeThatOnlyAWrongClockShowed(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, func(c *Config) { c.Learn.Every, c.Looks.PeoplePerHour = time.Hour, 1 })
	w.stock(24)
	w.crowd(12, 24)
	const astray = 300 * oneDay
	w.clock.pass(astray)
	w.train()
	asked := w.ask(asPerson, "crowd-1", rights.Rectification, rights.Centre, rights.Detail{})
	for _, id := range []string{"crowd-2", "crowd-3"} {
		_, _ = w.Consents(asAnn, user(id)) // the second is one too many
	}
	w.clock.pass(-astray)

	w.mustSend("crowd-1", "viewed", 3)
	if w.clock.pass(2 * time.Hour); !w.due(w.clock.Now()) {
		t.Error("the next fit waits for a day in a year")
	}
	if next := w.nextFit(w.clock.Now()); next.Sub(w.clock.Now()) > w.cfg.Learn.Every+w.cfg.Learn.Check {
		t.Errorf("the next fit is promised for %s", next)
	}
	if _, err := w.Consents(asAnn, user("crowd-4")); err != nil {
		t.Errorf("an operator waits for a day in a year: %v", err)
	}
	if _, err := w.Consents(asAnn, user("crowd-4")); err != nil || len(w.looked("crowd-4")) != 1 {
		t.Errorf("%d looks, %v", len(w.looked("crowd-4")), err)
	}
	if p, err := w.paced(ctx, tactful.ActorOf(asAnn), w.clock.Now()); err != nil {
		t.Error(err)
	} else { // whoever looked while the clock was astray and looks again has looked twice
		p.wrote(w.ref("crowd-4"), "the person asked for it", tactful.OpenedConsents, w.clock.Now().Add(astray))
	}
	looks := w.raw(store.Subjects, 'l')
	if _, err := w.Consents(asAnn, user("crowd-4")); err != nil {
		t.Error(err)
	}
	if n := w.raw(store.Subjects, 'l'); n != looks+1 {
		t.Errorf("%d looks are on record, before %d", n, looks)
	}
	now := w.clock.Now()
	list, err := w.RightsQueue(ctx, QueueFilter{})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d requests, %v", len(list), err)
	}
	if r := w.right(asked.ID); r.Due.Sub(r.Received) < 20*oneDay || r.Due.Sub(r.Received) > 50*oneDay || r.Overdue(now) || r.DueSoon(now) {
		t.Errorf("received %s, due %s", r.Received, r.Due)
	}
	cut := rights.Request{State: rights.InProgress, Received: now.Add(astray)}
	if !cut.Stranded(resumeAfter, now) {
		t.Error("a request that was cut short waits for a day in a year")
	}
	if awaits(now.Add(astray), now) || !awaits(now.Add(tellLongest), now) {
		t.Error("a recipient waits for a day in a year, or is called too early")
	}
	for _, c := range []struct {
		name string
		then time.Duration
		want bool
	}{
		{"just now has not passed", 0, false},
		{"an hour ago has", -time.Hour, true},
		{"a moment ahead has not: clocks differ", time.Minute, false},
		{"a year ahead has: the clock was wrong", astray, true},
	} {
		if passed(now.Add(c.then), now, time.Hour) != c.want {
			t.Error(c.name)
		}
	}
}

func TestErasuresOfAWrongClockDoNotHoldThoseOfTheRightOne(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Rights.Erasures = 2 })
	w.stock(4)
	for i := range 6 {
		w.agree(fmt.Sprint("p-", i), tactful.Personal)
	}
	shop := as(tactful.ActorService, "shop", "k-shop")
	w.clock.pass(30 * time.Minute)
	for i := range 2 {
		if _, err := w.Erase(shop, user(fmt.Sprint("p-", i))); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.pass(-2 * time.Hour)
	if _, err := w.Erase(shop, user("p-2")); err != nil {
		t.Errorf("held for erasures of an hour that has not come yet: %v", err)
	}
	var held []string
	for i := range 3 {
		if _, err := w.Erase(shop, user(fmt.Sprint("p-", 3+i))); err != nil {
			held = append(held, err.Error())
		}
	}
	if len(held) == 0 || !slices.ContainsFunc(held, func(s string) bool { return strings.Contains(s, "second operator") }) {
		t.Errorf("a flood is not held: %v", held) // the control
	}
}
