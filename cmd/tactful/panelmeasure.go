package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

type panelMeasure struct {
	casework
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help says what the figures are.
func (panelMeasure) Help() string {
	return `Makes the lists that members of the panel would be shown now, of those who agree to protection and to lists of their own, and compares
groups: are leanings carried further than the members' own choices, is a group served worse, whose items is it shown. Nothing of it is
shown to anybody or learned from. It is measured once a month, by itself too; within the month the answer is the same. Figures are made from sums
with noise (engine.protection.measure.epsilon), so that they tell nobody's attribute; GIVE says how far each may be off. What is beyond
its bound by more than that is logged as a warning, counted in tactful_panel_beyond, and the exit code is 1.

Examples:
  tactful panel measure --as "Ada B."
  TACTFUL_KEY=tk_… tactful panel measure --json --url http://127.0.0.1:8080`
}

// panelMeasures are the figures as the API gives them.
type panelMeasures struct {
	Month          string
	Epsilon, Delta float64
	Comparisons    []struct {
		Attribute            string
		Values               []string
		People               []int64
		Categories           int
		Mean, Worst, Served  panelFigure
		WorstCategory, Worse string
		Exposure             []struct {
			panelFigure
			Of, Group   string
			Least, Most float64
		}
		Beyond, Held []string
	}
}

type panelFigure struct{ Value, Give float64 }

// Run measures, or shows what was measured this month.
func (c *panelMeasure) Run(a *app) error {
	var m panelMeasures
	text, err := c.call(a, http.MethodPost, "/v1/panel/measures", nil, &m)
	if err != nil {
		return err
	}
	beyond := false
	for i := range m.Comparisons {
		beyond = beyond || len(m.Comparisons[i].Beyond) > 0
	}
	if c.JSON {
		_, err = a.out.Write(append(text, '\n'))
	} else {
		err = m.show(a)
	}
	if err == nil && beyond {
		return errGoalMissed
	}
	return err
}

func (m *panelMeasures) show(a *app) error {
	fmt.Fprintf(a.out, "Measured in %s; all of it together tells of one person at most epsilon %g (delta %g).\n", m.Month, m.Epsilon, m.Delta)
	rows := [][]string{{"GROUPS", "FIGURE", "VALUE", "GIVE", "BOUND"}}
	for i := range m.Comparisons {
		x := &m.Comparisons[i]
		who := fmt.Sprintf("%s: %s (about %d), %s (about %d)", x.Attribute, x.Values[0], x.People[0], x.Values[1], x.People[1])
		row := func(name string, f panelFigure, bound string) {
			rows = append(rows, []string{who, name, fmt.Sprintf("%.3f", f.Value), fmt.Sprintf("%.3f", f.Give), bound})
			who = ""
		}
		said := func(word string) string {
			switch {
			case slices.Contains(x.Beyond, word):
				return "beyond"
			case slices.Contains(x.Held, word):
				return "held"
			}
			return "too few people to tell"
		}
		row(fmt.Sprintf("leanings carried further, mean of %d categories", x.Categories), x.Mean, said("mean"))
		row("the same of "+x.WorstCategory, x.Worst, said("worst"))
		row("how well "+x.Worse+" is served, by the other", x.Served, said("served"))
		for _, e := range x.Exposure {
			bound := []string{}
			if e.Least > 0 {
				bound = append(bound, fmt.Sprintf("at least %g", e.Least))
			}
			if e.Most > 0 {
				bound = append(bound, fmt.Sprintf("at most %g", e.Most))
			}
			row("share of "+e.Group+" in lists of "+e.Of, e.panelFigure, strings.Join(bound, ", "))
		}
	}
	return showTable(a.out, rows)
}
