package experiment

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/tactful/tactful/internal/noise"
)

// Power is how many people a difference takes.
type Power struct {
	Base   float64 `json:"base"`   // rate of control
	Other  float64 `json:"other"`  // rate of the variant
	People int     `json:"people"` // in both arms together, that suffice in eight of ten experiments; 0: more than Most
	Most   int     `json:"most"`   // that were tried
}

// powerRuns is how many experiments are played for one line.
const powerRuns = 60

// PowerOf plays experiments of two arms of the same size, looked at all the time,
// and counts the people until the metric's interval leaves zero out. The same seed
// gives the same table.
func PowerOf(ctx context.Context, base, other float64, most int, seed uint64, progress func(stage string, done, total int)) (Power, error) {
	p := Power{Base: base, Other: other, Most: most}
	random := rand.New(rand.NewPCG(seed, 8))
	needed := make([]int, powerRuns)
	for run := range needed {
		arms := [2]noise.Sequence{{Alpha: metricAlpha / 2}, {Alpha: metricAlpha / 2}}
		needed[run] = most + 1
		for n := 2; n <= most; n += 2 {
			for i, chance := range [...]float64{base, other} {
				value := 0.0
				if random.Float64() < chance {
					value = 1
				}
				arms[i].Add(value)
			}
			if low, high := noise.Difference(&arms[0], &arms[1]); low > 0 || high < 0 {
				needed[run] = n
				break
			}
		}
		if err := ctx.Err(); err != nil {
			return p, err
		}
		progress("play", run+1, powerRuns)
	}
	slices.Sort(needed)
	if at := needed[powerRuns*8/10-1]; at <= most {
		p.People = at
	}
	return p, nil
}
