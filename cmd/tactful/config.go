package main

import (
	"fmt"

	"github.com/tactful/tactful/internal/config"
)

type configCommand struct {
	JSON  bool   `name:"json" help:"Print as JSON."`
	Check string `placeholder:"FILE" help:"Only check this file and report all faults."`
}

// Help adds an example to --help.
func (configCommand) Help() string {
	return "Examples:\n  tactful config                        every setting, its default and what it means\n  tactful config --check tactful.yaml   all faults of a file at once"
}

// Run lists or checks the settings.
func (c *configCommand) Run(a *app) error {
	if c.Check != "" {
		if _, err := config.Load(c.Check); err != nil {
			return err
		}
		_, err := fmt.Fprintf(a.out, "%s: no faults\n", c.Check)
		return err
	}
	settings := config.Describe()
	if c.JSON {
		return showJSON(a.out, settings)
	}
	rows := [][]string{{"SETTING", "TYPE", "DEFAULT", "MEANING"}}
	for _, s := range settings {
		rows = append(rows, []string{s.Key, s.Type, short(s.Default, 48), s.Meaning})
	}
	return showTable(a.out, rows)
}

func short(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}
