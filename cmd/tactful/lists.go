package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

type listsCommand struct {
	Publish listsPublishCommand `cmd:"" help:"Make the next edition, if its time has come."`
	Show    listsShowCommand    `cmd:"" help:"The edition that stands, or the list of one item."`
}

// Help teaches what public lists are.
func (listsCommand) Help() string {
	return `Lists of what many people touched besides an item. They are the same for everybody, need no key and may lie in a cache:
GET /v1/lists/ITEM. Whoever watches such lists change could guess what somebody bought; so only items that 100 people touched have one, all
lists change together and seldom, every count carries fresh noise, and an item takes another's place only if it is ahead by a margin. Sensitive
items have no list and stand in none. tactful replay --rows lists attacks them.

Only people who agreed to the purpose improvement count. Who takes that back, or is erased, is out with the next edition; an edition stands
twice its time at most. Off by default:

  engine:
    reports:
      lists: {published: true, every: 168h, least: 100, items: 50, deviation: 3, margin: 12}

A server makes editions by itself. Five are made in a month at most.

Examples:
  tactful lists publish --as "Ada B."
  tactful lists show --as "Ada B."
  tactful lists show 85123A --as "Ada B."`
}

type listsPublishCommand struct {
	casework
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (listsPublishCommand) Help() string {
	return `Refused before the edition that stands is old enough, and beyond five a month. It is charged once, in the write that keeps it: if it is
killed in the middle, there is no edition and no charge, or both.

Example:
  tactful lists publish --as "Ada B."`
}

// Run publishes.
func (c *listsPublishCommand) Run(a *app) error {
	text, err := c.call(a, http.MethodPost, "/v1/lists", nil, nil)
	if err != nil {
		return err
	}
	return showEdition(a, text, c.JSON)
}

type listsShowCommand struct {
	casework
	Item string `arg:"" optional:"" help:"Whose list; the edition itself if left out."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (listsShowCommand) Help() string {
	return `Examples:
  tactful lists show --as "Ada B."
  tactful lists show 85123A --json --as "Ada B."`
}

// Run shows.
func (c *listsShowCommand) Run(a *app) error {
	path := "/v1/lists"
	if c.Item != "" {
		path += "/" + url.PathEscape(c.Item)
	}
	text, err := c.call(a, http.MethodGet, path, nil, nil)
	if err != nil {
		return err
	}
	if c.Item == "" || c.JSON {
		return showEdition(a, text, c.JSON)
	}
	var list struct {
		Given, Next time.Time
		Items       []struct{ ID, Title string }
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	rows := [][]string{{"ITEM", "TITLE"}}
	for _, item := range list.Items {
		rows = append(rows, []string{item.ID, item.Title})
	}
	if err := showTable(a.out, rows); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "Published %s; it changes on %s at the earliest.\n", list.Given.Format(time.DateOnly), list.Next.Format(time.DateOnly))
	return err
}

func showEdition(a *app, text []byte, asJSON bool) error {
	if asJSON {
		_, err := a.out.Write(append(text, '\n'))
		return err
	}
	var d struct {
		Given, Next, Until              time.Time
		Items, Least, Deviation, Margin int
		Groups                          int
		Unit, Tells, Hides              string
		Rho, Epsilon, Delta             float64
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.out, `Public lists of %d items, published %s; the next edition from %s, this one ends on %s.
Each item was touched by at least %d people; one person counts with %d items; noise of deviation %d on each count; margin %d people.
They tell %s.
They hide %s: rho %.1f (epsilon %.0f at delta %g) for %s.
`, d.Items, d.Given.Format(time.DateOnly), d.Next.Format(time.DateOnly), d.Until.Format(time.DateOnly), d.Least, d.Groups, d.Deviation, d.Margin, d.Tells, d.Hides, d.Rho, d.Epsilon, d.Delta, d.Unit)
	return err
}
