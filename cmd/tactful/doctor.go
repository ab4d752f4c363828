package main

import (
	"fmt"
	"net/http"

	"github.com/tactful/tactful/engine"
)

type doctorCommand struct {
	configFlags
	serverFlags
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (doctorCommand) Help() string {
	return `Says in words why things are personalized or not, for example
"98 % of events refused: no consent for recommendations (no_record)", each with its remedy.

Examples:
  tactful doctor --config tactful.yaml
  TACTFUL_KEY=tk_… tactful doctor --url http://127.0.0.1:8080`
}

// Run prints the findings.
func (c *doctorCommand) Run(a *app) error {
	if c.URL != "" {
		var d engine.Diagnosis
		if _, err := c.ask(a, http.MethodGet, "/v1/doctor", nil, &d); err != nil {
			return err
		}
		return c.show(a, d)
	}
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	d, err := eng.Diagnose(a.ctx)
	if err != nil {
		return err
	}
	return c.show(a, d)
}

func (c *doctorCommand) show(a *app, d engine.Diagnosis) error {
	if c.JSON {
		return showJSON(a.out, map[string]any{
			"subjects": d.Subjects, "permitted": d.Permitted, "because": d.Because,
			"accepted": d.Accepted, "refusals": d.Refusals, "sentences": d.Sentences,
		})
	}
	for _, sentence := range d.Sentences {
		fmt.Fprintln(a.out, "- "+sentence)
	}
	return nil
}
