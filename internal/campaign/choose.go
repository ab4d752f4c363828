package campaign

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// Arm is how people responded to a creative: only people who agreed to
// experiments, and only what is still stored of them, so that an erasure takes
// their part out with the next count.
type Arm struct {
	Shown, Clicked int
}

// gridPoints cut the range of a response rate, for the chances below.
const gridPoints = 512

// Chances returns how likely Thompson sampling chooses each arm, with a floor that
// all arms share: (1-floor) times the chance that the arm's rate is the largest,
// each rate drawn from Beta(1+clicked, 1+shown-clicked), plus floor/n. The integral
// is taken over a grid; what is returned is the policy itself, so that a choice made
// by these numbers has exactly these propensities.
func Chances(arms []Arm, floor float64) []float64 {
	n := len(arms)
	chances := make([]float64, n)
	if n == 0 {
		return chances
	}
	densities := make([][gridPoints]float64, n)
	below := make([][gridPoints]float64, n) // cumulative, to the middle of each cell
	for i, a := range arms {
		shown := max(a.Shown, 0)
		clicked := min(max(a.Clicked, 0), shown)
		alpha, beta := float64(clicked), float64(shown-clicked) // exponents, one less than the parameters
		most, logs := math.Inf(-1), [gridPoints]float64{}
		for k := range logs {
			x := (float64(k) + 0.5) / gridPoints
			logs[k] = alpha*math.Log(x) + beta*math.Log1p(-x)
			most = max(most, logs[k])
		}
		sum := 0.0
		for k := range logs {
			densities[i][k] = math.Exp(logs[k] - most)
			sum += densities[i][k]
		}
		total := 0.0
		for k := range logs {
			densities[i][k] /= sum
			below[i][k] = total + densities[i][k]/2
			total += densities[i][k]
		}
	}
	all := 0.0
	for i := range arms {
		for k := range gridPoints {
			p := densities[i][k]
			for j := range arms {
				if j != i {
					p *= below[j][k]
				}
			}
			chances[i] += p
		}
		all += chances[i]
	}
	for i := range chances {
		chances[i] = (1-floor)*chances[i]/all + floor/float64(n)
	}
	return chances
}

// Draw chooses by chances with what was drawn for the decision: the same draw and
// campaign choose the same, whoever replays it.
func Draw(draw, campaign string, chances []float64) int {
	sum := sha256.Sum256([]byte(draw + "/" + campaign))
	u := float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
	for i, p := range chances {
		if u -= p; u < 0 {
			return i
		}
	}
	return len(chances) - 1
}

// Likeliest returns the arm with the largest chance, the first among equals.
func Likeliest(chances []float64) int {
	best := 0
	for i := range chances {
		if chances[i] > chances[best] {
			best = i
		}
	}
	return best
}
