package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/tactful/tactful/store"
)

// moment is the suite's present. Nothing in it depends on the wall clock.
func moment() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func expiryCases() []testCase {
	return []testCase{
		{"a row is hidden from its expiry on and not before", "", expiry},
		{"limits count only rows that are shown", "", expiryAndLimit},
		{"a State row written anew has the new expiry", "", expiryRenewed},
		{"scans hide expired rows and partitions that have no others", "", expiryInScan},
	}
}

func lasting(key, value string, until time.Time) store.Row {
	r := row(key, value)
	r.Expires = until
	return r
}

func expiry(t *testing.T, s *suite) {
	db, p, now := s.fresh(t), subject(1), moment()
	content := []store.Row{
		lasting("a", "past", now.Add(-time.Second)),
		lasting("b", "now", now),
		lasting("c", "next", now.Add(time.Second)),
		row("d", "never"),
		lasting("e", "1969", time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC)),
	}
	put(t, db, store.Batch{Partition: p, State: content, Log: content})
	for _, family := range []store.Family{store.State, store.Log} {
		for _, c := range []struct {
			now  time.Time
			want string
		}{
			{now, "c=next d=never"},
			{now.Add(-time.Second), "b=now c=next d=never"},
			{now.Add(-time.Hour), "a=past b=now c=next d=never"},
			{now.Add(999 * time.Millisecond), "c=next d=never"},
			{now.Add(time.Second), "d=never"},
			{now.AddDate(100, 0, 0), "d=never"},
			{time.Time{}, "a=past b=now c=next d=never e=1969"},
		} {
			for _, reverse := range []bool{false, true} {
				a := read(t, db, store.Query{Partition: p, Family: family, Now: c.now, Reverse: reverse})
				if reverse {
					for i, j := 0, len(a.Rows)-1; i < j; i, j = i+1, j-1 {
						a.Rows[i], a.Rows[j] = a.Rows[j], a.Rows[i]
					}
				}
				if text(a.Rows) != c.want {
					t.Errorf("family %d at %v: %q, want %q", family, c.now, text(a.Rows), c.want)
				}
			}
		}
		a := read(t, db, store.Query{Partition: p, Family: family, Now: now})
		if len(a.Rows) == 2 && (!a.Rows[0].Expires.Equal(now.Add(time.Second)) || !a.Rows[1].Expires.IsZero()) {
			t.Errorf("expiries came back as %v and %v", a.Rows[0].Expires, a.Rows[1].Expires)
		}
	}
}

func expiryAndLimit(t *testing.T, s *suite) {
	db, p, now := s.fresh(t), subject(1), moment()
	put(t, db, store.Batch{Partition: p, Expect: store.Blind, Log: []store.Row{
		lasting("a", "x", now), row("b", "1"), lasting("c", "x", now), row("d", "2"), lasting("e", "x", now),
	}})
	for _, c := range []struct {
		limit   int
		reverse bool
		want    string
		more    bool
	}{
		{1, false, "b=1", true},
		{2, false, "b=1 d=2", false},
		{2, true, "d=2 b=1", false},
		{1, true, "d=2", true},
	} {
		a := read(t, db, store.Query{Partition: p, Family: store.Log, Now: now, Limit: c.limit, Reverse: c.reverse})
		if text(a.Rows) != c.want || a.More != c.more {
			t.Errorf("limit %d: %q, more %v; want %q, more %v", c.limit, text(a.Rows), a.More, c.want, c.more)
		}
	}
}

func expiryRenewed(t *testing.T, s *suite) {
	db, p, now := s.fresh(t), subject(1), moment()
	put(t, db, store.Batch{Partition: p, State: []store.Row{lasting("a", "1", now)}})
	put(t, db, store.Batch{Partition: p, Expect: 1, State: []store.Row{lasting("a", "2", now.Add(time.Hour))}})
	at := func(when time.Time, want string) {
		t.Helper()
		if got := text(read(t, db, store.Query{Partition: p, Family: store.State, Now: when}).Rows); got != want {
			t.Errorf("at %v: %q, want %q", when, got, want)
		}
	}
	at(now, "a=2")
	at(now.Add(time.Hour), "")
	put(t, db, store.Batch{Partition: p, Expect: 2, State: rows("a", "3")})
	at(now.Add(time.Hour), "a=3")
}

func expiryInScan(t *testing.T, s *suite) {
	db, now := s.fresh(t), moment()
	put(t, db,
		store.Batch{Partition: subject(1), Expect: store.Blind, Log: []store.Row{lasting("a", "x", now), row("b", "1")}},
		store.Batch{Partition: subject(2), Expect: store.Blind, Log: []store.Row{lasting("a", "x", now)}},
		store.Batch{Partition: subject(3), Expect: store.Blind, Log: []store.Row{lasting("a", "3", now.Add(time.Second))}},
	)
	got := collect(t, db, store.Range{Section: store.Subjects, Family: store.Log, Now: now})
	want := map[store.Partition]string{subject(1): "b=1", subject(3): "a=3"}
	if len(got) != len(want) {
		t.Errorf("the scan saw %d partitions, want %d", len(got), len(want))
	}
	for p, w := range want {
		if got[p] != w {
			t.Errorf("the scan saw %q, want %q", got[p], w)
		}
	}
}

func dropCases() []testCase {
	return []testCase{
		{"a drop removes everything of the partition and nothing else", "", drop},
		{"a drop is idempotent and later expectations of a version conflict", "", dropThenExpect},
		{"a drop of a partition with thousands of rows is whole", "", dropLarge},
		{"a purge leaves what was not removed as it was", Purge, purge},
	}
}

func drop(t *testing.T, s *suite) {
	db := s.fresh(t)
	for i := range 20 {
		put(t, db, store.Batch{Partition: subject(i), State: rows("s", "1"), Log: rows("l", "1")})
	}
	if err := db.Drop(t.Context(), subject(7)); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		version, state, log := store.Version(1), "s=1", "l=1"
		if i == 7 {
			version, state, log = store.Absent, "", ""
		}
		wantRows(t, db, subject(i), store.State, version, state)
		wantRows(t, db, subject(i), store.Log, version, log)
	}
	if got := collect(t, db, store.Range{Section: store.Subjects, Family: store.Log}); len(got) != 19 {
		t.Errorf("a scan sees %d partitions, want 19", len(got))
	}
	if err := db.Drop(t.Context(), store.Partition{}); !errors.Is(err, store.ErrMisuse) {
		t.Errorf("a drop in no section gave %v, want ErrMisuse", err)
	}
}

func dropThenExpect(t *testing.T, s *suite) {
	db, p := s.fresh(t), subject(1)
	if err := db.Drop(t.Context(), p); err != nil {
		t.Fatalf("drop of what never was: %v", err)
	}
	for range 3 {
		put(t, db, store.Batch{Partition: p, State: rows("a", "1"), Log: rows("l", "old")})
		put(t, db, store.Batch{Partition: p, Expect: 1, State: rows("a", "2")})
		for range 2 {
			if err := db.Drop(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
		for _, v := range []store.Version{1, 2, 3} {
			if r := write(t, db, store.Batch{Partition: p, Expect: v, State: rows("a", "9")}); !errors.Is(r[0].Err, store.ErrConflict) {
				t.Fatalf("after the drop, expecting %d gave %v", v, r[0].Err)
			}
		}
		put(t, db, store.Batch{Partition: p, Expect: store.Blind, Log: rows("l", "new")})
		wantRows(t, db, p, store.Log, store.Absent, "l=new")
		if err := db.Drop(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	wantRows(t, db, p, store.Log, store.Absent, "")
}

func dropLarge(t *testing.T, s *suite) {
	db := s.fresh(t)
	for _, n := range []int{1, 2, 3} {
		batch := store.Batch{Partition: subject(n), State: rows("s", "1")}
		for i := range 3000 {
			batch.Log = append(batch.Log, row(fmt.Sprintf("%05d", i), "x"))
		}
		put(t, db, batch)
	}
	if err := db.Drop(t.Context(), subject(2)); err != nil {
		t.Fatal(err)
	}
	wantRows(t, db, subject(2), store.Log, store.Absent, "")
	put(t, db, store.Batch{Partition: subject(2), Log: rows("00007", "new")})
	wantRows(t, db, subject(2), store.Log, 1, "00007=new")
	for _, n := range []int{1, 3} {
		if a := read(t, db, store.Query{Partition: subject(n), Family: store.Log}); len(a.Rows) != 3000 || a.Version != 1 {
			t.Errorf("its neighbour has %d rows at version %d", len(a.Rows), a.Version)
		}
	}
}

func purge(t *testing.T, s *suite) {
	db := s.fresh(t)
	purger, ok := db.(store.Purger)
	if !ok {
		t.Fatal("the driver is no store.Purger; declare the lack of Purge if that is meant")
	}
	for i := range 50 {
		put(t, db, store.Batch{Partition: subject(i), State: rows("s", "1"), Log: rows("l", "1")})
	}
	var dropped []store.Partition
	for i := range 10 {
		dropped = append(dropped, subject(i))
		if err := db.Drop(t.Context(), subject(i)); err != nil {
			t.Fatal(err)
		}
	}
	dropped = append(dropped, subject(1000)) // never was
	if err := purger.Purge(t.Context(), dropped); err != nil {
		t.Fatal(err)
	}
	if err := purger.Purge(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		version, state, log := store.Version(1), "s=1", "l=1"
		if i < 10 {
			version, state, log = store.Absent, "", ""
		}
		wantRows(t, db, subject(i), store.State, version, state)
		wantRows(t, db, subject(i), store.Log, version, log)
	}
	put(t, db, store.Batch{Partition: subject(0), State: rows("s", "2")}, store.Batch{Partition: subject(20), Expect: 1, State: rows("s", "2")})
	wantRows(t, db, subject(0), store.State, 1, "s=2")
	wantRows(t, db, subject(20), store.State, 2, "s=2")
}
