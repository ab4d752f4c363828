package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/tactful/tactful/store"
)

const racers = 64

func raceCases() []testCase {
	return []testCase{
		{"of 64 racing writers each version has exactly one winner", "", racingWriters},
		{"of 64 racing inserts of a log key one stays for ever", "", racingInserts},
		{"a drop beside racing writers leaves a whole partition or none", "", racingDrops},
	}
}

// race runs f as many times as there are racers, started together.
func race(t *testing.T, f func(ctx context.Context, n int) error) {
	t.Helper()
	var group sync.WaitGroup
	start := make(chan struct{})
	failures := make(chan error, racers)
	for n := range racers {
		group.Go(func() {
			<-start
			if err := f(t.Context(), n); err != nil {
				failures <- fmt.Errorf("racer %d: %w", n, err)
			}
		})
	}
	close(start)
	group.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
	}
}

func racingWriters(t *testing.T, s *suite) {
	const rounds = 6
	db, p := s.fresh(t), subject(1)
	var mu sync.Mutex
	winners := make(map[store.Version]int)
	conflicts := 0
	race(t, func(ctx context.Context, n int) error {
		for range rounds {
			answers, err := db.Read(ctx, []store.Query{{Partition: p, Family: store.State}})
			if err != nil {
				return err
			}
			seen := answers[0].Version
			results, err := db.Write(ctx, []store.Batch{{
				Partition: p, Expect: seen,
				State: rows("last", fmt.Sprint(n)),
				Log:   rows(fmt.Sprintf("win %08d", seen+1), fmt.Sprint(n)),
			}})
			if err != nil {
				return err
			}
			mu.Lock()
			switch err := results[0].Err; {
			case errors.Is(err, store.ErrConflict):
				conflicts++
			case err != nil:
				mu.Unlock()
				return err
			default:
				winners[results[0].Version]++
			}
			mu.Unlock()
		}
		return nil
	})
	wins := 0
	for version, n := range winners {
		if n != 1 {
			t.Errorf("version %d has %d winners", version, n)
		}
		wins += n
	}
	a := read(t, db, store.Query{Partition: p, Family: store.Log})
	if int(a.Version) != wins || len(a.Rows) != wins {
		t.Errorf("%d wins, version %d, %d log rows: want all the same", wins, a.Version, len(a.Rows))
	}
	if wins == 0 || wins+conflicts != racers*rounds {
		t.Errorf("%d wins and %d conflicts of %d attempts", wins, conflicts, racers*rounds)
	}
	t.Logf("%d wins, %d conflicts", wins, conflicts)
}

func racingInserts(t *testing.T, s *suite) {
	db, p := s.fresh(t), subject(1)
	seen := make([]string, racers)
	race(t, func(ctx context.Context, n int) error {
		results, err := db.Write(ctx, []store.Batch{{Partition: p, Expect: store.Blind, Log: rows("key", fmt.Sprint(n))}})
		if err != nil {
			return err
		}
		if results[0].Err != nil {
			return results[0].Err
		}
		answers, err := db.Read(ctx, []store.Query{{Partition: p, Family: store.Log}})
		if err != nil {
			return err
		}
		seen[n] = text(answers[0].Rows)
		return nil
	})
	last := text(read(t, db, store.Query{Partition: p, Family: store.Log}).Rows)
	for n, got := range seen {
		if got != last {
			t.Errorf("racer %d saw %q after its insert, at the end there is %q", n, got, last)
		}
	}
}

func racingDrops(t *testing.T, s *suite) {
	db, p := s.fresh(t), subject(1)
	race(t, func(ctx context.Context, n int) error {
		for range 4 {
			if n%8 == 0 {
				if err := db.Drop(ctx, p); err != nil {
					return err
				}
				continue
			}
			answers, err := db.Read(ctx, []store.Query{{Partition: p, Family: store.State}})
			if err != nil {
				return err
			}
			a := answers[0]
			if (a.Version == store.Absent) != (len(a.Rows) == 0) || len(a.Rows) == 2 && string(a.Rows[0].Value) != string(a.Rows[1].Value) {
				return fmt.Errorf("a torn partition: version %d with %q", a.Version, text(a.Rows))
			}
			value := fmt.Sprint(n)
			if _, err := db.Write(ctx, []store.Batch{{Partition: p, Expect: a.Version, State: rows("a", value, "b", value)}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err := db.Drop(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	wantRows(t, db, p, store.State, store.Absent, "")
}
