package linear

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/tactful/tactful"
)

// Levelling is how far Level goes.
type Levelling struct {
	Length int     // of the lists that are compared
	Rounds int     // of comparing and correcting
	Start  float64 // where the rounds begin: 0 at the plain fit, 1 at the blind one
}

// DefaultLevelling compares lists of the length that people see.
func DefaultLevelling() Levelling { return Levelling{Length: 20, Rounds: 12, Start: 0.75} }

const (
	levelPrior = 0.25 // share of the members that begins an item's count of lists in each group, so that rare items move little
	levelFull  = 0.02 // share of the members in whose lists an item must stand to be moved at full step
	levelFirst = 0.15 // first step, in typical covariances
	levelMost  = 3    // largest step
	levelGrow  = 1.3
	levelFall  = 0.5
	levelFaint = 1e-3 // of a typical covariance: below it a column has nothing to be moved along
)

// Level finishes what the constraint of a blind fit begins. That an item's
// scores have no covariance with an attribute does not yet mean that it stands
// in as many lists of one group as of the other, since lists are made of the
// highest scores. Level moves each column along the line from its plain to its blind
// solution, and beyond, by as much as the shares of the panel's lists still
// differ, in rounds, each item with a step of its own that grows while the
// sign stays and falls when it turns (Riedmiller and Braun, Rprop, 1993). The
// optimum is that of the ridge under a covariance other than zero, so accuracy
// is given up along the cheapest way. The result is a function of the two
// fits and of the members, in whatever order.
func Level(ctx context.Context, plain, blind *Columns, panel *Panel, members [2][]*Contribution, how Levelling) (*Columns, error) {
	if plain.epoch != blind.epoch || panel.epoch != plain.epoch || len(plain.columns) != len(blind.columns) {
		return nil, errEpoch()
	}
	if how.Length < 1 || how.Rounds < 0 {
		return nil, tactful.InvalidField("levelling", "is out of bounds", "use DefaultLevelling")
	}
	l := newLevel(plain, blind, panel.direction(), how.Start)
	counts := [2][]float64{make([]float64, len(plain.columns)), make([]float64, len(plain.columns))}
	for range how.Rounds {
		for g := range counts {
			clear(counts[g])
			for _, list := range l.lists(members[g], how.Length) {
				for _, no := range list {
					counts[g][no]++
				}
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		l.correct(counts, [2]float64{float64(len(members[0])), float64(len(members[1]))})
	}
	return l.columns(), nil
}

// level is a model on its way between two.
type level struct {
	plain, blind *Columns
	covariance   []float64 // by item: of the plain column
	typical      float64
	amount       []float64 // by item: 0 is plain, 1 is blind
	step, last   []float64 // by item
	rows         [][]edgeTo
	places       [][]int32 // by column: where its entries stand in the rows of its neighbours
}

type edgeTo struct {
	no     uint32
	weight float32
}

func newLevel(plain, blind *Columns, direction []float64, start float64) *level {
	n := len(plain.columns)
	l := &level{plain: plain, blind: blind, covariance: make([]float64, n), amount: make([]float64, n), step: make([]float64, n), last: make([]float64, n),
		rows: make([][]edgeTo, n), places: make([][]int32, n)}
	telling := 0.0
	for j := range plain.columns {
		col := &plain.columns[j]
		for i, no := range col.neighbours {
			if int(no) < len(direction) {
				l.covariance[j] += float64(col.weights[i]) * direction[no]
			}
			l.places[j] = append(l.places[j], int32(len(l.rows[no])))
			l.rows[no] = append(l.rows[no], edgeTo{no: uint32(j)})
		}
		if q := l.covariance[j]; q != 0 {
			l.typical += q * q
			telling++
		}
		l.amount[j], l.step[j] = start, levelFirst
	}
	l.typical = math.Sqrt(l.typical / max(telling, 1))
	for j := range plain.columns {
		l.write(j)
	}
	return l
}

// weight of the i-th neighbour of a column, as it stands.
func (l *level) weight(j, i int) float32 {
	from, to := float64(l.plain.columns[j].weights[i]), float64(l.blind.columns[j].weights[i])
	return float32(from + float64(l.amount[j]*(to-from)))
}

func (l *level) write(j int) {
	for i, no := range l.plain.columns[j].neighbours {
		l.rows[no][l.places[j][i]].weight = l.weight(j, i)
	}
}

// correct moves each item against the group that sees it more.
func (l *level) correct(counts [2][]float64, people [2]float64) {
	all := people[0] + people[1]
	prior := levelPrior * all
	for j := range l.amount {
		q := l.covariance[j]
		lists := counts[0][j] + counts[1][j]
		if lists == 0 || math.Abs(q) < levelFaint*l.typical {
			continue
		}
		share := lists / all
		gap := math.Log((counts[0][j]+prior*share)/(people[0]+prior)) - math.Log((counts[1][j]+prior*share)/(people[1]+prior))
		switch {
		case gap*l.last[j] > 0:
			l.step[j] = min(l.step[j]*levelGrow, levelMost)
		case gap*l.last[j] < 0:
			l.step[j] *= levelFall
		}
		l.last[j] = gap
		l.amount[j] += l.step[j] * l.typical * gap * min(1, lists/(levelFull*all)) / q
		l.write(j)
	}
}

// lists are the members' lists as the model stands.
func (l *level) lists(members []*Contribution, length int) [][]uint32 {
	lists := make([][]uint32, len(members))
	var workers sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for w := range n {
		workers.Go(func() {
			sums := make([]float64, len(l.rows))
			for m := w; m < len(members); m += n {
				lists[m] = l.list(members[m], length, sums)
			}
		})
	}
	workers.Wait()
	return lists
}

// list ranks for one member. sums is zero before and after.
func (l *level) list(c *Contribution, length int, sums []float64) []uint32 {
	for _, e := range c.Items {
		if int(e.No) < len(l.rows) {
			for _, to := range l.rows[e.No] {
				sums[to.no] += float64(e.Quantity) * float64(to.weight)
			}
		}
	}
	for _, e := range c.Items {
		if int(e.No) < len(sums) {
			sums[e.No] = 0
		}
	}
	var best []candidate
	floor := 0.0
	for no, sum := range sums {
		if sum > floor {
			best = append(best, candidate{sum, uint32(no)})
			if len(best) >= 8*length {
				best = keepBest(best, length)
				floor = lowest(best)
			}
		}
	}
	clear(sums)
	best = keepBest(best, length)
	list := make([]uint32, len(best))
	for i, c := range best {
		list[i] = c.no
	}
	slices.Sort(list)
	return list
}

func lowest(c []candidate) float64 {
	low := c[0].score
	for _, x := range c {
		low = min(low, x.score)
	}
	return low
}

// columns are the model as it stands.
func (l *level) columns() *Columns {
	out := *l.blind
	out.columns = slices.Clone(l.blind.columns)
	for j := range out.columns {
		col := &out.columns[j]
		col.weights = make([]float32, len(col.neighbours))
		for i := range col.weights {
			col.weights[i] = l.weight(j, i)
		}
	}
	return &out
}
