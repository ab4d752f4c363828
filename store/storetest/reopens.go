package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tactful/tactful/store"
)

func reopenCases() []testCase {
	return []testCase{
		{"everything is there after closing and opening again", Reopen, reopen},
	}
}

func reopen(t *testing.T, s *suite) {
	place := t.TempDir()
	db := s.at(t, place)
	now := moment()
	for i := range 100 {
		put(t, db, store.Batch{
			Partition: subject(i), State: rows("s", fmt.Sprint(i)),
			Log: []store.Row{row("l", fmt.Sprint(i)), lasting("x", "gone", now)},
		})
	}
	for round := range 3 {
		put(t, db, store.Batch{Partition: subject(1), Expect: store.Version(round + 1), State: rows("s", fmt.Sprint("round ", round))})
		if err := db.Drop(t.Context(), subject(50+round)); err != nil {
			t.Fatal(err)
		}
		put(t, db, store.Batch{Partition: subject(2), Expect: store.Blind, Log: rows("l", "later", fmt.Sprint("r", round), "1")})
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = s.at(t, place)
		wantRows(t, db, subject(1), store.State, store.Version(round+2), fmt.Sprint("s=round ", round))
		wantRows(t, db, subject(3), store.State, 1, "s=3")
		a := read(t, db, store.Query{Partition: subject(2), Family: store.Log, Now: now})
		if len(a.Rows) != round+2 || text(a.Rows[:1]) != "l=2" {
			t.Errorf("the log is %q in round %d", text(a.Rows), round)
		}
		if got := len(collect(t, db, store.Range{Section: store.Subjects, Family: store.State})); got != 99-round {
			t.Errorf("%d partitions after %d drops, want %d", got, round+1, 99-round)
		}
		if r := write(t, db, store.Batch{Partition: subject(50), Expect: 1, State: rows("s", "9")}); !errors.Is(r[0].Err, store.ErrConflict) {
			t.Errorf("a dropped partition's version came back: %v", r[0].Err)
		}
	}
}
