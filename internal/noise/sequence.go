package noise

import "math"

// Sequence is a confidence sequence for the mean of values between 0 and 1: an
// interval after every value that, with the chance asked for, holds the mean at
// all times at once, so that looking often and stopping early is no mistake. It
// is the predictable plug-in empirical Bernstein sequence of Waudby-Smith and
// Ramdas, "Estimating means of bounded random variables by betting" (2024),
// theorem 2. The zero value, with Alpha set, is ready.
type Sequence struct {
	Alpha float64 // chance that the interval ever misses, above 0

	N         uint64
	Sum       float64 // of the values
	Squares   float64 // of (value - mean so far)²
	Bets      float64 // of the lambdas
	Won       float64 // of lambda·value
	Spent     float64 // of v·psi(lambda)
	Low, High float64 // the running intersection of the intervals
}

// maxBet keeps log(1-lambda) finite.
const maxBet = 0.75

// Add takes the next value; values outside 0 to 1 are moved to the nearer end.
func (q *Sequence) Add(value float64) {
	x := min(max(value, 0), 1)
	if math.IsNaN(value) {
		x = 0
	}
	if q.N == 0 {
		q.Low, q.High = 0, 1
	}
	// Everything that chooses the bet is known before the value.
	n := float64(q.N)
	mean := (0.5 + q.Sum) / (n + 1)
	variance := (0.25 + q.Squares) / (n + 1)
	log := math.Log(2 / q.Alpha)
	bet := min(math.Sqrt(2*log/(variance*(n+1)*math.Log(n+2))), maxBet)
	q.Bets += bet
	q.Won += bet * x
	q.Spent += 4 * (x - mean) * (x - mean) * (-math.Log1p(-bet) - bet) / 4
	q.N++
	q.Sum += x
	now := (0.5 + q.Sum) / (n + 2)
	q.Squares += (x - now) * (x - now)
	centre, reach := q.Won/q.Bets, (log+q.Spent)/q.Bets
	q.Low, q.High = max(q.Low, centre-reach), min(q.High, centre+reach)
}

// Interval returns the bounds of the mean, 0 and 1 before the first value. Where
// chance has made the intervals disagree they meet in one point.
func (q *Sequence) Interval() (low, high float64) {
	if q.N == 0 {
		return 0, 1
	}
	if q.Low > q.High {
		middle := (q.Low + q.High) / 2
		return middle, middle
	}
	return q.Low, q.High
}

// Mean returns the mean of the values, NaN before the first.
func (q *Sequence) Mean() float64 { return q.Sum / float64(q.N) }

// Difference returns the bounds of mean(b) - mean(a). It misses with the chances
// of both together, so give each half.
func Difference(a, b *Sequence) (low, high float64) {
	al, ah := a.Interval()
	bl, bh := b.Interval()
	return bl - ah, bh - al
}
