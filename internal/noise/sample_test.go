package noise

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/tactful/tactful"
)

// seeded gives the same bits in every run.
func seeded(seed byte) *Source {
	return NewSource(rand.NewChaCha8([32]byte{seed}))
}

func laplaceMass(scale float64) func(int64) float64 {
	q := math.Exp(-1 / scale)
	return func(x int64) float64 { return (1 - q) / (1 + q) * math.Pow(q, math.Abs(float64(x))) }
}

func gaussianMass(variance float64) func(int64) float64 {
	total := 0.0
	reach := int64(40*math.Sqrt(variance)) + 10
	for x := -reach; x <= reach; x++ {
		total += math.Exp(-float64(x) * float64(x) / (2 * variance))
	}
	return func(x int64) float64 { return math.Exp(-float64(x)*float64(x)/(2*variance)) / total }
}

// samplers are the two of them at scales on both sides of one.
var samplers = []struct {
	name string
	draw func(*Source) (int64, error)
	mass func(int64) float64
}{
	{"laplace 1/3", func(s *Source) (int64, error) { return s.Laplace(Ratio{1, 3}) }, laplaceMass(1. / 3)},
	{"laplace 1", func(s *Source) (int64, error) { return s.Laplace(Ratio{1, 1}) }, laplaceMass(1)},
	{"laplace 17/2", func(s *Source) (int64, error) { return s.Laplace(Ratio{17, 2}) }, laplaceMass(8.5)},
	{"gaussian 1/4", func(s *Source) (int64, error) { return s.Gaussian(Ratio{1, 4}) }, gaussianMass(.25)},
	{"gaussian 7/3", func(s *Source) (int64, error) { return s.Gaussian(Ratio{7, 3}) }, gaussianMass(7. / 3)},
	{"gaussian 400", func(s *Source) (int64, error) { return s.Gaussian(Ratio{400, 1}) }, gaussianMass(400)},
}

// fitting is how many samples the fits below take, as in Google's tests.
const fitting = 125_000

// outOf is 4.417 standard deviations: a right sampler is refused once in 100,000.
const outOf = 4.417

func TestSamplesFitTheirDistribution(t *testing.T) {
	for i, c := range samplers {
		s := seeded(byte(i + 1))
		counts := map[int64]float64{}
		sum, squares := 0.0, 0.0
		for range fitting {
			x, err := c.draw(s)
			if err != nil {
				t.Fatal(err)
			}
			counts[x]++
			sum += float64(x)
			squares += float64(x) * float64(x)
		}
		variance, fourth := 0.0, 0.0
		for x := int64(-2000); x <= 2000; x++ {
			variance += float64(x*x) * c.mass(x)
			fourth += float64(x*x) * float64(x*x) * c.mass(x)
		}
		if off := math.Abs(sum/fitting) / math.Sqrt(variance/fitting); off > outOf {
			t.Errorf("%s: the mean is %.2f deviations off", c.name, off)
		}
		if off := math.Abs(squares/fitting-variance) / math.Sqrt((fourth-variance*variance)/fitting); off > outOf {
			t.Errorf("%s: the variance is %.2f deviations off", c.name, off)
		}
		chi, df := chiSquare(counts, c.mass)
		if off := (chi - df) / math.Sqrt(2*df); off > outOf+1 { // the tail of chi-square is a little heavier
			t.Errorf("%s: chi-square %.1f of %.0f degrees", c.name, chi, df)
		}
		t.Logf("%s: chi-square %.1f of %.0f degrees", c.name, chi, df)
	}
}

// chiSquare joins what is expected less than ten times into one cell.
func chiSquare(counts map[int64]float64, mass func(int64) float64) (chi, degrees float64) {
	expectedRest, seenRest := float64(fitting), float64(fitting)
	for x := int64(-2000); x <= 2000; x++ {
		expected := fitting * mass(x)
		if expected < 10 {
			continue
		}
		chi += (counts[x] - expected) * (counts[x] - expected) / expected
		degrees++
		expectedRest -= expected
		seenRest -= counts[x]
	}
	if expectedRest > 1 {
		return chi + (seenRest-expectedRest)*(seenRest-expectedRest)/expectedRest, degrees
	}
	return chi, degrees - 1
}

func TestAWrongSamplerDoesNotFit(t *testing.T) {
	s := seeded(9)
	counts := map[int64]float64{}
	for range fitting {
		x, err := s.Gaussian(Ratio{7, 3})
		if err != nil {
			t.Fatal(err)
		}
		counts[x]++
	}
	if chi, df := chiSquare(counts, gaussianMass(2.5)); chi < df+10*math.Sqrt(2*df) {
		t.Errorf("a variance that is 7 %% off is not noticed: %.1f of %.0f", chi, df)
	}
}

// TestNoOutputProvesWhoWasCounted is Mironov's attack (2012): an output that one
// of two neighbours cannot have given proves the other. Noise made of floats has
// gaps in its low bits; whole numbers have none.
func TestNoOutputProvesWhoWasCounted(t *testing.T) {
	const scale, runs = 10.0, 20_000 // epsilon .1
	r := rand.New(rand.NewPCG(4, 4))
	naive := func(count float64) float64 {
		x := -scale * math.Log(1-r.Float64())
		if r.Uint64()&1 == 1 {
			x = -x
		}
		return count + x
	}
	// reached: could a count have given this output with any of the draws near
	// the one that fits best?
	reached := func(count, output float64) bool {
		sign := 1.0
		if output < count {
			sign = -1
		}
		const grid = 1 << 53
		best := math.Round(math.Exp(-math.Abs(output-count)/scale) * grid)
		for step := -64.0; step <= 64; step++ {
			if u := (best + step) / grid; u > 0 && u <= 1 && count+sign*(-scale*math.Log(u)) == output {
				return true
			}
		}
		return false
	}
	proved := 0
	for range runs {
		output := naive(1)
		if !reached(1, output) {
			t.Fatal("the attack does not find the draw that was made")
		}
		if !reached(0, output) {
			proved++
		}
	}
	if share := float64(proved) / runs; share <= .5 {
		t.Errorf("the naive noise gave itself away in %.0f %% of outputs; the attack is too weak to show anything", 100*share)
	}

	s := seeded(5)
	seen := [2]map[int64]float64{{}, {}}
	for count := range seen {
		for range runs * 10 {
			x, err := s.Laplace(Ratio{10, 1})
			if err != nil {
				t.Fatal(err)
			}
			seen[count][int64(count)+x]++
		}
	}
	ours, outputs := 0.0, 0.0
	for output, times := range seen[1] {
		outputs += times
		// The noise is symmetric and every whole number is in its support, so an
		// output that is not rare with one count occurs with the other.
		if expected := runs * 10 * laplaceMass(scale)(output); expected > 30 && seen[0][output] == 0 {
			ours += times
		}
		if a, b := times, seen[0][output]; a > 1000 && b > 1000 {
			if ratio := math.Abs(math.Log(a / b)); ratio > 1/scale+outOf*math.Sqrt(1/a+1/b) {
				t.Errorf("output %d tells the two counts apart: ratio exp(%.3f), allowed exp(%.3f)", output, ratio, 1/scale)
			}
		}
	}
	t.Logf("outputs that prove the count: naive %.1f %% of %d, ours %.0f of %.0f", 100*float64(proved)/runs, runs, ours, outputs)
	if ours > 0 {
		t.Errorf("%v outputs prove the count", ours)
	}
}

func TestParametersOutOfBoundsAreRefused(t *testing.T) {
	s := seeded(1)
	for name, draw := range map[string]func() (int64, error){
		"laplace of nothing":    func() (int64, error) { return s.Laplace(Ratio{}) },
		"laplace by zero":       func() (int64, error) { return s.Laplace(Ratio{1, 0}) },
		"laplace too wide":      func() (int64, error) { return s.Laplace(Ratio{math.MaxUint64, 1}) },
		"gaussian of nothing":   func() (int64, error) { return s.Gaussian(Ratio{0, 5}) },
		"gaussian out of range": func() (int64, error) { return s.Gaussian(Ratio{math.MaxUint64, 1}) },
	} {
		if x, err := draw(); tactful.KindOf(err) != tactful.Invalid || x != 0 {
			t.Errorf("%s: %d, %v", name, x, err)
		}
	}
}

func TestTheLargestAndTheOddestParametersAreDrawn(t *testing.T) {
	s := seeded(2)
	for _, variance := range []Ratio{{1 << 61, 1}, {math.MaxUint64, 7}, {math.MaxUint64, math.MaxUint64 - 1}, {1, math.MaxUint64}} {
		far := 0.0
		for range 200 {
			x, err := s.Gaussian(variance)
			if err != nil {
				t.Fatal(err)
			}
			far += float64(x) * float64(x) / 200
		}
		if v := variance.Float(); v > 1 && (far < v/2 || far > 2*v) || v < 1e-9 && far != 0 {
			t.Errorf("%v: mean square %g", variance, far)
		}
	}
	if _, err := s.Laplace(Ratio{math.MaxUint32 << 16, math.MaxUint32}); err != nil {
		t.Error(err)
	}
}

func TestWithoutRandomBitsThereIsNoNoise(t *testing.T) {
	broken := errors.New("no entropy")
	for _, r := range []io.Reader{iotest.ErrReader(broken), io.MultiReader(bytes.NewReader(make([]byte, 100)), iotest.ErrReader(broken))} {
		s := NewSource(r)
		var err error
		for range 100 {
			if _, err = s.Gaussian(Ratio{5, 1}); err != nil {
				break
			}
		}
		if !errors.Is(err, broken) {
			t.Errorf("drew 100 samples from a broken stream: %v", err)
		}
		if _, err := s.Laplace(Ratio{5, 1}); !errors.Is(err, broken) {
			t.Errorf("the error is forgotten: %v", err)
		}
		if _, err := s.Sample(10, 3); !errors.Is(err, broken) {
			t.Errorf("a sample without random bits: %v", err)
		}
	}
}

// BenchmarkSamplers prints how many times a float normal they take.
func BenchmarkSamplers(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	normal := testing.Benchmark(func(b *testing.B) {
		for range b.N {
			r.NormFloat64()
		}
	})
	for _, c := range samplers {
		b.Run(c.name, func(b *testing.B) {
			s := seeded(1)
			for range b.N {
				if _, err := c.draw(s); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(float64(normal.T.Nanoseconds())/float64(normal.N)), "x-float-normal")
		})
	}
}
