package experiment

import "math"

// leans are the odds, against those of the null, that evidence bets on: from a
// little more than it to ten times as much, all with the same stake.
var leans = [...]float64{1.1, 1.25, 1.5, 2, 3, 5, 10}

// Evidence says how much so many events in one group of all events speak for that
// group having more than its share, as the logarithm of a bet that pays nothing on
// average where it has not. It may be looked at after every event: the chance that
// it ever passes log(1/alpha) is alpha at most (Ville 1939). The events of two
// groups are compared and not their rates, so nothing waits for a window to end,
// and how many people came when does not matter (Lindon and Malek, "Anytime-Valid
// Inference for Multinomial Count Data", 2022).
func Evidence(in, all uint64, share float64) float64 {
	if in > all || !(share > 0 && share < 1) {
		return 0
	}
	k, rest := float64(in), float64(all-in)
	logs := [len(leans)]float64{}
	most := math.Inf(-1)
	for i, lean := range leans {
		other := lean * share / (lean*share + 1 - share)
		logs[i] = k*math.Log(other/share) + rest*math.Log((1-other)/(1-share))
		most = max(most, logs[i])
	}
	sum := 0.0
	for _, l := range logs {
		sum += math.Exp(l - most)
	}
	return most + math.Log(sum/float64(len(leans)))
}

// tolerated is the share of the events of two arms that the first has when its
// rate is ratio times that of the second, with the arms' weights.
func tolerated(weight, other, ratio float64) float64 {
	return weight * ratio / (weight*ratio + other)
}

// imbalance says, in the same way, how much the numbers of people speak against
// the shares that the arms should have: the mixture over all shares, with a
// Dirichlet prior around those that should be (the same paper, section 3).
func imbalance(people []uint64, shares []float64) float64 {
	const weight = 100.0 // of the prior, in people
	total, log := 0.0, 0.0
	for i, n := range people {
		a := weight * shares[i]
		log += lgamma(a+float64(n)) - lgamma(a) - float64(n)*math.Log(shares[i])
		total += float64(n)
	}
	return log + lgamma(weight) - lgamma(weight+total)
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}
