package main

import (
	"net/http"
	"strconv"
)

type campaignLogCommand struct {
	casework
	JSON bool `name:"json" help:"Print as JSON, with the text of each campaign as it was from then on."`
}

// Help adds examples to --help.
func (campaignLogCommand) Help() string {
	return `The newest 100 changes, newest first. Each is written with the change itself: none goes live without its entry. Campaigns of files are
not among them.

Examples:
  tactful campaign log --config tactful.yaml --as "Ada B."
  TACTFUL_KEY=tk_… tactful campaign log --url http://127.0.0.1:8080 --json`
}

// Run prints the log.
func (c *campaignLogCommand) Run(a *app) error {
	var log struct {
		Changes []struct {
			No                              int
			Time, Campaign, Change, By, Why string
		}
	}
	text, err := c.call(a, http.MethodGet, "/v1/campaigns:log", nil, &log)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := a.out.Write(append(text, '\n'))
		return err
	}
	rows := [][]string{{"NO", "TIME", "CAMPAIGN", "CHANGE", "BY", "WHY"}}
	for _, l := range log.Changes {
		rows = append(rows, []string{strconv.Itoa(l.No), l.Time, l.Campaign, l.Change, l.By, l.Why})
	}
	return showTable(a.out, rows)
}
