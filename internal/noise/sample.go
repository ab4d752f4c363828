package noise

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/tactful/tactful"
)

// Ratio is a positive ratio of whole numbers. Parameters of noise are ratios, so
// that what is drawn is exactly what is accounted for.
type Ratio struct{ Num, Den uint64 }

// MaxScale bounds the scale of noise: a count of people with more noise than
// this tells nothing, and below it no sample leaves 63 bits.
const MaxScale = 1 << 32

func (r Ratio) valid() bool { return r.Num > 0 && r.Den > 0 }

// Float returns the ratio as the nearest float64; for printing and accounting.
func (r Ratio) Float() float64 { return float64(r.Num) / float64(r.Den) }

// Laplace returns a whole number x with probability proportional to
// exp(-|x|/scale) (algorithm 2 of the paper). A count that one person changes by
// at most d is eps-differentially private with scale d/eps.
func (s *Source) Laplace(scale Ratio) (int64, error) {
	if !scale.valid() || scale.Num/scale.Den > MaxScale || scale.Num > math.MaxUint32<<16 {
		return 0, tactful.InvalidField("scale", "is not a ratio between 0 and 2^32", "give a positive scale with a numerator below 2^48")
	}
	x, ok := s.laplace(scale)
	if s.err != nil {
		return 0, s.err
	}
	if !ok {
		return 0, tactful.Errorf(tactful.Internal, "noise beyond 63 bits; this does not happen")
	}
	return x, nil
}

// laplace reports false where a sample leaves 63 bits (chance below exp(-2^14)).
func (s *Source) laplace(scale Ratio) (int64, bool) {
	t := scale.Num
	for s.err == nil {
		u := s.below(t)
		if !s.expOnce(u, t) {
			continue
		}
		v := uint64(0)
		for s.err == nil && s.expOnce(1, 1) {
			v++
		}
		hi, lo := bits.Mul64(t, v)
		sum, carry := bits.Add64(lo, u, 0)
		if hi != 0 || carry != 0 || sum > math.MaxInt64 {
			return 0, false
		}
		y := int64(sum / scale.Den)
		if s.word()&1 == 1 {
			if y == 0 {
				continue // zero has one sign
			}
			y = -y
		}
		return y, true
	}
	return 0, true
}

// Gaussian returns a whole number x with probability proportional to
// exp(-x²/(2·variance)) (algorithm 3 of the paper). A vector of counts that one
// person changes by at most d in the Euclidean norm is d²/(2·variance)-zCDP.
func (s *Source) Gaussian(variance Ratio) (int64, error) {
	if !variance.valid() || variance.Float() > MaxScale*MaxScale/4 {
		return 0, tactful.InvalidField("variance", "is not a ratio between 0 and 2^62", "give a positive variance")
	}
	t := isqrt(variance.Num/variance.Den) + 1
	for s.err == nil {
		y, ok := s.laplace(Ratio{t, 1})
		if !ok {
			continue
		}
		if s.accept(uint64(max(y, -y)), t, variance) {
			if s.err != nil {
				break
			}
			return y, nil
		}
	}
	return 0, s.err
}

// accept is true with probability exp(-(y - v/t)²/(2v)) for v = n/d, which is
// exp(-(y·d·t - n)² / (2·n·d·t²)) in whole numbers.
func (s *Source) accept(y, t uint64, v Ratio) bool {
	h1, dt := bits.Mul64(v.Den, t)
	h2, ydt := bits.Mul64(y, dt)
	if h1|h2 == 0 {
		gap := max(ydt, v.Num) - min(ydt, v.Num)
		h3, num := bits.Mul64(gap, gap)
		h4, den := bits.Mul64(2*v.Num, dt)
		h5, den := bits.Mul64(den, t)
		if h3|h4|h5 == 0 && v.Num < 1<<63 {
			return s.exp(num, den)
		}
	}
	of := func(x uint64) *big.Int { return new(big.Int).SetUint64(x) }
	scale := of(v.Den)
	scale.Mul(scale, of(t))
	num := of(y)
	num.Mul(num, scale).Sub(num, of(v.Num)).Mul(num, num)
	den := of(v.Num)
	den.Lsh(den, 1).Mul(den, scale).Mul(den, of(t))
	return s.expBig(num, den)
}

// isqrt returns the whole part of the square root.
func isqrt(n uint64) uint64 {
	r := uint64(math.Sqrt(float64(n)))
	for r > 0 && (r > math.MaxUint32 || r*r > n) {
		r--
	}
	for r < math.MaxUint32 && (r+1)*(r+1) <= n {
		r++
	}
	return r
}
