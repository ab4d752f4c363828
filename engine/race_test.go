package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/records"
)

const (
	crowdSize  = 50
	crowdItems = 24
)

// customer is one person whom many goroutines deal with at once.
type customer struct {
	id    string
	mouth sync.Mutex // a person says one thing at a time
	// word counts changes of mind: it is even from the moment a no or an
	// erasure is acknowledged until the next yes sets out.
	word  atomic.Int64
	mu    sync.Mutex
	picks []string // receipts of personal decisions
}

func (c *customer) yes() { // before the call
	if c.word.Load()%2 == 0 {
		c.word.Add(1)
	}
}

func (c *customer) no() { // after the acknowledgement
	if c.word.Load()%2 == 1 {
		c.word.Add(1)
	}
}

// rush is the crowd at work.
type rush struct {
	*world
	crowd     []*customer
	sent      atomic.Int64
	done      [6]atomic.Int64 // steps by kind
	conflicts atomic.Int64
	quiet     atomic.Int64 // decisions made wholly after a no
	refused   atomic.Int64 // events sent wholly after a no
}

var rushWords = [...]string{"decisions", "events", "noes", "yeses", "settings", "erasures"}

func TestNothingPersonalIsUsedAfterANoWhateverElseHappens(t *testing.T) {
	steps := 10_500
	if testing.Short() {
		steps = 1_500
	}
	r := &rush{world: newWorld(t, nil)}
	r.stock(crowdItems)
	for i := range crowdSize {
		c := &customer{id: fmt.Sprintf("rush-%d", i)}
		c.word.Store(1)
		r.crowd = append(r.crowd, c)
	}
	together(crowdSize, func(i int) {
		r.agree(r.crowd[i].id, tactful.Personal)
		r.mustSend(r.crowd[i].id, "purchased", 1+i%crowdItems, 1+(i+5)%crowdItems, 1+(i+10)%crowdItems)
	})
	r.train()

	ctx, stop := context.WithCancel(context.Background())
	var trainer sync.WaitGroup
	fits := 0
	trainer.Go(func() {
		for ctx.Err() == nil {
			if _, err := r.Train(ctx, nil); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
			fits++
		}
	})
	together(steps, func(i int) { r.step(rand.New(rand.NewPCG(uint64(i), 7))) })
	stop()
	trainer.Wait()

	counts := make([]string, len(rushWords))
	for kind := range rushWords {
		counts[kind] = fmt.Sprintf("%d %s", r.done[kind].Load(), rushWords[kind])
	}
	t.Logf("%d interleaved steps and %d fits: %s; %d answered with a conflict; %d decisions and %d events wholly after a no: none personal, none kept",
		steps, fits, strings.Join(counts, ", "), r.conflicts.Load(), r.quiet.Load(), r.refused.Load())
	if r.quiet.Load() < int64(steps/50) || r.refused.Load() < int64(steps/200) || fits < 2 {
		t.Error("too little happened to prove anything")
	}
	r.eraseSome(10)
	r.equalsFresh()
}

func (r *rush) step(rng *rand.Rand) {
	c := r.crowd[rng.IntN(crowdSize)]
	switch n := rng.IntN(1000); {
	case n < 600:
		r.count(0, r.ask(c))
	case n < 750:
		r.count(1, r.send(c, rng))
	case n < 830:
		r.count(2, r.deny(c))
	case n < 910:
		r.count(3, r.grant(c))
	case n < 999:
		r.count(4, r.say(c, rng))
	default:
		r.count(5, r.forget(c))
	}
}

// count tells what may happen in a rush from what may not.
func (r *rush) count(kind int, err error) {
	r.done[kind].Add(1)
	switch tactful.KindOf(err) {
	case tactful.Conflict, tactful.NotFound:
		r.conflicts.Add(1)
	default:
		if err != nil {
			r.t.Errorf("%s: %v", rushWords[kind], err)
		}
	}
}

func (r *rush) ask(c *customer) error {
	before := c.word.Load()
	d, err := r.Decide(context.Background(), &tactful.Request{Subject: user(c.id), Placement: tactful.ForYou, Count: 5})
	if err != nil {
		return err
	}
	if d.Level >= tactful.Personal {
		c.mu.Lock()
		c.picks = append(c.picks, d.ID)
		c.mu.Unlock()
	}
	if before%2 == 1 || c.word.Load() != before {
		return nil
	}
	r.quiet.Add(1)
	if d.Level >= tactful.Personal {
		r.t.Errorf("a decision that began after a no was made at level %s", d.Level)
	}
	for _, s := range d.Suggestions {
		if s.Origin == tactful.Ranked || s.Score != 0 || len(s.Reason.Items) > 0 {
			r.t.Errorf("a decision that began after a no shows an item that is %s", s.Origin)
		}
	}
	receipt, err := r.Receipt(context.Background(), d.ID)
	if err == nil && (len(receipt.Evidence) > 0 || receipt.ConsentID != "") {
		r.t.Errorf("a decision that began after a no rests on %d pieces", len(receipt.Evidence))
	}
	return err // not found: erased since
}

func (r *rush) send(c *customer, rng *rand.Rand) error {
	n := r.sent.Add(1)
	body, err := json.Marshal(map[string]any{"events": []any{map[string]any{
		"messageId": fmt.Sprintf("rush-%d", n), "userId": c.id, "action": []string{"viewed", "purchased", "added"}[rng.IntN(3)],
		"item": fmt.Sprintf("item-%d", 1+rng.IntN(crowdItems)), "source": "web", "time": r.clock.Now().Format(time.RFC3339Nano),
	}}})
	if err != nil {
		return err
	}
	before := c.word.Load()
	outcomes, err := r.Ingest(context.Background(), Delivery{Trust: Trusted, Form: Native, Body: body})
	if err != nil {
		return err
	}
	if before%2 == 0 && c.word.Load() == before {
		r.refused.Add(1)
		if outcomes[0].Status != OutcomeRefused {
			r.t.Errorf("an event that came after a no was %s", outcomes[0].Status)
		}
	}
	return nil
}

func (r *rush) deny(c *customer) error {
	c.mouth.Lock()
	defer c.mouth.Unlock()
	if c.word.Load()%2 == 0 {
		return nil // said already; after an erasure it would make them known again
	}
	r.clock.pass(time.Millisecond)
	_, err := r.SetConsents(context.Background(), user(c.id), ConsentChange{Answers: []tactful.Consent{
		{Purpose: tactful.Recommendations, Answer: tactful.Denied}, {Purpose: tactful.Improvement, Answer: tactful.Denied}}})
	if err == nil {
		c.no()
	}
	return err
}

func (r *rush) grant(c *customer) error {
	c.mouth.Lock()
	defer c.mouth.Unlock()
	r.clock.pass(time.Millisecond)
	change := ConsentChange{Level: tactful.Personal}
	for _, n := range r.Notices("en") {
		if n.Purpose == tactful.Recommendations || n.Purpose == tactful.Improvement {
			change.Answers = append(change.Answers, tactful.Consent{Purpose: n.Purpose, Answer: tactful.Granted,
				NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"})
		}
	}
	c.yes()
	_, err := r.SetConsents(context.Background(), user(c.id), change)
	return err
}

func (r *rush) say(c *customer, rng *rand.Rand) error {
	word := []string{"none", "unused", "gift", "wrong"}[rng.IntN(4)]
	err := r.SetHistory(context.Background(), user(c.id), fmt.Sprintf("item-%d", 1+rng.IntN(crowdItems)), word)
	if tactful.KindOf(err) == tactful.Invalid {
		return nil // not in this history
	}
	return err
}

func (r *rush) forget(c *customer) error {
	c.mouth.Lock()
	defer c.mouth.Unlock()
	_, err := r.Erase(context.Background(), user(c.id))
	if err == nil {
		c.no()
	}
	return err
}

// eraseSome erases people while lists are asked for about everybody, and looks
// for what is left of them.
func (r *rush) eraseSome(n int) {
	r.t.Helper()
	ctx := context.Background()
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			if err := r.forget(r.crowd[i]); err != nil && tactful.KindOf(err) != tactful.NotFound {
				r.t.Error(err)
			}
		})
	}
	for i := range 20 * n {
		wait.Go(func() { r.count(0, r.ask(r.crowd[i%crowdSize])) })
	}
	wait.Wait()
	receipts := 0
	for _, c := range r.crowd[:n] {
		if ref, err := r.find(ctx, user(c.id), r.clock.Now()); err != nil || !ref.IsZero() {
			r.t.Errorf("somebody erased is still known: %v", err)
		}
		if entries, err := r.History(ctx, user(c.id), 10); err != nil || len(entries) > 0 {
			r.t.Errorf("somebody erased still has a history: %v", err)
		}
		for _, id := range c.picks {
			receipts++
			if _, err := r.Receipt(ctx, id); tactful.KindOf(err) != tactful.NotFound {
				r.t.Errorf("a receipt of somebody erased: %v", err)
			}
		}
	}
	r.t.Logf("%d people erased at once with decisions: unknown, without history, and %d receipts of theirs not found", n, receipts)
	if receipts == 0 {
		r.t.Error("there was no receipt to lose")
	}
}

// equalsFresh feeds what is left to an engine that saw nothing else.
func (r *rush) equalsFresh() {
	r.t.Helper()
	ctx := context.Background()
	rushed := r.train()
	fresh := newWorld(r.t, nil)
	fresh.clock.pass(r.clock.Now().Sub(noon))
	fresh.stock(crowdItems)
	people, events := 0, 0
	for _, c := range r.crowd {
		ref, err := r.find(ctx, user(c.id), r.clock.Now())
		if err != nil {
			r.t.Fatal(err)
		}
		if ref.IsZero() {
			continue
		}
		subject, err := r.records.Open(ctx, ref, records.Want{Settings: true, Events: records.AllEvents}, r.clock.Now())
		if err != nil {
			r.t.Fatal(err)
		}
		if !r.mayLearn(subject.Standing, r.clock.Now()) {
			continue
		}
		people++
		fresh.agree(c.id, tactful.Personal)
		for i := range subject.Events {
			events++
			fresh.again(c.id, i, &subject.Events[i].Event)
		}
		for item, said := range subject.Settings {
			if said.Setting != decision.SettingNone {
				if err := fresh.SetHistory(ctx, user(c.id), item, said.Setting.String()); err != nil {
					r.t.Fatal(err)
				}
			}
		}
	}
	report := fresh.train()
	r.t.Logf("after the rush the model is that of an engine fed only the %d events of the %d people who are left and agree (%d weights)", events, people, report.Pairs)
	if rushed.Hash != report.Hash || rushed.People != report.People || r.Health().ModelHash != report.Hash {
		r.t.Errorf("after the rush: %.12s of %d people; fresh: %.12s of %d people", rushed.Hash, rushed.People, report.Hash, report.People)
	}
	if people == 0 || report.Pairs == 0 {
		r.t.Error("two empty models prove nothing")
	}
}

// again sends a stored event to another engine.
func (w *world) again(id string, n int, event *tactful.Event) {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"events": []any{map[string]any{
		"messageId": fmt.Sprintf("%s-%d", id, n), "userId": id, "action": event.Action.String(), "item": event.Item,
		"source": event.Source, "time": event.Time.Format(time.RFC3339Nano),
	}}})
	if err != nil {
		w.t.Fatal(err)
	}
	outcomes, err := w.Ingest(context.Background(), Delivery{Trust: Trusted, Form: Native, Body: body})
	if err != nil || outcomes[0].Status != OutcomeAccepted {
		w.t.Fatalf("%v %+v", err, outcomes)
	}
}
