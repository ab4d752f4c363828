package label

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"math"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

//go:embed weights.gz
var weights []byte

// classifier is a linear model over words and their parts of three to five
// letters, one score a class (a hashed bag; Weinberger et al. 2009). It is
// trained on the catalogues of words alone (train_test.go), so that it knows
// what is spelled or compounded otherwise. It proposes; it never decides.
type classifier struct {
	buckets int
	classes []decision.Class // by column, noClass where the taxonomy lost it
	bias    []float32
	scale   []float32
	weight  []int8 // bucket by bucket, column by column
}

const (
	leastGram = 3
	mostGram  = 5
	mostRead  = 24  // words of a text that are read
	proposes  = 0.9 // share from which it proposes
	maxBucket = 1 << 14
	noClass   = decision.Class(decision.MaxClasses)
)

var weightsMagic = []byte("tactful labels 1\n")

func openClassifier(t *Taxonomy) (*classifier, error) {
	m, names, err := decodeWeights(weights)
	if err != nil {
		return nil, err
	}
	m.classes = make([]decision.Class, len(names))
	for i, name := range names {
		m.classes[i] = noClass
		if class, known := t.Class(name); known {
			m.classes[i] = class
		}
	}
	return m, nil
}

// features calls fn with the bucket of each word and part of a word.
func features(words []string, buckets int, fn func(int)) (n int) {
	if len(words) > mostRead {
		words = words[:mostRead]
	}
	var framed []byte
	for _, word := range words {
		framed = append(append(append(framed[:0], '^'), word...), '$')
		fn(bucketOf(framed, buckets))
		n++
		for size := leastGram; size <= mostGram; size++ {
			for at := 0; at+size <= len(framed) && size < len(framed); at++ {
				fn(bucketOf(framed[at:at+size], buckets))
				n++
			}
		}
	}
	return n
}

func bucketOf(text []byte, buckets int) int {
	h := fnv.New32a()
	_, _ = h.Write(text) // a hash takes everything
	return int(h.Sum32() % uint32(buckets))
}

// shares returns how sure the model is of each column, 0 to 1.
func (m *classifier) shares(words []string) []float64 {
	sums := make([]float64, len(m.bias))
	n := features(words, m.buckets, func(at int) {
		row := m.weight[at*len(m.bias) : (at+1)*len(m.bias)]
		for c, w := range row {
			sums[c] += float64(w)
		}
	})
	norm := 1 / math.Sqrt(float64(max(n, 1)))
	for c := range sums {
		sums[c] = 1 / (1 + math.Exp(-(float64(m.bias[c]) + sums[c]*float64(m.scale[c])*norm)))
	}
	return sums
}

// propose notes the classes that the model finds in the title or a category.
// What a catalogue says only looks like a class is not proposed for it.
func (m *classifier) propose(texts [][]string, excused []decision.Classes, note func(Reason)) {
	for i, words := range texts {
		if len(words) == 0 {
			continue
		}
		for column, share := range m.shares(words) {
			if class := m.classes[column]; share >= proposes && class != noClass && !excused[i].Has(class) {
				note(Reason{Class: class, Source: Classifier, Saw: fmt.Sprintf("%.2f", share)})
			}
		}
	}
}

const (
	maxNames  = decision.MaxClasses
	maxWeight = maxBucket * maxNames
)

// encodeWeights writes a model with the names of its columns.
func encodeWeights(m *classifier, names []string) ([]byte, error) {
	var plain bytes.Buffer
	plain.Write(weightsMagic)
	head := binary.AppendUvarint(nil, uint64(m.buckets))
	head = binary.AppendUvarint(head, uint64(len(names)))
	for _, name := range names {
		head = append(binary.AppendUvarint(head, uint64(len(name))), name...)
	}
	for _, list := range [][]float32{m.bias, m.scale} {
		for _, x := range list {
			head = binary.LittleEndian.AppendUint32(head, math.Float32bits(x))
		}
	}
	plain.Write(head)
	for _, w := range m.weight {
		plain.WriteByte(byte(w))
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("pack weights: %w", err)
	}
	if _, err := z.Write(plain.Bytes()); err != nil {
		return nil, fmt.Errorf("pack weights: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack weights: %w", err)
	}
	return packed.Bytes(), nil
}

// decodeWeights reads what encodeWeights wrote, and nothing else.
func decodeWeights(packed []byte) (*classifier, []string, error) {
	bad := func() (*classifier, []string, error) {
		return nil, nil, tactful.Errorf(tactful.Internal, "the classifier's weights are damaged")
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return bad()
	}
	plain, err := io.ReadAll(io.LimitReader(z, maxWeight+1<<16))
	if err != nil || !bytes.HasPrefix(plain, weightsMagic) {
		return bad()
	}
	plain = plain[len(weightsMagic):]
	count := func(most uint64) (int, bool) {
		x, n := binary.Uvarint(plain)
		if n <= 0 || x > most {
			return 0, false
		}
		plain = plain[n:]
		return int(x), true
	}
	m := &classifier{}
	var ok bool
	if m.buckets, ok = count(maxBucket); !ok || m.buckets == 0 {
		return bad()
	}
	columns, ok := count(maxNames)
	if !ok || columns == 0 {
		return bad()
	}
	names := make([]string, columns)
	for i := range names {
		n, ok := count(64)
		if !ok || n > len(plain) {
			return bad()
		}
		names[i], plain = string(plain[:n]), plain[n:]
	}
	if len(plain) != 8*columns+m.buckets*columns {
		return bad()
	}
	for _, list := range []*[]float32{&m.bias, &m.scale} {
		for range columns {
			x := math.Float32frombits(binary.LittleEndian.Uint32(plain))
			if x != x || math.Abs(float64(x)) > 1e6 {
				return bad()
			}
			*list, plain = append(*list, x), plain[4:]
		}
	}
	m.weight = make([]int8, len(plain))
	for i, b := range plain {
		m.weight[i] = int8(b)
	}
	return m, names, nil
}
