package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"

	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

// failing lets one change of a kind fail, once, and all others through.
type failing struct {
	mu    sync.Mutex
	what  string
	nth   int // negative: none
	count int
	hit   bool
}

var errOnce = errors.New("it failed once")

func (f *failing) arm(nth int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nth, f.count, f.hit = nth, 0, false
}

func (f *failing) disarm() (hit bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nth = -1
	return f.hit
}

func (f *failing) pass(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if what != f.what || f.nth < 0 {
		return nil
	}
	if f.count++; f.count == f.nth+1 {
		f.hit = true
		return errOnce
	}
	return nil
}

// failingStore is a store of which one change fails.
type failingStore struct {
	*disk.Disk
	f    *failing
	name string
}

func (s *failingStore) Write(ctx context.Context, batches []store.Batch) ([]store.Result, error) {
	if err := s.f.pass(s.name + " write"); err != nil {
		return nil, err
	}
	return s.Disk.Write(ctx, batches)
}

func (s *failingStore) Drop(ctx context.Context, p store.Partition) error {
	if err := s.f.pass(s.name + " drop"); err != nil {
		return err
	}
	return s.Disk.Drop(ctx, p)
}

func (w *world) wireFailing(f *failing) {
	w.t.Helper()
	e, err := Open(context.Background(), w.cfg, Options{
		Dir: filepath.Join(w.dir, "data"), KeyDir: filepath.Join(w.dir, "keys"), Clock: w.clock, Entropy: rand.Reader, Log: slog.New(slog.DiscardHandler),
		watch:     func(d *disk.Disk) store.Store { return &failingStore{d, f, "data"} },
		watchKeys: func(d *disk.Disk) store.Store { return &failingStore{d, f, "keys"} },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Engine = e
}
