package linear

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/tactful/tactful"
)

// Columns is a fitted model: for each item its neighbours, their weights and
// the people behind each pair. It never changes; a later fit shares what it
// need not solve again.
type Columns struct {
	Settings Settings
	epoch    uint32
	columns  []column    // by item number
	people   []uint32    // by item number
	bound    [][]float64 // directions of the panels it was fitted with
}

// column is the regression of one item on its neighbours.
type column struct {
	neighbours []uint32 // ascending
	weights    []float32
	free       []float32 // the weights without the panels' constraints, for Level; nil without panels
	pull       float64   // multiplier of the first panel's constraint
	support    []uint32
	floor      candidate // the worst neighbour chosen, for FitTouched
	present    bool      // some contribution names the item
}

// Edge is one neighbour of an item.
type Edge struct {
	No      tactful.ItemNo
	Weight  float32
	Support uint32 // distinct people with both items
}

// Progress hears how many columns are solved. It is called from one goroutine
// at a time. nil is allowed.
type Progress func(done, total int)

// Fit solves every column on all processors. The sums must not change
// meanwhile. It stops with the context's error when that is cancelled.
func Fit(ctx context.Context, g *Gram, s Settings, progress Progress) (*Columns, error) {
	return FitBlind(ctx, g, s, nil, progress)
}

// FitBlind is Fit with one linear constraint for each panel: over its members
// the score of every item has no covariance with what the panel measures. A
// change in a panel reaches every column: only a full fit takes it in.
func FitBlind(ctx context.Context, g *Gram, s Settings, panels []*Panel, progress Progress) (*Columns, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	next := newColumns(g, s)
	for _, p := range panels {
		if p.epoch != g.epoch {
			return nil, errEpoch()
		}
		next.bound = append(next.bound, p.direction())
	}
	if err := solveColumns(ctx, g, next, g.Items(), progress); err != nil {
		return nil, err
	}
	return next, nil
}

// FitTouched solves again only the columns that the contributions added and
// subtracted since g.ClearChanged can have changed, and takes the others from
// before, which must have been fitted to the sums as they were then. The result
// equals that of Fit bit for bit. It returns the columns it solved.
func FitTouched(ctx context.Context, g *Gram, before *Columns, progress Progress) (*Columns, []tactful.ItemNo, error) {
	if before.epoch != g.epoch {
		return nil, nil, errEpoch()
	}
	next := newColumns(g, before.Settings)
	next.bound = before.bound
	copy(next.columns, before.columns)
	touched := next.touched(g)
	if err := solveColumns(ctx, g, next, touched, progress); err != nil {
		return nil, nil, err
	}
	return next, touched, nil
}

func newColumns(g *Gram, s Settings) *Columns {
	c := &Columns{Settings: s, epoch: g.epoch, columns: make([]column, len(g.inverted)), people: make([]uint32, len(g.likers))}
	copy(c.people, g.likers)
	return c
}

// Len returns one more than the largest item number.
func (c *Columns) Len() int { return len(c.columns) }

// Present reports whether any contribution names the item.
func (c *Columns) Present(no tactful.ItemNo) bool {
	return int(no) < len(c.columns) && c.columns[no].present
}

// People returns how many people have a positive quantity of the item.
func (c *Columns) People(no tactful.ItemNo) uint32 {
	if int(no) >= len(c.people) {
		return 0
	}
	return c.people[no]
}

// Column returns the neighbours of an item, ascending by number.
func (c *Columns) Column(no tactful.ItemNo) []Edge {
	if int(no) >= len(c.columns) {
		return nil
	}
	col := &c.columns[no]
	edges := make([]Edge, len(col.neighbours))
	for i := range edges {
		edges[i] = Edge{tactful.ItemNo(col.neighbours[i]), col.weights[i], col.support[i]}
	}
	return edges
}

// Each calls yield with the neighbours of an item, ascending by number, without
// copying them.
func (c *Columns) Each(no tactful.ItemNo, yield func(Edge)) {
	if int(no) >= len(c.columns) {
		return
	}
	col := &c.columns[no]
	for i, other := range col.neighbours {
		yield(Edge{tactful.ItemNo(other), col.weights[i], col.support[i]})
	}
}

// chunk is how many columns a goroutine takes at once.
const chunk = 16

func solveColumns(ctx context.Context, g *Gram, into *Columns, which []tactful.ItemNo, progress Progress) error {
	if g.popular == nil {
		g.Organise()
	}
	shared := newScale(g, &into.Settings)
	shared.directions = into.bound
	var next, done atomic.Int64
	var telling sync.Mutex
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (len(which)+chunk-1)/chunk) {
		workers.Go(func() {
			w := newWorker(g, shared, &into.Settings)
			for ctx.Err() == nil {
				from := int(next.Add(chunk)) - chunk
				if from >= len(which) {
					return
				}
				part := which[from:min(from+chunk, len(which))]
				for _, no := range part {
					into.columns[no] = w.solve(uint32(no))
				}
				if progress != nil {
					telling.Lock()
					progress(int(done.Add(int64(len(part)))), len(which))
					telling.Unlock()
				}
			}
		})
	}
	workers.Wait()
	return ctx.Err()
}

// scale holds what every column needs of every item.
type scale struct {
	one     float64   // 1 / Settings.One
	ridge   float64   // l, in units of the sums
	dropout float64   // p / (1 - p), from units of the squares to units of the sums
	norm    []float64 // by item number: 1 / (G_ii + 1)^Rank

	directions [][]float64 // of the panels, by item number
}

func newScale(g *Gram, s *Settings) *scale {
	c := &scale{one: 1 / s.One, ridge: s.Ridge * s.One, dropout: s.Dropout / (1 - s.Dropout) * (s.One / s.Square), norm: make([]float64, len(g.diagonal))}
	for no, sum := range g.diagonal {
		c.norm[no] = c.normOf(sum, s.Rank)
	}
	return c
}

func (c *scale) normOf(diagonal int64, rank float64) float64 {
	d := float64(float64(diagonal)*c.one) + 1
	if rank == 0.5 {
		return 1 / math.Sqrt(d)
	}
	return math.Pow(d, -rank)
}

// touched returns the columns whose inputs changed. An item that changed (stood
// in a contribution that came or went) reaches three kinds of columns: its own;
// those that have it among their neighbours; and those that now would, because
// G_ii has fallen and with it the divisor of the ranking. In the last kind G_ij
// itself did not change, or j would be a changed item as well.
func (c *Columns) touched(g *Gram) []tactful.ItemNo {
	reached := make([]bool, len(c.columns))
	for j := range c.columns {
		if g.changed[j] {
			reached[j] = true
			continue
		}
		for _, i := range c.columns[j].neighbours {
			if g.changed[i] {
				reached[j] = true
				break
			}
		}
	}
	c.newcomers(g, reached)
	var which []tactful.ItemNo
	for j, is := range reached {
		if is {
			which = append(which, tactful.ItemNo(j))
		}
	}
	return which
}

// newcomers marks the columns, among those that nothing else reached, that would
// now take a changed item among their neighbours.
func (c *Columns) newcomers(g *Gram, reached []bool) {
	if g.popular == nil {
		g.Organise()
	}
	var changed []uint32
	for i, is := range g.changed {
		if is {
			changed = append(changed, uint32(i))
		}
	}
	shared := newScale(g, &c.Settings)
	found := make([][]uint32, min(runtime.GOMAXPROCS(0), len(changed)))
	var next atomic.Int64
	var workers sync.WaitGroup
	for mine := range found {
		workers.Go(func() {
			w := newWorker(g, shared, &c.Settings)
			for at := next.Add(1) - 1; at < int64(len(changed)); at = next.Add(1) - 1 {
				i := changed[at]
				w.accumulate(i)
				for _, j := range w.met {
					// The sums are symmetric: cell (i, j) of column i is that of column j.
					col := &c.columns[j]
					if reached[j] || len(col.neighbours) < c.Settings.K {
						continue
					}
					if cell := w.column[j]; w.eligible(cell) && (candidate{float64(cell.sum) * shared.norm[i], i}).before(col.floor) {
						found[mine] = append(found[mine], j)
					}
				}
				w.forget()
			}
		})
	}
	workers.Wait()
	for _, list := range found {
		for _, j := range list {
			reached[j] = true
		}
	}
}
