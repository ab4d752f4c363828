package learn

import (
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful/internal/linear"
)

// Buy is one purchase with all categories of what was bought.
type Buy struct {
	Categories []string
	Time       time.Time
}

// Rhythms count after how many days people buy of a category again: one number
// for each person and category, the median of their own. What comes of them is a
// pure function of who is in.
type Rhythms struct {
	people map[string]map[int64]int // by category and days
}

// NewRhythms returns counts of nobody.
func NewRhythms() *Rhythms { return &Rhythms{people: map[string]map[int64]int{}} }

// Add counts somebody in by everything they bought. Several purchases of a
// category on one day are one.
func (r *Rhythms) Add(buys []Buy) {
	days := map[string][]int64{}
	for _, buy := range buys {
		for i, category := range buy.Categories {
			if !slices.Contains(buy.Categories[:i], category) {
				days[category] = append(days[category], linear.Day(buy.Time))
			}
		}
	}
	for category, on := range days {
		slices.Sort(on)
		on = slices.Compact(on)
		if len(on) < 2 {
			continue
		}
		gaps := make([]int64, len(on)-1)
		for i := range gaps {
			gaps[i] = on[i+1] - on[i]
		}
		slices.Sort(gaps)
		if r.people[category] == nil {
			r.people[category] = map[int64]int{}
		}
		r.people[category][gaps[(len(gaps)-1)/2]]++
	}
}

// Intervals returns the median of people's intervals by category, where at least
// so many people have one.
func (r *Rhythms) Intervals(least int) map[string]time.Duration {
	intervals := map[string]time.Duration{}
	for category, counts := range r.people {
		all := 0
		for _, n := range counts {
			all += n
		}
		if all < max(least, 1) {
			continue
		}
		below := 0
		for _, days := range slices.Sorted(maps.Keys(counts)) {
			if below += counts[days]; below >= (all+1)/2 {
				intervals[category] = time.Duration(days) * 24 * time.Hour
				break
			}
		}
	}
	return intervals
}
