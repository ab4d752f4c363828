package linear

import (
	"bytes"
	"slices"
)

// shrinkage is how much a panel's own noise counts beside its histories, in
// parts of each item's square. On validation (docs/decisions/0006) 3 to 100 told
// the groups apart alike.
const shrinkage = 5

// Shrink makes the panel measure what its members tell about people like them,
// rather than what they happen to be. The difference of two means over some
// thousand histories is half noise: most of it lies along combinations of items
// that hardly anybody has, a fit that is blind to it spends its accuracy there,
// and others are told apart as before. So the difference d becomes
//
//	G (G + M)⁻¹ d        M = shrinkage · (diag G + one entry)
//
// with G the members' own sums: their histories' main directions stay, the
// rest fades (ridge regression of the group on the history; Hoerl and Kennard,
// 1970). It is a function of the members alone, in whatever order, so a change
// elsewhere leaves it as it is. The members must be those that were added.
func (p *Panel) Shrink(members [2][]*Contribution) error {
	var all []*Contribution
	for _, group := range members {
		for _, c := range group {
			if c.Epoch != p.epoch {
				return errEpoch()
			}
			if err := c.Validate(); err != nil {
				return err
			}
			all = append(all, c)
		}
	}
	keys := make(map[*Contribution][]byte, len(all))
	for _, c := range all {
		keys[c] = c.AppendBinary(nil)
	}
	slices.SortFunc(all, func(a, b *Contribution) int { return bytes.Compare(keys[a], keys[b]) })
	d := p.difference()
	m := newMoments(all, len(d))
	for no, part := range m.solve(d) {
		d[no] -= float64(m.ridge[no] * part)
	}
	p.shrunk = d
	return nil
}

// moments are the sums G of some people's histories, never written out.
type moments struct {
	people   []*Contribution
	weights  []float64
	diagonal []float64
	ridge    []float64
}

func newMoments(people []*Contribution, items int) *moments {
	m := &moments{people: people, weights: make([]float64, len(people)), diagonal: make([]float64, items), ridge: make([]float64, items)}
	all, entries := 0.0, 0
	for u, c := range people {
		m.weights[u] = float64(c.Weight) / MaxWeight
		for _, e := range c.Items {
			if int(e.No) < items {
				m.diagonal[e.No] += float64(m.weights[u] * float64(e.Quantity*e.Quantity))
				entries++
			}
		}
	}
	for _, sum := range m.diagonal {
		all += sum
	}
	for no, sum := range m.diagonal {
		m.ridge[no] = shrinkage * (sum + all/float64(max(entries, 1)))
	}
	return m
}

// times writes (G + M)·x to y.
func (m *moments) times(x, y []float64) {
	for no := range y {
		y[no] = m.ridge[no] * x[no]
	}
	for u, c := range m.people {
		sum := 0.0
		for _, e := range c.Items {
			if int(e.No) < len(x) {
				sum += float64(float64(e.Quantity) * x[e.No])
			}
		}
		sum *= m.weights[u]
		for _, e := range c.Items {
			if int(e.No) < len(x) {
				y[e.No] += float64(sum * float64(e.Quantity))
			}
		}
	}
}

const (
	shrinkSteps = 100
	shrinkClose = 1e-18 // of the first residual, squared
)

// solve returns x of (G + M)·x = d by conjugate gradients on the scaled system
// (Hestenes and Stiefel, 1952), the same operations on every machine.
func (m *moments) solve(d []float64) []float64 {
	n := len(d)
	x, r, z, p, q := make([]float64, n), slices.Clone(d), make([]float64, n), make([]float64, n), make([]float64, n)
	scaled := func() float64 {
		for no := range z {
			z[no] = 0
			if pivot := m.diagonal[no] + m.ridge[no]; pivot > 0 {
				z[no] = r[no] / pivot
			}
		}
		return dot(r, z)
	}
	size := scaled()
	first := size
	copy(p, z)
	for step := 0; step < shrinkSteps && size > shrinkClose*first; step++ {
		m.times(p, q)
		length := size / dot(p, q)
		for no := range x {
			x[no] += float64(length * p[no])
			r[no] -= float64(length * q[no])
		}
		next := scaled()
		turn := next / size
		size = next
		for no := range p {
			p[no] = z[no] + float64(turn*p[no])
		}
	}
	return x
}
