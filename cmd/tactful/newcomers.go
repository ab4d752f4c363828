package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/tactful/tactful"
)

type arrivalsCommand struct {
	List    newcomersList    `cmd:"" default:"withargs" help:"List which keys bring new people, and how many are held from the model."`
	Release newcomersRelease `cmd:"" help:"Let the model learn from the people whom a key brought."`
}

type newcomersList struct {
	configFlags
	serverFlags
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (newcomersList) Help() string {
	return `Of the people that one key brings within a day, only a share teach the model at once (engine.learn.newcomers): whoever holds a
write key could else make thousands of people up. The others are served like everybody; the model waits until you have looked.

Examples:
  tactful newcomers list --config tactful.yaml
  TACTFUL_KEY=tk_… tactful newcomers list --url http://127.0.0.1:8080`
}

// sources is what the API says.
type sources struct {
	Bound   int64   `json:"bound"`
	Hours   float64 `json:"hours"`
	Sources []struct {
		Key    string `json:"key"`
		Name   string `json:"name"`
		Lately int64  `json:"lately"`
		Held   int64  `json:"held"`
	} `json:"sources"`
}

// Run lists the sources.
func (c *newcomersList) Run(a *app) error {
	found, err := c.find(a)
	if err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, found)
	}
	rows := [][]string{{"KEY", "NAME", fmt.Sprintf("IN %g HOURS", found.Hours), "HELD"}}
	for _, s := range found.Sources {
		rows = append(rows, []string{s.Key, s.Name, strconv.FormatInt(s.Lately, 10), strconv.FormatInt(s.Held, 10)})
	}
	if err := showTable(a.out, rows); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%d newcomers of one key teach the model at once.\n", found.Bound)
	return err
}

func (c *newcomersList) find(a *app) (found sources, err error) {
	if c.URL != "" {
		_, err := c.ask(a, http.MethodGet, "/v1/newcomers", nil, &found)
		return found, err
	}
	eng, done, err := c.open(a)
	if err != nil {
		return found, err
	}
	defer done()
	n, err := eng.Newcomers(a.ctx)
	if err != nil {
		return found, err
	}
	found.Bound, found.Hours = int64(n.Bound), n.Within.Hours()
	for _, s := range n.Sources {
		found.Sources = append(found.Sources, struct {
			Key    string `json:"key"`
			Name   string `json:"name"`
			Lately int64  `json:"lately"`
			Held   int64  `json:"held"`
		}{s.Key, s.Name, int64(s.Lately), int64(s.Held)})
	}
	return found, nil
}

type newcomersRelease struct {
	configFlags
	serverFlags
	As     string `name:"as" placeholder:"NAME" help:"Who you are, for the log of changes. With --url the key says it."`
	Source string `arg:"" name:"key" help:"Id of the key, as the list shows it, or visitors."`
	JSON   bool   `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (newcomersRelease) Help() string {
	return `Look first: are they your customers? Else revoke the key (tactful keys revoke). The release is on record in 'tactful config log'.

Examples:
  tactful newcomers release 9f86d081884c7d65 --as "Ada B."
  TACTFUL_KEY=tk_… tactful newcomers release visitors --url http://127.0.0.1:8080`
}

// Run releases those of one source.
func (c *newcomersRelease) Run(a *app) error {
	var answer struct {
		Released int `json:"released"`
	}
	if c.URL != "" {
		if _, err := c.ask(a, http.MethodPost, "/v1/newcomers/"+url.PathEscape(c.Source)+"/release", nil, &answer); err != nil {
			return err
		}
	} else {
		if c.As == "" {
			return tactful.InvalidField("--as", "is missing", "say who you are with --as NAME; it is kept in the log of changes")
		}
		eng, done, err := c.open(a)
		if err != nil {
			return err
		}
		defer done()
		ctx := a.actingAs(tactful.Actor{Kind: tactful.ActorOperator, Name: c.As}).ctx
		if answer.Released, err = eng.ReleaseNewcomers(ctx, c.Source); err != nil {
			return err
		}
	}
	if c.JSON {
		return showJSON(a.out, answer)
	}
	_, err := fmt.Fprintf(a.out, "released %d; the model learns from them at its next fit\n", answer.Released)
	return err
}
