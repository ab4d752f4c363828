package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/tactful/tactful/engine"
)

type eraseCommand struct {
	casework
	Subject   string `required:"" placeholder:"ID" help:"The id by which the shop knows the person."`
	Anonymous bool   `help:"The id is a browser's, not an account's."`
	Channel   string `enum:",phone,letter,representative" default:"" help:"How somebody asked for it: phone, letter or representative. Left out only with a service's key."`
	Proof     string `help:"How you checked that it is them; without it they must show it by a link."`
	Region    string `placeholder:"CODE" help:"Where the person lives (ISO 3166), for the date."`
	JSON      bool   `name:"json" help:"Print the signed receipt, or the request, as JSON."`
}

// Help adds examples to --help.
func (eraseCommand) Help() string {
	return `Freezes the person's data, unlearns it, removes it from every file, tells recipients, destroys the key and looks again. Cut short, it
is finished by the next start. It cannot be undone, so nobody does it alone: what you enter for somebody waits until another operator
releases it (tactful rights release); tactful erasures list then has the receipt, which proves the erasure and names nobody. The key of
your own server, which knows who is logged in, erases one person at once.

Examples:
  tactful erase --subject u-1042 --channel letter --proof "the signature on file" --as "Ada B." --reason "she asked by letter"
  TACTFUL_KEY=tk_… tactful erase --subject u-1042 --url http://127.0.0.1:8080 --json > receipt.json`
}

// Run erases, or enters the request for it.
func (c *eraseCommand) Run(a *app) error {
	person := personFlags{Person: c.Subject, Anonymous: c.Anonymous}
	if c.Channel != "" {
		enter := rightsOpen{personFlags: person, Right: "erasure", Channel: c.Channel, Region: c.Region, Proof: c.Proof, JSON: c.JSON}
		enter.casework = c.casework
		return enter.Run(a)
	}
	answer, err := c.call(a, http.MethodDelete, person.path(""), nil, nil)
	if err != nil {
		return err
	}
	var held queuedLine // too many came with one key
	if err := json.Unmarshal(answer, &held); err == nil && held.State == "waiting" {
		return showQueue(a, c.JSON, held, []queuedLine{held})
	}
	return showReceipt(a.out, answer, c.JSON)
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
			state := to.State
			if to.By != "" {
				state += " by " + oneLine(to.By)
			}
			rows = append(rows, []string{to.Name, state, fmt.Sprint(to.Tries), known, to.Trouble})
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
