package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

// as gives a context in which somebody acts.
func as(kind tactful.ActorKind, name, key string) context.Context {
	return tactful.WithActor(context.Background(), tactful.Actor{Kind: kind, Name: name, Key: key, Reason: "the person asked for it"})
}

var (
	asAnn    = as(tactful.ActorOperator, "ann", "k-ann")
	asBob    = as(tactful.ActorOperator, "bob", "k-bob")
	asPerson = as(tactful.ActorPerson, "", "")
	asShop   = as(tactful.ActorService, "shop", "k-shop")
)

func (w *world) ask(ctx context.Context, id string, kind rights.Kind, channel rights.Channel, d rights.Detail) Right {
	w.t.Helper()
	r, err := w.OpenRight(ctx, RightRequest{Subject: user(id), Kind: kind, Channel: channel, Region: "DE", Text: "please", Detail: d})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) queue() []Queued {
	w.t.Helper()
	list, err := w.RightsQueue(context.Background(), QueueFilter{})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func (w *world) right(id string) Right {
	w.t.Helper()
	r, err := w.Right(context.Background(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func TestEachRightIsCarriedOutAsAsked(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(120, 24)
	w.agree("anna", tactful.Full)
	w.mustSend("anna", "purchased", 1, 2, 5, 9)
	w.train()
	decision := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou})
	events := w.events("anna")

	for _, c := range []struct {
		kind   rights.Kind
		detail rights.Detail
		want   rights.State
		check  func() bool
	}{
		{rights.Access, rights.Detail{}, rights.Done, func() bool { return true }},
		{rights.Portability, rights.Detail{}, rights.Done, func() bool { return true }},
		{rights.Rectification, rights.Detail{Correction: &rights.Correction{Event: events["item-2"].ID, Item: "item-6"}}, rights.Done, func() bool { return w.items("anna") == "1 5 6 9" }},
		{rights.Rectification, rights.Detail{}, rights.Received, func() bool { return true }},
		{rights.Withdrawal, rights.Detail{Selection: &rights.Selection{Event: events["item-9"].ID}}, rights.Done, func() bool { return w.items("anna") == "1 5 6" }},
		{rights.Withdrawal, rights.Detail{Selection: &rights.Selection{Event: events["item-9"].ID}}, rights.Received, func() bool { return w.items("anna") == "1 5 6" }},
		{rights.Objection, rights.Detail{}, rights.Done, func() bool { return !w.may("anna", tactful.Offers).Allowed && !w.ctl("anna").Objected.IsZero() }},
		{rights.Review, rights.Detail{Receipt: decision.ID}, rights.Received, func() bool { return true }},
		{rights.Restriction, rights.Detail{}, rights.Done, func() bool { return w.ctl("anna").Restricted }},
	} {
		r := w.ask(asPerson, "anna", c.kind, rights.Centre, c.detail)
		if r.State != c.want || !c.check() {
			t.Errorf("%s is %s and was carried out: %v", c.kind, r.State, c.check())
		}
	}
	list, err := w.Rights(context.Background(), user("anna"))
	if err != nil || len(list) != 9 || list[0].Text != "please" || list[0].Law == "" || !list[0].Due.After(list[0].Received) {
		t.Fatalf("%d requests, %v", len(list), err)
	}
	if open := w.queue(); len(open) != 3 {
		t.Errorf("%d are open", len(open))
	}
	r := w.ask(asPerson, "anna", rights.Erasure, rights.Centre, rights.Detail{})
	if r.State != rights.Done || !w.gone("anna") {
		t.Errorf("the erasure is %s, gone: %v", r.State, w.gone("anna"))
	}
	after := w.right(r.ID)
	if after.State != rights.Done || after.Text != "" || after.Opened.Name != "" {
		t.Errorf("what is left of the request: %+v", after)
	}
}

func (w *world) ctl(id string) Control {
	w.t.Helper()
	c, err := w.Control(context.Background(), user(id))
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) gone(id string) bool {
	w.t.Helper()
	ref, err := w.find(context.Background(), user(id), w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return ref.IsZero()
}

func TestWhatIsEnteredForSomebodyNeedsASecondPairOfEyes(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(4)
	proof := rights.Detail{Proof: "called back on the number on file"}
	for i, channel := range []rights.Channel{rights.Phone, rights.Letter, rights.Representative} {
		id := fmt.Sprintf("p-%d", i)
		w.agree(id, tactful.Personal)
		if _, err := w.OpenRight(asShop, RightRequest{Subject: user(id), Kind: rights.Erasure, Channel: channel, Detail: proof}); tactful.KindOf(err) != tactful.Refused {
			t.Errorf("without a name: %v", err)
		}
		r := w.ask(asAnn, id, rights.Erasure, channel, proof)
		if r.State != rights.Waiting || w.gone(id) {
			t.Fatalf("%s: %s", channel, r.State)
		}
		for who, ctx := range map[string]context.Context{
			"who entered it": asAnn, "a service": asShop, "nobody": context.Background(),
			"who entered it, with another key": as(tactful.ActorOperator, "Ann", "k-9"), "another name with the same key": as(tactful.ActorOperator, "zoe", "k-ann"),
		} {
			if _, err := w.ReleaseRight(ctx, r.ID); tactful.KindOf(err) != tactful.Refused || w.gone(id) {
				t.Errorf("%s released it: %v", who, err)
			}
		}
		done, err := w.ReleaseRight(asBob, r.ID)
		if err != nil || done.State != rights.Done || !w.gone(id) || done.Opened.Name != "ann" || done.Released.Name != "bob" {
			t.Errorf("%s: %+v %v", channel, done, err)
		}
		if _, err := w.ReleaseRight(asBob, r.ID); tactful.KindOf(err) != tactful.Conflict {
			t.Errorf("released twice: %v", err)
		}
	}
	t.Run("an access by letter is sent by an operator and then answered", func(t *testing.T) {
		w.agree("len", tactful.Personal)
		r := w.ask(asAnn, "len", rights.Access, rights.Letter, proof)
		if got, err := w.ReleaseRight(asBob, r.ID); err != nil || got.State != rights.Received {
			t.Fatal(got.State, err)
		}
		if got, err := w.TakeRight(asBob, r.ID); err != nil || got.State != rights.InProgress {
			t.Fatal(got.State, err)
		}
		if err := w.tendQueue(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got, err := w.AnswerRight(asBob, r.ID, "sent to the address on file"); err != nil || got.State != rights.Done {
			t.Fatal(got.State, err)
		}
	})
}

func TestAHumanLooksAtADecisionAndThePersonReadsWhatTheySay(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(8)
	w.agree("anna", tactful.Personal)
	w.agree("eve", tactful.Personal)
	w.mustSend("anna", "viewed", 1)
	d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou})
	for id, receipt := range map[string]string{"eve": d.ID, "anna": "nothing"} {
		_, err := w.OpenRight(asPerson, RightRequest{Subject: user(id), Kind: rights.Review, Channel: rights.Centre, Detail: rights.Detail{Receipt: receipt}})
		if tactful.KindOf(err) != tactful.NotFound {
			t.Errorf("a review of what is not theirs: %v", err)
		}
	}
	r := w.ask(asPerson, "anna", rights.Review, rights.Centre, rights.Detail{Receipt: d.ID})
	for who, ctx := range map[string]context.Context{"a service": asShop, "the person": asPerson, "nobody": ctx} {
		if _, err := w.AnswerRight(ctx, r.ID, "it was right"); tactful.KindOf(err) != tactful.Refused {
			t.Errorf("%s answered: %v", who, err)
		}
	}
	for _, bad := range []string{"", "a\x00b", strings.Repeat("x", rights.MaxTextBytes+1)} {
		if _, err := w.AnswerRight(asAnn, r.ID, bad); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("an answer of %d bytes: %v", len(bad), err)
		}
	}
	if got, err := w.AnswerRight(asAnn, r.ID, "I looked: the list was made from one visit. We took it out."); err != nil || got.State != rights.Done {
		t.Fatal(got.State, err)
	}
	if _, err := w.AnswerRight(asBob, r.ID, "I think otherwise"); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("answered twice: %v", err)
	}
	list, err := w.Rights(ctx, user("anna"))
	if err != nil || len(list) != 1 || len(list[0].Answers) != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	if a := list[0].Answers[0]; a.By != "ann" || !strings.HasPrefix(a.Text, "I looked") || list[0].Detail.Receipt != d.ID {
		t.Errorf("%+v", a)
	}
	if list, err := w.Rights(ctx, user("eve")); err != nil || len(list) != 0 {
		t.Errorf("somebody else reads it: %v %v", list, err)
	}
}

func TestARefusalAndALaterDateAreToldInWords(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	r := w.ask(asPerson, "anna", rights.Rectification, rights.Centre, rights.Detail{})
	later, err := w.ExtendRight(asAnn, r.ID, "we must ask the till's maker first")
	if err != nil || !later.Due.After(r.Due) || !later.Moved {
		t.Fatalf("%s then %s: %v", r.Due, later.Due, err)
	}
	w.clock.pass(time.Minute)
	if _, err := w.ExtendRight(asAnn, r.ID, "again"); err == nil {
		t.Error("moved twice")
	}
	if _, err := w.RefuseRight(asAnn, r.ID, rights.NoGround, "no"); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("refused without a ground: %v", err)
	}
	if got, err := w.RefuseRight(asAnn, r.ID, rights.NothingThere, "there is nothing of the kind"); err != nil || got.State != rights.Refused || got.Ground != rights.NothingThere {
		t.Fatalf("%+v %v", got, err)
	}
	if said := w.right(r.ID).Answers; len(said) != 2 || said[1].Text != "there is nothing of the kind" {
		t.Errorf("%+v", said)
	}
}

func TestTheQueueHoldsNothingOfThePersonAndShowsWhatIsOverdueFirst(t *testing.T) {
	ctx := context.Background()
	var log bytes.Buffer
	w := newWorld(t, nil)
	w.Engine.log = slog.New(slog.NewTextHandler(&log, nil))
	const canary = "canary-9f3b"
	for _, id := range []string{canary, "ben", "cyd"} {
		w.agree(id, tactful.Personal)
	}
	ask := func(id, region string) Right {
		r, err := w.OpenRight(asPerson, RightRequest{Subject: user(id), Kind: rights.Rectification, Channel: rights.Centre, Region: region, Text: "my " + canary + " is wrong"})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := ask(canary, "US-CA") // 45 days
	w.clock.pass(24 * time.Hour)
	second := ask("ben", "DE") // one month
	third := ask("cyd", "FR")
	order := func() (ids []string) {
		for _, q := range w.queue() {
			ids = append(ids, q.ID)
		}
		return ids
	}
	if got := order(); len(got) != 3 || got[2] != first.ID || !slices.Contains(got[:2], second.ID) || !slices.Contains(got[:2], third.ID) {
		t.Errorf("%v: due %s, %s, %s", got, first.Due, second.Due, third.Due)
	}
	if tally := func() RightsTally { _ = w.tendQueue(ctx); return w.RightsTally() }(); tally.Open["received"] != 3 || tally.Overdue != 0 {
		t.Errorf("%+v", tally)
	}
	w.clock.pass(28 * 24 * time.Hour)
	if err := w.tendQueue(ctx); err != nil || w.RightsTally().Soon != 2 {
		t.Errorf("%v %+v", err, w.RightsTally())
	}
	w.clock.pass(10 * 24 * time.Hour)
	if err := w.tendQueue(ctx); err != nil || w.RightsTally().Overdue != 2 {
		t.Errorf("%v %+v", err, w.RightsTally())
	}
	if !strings.Contains(log.String(), "overdue=2") || strings.Contains(log.String(), canary) {
		t.Errorf("the log says:\n%s", log.String())
	}
	err := w.records.ScanCases(ctx, w.clock.Now(), func(c records.Case) error {
		if bytes.Contains(c.Body, []byte(canary)) || bytes.Contains(c.Body, []byte("wrong")) {
			t.Errorf("the queue holds %s", c.Body)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNothingButPeopleEndsALiveRequest is fides #7684 and #7525: a watchdog
// took requests for dead and cancelled them.
func TestNothingButPeopleEndsALiveRequest(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	open := map[string]rights.State{}
	put := func(r Right) { open[r.ID] = r.State }
	put(w.ask(asPerson, "anna", rights.Rectification, rights.Centre, rights.Detail{}))
	put(w.ask(asAnn, "anna", rights.Access, rights.Phone, rights.Detail{Proof: "p"}))
	put(w.ask(asAnn, "anna", rights.Erasure, rights.Letter, rights.Detail{}))
	taken := w.ask(asPerson, "anna", rights.Rectification, rights.Centre, rights.Detail{})
	if _, err := w.TakeRight(asBob, taken.ID); err != nil {
		t.Fatal(err)
	}
	open[taken.ID] = rights.InProgress
	for range 40 { // ten years, with restarts
		w.clock.pass(91 * 24 * time.Hour)
		if err := w.tendQueue(ctx); err != nil {
			t.Fatal(err)
		}
	}
	w.shut()
	w.open()
	if err := w.tendQueue(ctx); err != nil {
		t.Fatal(err)
	}
	for id, state := range open {
		if got := w.right(id).State; got != state {
			t.Errorf("%s became %s", state, got)
		}
	}
	if tally := w.RightsTally(); tally.Overdue != len(open) {
		t.Errorf("%+v: what nobody answers is overdue, not gone", tally)
	}
	t.Run("but a request of somebody who was erased since is closed", func(t *testing.T) {
		if _, err := w.ReleaseRight(asBob, w.queue()[0].ID); err != nil {
			t.Log(err)
		}
		if err := eraseNow(w, "anna"); err != nil {
			t.Fatal(err)
		}
		if err := w.tendQueue(ctx); err != nil || len(w.queue()) != 0 {
			t.Errorf("%v, %d open", err, len(w.queue()))
		}
		for id := range open {
			want := rights.Refused // nobody answered it, and nobody can any more
			got := w.right(id)
			if got.Kind == rights.Erasure {
				want = rights.Done
			}
			if got.State != want || (got.Ground == rights.NothingThere) != (want == rights.Refused) {
				t.Errorf("%s is %s, %q", got.Kind, got.State, got.Ground)
			}
		}
		_ = w.records.ScanCases(ctx, w.clock.Now(), func(c records.Case) error {
			if !c.Ref.IsZero() {
				t.Error("a closed request still names the person")
			}
			return nil
		})
	})
}

func eraseNow(w *world, id string) error {
	return w.eraseOne(context.Background(), w.ref(id), w.clock.Now())
}

// cutter is a store that takes so many writes and then none.
type cutter struct {
	*disk.Disk
	mu     sync.Mutex
	after  int // -1: takes all
	writes int
}

func (c *cutter) Write(ctx context.Context, batches []store.Batch) ([]store.Result, error) {
	c.mu.Lock()
	c.writes++
	over := c.after >= 0 && c.writes > c.after
	c.mu.Unlock()
	if over {
		return nil, store.ErrUnknown
	}
	return c.Disk.Write(ctx, batches)
}

// heal lets all through again and returns how many writes were asked for.
func (c *cutter) heal() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.after = -1
	return c.writes
}

// over reopens the world's engine with the cutter between records and store.
func (c *cutter) over(w *world) {
	w.t.Helper()
	w.shut()
	after := c.after
	c.after = -1
	e, err := Open(context.Background(), w.cfg, Options{
		Dir: filepath.Join(w.dir, "data"), KeyDir: filepath.Join(w.dir, "keys"),
		Clock: w.clock, Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler),
		watch: func(d *disk.Disk) store.Store { c.Disk = d; return c },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Engine = e
	c.mu.Lock()
	defer c.mu.Unlock()
	c.after, c.writes = after, 0
}

// TestARequestThatWasCutShortIsCarriedOn kills every write after the words of a
// request are stored, one after the other, and lets the queue finish it.
func TestARequestThatWasCutShortIsCarriedOn(t *testing.T) {
	ctx := context.Background()
	for _, kind := range []rights.Kind{rights.Access, rights.Portability, rights.Rectification, rights.Withdrawal, rights.Restriction, rights.Objection, rights.Erasure} {
		for after := 1; ; after++ {
			w := newWorld(t, nil)
			w.stock(8)
			w.agree("anna", tactful.Full)
			w.mustSend("anna", "viewed", 1)
			var detail rights.Detail
			switch event := w.events("anna")["item-1"].ID; kind {
			case rights.Rectification:
				detail.Correction = &rights.Correction{Event: event, Item: "item-2"}
			case rights.Withdrawal:
				detail.Selection = &rights.Selection{Event: event}
			default:
			}
			cut := &cutter{after: after}
			cut.over(w)
			_, err := w.OpenRight(asPerson, RightRequest{Subject: user("anna"), Kind: kind, Channel: rights.Centre, Detail: detail})
			whole := cut.heal() <= after
			w.clock.pass(2 * resumeAfter)
			if kind == rights.Erasure {
				if err := w.finishErasures(ctx); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.tendQueue(ctx); err != nil {
				t.Fatal(err)
			}
			for _, q := range w.queue() {
				if detail != (rights.Detail{}) && q.State == rights.Received { // done but for the note of it: repeated, there is nothing left to do, and an operator says so
					continue
				}
				t.Errorf("%s, cut after %d writes: %s", kind, after, q.State)
			}
			if after > 1 && whole && err != nil {
				t.Error(err)
			}
			w.shut()
			if whole {
				t.Logf("%s: carried on after each of %d writes", kind, after-1)
				break
			}
		}
	}
}

func TestManyErasuresWithOneKeyAreHeldAndOneIsNot(t *testing.T) {
	var log bytes.Buffer
	w := newWorld(t, func(c *Config) { c.Rights.Erasures = 3 })
	w.Engine.log = slog.New(slog.NewTextHandler(&log, nil))
	name := func(i int) string { return fmt.Sprintf("victim-%d", i) }
	for i := range 9 {
		w.agree(name(i), tactful.Personal)
	}
	for i := range 3 {
		if r := w.ask(asShop, name(i), rights.Erasure, rights.API, rights.Detail{}); r.State != rights.Done || !w.gone(name(i)) {
			t.Errorf("erasure %d is %s", i, r.State)
		}
	}
	held := w.ask(asShop, name(3), rights.Erasure, rights.API, rights.Detail{})
	if held.State != rights.Waiting || held.Why != rights.ManyErasures || w.gone(name(3)) {
		t.Fatalf("%+v", held)
	}
	if !strings.Contains(log.String(), "held until a second operator") || strings.Contains(log.String(), "victim") || w.RightsTally().Held != 1 {
		t.Errorf("alert %d:\n%s", w.RightsTally().Held, log.String())
	}
	t.Run("the other way in is braked too", func(t *testing.T) {
		var ids []string
		for range 2 { // asked again it is the same request
			_, err := w.Erase(asShop, user(name(4)))
			var h *Held
			if !errors.As(err, &h) || tactful.KindOf(err) != tactful.Refused || w.right(h.Request.ID).State != rights.Waiting || w.gone(name(4)) {
				t.Fatalf("%v", err)
			}
			ids = append(ids, h.Request.ID)
		}
		if ids[0] != ids[1] {
			t.Errorf("%v", ids)
		}
		if _, err := w.Erase(asShop, user("nobody")); tactful.KindOf(err) != tactful.NotFound {
			t.Errorf("somebody unknown: %v", err)
		}
	})
	t.Run("another key is not", func(t *testing.T) {
		if r := w.ask(as(tactful.ActorService, "app", "k-app"), name(5), rights.Erasure, rights.API, rights.Detail{}); r.State != rights.Done {
			t.Errorf("%s", r.State)
		}
	})
	t.Run("the person themself is not, whoever floods", func(t *testing.T) {
		if r := w.ask(asPerson, name(6), rights.Erasure, rights.Centre, rights.Detail{}); r.State != rights.Done {
			t.Errorf("%s", r.State)
		}
	})
	t.Run("a visit counts on the key that made its link", func(t *testing.T) {
		w.agree("linked", tactful.Personal)
		link, err := w.MakeLink(asShop, LinkRequest{Subject: user("linked"), Base: "https://p.example"})
		if err != nil {
			t.Fatal(err)
		}
		redeemed, err := w.RedeemLink(asPerson, link.Token)
		if err != nil {
			t.Fatal(err)
		}
		ticket, err := w.BeginVisit(asPerson, redeemed)
		if err != nil {
			t.Fatal(err)
		}
		visit, err := w.VisitOf(asPerson, ticket)
		if err != nil || visit.Maker != "k-shop" {
			t.Fatalf("%+v %v", visit, err)
		}
		var h *Held
		if _, err := w.Erase(as(tactful.ActorPerson, "", visit.Maker), visit.Subject); !errors.As(err, &h) || w.gone("linked") {
			t.Errorf("erased by a visit: %v", err)
		}
	})
	t.Run("the shop's key does not say that it is the centre", func(t *testing.T) {
		_, err := w.OpenRight(asShop, RightRequest{Subject: user(name(7)), Kind: rights.Erasure, Channel: rights.Centre})
		if tactful.KindOf(err) != tactful.Refused || w.gone(name(7)) {
			t.Error(err)
		}
	})
	t.Run("a restart forgets nothing", func(t *testing.T) {
		w.shut()
		w.open()
		if r := w.ask(asShop, name(7), rights.Erasure, rights.API, rights.Detail{}); r.State != rights.Waiting {
			t.Errorf("%s", r.State)
		}
	})
	t.Run("the key that asked releases nothing, a second operator does", func(t *testing.T) {
		if _, err := w.ReleaseRight(as(tactful.ActorOperator, "mallory", "k-shop"), held.ID); tactful.KindOf(err) != tactful.Refused {
			t.Error(err)
		}
		if r, err := w.ReleaseRight(asBob, held.ID); err != nil || r.State != rights.Done || !w.gone(name(3)) {
			t.Errorf("%s %v", r.State, err)
		}
	})
	t.Run("an hour later one goes through again", func(t *testing.T) {
		w.clock.pass(time.Hour)
		if r := w.ask(asShop, name(8), rights.Erasure, rights.API, rights.Detail{}); r.State != rights.Done {
			t.Errorf("%s", r.State)
		}
	})
}

// TestNewKeysAreNoWayAroundTheBrake: whoever makes keys makes as many as they like.
func TestNewKeysAreNoWayAroundTheBrake(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Rights.Erasures, c.Rights.ErasuresInAll = 2, 4 })
	var held, erased atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		w.agree(fmt.Sprint("v", i), tactful.Personal)
	}
	for i := range 8 {
		all.Go(func() { // at once: none slips through between counting and writing
			_, err := w.Erase(as(tactful.ActorService, "new", fmt.Sprint("k-", i)), user(fmt.Sprint("v", i)))
			var h *Held
			switch {
			case errors.As(err, &h):
				held.Add(1)
			case err == nil:
				erased.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if held.Load() != 4 || erased.Load() != 4 || w.RightsTally().Held != 4 {
		t.Errorf("%d held, %d erased, counted %d", held.Load(), erased.Load(), w.RightsTally().Held)
	}
}

// TestAnErasureThatMeetsAFaultIsNeitherLostNorFailed is fides #2048: one
// connector that was switched off failed the whole erasure.
func TestAnErasureThatMeetsAFaultIsNeitherLostNorFailed(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(8)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "viewed", 1)
	if err := w.school.lesson.take(context.Background()); err != nil { // a long fit is under way
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(asPerson, 50*time.Millisecond)
	defer cancel()
	r, err := w.OpenRight(ctx, RightRequest{Subject: user("anna"), Kind: rights.Erasure, Channel: rights.Centre})
	if err != nil || r.State != rights.InProgress || !w.ctl("anna").Restricted {
		t.Fatalf("%s, %v", r.State, err)
	}
	w.school.lesson.give()
	if err := w.finishErasures(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := w.tendQueue(context.Background()); err != nil || !w.gone("anna") || w.right(r.ID).State != rights.Done {
		t.Errorf("%v, %s", err, w.right(r.ID).State)
	}
}

// TestTheSameRequestTwiceBlocksNothing: duplicates go their own ways.
func TestTheSameRequestTwiceBlocksNothing(t *testing.T) {
	w := newWorld(t, nil)
	w.agree("anna", tactful.Personal)
	a := w.ask(asAnn, "anna", rights.Access, rights.Letter, rights.Detail{})
	b := w.ask(asAnn, "anna", rights.Access, rights.Letter, rights.Detail{})
	c := w.ask(asPerson, "anna", rights.Access, rights.Centre, rights.Detail{})
	if a.ID == b.ID || a.State != rights.Proving || b.State != rights.Proving || c.State != rights.Done {
		t.Errorf("%s %s %s", a.State, b.State, c.State)
	}
	if _, err := w.CancelRight(asAnn, a.ID, "it came twice"); err != nil {
		t.Fatal(err)
	}
	if w.right(b.ID).State != rights.Proving {
		t.Error("cancelling one touched the other")
	}
}
