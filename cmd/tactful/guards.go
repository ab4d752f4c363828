package main

import "github.com/tactful/tactful/internal/guard"

type guardsCommand struct {
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (guardsCommand) Help() string { return "Example:\n  tactful guards --json" }

// Run lists the guards in the receipt's order.
func (c *guardsCommand) Run(a *app) error {
	var set guard.Settings
	set.Defaults()
	type line struct {
		Name    string `json:"name"`
		Promise string `json:"promise"`
		File    string `json:"file"`
	}
	var lines []line
	rows := [][]string{{"GUARD", "PROMISE", "FILE"}}
	for _, g := range guard.All(&set) {
		lines = append(lines, line{g.Name(), g.Promise(), g.File()})
		rows = append(rows, []string{g.Name(), g.Promise(), g.File()})
	}
	if c.JSON {
		return showJSON(a.out, lines)
	}
	return showTable(a.out, rows)
}
