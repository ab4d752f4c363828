package main

import (
	"fmt"
	"strings"

	"github.com/tactful/tactful/internal/law"
)

type lawCommand struct {
	Region string `placeholder:"CODE" help:"ISO 3166 code, such as DE or US-CA; every place with a row if left out."`
	JSON   bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (lawCommand) Help() string {
	return `What applies in a place, where that is from, and which test shows that it is kept.
Rows that wait for later work say so. It is no legal advice.

Examples:
  tactful law                  one line for each place
  tactful law --region DE      what applies in Germany, and what shows it
  tactful law --region XX      a place without a row: the strictest of all`
}

// Run prints the table, or one place with its duties.
func (c *lawCommand) Run(a *app) error {
	if c.Region == "" {
		return c.places(a)
	}
	row, duties := law.For(c.Region), law.Duties(c.Region)
	if c.JSON {
		return showJSON(a.out, map[string]any{"region": c.Region, "row": row, "duties": duties})
	}
	fmt.Fprintf(a.out, "%s: %s\n", c.Region, row.Name)
	if row.Code == law.Unknown {
		fmt.Fprintln(a.out, "No row for this place: the strictest of each column holds.")
	}
	rows := [][]string{{"", "WHAT HOLDS", "FROM", "READ", "CHECKED"}}
	add := func(what, holds string, s law.Source) {
		rows = append(rows, []string{what, holds, strings.TrimSpace(s.Law + " " + s.Article), string(s.Read), s.Checked})
	}
	add("before personalization", string(row.Regime.Is), row.Regime.Source)
	add("age", fmt.Sprintf("a guardian agrees below %d; no profiling below %d", row.Ages.Is.Guardian, row.Ages.Is.Adult), row.Ages.Source)
	add("sensitive data", string(row.Sensitive.Is), row.Sensitive.Source)
	add("Global Privacy Control", string(row.Signal.Is), row.Signal.Source)
	add("requests for rights", clock(row.Rights.Is), row.Rights.Source)
	add("stop or limit", clock(row.OptOut.Is), row.OptOut.Source)
	add("breach", "tell the authority within "+row.Breach.Is.String(), row.Breach.Source)
	add("a no", "not asked again within "+row.AskAgain.Is.String(), row.AskAgain.Source)
	if err := showTable(a.out, rows); err != nil {
		return err
	}
	fmt.Fprintln(a.out)
	for _, d := range duties {
		fmt.Fprintf(a.out, "%s\n  must: %s\n", strings.TrimSpace(d.Law+" "+d.Article), d.Must)
		for _, p := range d.Shown {
			fmt.Fprintf(a.out, "  shown by: %s %s\n", p.Package, p.Test)
		}
		if d.Waits != "" {
			fmt.Fprintf(a.out, "  waits for: %s\n", d.Waits)
		}
	}
	return nil
}

func (c *lawCommand) places(a *app) error {
	list := append(law.Rows(), law.Strictest())
	if c.JSON {
		return showJSON(a.out, list)
	}
	rows := [][]string{{"CODE", "PLACE", "REGIME", "AGE", "SENSITIVE DATA", "GPC", "ANSWER WITHIN", "STOP WITHIN", "A NO HOLDS"}}
	for _, r := range list {
		rows = append(rows, []string{
			r.Code, r.Name, string(r.Regime.Is), fmt.Sprintf("%d/%d", r.Ages.Is.Guardian, r.Ages.Is.Adult), string(r.Sensitive.Is), string(r.Signal.Is),
			r.Rights.Is.Answer.String(), r.OptOut.Is.Answer.String(), r.AskAgain.Is.String(),
		})
	}
	return showTable(a.out, rows)
}

func clock(c law.Clock) string {
	text := "answer within " + c.Answer.String()
	if !c.Confirm.IsZero() {
		text = "confirm within " + c.Confirm.String() + ", " + text
	}
	if !c.Extended.IsZero() {
		text += ", " + c.Extended.String() + " if the person is told why"
	}
	return text
}
