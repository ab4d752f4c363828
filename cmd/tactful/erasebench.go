package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tactful/tactful"
)

// eraseGoal is what one erasure may take at the size of the demo.
const eraseGoal = time.Second

type benchErase struct {
	People int    `default:"50" help:"How many customers of the demo data are erased, one after another."`
	Seed   uint64 `default:"1" help:"Who they are."`
	JSON   bool   `name:"json" help:"Print as JSON."`
	profileFlags
}

// Help adds an example to --help.
func (benchErase) Help() string {
	return `Fills a temporary place with the demo data, fits the model, and erases customers one after another: freeze, cancel, unlearn with a
fit, purge, tell, shred, scan, signed receipt. The exit code is 1 if one in ten takes longer than a second.

Example:
  tactful bench erase --people 100`
}

// Run measures.
func (c *benchErase) Run(a *app) error {
	if c.People < 1 || c.People > 2000 {
		return tactful.InvalidField("--people", "is out of range", "between 1 and 2000")
	}
	f := benchFlags{JSON: c.JSON}
	a = a.work()
	return f.run(a, func(h *benchHouse) error {
		if err := h.eng.Warm(a.ctx); err != nil {
			return err
		}
		order := rand.New(rand.NewPCG(c.Seed, 14)).Perm(len(h.customers))
		row := loadRow{Name: "erase one person"}
		var walls []time.Duration
		var steps []string
		byStep := map[string]time.Duration{}
		bar := a.progress()
		defer bar.End()
		begun := time.Now()
		cost, err := c.measure(func() error {
			for _, at := range order {
				if row.Requests == c.People {
					break
				}
				began := time.Now()
				receipt, err := h.eng.Erase(a.ctx, tactful.Alias{Kind: tactful.UserID, ID: h.customers[at]})
				if tactful.KindOf(err) == tactful.NotFound && err != nil {
					continue // never said yes
				}
				if err != nil {
					return err
				}
				walls = append(walls, time.Since(began))
				row.Requests++
				last := receipt.Asked
				for _, s := range receipt.Steps {
					if byStep[s.Step] == 0 {
						steps = append(steps, s.Step)
					}
					byStep[s.Step] += max(s.Time.Sub(last), 1)
					last = s.Time
				}
				bar.Report("erase", row.Requests, c.People)
			}
			return nil
		})
		bar.End()
		if err != nil {
			return err
		}
		if row.Requests == 0 {
			return errors.New("nobody of the demo data is known")
		}
		row.PerSecond = float64(row.Requests) / time.Since(begun).Seconds()
		slices.Sort(walls)
		p90 := walls[len(walls)*9/10]
		row.P50, row.P99, row.Worst = walls[len(walls)/2], walls[len(walls)*99/100], walls[len(walls)-1]
		extra := map[string]any{"p90": p90.String()}
		for _, step := range steps {
			extra["mean "+step] = (byStep[step] / time.Duration(row.Requests)).Round(10 * time.Microsecond).String()
		}
		if err := f.show(a, benchResult{Clients: 1, Rows: []loadRow{row}, Effort: cost, Extra: extra}, "erasure at the size of the demo"); err != nil {
			return err
		}
		if !c.JSON {
			fmt.Fprintf(a.out, "p90 %s, goal %s: ", p90.Round(time.Millisecond), eraseGoal)
			if p90 <= eraseGoal {
				fmt.Fprintln(a.out, "met")
			} else {
				fmt.Fprintln(a.out, "MISSED")
			}
			for _, step := range steps {
				fmt.Fprintf(a.out, "  mean %-8s %v\n", step, extra["mean "+step])
			}
		}
		if p90 > eraseGoal {
			return errGoalMissed
		}
		return nil
	})
}
