package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/tactful/tactful/store"
)

// Read implements store.Store. All answers are of one moment. Queries are
// visited in the order of their partitions, whatever order they come in.
func (d *Disk) Read(ctx context.Context, queries []store.Query) ([]store.Answer, error) {
	r := d.readers.Get().(*reader)
	defer d.dismiss(r)
	r.lends = false
	answers := make([]store.Answer, len(queries))
	if err := d.read(ctx, r, queries, answers); err != nil {
		return nil, err
	}
	return answers, nil
}

// ReadOver implements store.Lender: Read without two copies of what is found.
func (d *Disk) ReadOver(ctx context.Context, queries []store.Query, use func([]store.Answer) error) error {
	r := d.readers.Get().(*reader)
	defer d.dismiss(r)
	r.lends, r.lent, r.bytes = true, r.lent[:0], r.bytes[:0]
	clear(r.answers[:cap(r.answers)])
	r.answers = slices.Grow(r.answers[:0], len(queries))[:len(queries)]
	if err := d.read(ctx, r, queries, r.answers); err != nil {
		return err
	}
	return use(r.answers)
}

func (d *Disk) read(ctx context.Context, r *reader, queries []store.Query, answers []store.Answer) error {
	for i := range queries {
		q := &queries[i]
		if !validSection(q.Partition.Section) || !validFamily(q.Family) || q.Limit < 0 {
			return fmt.Errorf("read query %d: %w", i, store.ErrMisuse)
		}
	}
	db, err := d.enter(ctx)
	if err != nil {
		return err
	}
	defer d.leave()
	r.known, r.bounded, r.valid, r.reached = false, false, false, r.reached[:0]
	if r.iter, err = db.NewIter(nil); err != nil {
		return fmt.Errorf("begin a read: %w", err)
	}
	err = r.answerAll(ctx, queries, answers)
	return errors.Join(err, r.iter.Close())
}

// reader answers queries with one iterator and reuses its memory, also from
// one call to the next.
type reader struct {
	iter    *pebble.Iterator
	first   []byte // the partition's first key
	low     []byte
	high    []byte
	bounded bool   // the iterator has the bounds of an earlier reverse query
	valid   bool   // the iterator stands at a row
	reached []byte // the iterator has gone forwards up to here and has passed no row from here on; empty: it has not
	bytes   []byte
	from    int // where in bytes the rows of the query under way begin
	marks   []mark

	lends   bool // rows are handed out where they lie, see ReadOver
	lent    []store.Row
	answers []store.Answer

	known   bool // the query before was answered
	last    store.Partition
	current store.Version // of last
}

// dismiss keeps a reader's memory for the next call, unless it grew large.
func (d *Disk) dismiss(r *reader) {
	r.iter = nil
	if cap(r.bytes) <= maxReaderBytes && cap(r.lent) <= maxReaderRows {
		d.readers.Put(r)
	}
}

const (
	maxReaderBytes = 256 << 10
	maxReaderRows  = 2048
)

// mark is a row in bytes: its key, then its value.
type mark struct {
	key, value int
	expires    uint64
}

// contextEvery is how many queries or rows pass between looks at the context.
const contextEvery = 256

func (r *reader) answerAll(ctx context.Context, queries []store.Query, answers []store.Answer) error {
	order := visitOrder(queries)
	for n := range queries {
		i := n
		if order != nil {
			i = order[n]
		}
		if n%contextEvery == contextEvery-1 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.answer(ctx, &queries[i], &answers[i]); err != nil {
			return fmt.Errorf("read query %d: %w", i, err)
		}
	}
	return nil
}

// visitOrder sorts queries by partition and beginning, so that the iterator
// moves forwards only; nil if they are sorted already.
func visitOrder(queries []store.Query) []int {
	byPlace := func(a, b *store.Query) int {
		if a.Partition.Section != b.Partition.Section {
			return int(a.Partition.Section) - int(b.Partition.Section)
		}
		if c := bytes.Compare(a.Partition.ID[:], b.Partition.ID[:]); c != 0 {
			return c
		}
		if a.Family != b.Family {
			return int(a.Family) - int(b.Family)
		}
		return bytes.Compare(a.From, b.From)
	}
	sorted := true
	for i := 1; i < len(queries) && sorted; i++ {
		sorted = byPlace(&queries[i-1], &queries[i]) <= 0
	}
	if sorted {
		return nil
	}
	order := make([]int, len(queries))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return byPlace(&queries[a], &queries[b]) })
	return order
}

func (r *reader) answer(ctx context.Context, q *store.Query, answer *store.Answer) error {
	if r.bounded {
		r.iter.SetBounds(nil, nil)
		r.bounded = false
	}
	r.low, r.high = appendRange(r.low[:0], r.high[:0], q.Partition, q.Family, q.From, q.To)
	if r.known && r.last == q.Partition { // all answers are of one moment, so its version is known
		answer.Version = r.current
	} else {
		if err := r.version(q.Partition, answer); err != nil {
			return err
		}
		r.known, r.last, r.current = true, q.Partition, answer.Version
	}
	if bytes.Compare(r.low, r.high) >= 0 {
		return nil
	}
	if q.Reverse && 0 < q.Limit && q.Limit < forwardsFrom {
		return r.backwards(ctx, q, answer)
	}
	r.approach(q.Limit)
	return r.collect(ctx, q, answer)
}

// forwardsFrom is the limit from which on a reverse range is read forwards all
// the same and turned around: few ranges hold so many rows, and an iterator
// that goes forwards within one partition needs to look only into the tables
// that have something of it.
const forwardsFrom = 256

// backwards reads a range from its end.
func (r *reader) backwards(ctx context.Context, q *store.Query, answer *store.Answer) error {
	r.iter.SetBounds(r.low, r.high)
	r.bounded, r.reached = true, r.reached[:0]
	r.valid = r.iter.Last()
	return r.collectBackwards(ctx, q, answer)
}

// steps is how many rows are passed one by one before a search: most of what
// lies between two ranges of a partition is less.
const steps = 16

// approach moves to where the range begins. Who asks for one row knows its name,
// and most such rows lie among many others of the partition.
func (r *reader) approach(limit int) {
	if len(r.reached) == 0 || bytes.Compare(r.reached, r.low) > 0 {
		r.valid = r.iter.SeekPrefixGE(r.low)
		return
	}
	most := steps
	if limit == 1 {
		most = 1
	}
	for range most {
		if !r.valid || bytes.Compare(r.iter.Key(), r.low) >= 0 {
			return
		}
		r.valid = r.iter.Next()
	}
	if r.valid && bytes.Compare(r.iter.Key(), r.low) < 0 {
		r.valid = r.iter.SeekPrefixGE(r.low)
	}
}

// version seeks to the start of the partition, whose first row is its version,
// and leaves the iterator behind that row.
func (r *reader) version(p store.Partition, answer *store.Answer) error {
	r.first = versionKey(r.first[:0], p)
	r.reached = append(r.reached[:0], r.first...)
	r.valid = r.iter.SeekPrefixGE(r.first)
	if !r.valid || !bytes.Equal(r.iter.Key(), r.first) {
		return r.iter.Error()
	}
	stored, err := r.iter.ValueAndErr()
	if err != nil {
		return err
	}
	if answer.Version, err = parseVersion(stored); err != nil {
		return err
	}
	r.valid = r.iter.Next()
	return r.iter.Error()
}

// collect gathers the rows from where the iterator stands. A reverse range that
// turns out to hold more rows than asked for is read again from its end.
func (r *reader) collect(ctx context.Context, q *store.Query, answer *store.Answer) error {
	r.begin()
	for ; r.valid; r.valid = r.iter.Next() {
		if bytes.Compare(r.iter.Key(), r.high) >= 0 {
			break
		}
		more, err := r.gather(ctx, q)
		if err != nil {
			return err
		}
		if more && q.Reverse {
			return r.backwards(ctx, q, answer)
		}
		if more {
			answer.More = true
			break
		}
	}
	// What the limit left is before high, but the iterator has not passed it:
	// a range that begins at high or later is still ahead.
	r.reached = append(r.reached[:0], r.high...)
	answer.Rows = r.rows(0, q.Reverse)
	return r.iter.Error()
}

// collectBackwards gathers the rows before where the iterator stands.
func (r *reader) collectBackwards(ctx context.Context, q *store.Query, answer *store.Answer) error {
	r.begin()
	for ; r.valid; r.valid = r.iter.Prev() {
		more, err := r.gather(ctx, q)
		if err != nil {
			return err
		}
		if more {
			answer.More = true
			break
		}
	}
	answer.Rows = r.rows(0, false)
	return r.iter.Error()
}

// gather notes the row at which the iterator stands, unless it has expired, and
// reports whether it is one more than the limit allows.
func (r *reader) gather(ctx context.Context, q *store.Query) (more bool, err error) {
	stored, err := r.iter.ValueAndErr()
	if err != nil {
		return false, err
	}
	expires, value, err := splitValue(stored)
	if err != nil {
		return false, err
	}
	if expired(expires, q.Now) {
		return false, nil
	}
	if q.Limit > 0 && len(r.marks) == q.Limit {
		return true, nil
	}
	r.note(r.iter.Key()[headLen:], value, expires)
	if len(r.marks)%contextEvery == 0 {
		return false, ctx.Err()
	}
	return false, nil
}

// begin begins the rows of a query. Rows that are lent stay where they are.
func (r *reader) begin() {
	r.marks = r.marks[:0]
	if !r.lends {
		r.bytes = r.bytes[:0]
	}
	r.from = len(r.bytes)
}

func (r *reader) note(key, value []byte, expires uint64) {
	r.marks = append(r.marks, mark{key: len(key), value: len(value), expires: expires})
	r.bytes = append(append(r.bytes, key...), value...)
}

// rows copies what was noted into memory of the caller's, two allocations
// however many rows, or shows it where it lies. Rows are cut to capacity, so that
// an append to one does not write into the next.
func (r *reader) rows(f store.Family, turned bool) []store.Row {
	if len(r.marks) == 0 {
		return nil
	}
	var memory []byte
	var rows []store.Row
	if r.lends {
		memory = r.bytes[r.from:]
		begin := len(r.lent)
		r.lent = slices.Grow(r.lent, len(r.marks))[:begin+len(r.marks)]
		rows = r.lent[begin:len(r.lent):len(r.lent)]
	} else {
		memory = bytes.Clone(r.bytes[r.from:])
		rows = make([]store.Row, len(r.marks))
	}
	at := 0
	for i, m := range r.marks {
		end := at + m.key
		to := i
		if turned {
			to = len(rows) - 1 - i
		}
		rows[to] = store.Row{
			Family:  f,
			Key:     memory[at:end:end],
			Value:   memory[end : end+m.value : end+m.value],
			Expires: expiryTime(m.expires),
		}
		at = end + m.value
	}
	return rows
}
