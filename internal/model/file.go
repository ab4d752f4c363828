package model

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"unsafe"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/files"
	"github.com/tactful/tactful/internal/linear"
)

// The file, little endian: header; items, people and starts as uint32; targets
// as uint32; weights as float32; support as uint16; padding to 8 bytes; SHA-256
// of everything before it. Sizes are checked before anything is used.
const (
	magic       = "TACTFULM"
	version     = 1
	headerBytes = 80
	maxItems    = linear.MaxItemNo
	maxEdges    = 1<<32 - 1
)

// New makes the model of a fit, with the bytes of its file.
func New(fit *linear.Columns) (*Model, error) {
	b, err := Encode(fit)
	if err != nil {
		return nil, err
	}
	return adopt(b), nil // what was just written need not be checked
}

// Encode writes a fit as the bytes of a model file. Equal fits give equal bytes.
// Every processor takes a run of columns: it counts what they add to each row,
// and then knows where in the row its own edges begin.
func Encode(fit *linear.Columns) ([]byte, error) {
	items, columnOf := itemsOf(fit)
	runs := runsOf(len(items))
	counts := make([][]uint32, len(runs)) // per run and row: its edges; then where its next edge goes
	eachRun(runs, func(r, from, to int) {
		counts[r] = make([]uint32, len(items))
		for _, no := range items[from:to] {
			fit.Each(no, func(e linear.Edge) { counts[r][columnOf[e.No]]++ })
		}
	})
	starts := make([]uint32, len(items)+1)
	edges := uint64(0)
	for row := range items {
		starts[row] = uint32(edges)
		for _, count := range counts {
			n := count[row]
			count[row] = uint32(edges)
			edges += uint64(n)
		}
	}
	if edges > maxEdges {
		return nil, tactful.Errorf(tactful.Invalid, "the model has too many weights; choose a smaller k")
	}
	starts[len(items)] = uint32(edges)
	b := make([]byte, sizeOf(len(items), int(edges)))
	writeHeader(b, &fit.Settings, len(items), int(edges))
	p := layout(b, len(items), int(edges))
	for row, start := range starts {
		put32(p.starts, row, start)
	}
	eachRun(runs, func(r, from, to int) {
		next := counts[r]
		for c := from; c < to; c++ {
			put32(p.items, c, uint32(items[c]))
			put32(p.people, c, fit.People(items[c]))
			// Columns come ascending, so each row's targets do.
			fit.Each(items[c], func(e linear.Edge) {
				row := columnOf[e.No]
				at := int(next[row])
				next[row]++
				put32(p.targets, at, uint32(c))
				put32(p.weights, at, math.Float32bits(e.Weight))
				binary.LittleEndian.PutUint16(p.support[2*at:], uint16(min(e.Support, MaxSupport)))
			})
		}
	})
	sum := sha256.Sum256(b[:len(b)-sha256.Size])
	copy(b[len(b)-sha256.Size:], sum[:])
	return b, nil
}

// runsOf cuts n columns into a run for each processor, at most 16: where each
// begins and ends.
func runsOf(n int) [][2]int {
	parts := max(1, min(runtime.GOMAXPROCS(0), 16, n/1024))
	runs := make([][2]int, parts)
	for r := range runs {
		runs[r] = [2]int{r * n / parts, (r + 1) * n / parts}
	}
	return runs
}

// eachRun calls do for every run at once and waits.
func eachRun(runs [][2]int, do func(r, from, to int)) {
	var wait sync.WaitGroup
	for r, run := range runs {
		wait.Go(func() { do(r, run[0], run[1]) })
	}
	wait.Wait()
}

// itemsOf returns the items that are in the model, ascending, and their columns
// by number. Neighbours are always present items.
func itemsOf(fit *linear.Columns) ([]tactful.ItemNo, []uint32) {
	var items []tactful.ItemNo
	columnOf := make([]uint32, fit.Len())
	for no := range fit.Len() {
		if fit.Present(tactful.ItemNo(no)) {
			columnOf[no] = uint32(len(items))
			items = append(items, tactful.ItemNo(no))
		}
	}
	return items, columnOf
}

func put32(b []byte, i int, v uint32) { binary.LittleEndian.PutUint32(b[4*i:], v) }

func writeHeader(b []byte, s *linear.Settings, items, edges int) {
	copy(b, magic)
	le := binary.LittleEndian
	le.PutUint32(b[8:], version)
	le.PutUint32(b[12:], uint32(items))
	le.PutUint64(b[16:], uint64(edges))
	le.PutUint32(b[24:], uint32(s.K))
	le.PutUint32(b[28:], s.Support)
	for i, v := range []float64{s.Ridge, s.Dropout, s.Rank, s.Explore, s.One, s.Square} {
		le.PutUint64(b[32+8*i:], math.Float64bits(v))
	}
}

func sizeOf(items, edges int) int {
	n := headerBytes + 4*(3*items+1) + 10*edges
	return (n+7)/8*8 + sha256.Size
}

type parts struct{ items, people, starts, targets, weights, support []byte }

func layout(b []byte, items, edges int) (p parts) {
	b = b[headerBytes:]
	cut := func(n int) []byte {
		part := b[:n:n]
		b = b[n:]
		return part
	}
	p.items, p.people, p.starts = cut(4*items), cut(4*items), cut(4*(items+1))
	p.targets, p.weights, p.support = cut(4*edges), cut(4*edges), cut(2*edges)
	return p
}

// Decode reads a model from the bytes of its file and keeps them. It refuses
// what is foreign, truncated, changed or inconsistent, and says which.
func Decode(b []byte) (*Model, error) {
	le := binary.LittleEndian
	switch {
	case len(b) < headerBytes+sha256.Size || !bytes.Equal(b[:len(magic)], []byte(magic)):
		return nil, refuse("is not a Tactful model file")
	case le.Uint32(b[8:]) != version:
		return nil, refuse(fmt.Sprintf("has format version %d; this program reads %d", le.Uint32(b[8:]), version))
	}
	items, edges := le.Uint32(b[12:]), le.Uint64(b[16:])
	if items > maxItems || edges > maxEdges || len(b) != sizeOf(int(items), int(edges)) {
		return nil, refuse("is cut short or too long")
	}
	body := b[:len(b)-sha256.Size]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], b[len(body):]) {
		return nil, refuse("does not match its checksum")
	}
	m := adopt(b)
	if err := m.check(); err != nil {
		return nil, err
	}
	return m, nil
}

// adopt lays a model over bytes of the right size.
func adopt(b []byte) *Model {
	le := binary.LittleEndian
	items, edges := le.Uint32(b[12:]), le.Uint64(b[16:])
	m := &Model{bytes: b}
	copy(m.hash[:], b[len(b)-sha256.Size:])
	m.settings = linear.Settings{K: int(le.Uint32(b[24:])), Support: le.Uint32(b[28:])}
	for i, field := range []*float64{&m.settings.Ridge, &m.settings.Dropout, &m.settings.Rank, &m.settings.Explore, &m.settings.One, &m.settings.Square} {
		*field = math.Float64frombits(le.Uint64(b[32+8*i:]))
	}
	p := layout(b, int(items), int(edges))
	m.items, m.people, m.starts = words[uint32](p.items), words[uint32](p.people), words[uint32](p.starts)
	m.targets, m.weights, m.support = words[uint32](p.targets), words[float32](p.weights), words[uint16](p.support)
	m.popular = popularity(m.people)
	return m
}

func refuse(why string) error {
	return &tactful.Error{Kind: tactful.Invalid, Field: "model", Detail: why,
		Remedy: "the model in use stays; train again or restore the file from a backup"}
}

// check makes sure that scoring cannot leave the arrays.
func (m *Model) check() error {
	n := len(m.items)
	if err := m.settings.Validate(); err != nil {
		return refuse("has settings out of bounds")
	}
	for i, no := range m.items {
		if no == 0 || no > linear.MaxItemNo || i > 0 && no <= m.items[i-1] {
			return refuse("has items out of order")
		}
	}
	if m.starts[0] != 0 || int(m.starts[n]) != len(m.targets) {
		return refuse("has rows that do not fit its weights")
	}
	for c := range n {
		from, to := m.starts[c], m.starts[c+1]
		if from > to || int(to) > len(m.targets) {
			return refuse("has rows out of order")
		}
		before := -1
		for i := from; i < to; i++ {
			t, w := m.targets[i], float64(m.weights[i])
			if int(t) <= before || int(t) >= n || int(t) == c || math.IsNaN(w) || math.IsInf(w, 0) {
				return refuse("has a weight that makes no sense")
			}
			before = int(t)
		}
	}
	return nil
}

func popularity(people []uint32) []int32 {
	order := make([]int32, len(people))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(people[b], people[a]), cmp.Compare(a, b))
	})
	return order
}

// words reads numbers in place where the machine stores them as the file does,
// and copies them elsewhere.
func words[T uint16 | uint32 | float32](b []byte) []T {
	if len(b) == 0 {
		return nil
	}
	var zero T
	size := int(unsafe.Sizeof(zero))
	first := unsafe.Pointer(&b[0])
	if littleEndian() && uintptr(first)%uintptr(size) == 0 {
		return unsafe.Slice((*T)(first), len(b)/size)
	}
	out := make([]T, len(b)/size)
	if _, err := binary.Decode(b, binary.LittleEndian, out); err != nil {
		return nil // cannot happen: the sizes agree by construction
	}
	return out
}

func littleEndian() bool {
	one := uint16(1)
	return *(*byte)(unsafe.Pointer(&one)) == 1
}

// Open reads a model file whole. A mapped file would spare a copy, but a file
// cut short under a map kills the process, and no error can say so.
func Open(fsys files.FS, path string) (*Model, error) {
	b, err := files.Read(fsys, path)
	if err != nil {
		return nil, fmt.Errorf("read model file: %w", err)
	}
	m, err := Decode(b)
	if err != nil {
		return nil, fmt.Errorf("read model file %s: %w", filepath.Base(path), err)
	}
	return m, nil
}

// Write puts the model's bytes into a file, whole or not at all, also when the
// machine stops in between.
func (m *Model) Write(fsys files.FS, path string) error {
	if err := files.Replace(fsys, path, m.bytes); err != nil {
		return fmt.Errorf("write model file: %w", err)
	}
	return nil
}
