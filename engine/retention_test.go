package engine

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/store"
)

const oneDay = 24 * time.Hour

// sweepNow does what the background does when it looks.
func (w *world) sweepNow() {
	w.t.Helper()
	w.sweptLately()
	if err := w.sweepIfDue(context.Background(), w.clock.Now()); err != nil {
		w.t.Fatal(err)
	}
}

// sweptLately lets the server have been running until now: a sweep after a long
// time is held back (TestAfterAJumpAheadNothingIsDeletedBeforeAnAlarmWasSeen).
func (w *world) sweptLately() {
	w.t.Helper()
	note, err := w.readTermsNote(context.Background())
	if err == nil && w.clock.Now().Sub(note.Swept) >= sweepTrust && !note.Swept.IsZero() {
		note.Swept = w.clock.Now().Add(-sweepEvery)
		err = w.writeTermsNote(context.Background(), note)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// raw counts the Log rows of a type that are physically in the store, expired or not.
func (w *world) raw(section store.Section, kind byte) (n int) {
	w.t.Helper()
	return w.rawRows(section, store.Log, kind)
}

func (w *world) rawRows(section store.Section, family store.Family, kind byte) (n int) {
	w.t.Helper()
	span := store.Range{Section: section, Family: family, From: []byte{kind}, To: []byte{kind + 1}} // the zero Now hides nothing
	_, err := w.data.Scan(context.Background(), span, store.Cursor{}, func(_ store.Partition, rows []store.Row) error {
		n += len(rows)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// rawActions counts the events in the store by action, read at a time when none
// of them has expired, so that only what was really removed is missing.
func (w *world) rawActions(id string) map[string]int {
	w.t.Helper()
	ref, err := w.resolve(context.Background(), user(id), w.clock.Now()) // which leaves no look
	if err != nil {
		w.t.Fatal(err)
	}
	events, err := w.records.Events(context.Background(), []tactful.Ref{ref}, records.AllEvents, time.Unix(0, 0))
	if err != nil {
		w.t.Fatal(err)
	}
	count := map[string]int{}
	for _, e := range events[0] {
		count[e.Event.Action.String()]++
	}
	return count
}

// everyAction sends one event of each action.
func (w *world) everyAction(id string) {
	w.t.Helper()
	for action := tactful.Viewed; int(action) < tactful.Actions; action++ {
		if action != tactful.Searched {
			w.mustSend(id, action.String(), int(action))
			continue
		}
		body, err := json.Marshal(map[string]any{"events": []map[string]any{{
			"messageId": "search", "userId": id, "action": "searched", "query": "mugs", "source": "web", "time": w.clock.Now().Format(time.RFC3339)}}})
		if err != nil {
			w.t.Fatal(err)
		}
		outcomes, err := w.Ingest(context.Background(), Delivery{Trust: Trusted, Form: Native, Body: body})
		if err != nil || outcomes[0].Status != OutcomeAccepted {
			w.t.Fatalf("%v, %v", outcomes, err)
		}
	}
}

func TestNothingIsOlderThanItsTermPlusOneHour(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(30)
	w.agree("u1", tactful.Full)
	w.everyAction("u1")
	d := w.decide(tactful.Request{Subject: user("u1"), Placement: tactful.ForYou})
	if err := w.Report(context.Background(), d.ID, tactful.FeedbackCreepy, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Receipts(asAnn, user("u1"), 1); err != nil { // leaves a look
		t.Fatal(err)
	}
	if r := w.ask(asPerson, "u1", rights.Objection, rights.Centre, rights.Detail{}); !r.State.Closed() {
		t.Fatalf("the request is still open: %+v", r)
	}
	nobody := w.decide(tactful.Request{Placement: tactful.Popular})
	if err := w.Report(context.Background(), nobody.ID, tactful.FeedbackWrong, ""); err != nil {
		t.Fatal(err)
	}
	start := w.clock.Now()

	type kind struct {
		name  string
		term  time.Duration
		there func() int
	}
	var kinds []kind
	for action, term := range w.cfg.Ingest.Retention {
		kinds = append(kinds, kind{"event " + action, term, func() int { return w.rawActions("u1")[action] }})
	}
	for name, at := range map[string]struct {
		section store.Section
		row     byte
	}{"receipt": {store.Subjects, 'r'}, "report": {store.Subjects, 'f'}, "house receipt": {store.House, 'r'}, "house report": {store.House, 'f'}} {
		kinds = append(kinds, kind{name, w.cfg.Receipts.Keep, func() int { return w.raw(at.section, at.row) }})
	}
	kinds = append(kinds,
		kind{"look", w.cfg.Looks.Keep, func() int { return w.raw(store.Subjects, 'l') }},
		kind{"look in the index", w.cfg.Looks.Keep, func() int { return w.raw(store.Looks, 'l') }},
		kind{"closed request", w.cfg.Rights.Keep, func() int { return w.rawRows(store.Cases, store.State, 1) }})
	if len(kinds) != tactful.Actions-1+7 {
		t.Fatalf("%d kinds of rows", len(kinds))
	}
	var moments []time.Duration
	rows := map[string]int{}
	for _, k := range kinds {
		if rows[k.name] = k.there(); rows[k.name] == 0 {
			t.Fatalf("%s: no row at the start", k.name)
		}
		moments = append(moments, k.term-time.Second, k.term+time.Hour)
	}
	slices.Sort(moments)
	gone := 0
	for _, after := range slices.Compact(moments) {
		w.clock.pass(start.Add(after).Sub(w.clock.Now()))
		w.sweepNow()
		for _, k := range kinds {
			switch n := k.there(); {
			case after >= k.term+time.Hour && n != 0:
				t.Errorf("%s is still in the store %v after its term", k.name, after-k.term)
			case after < k.term && n != rows[k.name]: // the control: a sweep that removes everything proves nothing
				t.Errorf("%s is gone %v before its term", k.name, k.term-after)
			case n == 0:
				gone++
			}
		}
	}
	if gone == 0 {
		t.Error("nothing has gone")
	}
	if events := w.raw(store.Subjects, 'e'); events != 0 {
		t.Errorf("%d events are left after the longest term", events)
	}
}

// TestWhatRemainsOfAnErasureEndsToo looks into the store of the keys, where the
// receipts of erasures and the list of suppressed names lie.
func TestWhatRemainsOfAnErasureEndsToo(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(3)
	w.agree("u1", tactful.Full)
	if _, err := w.Erase(context.Background(), user("u1")); err != nil {
		t.Fatal(err)
	}
	start := w.clock.Now()
	raw := func(family store.Family, kind byte) (n int) {
		t.Helper()
		span := store.Range{Section: store.Forgotten, Family: family, From: []byte{kind}, To: []byte{kind + 1}}
		if _, err := w.keys.Scan(context.Background(), span, store.Cursor{}, func(_ store.Partition, rows []store.Row) error {
			n += len(rows)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, c := range []struct {
		name   string
		term   time.Duration
		family store.Family
		kind   byte
	}{
		{"a suppressed name", w.cfg.Erasure.Suppress, store.State, 's'},
		{"the receipt of an erasure", w.cfg.Erasure.Receipts, store.State, 'e'},
		{"the entry in the list of erasures", w.cfg.Erasure.Receipts, store.Log, 'n'},
	} {
		w.clock.pass(start.Add(c.term - time.Second).Sub(w.clock.Now()))
		w.sweepNow()
		if n := raw(c.family, c.kind); n == 0 {
			t.Errorf("%s is gone before its term", c.name)
		}
		if c.kind == 'e' {
			continue // the entry of the list has the same term: looked at first
		}
		w.clock.pass(time.Hour)
		w.sweepNow()
		if n := raw(c.family, c.kind); n != 0 {
			t.Errorf("%s is still there an hour after its term", c.name)
		}
	}
	if n := raw(store.State, 'e'); n != 0 {
		t.Error("the receipt of an erasure is still there an hour after its term")
	}
}

func TestTheBackgroundSweepsEveryTwentyMinutesAlsoAcrossRestarts(t *testing.T) {
	w := newWorld(t, nil)
	w.sweepNow()
	last := w.clock.Now()
	for range 100 {
		w.clock.pass(3 * time.Minute)
		if w.clock.Now().Unix()%5 == 0 { // somebody restarts it all the time
			w.shut()
			w.open()
		}
		w.sweepNow()
		note, err := w.readTermsNote(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if !note.Swept.Equal(last) {
			if gap := note.Swept.Sub(last); gap > sweepEvery+3*time.Minute || gap < sweepEvery {
				t.Fatalf("a sweep after %v", gap)
			}
			last = note.Swept
		}
	}
	if w.clock.Now().Sub(last) > sweepEvery {
		t.Error("the sweeps have ended")
	}
}

// TestShorterTermsHoldForWhatIsStoredAlready reopens the engine with shorter
// terms: rows that were written under the longer ones go after the shorter.
func TestShorterTermsHoldForWhatIsStoredAlready(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(30)
	w.agree("u1", tactful.Full)
	w.everyAction("u1")
	receipt := func() {
		w.t.Helper()
		for _, r := range []tactful.Request{{Subject: user("u1"), Placement: tactful.ForYou}, {Placement: tactful.Popular}} {
			if err := w.Report(context.Background(), w.decide(r).ID, tactful.FeedbackWrong, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	receipt()
	if _, err := w.Receipts(asAnn, user("u1"), 1); err != nil {
		t.Fatal(err)
	}
	w.ask(asPerson, "u1", rights.Objection, rights.Centre, rights.Detail{})
	early := w.raw(store.Subjects, 'l') // looks of the first day: Ann's, and the shop's own when it asked for a list
	if early == 0 || early != w.raw(store.Looks, 'l') {
		t.Fatalf("%d looks, %d in the index", early, w.raw(store.Looks, 'l'))
	}
	w.clock.pass(5 * oneDay)
	w.mustSend("u1", "purchased", 20)
	w.mustSend("u1", "viewed", 21)
	receipt()
	w.sweepNow()
	rows := func() map[string]int {
		return map[string]int{"purchased": w.rawActions("u1")["purchased"], "viewed": w.rawActions("u1")["viewed"], "saved": w.rawActions("u1")["saved"],
			"receipts": w.raw(store.Subjects, 'r'), "reports": w.raw(store.Subjects, 'f'), "house": w.raw(store.House, 'r'), "house reports": w.raw(store.House, 'f'),
			"looks": w.raw(store.Subjects, 'l'), "index": w.raw(store.Looks, 'l'), "requests": w.rawRows(store.Cases, store.State, 1)}
	}
	expect := func(when string, want map[string]int) {
		t.Helper()
		if got := rows(); !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	looks := w.raw(store.Subjects, 'l')
	all := map[string]int{"purchased": 2, "viewed": 2, "saved": 1, "receipts": 2, "reports": 2, "house": 2, "house reports": 2, "looks": looks, "index": looks, "requests": 1}
	expect("before", all)

	w.shut()
	w.cfg.Ingest.Retention = maps.Clone(w.cfg.Ingest.Retention)
	w.cfg.Ingest.Retention["purchased"] = 10 * oneDay
	w.cfg.Receipts.Keep = 8 * oneDay
	w.cfg.Looks.Keep, w.cfg.Rights.Keep = 12*oneDay, 14*oneDay
	w.open()
	w.clock.pass(6 * oneDay) // day 11: the first purchase and receipts are over, the second ones not yet
	if _, err := w.data.Sweep(context.Background(), w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	expect("rows carry their old term, and only that is not enough", all)
	w.sweepNow()
	expect("day 11", map[string]int{"purchased": 1, "viewed": 2, "saved": 1, "receipts": 1, "reports": 1, "house": 1, "house reports": 1, "looks": looks, "index": looks, "requests": 1})

	w.shut()
	w.open() // the second start must not forget that long-lived rows are left
	w.clock.pass(2*oneDay + time.Hour)
	w.sweepNow()
	expect("day 13 and an hour: receipts and looks are over", map[string]int{"purchased": 1, "viewed": 2, "saved": 1, "receipts": 0, "reports": 0, "house": 0, "house reports": 0, "looks": looks - early, "index": looks - early, "requests": 1})
	w.clock.pass(2 * oneDay)
	w.sweepNow()
	expect("day 15 and an hour: the second purchase and the request are over", map[string]int{"purchased": 0, "viewed": 2, "saved": 1, "receipts": 0, "reports": 0, "house": 0, "house reports": 0, "looks": looks - early, "index": looks - early, "requests": 0})

	w.shut()
	w.cfg.Ingest.Retention["viewed"] = 600 * oneDay // longer: what was promised when it was stored stays
	w.open()
	w.clock.pass(180*oneDay + time.Hour)
	w.sweepNow()
	if got := rows(); got["viewed"] != 0 || got["saved"] != 1 {
		t.Errorf("after a longer term was set: %v", got)
	}
}

// TestWhatWasLearnedEndsWithItsEvent looks at the stored contribution: it must
// not remember an event that has expired.
func TestWhatWasLearnedEndsWithItsEvent(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Ingest.Retention = map[string]time.Duration{"viewed": 2 * oneDay}
	})
	w.stock(12)
	w.crowd(8, 12)
	w.agree("u1", tactful.Personal)
	w.mustSend("u1", "viewed", 3)
	w.mustSend("u1", "purchased", 5)
	w.train()
	learned := func() (numbers []tactful.ItemNo) {
		t.Helper()
		s, err := w.records.Open(context.Background(), w.ref("u1"), records.Want{Contribution: true}, w.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		if s.Contribution != nil {
			for _, entry := range s.Contribution.Items {
				numbers = append(numbers, entry.No)
			}
		}
		return numbers
	}
	number := func(id string) tactful.ItemNo { return w.catalogue.Snapshot().ByID(id).No }
	viewed, bought := number("item-3"), number("item-5")
	w.clock.pass(2*oneDay - time.Minute)
	w.sweepNow()
	if got := learned(); !slices.Contains(got, viewed) || !slices.Contains(got, bought) {
		t.Fatalf("before the term: %v, want %d and %d", got, viewed, bought)
	}
	w.clock.pass(time.Hour)
	w.sweepNow()
	if got := learned(); slices.Contains(got, viewed) || !slices.Contains(got, bought) {
		t.Errorf("after the term: %v, want %d and not %d", got, bought, viewed)
	}
	before := w.card.Load().Hash
	if !w.due(w.clock.Now().Add(w.cfg.Learn.Every)) {
		t.Error("no fit is due, and the model in use would keep what was learned")
	}
	if w.train(); w.card.Load().Hash == before {
		t.Error("the model is the same without the expired event")
	}
}
