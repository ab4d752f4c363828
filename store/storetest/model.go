package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tactful/tactful/store"
)

func modelCases() []testCase {
	return []testCase{
		{"random histories give what the reference gives", "", againstModel},
	}
}

// againstModel drives the store and the reference through the same random
// histories over few partitions, keys and moments, so that everything meets.
// All histories share one open store and differ in their partitions.
func againstModel(t *testing.T, s *suite) {
	place := t.TempDir()
	db := s.at(t, place)
	_, noReopen := s.lacks[Reopen]
	_, noPurge := s.lacks[Purge]
	history := 0
	rapid.Check(t, func(rt *rapid.T) {
		history++
		c := &comparison{t: rt, model: newReference(sound), history: history}
		actions := map[string]func(*rapid.T){
			"write": func(rt *rapid.T) { c.write(rt, t, db) },
			"drop":  func(rt *rapid.T) { c.drop(rt, t, db) },
			"read":  func(rt *rapid.T) { c.read(rt, t, db) },
			"scan":  func(rt *rapid.T) { c.scan(rt, t, db) },
			"":      func(rt *rapid.T) {},
		}
		if history%8 == 0 && !noReopen {
			actions["reopen"] = func(rt *rapid.T) {
				if err := db.Close(); err != nil {
					rt.Fatalf("close: %v", err)
				}
				db = s.at(t, place)
			}
		}
		if history%8 == 4 && !noPurge {
			actions["purge"] = func(rt *rapid.T) { c.purge(rt, t, db) }
		}
		rt.Repeat(actions)
	})
}

type comparison struct {
	t       *rapid.T
	model   *reference
	history int
}

func (c *comparison) partition(rt *rapid.T) store.Partition {
	p := subject(c.history*4 + rapid.IntRange(0, 3).Draw(rt, "partition"))
	p.Section = rapid.SampledFrom([]store.Section{store.Subjects, store.Duties}).Draw(rt, "section")
	return p
}

func drawKey(rt *rapid.T) []byte {
	return []byte(rapid.SampledFrom([]string{"a", "aa", "b", "b\x00", "c", "\xFF", "\x00"}).Draw(rt, "key"))
}

func drawBound(rt *rapid.T, label string) []byte {
	if rapid.Bool().Draw(rt, label) {
		return nil
	}
	return drawKey(rt)
}

func drawTime(rt *rapid.T) time.Time {
	n := rapid.IntRange(-1, 3).Draw(rt, "time")
	if n < 0 {
		return time.Time{}
	}
	return moment().Add(time.Duration(n) * time.Second)
}

func drawRows(rt *rapid.T, label string) []store.Row {
	out := make([]store.Row, rapid.IntRange(0, 3).Draw(rt, label))
	for i := range out {
		out[i] = store.Row{Key: drawKey(rt), Value: []byte(fmt.Sprint(rapid.IntRange(0, 99).Draw(rt, "value"))), Expires: drawTime(rt)}
	}
	return out
}

func (c *comparison) batch(rt *rapid.T) store.Batch {
	b := store.Batch{Partition: c.partition(rt), Log: drawRows(rt, "log rows")}
	if rapid.IntRange(0, 2).Draw(rt, "kind") == 0 {
		b.Expect = store.Blind
		return b
	}
	b.State = drawRows(rt, "State rows")
	for range rapid.IntRange(0, 2).Draw(rt, "deletes") {
		f := rapid.SampledFrom([]store.Family{store.State, store.Log}).Draw(rt, "family")
		b.Delete = append(b.Delete, store.FamilyKey{Family: f, Key: drawKey(rt)})
	}
	if known := c.model.parts[b.Partition]; known != nil {
		b.Expect = known.version
	}
	if rapid.IntRange(0, 4).Draw(rt, "stale") == 0 {
		b.Expect = store.Version(rapid.IntRange(0, 4).Draw(rt, "version"))
	}
	return b
}

func (c *comparison) write(rt *rapid.T, t *testing.T, db store.Store) {
	batches := make([]store.Batch, 0, 4)
	taken := make(map[store.Partition]bool) // the order inside one call is not part of the contract
	for range rapid.IntRange(1, 4).Draw(rt, "batches") {
		if b := c.batch(rt); !taken[b.Partition] {
			taken[b.Partition] = true
			batches = append(batches, b)
		}
	}
	want, err := c.model.Write(t.Context(), batches)
	got, err2 := db.Write(t.Context(), batches)
	if err = errors.Join(err, err2); err != nil {
		rt.Fatalf("write: %v", err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateErrors()); diff != "" {
		rt.Fatalf("write (-want +got):\n%s", diff)
	}
}

func (c *comparison) drop(rt *rapid.T, t *testing.T, db store.Store) {
	p := c.partition(rt)
	if err := errors.Join(c.model.Drop(t.Context(), p), db.Drop(t.Context(), p)); err != nil {
		rt.Fatalf("drop: %v", err)
	}
}

func (c *comparison) purge(rt *rapid.T, t *testing.T, db store.Store) {
	purger, ok := db.(store.Purger)
	if !ok {
		rt.Skip("the purge case reports it")
	}
	if err := purger.Purge(t.Context(), []store.Partition{c.partition(rt)}); err != nil {
		rt.Fatalf("purge: %v", err)
	}
}

func (c *comparison) read(rt *rapid.T, t *testing.T, db store.Store) {
	queries := make([]store.Query, rapid.IntRange(1, 5).Draw(rt, "queries"))
	for i := range queries {
		queries[i] = store.Query{
			Partition: c.partition(rt),
			Family:    rapid.SampledFrom([]store.Family{store.State, store.Log}).Draw(rt, "family"),
			From:      drawBound(rt, "from the start"),
			To:        drawBound(rt, "to the end"),
			Limit:     rapid.IntRange(0, 3).Draw(rt, "limit"),
			Reverse:   rapid.Bool().Draw(rt, "reverse"),
			Now:       drawTime(rt),
		}
	}
	want, err := c.model.Read(t.Context(), queries)
	got, err2 := db.Read(t.Context(), queries)
	if err = errors.Join(err, err2); err != nil {
		rt.Fatalf("read: %v", err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		rt.Fatalf("read (-want +got):\n%s", diff)
	}
}

func (c *comparison) scan(rt *rapid.T, t *testing.T, db store.Store) {
	r := store.Range{
		Section: rapid.SampledFrom([]store.Section{store.Subjects, store.Duties}).Draw(rt, "section"),
		Family:  rapid.SampledFrom([]store.Family{store.State, store.Log}).Draw(rt, "family"),
		From:    drawBound(rt, "from the start"),
		To:      drawBound(rt, "to the end"),
		Shards:  rapid.SampledFrom([]int{0, 1, 2, 4}).Draw(rt, "shards"),
		Now:     drawTime(rt),
	}
	r.Shard = rapid.IntRange(0, max(r.Shards, 1)-1).Draw(rt, "shard")
	ours := make(map[store.Partition]bool) // other histories left theirs in the same store
	for n := range 4 {
		p := subject(c.history*4 + n)
		p.Section = r.Section
		ours[p] = true
	}
	gather := func(from store.Store) map[store.Partition][]store.Row {
		found := make(map[store.Partition][]store.Row)
		_, err := from.Scan(t.Context(), r, store.Cursor{}, func(p store.Partition, rows []store.Row) error {
			if ours[p] {
				found[p] = rows
			}
			return nil
		})
		if err != nil {
			rt.Fatalf("scan: %v", err)
		}
		return found
	}
	if diff := cmp.Diff(gather(c.model), gather(db), cmpopts.EquateEmpty()); diff != "" {
		rt.Fatalf("scan (-want +got):\n%s", diff)
	}
}
