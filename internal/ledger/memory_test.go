package ledger

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/tactful/tactful/store"
)

// memory is a store that tests reach into: what lies in it can be changed
// behind its back, bit by bit, thousands of times.
type memory struct {
	mu         sync.Mutex
	partitions map[store.Partition]*memoryPartition
}

type memoryPartition struct {
	version store.Version
	rows    map[store.Family]map[string][]byte
}

func newMemory() *memory { return &memory{partitions: map[store.Partition]*memoryPartition{}} }

func (m *memory) of(p store.Partition) *memoryPartition {
	if m.partitions[p] == nil {
		m.partitions[p] = &memoryPartition{rows: map[store.Family]map[string][]byte{store.State: {}, store.Log: {}}}
	}
	return m.partitions[p]
}

func (m *memory) Read(_ context.Context, queries []store.Query) ([]store.Answer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	answers := make([]store.Answer, len(queries))
	for i, q := range queries {
		p := m.of(q.Partition)
		answers[i].Version = p.version
		for key, value := range p.rows[q.Family] {
			if bytes.Compare([]byte(key), q.From) >= 0 && (q.To == nil || bytes.Compare([]byte(key), q.To) < 0) {
				answers[i].Rows = append(answers[i].Rows, store.Row{Key: []byte(key), Value: bytes.Clone(value)})
			}
		}
		slices.SortFunc(answers[i].Rows, func(a, b store.Row) int { return bytes.Compare(a.Key, b.Key) })
		if q.Reverse {
			slices.Reverse(answers[i].Rows)
		}
		if q.Limit > 0 && len(answers[i].Rows) > q.Limit {
			answers[i].Rows, answers[i].More = answers[i].Rows[:q.Limit], true
		}
	}
	return answers, nil
}

func (m *memory) Write(_ context.Context, batches []store.Batch) ([]store.Result, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	results := make([]store.Result, len(batches))
	for i, b := range batches {
		p := m.of(b.Partition)
		if b.Expect != store.Blind {
			if p.version != b.Expect {
				results[i].Err = store.ErrConflict
				continue
			}
			p.version++
		}
		for _, row := range b.Log {
			if _, there := p.rows[store.Log][string(row.Key)]; !there {
				p.rows[store.Log][string(row.Key)] = bytes.Clone(row.Value)
			}
		}
		for _, row := range b.State {
			p.rows[store.State][string(row.Key)] = bytes.Clone(row.Value)
		}
		for _, name := range b.Delete {
			delete(p.rows[name.Family], string(name.Key))
		}
		results[i].Version = p.version
	}
	return results, nil
}

func (m *memory) Drop(_ context.Context, p store.Partition) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.partitions, p)
	return nil
}

func (m *memory) Scan(context.Context, store.Range, store.Cursor, func(store.Partition, []store.Row) error) (store.Cursor, error) {
	return store.Cursor{Done: true}, nil // a ledger does not scan
}

func (m *memory) Close() error { return nil }

// place names one row.
type place struct {
	partition store.Partition
	family    store.Family
	key       string
}

// places lists every row.
func (m *memory) places() []place {
	var all []place
	for p, rows := range m.partitions {
		for family, keys := range rows.rows {
			for key := range keys {
				all = append(all, place{p, family, key})
			}
		}
	}
	slices.SortFunc(all, func(a, b place) int { return strings.Compare(a.key, b.key) })
	return all
}
