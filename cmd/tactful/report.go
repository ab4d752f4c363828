package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/report"
)

type reportCommand struct {
	List   reportListCommand   `cmd:"" help:"List the reports: what each counts and what a reader may conclude."`
	Show   reportShowCommand   `cmd:"" help:"Ask for a report, or for one that was given before."`
	Map    reportMapCommand    `cmd:"" help:"Write the map as tiles for a web map."`
	Budget reportBudgetCommand `cmd:"" help:"What each report may still tell this month."`
	Kept   reportKeptCommand   `cmd:"" help:"How much a public list keeps of the true one, by epsilon and window, on the shipped purchases."`
}

// Help teaches what the numbers are.
func (reportCommand) Help() string {
	return `Numbers about crowds that point at nobody. Every count carries random noise. The noise is small beside a crowd and large beside a
person: whoever compares a report with you and one without you learns next to nothing. MARGIN says how far a number may be off: 19 times
of 20 no further than that. A number smaller than its margin says nothing.

Each answer tells a little about everybody in it, so each report has a budget for a month (epsilon; 1 is strict, 3 is loose):

  asked for the first time    costs one answer of the month's budget
  asked again                 the same numbers, for nothing; asking often averages no noise away
  budget spent                refused until the first of the next month, crash or restored backup or not

Only people who agreed to the purpose improvement count; in outcomes of experiments those who agreed to tests, in opt-in rates everybody
whose data is not locked. One person counts once in a group and in a bounded number of groups, drawn by lot; so numbers of items are
somewhat below the true ones.

  engine:
    reports: {epsilon: 1, delta: 1e-6, answers: 4, items: 20}

Examples:
  tactful report list --as "Ada B."
  tactful report show popular --days 90 --as "Ada B."
  tactful report show places --format geojson --as "Ada B." > places.geojson
  tactful report map --out tiles --as "Ada B."
  tactful report show campaigns --as "Ada B."
  tactful report show experiments --format csv --as "Ada B." > experiments.csv
  tactful report show trends --format svg --as "Ada B." > trends.svg
  tactful report budget --as "Ada B."`
}

// wireReportFamily is a family as the API gives it.
type wireReportFamily struct {
	Name     string  `json:"name"`
	Title    string  `json:"title"`
	Counts   string  `json:"counts"`
	Unit     string  `json:"unit"`
	Groups   int64   `json:"groups"`
	Days     int     `json:"days"`
	MostDays int     `json:"mostDays"`
	Epsilon  float64 `json:"epsilon"`
	Delta    float64 `json:"delta"`
	Rho      float64 `json:"rho"`
	Spent    float64 `json:"spent"`
	Each     float64 `json:"each"`
	Answers  int64   `json:"answers"`
	Renews   string  `json:"renews"`
	Tells    string  `json:"tells"`
	Hides    string  `json:"hides"`
}

func (f *casework) reportFamilies(a *app) ([]wireReportFamily, []byte, error) {
	var answer struct{ Reports []wireReportFamily }
	text, err := f.call(a, http.MethodGet, "/v1/reports", nil, &answer)
	return answer.Reports, text, err
}

type reportListCommand struct {
	casework
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (reportListCommand) Help() string {
	return `Nothing is computed and nothing spent.

Example:
  tactful report list --as "Ada B."`
}

// Run lists.
func (c *reportListCommand) Run(a *app) error {
	all, text, err := c.reportFamilies(a)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := a.out.Write(append(text, '\n'))
		return err
	}
	for _, f := range all {
		span := "about now"
		if f.MostDays > 0 {
			span = fmt.Sprintf("%d days, up to %d", f.Days, f.MostDays)
		}
		if _, err := fmt.Fprintf(a.out, "%s: %s\n  counts    %s (%s)\n  protects  %s, who counts in %d groups at most; epsilon %g a month\n  tells     %s\n  hides     %s\n",
			f.Name, f.Title, f.Counts, span, f.Unit, f.Groups, f.Epsilon, f.Tells, f.Hides); err != nil {
			return err
		}
	}
	return nil
}

type reportShowCommand struct {
	casework
	Report string `arg:"" help:"Which report."`
	Days   int    `placeholder:"N" help:"How many days; each report has its own where this is left out."`
	Until  string `placeholder:"DATE" help:"The first day that does not count, such as 2026-11-26; today if left out."`
	Format string `default:"table" enum:"table,csv,svg,geojson" help:"table, csv, svg, or geojson for the map."`
	JSON   bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (reportShowCommand) Help() string {
	return `A day that is not over has no number yet, so the same question has the same answer all day, and for 400 days when it is asked
with its --until again.

Examples:
  tactful report show popular --as "Ada B."
  tactful report show popular --days 90 --until 2026-11-26 --format csv --as "Ada B." > popular.csv
  TACTFUL_KEY=tk_… tactful report show creepy --json --url http://127.0.0.1:8080`
}

// Run asks.
func (c *reportShowCommand) Run(a *app) error {
	question := map[string]any{}
	if c.Days != 0 {
		question["days"] = c.Days
	}
	if c.Until != "" {
		if _, err := time.Parse(report.Dated, c.Until); err != nil {
			return tactful.InvalidField("--until", "is not a date", "write it as 2026-11-26")
		}
		question["until"] = c.Until
	}
	if !c.JSON && c.Format != "table" {
		question["format"] = c.Format
	}
	text, err := c.call(a, http.MethodPost, "/v1/reports/"+url.PathEscape(c.Report), question, nil)
	if err != nil {
		return err
	}
	if c.JSON || c.Format != "table" {
		if c.JSON {
			text = append(text, '\n')
		}
		_, err := a.out.Write(text)
		return err
	}
	var answer report.Answer
	if err := json.Unmarshal(text, &answer); err != nil {
		return err
	}
	return showReport(a, &answer)
}

func showReport(a *app, r *report.Answer) error {
	span := "as of " + r.Until
	if r.From != "" {
		span = r.From + " to " + r.Until
	}
	fmt.Fprintf(a.out, "%s, %s\nPEOPLE are %s, each number within %.0f of what was counted, 19 times of 20.\n", r.Title, span, r.Counts, r.Margin)
	rows := [][]string{{"NAME", "OF", "TITLE", "PEOPLE", "SHARE"}}
	for _, row := range r.Rows {
		share := ""
		if row.Share > 0 {
			share = strconv.FormatFloat(100*row.Share, 'f', 1, 64) + " %"
		}
		rows = append(rows, []string{row.Name, row.Of, row.Title, strconv.FormatInt(row.People, 10), share})
	}
	if len(r.Rows) == 0 {
		fmt.Fprintln(a.out, "No number is large enough to say anything. Ask for more days.")
	} else if err := showTable(a.out, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.out, "It tells %s.\nIt hides %s.\nThis answer tells at most epsilon %.3f (delta %g) of one person; asked again it is the same.\n", r.Tells, r.Hides, r.Epsilon, r.Delta)
	return err
}

type reportBudgetCommand struct {
	casework
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (reportBudgetCommand) Help() string {
	return `SPENT and BUDGET are in zCDP (rho), which simply adds up; epsilon at delta is what it means for one person. Budgets of reports add
up too: somebody who is in all of them is protected by the last line.

Example:
  tactful report budget --as "Ada B."`
}

// Run lists what is left.
func (c *reportBudgetCommand) Run(a *app) error {
	all, text, err := c.reportFamilies(a)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := a.out.Write(append(text, '\n'))
		return err
	}
	rows := [][]string{{"REPORT", "SPENT", "BUDGET", "ANSWER", "LEFT", "RENEWS", "EPSILON"}}
	spent, budget := 0.0, 0.0
	for _, f := range all {
		rows = append(rows, []string{f.Name, fmt.Sprintf("%.4f", f.Spent), fmt.Sprintf("%.4f", f.Rho), fmt.Sprintf("%.4f", f.Each),
			strconv.FormatInt(f.Answers, 10), f.Renews, strconv.FormatFloat(f.Epsilon, 'g', 3, 64)})
		spent, budget = spent+f.Spent, budget+f.Rho
	}
	if len(all) > 0 {
		rows = append(rows, []string{"all", fmt.Sprintf("%.4f", spent), fmt.Sprintf("%.4f", budget), "", "", "", strconv.FormatFloat(report.EpsilonOf(budget, all[0].Delta), 'g', 3, 64)})
	}
	return showTable(a.out, rows)
}
