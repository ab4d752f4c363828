package engine

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

// holdsEvent reports how many events there are of somebody in the store, also
// where nothing may read them.
func (w *world) holdsEvent(id string) int {
	w.t.Helper()
	refs, err := w.records.Lookup(context.Background(), []tactful.Alias{user(id)}, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	events, err := w.records.Events(context.Background(), refs, records.AllEvents, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return len(events[0])
}

// TestNothingIsKeptThatArrivesInTheMomentOfAStop lets somebody stop something
// before each call that an ingest makes to the store, and after each read. What was acknowledged before
// the event was written keeps it out; what waits for the write finds it there, and
// a deletion takes it away again.
func TestNothingIsKeptThatArrivesInTheMomentOfAStop(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, nil)
	w.stock(8)
	s := w.interrupted(false)
	s.once = true
	stops := map[string]func(id string) error{
		"withdraws": func(id string) error {
			_, err := w.SetConsents(ctx, user(id), ConsentChange{Answers: []tactful.Consent{
				{Purpose: tactful.Recommendations, Answer: tactful.Withdrawn}, {Purpose: tactful.Improvement, Answer: tactful.Withdrawn}}})
			return err
		},
		"chooses generic": func(id string) error {
			_, err := w.SetConsents(ctx, user(id), ConsentChange{Level: tactful.Generic})
			return err
		},
		"pauses": func(id string) error { return w.Pause(ctx, user(id), w.clock.Now().Add(time.Hour)) },
		"locks":  func(id string) error { return w.Restrict(ctx, user(id)) },
		"deletes the history": func(id string) error {
			_, err := w.WithdrawEvents(ctx, user(id), rights.Selection{All: true})
			return err
		},
		"is erased": func(id string) error { _, err := w.Erase(ctx, user(id)); return err },
	}
	arrives := map[string]func(id string) bool{ // whether it says that the event is kept
		"an event": func(id string) bool { return w.send(id, "viewed", 2)[0].Status == OutcomeAccepted },
		"a dismissal": func(id string) bool {
			refs, err := w.records.Lookup(ctx, []tactful.Alias{user(id)}, w.clock.Now())
			if err == nil {
				err = w.dismiss(ctx, refs[0], "item-2", "decision", w.clock.Now())
			}
			if err != nil && tactful.KindOf(err) != tactful.NotFound {
				t.Error(err)
			}
			return err == nil
		},
	}
	cut, waited, people := 0, 0, 0
	for what, arrive := range arrives {
		for who, stop := range stops {
			w.clock.pass(61 * time.Minute) // so that nothing is one deletion too many
			for n := range 16 {
				call, late := n/2, n%2 == 1
				people++
				id := fmt.Sprint("m-", people)
				w.agree(id, tactful.Personal)
				w.mustSend(id, "viewed", 1)
				w.clock.pass(time.Second)
				name := fmt.Sprintf("%s arrives while somebody %s, at call %d (after it: %v)", what, who, call, late)
				var acknowledged atomic.Bool
				stopped := make(chan error, 1)
				inTime, came := false, false
				s.at, s.calls, s.late = map[int]int{call: 0}, 0, late
				s.do = func(int) {
					came = true
					patience, storing := time.Minute, s.storing
					if storing { // whoever must wait for the write goes on after it
						patience = 30 * time.Millisecond
					}
					done := make(chan struct{})
					go func() {
						err := stop(id)
						acknowledged.Store(true)
						stopped <- err
						close(done)
					}()
					select {
					case <-done:
					case <-time.After(patience):
						if !storing {
							t.Errorf("%s: the stop waits for something else than the write", name)
						}
					}
					inTime = acknowledged.Load()
				}
				s.armed.Store(true)
				kept := arrive(id)
				s.armed.Store(false)
				if !came { // there are no so many calls: the control
					if n := w.holdsEvent(id); !kept || n != 2 {
						t.Errorf("%s: without any stop there are %d events", name, n)
					}
					continue
				}
				if err := <-stopped; err != nil {
					t.Errorf("%s: %v", name, err)
				}
				n, want := w.holdsEvent(id), 1
				switch {
				case who == "deletes the history", who == "is erased":
					want = 0
				case !inTime && kept:
					want = 2
				}
				if inTime {
					cut++
				} else {
					waited++
				}
				if what == "an event" && inTime && kept {
					t.Errorf("%s: it was acknowledged after the stop was", name)
				}
				if n > want {
					t.Errorf("%s: there are %d events, want %d", name, n, want)
				}
			}
		}
	}
	t.Logf("%d stops acknowledged while an event was on its way, %d after it was written: none was kept against them", cut, waited)
	if cut < 24 || waited < 24 {
		t.Error("too little happened to prove anything")
	}
	w.sound()
}
