package catalog

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// plan is what a call would change in a snapshot.
type plan struct {
	writes []planned // by number
	same   int
	ids    map[string]tactful.ItemNo // ids listed for the first time
}

type planned struct {
	no     tactful.ItemNo
	wish   wish
	listed bool // it is on the list now
}

// planWrites gives numbers to new ids, in the order sent, and leaves out what
// already stands. Numbers are only kept once they are written: the bucket's
// version makes two processes that plan the same number collide.
func planWrites(s *Snapshot, wanted []wish) plan {
	p := plan{ids: map[string]tactful.ItemNo{}}
	next := s.next
	var scratch []byte
	for _, w := range wanted {
		no := s.ids[w.id]
		listed := s.ByNo(no)
		switch {
		case w.deletes && listed == nil:
			continue
		case !w.deletes && listed != nil:
			scratch = encodeItem(scratch[:0], listed)
			if bytes.Equal(scratch, w.plain) {
				p.same++
				continue
			}
		case no == 0:
			no = next
			next++
			p.ids[w.id] = no
		}
		p.writes = append(p.writes, planned{no: no, wish: w, listed: listed != nil})
	}
	slices.SortFunc(p.writes, func(a, b planned) int { return int(a.no) - int(b.no) })
	return p
}

// write stores a plan, publishes the snapshot if all of it landed, and says
// which buckets did.
func (c *Catalogue) write(ctx context.Context, p *plan) (map[uint32]bool, error) {
	old := c.current.Load()
	var batches []store.Batch
	var touched []uint32
	for _, w := range p.writes {
		number := bucketOf(w.no)
		if len(touched) == 0 || touched[len(touched)-1] != number {
			touched = append(touched, number)
			expect := store.Absent
			if b := old.bucket(number); b != nil {
				expect = b.version
			}
			batches = append(batches, store.Batch{Partition: partitionOf(number), Expect: expect})
		}
		batch := &batches[len(batches)-1]
		key := keyOf(w.no)
		batch.State = append(batch.State, store.Row{
			Family: store.State,
			Key:    key,
			Value:  c.sealer.Seal(nil, batch.Partition, store.State, key, w.wish.plain),
		})
	}
	results, err := c.table.Write(ctx, batches)
	if err != nil {
		return nil, fmt.Errorf("write items: %w", errors.Join(tactful.Errorf(tactful.Unavailable, "the catalogue could not be stored"), err))
	}
	if len(results) != len(batches) {
		return nil, tactful.Errorf(tactful.Internal, "the store answered %d of %d batches", len(results), len(batches))
	}
	landed := make(map[uint32]bool, len(touched))
	versions := make(map[uint32]store.Version, len(touched))
	var failed error
	for i, result := range results {
		if result.Err == nil {
			landed[touched[i]] = true
			versions[touched[i]] = result.Version
			continue
		}
		// A lost race is retried; anything else weighs more and is reported.
		if failed == nil || errors.Is(failed, store.ErrConflict) || errors.Is(failed, store.ErrUnknown) {
			failed = result.Err
		}
	}
	if failed != nil {
		return landed, fmt.Errorf("write items: %w", failed)
	}
	fresh, err := old.with(p, versions)
	if err != nil {
		c.stale = true
		return landed, err
	}
	c.current.Store(fresh)
	return landed, nil
}

// with returns a snapshot in which the planned rows stand.
func (s *Snapshot) with(p *plan, versions map[uint32]store.Version) (*Snapshot, error) {
	buckets := slices.Clone(s.buckets)
	var b *bucket
	for _, w := range p.writes {
		number := bucketOf(w.no)
		if b == nil || b.number != number {
			for len(buckets) <= int(number) {
				buckets = append(buckets, nil)
			}
			b = buckets[number].clone(number)
			b.version = versions[number]
			buckets[number] = b
		}
		if err := b.set(w.no, w.wish.plain); err != nil {
			return nil, err
		}
	}
	ids, short := s.ids, s.short
	if len(p.ids) > 0 {
		ids = maps.Clone(s.ids)
		maps.Copy(ids, p.ids)
		short = newShortIDs(ids)
	}
	return newSnapshot(buckets, ids, short), nil
}

// load reads every bucket. The version is read together with the rows, so
// that a later write rests on what is in memory and on nothing newer.
func (c *Catalogue) load(ctx context.Context) error {
	var numbers []uint32
	_, err := c.table.Scan(ctx, store.Range{Section: store.Catalogue, Family: store.State, Shards: 1}, store.Cursor{},
		func(p store.Partition, _ []store.Row) error {
			if number, ok := bucketNumber(p); ok {
				numbers = append(numbers, number)
			}
			return nil
		})
	if err != nil {
		return fmt.Errorf("list the catalogue: %w", err)
	}
	var buckets []*bucket
	ids := map[string]tactful.ItemNo{}
	const together = 16
	for chunk := range slices.Chunk(numbers, together) {
		queries := make([]store.Query, len(chunk))
		for i, number := range chunk {
			queries[i] = store.Query{Partition: partitionOf(number), Family: store.State}
		}
		answers, err := c.table.Read(ctx, queries)
		if err != nil {
			return fmt.Errorf("read the catalogue: %w", err)
		}
		opened, err := c.openAll(chunk, answers)
		if err != nil {
			return err
		}
		for _, b := range opened {
			for len(buckets) <= int(b.number) {
				buckets = append(buckets, nil)
			}
			buckets[b.number] = b
			for slot, id := range b.ids {
				if id == "" {
					continue
				}
				no := tactful.ItemNo(b.number<<bucketBits | uint32(slot))
				if other, twice := ids[id]; twice {
					return tactful.Errorf(tactful.Internal, "the catalogue gives one id the numbers %d and %d", other, no)
				}
				ids[id] = no
			}
		}
	}
	c.current.Store(newSnapshot(buckets, ids, newShortIDs(ids)))
	c.stale = false
	return nil
}

// openAll opens buckets at once: it is most of what a start takes.
func (c *Catalogue) openAll(numbers []uint32, answers []store.Answer) ([]*bucket, error) {
	opened, faults := make([]*bucket, len(numbers)), make([]error, len(numbers))
	var group sync.WaitGroup
	for i := range numbers {
		group.Go(func() { opened[i], faults[i] = c.open(numbers[i], answers[i]) })
	}
	group.Wait()
	return opened, errors.Join(faults...)
}

func (c *Catalogue) open(number uint32, answer store.Answer) (*bucket, error) {
	b := (*bucket)(nil).clone(number)
	b.version = answer.Version
	p := partitionOf(number)
	for _, row := range answer.Rows {
		if len(row.Key) != 4 {
			return nil, tactful.Errorf(tactful.Internal, "a row of the catalogue has a foreign key")
		}
		no := tactful.ItemNo(binary.BigEndian.Uint32(row.Key))
		if bucketOf(no) != number || no == 0 {
			return nil, tactful.Errorf(tactful.Internal, "a row of the catalogue stands in the wrong place")
		}
		plain, err := c.sealer.Open(nil, p, store.State, row.Key, row.Value)
		if err != nil {
			return nil, fmt.Errorf("open item %d: %w", no, err)
		}
		if err := b.set(no, plain); err != nil {
			return nil, fmt.Errorf("read item %d: %w", no, err)
		}
	}
	return b, nil
}
