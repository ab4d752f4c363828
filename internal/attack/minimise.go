package attack

import "math"

const (
	remembered = 8   // steps that curvature is read from
	maxSteps   = 200 // of the minimiser
	halvings   = 30  // of one step
	flat       = 1e-5
)

// minimise finds the lowest point of a convex function from a start, which it
// overwrites: L-BFGS with halved steps (Nocedal and Wright, Numerical
// Optimization, algorithm 7.5). value returns the function and its gradient.
func minimise(w []float64, value func(w, gradient []float64) float64) []float64 {
	n := len(w)
	gradient, next, nextGradient, step := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	var moves, turns [][]float64
	here := value(w, gradient)
	begun := length(gradient)
	for range maxSteps {
		if length(gradient) <= flat*max(1, begun) {
			break
		}
		direct(step, gradient, moves, turns)
		slope := inner(step, gradient)
		if slope >= 0 { // rounding has spoilt the curvature: start anew
			moves, turns = nil, nil
			direct(step, gradient, nil, nil)
			slope = inner(step, gradient)
		}
		size, found := 1.0, false
		if len(moves) == 0 {
			size = 1 / max(1, length(gradient))
		}
		var there float64
		for range halvings {
			for i := range w {
				next[i] = w[i] + size*step[i]
			}
			if there = value(next, nextGradient); there <= here+1e-4*size*slope {
				found = true
				break
			}
			size /= 2
		}
		if !found {
			break
		}
		move, turn := make([]float64, n), make([]float64, n)
		for i := range w {
			move[i], turn[i] = next[i]-w[i], nextGradient[i]-gradient[i]
		}
		if inner(move, turn) > 1e-12*length(move)*length(turn) {
			if len(moves) == remembered {
				moves, turns = moves[1:], turns[1:]
			}
			moves, turns = append(moves, move), append(turns, turn)
		}
		copy(w, next)
		copy(gradient, nextGradient)
		here = there
	}
	return w
}

// direct writes the quasi-Newton direction: the two loops of L-BFGS.
func direct(step, gradient []float64, moves, turns [][]float64) {
	for i, g := range gradient {
		step[i] = -g
	}
	parts := make([]float64, len(moves))
	for k := len(moves) - 1; k >= 0; k-- {
		parts[k] = inner(moves[k], step) / inner(moves[k], turns[k])
		add(step, -parts[k], turns[k])
	}
	if k := len(moves) - 1; k >= 0 {
		scale := inner(moves[k], turns[k]) / inner(turns[k], turns[k])
		for i := range step {
			step[i] *= scale
		}
	}
	for k := range moves {
		back := inner(turns[k], step) / inner(moves[k], turns[k])
		add(step, parts[k]-back, moves[k])
	}
}

func add(to []float64, factor float64, from []float64) {
	for i := range to {
		to[i] += factor * from[i]
	}
}

func inner(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func length(a []float64) float64 { return math.Sqrt(inner(a, a)) }
