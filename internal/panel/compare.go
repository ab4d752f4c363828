package panel

import (
	"math"

	"github.com/tactful/tactful/internal/noise"
)

// Estimate is a figure and how far it may be off, by the noise and by chance.
type Estimate struct {
	Value float64 `json:"value"`
	Give  float64 `json:"give"` // 19 times of 20 no further than that
}

// Shift is how much further from even than in histories a category is in lists.
type Shift struct {
	Category string `json:"category"`
	Estimate
}

// Exposure is the share that a declared group of items has in the lists of one
// group of people.
type Exposure struct {
	Of    string  `json:"of"`    // the group of people
	Group string  `json:"group"` // of items, attribute=value
	Least float64 `json:"least"`
	Most  float64 `json:"most,omitempty"`
	Estimate
}

// Comparison is what lists do with two groups.
type Comparison struct {
	Attribute  string     `json:"attribute"`
	Values     [2]string  `json:"values"`
	People     [2]int64   `json:"people"`     // with noise
	Categories int        `json:"categories"` // that are large enough to be compared
	Mean       Estimate   `json:"mean"`       // shift of the groups' shares, away from even
	Worst      Shift      `json:"worst"`
	Served     Estimate   `json:"served"` // how well the worse served group is served, by the other
	Worse      string     `json:"worse"`  // which that is
	Exposure   []Exposure `json:"exposure,omitempty"`
	Beyond     []string   `json:"beyond,omitempty"` // bounds that are broken, beyond doubt
	Held       []string   `json:"held,omitempty"`   // those that are held, beyond doubt; of the others the panel is too small to tell
}

// Bounds are what comparisons are held to.
type Bounds struct{ Mean, Worst, Served float64 }

// Items is a declared group of items with its bounds.
type Items struct {
	Name        string
	Least, Most float64
}

// Words that name broken bounds.
const (
	BeyondMean   = "mean"
	BeyondWorst  = "worst"
	BeyondServed = "served"
	BeyondLeast  = "least"
	BeyondMost   = "most"
)

const (
	sure = 2    // standard deviations of a figure that stands alone
	most = 3    // of the largest of many
	rare = 0.02 // of histories: smaller categories are left out, their shares are chance
)

// group is one group's means with their variances.
type group struct {
	people float64
	noise  float64 // variance of a sum's noise, in people squared
}

func (g *group) of(s *Sums, sum int64) (mean, variance float64) {
	mean = min(1, max(0, float64(sum)/max(float64(s.People), unit)))
	return mean, g.noise*(1+mean*mean)/(g.people*g.people) + mean*(1-mean)/g.people
}

// Compare measures from sums that have their noise.
func Compare(attribute string, values [2]string, sums [2]*Sums, variance noise.Ratio, categories []string, items []Items, bounds Bounds) Comparison {
	c := Comparison{Attribute: attribute, Values: values}
	var groups [2]group
	for i, s := range sums {
		groups[i] = group{people: max(1, float64(s.People)/unit), noise: variance.Float() / unit / unit}
		c.People[i] = int64(math.Round(groups[i].people))
	}
	share := func(pick func(*Sums) int64) (part, size, v float64) {
		a, va := groups[0].of(sums[0], pick(sums[0]))
		b, vb := groups[1].of(sums[1], pick(sums[1]))
		if a+b <= 0 {
			return 0.5, 0, 0.25
		}
		return b / (a + b), (a + b) / 2, (b*b*va + a*a*vb) / math.Pow(a+b, 4)
	}
	c.Worst.Value = math.Inf(-1)
	spread := 0.0
	for k, name := range categories {
		before, size, vb := share(func(s *Sums) int64 { return s.History[k] })
		after, _, va := share(func(s *Sums) int64 { return s.List[k] })
		if size < rare {
			continue
		}
		shift := after - before
		if before < 0.5 {
			shift = -shift
		}
		c.Categories++
		c.Mean.Value += shift
		spread += va + vb
		if off := most * math.Sqrt(va+vb); shift-off > c.Worst.Value-c.Worst.Give || c.Worst.Category == "" {
			c.Worst = Shift{name, Estimate{shift, off}}
		}
	}
	if c.Categories > 0 {
		c.Mean = Estimate{c.Mean.Value / float64(c.Categories), sure * math.Sqrt(spread) / float64(c.Categories)}
	} else {
		c.Worst = Shift{}
	}
	c.serve(groups, sums)
	for i, value := range values {
		for k, g := range items {
			part, v := groups[i].of(sums[i], sums[i].Shown[k])
			c.Exposure = append(c.Exposure, Exposure{Of: value, Group: g.Name, Least: g.Least, Most: g.Most, Estimate: Estimate{part, sure * math.Sqrt(v)}})
		}
	}
	c.hold(bounds)
	return c
}

// serve compares how well both groups are served.
func (c *Comparison) serve(groups [2]group, sums [2]*Sums) {
	a, va := groups[0].of(sums[0], sums[0].Served)
	b, vb := groups[1].of(sums[1], sums[1].Served)
	c.Worse = c.Values[0]
	if b < a {
		a, va, b, vb, c.Worse = b, vb, a, va, c.Values[1]
	}
	if b <= 0 { // nobody is found anything
		c.Served, c.Worse = Estimate{1, 1}, ""
		return
	}
	ratio := a / b
	c.Served = Estimate{ratio, sure * math.Sqrt(va+ratio*ratio*vb) / b}
}

// hold names the bounds that are broken, and those that are held, even if each
// figure is off as far as it may.
func (c *Comparison) hold(bounds Bounds) {
	add := func(word string, broken, held bool) {
		switch {
		case broken:
			c.Beyond = append(c.Beyond, word)
		case held:
			c.Held = append(c.Held, word)
		}
	}
	if c.Categories > 0 {
		add(BeyondMean, c.Mean.above(bounds.Mean), c.Mean.below(bounds.Mean))
		add(BeyondWorst, c.Worst.above(bounds.Worst), c.Worst.below(bounds.Worst))
	}
	add(BeyondServed, c.Served.below(bounds.Served), c.Served.above(bounds.Served))
	var least, over, enough, few = false, false, true, true
	for i := range c.Exposure {
		x := &c.Exposure[i]
		least, enough = least || x.below(x.Least), enough && (x.Least <= 0 || x.above(x.Least))
		over, few = over || x.Most > 0 && x.above(x.Most), few && (x.Most <= 0 || x.below(x.Most))
	}
	if len(c.Exposure) > 0 {
		add(BeyondLeast, least, enough)
		add(BeyondMost, over, few)
	}
}

func (e Estimate) above(bound float64) bool { return e.Value-e.Give > bound }

func (e Estimate) below(bound float64) bool { return e.Value+e.Give < bound }
