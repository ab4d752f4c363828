package engine

import (
	"context"
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

// slowScan is a store whose standings cannot be looked through before it is let.
type slowScan struct {
	*disk.Disk
	once           sync.Once
	began, release chan struct{}
}

func (s *slowScan) Scan(ctx context.Context, r store.Range, from store.Cursor, visit func(store.Partition, []store.Row) error) (store.Cursor, error) {
	if r.Section == store.Subjects && r.Family == store.State {
		s.once.Do(func() { close(s.began) })
		<-s.release
	}
	return s.Disk.Scan(ctx, r, from, visit)
}

func TestALargeStoreServesGeneralListsUntilEverybodyWasLookedAt(t *testing.T) {
	w := expecting(t, 160, true)
	w.agree("you", tactful.Personal)
	w.mustSend("you", "purchased", 9, 13, 17) // nothing that tells
	w.shut()
	slow := &slowScan{began: make(chan struct{}), release: make(chan struct{})}
	e, err := Open(context.Background(), w.cfg, Options{
		Dir: filepath.Join(w.dir, "data"), KeyDir: filepath.Join(w.dir, "keys"), Clock: w.clock, Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler),
		fewPeople: 1, watch: func(d *disk.Disk) store.Store { slow.Disk = d; return slow },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Engine = e
	<-slow.began
	d := w.decide(tactful.Request{Subject: user("you"), Placement: tactful.ForYou, Count: 8})
	if len(d.Suggestions) == 0 || slices.ContainsFunc(d.Suggestions, func(s tactful.Suggestion) bool { return s.Origin == tactful.Ranked }) {
		t.Errorf("nobody knows yet what tells, and the list is %+v", d.Suggestions)
	}
	if h := w.Health(); !h.Ready || !strings.Contains(h.Limited, "no list rests on a person") {
		t.Errorf("what is held back is not said: %+v", h)
	}
	close(slow.release)
	if err := w.school.lesson.take(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.school.lesson.give()
	if h := w.Health(); h.Limited != "" {
		t.Errorf("still held back: %s", h.Limited)
	}
	if cues := w.ground.Load().cues; cues.Missing || len(cues.Classes) != 1 {
		t.Errorf("what tells is %+v", cues)
	}
	if found := picked(w); found != 0 {
		t.Errorf("%d are picked because of what tells", found)
	}
	d = w.decide(tactful.Request{Subject: user("you"), Placement: tactful.ForYou, Count: 8})
	if !slices.ContainsFunc(d.Suggestions, func(s tactful.Suggestion) bool { return s.Origin == tactful.Ranked }) {
		t.Error("the list is still general: this test shows nothing")
	}
}
