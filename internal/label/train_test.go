package label

import (
	"flag"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tactful/tactful/internal/catalog"
	"github.com/tactful/tactful/internal/decision"
)

var update = flag.Bool("update", false, "rewrite the classifier's weights")

// What the training is made of. Titles are put together from the phrases of the
// catalogues and from ordinary wares, with the spellings and compounds that a
// catalogue of whole phrases does not find.
const (
	trainSeed    = 6
	trainBuckets = 4096
	trainTitles  = 240 // a class
	trainRounds  = 12
	trainRate    = 2.0
	trainDecay   = 2e-5
	ordinaryPer  = 8 // ordinary titles for each one of a class
)

// title is one line to learn from; class noClass is ordinary. One that is not of a
// class teaches nothing about the others.
type title struct {
	words []string
	class decision.Class
	not   bool
}

// generator makes titles from a seed.
type generator struct {
	random   *rand.Rand
	ordinary []string
	shop     []string // every second title of the demo shop in which no phrase stands
}

var endings = []string{"", "", "s", "er", "es", "en", "e", "ing", "y", "ung", "set", "kit", "test", "pack"}

// spell writes a phrase out: what a star stands for becomes an ending.
func (g *generator) spell(p *phrase) string {
	var b strings.Builder
	for i, part := range p.parts {
		if i > 0 {
			b.WriteByte(' ')
		}
		switch part.shape {
		case ends:
			b.WriteString(g.pick([]string{"", "super", "haus", "edel"}))
			b.WriteString(part.text)
		case begins:
			b.WriteString(part.text)
			b.WriteString(g.pick(endings))
		case whole:
			b.WriteString(part.text)
		}
	}
	return b.String()
}

func (g *generator) pick(list []string) string { return list[g.random.IntN(len(list))] }

// slip misspells: a letter lost, doubled or swapped, or two words written as one.
func (g *generator) slip(text string) string {
	letters := []rune(text)
	if len(letters) < 7 || g.random.IntN(2) > 0 {
		return text
	}
	at := 2 + g.random.IntN(len(letters)-4)
	switch g.random.IntN(4) {
	case 0:
		return string(letters[:at]) + string(letters[at+1:])
	case 1:
		return string(letters[:at+1]) + string(letters[at:])
	case 2:
		letters[at], letters[at+1] = letters[at+1], letters[at]
		return string(letters)
	}
	return strings.Replace(text, " ", "", 1)
}

func (g *generator) titles(l *Labeller, each int) []title {
	byClass := map[decision.Class][]*phrase{}
	var excepted, subjects []*phrase
	collect := func(lists map[string][]*phrase) {
		for _, key := range slices.Sorted(maps.Keys(lists)) {
			for _, p := range lists[key] {
				switch p.sort {
				case says:
					byClass[p.class] = append(byClass[p.class], p)
				case except:
					excepted = append(excepted, p)
				case around:
					subjects = append(subjects, p)
				}
			}
		}
	}
	collect(l.words.byWord)
	collect(l.words.byStart)
	collect(l.words.byEnd)
	var all []title
	add := func(text string, class decision.Class) {
		all = append(all, title{words: catalog.Words(nil, text), class: class})
	}
	for c := range l.tax.classes {
		class := decision.Class(c)
		for i := 0; i < each && len(byClass[class]) > 0; i++ {
			said := g.slip(g.spell(byClass[class][(i+g.random.IntN(3))%len(byClass[class])]))
			switch g.random.IntN(4) {
			case 0:
				said = g.pick(g.ordinary) + " " + said
			case 1:
				said += " " + g.pick(g.ordinary)
			case 2:
				said += g.pick(g.ordinary)
			}
			add(said, class)
			for range ordinaryPer / 2 {
				add(g.pick(g.ordinary)+" "+g.pick(g.ordinary), noClass)
				add(g.slip(g.pick(g.ordinary)+" "+g.pick(g.ordinary)+" "+g.pick(g.ordinary)), noClass)
			}
		}
	}
	for _, text := range g.shop {
		add(text, noClass)
		add(g.pick(strings.Fields(text)), noClass)
	}
	for range 6 {
		for _, p := range excepted {
			add(g.spell(p)+" "+g.pick(g.ordinary), noClass)
		}
	}
	for range 100 { // a subject is not the harm that gathers around it
		for _, p := range subjects {
			said := g.spell(p)
			for range g.random.IntN(3) {
				said += " " + g.pick(g.ordinary)
			}
			all = append(all, title{words: catalog.Words(nil, said), class: p.class, not: true})
		}
	}
	g.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func ordinaryWares(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/ordinary.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	return list
}

// shopTitles are half of the demo shop's titles; the other half measures. See
// internal/retail/README.md for whose they are.
func shopTitles(t testing.TB, l *Labeller) []string {
	t.Helper()
	text, err := os.ReadFile("../retail/items.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	row := 0
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if row++; len(fields) != 3 || row%2 == 0 {
			continue
		}
		if len(l.words.find(nil, catalog.Words(nil, fields[2]))) == 0 {
			titles = append(titles, fields[2])
		}
	}
	return titles
}

// trainClassifier fits one logistic model a class by stochastic gradient descent
// (Bottou 2010), in a fixed order, so that the same words give the same bytes.
func trainClassifier(t testing.TB) (*classifier, []string) {
	t.Helper()
	l := &Labeller{tax: newTaxonomy(&Config{}), words: newPhrases(), iab: map[string]branch{}, google: map[int]branch{}}
	for _, language := range languages {
		text, err := files.ReadFile("words/" + language + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		if err := l.readWords(string(text)); err != nil {
			t.Fatal(err)
		}
	}
	g := &generator{random: rand.New(rand.NewPCG(trainSeed, 0)), ordinary: ordinaryWares(t), shop: shopTitles(t, l)}
	all := g.titles(l, trainTitles)
	var names []string
	column := map[decision.Class]int{noClass: -1}
	for c, class := range l.tax.classes {
		if class.Kind != Quality {
			column[decision.Class(c)] = len(names)
			names = append(names, class.Name)
		}
	}
	k := len(names)
	weight, bias := make([]float64, trainBuckets*k), make([]float64, k)
	for c := range bias {
		bias[c] = -4
	}
	type example struct {
		at     []int
		column int
		not    bool
	}
	examples := make([]example, len(all))
	for i, x := range all {
		features(x.words, trainBuckets, func(at int) { examples[i].at = append(examples[i].at, at) })
		examples[i].column, examples[i].not = column[x.class], x.not
	}
	sums := make([]float64, k)
	for round := range trainRounds {
		rate := trainRate / (1 + float64(round)/3)
		for _, x := range examples {
			if len(x.at) == 0 {
				continue
			}
			norm := 1 / math.Sqrt(float64(len(x.at)))
			copy(sums, bias)
			for _, at := range x.at {
				for c, w := range weight[at*k : at*k+k] {
					sums[c] += w * norm
				}
			}
			for c := range sums {
				want := 0.0
				switch {
				case x.not && c != x.column:
					sums[c] = 0
					continue
				case c == x.column && !x.not:
					want = 1
				}
				sums[c] = rate * (want - 1/(1+math.Exp(-sums[c])))
				bias[c] += 0.02 * sums[c]
			}
			for _, at := range x.at {
				row := weight[at*k : at*k+k]
				for c := range row {
					row[c] += sums[c]*norm - rate*trainDecay*row[c]
				}
			}
		}
	}
	m := &classifier{buckets: trainBuckets, weight: make([]int8, len(weight)), bias: make([]float32, k), scale: make([]float32, k)}
	for c := range k {
		most := 0.0
		for at := range trainBuckets {
			most = max(most, math.Abs(weight[at*k+c]))
		}
		m.bias[c], m.scale[c] = float32(bias[c]), float32(most/127)
		for at := range trainBuckets {
			m.weight[at*k+c] = int8(math.Round(weight[at*k+c] / most * 127))
		}
	}
	return m, names
}

func TestTheWeightsAreWhatTheWordsTeach(t *testing.T) {
	m, names := trainClassifier(t)
	packed, err := encodeWeights(m, names)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("weights.gz", packed, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	stored, storedNames, err := decodeWeights(weights)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(names, " ") != strings.Join(storedNames, " ") || stored.buckets != m.buckets {
		t.Fatal("the weights are of other classes; run go test ./internal/label -run Weights -update")
	}
	apart := 0 // exponentials may differ in the last bit between machines
	for i := range m.weight {
		if d := int(m.weight[i]) - int(stored.weight[i]); d < -1 || d > 1 {
			apart++
		}
	}
	if apart > 0 {
		t.Errorf("%d weights are not what the words teach; run go test ./internal/label -run Weights -update", apart)
	}
	if len(weights) > 96<<10 {
		t.Errorf("the weights take %d bytes", len(weights))
	}
}

func TestWeightsSurviveTheirFile(t *testing.T) {
	m, names, err := decodeWeights(weights)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := encodeWeights(m, names)
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := decodeWeights(packed)
	if err != nil {
		t.Fatal(err)
	}
	same := len(again.weight) == len(m.weight) && again.buckets == m.buckets
	for i := range m.weight {
		same = same && m.weight[i] == again.weight[i]
	}
	if !same {
		t.Error("the weights came back otherwise")
	}
}

func FuzzDecodeWeights(f *testing.F) {
	f.Add(weights)
	f.Add([]byte{})
	f.Add([]byte{0x1f, 0x8b})
	f.Fuzz(func(t *testing.T, packed []byte) {
		m, names, err := decodeWeights(packed)
		if err != nil {
			return
		}
		if len(names) == 0 || len(m.weight) != m.buckets*len(names) || len(m.bias) != len(names) {
			t.Fatal("a model of the wrong shape")
		}
		if out := m.shares([]string{"word"}); len(out) != len(names) {
			t.Fatal("shares of the wrong shape")
		}
		again, err := encodeWeights(m, names)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := decodeWeights(again); err != nil {
			t.Fatal(err)
		}
	})
}
