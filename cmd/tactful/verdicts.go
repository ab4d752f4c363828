package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
)

// verdictsShown is what the guards said of one decision, as the API gives it.
type verdictsShown struct {
	Time                            time.Time
	Placement, Level, PolicyVersion string
	Kept                            bool
	Guards                          []string
	Count                           int
	Candidates                      []struct {
		Item, Title, Guard, Sentence string
		Place                        int
		Verdicts                     []struct{ Guard, Ruling, Detail string }
	}
}

// verdicts prints what every guard said of every candidate of a past decision.
func (c *explainCommand) verdicts(a *app) error {
	if c.Person != "" || c.Made != "" || c.Rules != "" || c.Level != "" || len(c.Without)+len(c.Items) > 0 || c.Query != "" {
		return tactful.InvalidField("--receipt", "stands beside a question about a list of now", "ask one of them; a receipt says whom it is about")
	}
	var v verdictsShown
	path := "/v1/receipts/" + url.PathEscape(c.Receipt) + "/verdicts"
	if c.Language != "" {
		path += "?language=" + url.QueryEscape(c.Language)
	}
	text, err := c.call(a, http.MethodGet, path, nil, &v)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := a.out.Write(append(text, '\n'))
		return err
	}
	fmt.Fprintf(a.out, "%s, %s, level %s, policy %s\n", v.Time.Format(time.DateTime), v.Placement, v.Level, v.PolicyVersion)
	if !v.Kept {
		_, err := fmt.Fprintln(a.out, "This receipt is from before verdicts were kept: it says only what each guard stopped.")
		return err
	}
	fmt.Fprintf(a.out, "%d guards judged %d candidates: %s. What is not listed got a plain yes from all.\n", len(v.Guards), v.Count, strings.Join(v.Guards, ", "))
	rows := [][]string{{"PLACE", "ITEM", "TITLE", "GUARD", "SAID", "WHY"}}
	for i := range v.Candidates {
		x := &v.Candidates[i]
		place := ""
		if x.Place > 0 {
			place = strconv.Itoa(x.Place)
		}
		if len(x.Verdicts) == 0 && (x.Place > 0 || c.All) {
			rows = append(rows, []string{place, x.Item, short(x.Title, 32), "", "allow", x.Sentence})
		}
		for _, said := range x.Verdicts {
			rows = append(rows, []string{place, x.Item, short(x.Title, 32), said.Guard, said.Ruling, said.Detail})
		}
	}
	return showTable(a.out, rows)
}
