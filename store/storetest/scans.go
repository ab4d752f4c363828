package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/tactful/tactful/store"
)

func scanCases() []testCase {
	return []testCase{
		{"shards together are the section and have nothing in common", "", shards},
		{"a scan hands out the range and only partitions that have something in it", "", scanRange},
		{"a scan resumes at its cursor wherever it was stopped", "", resume},
		{"a scan beside writers sees every row that is there throughout", "", scanBesideWriters},
		{"a scan inside a scan and writes inside a visit do not block", "", nested},
		{"shards that do not exist are refused", "", wrongShards},
	}
}

// collect scans the range from start to end.
func collect(t testing.TB, db store.Store, r store.Range) map[store.Partition]string {
	t.Helper()
	got := make(map[store.Partition]string)
	var last *store.Partition
	cursor, err := db.Scan(t.Context(), r, store.Cursor{}, func(p store.Partition, rows []store.Row) error {
		if _, twice := got[p]; twice {
			t.Errorf("a partition was handed out twice")
		}
		if last != nil && bytes.Compare(last.ID[:], p.ID[:]) >= 0 {
			t.Errorf("partitions came out of order")
		}
		if len(rows) == 0 {
			t.Errorf("a partition was handed out without rows")
		}
		for i, r2 := range rows {
			if r2.Family != r.Family {
				t.Errorf("a row of family %d in a scan of family %d", r2.Family, r.Family)
			}
			if i > 0 && bytes.Compare(rows[i-1].Key, r2.Key) >= 0 {
				t.Errorf("rows came out of order")
			}
		}
		got[p], last = text(rows), &p
		return nil
	})
	if err != nil {
		t.Fatalf("scan: %v", err)
	}
	if !cursor.Done {
		t.Error("the scan came to its end and its cursor is not done")
	}
	return got
}

// fill writes n partitions with State and Log rows.
func fill(t testing.TB, db store.Store, n int) {
	t.Helper()
	batches := make([]store.Batch, n)
	for i := range batches {
		batches[i] = store.Batch{
			Partition: subject(i), State: rows("s", fmt.Sprint(i)), Log: rows("day1", fmt.Sprint(i), "day2", fmt.Sprint(i)),
		}
	}
	put(t, db, batches...)
}

func shards(t *testing.T, s *suite) {
	const n = 700
	db := s.fresh(t)
	fill(t, db, n)
	for _, count := range []int{0, 1, 2, 16, 256} {
		seen := make(map[store.Partition]string)
		for shard := range max(count, 1) {
			for p, rows := range collect(t, db, store.Range{Section: store.Subjects, Family: store.State, Shard: shard, Shards: count}) {
				if _, twice := seen[p]; twice {
					t.Errorf("with %d shards a partition is in two", count)
				}
				if count > 1 && int(p.ID[0])*count/256 != shard {
					t.Errorf("with %d shards, id %x.. is in shard %d", count, p.ID[0], shard)
				}
				seen[p] = rows
			}
		}
		for i := range n {
			if seen[subject(i)] != fmt.Sprintf("s=%d", i) {
				t.Fatalf("with %d shards, partition %d has %q", count, i, seen[subject(i)])
			}
		}
	}
}

func scanRange(t *testing.T, s *suite) {
	db := s.fresh(t)
	fill(t, db, 30)
	put(t, db, store.Batch{Partition: subject(100), Expect: store.Blind, Log: rows("day3", "x")})
	put(t, db, store.Batch{Partition: subject(101), State: rows("s", "x")})
	put(t, db, store.Batch{Partition: store.Partition{Section: store.Aliases}, State: rows("s", "x"), Log: rows("day2", "x")})
	for _, c := range []struct {
		name     string
		family   store.Family
		from, to string
		want     int
		rows     string // of partition 3
	}{
		{"the whole log", store.Log, "", "", 31, "day1=3 day2=3"},
		{"a day of the log", store.Log, "day2", "day3", 30, "day2=3"},
		{"the last day", store.Log, "day3", "", 1, ""},
		{"no day", store.Log, "day4", "", 0, ""},
		{"the State", store.State, "", "", 31, "s=3"},
		{"State keys that are not there", store.State, "t", "", 0, ""},
		{"an inverted range", store.Log, "day2", "day1", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := store.Range{Section: store.Subjects, Family: c.family}
			if c.from != "" {
				r.From = []byte(c.from)
			}
			if c.to != "" {
				r.To = []byte(c.to)
			}
			got := collect(t, db, r)
			if len(got) != c.want || got[subject(3)] != c.rows {
				t.Errorf("%d partitions, the third with %q; want %d with %q", len(got), got[subject(3)], c.want, c.rows)
			}
		})
	}
}

func resume(t *testing.T, s *suite) {
	const n = 600
	db := s.fresh(t)
	fill(t, db, n)
	r := store.Range{Section: store.Subjects, Family: store.Log, From: []byte("day2")}
	whole := collect(t, db, r)
	stop := errors.New("stop")
	for _, step := range []int{1, 7, 256, n - 1, n} {
		seen := make(map[store.Partition]string)
		cursor, calls := store.Cursor{}, 0
		for !cursor.Done {
			if calls++; calls > n+2 {
				t.Fatal("the scan does not come to its end")
			}
			visits := 0
			var err error
			cursor, err = db.Scan(t.Context(), r, cursor, func(p store.Partition, rows []store.Row) error {
				if visits == step {
					return stop // this partition has not been taken and must come again
				}
				if _, twice := seen[p]; twice {
					t.Errorf("with steps of %d a partition came twice", step)
				}
				visits++
				seen[p] = text(rows)
				return nil
			})
			if err != nil && !errors.Is(err, stop) {
				t.Fatal(err)
			}
			if (err == nil) != cursor.Done {
				t.Fatalf("error %v with a cursor that says done %v", err, cursor.Done)
			}
		}
		if len(seen) != len(whole) {
			t.Errorf("in steps of %d: %d partitions, at once %d", step, len(seen), len(whole))
		}
		_, err := db.Scan(t.Context(), r, cursor, func(store.Partition, []store.Row) error {
			return errors.New("a finished scan visits again")
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func scanBesideWriters(t *testing.T, s *suite) {
	const n, still = 500, 400
	db := s.fresh(t)
	fill(t, db, n)
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	var writes [4]int
	for w := range writes {
		group.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				p := subject(still + (i*7+w)%(n-still)) // existing ones are dropped and come again
				if i%3 == 0 {
					if err := db.Drop(t.Context(), p); err != nil {
						t.Error(err)
						return
					}
				}
				_, err := db.Write(t.Context(), []store.Batch{
					{Partition: p, Expect: store.Absent, State: rows("s", "new")},
					{Partition: subject(n + i%n), Expect: store.Blind, Log: rows(fmt.Sprintf("day1 %d %d", w, i), "x")},
					{Partition: subject(i % still), Expect: store.Blind, Log: rows(fmt.Sprintf("day3 %d %d", w, i), "x")},
				})
				if err != nil {
					t.Error(err)
					return
				}
				writes[w]++
			}
		})
	}
	for range 8 {
		for _, r := range []store.Range{
			{Section: store.Subjects, Family: store.State},
			{Section: store.Subjects, Family: store.Log, To: []byte("day3")},
		} {
			got := collect(t, db, r)
			for i := range still {
				want := fmt.Sprintf("s=%d", i)
				if r.Family == store.Log {
					want = fmt.Sprintf("day1=%d day2=%d", i, i)
				}
				if got[subject(i)] != want {
					t.Fatalf("a row that was there throughout is missing: %q, want %q", got[subject(i)], want)
				}
			}
		}
	}
	cancel()
	group.Wait()
	t.Logf("beside %v writes", writes)
}

func nested(t *testing.T, s *suite) {
	db := s.fresh(t)
	fill(t, db, 20)
	r := store.Range{Section: store.Subjects, Family: store.State}
	outer := 0
	_, err := db.Scan(t.Context(), r, store.Cursor{}, func(p store.Partition, _ []store.Row) error {
		outer++
		if got := collect(t, db, r); len(got) < 20 {
			t.Errorf("the inner scan saw %d partitions", len(got))
		}
		put(t, db, store.Batch{Partition: p, Expect: 1, State: rows("s", "visited")})
		wantRows(t, db, p, store.State, 2, "s=visited")
		return nil
	})
	if err != nil || outer != 20 {
		t.Errorf("%d visits, %v", outer, err)
	}
}

func wrongShards(t *testing.T, s *suite) {
	db := s.fresh(t)
	for _, r := range []store.Range{
		{Section: store.Subjects, Family: store.State, Shards: 3},
		{Section: store.Subjects, Family: store.State, Shards: 512},
		{Section: store.Subjects, Family: store.State, Shards: -1, Shard: 1},
		{Section: store.Subjects, Family: store.State, Shards: 4, Shard: 4},
		{Section: store.Subjects, Family: store.State, Shards: 4, Shard: -1},
		{Section: store.Subjects},
		{Family: store.State},
	} {
		_, err := db.Scan(t.Context(), r, store.Cursor{}, func(store.Partition, []store.Row) error { return nil })
		if !errors.Is(err, store.ErrMisuse) {
			t.Errorf("%+v gave %v, want ErrMisuse", r, err)
		}
	}
}
