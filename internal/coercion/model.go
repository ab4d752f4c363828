package coercion

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/tactful/tactful"
)

// Model holds the weights. It is immutable and may be shared.
type Model struct {
	learnt
	slope, offset       float64
	askAbove, stopAbove float64 // probabilities

	beside *Model // learned from other texts; where the two differ, the stricter counts; nil: none
}

// Beside returns a model that reads with both: the public texts are pieces of
// shop pages, and what was taught on them alone takes ordinary sentences of a
// mail for pressing. Only the first is written by Encode.
func (m *Model) Beside(other *Model) *Model {
	both := *m
	both.beside = other
	return &both
}

// pack keeps what can be written: numbers are rounded to what the file holds, so
// that a model that was written and read answers like the one that was trained.
func pack(l *learnt) *Model {
	m := &Model{learnt: *l}
	m.plane = rounded(l.plane)
	for k := range m.planes {
		if m.planes[k] != nil {
			m.planes[k] = rounded(l.planes[k])
		}
	}
	return m
}

// steps of a weight: 1/4096, so that two bytes hold ±8.
const weightStep = 4096

func rounded(weights []float64) []float64 {
	out := make([]float64, len(weights))
	for i, w := range weights {
		out[i] = math.Round(min(max(w, -7.9), 7.9)*weightStep) / weightStep
	}
	return out
}

func (m *Model) probability(margin float64) float64 {
	return 1 / (1 + math.Exp(-(m.slope*margin + m.offset)))
}

// The file: magic, then compressed: numbers, the vocabulary, and for every place
// that occurs its distance from the one before, its frequency, and its weight in
// each plane.
const magic = "TACTCOE1"

// MaxModelBytes bounds a file, written and unpacked.
const MaxModelBytes = 16 << 20

// Encode writes the model. Equal models give equal bytes.
func (m *Model) Encode() []byte {
	var b []byte
	b = binary.AppendUvarint(b, uint64(m.texts))
	for _, x := range []float64{m.bias, m.slope, m.offset, m.askAbove, m.stopAbove} {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	planes := [][]float64{m.plane}
	which := uint64(0)
	for k, plane := range m.planes {
		if plane != nil {
			which |= 1 << k
			planes = append(planes, plane)
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(m.biases[k]))
		}
	}
	b = append(binary.AppendUvarint(nil, which), b...)
	b = binary.AppendUvarint(b, uint64(len(m.known)))
	for _, w := range m.known {
		b = binary.AppendUvarint(b, uint64(len(w)))
		b = append(b, w...)
	}
	last := 0
	for p, n := range m.frequency {
		if n == 0 {
			continue
		}
		b = binary.AppendUvarint(b, uint64(p-last+1)) // never 0, which ends the list
		last = p
		b = binary.AppendUvarint(b, uint64(n))
		for _, plane := range planes {
			b = binary.AppendVarint(b, int64(math.Round(plane[p]*weightStep)))
		}
	}
	b = append(b, 0)
	var out bytes.Buffer
	out.WriteString(magic)
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is valid
	z.Write(b)                                              // to memory: cannot fail
	z.Close()
	return out.Bytes()
}

// Decode reads a model and refuses what is foreign, cut short or makes no sense.
func Decode(file []byte) (*Model, error) {
	if len(file) > MaxModelBytes || !bytes.HasPrefix(file, []byte(magic)) {
		return nil, refuse("is no file of weights for reading copy", nil)
	}
	z, err := gzip.NewReader(bytes.NewReader(file[len(magic):]))
	if err != nil {
		return nil, refuse("is damaged", err)
	}
	b, err := io.ReadAll(io.LimitReader(z, MaxModelBytes+1))
	if err != nil || len(b) > MaxModelBytes {
		return nil, refuse("is damaged or too long", err)
	}
	d := decoder{rest: b}
	which := d.uvarint(1<<Categories - 1)
	m := &Model{}
	m.texts = int(d.uvarint(MaxExamples))
	for _, x := range []*float64{&m.bias, &m.slope, &m.offset, &m.askAbove, &m.stopAbove} {
		*x = d.float()
	}
	m.plane, m.frequency = make([]float64, places), make([]uint32, places)
	planes := [][]float64{m.plane}
	for k := range m.planes {
		if which>>k&1 == 1 {
			m.planes[k] = make([]float64, places)
			planes = append(planes, m.planes[k])
			m.biases[k] = d.float()
		}
	}
	for range d.uvarint(1 << 20) {
		w := string(d.bytes(int(d.uvarint(64))))
		if d.failed || len(m.known) > 0 && w <= m.known[len(m.known)-1] {
			return nil, refuse("has words out of order", nil)
		}
		m.known = append(m.known, w)
	}
	for p := -1; !d.failed; {
		step := d.uvarint(places)
		if step == 0 {
			break
		}
		if p = max(p, 0) + int(step) - 1; p >= places {
			d.failed = true
			break
		}
		m.frequency[p] = uint32(d.uvarint(MaxExamples))
		for _, plane := range planes {
			plane[p] = float64(d.varint(8*weightStep)) / weightStep
		}
	}
	if d.failed || len(d.rest) > 0 || m.texts == 0 || !(m.slope > 0) || !(m.askAbove > 0 && m.askAbove <= m.stopAbove && m.stopAbove < 1) {
		return nil, refuse("is cut short or makes no sense", nil)
	}
	m.rare = rarity(m.frequency, m.texts)
	return m, nil
}

func refuse(why string, err error) error {
	return &tactful.Error{Kind: tactful.Invalid, Field: "weights", Detail: why, Remedy: "make the file with `tactful coercion train`", Err: err}
}

// decoder reads numbers within bounds; after a failure everything is 0.
type decoder struct {
	rest   []byte
	failed bool
}

func (d *decoder) uvarint(most uint64) uint64 {
	x, n := binary.Uvarint(d.rest)
	if n <= 0 || x > most || d.failed {
		d.failed = true
		return 0
	}
	d.rest = d.rest[n:]
	return x
}

func (d *decoder) varint(most int64) int64 {
	x, n := binary.Varint(d.rest)
	if n <= 0 || x > most || x < -most || d.failed {
		d.failed = true
		return 0
	}
	d.rest = d.rest[n:]
	return x
}

func (d *decoder) bytes(n int) []byte {
	if n > len(d.rest) || d.failed {
		d.failed = true
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return slices.Clone(b)
}

func (d *decoder) float() float64 {
	b := d.bytes(8)
	if d.failed {
		return 0
	}
	x := math.Float64frombits(binary.LittleEndian.Uint64(b))
	if math.IsNaN(x) || math.IsInf(x, 0) {
		d.failed = true
		return 0
	}
	return x
}

// String says what the model is.
func (m *Model) String() string {
	return fmt.Sprintf("%d texts, %d words; asks above %.2f, stops above %.2f", m.texts, len(m.known), m.askAbove, m.stopAbove)
}
