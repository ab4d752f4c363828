package linear

// keepBest returns the k best candidates, in no order. It reorders c.
// (Hoare's selection with the middle of three as pivot.)
func keepBest(c []candidate, k int) []candidate {
	if len(c) <= k {
		return c
	}
	lo, hi := 0, len(c)-1
	for lo < hi {
		pivot := middle(c[lo], c[lo+(hi-lo)/2], c[hi])
		i, j := lo, hi
		for i <= j {
			for c[i].before(pivot) {
				i++
			}
			for pivot.before(c[j]) {
				j--
			}
			if i <= j {
				c[i], c[j] = c[j], c[i]
				i++
				j--
			}
		}
		switch {
		case k-1 <= j:
			hi = j
		case k-1 >= i:
			lo = i
		default:
			return c[:k]
		}
	}
	return c[:k]
}

func middle(a, b, c candidate) candidate {
	if b.before(a) {
		a, b = b, a
	}
	if c.before(a) {
		return a
	}
	if c.before(b) {
		return c
	}
	return b
}
