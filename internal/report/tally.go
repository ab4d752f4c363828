package report

import (
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/noise"
)

// Group is one thing that is counted. The groups of a report are all named
// before anybody is counted, from the catalogue, the calendar or the settings:
// none is there because somebody is in it, and each gets noise, also the empty.
type Group struct {
	Name  string // of an item, a week, a purpose, a guard
	Of    string // which of its series: an action, an answer; "" where there is one
	Title string // for people, "" for the name
}

// Tally counts in how many groups people are, each person in at most Most.
type Tally struct {
	Most   int // groups of one person that count
	groups []Group
	place  map[[2]string]int32
	counts []int64
	people int64
	source *noise.Source
	drawn  []int32
}

// NewTally counts over these groups; most is 0 where one person may be in all of them.
func NewTally(groups []Group, most int, source *noise.Source) *Tally {
	if most <= 0 || most > len(groups) {
		most = len(groups)
	}
	t := &Tally{Most: most, groups: groups, place: make(map[[2]string]int32, len(groups)), counts: make([]int64, len(groups)), source: source}
	for i, g := range groups {
		t.place[[2]string{g.Name, g.Of}] = int32(i)
	}
	return t
}

// Place is where a group stands, -1 where there is no such group.
func (t *Tally) Place(name, of string) int32 {
	if at, known := t.place[[2]string{name, of}]; known {
		return at
	}
	return -1
}

// Add counts one person, once. Of more than Most groups a lot decides which
// count, whatever they are and whoever else is in them.
func (t *Tally) Add(in []int32) error {
	t.drawn = append(t.drawn[:0], in...)
	slices.Sort(t.drawn)
	t.drawn = slices.Compact(t.drawn)
	for len(t.drawn) > 0 && t.drawn[0] < 0 {
		t.drawn = t.drawn[1:]
	}
	if n := len(t.drawn); n > 0 && int(t.drawn[n-1]) >= len(t.counts) {
		return tactful.Errorf(tactful.Internal, "a person counts in a group that is not there")
	}
	if len(t.drawn) > t.Most {
		kept, err := t.source.Sample(len(t.drawn), t.Most)
		if err != nil {
			return err
		}
		for i, k := range kept {
			t.drawn[i] = t.drawn[k]
		}
		t.drawn = t.drawn[:len(kept)]
	}
	for _, at := range t.drawn {
		t.counts[at]++
	}
	t.people++
	return nil
}

// Exact are the counts without noise, for tests of who counts. No answer is made of it.
func (t *Tally) Exact() map[Group]int64 {
	counts := make(map[Group]int64, len(t.groups))
	for i, g := range t.groups {
		counts[g] = t.counts[i]
	}
	return counts
}
