package report

import (
	"context"
	"math"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/noise"
)

// Lists set up public lists of what goes with an item: for pages that a cache
// serves, and for devices. They say the same to everybody and so can be watched:
// whoever compares two of them learns what was bought in between (Calandrino and
// others, "You Might Also Like", S&P 2011). Three things stand against it: only
// items that many touched have a list, lists are released seldom and for many
// changes at once, and each release counts with fresh noise.
type Lists struct {
	Least    int         // people that an item needs to have a list, or to stand in one
	Length   int         // of a list
	Variance noise.Ratio // of the noise on each count, at least
	Kept     float64     // share of the exact lists that a release keeps: as much noise is drawn as that allows
}

// DefaultLists are as measured by `tactful replay --rows lists`.
func DefaultLists() Lists {
	return Lists{Least: 250, Length: ListLength, Variance: noise.Ratio{Num: 25, Den: 1}, Kept: 0.88}
}

// Validate refuses lists that would tell.
func (l *Lists) Validate() error {
	switch {
	case l.Least < 100:
		return tactful.InvalidField("least", "is too small", "give 100 people or more; 250 is the default")
	case l.Length < 1 || l.Length > 100:
		return tactful.InvalidField("length", "is out of range", "use 1 to 100")
	case l.Variance.Den == 0 || l.Variance.Float() < 4:
		return tactful.InvalidField("variance", "is too small", "use 4 or more; 25 is the default")
	}
	return nil
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
	pairs := make([]float64, len(t.pairs))
	for i, n := range t.pairs {
		pairs[i] = float64(n)
	}
	return t.lists(pairs, func(int) bool { return true }, length)
}

// Release makes public lists: as much noise as leaves enough of them, and no less
// than the least. It draws fresh noise for every pair of items that have a list, also of
// those that nobody touched together, and makes the lists from nothing else. An
// item without a list has none.
func (t *Together) Release(ctx context.Context, set Lists, source *noise.Source) ([][]int32, error) {
	if err := set.Validate(); err != nil {
		return nil, err
	}
	has := func(i int) bool { return t.alone[i] >= uint32(set.Least) }
	exact := make([]float64, len(t.pairs))
	for i, n := range t.pairs {
		exact[i] = float64(n)
	}
	truth := t.lists(exact, has, set.Length)
	best, err := t.draw(ctx, set.Variance, has, set.Length, source)
	for v := set.Variance; err == nil && v.Num < 1<<20; {
		v.Num *= 2
		var next [][]int32
		if next, err = t.draw(ctx, v, has, set.Length, source); err != nil || keptOf(truth, next) < set.Kept {
			break
		}
		best = next
	}
	return best, err
}

// keptOf is the share of lists that others have in common with them, on average.
func keptOf(truth, lists [][]int32) float64 {
	sum, n := 0.0, 0.0
	for i := range truth {
		if len(truth[i]) == 0 {
			continue
		}
		same := 0
		for _, item := range truth[i] {
			if slices.Contains(lists[i], item) {
				same++
			}
		}
		sum += float64(same) / float64(len(truth[i]))
		n++
	}
	return sum / max(1, n)
}

// draw makes lists from counts with fresh noise of a variance.
func (t *Together) draw(ctx context.Context, variance noise.Ratio, has func(int) bool, length int, source *noise.Source) ([][]int32, error) {
	pairs := make([]float64, len(t.pairs))
	at := 0
	for b := range t.items {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for a := range b {
			if has(a) && has(b) {
				x, err := source.Gaussian(variance)
				if err != nil {
					return nil, err
				}
				pairs[at] = float64(int64(t.pairs[at]) + x)
			}
			at++
		}
	}
	return t.lists(pairs, has, length), nil
}

// listed is an item with its cosine.
type listed struct {
	item  int32
	score float64
}

func (a listed) before(b listed) bool {
	return a.score > b.score || a.score == b.score && a.item < b.item
}

// lists orders by cosine, ties by number.
func (t *Together) lists(pairs []float64, has func(int) bool, length int) [][]int32 {
	scale := make([]float64, t.items) // 0: has no list
	for i := range scale {
		if has(i) && t.alone[i] > 0 {
			scale[i] = 1 / math.Sqrt(float64(t.alone[i]))
		}
	}
	best := make([][]listed, t.items) // best first
	put := func(i int, x listed) {
		list := best[i]
		if len(list) == length && !x.before(list[length-1]) {
			return
		}
		at, _ := slices.BinarySearchFunc(list, x, func(a, b listed) int {
			if a.before(b) {
				return -1
			}
			return 1
		})
		if len(list) == length {
			list = list[:length-1]
		}
		best[i] = slices.Insert(list, at, x)
	}
	at := 0
	for b := range t.items {
		for a := range b {
			if n := pairs[at] * scale[a] * scale[b]; n > 0 {
				put(a, listed{int32(b), n})
				put(b, listed{int32(a), n})
			}
			at++
		}
	}
	out := make([][]int32, t.items)
	for i, list := range best {
		for _, x := range list {
			out[i] = append(out[i], x.item)
		}
	}
	return out
}
