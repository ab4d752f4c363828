package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/tactful/tactful"
)

type looksCommand struct {
	configFlags
	serverFlags
	operatorFlags
	Person    string `arg:"" help:"The id by which the shop knows the person."`
	Anonymous bool   `help:"The id is a browser's, not an account's."`
	JSON      bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (looksCommand) Help() string {
	return `Lists who opened one person's data, when, why and what, as the person sees it. To list it is itself a look, and the first line
of the answer.

Examples:
  tactful looks u-1042 --as "Ada B." --reason "she asks who saw her orders"
  TACTFUL_KEY=tk_… tactful looks u-1042 --reason "she asks who saw her orders" --url http://127.0.0.1:8080`
}

// lookLine is one look as it is printed, and as the API gives it.
type lookLine struct {
	Time   string   `json:"time"`
	Kind   string   `json:"kind"`
	Name   string   `json:"name"`
	Opened []string `json:"opened"`
	Reason string   `json:"reason,omitempty"`
}

// Run prints the looks.
func (c *looksCommand) Run(a *app) error {
	lines, err := c.all(c.act(a))
	if err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, lines)
	}
	rows := [][]string{{"TIME", "WHO", "KIND", "OPENED", "WHY"}}
	for _, l := range lines {
		rows = append(rows, []string{l.Time, l.Name, l.Kind, strings.Join(l.Opened, ","), l.Reason})
	}
	return showTable(a.out, rows)
}

func (c *looksCommand) all(a *app) ([]lookLine, error) {
	if c.URL != "" {
		path := "/v1/subjects/" + url.PathEscape(c.Person) + "/looks?limit=1000"
		if c.Anonymous {
			path += "&kind=anonymous"
		}
		var answer struct{ Looks []lookLine }
		_, err := c.ask(a, http.MethodGet, path, nil, &answer)
		return answer.Looks, err
	}
	eng, done, err := c.open(a)
	if err != nil {
		return nil, err
	}
	defer done()
	alias := tactful.Alias{Kind: tactful.UserID, ID: c.Person}
	if c.Anonymous {
		alias.Kind = tactful.Anonymous
	}
	looks, err := eng.Looks(a.ctx, alias, 1000)
	if err != nil {
		return nil, fmt.Errorf("read the looks: %w", err)
	}
	lines := make([]lookLine, len(looks))
	for i, l := range looks {
		lines[i] = lookLine{l.Time.UTC().Format("2006-01-02T15:04:05Z"), l.Kind.String(), l.Name, l.Opened.Words(), l.Reason}
	}
	return lines, nil
}
