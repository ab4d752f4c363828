package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

const oneCampaign = `campaigns:
  - id: kitchen
    kind: marketing
    placements: [home]
    caps: [{scope: campaign, count: 2, period: 7d}]
    creatives:
      - {id: one, channel: site, language: en, title: For the kitchen, body: New pots and pans., category: Kitchen}
      - {id: two, channel: site, language: en, title: For the garden, body: New spades and rakes., category: Garden}
`

// between does something of the test's before or after one read of a call.
type between struct {
	*disk.Disk
	armed atomic.Bool
	at    int // counts down
	late  bool
	do    func()
}

func (s *between) Read(ctx context.Context, queries []store.Query) ([]store.Answer, error) {
	hit := false
	if s.armed.Load() {
		if hit = s.at == 0; hit {
			s.armed.Store(false)
		}
		s.at--
	}
	if hit && !s.late {
		s.do()
	}
	answers, err := s.Disk.Read(ctx, queries)
	if hit && s.late {
		s.do()
	}
	return answers, err
}

func (s *between) ReadOver(ctx context.Context, queries []store.Query, use func([]store.Answer) error) error {
	answers, err := s.Read(ctx, queries)
	if err != nil {
		return err
	}
	return use(answers)
}

func (w *world) wireBetween() *between {
	w.t.Helper()
	w.shut()
	s := &between{}
	e, err := Open(context.Background(), w.cfg, Options{
		Dir: filepath.Join(w.dir, "data"), KeyDir: filepath.Join(w.dir, "keys"), Clock: w.clock, Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler),
		watch: func(d *disk.Disk) store.Store { s.Disk = d; return s },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Engine = e
	return s
}

// agreedToOffers grants offers and recommendations at the level full.
func (w *world) agreedToOffers(id string) {
	w.t.Helper()
	change := ConsentChange{Level: tactful.Full}
	for _, n := range w.Notices("en") {
		if slices.Contains(every, n.Purpose) {
			change.Answers = append(change.Answers, tactful.Consent{Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"})
		}
	}
	if _, err := w.SetConsents(context.Background(), user(id), change); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) showingsOf(id string) []decision.Showing {
	w.t.Helper()
	s, err := w.records.ReadShowings(context.Background(), w.ref(id), w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return s.Past
}

// TestADecisionThatAMergeCutsIntoCountsBothCounters merges at each read of a decision,
// made for either name, when each alone had one more place under the cap and both
// together have none: either the showing was reserved before they were one, and is
// counted, or there is none.
func TestADecisionThatAMergeCutsIntoCountsBothCounters(t *testing.T) {
	w := selling(t, oneCampaign, nil)
	s := w.wireBetween()
	pairs := 48
	for i := range pairs {
		for _, who := range []string{"anna", "phone"} {
			id := fmt.Sprintf("%s-%d", who, i)
			w.agreedToOffers(id)
			if got := offeredNames(w.offerFor(id, "site", 1)); len(got) != 1 {
				t.Fatalf("%s is offered %v at first", id, got)
			}
		}
	}
	w.clock.pass(48 * time.Hour) // the pause after a showing is over, the week of the cap is not
	if got := offeredNames(w.offerFor("anna-0", "site", 1)); len(got) != 1 {
		t.Fatal("nothing is offered without a merge: the test shows nothing")
	}
	pair, cuts := 1, 0
	for _, who := range []string{"anna", "phone"} {
		for _, late := range []bool{false, true} {
			for at := 0; pair < pairs; at++ {
				i := pair
				pair++
				after, merged := 0, false
				s.at, s.late = at, late
				s.do = func() {
					w.mustMerge(fmt.Sprintf("anna-%d", i), fmt.Sprintf("phone-%d", i))
					merged, after = true, len(w.showingsOf(fmt.Sprintf("anna-%d", i)))
				}
				s.armed.Store(true)
				got := offeredNames(w.offerFor(fmt.Sprintf("%s-%d", who, i), "site", 1))
				s.armed.Store(false)
				if !merged { // beyond the last read
					break
				}
				cuts++
				if after != 2 {
					t.Errorf("cut before read %d for %s: %d showings at the merge", at, who, after)
				}
				if len(got) != 0 || len(w.showingsOf(fmt.Sprintf("anna-%d", i))) != 2 {
					t.Errorf("cut at read %d for %s (late %v): offered %v over the cap", at, who, late, got)
				}
			}
		}
	}
	if cuts < 12 {
		t.Errorf("only %d cuts", cuts)
	}
	t.Logf("%d decisions cut into, 0 over the cap", cuts)
}

// TestManyWorkersNeverOverrunACapWhileHistoriesAreJoined lets workers decide for both
// names of many people while these become one: whoever asks afterwards is never shown
// more than the cap, every answer stands on the counter, and no reservation without one.
func TestManyWorkersNeverOverrunACapWhileHistoriesAreJoined(t *testing.T) {
	const people, workers = 24, 16
	w := selling(t, oneCampaign, func(c *Config) { c.Guards.Frequency.Ignored = time.Hour })
	for i := range people {
		w.agreedToOffers(fmt.Sprintf("anna-%d", i))
		w.agreedToOffers(fmt.Sprintf("phone-%d", i))
	}
	joined := make([]atomic.Bool, people)
	shown := make([]atomic.Int64, people)     // answered with an offer
	overrun := make([]atomic.Int64, people)   // of them by calls that began after both had reached the cap as one
	total := make([]atomic.Int64, people)     // on the counter when they became one
	afterward := make([]atomic.Int64, people) // shown by calls that began after that
	var asked atomic.Int64
	var group sync.WaitGroup
	stop := make(chan struct{})
	for n := range workers {
		group.Go(func() {
			for turn := n; ; turn++ {
				select {
				case <-stop:
					return
				default:
				}
				i := turn % people
				id := fmt.Sprintf("%s-%d", []string{"anna", "phone"}[turn/people%2], i)
				before := joined[i].Load()
				d, err := w.Offer(context.Background(), &tactful.OfferRequest{Subject: user(id), Placement: "home", Channel: "site", Count: 1, Language: "en"})
				if err != nil {
					if kind := tactful.KindOf(err); kind != tactful.Conflict && !errors.Is(err, errDecideAgain) {
						t.Error(err)
					}
					continue
				}
				asked.Add(1)
				if len(d.Offers) > 0 {
					shown[i].Add(1)
					if before {
						afterward[i].Add(1)
					}
				}
				if turn%64 == 0 {
					w.clock.pass(10 * time.Minute)
				}
			}
		})
	}
	for i := range people {
		w.mustMerge(fmt.Sprintf("anna-%d", i), fmt.Sprintf("phone-%d", i))
		total[i].Store(int64(len(w.showingsOf(fmt.Sprintf("anna-%d", i)))))
		joined[i].Store(true)
	}
	w.clock.pass(6 * time.Hour)
	for range 4 {
		w.clock.pass(6 * time.Hour)
		for i := range people {
			d := w.offerFor(fmt.Sprintf("phone-%d", i), "site", 1)
			shown[i].Add(int64(len(d.Offers)))
			afterward[i].Add(int64(len(d.Offers)))
		}
	}
	close(stop)
	group.Wait()
	for i := range people {
		list := w.showingsOf(fmt.Sprintf("anna-%d", i))
		if int64(len(list)) != shown[i].Load() {
			t.Errorf("pair %d: %d showings on the counter, %d answered", i, len(list), shown[i].Load())
		}
		if over := total[i].Load() + afterward[i].Load(); afterward[i].Load() > 0 && over > 2 {
			overrun[i].Add(1)
			t.Errorf("pair %d: %d showings when they became one, and %d more", i, total[i].Load(), afterward[i].Load())
		}
	}
	t.Logf("%d decisions by %d workers while %d pairs were joined: overrun 0, leaked 0", asked.Load(), workers, people)
}

// TestNothingAcknowledgedIsLostWhileHistoriesAreJoined sends events under both names
// while they become one, and says no: what was acknowledged is there, and after a no
// nothing personal is decided.
func TestNothingAcknowledgedIsLostWhileHistoriesAreJoined(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(24)
	const people, each = 12, 40
	for i := range people {
		w.agree(fmt.Sprintf("anna-%d", i), tactful.Full)
		w.agree(fmt.Sprintf("phone-%d", i), tactful.Full)
	}
	var group sync.WaitGroup
	acknowledged := make([][2]atomic.Int64, people)
	var refused atomic.Int64
	for i := range people {
		for n, who := range []string{"anna", "phone"} {
			group.Go(func() {
				id := fmt.Sprintf("%s-%d", who, i)
				for k := range each {
					body := fmt.Sprintf(`{"events":[{"messageId":"%s-%d","userId":"%s","action":"viewed","item":"item-%d","source":"web","time":"%s"}]}`, id, k, id, 1+k%24, noon.Format(time.RFC3339))
					out, err := w.Ingest(context.Background(), Delivery{Trust: Trusted, Form: Native, Body: []byte(body)})
					if err != nil {
						t.Error(err)
						return
					}
					if out[0].Status == OutcomeAccepted {
						acknowledged[i][n].Add(1)
					} else {
						refused.Add(1)
					}
				}
			})
		}
		group.Go(func() {
			if _, err := w.Merge(stolen("shop"), user(fmt.Sprintf("anna-%d", i)), user(fmt.Sprintf("phone-%d", i))); err != nil {
				t.Error(err)
			}
			id := fmt.Sprintf("phone-%d", i)
			if i%2 == 0 {
				return
			}
			if _, err := w.SetConsents(context.Background(), user(id), ConsentChange{Answers: []tactful.Consent{{Purpose: tactful.Recommendations, Answer: tactful.Withdrawn}}}); err != nil {
				t.Error(err)
			}
			for _, name := range []string{id, fmt.Sprintf("anna-%d", i)} {
				d, err := w.Decide(context.Background(), &tactful.Request{Subject: user(name), Placement: tactful.ForYou, Count: 5})
				if err != nil || d.Level >= tactful.Personal {
					t.Errorf("a late use: %+v, %v", d, err)
				}
			}
		})
	}
	group.Wait()
	for i := range people {
		want := acknowledged[i][0].Load() + acknowledged[i][1].Load()
		if got := int64(len(w.kept(user(fmt.Sprintf("anna-%d", i))))); got != want {
			t.Errorf("pair %d: %d events, %d were acknowledged", i, got, want)
		}
		if i%2 == 0 && want != 2*each {
			t.Errorf("pair %d: %d of %d events were taken", i, want, 2*each)
		}
	}
	w.whole()
	t.Logf("%d events refused, all of people who had said no", refused.Load())
}

// TestAMessageThatWaitsGoesOnUnderTheNameThatIsLeft merges while a tool cannot be
// reached: the message goes once, to the tool's id of the person, and counts.
func TestAMessageThatWaitsGoesOnUnderTheNameThatIsLeft(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	out := newPost(func(call) (int, error) {
		if down.Load() {
			return 0, errors.New("nobody answers")
		}
		return 200, nil
	})
	w := handing(t, out, nil)
	w.agreedToOffers("anna")
	w.agreedToOffers("berta")
	queued := w.queueMail("anna", "home")
	if d := w.message(queued.ID); d.State != "sending" || d.Tries != 1 {
		t.Fatalf("%+v", d)
	}
	w.mustMerge("berta", "anna")
	down.Store(false)
	w.clock.pass(time.Hour)
	if d := w.message(queued.ID); d.State != "sent" {
		t.Errorf("%+v", d)
	}
	w.deliverNow()
	ids := map[string]bool{}
	for _, c := range out.all() {
		ids[c.id] = true
	}
	if len(ids) != 1 || len(w.past("berta")) != 1 || w.past("berta")[0].Fate != decision.Shown {
		t.Errorf("%d calls under different ids, %+v", len(ids), w.past("berta"))
	}
	w.whole()
}
