package evaluate

import (
	"math/rand/v2"
	"slices"
)

// Split cuts a validation set out of training pairs: from each person with at
// least five items a seeded share of them, at least one, never all. Settings are
// chosen on it, so that a test set is touched once, by the settings chosen.
func Split(train *Pairs, share float64, seed uint64) (rest, validation *Pairs) {
	rest = &Pairs{Items: train.Items, People: make([][]uint32, len(train.People))}
	validation = &Pairs{Items: train.Items, People: make([][]uint32, len(train.People))}
	for u, items := range train.People {
		if len(items) < minToSplit {
			rest.People[u] = items
			continue
		}
		r := rand.New(rand.NewPCG(seed, uint64(u))) // each person's own, whoever else is there
		held := max(1, int(share*float64(len(items))+0.5))
		order := r.Perm(len(items))
		for i, at := range order {
			if i < held {
				validation.People[u] = append(validation.People[u], items[at])
			} else {
				rest.People[u] = append(rest.People[u], items[at])
			}
		}
		slices.Sort(rest.People[u])
		slices.Sort(validation.People[u])
	}
	return rest, validation
}

const minToSplit = 5
