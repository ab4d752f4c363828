package main

import (
	"fmt"
	"strings"

	"github.com/tactful/tactful/internal/access"
)

type keysCommand struct {
	Create keysCreate `cmd:"" help:"Create an API key; it is shown once."`
	List   keysList   `cmd:"" help:"List the API keys."`
	Revoke keysRevoke `cmd:"" help:"Revoke an API key at once."`
	Rotate keysRotate `cmd:"" help:"Make a new key-encryption key, wrap every data key anew, destroy the old one."`
}

type keysCreate struct {
	configFlags
	Name   string   `required:"" help:"What the key is for."`
	Scope  []string `required:"" help:"write, decide, rights, admin, or browser alone; repeatable."`
	Origin []string `help:"Origins that may use a browser key, such as https://shop.example; repeatable."`
	JSON   bool     `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (keysCreate) Help() string {
	return `Only a hash of the key is stored. A browser key can send events and ask for decisions at level context, from its origins only.

Examples:
  tactful keys create --name shop --scope write --scope decide
  tactful keys create --name page --scope browser --origin https://shop.example`
}

// Run creates a key and prints it once.
func (c *keysCreate) Run(a *app) error {
	scopes, err := access.ParseScopes(c.Scope)
	if err != nil {
		return err
	}
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	plain, err := eng.Access().Create(a.ctx, c.Name, scopes, c.Origin)
	if err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, map[string]string{"name": c.Name, "scopes": scopes.String(), "key": plain})
	}
	fmt.Fprintln(a.err, "Keep this key now; it is not shown again:")
	_, err = fmt.Fprintln(a.out, plain)
	return err
}

type keysList struct {
	configFlags
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (keysList) Help() string { return "Example:\n  tactful keys list --json" }

// Run lists the keys, without any secret.
func (c *keysList) Run(a *app) error {
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	type line struct {
		ID      string   `json:"id"`
		Name    string   `json:"name"`
		Scopes  []string `json:"scopes"`
		Origins []string `json:"origins,omitempty"`
		Created string   `json:"created"`
		Revoked string   `json:"revoked,omitempty"`
	}
	var lines []line
	rows := [][]string{{"ID", "NAME", "SCOPES", "ORIGINS", "CREATED", "REVOKED"}}
	for _, key := range eng.Access().List() {
		l := line{ID: key.ID, Name: key.Name, Scopes: key.Scopes.Words(), Origins: key.Origins, Created: key.Created.Format("2006-01-02 15:04")}
		if !key.Revoked.IsZero() {
			l.Revoked = key.Revoked.Format("2006-01-02 15:04")
		}
		lines = append(lines, l)
		rows = append(rows, []string{l.ID, l.Name, strings.Join(l.Scopes, ","), strings.Join(l.Origins, ","), l.Created, l.Revoked})
	}
	if c.JSON {
		return showJSON(a.out, lines)
	}
	return showTable(a.out, rows)
}

type keysRevoke struct {
	configFlags
	Key  string `arg:"" help:"Id or name of the key."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (keysRevoke) Help() string { return "Example:\n  tactful keys revoke shop" }

// Run revokes a key.
func (c *keysRevoke) Run(a *app) error {
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	if err := eng.Access().Revoke(a.ctx, c.Key); err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, map[string]string{"revoked": c.Key})
	}
	_, err = fmt.Fprintln(a.out, "revoked")
	return err
}

type keysRotate struct{ configFlags }

// Help adds an example to --help.
func (keysRotate) Help() string {
	return "Afterwards no older backup of the key table can be opened. Cut short, the next start finishes it.\n\nExample:\n  tactful keys rotate --config tactful.yaml"
}

// Run rotates the key set.
func (c *keysRotate) Run(a *app) error {
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	bar := a.progress()
	defer bar.End()
	if err := eng.RotateKeys(a.ctx, func(done, total int) { bar.Report("wrap data keys anew", done, total) }); err != nil {
		return err
	}
	bar.End()
	_, err = fmt.Fprintln(a.out, "rotated")
	return err
}
