package storetest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/tactful/tactful/store"
)

// Short words for the cases.

// subject is the n-th partition of a section, ids spread over all shards.
func subject(n int) store.Partition {
	p := store.Partition{Section: store.Subjects}
	binary.BigEndian.PutUint64(p.ID[:], uint64(n)*0x9E3779B97F4A7C15)
	binary.BigEndian.PutUint64(p.ID[8:], uint64(n))
	return p
}

func row(key, value string) store.Row {
	return store.Row{Key: []byte(key), Value: []byte(value)}
}

func rows(pairs ...string) []store.Row {
	var out []store.Row
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, row(pairs[i], pairs[i+1]))
	}
	return out
}

// text renders rows as k=v words.
func text(rows []store.Row) string {
	var b bytes.Buffer
	for i, r := range rows {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%s=%s", r.Key, r.Value)
	}
	return b.String()
}

// write applies batches and fails the test if the call fails.
func write(t testing.TB, s store.Store, batches ...store.Batch) []store.Result {
	t.Helper()
	results, err := s.Write(t.Context(), batches)
	if err != nil {
		t.Fatalf("write: %v", err)
	}
	if len(results) != len(batches) {
		t.Fatalf("%d results for %d batches", len(results), len(batches))
	}
	return results
}

// put applies batches that must all succeed.
func put(t testing.TB, s store.Store, batches ...store.Batch) []store.Result {
	t.Helper()
	results := write(t, s, batches...)
	for i, r := range results {
		if r.Err != nil {
			t.Fatalf("batch %d: %v", i, r.Err)
		}
	}
	return results
}

// read answers one query.
func read(t testing.TB, s store.Store, q store.Query) store.Answer {
	t.Helper()
	answers, err := s.Read(t.Context(), []store.Query{q})
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	if len(answers) != 1 {
		t.Fatalf("%d answers for one query", len(answers))
	}
	return answers[0]
}

// wantRows checks all rows of a family and the version beside them.
func wantRows(t testing.TB, s store.Store, p store.Partition, f store.Family, version store.Version, want string) {
	t.Helper()
	a := read(t, s, store.Query{Partition: p, Family: f})
	if got := text(a.Rows); got != want {
		t.Errorf("family %d holds %q, want %q", f, got, want)
	}
	if a.Version != version {
		t.Errorf("version is %d, want %d", a.Version, version)
	}
}
