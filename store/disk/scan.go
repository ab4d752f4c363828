package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/bits"

	"github.com/cockroachdb/pebble/v2"

	"github.com/tactful/tactful/store"
)

// A Scan reads in portions and holds nothing while it hands them out: an open
// iterator would keep removed rows on the medium and stand in the way of Close
// and Purge.
const (
	portionPartitions = 256
	portionBytes      = 1 << 20
	maxShards         = 256
)

// Scan implements store.Store. The cursor stands behind the last partition
// whose visit returned nil.
func (d *Disk) Scan(
	ctx context.Context, r store.Range, from store.Cursor, visit func(store.Partition, []store.Row) error,
) (store.Cursor, error) {
	if from.Done {
		return from, nil
	}
	s, err := newScan(r, from)
	if err != nil {
		return from, fmt.Errorf("scan: %w", err)
	}
	for cursor := from; ; {
		if err := d.portion(ctx, s); err != nil {
			return cursor, err
		}
		for _, found := range s.found {
			if err := ctx.Err(); err != nil {
				return cursor, err
			}
			if err := visit(found.partition, found.rows); err != nil {
				return cursor, err
			}
			cursor = store.Cursor{After: found.partition.ID, Began: true}
		}
		if s.done {
			cursor.Done = true
			return cursor, nil
		}
	}
}

// scan is the state of one Scan between portions.
type scan struct {
	r     store.Range
	lower []byte // where the next portion begins
	upper []byte
	found []visited
	bytes int
	done  bool
	reader
}

type visited struct {
	partition store.Partition
	rows      []store.Row
}

func newScan(r store.Range, from store.Cursor) (*scan, error) {
	count := max(r.Shards, 1)
	if count > maxShards || bits.OnesCount(uint(count)) != 1 || r.Shard < 0 || r.Shard >= count {
		return nil, store.ErrMisuse
	}
	if !validSection(r.Section) || !validFamily(r.Family) {
		return nil, store.ErrMisuse
	}
	width := maxShards / count
	s := &scan{r: r, lower: []byte{byte(r.Section), byte(r.Shard * width)}}
	s.upper = appendAfter(nil, []byte{byte(r.Section), byte((r.Shard+1)*width - 1)})
	if from.Began {
		last := appendPrefix(nil, store.Partition{Section: r.Section, ID: from.After})
		if next := appendAfter(nil, last); bytes.Compare(next, s.lower) > 0 {
			s.lower = next
		}
	}
	s.done = bytes.Compare(s.lower, s.upper) >= 0
	return s, nil
}

// portion reads the next partitions into s.found.
func (d *Disk) portion(ctx context.Context, s *scan) error {
	s.found, s.bytes = s.found[:0], 0
	db, err := d.enter(ctx)
	if err != nil || s.done {
		if err == nil {
			d.leave()
		}
		return err
	}
	defer d.leave()
	s.iter, err = db.NewIter(&pebble.IterOptions{LowerBound: s.lower, UpperBound: s.upper})
	if err != nil {
		return fmt.Errorf("begin a scan: %w", err)
	}
	err = s.fill(ctx)
	if err = errors.Join(err, s.iter.Error(), s.iter.Close()); err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	return nil
}

func (s *scan) fill(ctx context.Context) error {
	valid := s.iter.First()
	for n := 1; valid; n++ {
		if n%contextEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		p, _, _, ok := splitKey(s.iter.Key())
		if !ok {
			return errDamaged
		}
		var err error
		if valid, err = s.partition(ctx, p); err != nil {
			return err
		}
		if len(s.found) >= portionPartitions || s.bytes >= portionBytes {
			s.lower = appendAfter(s.lower[:0], appendPrefix(nil, p))
			return nil
		}
	}
	s.done = s.iter.Error() == nil
	return s.iter.Error()
}

// partition gathers the rows of p in range and leaves the iterator at the next
// partition. It seeks over what the range does not want.
func (s *scan) partition(ctx context.Context, p store.Partition) (valid bool, err error) {
	s.low, s.high = appendRange(s.low[:0], s.high[:0], p, s.r.Family, s.r.From, s.r.To)
	valid = true
	if bytes.Compare(s.iter.Key(), s.low) < 0 {
		valid = s.iter.SeekGE(s.low)
	}
	s.reader.bytes, s.marks = s.reader.bytes[:0], s.marks[:0]
	for ; valid && bytes.Compare(s.iter.Key(), s.high) < 0; valid = s.iter.Next() {
		stored, err := s.iter.ValueAndErr()
		if err != nil {
			return false, err
		}
		expires, value, err := splitValue(stored)
		if err != nil {
			return false, err
		}
		if expired(expires, s.r.Now) {
			continue
		}
		s.note(s.iter.Key()[headLen:], value, expires)
		if len(s.marks)%contextEvery == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
	}
	if rows := s.rows(s.r.Family, false); rows != nil {
		s.found = append(s.found, visited{partition: p, rows: rows})
		s.bytes += len(s.reader.bytes)
	}
	prefix := appendPrefix(s.low[:0], p)
	if valid && bytes.HasPrefix(s.iter.Key(), prefix) {
		valid = s.iter.SeekGE(appendAfter(s.high[:0], prefix))
	}
	return valid, s.iter.Error()
}
