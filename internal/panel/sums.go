package panel

import (
	"math"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/noise"
)

// Member is what one person adds to the sums of their group.
type Member struct {
	History []float64 // share of each category in what they did, at most 1 in all
	List    []float64 // the same of their list
	Served  float64   // how well the list finds what was kept from it, 0 to 1
	Shown   []float64 // share of each declared group of items in the list
}

// unit is how finely shares are counted. Sums are whole numbers, so that exact
// noise can be added.
const unit = 1000

// Sums are what a group's members add up to.
type Sums struct {
	People  int64 // times unit
	History []int64
	List    []int64
	Served  int64
	Shown   []int64
}

// NewSums returns empty sums over so many categories and declared groups of items.
func NewSums(categories, shown int) *Sums {
	return &Sums{History: make([]int64, categories), List: make([]int64, categories), Shown: make([]int64, shown)}
}

// Add counts one person. Whatever they did, they change each of the five parts by
// at most one unit in the Euclidean norm.
func (s *Sums) Add(m *Member) {
	s.People += unit
	add(s.History, m.History)
	add(s.List, m.List)
	add(s.Shown, m.Shown)
	served := []int64{0}
	add(served, []float64{m.Served})
	s.Served += served[0]
}

// add rounds down, and scales what is longer than one. What is no share counts as
// nothing.
func add(to []int64, part []float64) {
	valid := func(v float64) bool { return v > 0 && v <= 1 }
	square := 0.0
	for _, v := range part {
		if valid(v) {
			square += v * v
		}
	}
	scale := unit / math.Sqrt(max(1, square))
	for i := range min(len(to), len(part)) {
		if valid(part[i]) {
			to[i] += int64(part[i] * scale)
		}
	}
}

// parts are the vectors of Sums of which one person changes each by one.
const parts = 5

// Variance is that of the noise which a budget asks for, in units squared, where
// people tell so many attributes. Who tells another value leaves one group and
// joins another: both are counted.
func Variance(budget noise.Cost, attributes int) (noise.Ratio, error) {
	if attributes < 1 {
		return noise.Ratio{}, tactful.InvalidField("attributes", "are none", "declare one")
	}
	return noise.VarianceFor(noise.Ratio{Num: uint64(2 * parts * unit * unit * attributes), Den: 1}, budget)
}

// Noise adds noise to every number.
func (s *Sums) Noise(source *noise.Source, variance noise.Ratio) error {
	all := []*int64{&s.People, &s.Served}
	for _, list := range [][]int64{s.History, s.List, s.Shown} {
		for i := range list {
			all = append(all, &list[i])
		}
	}
	for _, at := range all {
		n, err := source.Gaussian(variance)
		if err != nil {
			return err
		}
		*at += n
	}
	return nil
}
