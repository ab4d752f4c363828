package disk

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful/store"
)

// TestRangesAreReadAlikeWhicheverWayTheIteratorGoes draws queries of every
// kind, many in one call and over one another, and compares each answer with
// one that is picked from all rows by hand. Rows lie in tables and in memory.
func TestRangesAreReadAlikeWhicheverWayTheIteratorGoes(t *testing.T) {
	const partitions, rowsEach = 6, 700
	d := open(t, t.TempDir(), Options{})
	rng := rand.New(rand.NewPCG(5, 2026))
	start := time.Unix(1_700_000_000, 0).UTC()
	number := func(n int) []byte { return binary.BigEndian.AppendUint16([]byte{'e'}, uint16(n)) }
	all := map[store.Partition]map[store.Family][]store.Row{}
	versions := map[store.Partition]store.Version{}
	for n := range partitions {
		p := store.Partition{Section: store.Subjects, ID: [16]byte{byte(n)}}
		all[p] = map[store.Family][]store.Row{}
		for round := range 3 { // the last stays in memory
			batch := store.Batch{Partition: p, Expect: versions[p]}
			for i := range rowsEach {
				if i%3 != round {
					continue
				}
				row := store.Row{Key: number(i), Value: binary.AppendUvarint(nil, rng.Uint64())}
				if rng.IntN(8) == 0 {
					row.Expires = start.Add(time.Duration(rng.IntN(100)) * time.Second)
				}
				family := store.Log
				if i < 20 {
					family = store.State
				}
				row.Family = family
				all[p][family] = append(all[p][family], row)
				row.Family = 0
				if family == store.State {
					batch.State = append(batch.State, row)
				} else {
					batch.Log = append(batch.Log, row)
				}
			}
			mustWrite(t, d, batch)
			versions[p]++
			if round < 2 {
				if err := d.db.Flush(); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, rows := range all[p] {
			slices.SortFunc(rows, func(a, b store.Row) int { return bytes.Compare(a.Key, b.Key) })
		}
	}
	turned, kept := 0, 0
	for range 400 {
		queries := make([]store.Query, 1+rng.IntN(6))
		for i := range queries {
			q := store.Query{
				Partition: store.Partition{Section: store.Subjects, ID: [16]byte{byte(rng.IntN(partitions + 1))}},
				Family:    []store.Family{store.State, store.Log}[rng.IntN(2)],
				Reverse:   rng.IntN(2) == 0,
				Limit:     []int{0, 1, 20, forwardsFrom - 1, forwardsFrom, 600, 5000}[rng.IntN(7)],
				Now:       start.Add(time.Duration(rng.IntN(120)) * time.Second),
			}
			from := rng.IntN(rowsEach)
			if rng.IntN(3) > 0 {
				q.From = number(from)
			}
			if rng.IntN(3) > 0 {
				q.To = number(from + rng.IntN(rowsEach))
			}
			queries[i] = q
		}
		got, err := d.Read(t.Context(), queries)
		if err != nil {
			t.Fatal(err)
		}
		for i, q := range queries {
			want := byHand(q, all[q.Partition][q.Family])
			want.Version = versions[q.Partition]
			if q.Reverse && want.More && q.Limit >= forwardsFrom {
				turned++
			}
			kept += len(want.Rows)
			for j := range got[i].Rows {
				got[i].Rows[j].Family = q.Family
			}
			if diff := cmp.Diff(want, got[i]); diff != "" {
				t.Fatalf("query %d of %+v: %s", i, queries, diff)
			}
		}
		err = d.ReadOver(t.Context(), queries, func(lent []store.Answer) error {
			if _, err := d.Read(t.Context(), queries[:1]); err != nil { // the memory is not somebody else's yet
				return err
			}
			for i := range lent {
				for j := range lent[i].Rows {
					lent[i].Rows[j].Family = queries[i].Family
				}
			}
			if diff := cmp.Diff(got, lent); diff != "" {
				t.Errorf("read over, %+v: %s", queries, diff)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if turned < 20 || kept < 10_000 {
		t.Errorf("only %d long ranges were cut from the end, and only %d rows read: this test compares too little", turned, kept)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// byHand answers a query from sorted rows.
func byHand(q store.Query, rows []store.Row) store.Answer {
	var answer store.Answer
	for _, row := range rows {
		if bytes.Compare(row.Key, q.From) < 0 || q.To != nil && bytes.Compare(row.Key, q.To) >= 0 ||
			!row.Expires.IsZero() && !row.Expires.After(q.Now) {
			continue
		}
		answer.Rows = append(answer.Rows, row)
	}
	if q.Reverse {
		slices.Reverse(answer.Rows)
	}
	if q.Limit > 0 && len(answer.Rows) > q.Limit {
		answer.Rows, answer.More = answer.Rows[:q.Limit], true
	}
	return answer
}
