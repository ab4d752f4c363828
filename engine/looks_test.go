package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

const because = "she asked by phone what we know"

func ada(reason string) context.Context {
	return tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B.", Key: "00000000000000ad", Reason: reason})
}

func theShop() context.Context {
	return tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorService, Name: "shop", Key: "00000000000000b0"})
}

func herself() context.Context {
	return tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
}

// looked is what the person sees of who looked.
func (w *world) looked(id string) []tactful.Look {
	w.t.Helper()
	looks, err := w.Looks(herself(), user(id), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return looks
}

// openers are all ways to be shown something of one person.
func (w *world) openers(receipt string) map[string]func(ctx context.Context, id string) (any, error) {
	return map[string]func(ctx context.Context, id string) (any, error){
		"consents": func(ctx context.Context, id string) (any, error) { return w.Consents(ctx, user(id)) },
		"history":  func(ctx context.Context, id string) (any, error) { return w.History(ctx, user(id), 10) },
		"receipts": func(ctx context.Context, id string) (any, error) { return w.Receipts(ctx, user(id), 10) },
		"receipt":  func(ctx context.Context, id string) (any, error) { return w.Receipt(ctx, receipt) },
		"looks":    func(ctx context.Context, id string) (any, error) { return w.Looks(ctx, user(id), 10) },
		"suggestions": func(ctx context.Context, id string) (any, error) {
			return w.Decide(ctx, &tactful.Request{Subject: user(id), Placement: tactful.ForYou, Count: 3})
		},
		"change": func(ctx context.Context, id string) (any, error) {
			return w.SetConsents(ctx, user(id), ConsentChange{Level: tactful.Personal})
		},
	}
}

func lived(t *testing.T, adjust func(*Config)) (*world, string) {
	t.Helper()
	w := newWorld(t, adjust)
	w.stock(8)
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2)
	return w, w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou}).ID
}

func TestAnOperatorWithoutANameAndAReasonIsShownNothing(t *testing.T) {
	w, receipt := lived(t, nil)
	nameless := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Reason: because})
	for word, open := range w.openers(receipt) {
		for name, ctx := range map[string]context.Context{
			"no reason": ada(""), "a reason that says nothing": ada("because"), "spaces": ada(strings.Repeat(" ", 40)), "a novel": ada(strings.Repeat("x", 301)),
			"a line that is none": ada("she asked\nby phone"), "no name": nameless,
		} {
			got, err := open(ctx, "anna")
			var known *tactful.Error
			if !errors.As(err, &known) || known.Kind != tactful.Invalid || known.Remedy == "" {
				t.Errorf("%s with %s: %v", word, name, err)
			}
			if text := fmt.Sprintf("%+v", got); strings.Contains(text, "item-") || strings.Contains(text, "Thing number") {
				t.Errorf("%s with %s: the answer holds data: %s", word, name, text)
			}
		}
	}
	if looks := w.looked("anna"); len(looks) != 0 {
		t.Errorf("%d looks where nothing was shown", len(looks))
	}
	if n := w.LookTally().Refused["no_reason"]; n != 42 {
		t.Errorf("%d refusals counted", n)
	}
}

func TestEveryWayToOpenSomebodyIsOnRecordForThemToSee(t *testing.T) {
	for word := range (&world{}).openers("") {
		t.Run(word, func(t *testing.T) {
			w, receipt := lived(t, nil)
			if _, err := w.openers(receipt)[word](ada(because), "anna"); err != nil {
				t.Fatal(err)
			}
			looks := w.looked("anna")
			if len(looks) != 1 || looks[0].Name != "Ada B." || looks[0].Reason != because || looks[0].Kind != tactful.ActorOperator || !looks[0].Time.Equal(noon) {
				t.Fatalf("%+v", looks)
			}
			if want := strings.TrimSuffix(word, "s"); !slices.ContainsFunc(looks[0].Opened.Words(), func(o string) bool { return strings.HasPrefix(o, want) }) {
				t.Errorf("opened %v", looks[0].Opened.Words())
			}
			if n := w.LookTally().Looks["operator"]; n != 1 {
				t.Errorf("%d looks counted", n)
			}
		})
	}
}

func TestThePersonTheEngineAndPagesOfTheShopAreNoHumansWhoLook(t *testing.T) {
	w, receipt := lived(t, nil)
	for word, open := range w.openers(receipt) {
		for _, kind := range []tactful.ActorKind{tactful.ActorPerson, tactful.ActorEngine} {
			if _, err := open(tactful.WithActor(context.Background(), tactful.Actor{Kind: kind}), "anna"); err != nil {
				t.Errorf("%s as %s: %v", word, kind, err)
			}
		}
	}
	if looks := w.looked("anna"); len(looks) != 0 {
		t.Fatalf("%+v", looks)
	}
	for range 50 { // page views
		if _, err := w.History(theShop(), user("anna"), 10); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Consents(theShop(), user("anna")); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.pass(24 * time.Hour)
	if _, err := w.History(theShop(), user("anna"), 10); err != nil {
		t.Fatal(err)
	}
	looks := w.looked("anna")
	if len(looks) != 2 || looks[0].Name != "our website" || looks[0].Kind != tactful.ActorService || looks[0].Opened != tactful.OpenedHistory ||
		looks[1].Opened != tactful.OpenedHistory|tactful.OpenedConsents || looks[1].Time.Hour() != 0 {
		t.Fatalf("%+v", looks)
	}
	w.shut()
	w.open()
	reads, err := w.records.Reads(context.Background(), "00000000000000b0", dayOf(noon), dayOf(noon)+1)
	if err != nil || reads != 101 {
		t.Errorf("%d reads counted over a restart, %v", reads, err)
	}
	if index, err := w.records.LooksBy(context.Background(), "00000000000000b0", noon, noon.Add(25*time.Hour), w.clock.Now()); err != nil || len(index) != 3 {
		t.Errorf("%d lines in the index, %v: page views must not be lines", len(index), err)
	}
}

func TestLooksOfOneVisitAreOneEntry(t *testing.T) {
	w, receipt := lived(t, nil)
	all := w.openers(receipt)
	for _, word := range []string{"history", "receipts", "history", "consents", "history"} {
		if _, err := all[word](ada(because), "anna"); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.pass(3 * time.Minute)
	for _, ctx := range []context.Context{ada(because), ada("another matter of hers")} {
		if _, err := w.History(ctx, user("anna"), 10); err != nil {
			t.Fatal(err)
		}
	}
	w.clock.pass(time.Hour)
	if _, err := w.History(ada(because), user("anna"), 10); err != nil {
		t.Fatal(err)
	}
	looks := w.looked("anna")
	if len(looks) != 3 {
		t.Fatalf("%d entries: %+v", len(looks), looks)
	}
	all3 := tactful.OpenedHistory | tactful.OpenedReceipts | tactful.OpenedConsents
	if !slices.ContainsFunc(looks, func(l tactful.Look) bool { return l.Reason == because && l.Opened == all3 }) {
		t.Errorf("%+v", looks)
	}
	if one, err := w.Looks(herself(), user("anna"), 1); err != nil || len(one) != 1 || !one[0].Time.Equal(w.clock.Now()) {
		t.Errorf("the newest: %+v %v", one, err)
	}
}

// lookless is a store that cannot keep looks.
type lookless struct {
	store.Store
	broken atomic.Bool
}

func (l *lookless) Write(ctx context.Context, batches []store.Batch) ([]store.Result, error) {
	for _, b := range batches {
		if b.Partition.Section == store.Looks && l.broken.Load() {
			return nil, errors.New("no room")
		}
	}
	return l.Store.Write(ctx, batches)
}

func TestWithoutTheRecordThereIsNoData(t *testing.T) {
	w, receipt := lived(t, nil)
	broken := &lookless{}
	w.shut()
	e, err := Open(context.Background(), w.cfg, Options{Dir: w.dir + "/data", KeyDir: w.dir + "/keys", Clock: w.clock, Entropy: w.Engine.entropy, Log: w.Engine.log,
		watch: func(d *disk.Disk) store.Store { broken.Store = d; return broken }})
	if err != nil {
		t.Fatal(err)
	}
	w.Engine = e
	broken.broken.Store(true)
	for word, open := range w.openers(receipt) {
		for name, ctx := range map[string]context.Context{"an operator": ada(because), "a service": theShop()} {
			if name == "a service" && (word == "suggestions" || word == "change") {
				continue // no look: the receipt is the record, or the person did it
			}
			got, err := open(ctx, "anna")
			if err == nil || strings.Contains(fmt.Sprintf("%+v", got), "item-") {
				t.Errorf("%s for %s: %v and %+v", word, name, err, got)
			}
		}
	}
	broken.broken.Store(false)
	if _, err := w.History(ada(because), user("anna"), 10); err != nil || len(w.looked("anna")) != 1 {
		t.Errorf("the positive control: %v", err)
	}
}

func TestAnOperatorWhoOpensManyPeopleIsSlowedAndReported(t *testing.T) {
	var text bytes.Buffer
	w, _ := lived(t, func(c *Config) { c.Looks.PeoplePerHour, c.Looks.ServicePeoplePerHour = 3, 5 })
	w.Engine.log = slog.New(slog.NewTextHandler(&text, nil))
	for i := range 12 {
		w.agree(fmt.Sprintf("person-%d", i), tactful.Personal)
	}
	open := func(ctx context.Context, i int) error {
		_, err := w.History(ctx, user(fmt.Sprintf("person-%d", i)), 10)
		return err
	}
	stopped := func(err error) time.Duration {
		var many *TooMany
		if !errors.As(err, &many) || tactful.KindOf(err) != tactful.Refused {
			return 0
		}
		return many.RetryAfter()
	}
	for i := range 3 {
		if err := open(ada(because), i); err != nil {
			t.Fatal(err)
		}
		w.clock.pass(time.Minute)
	}
	if wait := stopped(open(ada(because), 3)); wait != 57*time.Minute {
		t.Errorf("the fourth person: wait %v", wait)
	}
	if err := open(ada("another reason for one of them"), 1); err != nil {
		t.Errorf("somebody who is open already: %v", err)
	}
	if _, err := w.History(ada(because), user("nobody-we-know"), 10); stopped(err) == 0 {
		t.Errorf("trying out names is not slowed: %v", err)
	}
	if _, err := w.Decide(ada(because), &tactful.Request{Subject: user("person-5"), Placement: tactful.ForYou, Count: 3}); stopped(err) == 0 {
		t.Errorf("lists are not slowed: %v", err)
	}
	other := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Ben C.", Key: "00000000000000be", Reason: because})
	if err := open(other, 3); err != nil {
		t.Errorf("another operator: %v", err)
	}
	for i := range 6 {
		if wait := stopped(open(theShop(), i)); (wait > 0) != (i == 5) {
			t.Errorf("person %d of a service: wait %v", i, wait)
		}
	}
	t.Run("also over a restart", func(t *testing.T) {
		w.shut()
		w.open()
		if wait := stopped(open(ada(because), 4)); wait != 57*time.Minute {
			t.Errorf("wait %v", wait)
		}
	})
	if n := strings.Count(text.String(), "unusually many people"); n != 2 {
		t.Errorf("%d alerts in the log: %s", n, &text)
	}
	for _, word := range []string{"person-", "nobody-we-know", because, "anna"} {
		if strings.Contains(text.String(), word) {
			t.Errorf("the alert names %q", word)
		}
	}
	w.clock.pass(58 * time.Minute)
	if err := open(ada(because), 3); err != nil {
		t.Errorf("an hour after the first: %v", err)
	}
}

// TestWhoTypesTheirNameHasAnAllowanceOfTheirOwn: at the machine an export by one and
// looks by another use up nobody else's, also after a start; keys without a
// person's name have one together, since whoever holds one may hold them all.
func TestWhoTypesTheirNameHasAnAllowanceOfTheirOwn(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Looks.PeoplePerHour = 3 })
	for i := range 8 {
		w.agree(fmt.Sprint("p", i), tactful.Personal)
	}
	typed := func(name string) context.Context {
		return tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: name, Reason: "a letter of theirs"})
	}
	if err := w.EachConsented(typed("Nobody X"), tactful.Recommendations, func(string, int, int) {}, func(PersonEvents) error { return nil }); err != nil {
		t.Fatal(err)
	}
	open := func(ctx context.Context, from, most int) {
		t.Helper()
		for i := range most {
			if _, err := w.Consents(ctx, user(fmt.Sprint("p", from+i))); err != nil {
				t.Fatalf("%s is refused the %d. person: %v", tactful.ActorOf(ctx).Name, i+1, err)
			}
		}
		if _, err := w.Consents(ctx, user(fmt.Sprint("p", from+most))); tactful.KindOf(err) != tactful.Refused {
			t.Errorf("%s opens one too many: %v", tactful.ActorOf(ctx).Name, err)
		}
	}
	open(typed("Ada B."), 0, 3)
	w.shut()
	w.open()
	open(typed("ADA  b."), 3, 0)
	open(typed("Bob C."), 0, 3)
}

func TestErasingSomebodyErasesWhoLookedAndTheIndexLeadsNowhere(t *testing.T) {
	w, receipt := lived(t, nil)
	reason := "a complaint about parcel 4711-xyz"
	for _, open := range w.openers(receipt) {
		if _, err := open(ada(reason), "anna"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Erase(herself(), user("anna")); err != nil {
		t.Fatal(err)
	}
	if looks := w.looked("anna"); len(looks) != 0 {
		t.Errorf("%+v", looks)
	}
	index, err := w.records.LooksBy(context.Background(), "00000000000000ad", noon.Add(-time.Hour), noon, noon)
	if err != nil || len(index) == 0 {
		t.Errorf("the index must still say that the key looked: %v", err)
	}
	opened := map[tactful.Ref]tactful.Opened{}
	err = w.records.ScanLooks(context.Background(), 0, 1, "00000000000000ad", noon.Add(-time.Hour), noon, func(ref tactful.Ref, o tactful.Opened) error {
		opened[ref] = o
		return nil
	})
	if err != nil || len(opened) != 0 {
		t.Errorf("the looks still lead to %d people, %v", len(opened), err)
	}
	w.shut()
	if all := everyByte(t, w.dir); bytes.Contains(all, []byte("4711-xyz")) || bytes.Contains(all, []byte("Ada B.")) {
		t.Error("a reason or a name is in a file in the open")
	}
	w.open()
}

func TestManyWhoLookAtOnceAreAllOnRecord(t *testing.T) {
	w, _ := lived(t, nil)
	for i := range 8 {
		w.agree(fmt.Sprintf("person-%d", i), tactful.Personal)
	}
	var wait sync.WaitGroup
	for worker := range 8 {
		ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: fmt.Sprintf("Operator %d", worker), Key: fmt.Sprintf("%016x", worker), Reason: because})
		wait.Go(func() {
			for i := range 16 {
				if _, err := w.History(ctx, user(fmt.Sprintf("person-%d", i%8)), 5); err != nil {
					t.Error(err)
				}
				if _, err := w.Consents(theShop(), user(fmt.Sprintf("person-%d", i%8))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	for i := range 8 {
		names := map[string]bool{}
		for _, l := range w.looked(fmt.Sprintf("person-%d", i)) {
			names[l.Name] = true
		}
		if len(names) != 9 { // eight operators and the website
			t.Errorf("person %d was looked at by %v", i, names)
		}
	}
}
