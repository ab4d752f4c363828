package coercion

import (
	"hash/fnv"
	"math"
	"slices"
	"strings"
)

// A text is four unit vectors laid side by side, so that none drowns another:
// words with their pairs and triples; pieces of three to five letters inside
// words; pieces of four to six letters of the text without its spaces, which
// spaces put in between cannot change; and the rules that hit. Each feature is
// hashed into one of so many places.
const (
	placeBits = 17
	places    = 1 << placeBits
)

type block uint8

const (
	wordBlock block = iota
	pieceBlock
	tightBlock
	ruleBlock
	blocks
)

// share is the length of each block's vector, chosen by `tactful coercion train`
// on folds of the training texts.
var share = [blocks]float64{wordBlock: 2, pieceBlock: 1, tightBlock: 0.7, ruleBlock: 0.5}

// feature is one place of a text's vector.
type feature struct {
	at    uint32
	value float64
}

// reading is a text taken apart once: what it holds, and where.
type reading struct {
	words  []string
	counts [blocks]map[uint32]float64
	spans  []span // of the word features, for telling which words decided
	hits   []int  // rules that hit, by index
}

// span says that a feature came from words[from:to].
type span struct {
	at       uint32
	block    block
	from, to int
}

// take reads a text in the normal form; torn words are mended first.
func take(text string, known vocabulary, hits func(string) []int) *reading {
	torn := words(text)
	r := &reading{words: known.mended(torn)}
	r.hits = hits(text)
	if len(r.words) != len(torn) {
		r.hits = union(r.hits, hits(strings.Join(r.words, " ")))
	}
	for b := range r.counts {
		r.counts[b] = map[uint32]float64{}
	}
	add := func(b block, kind byte, name string, from, to int) {
		at := place(b, kind, name)
		r.counts[b][at]++
		r.spans = append(r.spans, span{at, b, from, to})
	}
	list := append(append([]string{"<"}, r.words...), ">")
	for n := 1; n <= 3; n++ {
		for i := 0; i+n <= len(list); i++ {
			if n == 1 && (i == 0 || i == len(list)-1) {
				continue
			}
			add(wordBlock, byte(n), strings.Join(list[i:i+n], " "), max(i-1, 0), min(i+n-1, len(r.words)))
		}
	}
	var tight []rune
	var owner []int // of each letter: the word
	for i, w := range r.words {
		runes := []rune(" " + w + " ")
		for n := 3; n <= 5; n++ {
			for at := 0; at+n <= len(runes); at++ {
				add(pieceBlock, byte(n), string(runes[at:at+n]), i, i+1)
			}
		}
		for _, c := range w {
			tight, owner = append(tight, c), append(owner, i)
		}
	}
	for n := 4; n <= 6; n++ {
		for at := 0; at+n <= len(tight); at++ {
			add(tightBlock, byte(n), string(tight[at:at+n]), owner[at], owner[at+n-1]+1)
		}
	}
	for _, i := range r.hits {
		rule := &rules()[i]
		r.counts[ruleBlock][place(ruleBlock, byte(rule.sure), rule.category.String())]++
	}
	return r
}

func place(b block, kind byte, name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte{byte(b), kind})
	h.Write([]byte(name))
	x := h.Sum32()
	return (x ^ x>>placeBits) & (places - 1)
}

// vector weighs counts by 1 + log and by how rare the place is, block by block.
func (r *reading) vector(rare []float64) []feature {
	var out []feature
	for b, counts := range r.counts {
		at := make([]uint32, 0, len(counts))
		for p := range counts {
			at = append(at, p)
		}
		slices.Sort(at) // sums of floats must not depend on the order of a map
		norm, from := 0.0, len(out)
		for _, p := range at {
			if v := (1 + math.Log(counts[p])) * rare[p]; v != 0 {
				norm += v * v
				out = append(out, feature{p, v})
			}
		}
		if norm == 0 {
			continue
		}
		for i := range out[from:] {
			out[from+i].value *= share[b] / math.Sqrt(norm)
		}
	}
	return out
}

// frequencies returns in how many of the texts each place occurs.
func frequencies(texts []*reading) []uint32 {
	seen := make([]uint32, places)
	for _, t := range texts {
		in := map[uint32]bool{}
		for _, counts := range t.counts {
			for p := range counts {
				in[p] = true
			}
		}
		for p := range in {
			seen[p]++
		}
	}
	return seen
}

// rarity returns log((1+texts)/(1+texts with the place)) + 1 by place, 0 where
// no text has it.
func rarity(frequency []uint32, texts int) []float64 {
	rare := make([]float64, len(frequency))
	for p, n := range frequency {
		if n > 0 {
			rare[p] = math.Log((1+float64(texts))/(1+float64(n))) + 1
		}
	}
	return rare
}

func union(a, b []int) []int {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}
