package catalog

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/tactful/tactful/store"
)

// table is the part of the storage contract that the catalogue uses, in
// memory, with faults on demand.
type table struct {
	store.Store
	mu    sync.Mutex
	parts map[store.Partition]*part
	order []store.Partition
	fault func(store.Batch) error // asked before a batch is applied
	after func(store.Batch) error // asked after it was
}

type part struct {
	version store.Version
	rows    map[string][]byte
}

func newTable() *table { return &table{parts: map[store.Partition]*part{}} }

func (t *table) Read(_ context.Context, queries []store.Query) ([]store.Answer, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	answers := make([]store.Answer, len(queries))
	for i, q := range queries {
		if p := t.parts[q.Partition]; p != nil {
			answers[i] = store.Answer{Version: p.version, Rows: p.sorted()}
		}
	}
	return answers, nil
}

func (p *part) sorted() []store.Row {
	var rows []store.Row
	for key, value := range p.rows {
		rows = append(rows, store.Row{Family: store.State, Key: []byte(key), Value: bytes.Clone(value)})
	}
	slices.SortFunc(rows, func(a, b store.Row) int { return bytes.Compare(a.Key, b.Key) })
	return rows
}

func (t *table) Write(_ context.Context, batches []store.Batch) ([]store.Result, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	results := make([]store.Result, len(batches))
	for i, b := range batches {
		results[i] = t.apply(b)
	}
	return results, nil
}

func (t *table) apply(b store.Batch) store.Result {
	if t.fault != nil {
		if err := t.fault(b); err != nil {
			return store.Result{Err: err}
		}
	}
	p := t.parts[b.Partition]
	if p == nil {
		p = &part{rows: map[string][]byte{}}
	}
	if b.Expect != p.version {
		return store.Result{Err: store.ErrConflict}
	}
	if len(b.Log)+len(b.Delete) > 0 {
		return store.Result{Err: store.ErrMisuse}
	}
	for _, row := range b.State {
		if len(row.Key) > store.MaxKeyBytes || len(row.Value) > store.MaxValueBytes {
			return store.Result{Err: store.ErrTooLarge}
		}
		p.rows[string(row.Key)] = bytes.Clone(row.Value)
	}
	p.version++
	if t.parts[b.Partition] == nil {
		t.parts[b.Partition] = p
		t.order = append(t.order, b.Partition)
	}
	if t.after != nil {
		if err := t.after(b); err != nil {
			return store.Result{Err: err}
		}
	}
	return store.Result{Version: p.version}
}

func (t *table) Scan(_ context.Context, r store.Range, _ store.Cursor, visit func(store.Partition, []store.Row) error) (store.Cursor, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, at := range t.order {
		if at.Section == r.Section {
			if err := visit(at, t.parts[at].sorted()); err != nil {
				return store.Cursor{}, err
			}
		}
	}
	return store.Cursor{Done: true}, nil
}

// crossed is a sealer for tests: it hides the text and binds it to its place.
type crossed struct{}

func (crossed) Seal(dst []byte, p store.Partition, f store.Family, key, plain []byte) []byte {
	dst = append(dst, p.ID[15], byte(f))
	dst = append(dst, key...)
	for i, b := range plain {
		dst = append(dst, b^byte(i*37+91))
	}
	return dst
}

func (crossed) Open(dst []byte, p store.Partition, f store.Family, key, sealed []byte) ([]byte, error) {
	head := append([]byte{p.ID[15], byte(f)}, key...)
	if !bytes.HasPrefix(sealed, head) {
		return nil, errors.New("sealed for another place")
	}
	for i, b := range sealed[len(head):] {
		dst = append(dst, b^byte(i*37+91))
	}
	return dst, nil
}
