package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tactful/tactful/store"
)

func batchCases() []testCase {
	return []testCase{
		{"versions count up by one from absent", "", versionsCount},
		{"a conflicting batch leaves nothing behind and does not touch the others of its call", "", conflictIsWhole},
		{"of two batches of one call with the same expectation one wins", "", sameExpectation},
		{"deletes remove what they name and the version goes on", "", deletes},
		{"blind log rows keep the first and neither need nor change the version", "", blindKeepsFirst},
		{"log rows of a conditional batch keep the first too", "", conditionalLogKeepsFirst},
		{"a deleted log key can be written again", "", deletedLogKey},
		{"misuse is refused and nothing of it is done", "", misuse},
		{"sizes up to the limits pass and beyond them are refused", "", sizes},
		{"thousands of partitions fit one call", "", manyPartitions},
		{"the caller may reuse its memory after a write", "", callerMemory},
	}
}

func versionsCount(t *testing.T, s *suite) {
	db, p := s.fresh(t), subject(1)
	wantRows(t, db, p, store.State, store.Absent, "")
	for v := store.Absent; v < 5; v++ {
		r := put(t, db, store.Batch{Partition: p, Expect: v, State: rows("a", fmt.Sprint(v))})
		if r[0].Version != v+1 {
			t.Fatalf("version after expecting %d is %d", v, r[0].Version)
		}
	}
	wantRows(t, db, p, store.State, 5, "a=4")
	r := put(t, db, store.Batch{Partition: p, Expect: 5, Log: rows("l", "x")})
	if r[0].Version != 6 {
		t.Errorf("a conditional batch without State gave version %d, want 6", r[0].Version)
	}
}

func conflictIsWhole(t *testing.T, s *suite) {
	db := s.fresh(t)
	put(t, db,
		store.Batch{Partition: subject(1), State: rows("a", "1", "b", "1"), Log: rows("l1", "1")},
		store.Batch{Partition: subject(2), State: rows("a", "1")},
	)
	results := write(t, db,
		store.Batch{Partition: subject(2), Expect: 1, State: rows("a", "2"), Log: rows("l", "2")},
		store.Batch{
			Partition: subject(1), Expect: 7,
			State: rows("a", "9", "c", "9"), Log: rows("l2", "9"),
			Delete: []store.FamilyKey{{Family: store.State, Key: []byte("b")}, {Family: store.Log, Key: []byte("l1")}},
		},
		store.Batch{Partition: subject(3), Expect: 1, State: rows("a", "9")},
		store.Batch{Partition: subject(2), Expect: store.Absent, State: rows("a", "9")},
		store.Batch{Partition: subject(4), Expect: store.Blind, Log: rows("l", "4")},
	)
	for i, want := range []error{nil, store.ErrConflict, store.ErrConflict, store.ErrConflict, nil} {
		if !errors.Is(results[i].Err, want) {
			t.Errorf("batch %d: %v, want %v", i, results[i].Err, want)
		}
	}
	wantRows(t, db, subject(1), store.State, 1, "a=1 b=1")
	wantRows(t, db, subject(1), store.Log, 1, "l1=1")
	wantRows(t, db, subject(2), store.State, 2, "a=2")
	wantRows(t, db, subject(2), store.Log, 2, "l=2")
	wantRows(t, db, subject(3), store.State, store.Absent, "")
	wantRows(t, db, subject(4), store.Log, store.Absent, "l=4")
}

func sameExpectation(t *testing.T, s *suite) {
	db, p := s.fresh(t), subject(1)
	results := write(t, db,
		store.Batch{Partition: p, State: rows("a", "0")},
		store.Batch{Partition: p, State: rows("a", "1")},
	)
	winner := -1
	for i, r := range results {
		switch {
		case r.Err == nil && winner < 0:
			winner = i
		case r.Err == nil:
			t.Fatal("both batches won")
		case !errors.Is(r.Err, store.ErrConflict):
			t.Fatalf("batch %d: %v", i, r.Err)
		}
	}
	if winner < 0 {
		t.Fatal("no batch won")
	}
	wantRows(t, db, p, store.State, 1, fmt.Sprintf("a=%d", winner))
}

func deletes(t *testing.T, s *suite) {
	db, p := s.fresh(t), subject(1)
	put(t, db, store.Batch{Partition: p, State: rows("a", "1", "b", "1"), Log: rows("a", "l", "b", "l")})
	put(t, db, store.Batch{Partition: p, Expect: 1, State: rows("c", "2"), Delete: []store.FamilyKey{
		{Family: store.State, Key: []byte("a")}, {Family: store.Log, Key: []byte("b")}, {Family: store.Log, Key: []byte("never was")},
	}})
	wantRows(t, db, p, store.State, 2, "b=1 c=2")
	wantRows(t, db, p, store.Log, 2, "a=l")
	put(t, db, store.Batch{Partition: p, Expect: 2, Delete: []store.FamilyKey{
		{Family: store.State, Key: []byte("b")}, {Family: store.State, Key: []byte("c")}, {Family: store.Log, Key: []byte("a")},
	}})
	wantRows(t, db, p, store.State, 3, "")
	wantRows(t, db, p, store.Log, 3, "")
}

func blindKeepsFirst(t *testing.T, s *suite) {
	db, p := s.fresh(t), subject(1)
	put(t, db, store.Batch{Partition: p, Expect: store.Blind, Log: rows("a", "1", "b", "1", "b", "same batch")})
	put(t, db,
		store.Batch{Partition: p, Expect: store.Blind, Log: rows("a", "2", "c", "2")},
		store.Batch{Partition: p, Expect: store.Blind, Log: rows("c", "3", "d", "3")},
	)
	wantRows(t, db, p, store.Log, store.Absent, "a=1 b=1 c=2 d=3")
	put(t, db, store.Batch{Partition: p, State: rows("s", "1")})
	put(t, db, store.Batch{Partition: p, Expect: store.Blind, Log: rows("e", "1", "a", "4")})
	put(t, db, store.Batch{Partition: p, Expect: 1, State: rows("s", "2")})
	wantRows(t, db, p, store.Log, 2, "a=1 b=1 c=2 d=3 e=1")
	wantRows(t, db, p, store.State, 2, "s=2")
}

func conditionalLogKeepsFirst(t *testing.T, s *suite) {
	db, p := s.fresh(t), subject(1)
	put(t, db, store.Batch{Partition: p, Log: rows("a", "1"), State: rows("s", "1")})
	put(t, db, store.Batch{Partition: p, Expect: 1, Log: rows("a", "2", "b", "2"), State: rows("s", "2")})
	wantRows(t, db, p, store.Log, 2, "a=1 b=2")
	wantRows(t, db, p, store.State, 2, "s=2")
}

func deletedLogKey(t *testing.T, s *suite) {
	db, p := s.fresh(t), subject(1)
	put(t, db, store.Batch{Partition: p, Log: rows("a", "1")})
	put(t, db, store.Batch{Partition: p, Expect: 1, Delete: []store.FamilyKey{{Family: store.Log, Key: []byte("a")}}})
	put(t, db, store.Batch{Partition: p, Expect: store.Blind, Log: rows("a", "2")})
	put(t, db, store.Batch{Partition: p, Expect: store.Blind, Log: rows("a", "3")})
	wantRows(t, db, p, store.Log, 2, "a=2")
}

func misuse(t *testing.T, s *suite) {
	db, p := s.fresh(t), subject(1)
	name := func(f store.Family, key string) []store.FamilyKey {
		return []store.FamilyKey{{Family: f, Key: []byte(key)}}
	}
	wrong := store.Row{Family: store.State, Key: []byte("k")}
	for _, c := range []struct {
		name  string
		batch store.Batch
	}{
		{"a blind batch with State", store.Batch{Partition: p, Expect: store.Blind, State: rows("a", "1"), Log: rows("l", "1")}},
		{"a blind batch with a delete", store.Batch{Partition: p, Expect: store.Blind, Log: rows("l", "1"), Delete: name(store.Log, "x")}},
		{"an empty State key", store.Batch{Partition: p, State: rows("", "1", "a", "1")}},
		{"an empty Log key", store.Batch{Partition: p, Expect: store.Blind, Log: rows("l", "1", "", "1")}},
		{"an empty key in a delete", store.Batch{Partition: p, State: rows("a", "1"), Delete: name(store.State, "")}},
		{"a delete in no family", store.Batch{Partition: p, State: rows("a", "1"), Delete: name(0, "x")}},
		{"a delete in an unknown family", store.Batch{Partition: p, State: rows("a", "1"), Delete: name(3, "x")}},
		{"a State key twice", store.Batch{Partition: p, State: rows("a", "1", "a", "2")}},
		{"a State key written and deleted", store.Batch{Partition: p, State: rows("a", "1"), Delete: name(store.State, "a")}},
		{"a Log key written and deleted", store.Batch{Partition: p, Log: rows("l", "1"), Delete: name(store.Log, "l")}},
		{"a Log row marked as State", store.Batch{Partition: p, Expect: store.Blind, Log: []store.Row{wrong}}},
		{"no section", store.Batch{Partition: store.Partition{ID: p.ID}, State: rows("a", "1")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			results := write(t, db, c.batch, store.Batch{Partition: subject(2), Expect: store.Blind, Log: rows(c.name[:8], "1")})
			if !errors.Is(results[0].Err, store.ErrMisuse) {
				t.Errorf("the batch gave %v, want ErrMisuse", results[0].Err)
			}
			if results[1].Err != nil {
				t.Errorf("its neighbour gave %v", results[1].Err)
			}
			wantRows(t, db, p, store.State, store.Absent, "")
			wantRows(t, db, p, store.Log, store.Absent, "")
		})
	}
	for _, q := range []store.Query{
		{Partition: p},
		{Partition: p, Family: 3},
		{Partition: p, Family: store.Log, Limit: -1},
		{Partition: store.Partition{}, Family: store.Log},
	} {
		if _, err := db.Read(t.Context(), []store.Query{q}); !errors.Is(err, store.ErrMisuse) {
			t.Errorf("query %+v gave %v, want ErrMisuse", q, err)
		}
	}
}

func sizes(t *testing.T, s *suite) {
	db := s.fresh(t)
	key := bytes.Repeat([]byte{0xFF}, store.MaxKeyBytes)
	value := bytes.Repeat([]byte{7}, store.MaxValueBytes)
	p := subject(1)
	put(t, db, store.Batch{Partition: p,
		State: []store.Row{{Key: key, Value: value}},
		Log:   []store.Row{{Key: key, Value: value}, {Key: []byte{0}}},
	})
	a := read(t, db, store.Query{Partition: p, Family: store.State})
	if len(a.Rows) != 1 || !bytes.Equal(a.Rows[0].Key, key) || !bytes.Equal(a.Rows[0].Value, value) {
		t.Error("a State row at the limits did not come back")
	}
	a = read(t, db, store.Query{Partition: p, Family: store.Log})
	if len(a.Rows) != 2 || len(a.Rows[0].Value) != 0 || !bytes.Equal(a.Rows[1].Value, value) {
		t.Error("the Log rows at the limits did not come back")
	}
	longKey, longValue := append(key, 1), append(value, 1)
	for i, b := range []store.Batch{
		{State: []store.Row{{Key: longKey}}},
		{State: []store.Row{{Key: key, Value: longValue}}},
		{Expect: store.Blind, Log: []store.Row{{Key: longKey}}},
		{Expect: store.Blind, Log: []store.Row{{Key: key, Value: longValue}}},
		{Delete: []store.FamilyKey{{Family: store.Log, Key: longKey}}},
	} {
		b.Partition = subject(2)
		if r := write(t, db, b); !errors.Is(r[0].Err, store.ErrTooLarge) {
			t.Errorf("batch %d gave %v, want ErrTooLarge", i, r[0].Err)
		}
	}
	wantRows(t, db, subject(2), store.State, store.Absent, "")
	wantRows(t, db, subject(2), store.Log, store.Absent, "")
}

func manyPartitions(t *testing.T, s *suite) {
	const n = 2000
	db := s.fresh(t)
	batches := make([]store.Batch, n)
	queries := make([]store.Query, 0, 2*n)
	for i := range n {
		batches[i] = store.Batch{Partition: subject(i), State: rows("s", fmt.Sprint(i)), Log: rows("l", fmt.Sprint(-i))}
		queries = append(queries,
			store.Query{Partition: subject(i), Family: store.State},
			store.Query{Partition: subject(i), Family: store.Log, Reverse: i%2 == 0})
	}
	put(t, db, batches...)
	numbers := rand.New(rand.NewPCG(1, 2))
	want := make([]string, 0, 2*n)
	for i := range n {
		want = append(want, fmt.Sprintf("s=%d", i), fmt.Sprintf("l=%d", -i))
	}
	numbers.Shuffle(len(queries), func(i, j int) {
		queries[i], queries[j] = queries[j], queries[i]
		want[i], want[j] = want[j], want[i]
	})
	answers, err := db.Read(t.Context(), queries)
	if err != nil || len(answers) != len(queries) {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	for i, a := range answers {
		if text(a.Rows) != want[i] || a.Version != 1 {
			t.Fatalf("answer %d is %q at version %d, want %q at 1", i, text(a.Rows), a.Version, want[i])
		}
	}
}

func callerMemory(t *testing.T, s *suite) {
	db, p := s.fresh(t), subject(1)
	key, value := []byte("key"), []byte("value")
	put(t, db, store.Batch{Partition: p, State: []store.Row{{Key: key, Value: value}}, Log: []store.Row{{Key: key, Value: value}}})
	copy(key, "XXX")
	copy(value, "XXXXX")
	a := read(t, db, store.Query{Partition: p, Family: store.State})
	if text(a.Rows) != "key=value" {
		t.Fatalf("the store kept the caller's memory: %q", text(a.Rows))
	}
	copy(a.Rows[0].Key, "YYY")
	copy(a.Rows[0].Value, "YYYYY")
	wantRows(t, db, p, store.State, 1, "key=value")
	wantRows(t, db, p, store.Log, 1, "key=value")
}
