package coercion

import (
	"context"
	"math"
	"slices"

	"github.com/tactful/tactful"
)

// Example is a text that somebody has judged.
type Example struct {
	Text     string
	Category Category // Calm: it neither presses nor is eerie
}

// Options of training. The zero value is what the shipped weights were made with.
type Options struct {
	Gap   float64 // what a text on the wrong side costs against a wide gap; 0: 0.3
	Folds int     // 0: 5
	Seed  uint64
}

func (o Options) filled() Options {
	if o.Gap == 0 {
		o.Gap = 0.3
	}
	if o.Folds == 0 {
		o.Folds = 5
	}
	return o
}

// leastTexts is in how many texts a place must occur to be weighed.
const leastTexts = 2

// MaxExamples bounds what is trained on.
const MaxExamples = 100_000

// corpus is examples made ready, with the rules' hits kept: they are slow to
// find and the same in every fold.
type corpus struct {
	texts    []string // in the normal form
	category []Category
	pressing []bool
	family   []int
	hits     map[string][]int
}

func newCorpus(examples []Example) (*corpus, error) {
	c := &corpus{hits: map[string][]int{}}
	kinds := [2]int{}
	for i, e := range examples {
		if len(e.Text) > MaxText {
			return nil, &tactful.Error{Kind: tactful.Invalid, Field: "text", Detail: "a text is longer than 16 KB", Remedy: "cut it into the pieces that are shown"}
		}
		c.texts = append(c.texts, normal(e.Text))
		c.category = append(c.category, e.Category)
		c.pressing = append(c.pressing, e.Category != Calm)
		if c.pressing[i] {
			kinds[1]++
		} else {
			kinds[0]++
		}
	}
	if len(examples) > MaxExamples || min(kinds[0], kinds[1]) < 20 {
		return nil, tactful.InvalidField("texts", "are too few or too many to learn from", "give at least 20 calm and 20 pressing ones, and at most 100,000")
	}
	c.family = families(c.texts)
	return c, nil
}

func (c *corpus) hitsOf(text string) []int {
	hits, ok := c.hits[text]
	if !ok {
		hits = hitsOf(text)
		c.hits[text] = hits
	}
	return hits
}

// learnt is a plane for pressing or calm, and one for each category.
type learnt struct {
	known     vocabulary
	texts     int
	frequency []uint32
	rare      []float64
	plane     []float64
	bias      float64
	planes    [Categories][]float64 // nil: no text was of the category
	biases    [Categories]float64
}

// learn fits the planes to the chosen texts.
func (c *corpus) learn(which []int, o Options, categories bool) *learnt {
	l := &learnt{texts: len(which), known: c.vocabulary(which)}
	readings := make([]*reading, len(which))
	for n, i := range which {
		readings[n] = take(c.texts[i], l.known, c.hitsOf)
	}
	l.frequency = frequencies(readings)
	for p, n := range l.frequency {
		if n < leastTexts {
			l.frequency[p] = 0
		}
	}
	l.rare = rarity(l.frequency, l.texts)
	x := make([][]feature, len(which))
	for n, r := range readings {
		x[n] = r.vector(l.rare)
	}
	against := func(is func(int) bool) (y []float64, some int) {
		y = make([]float64, len(which))
		for n, i := range which {
			y[n] = -1
			if is(i) {
				y[n] = 1
				some++
			}
		}
		return y, some
	}
	y, _ := against(func(i int) bool { return c.pressing[i] })
	l.plane, l.bias = separate(x, y, o.Gap, o.Seed)
	if !categories {
		return l
	}
	for k := Calm + 1; k < Categories; k++ {
		if y, some := against(func(i int) bool { return c.category[i] == k }); some > 0 {
			l.planes[k], l.biases[k] = separate(x, y, o.Gap, o.Seed)
		}
	}
	return l
}

func (c *corpus) vocabulary(which []int) vocabulary {
	var known vocabulary
	for _, i := range which {
		for _, w := range words(c.texts[i]) {
			if plainWord(w) && len(w) < 64 {
				known = append(known, w)
			}
		}
	}
	slices.Sort(known)
	return slices.Compact(known)
}

// margin is how far a text lies on the pressing side.
func (l *learnt) margin(r *reading) float64 { return dot(l.plane, r.vector(l.rare)) + l.bias }

// outside returns each text's margin under a model that saw neither it nor its
// near twins.
func (c *corpus) outside(ctx context.Context, o Options, texts []string, progress func(done, of int)) ([]float64, error) {
	fold := deal(c.family, o.Folds, o.Seed)
	margins := make([]float64, len(texts))
	for f := range o.Folds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var which []int
		for i := range fold {
			if fold[i] != f {
				which = append(which, i)
			}
		}
		l := c.learn(which, o, false)
		for i := range texts {
			if fold[i] == f {
				margins[i] = l.margin(take(texts[i], l.known, c.hitsOf))
			}
		}
		if progress != nil {
			progress(f+1, o.Folds)
		}
	}
	return margins, nil
}

// CrossValidate says how well texts are told that were not seen in training, in
// folds that keep near twins together.
func CrossValidate(ctx context.Context, examples []Example, o Options, progress func(done, of int)) (Scores, error) {
	o = o.filled()
	c, err := newCorpus(examples)
	if err != nil {
		return Scores{}, err
	}
	margins, err := c.outside(ctx, o, c.texts, progress)
	if err != nil {
		return Scores{}, err
	}
	return Measure(margins, c.pressing, 0), nil
}

// CrossValidateChanged is CrossValidate on texts that were changed after
// training, as somebody would who wants to slip through; change gets the text
// and its place.
func CrossValidateChanged(ctx context.Context, examples []Example, o Options, change func(string, int) string, progress func(done, of int)) (Scores, error) {
	o = o.filled()
	c, err := newCorpus(examples)
	if err != nil {
		return Scores{}, err
	}
	changed := make([]string, len(examples))
	for i, e := range examples {
		changed[i] = normal(change(e.Text, i))
	}
	margins, err := c.outside(ctx, o, changed, progress)
	if err != nil {
		return Scores{}, err
	}
	return Measure(margins, c.pressing, 0), nil
}

// Train makes a model of the texts. How sure it is, and from where on it stops
// or asks, comes from folds and not from the texts it has learnt by heart.
func Train(ctx context.Context, examples []Example, o Options, progress func(done, of int)) (*Model, error) {
	o = o.filled()
	c, err := newCorpus(examples)
	if err != nil {
		return nil, err
	}
	margins, err := c.outside(ctx, o, c.texts, progress)
	if err != nil {
		return nil, err
	}
	all := make([]int, len(examples))
	for i := range all {
		all[i] = i
	}
	m := pack(c.learn(all, o, true))
	m.slope, m.offset = sigmoid(margins, c.pressing)
	m.askAbove = m.probability(quantileOfCalm(margins, c.pressing, 0.05))
	m.stopAbove = m.probability(quantileOfCalm(margins, c.pressing, 0.01))
	return m, nil
}

// quantileOfCalm returns the margin that a share of the calm texts exceeds.
func quantileOfCalm(margins []float64, pressing []bool, share float64) float64 {
	var calm []float64
	for i, margin := range margins {
		if !pressing[i] {
			calm = append(calm, margin)
		}
	}
	slices.Sort(calm)
	return calm[len(calm)-1-int(share*float64(len(calm)))]
}

// sigmoid fits 1/(1+exp(-(slope·margin+offset))) to what was pressing, by Newton's
// method on Platt's smoothed targets (Lin, Lin and Weng 2007).
func sigmoid(margins []float64, pressing []bool) (slope, offset float64) {
	var yes, no float64
	for _, p := range pressing {
		if p {
			yes++
		} else {
			no++
		}
	}
	slope, offset = 1, 0
	for range 100 {
		var ga, gb, haa, hab, hbb float64
		for i, x := range margins {
			target := 1 / (no + 2)
			if pressing[i] {
				target = (yes + 1) / (yes + 2)
			}
			p := 1 / (1 + math.Exp(-(slope*x + offset)))
			d, h := p-target, max(p*(1-p), 1e-9)
			ga, gb = ga+d*x, gb+d
			haa, hab, hbb = haa+h*x*x, hab+h*x, hbb+h
		}
		haa, hbb = haa+1e-9, hbb+1e-9
		det := haa*hbb - hab*hab
		da, db := (hbb*ga-hab*gb)/det, (haa*gb-hab*ga)/det
		slope, offset = slope-da, offset-db
		if math.Abs(da)+math.Abs(db) < 1e-10 {
			break
		}
	}
	return slope, offset
}

// wholeSentence is how long a text is that is no label of a button. Ours say "Not
// now" calmly, the public ones mean it otherwise.
const wholeSentence = 30

// Train2 fits the two models that read side by side. The first learns the public
// texts, and of ours the calm sentences; the second the calm public ones and all of
// ours.
func Train2(ctx context.Context, public, ours []Example, o Options, progress func(done, of int)) (*Model, *Model, error) {
	calm := func(list []Example) (out []Example) {
		for _, e := range list {
			if e.Category == Calm {
				out = append(out, e)
			}
		}
		return out
	}
	sentences := slices.DeleteFunc(calm(ours), func(e Example) bool { return len(e.Text) < wholeSentence })
	first, err := Train(ctx, slices.Concat(public, sentences), o, progress)
	if err != nil {
		return nil, nil, err
	}
	second, err := Train(ctx, slices.Concat(calm(public), ours), o, progress)
	if err != nil {
		return nil, nil, err
	}
	return first, second, nil
}

// CrossValidateBeside measures both readers together on the public texts: neither
// has seen the fold that it reads, nor a near twin of it. change is as in
// CrossValidateChanged.
func CrossValidateBeside(ctx context.Context, public, ours []Example, o Options, change func(string, int) string, progress func(done, of int)) (Scores, error) {
	o = o.filled()
	c, err := newCorpus(public)
	if err != nil {
		return Scores{}, err
	}
	fold := deal(c.family, o.Folds, o.Seed)
	score := make([]float64, len(public))
	for k := range o.Folds {
		var rest []Example
		for i, e := range public {
			if fold[i] != k {
				rest = append(rest, e)
			}
		}
		first, second, err := Train2(ctx, rest, ours, o, nil)
		if err != nil {
			return Scores{}, err
		}
		both := first.Beside(second)
		for i, e := range public {
			if fold[i] == k {
				score[i] = both.Read(change(e.Text, i), "en", nil).Score
			}
		}
		if progress != nil {
			progress(k+1, o.Folds)
		}
	}
	return Measure(score, c.pressing, 0.5), nil
}
