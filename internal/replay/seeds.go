package replay

import "math"

// repetitions is how often a row with chance in it is played, each time with
// another seed.
const repetitions = 5

// seeds are those of a row's repetitions: N of them, or as many as usual.
func (o *Options) seeds() []uint64 {
	n := repetitions
	if o.N > 0 {
		n = min(max(o.N, 2), len(students())+1)
	}
	seeds := make([]uint64, n)
	for i := range seeds {
		seeds[i] = o.Seed + uint64(i)
	}
	return seeds
}

// students are the 97.5 % quantiles of Student's t by degrees of freedom, from 1.
func students() []float64 {
	return []float64{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262}
}

// mean is the mean of repetitions and its 95 % interval by Student's t: two to
// ten repetitions.
func mean(values []float64) (m float64, interval [2]float64) {
	n := float64(len(values))
	for _, v := range values {
		m += v / n
	}
	variance := 0.0
	for _, v := range values {
		variance += (v - m) * (v - m) / (n - 1)
	}
	half := students()[len(values)-2] * math.Sqrt(variance/n)
	return m, [2]float64{m - half, m + half}
}
