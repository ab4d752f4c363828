package main

import (
	"fmt"
	"net/http"

	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/datamap"
)

type configCommand struct {
	Show configShow `cmd:"" default:"withargs" help:"List every setting with its default and meaning, or check a file."`
	Log  configLog  `cmd:"" help:"List which settings changed, when and by whom."`
}

type configShow struct {
	JSON  bool   `name:"json" help:"Print as JSON."`
	Check string `placeholder:"FILE" help:"Only check this file and report all faults."`
}

// Help adds an example to --help.
func (configShow) Help() string {
	return "Examples:\n  tactful config                        every setting, its default and what it means\n  tactful config show --check tactful.yaml   all faults of a file at once; without show it is the same"
}

// Run lists or checks the settings.
func (c *configShow) Run(a *app) error {
	if c.Check != "" {
		cfg, err := config.Load(c.Check)
		if err != nil {
			return err
		}
		if err := datamap.Check(&cfg.Engine); err != nil { // as `serve` does
			return err
		}
		_, err = fmt.Fprintf(a.out, "%s: no faults\n", c.Check)
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

type configLog struct {
	configFlags
	serverFlags
	Limit int  `default:"100" help:"How many changes, newest first; at most 1000."`
	JSON  bool `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (configLog) Help() string {
	return `Each start of the engine, by whatever command, is compared with the one before. Numbers, times and switches are shown; of a text it
is said that it changed, never what it holds. A command that was typed without --config shows up too: it ran with the defaults.

Examples:
  tactful config log --config tactful.yaml
  TACTFUL_KEY=tk_… tactful config log --url http://127.0.0.1:8080 --json`
}

// Run lists the changes.
func (c *configLog) Run(a *app) error {
	if c.Limit < 1 || c.Limit > 1000 {
		return fmt.Errorf("--limit is out of range: between 1 and 1000")
	}
	changes, err := c.all(a)
	if err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, changes)
	}
	rows := [][]string{{"TIME", "BY", "WHAT", "SETTING", "FROM", "TO"}}
	for _, change := range changes {
		head := []string{change.Time.UTC().Format("2006-01-02 15:04:05"), change.By, change.What}
		if len(change.Changed) == 0 {
			rows = append(rows, append(head, "", "", ""))
		}
		for _, one := range change.Changed {
			rows = append(rows, append(head[:3:3], one.Setting, one.From, one.To))
		}
	}
	return showTable(a.out, rows)
}

func (c *configLog) all(a *app) ([]engine.ConfigChange, error) {
	if c.URL != "" {
		var answer struct{ Changes []engine.ConfigChange }
		_, err := c.ask(a, http.MethodGet, fmt.Sprintf("/v1/config/log?limit=%d", c.Limit), nil, &answer)
		return answer.Changes, err
	}
	eng, done, err := c.open(a)
	if err != nil {
		return nil, err
	}
	defer done()
	return eng.ConfigLog(a.ctx, c.Limit)
}
