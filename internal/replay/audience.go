package replay

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/tactful/tactful/internal/evaluate"
)

// The synthetic audience.
const (
	audiencePeople = 1600
	audienceGroups = 6400 // where groups are compared: the worst of sixteen shares of fewer people is chance
	audienceItems  = 400
	audienceThemes = 16
	audienceShare  = 0.35 // with the secret
	audienceLean   = 0.27 // how far a theme leans to one side, at most
)

// audience makes people with a planted taste: every theme leans to one side or
// the other, some items of a theme a little more, and people choose from a few
// themes by popularity. Histories differ in length as real ones do.
func audience(seed uint64) *population { return audienceOf(seed, audiencePeople, audienceLean) }

// crowdedAudience is the same with more people.
func crowdedAudience(seed uint64) *population { return audienceOf(seed, audienceGroups, audienceLean) }

// audienceOf is an audience of so many people whose themes lean so far.
func audienceOf(seed uint64, people int, far float64) *population {
	rng := rand.New(rand.NewPCG(seed, 5))
	p := &population{name: "synthetic audience", synthetic: true, pairs: &evaluate.Pairs{Items: audienceItems + 1}}
	lean := make([]float64, audienceThemes)
	for i := range lean {
		lean[i] = far * float64(i%4*2-3) / 3 // as many one way as the other
	}
	own := make([]float64, audienceItems) // what an item adds to its theme's lean
	for i := range own {
		own[i] = far / 3 * rng.NormFloat64()
	}
	perTheme := audienceItems / audienceThemes
	for range people {
		secret := rng.Float64() < audienceShare
		side := -1.0
		if secret {
			side = 1
		}
		taste := make([]float64, audienceThemes)
		sum := 0.0
		for i := range taste {
			taste[i] = math.Exp(side*lean[i] + 1.2*rng.NormFloat64())
			sum += taste[i]
		}
		length := min(12+int(18*rng.ExpFloat64()), 120)
		var items []uint32
		for tries := 0; len(items) < length && tries < 10*length; tries++ {
			at, theme := rng.Float64()*sum, 0
			for theme < audienceThemes-1 && at > taste[theme] {
				at -= taste[theme]
				theme++
			}
			item := int(math.Pow(rng.Float64(), 1.6)*float64(perTheme))*audienceThemes + theme
			if rng.Float64() > 1/(1+math.Exp(-side*own[item]-1)) {
				continue
			}
			if no := uint32(item + 1); !slices.Contains(items, no) {
				items = append(items, no)
			}
		}
		slices.Sort(items)
		p.pairs.People, p.secret, p.known = append(p.pairs.People, items), append(p.secret, secret), append(p.known, true)
	}
	return p
}
