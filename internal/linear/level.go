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
	Length   int     // of the lists that are compared
	Start    float64 // where every column begins: 0 at the plain solution, 1 at the blind one
	Strength float64 // how far a column is moved for the gap that its item's lists leave
	Rounds   int     // of comparing and correcting
}

// DefaultLevelling compares lists of the length that people see. Start and
// Strength were chosen on validation (docs/decisions/0006).
func DefaultLevelling() Levelling {
	return Levelling{Length: 20, Start: 0.65, Strength: 12, Rounds: 24}
}

const (
	levelReach = 15   // times the length: a member's candidates, by the plain fit
	levelPrior = 0.25 // of each group: lists that an item's counts begin with, shared alike
	levelFull  = 0.02 // share of the members in whose lists an item must stand to be corrected in full
	levelPace  = 0.4  // of the way to where the gap calls an item, in a round, at Strength 1 and above it less
	levelFaint = 1e-3 // of a typical multiplier: below it a column has nothing to be moved along
)

// Level finishes what the constraint of a blind fit begins. That an item's
// scores have no covariance with an attribute does not yet mean that it stands
// in as many lists of one group as of the other, since lists are made of the
// highest scores. Level moves each column along the line from its plain to its
// blind solution: to Start, and from there by as much as the shares of the panel's
// lists still differ, in rounds that end where what was moved is in proportion to
// the gap left (so that an item which costs more accuracy may keep more of its gap). A
// moved column is the optimum of its ridge under a covariance other than zero, so
// accuracy is given up along the cheapest way. The fit must have been made with one
// panel. The result is a function of the fit and of the members, in whatever order.
func Level(ctx context.Context, fit *Columns, members [2][]*Contribution, how Levelling) (*Columns, error) {
	if how.Length < 1 || how.Rounds < 0 || !(how.Strength >= 0) {
		return nil, tactful.InvalidField("levelling", "is out of bounds", "use DefaultLevelling")
	}
	if len(fit.bound) != 1 {
		return nil, tactful.InvalidField("panel", "is not one alone", "fit with one panel")
	}
	for _, group := range members {
		if len(group) == 0 {
			return nil, tactful.InvalidField("members", "has an empty group", "level two groups that have members")
		}
		for _, c := range group {
			if c.Epoch != fit.epoch {
				return nil, errEpoch()
			}
		}
	}
	l := newLevel(fit, how.Start)
	if how.Rounds > 0 {
		reach := l.reach(members, levelReach*how.Length)
		for range how.Rounds {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			l.correct(l.count(reach, how.Length), how.Strength)
		}
	}
	return l.columns(), nil
}

// level is a model on its way. A column is moved by a multiple of the constraint's
// multiplier: the ridge's own unit, in which the same step shifts the scores of any two
// items alike, whatever their neighbours tell.
type level struct {
	fit     *Columns
	pull    []float64 // by item: how far the blind column is from the plain one, in typical multipliers
	start   []float64 // by item: how far it is moved before the rounds
	moved   []float64 // by item: how far it is moved
	members [2]float64
}

func newLevel(fit *Columns, start float64) *level {
	n := len(fit.columns)
	l := &level{fit: fit, pull: make([]float64, n), start: make([]float64, n), moved: make([]float64, n)}
	squares, telling := 0.0, 0.0
	for j := range fit.columns {
		if q := fit.columns[j].pull; q != 0 {
			squares += float64(q * q)
			telling++
		}
	}
	typical := math.Sqrt(squares / max(telling, 1))
	for j := range fit.columns {
		l.pull[j] = fit.columns[j].pull / max(typical, math.SmallestNonzeroFloat64)
		l.start[j] = start * l.pull[j]
		l.moved[j] = l.start[j]
	}
	return l
}

// amount is where column j stands: 0 is plain, 1 is blind.
func (l *level) amount(j int) float64 {
	if math.Abs(l.pull[j]) < levelFaint {
		return 1 // the two hardly differ
	}
	return l.moved[j] / l.pull[j]
}

// reached is one member's candidates: their scores in the plain fit, and how
// much those of the blind fit differ.
type reached struct {
	items       []uint32
	plain, step []float32
}

// reach scores every member once with both fits. After that a round costs a few
// hundred sums a member, not a pass over the model.
func (l *level) reach(members [2][]*Contribution, most int) (reach [2][]reached) {
	rows := l.rows()
	n := runtime.GOMAXPROCS(0)
	for g, group := range members {
		l.members[g] = float64(len(group))
		reach[g] = make([]reached, len(group))
		var workers sync.WaitGroup
		for w := range n {
			workers.Go(func() {
				s := reacher{rows: rows, plain: make([]float64, len(rows)), blind: make([]float64, len(rows)), met: make([]bool, len(rows))}
				for m := w; m < len(group); m += n {
					reach[g][m] = s.reach(group[m], most)
				}
			})
		}
		workers.Wait()
	}
	return reach
}

type edgeTo struct {
	no           uint32
	plain, blind float32
}

// rows are the columns by evidence.
func (l *level) rows() [][]edgeTo {
	counts := make([]int, len(l.fit.columns))
	for j := range l.fit.columns {
		for _, no := range l.fit.columns[j].neighbours {
			counts[no]++
		}
	}
	rows := make([][]edgeTo, len(counts))
	for no, count := range counts {
		rows[no] = make([]edgeTo, 0, count)
	}
	for j := range l.fit.columns {
		col := &l.fit.columns[j]
		for i, no := range col.neighbours {
			rows[no] = append(rows[no], edgeTo{uint32(j), col.free[i], col.weights[i]})
		}
	}
	return rows
}

// reacher is the memory of one goroutine. The sums are zero before and after.
type reacher struct {
	rows         [][]edgeTo
	plain, blind []float64
	met          []bool
	touched      []uint32
	best         []candidate
}

func (s *reacher) reach(c *Contribution, most int) reached {
	for _, e := range c.Items {
		if int(e.No) >= len(s.rows) {
			continue
		}
		quantity := float64(e.Quantity)
		for _, to := range s.rows[e.No] {
			if !s.met[to.no] {
				s.met[to.no] = true
				s.touched = append(s.touched, to.no)
			}
			s.plain[to.no] += float64(quantity * float64(to.plain))
			s.blind[to.no] += float64(quantity * float64(to.blind))
		}
	}
	for _, e := range c.Items {
		if int(e.No) < len(s.rows) {
			s.plain[e.No] = 0 // their own is not suggested
		}
	}
	s.best = s.best[:0]
	for _, no := range s.touched {
		if s.plain[no] > 0 {
			s.best = append(s.best, candidate{s.plain[no], no})
		}
	}
	best := keepBest(s.best, most)
	r := reached{make([]uint32, len(best)), make([]float32, len(best)), make([]float32, len(best))}
	for i, b := range best {
		r.items[i], r.plain[i], r.step[i] = b.no, float32(s.plain[b.no]), float32(s.blind[b.no]-s.plain[b.no])
	}
	for _, no := range s.touched {
		s.met[no], s.plain[no], s.blind[no] = false, 0, 0
	}
	s.touched = s.touched[:0]
	return r
}

// count is in how many lists of each group an item stands, as the model is now.
func (l *level) count(reach [2][]reached, length int) (counts [2][]float64) {
	amounts := make([]float64, len(l.moved))
	for j := range amounts {
		amounts[j] = l.amount(j)
	}
	for g := range reach {
		counts[g] = make([]float64, len(amounts))
		var adding sync.Mutex
		var workers sync.WaitGroup
		n := runtime.GOMAXPROCS(0)
		for w := range n {
			workers.Go(func() {
				own := make([]int, len(amounts))
				var best []candidate
				for m := w; m < len(reach[g]); m += n {
					best = reach[g][m].list(amounts, length, best)
					for _, c := range best[:min(length, len(best))] {
						own[c.no]++
					}
				}
				adding.Lock()
				defer adding.Unlock()
				for no, count := range own { // whole numbers: in any order
					counts[g][no] += float64(count)
				}
			})
		}
		workers.Wait()
	}
	return counts
}

// list begins with the best of the candidates, in no order.
func (r *reached) list(amounts []float64, length int, best []candidate) []candidate {
	best = best[:0]
	for i, no := range r.items {
		if score := float64(r.plain[i]) + float64(amounts[no]*float64(r.step[i])); score > 0 {
			best = append(best, candidate{score, no})
		}
	}
	keepBest(best, length)
	return best
}

// correct moves each item towards where its gap calls it.
func (l *level) correct(counts [2][]float64, strength float64) {
	all := l.members[0] + l.members[1]
	pace := levelPace / max(1, strength)
	for j := range l.moved {
		lists := counts[0][j] + counts[1][j]
		if lists == 0 || math.Abs(l.pull[j]) < levelFaint {
			continue
		}
		share := lists / all
		prior := levelPrior * share
		gap := math.Log((counts[0][j]/l.members[0]+prior)/(counts[1][j]/l.members[1]+prior)) * min(1, share/levelFull)
		l.moved[j] += float64(pace * (float64(strength*gap) - (l.moved[j] - l.start[j])))
	}
}

// columns are the model as it stands.
func (l *level) columns() *Columns {
	out := *l.fit
	out.columns = slices.Clone(l.fit.columns)
	for j := range out.columns {
		col := &out.columns[j]
		if math.Abs(l.pull[j]) < levelFaint {
			continue
		}
		amount := l.amount(j)
		weights := make([]float32, len(col.neighbours))
		for i, from := range col.free {
			weights[i] = float32(float64(from) + float64(amount*(float64(col.weights[i])-float64(from))))
		}
		col.weights = weights
	}
	return &out
}
