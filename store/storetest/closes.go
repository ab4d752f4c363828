package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/tactful/tactful/store"
)

func closeCases() []testCase {
	return []testCase{
		{"a closed store answers ErrClosed to everything", "", closed},
		{"of many closers one closes, and what runs beside them succeeds or gets ErrClosed", "", racingClosers},
		{"a cancelled context stops a call before it does anything", "", cancelled},
		{"a context cancelled in a scan stops it and its cursor resumes", "", cancelledScan},
	}
}

// calls are all calls of a store, for cases that expect the same of each.
func calls(ctx context.Context, db store.Store, p store.Partition) map[string]error {
	_, read := db.Read(ctx, []store.Query{{Partition: p, Family: store.State}})
	_, write := db.Write(ctx, []store.Batch{{Partition: p, Expect: store.Blind, Log: rows("l", "1")}})
	_, scan := db.Scan(ctx, store.Range{Section: p.Section, Family: store.State}, store.Cursor{},
		func(store.Partition, []store.Row) error { return nil })
	out := map[string]error{"Read": read, "Write": write, "Scan": scan, "Drop": db.Drop(ctx, p)}
	if purger, ok := db.(store.Purger); ok {
		out["Purge"] = purger.Purge(ctx, []store.Partition{p})
	}
	return out
}

func closed(t *testing.T, s *suite) {
	db := s.fresh(t)
	put(t, db, store.Batch{Partition: subject(1), State: rows("a", "1")})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for name, err := range calls(t.Context(), db, subject(1)) {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s after Close gave %v, want ErrClosed", name, err)
		}
	}
	if err := db.Close(); !errors.Is(err, store.ErrClosed) {
		t.Errorf("a second Close gave %v, want ErrClosed", err)
	}
}

func racingClosers(t *testing.T, s *suite) {
	db := s.fresh(t)
	fill(t, db, 50)
	var mu sync.Mutex
	closers := 0
	race(t, func(ctx context.Context, n int) error {
		if n >= racers-8 {
			err := db.Close()
			if err == nil {
				mu.Lock()
				closers++
				mu.Unlock()
				return nil
			}
			if !errors.Is(err, store.ErrClosed) {
				return fmt.Errorf("close: %w", err)
			}
			return nil
		}
		for name, err := range calls(ctx, db, subject(n)) {
			if err != nil && !errors.Is(err, store.ErrClosed) {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	})
	if closers != 1 {
		t.Errorf("%d closers closed the store, want 1", closers)
	}
}

func cancelled(t *testing.T, s *suite) {
	db, p := s.fresh(t), subject(1)
	put(t, db, store.Batch{Partition: p, State: rows("a", "1")})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range calls(ctx, db, p) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a cancelled context gave %v", name, err)
		}
	}
	wantRows(t, db, p, store.State, 1, "a=1")
	wantRows(t, db, p, store.Log, 1, "")
}

func cancelledScan(t *testing.T, s *suite) {
	const n = 400
	db := s.fresh(t)
	fill(t, db, n)
	r := store.Range{Section: store.Subjects, Family: store.State}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	visit := func(store.Partition, []store.Row) error {
		if seen++; seen == 10 {
			cancel()
		}
		return nil
	}
	cursor, err := db.Scan(ctx, r, store.Cursor{}, visit)
	if !errors.Is(err, context.Canceled) || cursor.Done {
		t.Fatalf("the scan gave %v, done %v", err, cursor.Done)
	}
	if _, err := db.Scan(t.Context(), r, cursor, visit); err != nil || seen != n {
		t.Errorf("resumed, the scan saw %d partitions, want %d; %v", seen, n, err)
	}
}
