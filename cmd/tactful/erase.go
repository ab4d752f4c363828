package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// tellTime bounds how long a command waits for recipients to be told; the
// server's background goes on.
const tellTime = 15 * time.Second

type eraseCommand struct {
	configFlags
	serverFlags
	operatorFlags
	Subject   string `required:"" placeholder:"ID" help:"The id by which the shop knows the person."`
	Anonymous bool   `help:"The id is a browser's, not an account's."`
	JSON      bool   `name:"json" help:"Print the signed receipt as JSON."`
}

// Help adds examples to --help.
func (eraseCommand) Help() string {
	return `Freezes the person's data, unlearns it, removes it from every file, tells recipients, destroys the key and looks again. Cut short, it
is finished by the next start. It cannot be undone. Keep the receipt: it proves the erasure and names nobody.

Examples:
  TACTFUL_KEY=tk_… tactful erase --subject u-1042 --url http://127.0.0.1:8080 --json > receipt.json
  tactful erase --subject u-1042 --as "Ada B." --reason "she asked by letter"`
}

// Run erases.
func (c *eraseCommand) Run(a *app) error {
	signed, err := c.erase(c.act(a))
	if err != nil {
		return err
	}
	return showReceipt(a.out, signed, c.JSON)
}

func (c *eraseCommand) erase(a *app) (signed []byte, err error) {
	if c.URL != "" {
		path := "/v1/subjects/" + url.PathEscape(c.Subject)
		if c.Anonymous {
			path += "?kind=anonymous"
		}
		return c.ask(a, http.MethodDelete, path, nil, nil)
	}
	eng, done, err := c.open(a)
	if err != nil {
		return nil, err
	}
	defer done()
	alias := tactful.Alias{Kind: tactful.UserID, ID: c.Subject}
	if c.Anonymous {
		alias.Kind = tactful.Anonymous
	}
	receipt, err := eng.Erase(a.ctx, alias)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(a.ctx, tellTime)
	defer cancel()
	if err := eng.TellRecipients(ctx); err != nil {
		fmt.Fprintln(a.err, "tactful: recipients are still to be told; the next start goes on:", err)
	}
	if receipt, err = eng.ErasureReceipt(a.ctx, receipt.ID); err != nil {
		return nil, err
	}
	return receipt.Signed, nil
}

// showReceipt prints a receipt that has just come from its owner.
func showReceipt(w io.Writer, signed []byte, asJSON bool) error {
	if asJSON {
		_, err := fmt.Fprintln(w, string(signed))
		return err
	}
	r, err := engine.VerifyErasure(signed, nil)
	if err != nil {
		return err
	}
	return writeErasure(w, &r)
}

func writeErasure(w io.Writer, r *engine.ErasureReceipt) error {
	by := r.By.Kind
	if r.By.Name != "" {
		by += " " + r.By.Name
	}
	fmt.Fprintf(w, "erasure %s: %s, asked %s by %s\n", r.ID, r.State, r.Asked.Format(time.RFC3339), by)
	rows := [][]string{{"STEP", "TIME", "COUNT", "WHAT"}}
	for _, s := range r.Steps {
		rows = append(rows, []string{s.Step, s.Time.Format("15:04:05.000"), fmt.Sprint(s.Count), s.What})
	}
	if err := showTable(w, rows); err != nil {
		return err
	}
	if len(r.Recipients) > 0 {
		rows = [][]string{{"RECIPIENT", "STATE", "TRIES", "THEIR ID", "TROUBLE"}}
		for _, to := range r.Recipients {
			known := "unknown"
			if to.Known {
				known = "known"
			}
			rows = append(rows, []string{to.Name, to.State, fmt.Sprint(to.Tries), known, to.Trouble})
		}
		if err := showTable(w, rows); err != nil {
			return err
		}
	}
	rows = [][]string{{"REMAINS", "UNTIL", "WHY"}}
	for _, left := range r.Remains {
		until := "stays"
		if !left.Until.IsZero() {
			until = left.Until.Format(time.DateOnly)
		}
		rows = append(rows, []string{left.What, until, left.Why})
	}
	return showTable(w, rows)
}
