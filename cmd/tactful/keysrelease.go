package main

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/tactful/tactful/internal/access"
)

type keysRelease struct {
	configFlags
	serverFlags
	Name string `arg:"" name:"key" help:"Id or name of the key, as the list shows it."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (keysRelease) Help() string {
	return `A service acts for the people who use the shop, so one operator alone makes no key of one over the API: a second one agrees, with a key
of their own. Look first who made it and what for: 'tactful keys list'.

Examples:
  TACTFUL_KEY=tk_… tactful keys release shop --url http://127.0.0.1:8080
  tactful keys release shop`
}

// Run releases a key.
func (c *keysRelease) Run(a *app) error {
	if err := c.release(a); err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, map[string]string{"released": c.Name})
	}
	_, err := fmt.Fprintln(a.out, "released")
	return err
}

func (c *keysRelease) release(a *app) error {
	if c.URL != "" {
		_, err := c.ask(a, http.MethodPost, "/v1/keys/"+url.PathEscape(c.Name)+"/release", nil, nil)
		return err
	}
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	return eng.Access().Release(a.ctx, c.Name, access.Maker{})
}
