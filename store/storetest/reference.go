package storetest

import (
	"bytes"
	"context"
	"math/bits"
	"slices"
	"sync"

	"github.com/tactful/tactful/store"
)

// reference is the contract in its plainest form: maps under one lock. The
// model case compares drivers with it; the suite's own tests run the suite on
// it, and on versions of it with one fault planted.
type reference struct {
	mu     sync.Mutex
	parts  map[store.Partition]*contents
	closed bool
	fault  fault
}

type contents struct {
	version store.Version
	rows    map[store.Family]map[string]store.Row
}

// fault is a way in which a driver may be wrong. Only the suite's own tests
// plant one, to prove that the suite notices.
type fault uint8

const (
	sound fault = iota
	halfBatch
	lastLogWins
	blindCounts
	conflictPasses
	dropKeepsVersion
	expiryLate
	limitBeforeExpiry
	moreAlways
	reverseIgnored
	scanLosesLast
	scanWrongFamily
	cursorTooFar
	closedAnswers
	misusePasses
	sharesMemory
	lostUpdate
	faults
)

func newReference(planted fault) *reference {
	return &reference{parts: make(map[store.Partition]*contents), fault: planted}
}

func (m *reference) at(p store.Partition) *contents {
	c := m.parts[p]
	if c == nil {
		c = &contents{rows: map[store.Family]map[string]store.Row{store.State: {}, store.Log: {}}}
		m.parts[p] = c
	}
	return c
}

// enter locks the store if it may be used.
func (m *reference) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	if m.closed && m.fault != closedAnswers {
		m.mu.Unlock()
		return store.ErrClosed
	}
	return nil
}

func valid(s store.Section, f store.Family) bool {
	return s != 0 && (f == store.State || f == store.Log)
}

// Read implements store.Store.
func (m *reference) Read(ctx context.Context, queries []store.Query) ([]store.Answer, error) {
	for _, q := range queries {
		if !valid(q.Partition.Section, q.Family) || q.Limit < 0 {
			return nil, store.ErrMisuse
		}
	}
	if err := m.enter(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	answers := make([]store.Answer, len(queries))
	for i, q := range queries {
		c := m.parts[q.Partition]
		if c == nil {
			continue
		}
		found := m.inRange(c, q)
		if q.Reverse && m.fault != reverseIgnored {
			slices.Reverse(found)
		}
		a := store.Answer{Version: c.version, Rows: found, More: m.fault == moreAlways && q.Limit > 0}
		if q.Limit > 0 && len(found) > q.Limit {
			a.Rows, a.More = found[:q.Limit], true
		}
		answers[i] = a
	}
	return answers, nil
}

// inRange are the rows that a query asks for, without its limit.
func (m *reference) inRange(c *contents, q store.Query) []store.Row {
	var found []store.Row
	for key, r := range c.rows[q.Family] {
		if key < string(q.From) || q.To != nil && key >= string(q.To) {
			continue
		}
		late := r.Expires.Unix() > q.Now.Unix()
		if m.fault == expiryLate {
			late = r.Expires.Unix() >= q.Now.Unix()
		}
		if !r.Expires.IsZero() && !late && m.fault != limitBeforeExpiry {
			continue
		}
		if m.fault != sharesMemory {
			r.Key, r.Value = bytes.Clone(r.Key), bytes.Clone(r.Value)
		}
		r.Family = 0
		found = append(found, r)
	}
	slices.SortFunc(found, func(a, b store.Row) int { return bytes.Compare(a.Key, b.Key) })
	return found
}

// Write implements store.Store.
func (m *reference) Write(ctx context.Context, batches []store.Batch) ([]store.Result, error) {
	if err := m.enter(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	results := make([]store.Result, len(batches))
	for i := range batches {
		results[i] = m.apply(&batches[i])
	}
	return results, nil
}

func (m *reference) apply(b *store.Batch) store.Result {
	if err := judge(b); err != nil && (m.fault != misusePasses || err != store.ErrMisuse) {
		return store.Result{Err: err}
	}
	current := store.Absent
	if c := m.parts[b.Partition]; c != nil {
		current = c.version
	}
	if b.Expect != store.Blind && b.Expect != current && !(m.fault == conflictPasses && b.Expect > current) {
		if m.fault == halfBatch {
			m.insert(b)
		}
		return store.Result{Err: store.ErrConflict}
	}
	m.insert(b)
	c := m.at(b.Partition)
	for _, r := range b.State {
		c.rows[store.State][string(r.Key)] = m.kept(r)
	}
	for _, name := range b.Delete {
		delete(c.rows[name.Family], string(name.Key))
	}
	switch {
	case b.Expect != store.Blind && m.fault == lostUpdate && c.version > 20:
		return store.Result{Version: c.version}
	case b.Expect != store.Blind:
		c.version++
		return store.Result{Version: c.version}
	case m.fault == blindCounts:
		c.version++
	}
	return store.Result{}
}

func (m *reference) insert(b *store.Batch) {
	if len(b.Log) == 0 {
		return
	}
	log := m.at(b.Partition).rows[store.Log]
	for _, r := range b.Log {
		if _, there := log[string(r.Key)]; !there || m.fault == lastLogWins {
			log[string(r.Key)] = m.kept(r)
		}
	}
}

func (m *reference) kept(r store.Row) store.Row {
	if m.fault != sharesMemory {
		r.Key, r.Value = bytes.Clone(r.Key), bytes.Clone(r.Value)
	}
	return r
}

// judge is the contract's list of what a batch must not be.
func judge(b *store.Batch) error {
	if b.Partition.Section == 0 || b.Expect == store.Blind && len(b.State)+len(b.Delete) > 0 {
		return store.ErrMisuse
	}
	written := map[store.Family]map[string]bool{store.State: {}, store.Log: {}}
	for f, rows := range map[store.Family][]store.Row{store.State: b.State, store.Log: b.Log} {
		for _, r := range rows {
			switch {
			case len(r.Key) == 0, r.Family != 0 && r.Family != f, f == store.State && written[f][string(r.Key)]:
				return store.ErrMisuse
			case len(r.Key) > store.MaxKeyBytes, len(r.Value) > store.MaxValueBytes:
				return store.ErrTooLarge
			}
			written[f][string(r.Key)] = true
		}
	}
	for _, name := range b.Delete {
		switch {
		case len(name.Key) == 0, written[name.Family] == nil, written[name.Family][string(name.Key)]:
			return store.ErrMisuse
		case len(name.Key) > store.MaxKeyBytes:
			return store.ErrTooLarge
		}
	}
	return nil
}

// Drop implements store.Store.
func (m *reference) Drop(ctx context.Context, p store.Partition) error {
	if p.Section == 0 {
		return store.ErrMisuse
	}
	if err := m.enter(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	old := m.parts[p]
	delete(m.parts, p)
	if m.fault == dropKeepsVersion && old != nil {
		m.at(p).version = old.version
	}
	return nil
}

// Scan implements store.Store.
func (m *reference) Scan(
	ctx context.Context, r store.Range, from store.Cursor, visit func(store.Partition, []store.Row) error,
) (store.Cursor, error) {
	count := max(r.Shards, 1)
	if !valid(r.Section, r.Family) || count > 256 || bits.OnesCount(uint(count)) != 1 || r.Shard < 0 || r.Shard >= count {
		return from, store.ErrMisuse
	}
	if from.Done {
		return from, nil
	}
	order, found, err := m.inSection(ctx, r, from)
	if err != nil {
		return from, err
	}
	cursor := from
	for _, p := range order {
		if err := ctx.Err(); err != nil {
			return cursor, err
		}
		next := store.Cursor{After: p.ID, Began: true}
		if m.fault == cursorTooFar {
			cursor = next
		}
		if err := visit(p, found[p]); err != nil {
			return cursor, err
		}
		cursor = next
	}
	cursor.Done = true
	return cursor, nil
}

// inSection are the partitions of a range in order, with their rows.
func (m *reference) inSection(
	ctx context.Context, r store.Range, from store.Cursor,
) (order []store.Partition, found map[store.Partition][]store.Row, err error) {
	if err := m.enter(ctx); err != nil {
		return nil, nil, err
	}
	defer m.mu.Unlock()
	found = make(map[store.Partition][]store.Row)
	for p, c := range m.parts {
		if p.Section != r.Section || int(p.ID[0])*max(r.Shards, 1)/256 != r.Shard {
			continue
		}
		if from.Began && bytes.Compare(p.ID[:], from.After[:]) <= 0 {
			continue
		}
		rows := m.inRange(c, store.Query{Family: r.Family, From: r.From, To: r.To, Now: r.Now})
		if m.fault == scanWrongFamily {
			rows = append(rows, m.inRange(c, store.Query{Family: store.State + store.Log - r.Family})...)
		}
		for i := range rows {
			rows[i].Family = r.Family
		}
		if len(rows) > 0 {
			found[p] = rows
			order = append(order, p)
		}
	}
	slices.SortFunc(order, func(a, b store.Partition) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	if m.fault == scanLosesLast && len(order) > 3 {
		order = order[:len(order)-1]
	}
	return order, found, nil
}

// Close implements store.Store.
func (m *reference) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return store.ErrClosed
	}
	m.closed = true
	return nil
}
