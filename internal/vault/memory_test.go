package vault

import (
	"bytes"
	"context"
	"sort"
	"sync"

	"github.com/tactful/tactful/store"
)

// memory is a key table for tests that need to reach into it: to copy it as a
// backup would, and to act between its calls.
type memory struct {
	mu         sync.Mutex
	partitions map[store.Partition]*memoryPartition
	purged     []store.Partition
	afterRead  func()          // runs when a Read has its answers and before it returns them
	failWrite  func(int) error // hears the number of writes so far
	writes     int
}

type memoryPartition struct {
	version store.Version
	rows    map[string][]byte // by family and key
}

var _ store.Purger = (*memory)(nil)

func newMemory() *memory {
	return &memory{partitions: make(map[store.Partition]*memoryPartition)}
}

// copy is a backup of the table.
func (m *memory) copy() *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := newMemory()
	for p, from := range m.partitions {
		rows := make(map[string][]byte)
		for k, v := range from.rows {
			rows[k] = bytes.Clone(v)
		}
		out.partitions[p] = &memoryPartition{version: from.version, rows: rows}
	}
	return out
}

func memoryKey(f store.Family, key []byte) string { return string(append([]byte{byte(f)}, key...)) }

func (m *memory) Read(_ context.Context, queries []store.Query) ([]store.Answer, error) {
	m.mu.Lock()
	answers := make([]store.Answer, len(queries))
	for i, q := range queries {
		p := m.partitions[q.Partition]
		if p == nil {
			continue
		}
		answers[i].Version = p.version
		for k, v := range p.rows {
			key := []byte(k[1:])
			if store.Family(k[0]) == q.Family && bytes.Compare(key, q.From) >= 0 && (q.To == nil || bytes.Compare(key, q.To) < 0) {
				answers[i].Rows = append(answers[i].Rows, store.Row{Key: key, Value: bytes.Clone(v)})
			}
		}
	}
	after := m.afterRead
	m.mu.Unlock()
	if after != nil {
		after()
	}
	return answers, nil
}

func (m *memory) Write(_ context.Context, batches []store.Batch) ([]store.Result, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.writes++
	if m.failWrite != nil {
		if err := m.failWrite(m.writes); err != nil {
			return nil, err
		}
	}
	results := make([]store.Result, len(batches))
	for i, b := range batches {
		p := m.partitions[b.Partition]
		if p == nil {
			p = &memoryPartition{rows: make(map[string][]byte)}
		}
		if p.version != b.Expect {
			results[i].Err = store.ErrConflict
			continue
		}
		p.version++
		for _, gone := range b.Delete {
			delete(p.rows, memoryKey(gone.Family, gone.Key))
		}
		for _, row := range b.State {
			p.rows[memoryKey(store.State, row.Key)] = bytes.Clone(row.Value)
		}
		m.partitions[b.Partition] = p
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

func (m *memory) Purge(_ context.Context, partitions []store.Partition) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.purged = append(m.purged, partitions...)
	return nil
}

func (m *memory) Scan(_ context.Context, r store.Range, _ store.Cursor, visit func(store.Partition, []store.Row) error) (store.Cursor, error) {
	m.mu.Lock()
	var order []store.Partition
	rows := make(map[store.Partition][]store.Row)
	for p, part := range m.partitions {
		if p.Section != r.Section {
			continue
		}
		order = append(order, p)
		for k, v := range part.rows {
			rows[p] = append(rows[p], store.Row{Family: store.Family(k[0]), Key: []byte(k[1:]), Value: v})
		}
	}
	m.mu.Unlock()
	sort.Slice(order, func(i, j int) bool { return bytes.Compare(order[i].ID[:], order[j].ID[:]) < 0 })
	for _, p := range order {
		if err := visit(p, rows[p]); err != nil {
			return store.Cursor{}, err
		}
	}
	return store.Cursor{Done: true}, nil
}

func (m *memory) Close() error { return nil }
