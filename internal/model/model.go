package model

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
)

// Model is a fitted model ready to score. It is immutable and safe for any
// number of goroutines, each with its own Scratch. Columns are indices of the
// model's items in ascending order of number; they mean nothing in another model.
type Model struct {
	settings linear.Settings
	items    []uint32  // by column, ascending
	people   []uint32  // by column
	starts   []uint32  // by column: its row of targets; one more at the end
	targets  []uint32  // columns, ascending in each row
	weights  []float32 // beside targets
	support  []uint16  // beside targets, 65535 for that many or more
	popular  []int32   // columns, most people first
	bytes    []byte
	hash     [sha256.Size]byte
}

// Input is one piece of evidence: an item of the model and what it weighs.
type Input struct {
	Column int32
	Weight float64
}

// Scored is one item with its score.
type Scored struct {
	Column int32
	Score  float64
}

// Contribution is what one input adds to the score of one item.
type Contribution struct {
	Input   int32 // index into the inputs
	Value   float64
	Support uint32 // distinct people behind the pair; MaxSupport stands for that many or more
}

// MaxSupport is the largest count of people that the file can tell.
const MaxSupport = 1<<16 - 1

// Len returns the number of items.
func (m *Model) Len() int { return len(m.items) }

// Edges returns the number of weights.
func (m *Model) Edges() int { return len(m.targets) }

// Settings returns what the model was fitted with.
func (m *Model) Settings() linear.Settings { return m.settings }

// Hash names the model: the SHA-256 that ends its file, 64 hex digits.
func (m *Model) Hash() string { return hex.EncodeToString(m.hash[:]) }

// Bytes returns the file's bytes. They must not be changed.
func (m *Model) Bytes() []byte { return m.bytes }

// Column finds an item. It is false for an item the model has never met.
func (m *Model) Column(no tactful.ItemNo) (int32, bool) {
	at, ok := slices.BinarySearch(m.items, uint32(no))
	return int32(at), ok
}

// Number returns the item of a column.
func (m *Model) Number(column int32) tactful.ItemNo { return tactful.ItemNo(m.items[column]) }

// People returns how many people stand behind an item.
func (m *Model) People(column int32) uint32 { return m.people[column] }

// Popular returns the columns by people, most first, ties by number. The slice
// must not be changed.
func (m *Model) Popular() []int32 { return m.popular }

// Weight returns the weight of the evidence item for the suggested item, and
// the people behind the pair. It is false for pairs that are not in the model.
func (m *Model) Weight(evidence, suggestion int32) (float32, uint32, bool) {
	from, to := m.starts[evidence], m.starts[evidence+1]
	at, ok := slices.BinarySearch(m.targets[from:to], uint32(suggestion))
	if !ok {
		return 0, 0, false
	}
	return m.weights[from+uint32(at)], uint32(m.support[from+uint32(at)]), true
}

// Row returns what an evidence item says about others: columns ascending, with
// their weights and people (MaxSupport stands for that many or more). The slices
// must not be changed.
func (m *Model) Row(evidence int32) (targets []uint32, weights []float32, support []uint16) {
	from, to := m.starts[evidence], m.starts[evidence+1]
	return m.targets[from:to], m.weights[from:to], m.support[from:to]
}

// Contributions returns what each input adds to the score of one item, in the
// order of the inputs, leaving out those that add nothing. Their sum, added up
// in that order, is the score that Score gives, bit for bit.
func (m *Model) Contributions(column int32, inputs []Input) []Contribution {
	var parts []Contribution
	for i, in := range inputs {
		if in.Weight == 0 {
			continue
		}
		if weight, support, ok := m.Weight(in.Column, column); ok {
			parts = append(parts, Contribution{int32(i), in.Weight * float64(weight), support})
		}
	}
	return parts
}
