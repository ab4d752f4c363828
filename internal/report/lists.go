package report

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/noise"
)

// Lists set up public lists of what goes with an item: for pages that a cache
// serves, and for devices. They say the same to everybody and so can be watched:
// whoever compares two of them learns what was bought in between (Calandrino and
// others, "You Might Also Like", S&P 2011). What stands against it: only items
// that many touched have a list, lists are released seldom and for many changes
// at once, each edition counts with fresh noise, and an edition changes a list
// only where the noised counts differ by a margin; what stays keeps its place, so
// that nothing is to be seen of who came in below it.
type Lists struct {
	Published bool          `yaml:"published" doc:"publish lists of what goes with an item, for caches; the same for everybody"`
	Every     time.Duration `yaml:"every" doc:"how long an edition stands, a day at least; lists change together or not at all"`
	Days      int           `yaml:"days" doc:"how many days before an edition count"`
	Least     int           `yaml:"least" doc:"people that an item needs to have a list, or to stand in one"`
	Length    int           `yaml:"length" doc:"items of a list"`
	Items     int           `yaml:"items" doc:"items of one person that count, drawn by lot anew for each edition"`
	Deviation int           `yaml:"deviation" doc:"standard deviation of the noise on how many people touched two items"`
	Margin    int           `yaml:"margin" doc:"people by which an item must be ahead to take another's place in a list"`
}

// DefaultLists are as measured by `tactful replay --rows lists`.
func DefaultLists() Lists {
	var l Lists
	l.Defaults()
	return l
}

// Defaults fills what is not set.
func (l *Lists) Defaults() {
	for field, value := range map[*int]int{&l.Days: 365, &l.Least: 100, &l.Length: ListLength, &l.Items: 50, &l.Deviation: 3, &l.Margin: 12} {
		if *field == 0 {
			*field = value
		}
	}
	if l.Every == 0 {
		l.Every = 7 * day
	}
}

// Validate refuses lists that would tell.
func (l *Lists) Validate() error {
	var faults []error
	fault := func(field, remedy string) {
		faults = append(faults, tactful.InvalidField("reports.lists."+field, "is out of range", remedy))
	}
	if l.Every < day || l.Every > 366*day {
		fault("every", "use 24h to 8784h; a week is the default")
	}
	if l.Days < 1 || l.Days > 730 {
		fault("days", "use 1 to 730")
	}
	if l.Least < 100 || l.Least > 1e6 {
		fault("least", "give 100 people or more")
	}
	if l.Length < 1 || l.Length > 100 {
		fault("length", "use 1 to 100")
	}
	if l.Items < 2 || l.Items > 100 {
		fault("items", "use 2 to 100")
	}
	if l.Deviation < 3 || l.Deviation > 10_000 {
		fault("deviation", "use 3 or more")
	}
	if l.Margin < 2*l.Deviation || l.Margin > 100_000 {
		fault("margin", "use twice the deviation or more; four times is the default")
	}
	return errors.Join(faults...)
}

// Cost is what an edition tells of one person at most: in how many pairs and items
// they count, over the variance. It is large: noise that made it small would leave
// no list but of a very large crowd. What the lists tell an attacker is measured.
func (l *Lists) Cost() noise.Cost {
	cost, err := noise.CostOfGaussian(noise.Ratio{Num: uint64(l.Items * (l.Items + 1) / 2), Den: 1}, l.variance())
	if err != nil {
		return noise.MaxCost
	}
	return cost
}

func (l *Lists) variance() noise.Ratio {
	return noise.Ratio{Num: uint64(l.Deviation) * uint64(l.Deviation), Den: 1}
}

// MostTogether bounds the items that Together counts pairs of.
const MostTogether = 8192

// Together counts how many people touched each pair of items.
type Together struct {
	items int
	pairs []uint32 // item a < b at b(b-1)/2+a
	alone []uint32
}

// NewTogether counts over items 0 to items-1.
func NewTogether(items int) (*Together, error) {
	if items < 1 || items > MostTogether {
		return nil, tactful.InvalidField("items", "are too many", "count pairs of the most touched 8192 items")
	}
	return &Together{items: items, pairs: make([]uint32, items*(items-1)/2), alone: make([]uint32, items)}, nil
}

// Add counts one person's items, ascending and each once.
func (t *Together) Add(history []uint32) { t.change(history, 1) }

// Remove takes them out again.
func (t *Together) Remove(history []uint32) { t.change(history, ^uint32(0)) }

func (t *Together) change(history []uint32, by uint32) {
	for i, b := range history {
		t.alone[b] += by
		row := t.pairs[int(b)*(int(b)-1)/2:]
		for _, a := range history[:i] {
			row[a] += by
		}
	}
}

// Exact are the lists without noise, of every item: what must not be public.
func (t *Together) Exact(length int) [][]int32 {
	scale := make([]float64, t.items)
	for i, n := range t.alone {
		if n > 0 {
			scale[i] = 1 / math.Sqrt(float64(n))
		}
	}
	best := newShelves(t.items, length)
	at := 0
	for b := range t.items {
		for a := range b {
			if n := float64(t.pairs[at]) * scale[a] * scale[b]; n > 0 {
				best.put(a, listed{int32(b), n})
				best.put(b, listed{int32(a), n})
			}
			at++
		}
	}
	return best.lists()
}

// Release makes an edition of public lists after the one before, nil for the first.
// It draws fresh noise for every item, and for every pair of items that have a list,
// also of those that nobody touched together, and makes the lists of nothing else
// but that and the edition before. An item without a list has none.
func (t *Together) Release(ctx context.Context, set Lists, before [][]int32, source *noise.Source) ([][]int32, error) {
	if err := set.Validate(); err != nil {
		return nil, err
	}
	variance := set.variance()
	scale := make([]float64, t.items) // 0: has no list
	for i, n := range t.alone {
		x, err := source.Gaussian(variance)
		if err != nil {
			return nil, err
		}
		if noised := int64(n) + x; n >= uint32(set.Least) && noised >= int64(set.Least) {
			scale[i] = 1 / math.Sqrt(float64(noised))
		}
	}
	stood := newStanding(t.items, before)
	best := newShelves(t.items, set.Length)
	at := 0
	for b := range t.items {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		stood.turn(b)
		for a := range b {
			if scale[a] > 0 && scale[b] > 0 {
				x, err := source.Gaussian(variance)
				if err != nil {
					return nil, err
				}
				n := int64(t.pairs[at]) + x
				for _, one := range []struct {
					of, item int
					stands   bool
				}{{a, b, stood.standsIn[a]}, {b, a, stood.holds[a]}} {
					ahead := n
					if one.stands {
						ahead += int64(set.Margin)
					}
					if ahead > 0 {
						best.put(one.of, listed{int32(one.item), float64(ahead) * scale[a] * scale[b]})
					}
				}
			}
			at++
		}
	}
	lists := best.lists()
	for i := range lists {
		if i < len(before) {
			lists[i] = inOldOrder(lists[i], before[i])
		}
	}
	return lists, nil
}

// inOldOrder puts what stood in a list before first, as it stood, and what is new last.
func inOldOrder(list, before []int32) []int32 {
	out := make([]int32, 0, len(list))
	for _, item := range before {
		if slices.Contains(list, item) {
			out = append(out, item)
		}
	}
	for _, item := range list {
		if !slices.Contains(before, item) {
			out = append(out, item)
		}
	}
	return out
}

// standing knows of the edition before, for one item at a time, in whose lists it
// stands and what its own list holds.
type standing struct {
	before          [][]int32
	in              [][]int32 // by item: whose lists it stands in
	standsIn, holds []bool
	of              int
}

func newStanding(items int, before [][]int32) *standing {
	s := &standing{before: before, in: make([][]int32, items), standsIn: make([]bool, items), holds: make([]bool, items), of: -1}
	for i, list := range before {
		for _, item := range list {
			s.in[item] = append(s.in[item], int32(i))
		}
	}
	return s
}

func (s *standing) turn(to int) {
	mark := func(of int, stands bool) {
		if of < 0 || of >= len(s.before) {
			return
		}
		for _, i := range s.in[of] {
			s.standsIn[i] = stands
		}
		for _, i := range s.before[of] {
			s.holds[i] = stands
		}
	}
	mark(s.of, false)
	mark(to, true)
	s.of = to
}

// listed is an item with its cosine.
type listed struct {
	item  int32
	score float64
}

func (a listed) before(b listed) bool {
	return a.score > b.score || a.score == b.score && a.item < b.item
}

// shelves are the best of each list, best first, ties by number.
type shelves struct {
	best   [][]listed
	length int
}

func newShelves(items, length int) *shelves {
	return &shelves{best: make([][]listed, items), length: length}
}

func (s *shelves) put(i int, x listed) {
	list := s.best[i]
	if len(list) == s.length && !x.before(list[s.length-1]) {
		return
	}
	at, _ := slices.BinarySearchFunc(list, x, func(a, b listed) int {
		if a.before(b) {
			return -1
		}
		return 1
	})
	if len(list) == s.length {
		list = list[:s.length-1]
	}
	s.best[i] = slices.Insert(list, at, x)
}

func (s *shelves) lists() [][]int32 {
	out := make([][]int32, len(s.best))
	for i, list := range s.best {
		for _, x := range list {
			out[i] = append(out[i], x.item)
		}
	}
	return out
}
