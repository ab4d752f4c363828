package engine

import (
	"context"
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

// trapdoor is a store that panics when it is read while armed.
type trapdoor struct {
	*disk.Disk
	armed atomic.Bool
}

func (s *trapdoor) ReadOver(ctx context.Context, queries []store.Query, use func([]store.Answer) error) error {
	if s.armed.Load() {
		panic("the store fell through")
	}
	return s.Disk.ReadOver(ctx, queries, use)
}

func seatedWorld(t *testing.T) (*world, *trapdoor) {
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(60, 24)
	w.agree("ada", tactful.Personal)
	w.mustSend("ada", "purchased", 1)
	w.train()
	w.shut()
	trap := &trapdoor{}
	e, err := Open(context.Background(), w.cfg, Options{
		Dir: filepath.Join(w.dir, "data"), KeyDir: filepath.Join(w.dir, "keys"), Clock: w.clock, Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler),
		watch: func(d *disk.Disk) store.Store { trap.Disk = d; return trap },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Engine = e
	return w, trap
}

func TestNoDecisionKeepsItsSeatHoweverItEnds(t *testing.T) {
	w, trap := seatedWorld(t)
	ask := &tactful.Request{Placement: tactful.ForYou, Count: 3, Subject: user("ada")}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for range 3 * cap(w.seats) {
		trap.armed.Store(true)
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the store did not fall through: this test shows nothing")
				}
			}()
			_, _ = w.Decide(context.Background(), ask)
		}()
		trap.armed.Store(false)
		if _, err := w.Decide(cancelled, ask); err == nil {
			t.Fatal("a request that was given up was answered")
		}
		if _, err := w.Decide(context.Background(), ask); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.seats); n != 0 {
		t.Errorf("%d seats are taken by nobody", n)
	}
}

func TestWhoWaitsForASeatGetsOneOrGivesUp(t *testing.T) {
	w, _ := seatedWorld(t)
	ask := &tactful.Request{Placement: tactful.ForYou, Count: 3, Subject: user("ada")}
	for range cap(w.seats) {
		w.seats <- struct{}{}
	}
	short, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := w.Decide(short, ask); tactful.KindOf(err) != tactful.Unavailable {
		t.Errorf("no seat, and the answer is %v", err)
	}
	var group sync.WaitGroup
	for range 5 * cap(w.seats) {
		group.Go(func() {
			d, err := w.Decide(context.Background(), ask)
			if err != nil || len(d.Suggestions) == 0 {
				t.Errorf("%+v, %v", d, err)
			}
		})
	}
	for range cap(w.seats) {
		<-w.seats
	}
	group.Wait()
	if n := len(w.seats); n != 0 {
		t.Errorf("%d seats are taken by nobody", n)
	}
}
