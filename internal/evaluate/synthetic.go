package evaluate

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Synthetic makes seeded pairs with the shape of real ones, for measuring cost
// where no real data may be shipped: the popularity of items and the length of
// histories follow power laws, and people keep to a few of many themes, so that
// neighbourhoods mean something. The accuracy on it proves nothing.
func Synthetic(people, items, events int, seed uint64) *Pairs {
	r := rand.New(rand.NewPCG(seed, 1))
	themes := max(1, items/40)
	p := &Pairs{Items: items + 1, People: make([][]uint32, people)}
	mean := float64(events) / float64(people)
	for u := range p.People {
		// Pareto with exponent 2 and the wanted mean, cut at 50 means.
		length := int(math.Min(mean/2/math.Sqrt(1-r.Float64()), 50*mean) + 0.5)
		length = min(max(length, 1), items/2, 1000)
		var liked [3]int
		for i := range liked {
			liked[i] = r.IntN(themes)
		}
		own := make(map[uint32]struct{}, length)
		for tries := 0; len(own) < length && tries < 4*length; tries++ {
			rank := math.Pow(r.Float64(), 2.2) // density falls as rank^-0.55
			item := uint32(rank * float64(items))
			if r.IntN(4) > 0 { // three of four from a theme: every themes-th item
				theme := liked[r.IntN(len(liked))]
				item = uint32(rank*float64(items/themes))*uint32(themes) + uint32(theme)
			}
			own[min(item, uint32(items-1))+1] = struct{}{}
		}
		for item := range own {
			p.People[u] = append(p.People[u], item)
		}
		slices.Sort(p.People[u])
	}
	return p
}
