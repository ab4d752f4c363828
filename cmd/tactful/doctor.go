package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

type doctorCommand struct {
	configFlags
	URL  string `name:"url" placeholder:"URL" help:"Ask a running server instead of opening its stores."`
	Key  string `name:"key" env:"TACTFUL_KEY" help:"API key with scope admin, for --url; better in the environment."`
	JSON bool   `name:"json" help:"Print as JSON."`
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
		return c.ask(a)
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

const maxAnswer = 1 << 20

// ask fetches the findings of a running server.
func (c *doctorCommand) ask(a *app) error {
	request, err := http.NewRequestWithContext(a.ctx, http.MethodGet, strings.TrimSuffix(c.URL, "/")+"/v1/doctor", nil)
	if err != nil {
		return tactful.InvalidField("--url", "is not a URL", "for example http://127.0.0.1:8080")
	}
	request.Header.Set("Authorization", "Bearer "+c.Key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return tactful.Errorf(tactful.Refused, "the server answered %s; --key needs the scope admin", response.Status)
	}
	if c.JSON {
		_, err = a.out.Write(text)
		return err
	}
	var found struct {
		Sentences []string `json:"sentences"`
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	for _, sentence := range found.Sentences {
		fmt.Fprintln(a.out, "- "+sentence)
	}
	return nil
}
