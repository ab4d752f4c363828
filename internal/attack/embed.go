package attack

import (
	"math"
	"math/rand/v2"
)

// Space is a low-dimensional space in which coordinates that go together lie
// together.
type Space struct {
	width int
	rows  []float64 // dim by width
}

const powers = 4 // rounds of the iteration that finds the space

// NewSpace finds the leading width directions of the rows' second moments:
// randomised subspace iteration (Halko, Martinsson, Tropp, 2011).
func NewSpace(rows []Vector, dim, width int, seed uint64) *Space {
	rng := rand.New(rand.NewPCG(seed, 0x5face))
	s := &Space{width: width, rows: make([]float64, dim*width)}
	for i := range s.rows {
		s.rows[i] = rng.NormFloat64()
	}
	s.orthogonal(dim)
	next := make([]float64, dim*width)
	for range powers {
		clear(next)
		for _, v := range rows {
			mean := s.sum(v)
			for _, f := range v {
				row := next[f.Index*width : (f.Index+1)*width]
				for k := range row {
					row[k] += f.Value * mean[k]
				}
			}
		}
		s.rows, next = next, s.rows
		s.orthogonal(dim)
	}
	return s
}

// orthogonal makes the directions orthogonal and of length 1 (Gram and Schmidt).
func (s *Space) orthogonal(dim int) {
	for k := range s.width {
		for earlier := range k {
			part := 0.0
			for i := range dim {
				part += s.rows[i*s.width+k] * s.rows[i*s.width+earlier]
			}
			for i := range dim {
				s.rows[i*s.width+k] -= part * s.rows[i*s.width+earlier]
			}
		}
		size := 0.0
		for i := range dim {
			size += s.rows[i*s.width+k] * s.rows[i*s.width+k]
		}
		if size = math.Sqrt(size); size > 0 {
			for i := range dim {
				s.rows[i*s.width+k] /= size
			}
		}
	}
}

func (s *Space) sum(v Vector) []float64 {
	at := make([]float64, s.width)
	for _, f := range v {
		row := s.rows[f.Index*s.width : (f.Index+1)*s.width]
		for k := range at {
			at[k] += f.Value * row[k]
		}
	}
	return at
}

// In lets an attacker see people in a space instead of as they are, each
// direction brought to variance 1 over the taught.
func (s *Space) In(attacker Attacker) Attacker {
	return func(x []Vector, secret []bool) func(Vector) float64 {
		scale := make([]float64, s.width)
		mean := make([]float64, s.width)
		places := make([][]float64, len(x))
		for i, v := range x {
			places[i] = s.sum(v)
			for k, value := range places[i] {
				mean[k] += value / float64(len(x))
			}
		}
		for _, place := range places {
			for k, value := range place {
				scale[k] += (value - mean[k]) * (value - mean[k]) / float64(len(x))
			}
		}
		for k := range scale {
			scale[k] = 1 / math.Sqrt(max(scale[k], 1e-12))
		}
		see := func(place []float64) Vector {
			v := make(Vector, s.width)
			for k, value := range place {
				v[k] = Feature{k, (value - mean[k]) * scale[k]}
			}
			return v
		}
		seen := make([]Vector, len(x))
		for i, place := range places {
			seen[i] = see(place)
		}
		score := attacker(seen, secret)
		return func(v Vector) float64 { return score(see(s.sum(v))) }
	}
}
