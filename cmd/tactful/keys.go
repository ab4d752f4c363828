package main

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tactful/tactful/internal/access"
)

type keysCommand struct {
	Create keysCreate `cmd:"" help:"Create an API key; it is shown once."`
	List   keysList   `cmd:"" help:"List the API keys."`
	Revoke keysRevoke `cmd:"" help:"Revoke an API key at once."`
	Rotate keysRotate `cmd:"" help:"Make a new key-encryption key, wrap every data key anew, destroy the old one."`

	Release keysRelease `cmd:"" help:"Agree to a key that another operator made."`
	Backup  keysBackup  `cmd:"" help:"Copy the keys and the journal of erasures, apart from the data."`
	Restore keysRestore `cmd:"" help:"Put a copy of the keys back, where key_dir is lost."`
}

type keysCreate struct {
	configFlags
	serverFlags
	Name     string   `required:"" help:"What the key is for."`
	Scope    []string `required:"" help:"write, decide, rights, admin, or browser alone; repeatable."`
	Operator string   `placeholder:"NAME" help:"The person who will use the key; customers see this name when it opens their data."`
	Origin   []string `help:"Origins that may use a browser key, such as https://shop.example; repeatable."`
	JSON     bool     `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (keysCreate) Help() string {
	return `Only a hash of the key is stored. A browser key can send events and ask for decisions at level context, from its origins only.
A key with --operator belongs to a human: whoever opens one person's data with it gives a reason, and that person sees both. Keys
without it are services, such as the shop's server; a key with the scope admin needs it. A service's key that is
made with --url opens nothing until a second operator releases it (tactful keys release); one that is made at the machine waits for nobody.

Examples:
  tactful keys create --name operator --scope admin --operator "Ada B."
  tactful keys create --name desk --scope rights --operator "Ben C."
  TACTFUL_KEY=tk_… tactful keys create --url http://127.0.0.1:8080 --name shop --scope write --scope decide
  tactful keys create --name page --scope browser --origin https://shop.example`
}

// Run creates a key and prints it once.
func (c *keysCreate) Run(a *app) error {
	scopes, err := access.ParseScopes(c.Scope)
	if err != nil {
		return err
	}
	plain, waits, err := c.create(a, scopes)
	if err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, struct {
			Name   string `json:"name"`
			Scopes string `json:"scopes"`
			Key    string `json:"key"`
			Waits  bool   `json:"waits,omitempty"`
		}{c.Name, scopes.String(), plain, waits})
	}
	if waits {
		fmt.Fprintf(a.err, "It opens nothing until another operator runs: tactful keys release %q --url %s\n", c.Name, c.URL)
	}
	fmt.Fprintln(a.err, "Keep this key now; it is not shown again:")
	_, err = fmt.Fprintln(a.out, plain)
	return err
}

func (c *keysCreate) create(a *app, scopes access.Scopes) (plain string, waits bool, err error) {
	if c.URL != "" {
		body := map[string]any{"name": c.Name, "scopes": scopes.Words()}
		if c.Operator != "" {
			body["operator"] = c.Operator
		}
		if len(c.Origin) > 0 {
			body["origins"] = c.Origin
		}
		var made struct {
			Key   string
			Waits bool
		}
		_, err := c.ask(a, http.MethodPost, "/v1/keys", body, &made)
		return made.Key, made.Waits, err
	}
	eng, done, err := c.open(a)
	if err != nil {
		return "", false, err
	}
	defer done()
	plain, err = eng.Access().Make(a.ctx, access.New{Name: c.Name, Scopes: scopes, Origins: c.Origin, Operator: c.Operator})
	return plain, false, err
}

type keysList struct {
	configFlags
	serverFlags
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (keysList) Help() string {
	return "Examples:\n  tactful keys list --json\n  TACTFUL_KEY=tk_… tactful keys list --url http://127.0.0.1:8080"
}

// Run lists the keys, without any secret.
func (c *keysList) Run(a *app) error {
	keys, err := c.all(a)
	if err != nil {
		return err
	}
	type line struct {
		ID      string   `json:"id"`
		Name    string   `json:"name"`
		Kind    string   `json:"kind"`
		Person  string   `json:"operator,omitempty"`
		Scopes  []string `json:"scopes"`
		Origins []string `json:"origins,omitempty"`
		Maker   string   `json:"maker,omitempty"`
		MadeBy  string   `json:"makerKey,omitempty"`
		Created string   `json:"created"`
		Waits   bool     `json:"waits,omitempty"`
		Agreed  string   `json:"releasedBy,omitempty"`
		Revoked string   `json:"revoked,omitempty"`
	}
	var lines []line
	rows := [][]string{{"ID", "NAME", "KIND", "OPERATOR", "SCOPES", "ORIGINS", "MADE BY", "RELEASED BY", "CREATED", "REVOKED"}}
	for _, key := range keys {
		l := line{ID: key.ID, Name: key.Name, Kind: key.Kind, Person: key.Operator, Scopes: key.Scopes, Origins: key.Origins, Maker: key.Maker, MadeBy: key.MakerKey, Waits: key.Waits, Agreed: key.ReleasedBy, Created: key.Created.Format("2006-01-02 15:04")}
		if !key.Revoked.IsZero() {
			l.Revoked = key.Revoked.Format("2006-01-02 15:04")
		}
		lines = append(lines, l)
		released := l.Agreed
		if l.Waits {
			released = "(waits)"
		}
		rows = append(rows, []string{l.ID, l.Name, l.Kind, l.Person, strings.Join(l.Scopes, ","), strings.Join(l.Origins, ","), cmp.Or(l.Maker, l.MadeBy, "at the machine"), released, l.Created, l.Revoked})
	}
	if c.JSON {
		return showJSON(a.out, lines)
	}
	return showTable(a.out, rows)
}

// knownKey is what the API says of a key.
type knownKey struct {
	ID, Name         string
	Kind, Operator   string
	Scopes, Origins  []string
	Maker, MakerKey  string
	Created, Revoked time.Time
	ReleasedBy       string
	Waits            bool
}

func (c *keysList) all(a *app) ([]knownKey, error) {
	if c.URL != "" {
		var answer struct{ Keys []knownKey }
		_, err := c.ask(a, http.MethodGet, "/v1/keys", nil, &answer)
		return answer.Keys, err
	}
	eng, done, err := c.open(a)
	if err != nil {
		return nil, err
	}
	defer done()
	var all []knownKey
	for _, key := range eng.Access().List() {
		all = append(all, knownKey{key.ID, key.Name, key.Actor().Kind.String(), key.Person, key.Scopes.Words(), key.Origins, key.Maker.Name, key.Maker.Key, key.Created, key.Revoked, key.Agreed.Name, key.Waits})
	}
	return all, nil
}

type keysRevoke struct {
	configFlags
	serverFlags
	Name string `arg:"" name:"key" help:"Id or name of the key."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (keysRevoke) Help() string {
	return `A running server holds the stores: ask it with --url, and the key opens nothing from that moment. A key may not revoke itself there.

Examples:
  TACTFUL_KEY=tk_… tactful keys revoke shop --url http://127.0.0.1:8080
  tactful keys revoke shop`
}

// Run revokes a key.
func (c *keysRevoke) Run(a *app) error {
	if err := c.revoke(a); err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, map[string]string{"revoked": c.Name})
	}
	_, err := fmt.Fprintln(a.out, "revoked")
	return err
}

func (c *keysRevoke) revoke(a *app) error {
	if c.URL != "" {
		_, err := c.ask(a, http.MethodDelete, "/v1/keys/"+url.PathEscape(c.Name), nil, nil)
		return err
	}
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	return eng.Access().Revoke(a.ctx, c.Name)
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
