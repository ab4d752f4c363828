package evaluate

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/model"
)

// Forgotten says what it cost to forget people one after another, and whether
// the model then was the one that never saw them.
type Forgotten struct {
	People   int           `json:"people"`
	Columns  int           `json:"columns"`  // in the model
	Full     time.Duration `json:"full"`     // wall time of a full fit in the same run
	FullCPU  time.Duration `json:"fullCPU"`  // its processor time
	Touched  Quantiles     `json:"touched"`  // columns solved again for one person
	Wall     Quantiles     `json:"wall"`     // nanoseconds for one person
	CPU      Quantiles     `json:"cpu"`      // processor nanoseconds for one person
	Together time.Duration `json:"together"` // wall time of forgetting as many others at once
	Equal    bool          `json:"equal"`    // the model file equals, byte for byte, a fit without them
}

// Quantiles are the median, the 90th percentile and the largest of a sample.
type Quantiles struct{ P50, P90, Max int64 }

func quantiles(sample []int64) Quantiles {
	if len(sample) == 0 {
		return Quantiles{}
	}
	slices.Sort(sample)
	return Quantiles{sample[len(sample)/2], sample[len(sample)*9/10], sample[len(sample)-1]}
}

// Forget takes seeded people out of a fitted model one by one, then as many
// again at once, and compares with a fit that never saw any of them.
func Forget(ctx context.Context, clock tactful.Clock, train *Pairs, o Options, people int, seed uint64) (*Forgotten, error) {
	p := linear.NewParameters(1, o.Exponent)
	all := Contributions(train, p)
	settings := p.At(0, o.Settings)
	g, err := Sums(train, p)
	if err != nil {
		return nil, err
	}
	g.Organise()
	began, before := clock.Now(), Processor()
	fit, err := linear.Fit(ctx, g, settings, o.Progress)
	if err != nil {
		return nil, err
	}
	r := &Forgotten{People: min(people, len(all)/2), Columns: len(g.Items()), Full: clock.Now().Sub(began), FullCPU: Processor() - before}
	order := rand.New(rand.NewPCG(seed, 2)).Perm(len(all))[:2*r.People]
	var touched, wall, cpu []int64
	for _, who := range order[:r.People] {
		began, before := clock.Now(), Processor()
		g.ClearChanged()
		if err := g.Subtract(&all[who]); err != nil {
			return nil, err
		}
		var columns []tactful.ItemNo
		if fit, columns, err = linear.FitTouched(ctx, g, fit, nil); err != nil {
			return nil, err
		}
		wall, cpu = append(wall, int64(clock.Now().Sub(began))), append(cpu, int64(Processor()-before))
		touched = append(touched, int64(len(columns)))
	}
	r.Touched, r.Wall, r.CPU = quantiles(touched), quantiles(wall), quantiles(cpu)
	began = clock.Now()
	g.ClearChanged()
	for _, who := range order[r.People:] {
		if err := g.Subtract(&all[who]); err != nil {
			return nil, err
		}
	}
	if fit, _, err = linear.FitTouched(ctx, g, fit, nil); err != nil {
		return nil, err
	}
	r.Together = clock.Now().Sub(began)
	r.Equal, err = neverSeen(ctx, all, order, p, settings, fit)
	return r, err
}

// neverSeen reports whether fit encodes to the bytes of a fit without the people in order.
func neverSeen(ctx context.Context, all []linear.Contribution, order []int, p *linear.Parameters, s linear.Settings, fit *linear.Columns) (bool, error) {
	gone := make([]bool, len(all))
	for _, who := range order {
		gone[who] = true
	}
	g := linear.NewGram(p.ID)
	for i := range all {
		if !gone[i] {
			if err := g.Add(&all[i]); err != nil {
				return false, err
			}
		}
	}
	fresh, err := linear.Fit(ctx, g, s, nil)
	if err != nil {
		return false, err
	}
	a, err := model.Encode(fit)
	if err != nil {
		return false, err
	}
	b, err := model.Encode(fresh)
	return slices.Equal(a, b), err
}

// Processor returns the processor time that this process has used so far, 0
// where the system does not say.
func Processor() time.Duration {
	cpu, _ := used()
	return cpu
}

// WriteTable prints the outcome for people.
func (r *Forgotten) WriteTable(w io.Writer) error {
	ms := func(ns int64) float64 { return float64(ns) / 1e6 }
	share := func(n int64) float64 { return 100 * float64(n) / float64(max(r.Columns, 1)) }
	verdict := "differs from a fit that never saw them: this is a defect"
	if r.Equal {
		verdict = "equals a fit that never saw them, byte for byte"
	}
	_, err := fmt.Fprintf(w, `forgetting %d people one by one, %d columns
                    p50        p90        max
columns solved  %6.1f %%   %6.1f %%   %6.1f %%
wall          %7.0f ms %7.0f ms %7.0f ms
processor     %7.0f ms %7.0f ms %7.0f ms
as many at once: %.1f s; a full fit: %.1f s wall, %.1f s processor
the model %s
`, r.People, r.Columns, share(r.Touched.P50), share(r.Touched.P90), share(r.Touched.Max),
		ms(r.Wall.P50), ms(r.Wall.P90), ms(r.Wall.Max), ms(r.CPU.P50), ms(r.CPU.P90), ms(r.CPU.Max),
		r.Together.Seconds(), r.Full.Seconds(), r.FullCPU.Seconds(), verdict)
	return err
}
