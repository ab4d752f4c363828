package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/config"
)

type explainCommand struct {
	casework
	Person    string   `arg:"" optional:"" help:"The id by which the shop knows the person; nobody in particular if left out."`
	Anonymous bool     `help:"The id is a browser's, not an account's."`
	Made      string   `type:"existingfile" placeholder:"FILE" help:"A synthetic person (JSON) instead of a real one."`
	Placement string   `default:"for_you" enum:"for_you,similar,basket,popular,search" help:"Which list."`
	Items     []string `placeholder:"ITEM" help:"Items of the page or the basket."`
	Query     string   `help:"Search words."`
	Count     int      `default:"10" help:"How many items."`
	Region    string   `placeholder:"CODE" help:"ISO 3166 code."`
	Language  string   `placeholder:"TAG" help:"Language of the sentences."`
	Without   []string `placeholder:"ITEM" help:"What if: without what was done with these items."`
	Level     string   `enum:",generic,context,personal,full" default:"" help:"What if: at this level."`
	Rules     string   `type:"existingfile" placeholder:"FILE" help:"What if: under the rules of this configuration file."`
	Receipt   string   `placeholder:"ID" help:"Instead of a list of now: what every guard said in this decision of the past."`
	All       bool     `help:"Every candidate, not only those that are shown, stopped or moved."`
	JSON      bool     `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (explainCommand) Help() string {
	return `Every candidate with the guard that stopped it and the sentence for it. To ask about a real person is a look, on record with them.
Nothing is written besides, and nothing counts as shown.

A synthetic person is a file such as
  {"level": "personal", "events": [{"action": "purchased", "item": "85123A", "daysAgo": 3}], "muted": ["Toys"]}

Examples:
  tactful explain u-1042 --as "Ada B." --reason "she asks why she sees mugs"
  tactful explain u-1042 --without 85123A --as "Ada B." --reason "she asks what her order changed"
  tactful explain --made person.json --rules next.yaml --as "Ada B."
  tactful explain --receipt 7Qk… --as "Ada B." --reason "she asks why she saw no mugs on Monday"
  TACTFUL_KEY=tk_… tactful explain u-1042 --level generic --reason "she asks what generic shows" --url http://127.0.0.1:8080`
}

// explained is one list as the API gives it.
type explained struct {
	Level, Because, Policy string
	Evidence               []struct {
		Item, Action, Day string
		Page              bool
		Weight            float64
	}
	Candidates []candidate
}

// candidate is one item of it.
type candidate struct {
	Item, Title, Origin, Guard, Sentence, Detail string
	Score                                        float64
	Place                                        int // 0: not shown
	Verdicts                                     []struct{ Guard, Ruling, Detail string }
}

// moved says which guard moved it back, where none stopped it.
func (x *candidate) moved() string {
	for _, said := range x.Verdicts {
		if x.Guard == "" && x.Place == 0 && said.Ruling == "demote" {
			return said.Guard + ": " + said.Detail
		}
	}
	return ""
}

// Run asks and prints.
func (c *explainCommand) Run(a *app) error {
	if c.Receipt != "" {
		return c.verdicts(a)
	}
	body, err := c.question()
	if err != nil {
		return err
	}
	var answer struct {
		Now    explained
		WhatIf *explained
	}
	text, err := c.call(a, http.MethodPost, "/v1/decisions/explain", body, &answer)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := a.out.Write(append(text, '\n'))
		return err
	}
	if err := c.show(a, "As it is", &answer.Now); err != nil || answer.WhatIf == nil {
		return err
	}
	fmt.Fprintln(a.out)
	if err := c.show(a, "What if", answer.WhatIf); err != nil {
		return err
	}
	fmt.Fprintln(a.out, changes(&answer.Now, answer.WhatIf))
	for _, item := range c.Without {
		if !answer.Now.restsOn(item) {
			fmt.Fprintf(a.out, "The list does not rest on %s, so leaving it out changes nothing.\n", item)
		}
	}
	return nil
}

// restsOn reports whether something was done with an item that counts.
func (e *explained) restsOn(item string) bool {
	for _, g := range e.Evidence {
		if g.Item == item && g.Weight != 0 {
			return true
		}
	}
	return false
}

// shown are the items of the list by place.
func (e *explained) shown() map[string]int {
	places := map[string]int{}
	for _, x := range e.Candidates {
		if x.Place > 0 {
			places[x.Item] = x.Place
		}
	}
	return places
}

// changes says what is different between two lists.
func changes(now, other *explained) string {
	was, is := now.shown(), other.shown()
	var comes, goes []string
	moves := 0
	for _, item := range slices.Sorted(maps.Keys(is)) {
		if place, there := was[item]; !there {
			comes = append(comes, item)
		} else if place != is[item] {
			moves++
		}
	}
	for _, item := range slices.Sorted(maps.Keys(was)) {
		if is[item] == 0 {
			goes = append(goes, item)
		}
	}
	if len(comes)+len(goes)+moves == 0 {
		return "Nothing changes."
	}
	said := fmt.Sprintf("Of %d items %d stay, %d of them in another place.", len(was), len(was)-len(goes), moves)
	for _, part := range []struct {
		words string
		items []string
	}{{" New: ", comes}, {" Gone: ", goes}} {
		if len(part.items) > 0 {
			said += part.words + strings.Join(part.items, ", ") + "."
		}
	}
	return said
}

func (c *explainCommand) question() (map[string]any, error) {
	request := map[string]any{"placement": c.Placement, "count": c.Count}
	set := func(to map[string]any, name, value string) {
		if value != "" {
			to[name] = value
		}
	}
	who := "userId"
	if c.Anonymous {
		who = "anonymousId"
	}
	set(request, who, c.Person)
	set(request, "query", c.Query)
	set(request, "region", c.Region)
	set(request, "language", c.Language)
	if len(c.Items) > 0 {
		request["items"] = c.Items
	}
	body := map[string]any{"request": request}
	if c.Made != "" {
		text, err := os.ReadFile(c.Made)
		if err != nil || !json.Valid(text) {
			return nil, tactful.InvalidField("--made", "cannot be read, or is no JSON", "see tactful explain --help for an example")
		}
		body["synthetic"] = json.RawMessage(text)
	}
	other := map[string]any{}
	set(other, "level", c.Level)
	if len(c.Without) > 0 {
		other["without"] = c.Without
	}
	if c.Rules != "" {
		cfg, err := config.Load(c.Rules)
		if err != nil {
			return nil, err
		}
		other["rules"] = wireRules(cfg.Engine.Guards.Policy.Rules)
	}
	if len(other) > 0 {
		body["whatIf"] = other
	}
	return body, nil
}

func (c *explainCommand) show(a *app, title string, e *explained) error {
	fmt.Fprintf(a.out, "%s: level %s (%s), rules %s\n", title, e.Level, e.Because, e.Policy)
	rests := []string{}
	for _, g := range e.Evidence {
		if g.Weight == 0 {
			continue
		}
		from := g.Day
		if g.Page {
			from = "this page"
		}
		rests = append(rests, fmt.Sprintf("%s %s (%s)", g.Action, g.Item, from))
	}
	if len(rests) > 0 {
		fmt.Fprintln(a.out, "It may rest on: "+strings.Join(rests, ", "))
	}
	rows := [][]string{{"PLACE", "ITEM", "TITLE", "ORIGIN", "SCORE", "STOPPED BY", "WHY"}}
	slices.SortStableFunc(e.Candidates, func(x, y candidate) int { // the list first, as it is shown
		switch {
		case x.Place > 0 && y.Place > 0:
			return x.Place - y.Place
		case x.Place > 0:
			return -1
		case y.Place > 0:
			return 1
		}
		return 0
	})
	for _, x := range e.Candidates {
		if !c.All && x.Place == 0 && x.Guard == "" && x.moved() == "" {
			continue
		}
		place := ""
		if x.Place > 0 {
			place = strconv.Itoa(x.Place)
		}
		why := x.Sentence
		if x.Detail != "" {
			why += " (" + x.Detail + ")"
		}
		if moved := x.moved(); moved != "" {
			why = moved
		}
		rows = append(rows, []string{place, x.Item, short(x.Title, 32), x.Origin, strconv.FormatFloat(x.Score, 'f', 3, 64), x.Guard, why})
	}
	return showTable(a.out, rows)
}
