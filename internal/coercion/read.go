package coercion

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed weights.bin
var weights []byte

//go:embed taught.bin
var taught []byte

var shipped = sync.OnceValues(func() (*Model, error) {
	if _, err := shippedRules(); err != nil {
		return nil, err
	}
	public, err := Decode(weights)
	if err != nil {
		return nil, err
	}
	ours, err := Decode(taught)
	if err != nil {
		return nil, err
	}
	return public.Beside(ours), nil
})

// Default returns the shipped model. It errs where the build is broken, and
// then nothing may be said that nobody has read.
func Default() (*Model, error) { return shipped() }

// Ruling is what may be done with a text. The zero value may not be used.
type Ruling uint8

// Rulings.
const (
	Unread Ruling = iota
	Pass          // calm
	Ask           // a person decides
	Stop          // it presses or is eerie
)

var rulingWords = [...]string{"unread", "pass", "ask", "stop"}

// String returns the word used in answers and receipts.
func (r Ruling) String() string {
	if int(r) < len(rulingWords) {
		return rulingWords[r]
	}
	return rulingWords[0]
}

// Finding is what the reader thinks of a text.
type Finding struct {
	Ruling   Ruling
	Score    float64  // 0 calm to 1 pressing
	Category Category // the worst; Calm where nothing was found
	Words    []string // that decided, the heaviest first; at most five
	Claims   []Claim
	Calmer   string // what could be said instead, "" for calm copy
}

// What a rule's hit is worth at least.
const (
	stopScore = 0.97
	askScore  = 0.60
)

// Read reads one text, at most MaxText bytes, of which more is not read but
// stopped. Language is where the calmer words come from, and copy in one that the
// reader does not know is never more than asked about; facts may be nil.
func (m *Model) Read(text, language string, facts *Facts) Finding {
	f := m.read(text, language, facts)
	if m.beside != nil {
		other := m.beside.read(text, language, facts)
		if other.Ruling > f.Ruling || other.Ruling == f.Ruling && other.Score > f.Score {
			f, other = other, f
		}
		f.Score = max(f.Score, other.Score)
	}
	if f.Ruling == Pass && Foreign(text, language) { // the score stands: it says nothing
		f.Ruling, f.Calmer = Ask, unreadWords
	}
	return f
}

func (m *Model) read(text, language string, facts *Facts) Finding {
	if len(text) > MaxText {
		return Finding{Ruling: Stop, Score: 1, Category: Sneaking, Calmer: "Copy is at most 16 KB."}
	}
	r := take(normal(text), m.known, hitsOf)
	f := Finding{Score: m.probability(m.margin(r)), Claims: claims(text, facts)}
	f.Category = m.category(r)
	stop, ask := f.Score > m.stopAbove, f.Score > m.askAbove
	ruled := false // by a rule that is enough: what it names counts more than the model's guess
	for _, i := range r.hits {
		rule := &rules()[i]
		switch {
		case rule.sure == stopping && !ruled:
			stop, ruled, f.Category = true, true, rule.category
			f.Score = max(f.Score, stopScore)
		case rule.sure == asking && !stop && !ask:
			ask, f.Category = true, rule.category
			f.Score = max(f.Score, askScore)
		case rule.sure == clearing:
			return Finding{Ruling: Pass, Claims: f.Claims}
		}
	}
	for _, c := range f.Claims {
		switch c.Truth {
		case False:
			stop, f.Category, f.Score = true, c.Of, 1
		case Unproved:
			if !stop && !ask {
				ask, f.Category = true, c.Of
			}
			f.Score = max(f.Score, askScore)
		}
	}
	// A true claim and nothing worse: people may know it, but a person looks at
	// how it is said.
	if stop && len(f.Claims) > 0 && allTrue(f.Claims) && !m.pressesBeside(r, f.Claims) {
		stop, ask = false, true
	}
	switch {
	case stop:
		f.Ruling = Stop
	case ask:
		f.Ruling = Ask
	default:
		f.Ruling, f.Category = Pass, Calm
		return f
	}
	f.Words, f.Calmer = m.deciding(r), calmerWords(f.Category, language)
	return f
}

func allTrue(list []Claim) bool {
	for _, c := range list {
		if c.Truth != True {
			return false
		}
	}
	return true
}

// pressesBeside reports whether a rule that stops hit for another reason than
// the claims.
func (m *Model) pressesBeside(r *reading, list []Claim) bool {
	of := [Categories]bool{}
	for _, c := range list {
		of[c.Of] = true
	}
	for _, i := range r.hits {
		rule := &rules()[i]
		if rule.sure == stopping && !of[rule.category] {
			return true
		}
	}
	return false
}

// category returns the category whose plane the text is farthest beyond, or
// nearest to.
func (m *Model) category(r *reading) Category {
	x := r.vector(m.rare)
	best, at := Calm, 0.0
	for k, plane := range m.planes {
		if plane == nil {
			continue
		}
		if margin := dot(plane, x) + m.biases[k]; best == Calm || margin > at {
			best, at = Category(k), margin
		}
	}
	return best
}

// wordsNamed is how many words a finding names.
const wordsNamed = 5

// deciding shares each feature's part of the margin among the words it came
// from, and returns those that pressed most.
func (m *Model) deciding(r *reading) []string {
	value := map[uint32]float64{}
	for _, f := range r.vector(m.rare) {
		value[f.at] = f.value * m.plane[f.at]
	}
	part := make([]float64, len(r.words))
	for _, s := range r.spans {
		n := float64(s.to-s.from) * r.counts[s.block][s.at]
		for i := s.from; i < s.to; i++ {
			part[i] += value[s.at] / n
		}
	}
	text := strings.Join(r.words, " ")
	for _, i := range r.hits { // what a rule found counts in full: the model may not know it
		if rule := &rules()[i]; rule.sure != hinting {
			found := words(rule.pattern.FindString(text))
			for j, w := range r.words {
				if slices.Contains(found, w) {
					part[j]++
				}
			}
		}
	}
	order := make([]int, 0, len(part))
	for i, p := range part {
		if p > 0 && plainWord(r.words[i]) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(part[b], part[a]) })
	var named []string
	for _, i := range order {
		if len(named) < wordsNamed && !slices.Contains(named, r.words[i]) {
			named = append(named, r.words[i])
		}
	}
	return named
}
