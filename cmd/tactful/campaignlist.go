package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

type campaignListCommand struct {
	casework
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (campaignListCommand) Help() string {
	return `A campaign that came by the API can be refused later, by a new item of a sensitive class, a longer list of words or a shorter memory of
showings. It is then out of action: FAULT says why. Put it anew, or delete it.

Examples:
  tactful campaign list --config tactful.yaml --as "Ada B."
  TACTFUL_KEY=tk_… tactful campaign list --url http://127.0.0.1:8080 --json`
}

// Run lists.
func (c *campaignListCommand) Run(a *app) error {
	var list struct {
		Campaigns []struct {
			ID, Kind, Source, Fault string
			Priority                int
			Live                    bool
		}
	}
	text, err := c.call(a, http.MethodGet, "/v1/campaigns", nil, &list)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := a.out.Write(append(text, '\n'))
		return err
	}
	rows := [][]string{{"CAMPAIGN", "KIND", "PRIORITY", "FROM", "STATE", "FAULT"}}
	for _, one := range list.Campaigns {
		state := "does not run now"
		switch {
		case one.Fault != "":
			state = "out of action"
		case one.Live:
			state = "live"
		}
		rows = append(rows, []string{one.ID, one.Kind, strconv.Itoa(one.Priority), one.Source, state, one.Fault})
	}
	return showTable(a.out, rows)
}

type campaignDeleteCommand struct {
	casework
	Campaign string `arg:"" help:"Id of the campaign."`
}

// Help adds examples to --help.
func (campaignDeleteCommand) Help() string {
	return `What was shown of it stays counted. A campaign of a file is taken out by changing the file.

Examples:
  tactful campaign delete spring --config tactful.yaml --as "Ada B." --reason "the spring is over"
  TACTFUL_KEY=tk_… tactful campaign delete spring --url http://127.0.0.1:8080 --reason "the spring is over"`
}

// Run deletes.
func (c *campaignDeleteCommand) Run(a *app) error {
	if _, err := c.call(a, http.MethodDelete, "/v1/campaigns/"+url.PathEscape(c.Campaign), nil, nil); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.out, "deleted")
	return err
}
