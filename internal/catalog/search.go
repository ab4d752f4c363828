package catalog

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/tactful/tactful"
)

// Hit is one answer to a query.
type Hit struct {
	Item  *tactful.Item
	Score float64 // above 0
}

// The usual constants of BM25 (Robertson and Zaragoza 2009); titles are short,
// so length counts little. A word of the title weighs twice one of a category,
// a word that only begins like the last one typed weighs less than the word.
const (
	saturation   = 1.2
	lengthShare  = 0.3
	titleWeight  = 2
	branchWeight = 1
	prefixWeight = 0.6
	codeBonus    = 100 // the query is an item's own code
	maxTokens    = 16
)

// index finds the items of one bucket by word.
type index struct {
	terms    []string // sorted
	starts   []uint32 // postings of terms[i]: postings[starts[i]:starts[i+1]]
	postings []posting
	lengths  []float32 // by slot
	items    int
	total    float64 // of lengths
}

type posting struct {
	slot   uint16
	weight float32
}

func newIndex(items []*tactful.Item) *index {
	x := &index{lengths: make([]float32, len(items))}
	words := map[string][]posting{}
	var tokens []string
	for slot, item := range items {
		if item == nil {
			continue
		}
		x.items++
		add := func(text string, weight float32) {
			tokens = tokenize(tokens[:0], text)
			for _, token := range tokens {
				list := words[token]
				if n := len(list); n > 0 && list[n-1].slot == uint16(slot) {
					list[n-1].weight += weight
				} else {
					words[token] = append(list, posting{uint16(slot), weight})
				}
				x.lengths[slot] += weight
			}
		}
		add(item.Title, titleWeight)
		for _, category := range item.Categories {
			add(category, branchWeight)
		}
		x.total += float64(x.lengths[slot])
	}
	x.terms = make([]string, 0, len(words))
	for term := range words {
		x.terms = append(x.terms, term)
	}
	slices.Sort(x.terms)
	x.starts = make([]uint32, 0, len(x.terms)+1)
	for _, term := range x.terms {
		x.starts = append(x.starts, uint32(len(x.postings)))
		x.postings = append(x.postings, words[term]...)
	}
	x.starts = append(x.starts, uint32(len(x.postings)))
	return x
}

// find returns the range of terms that a token means: the term itself, or with
// prefix all that begin with it. exact is the term's place, -1 if it is not there.
func (x *index) find(token string, prefix bool) (from, to, exact int) {
	from = sort.SearchStrings(x.terms, token)
	exact, to = -1, from
	if from < len(x.terms) && x.terms[from] == token {
		exact, to = from, from+1
	}
	if prefix {
		to = from + sort.Search(len(x.terms)-from, func(i int) bool { return !strings.HasPrefix(x.terms[from+i], token) })
	}
	return from, to, exact
}

// Search returns the items that answer the query, best first, ties by number.
// Words are compared without case, accents and a plural s; the last word may be
// unfinished. Items that have all the words come before those that have some.
func (s *Snapshot) Search(query string, limit int) []Hit {
	tokens := tokenize(nil, query)
	if len(tokens) > maxTokens {
		tokens = tokens[:maxTokens]
	}
	own := s.ByID(strings.TrimSpace(query))
	if limit < 1 || (len(tokens) == 0 && own == nil) {
		return nil
	}
	inverse, average := s.weigh(tokens)
	var hits []Hit
	if own != nil {
		hits = append(hits, Hit{own, codeBonus})
	}
	var sheet scoreSheet
	floor := 0.0 // a hit with no more than this can be in the answer no longer
	for _, b := range s.buckets {
		if b == nil {
			continue
		}
		sheet.reset()
		for i, token := range tokens {
			if inverse[i] > 0 {
				sheet.mark(b.index, token, i == len(tokens)-1, inverse[i], average)
			}
		}
		for _, slot := range sheet.touched {
			item := b.items[slot]
			if item == own {
				continue
			}
			share := float64(sheet.matched[slot]) / float64(len(tokens))
			score := sheet.score[slot] * share * share
			if score < floor {
				continue
			}
			if hits = append(hits, Hit{item, score}); len(hits) >= 4*limit {
				slices.SortFunc(hits, better)
				hits = hits[:limit]
				floor = hits[limit-1].Score
			}
		}
	}
	slices.SortFunc(hits, better)
	return hits[:min(limit, len(hits))]
}

// better orders hits: the higher score first, of equal ones the lower number.
func better(a, b Hit) int {
	if a.Score != b.Score {
		return cmp.Compare(b.Score, a.Score)
	}
	return cmp.Compare(a.Item.No, b.Item.No)
}

// weigh returns the inverse document frequency of each token over the whole
// catalogue, 0 for tokens nobody has, and the average length.
func (s *Snapshot) weigh(tokens []string) (inverse []float64, average float64) {
	having := make([]int, len(tokens))
	items, total := 0, 0.0
	for _, b := range s.buckets {
		if b == nil {
			continue
		}
		b.derive()
		items += b.index.items
		total += b.index.total
		for i, token := range tokens {
			from, to, _ := b.index.find(token, i == len(tokens)-1)
			having[i] += int(b.index.starts[to] - b.index.starts[from])
		}
	}
	inverse = make([]float64, len(tokens))
	for i, n := range having {
		if n > 0 {
			n = min(n, items)
			inverse[i] = math.Log(1 + (float64(items-n)+0.5)/(float64(n)+0.5))
		}
	}
	return inverse, total / float64(max(items, 1))
}

// scoreSheet holds the scores of one bucket; it is used again for the next.
type scoreSheet struct {
	score   [bucketSize]float64
	best    [bucketSize]float64 // of the present token
	matched [bucketSize]uint8
	touched []uint16
	now     []uint16 // touched by the present token
}

func (t *scoreSheet) reset() {
	for _, slot := range t.touched {
		t.score[slot], t.matched[slot] = 0, 0
	}
	t.touched = t.touched[:0]
}

// mark adds one token: each item counts the best of the terms that it means.
func (t *scoreSheet) mark(x *index, token string, prefix bool, inverse, average float64) {
	from, to, exact := x.find(token, prefix)
	t.now = t.now[:0]
	for term := from; term < to; term++ {
		weight := inverse
		if term != exact {
			weight *= prefixWeight
		}
		for _, p := range x.postings[x.starts[term]:x.starts[term+1]] {
			w := float64(p.weight)
			length := 1 - lengthShare + lengthShare*float64(x.lengths[p.slot])/average
			value := weight * w * (saturation + 1) / (w + saturation*length)
			if t.best[p.slot] == 0 {
				t.now = append(t.now, p.slot)
			}
			t.best[p.slot] = max(t.best[p.slot], value)
		}
	}
	for _, slot := range t.now {
		if t.matched[slot] == 0 {
			t.touched = append(t.touched, slot)
		}
		t.matched[slot]++
		t.score[slot] += t.best[slot]
		t.best[slot] = 0
	}
}
