package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

type erasuresCommand struct {
	List    erasuresList    `cmd:"" help:"List erasures, newest first."`
	Show    erasuresShow    `cmd:"" help:"Print the receipt of one erasure as it stands."`
	Told    erasuresTold    `cmd:"" help:"Note that you told a recipient by hand."`
	Changes erasuresChanges `cmd:"" help:"List corrections, withdrawals and restrictions of which recipients are still to be told."`
	Verify  erasuresVerify  `cmd:"" help:"Check a receipt."`
	Key     erasuresKey     `cmd:"" help:"Print the public key that checks receipts and webhooks."`
}

type erasuresList struct {
	configFlags
	serverFlags
	Limit int  `default:"100" help:"How many, at most 1000."`
	JSON  bool `name:"json" help:"Print the signed receipts as JSON."`
}

// Help adds examples to --help.
func (erasuresList) Help() string {
	return "Those under way stand first.\n\nExamples:\n  tactful erasures list\n  TACTFUL_KEY=tk_… tactful erasures list --url http://127.0.0.1:8080 --json"
}

// Run lists.
func (c *erasuresList) Run(a *app) error {
	documents, err := c.all(a.work())
	if err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, documents)
	}
	rows := [][]string{{"ID", "STATE", "ASKED", "BY", "RECIPIENTS TOLD"}}
	for _, document := range documents {
		r, err := engine.VerifyErasure(document, nil)
		if err != nil {
			return err
		}
		told := 0
		for _, to := range r.Recipients {
			if to.State == "told" {
				told++
			}
		}
		rows = append(rows, []string{r.ID, r.State, r.Asked.Format("2006-01-02 15:04"), r.By.Kind, fmt.Sprintf("%d of %d", told, len(r.Recipients))})
	}
	return showTable(a.out, rows)
}

func (c *erasuresList) all(a *app) ([]json.RawMessage, error) {
	if c.Limit < 1 || c.Limit > 1000 {
		return nil, tactful.InvalidField("--limit", "is out of range", "between 1 and 1000")
	}
	if c.URL != "" {
		var answer struct{ Erasures []json.RawMessage }
		_, err := c.ask(a, http.MethodGet, "/v1/erasures?limit="+strconv.Itoa(c.Limit), nil, &answer)
		return answer.Erasures, err
	}
	receipts, err := inside(&c.configFlags, a, func(e *engine.Engine) ([]engine.ErasureReceipt, error) { return e.ErasureReceipts(a.ctx, c.Limit) })
	if err != nil {
		return nil, err
	}
	documents := make([]json.RawMessage, len(receipts))
	for i := range receipts {
		documents[i] = receipts[i].Signed
	}
	return documents, nil
}

type erasuresShow struct {
	configFlags
	serverFlags
	ID   string `arg:"" help:"The id of the erasure."`
	JSON bool   `name:"json" help:"Print the signed receipt as JSON."`
}

// Help adds an example to --help.
func (erasuresShow) Help() string {
	return "A receipt changes until every recipient has been told.\n\nExample:\n  tactful erasures show 8f3a…c1 --json > receipt.json"
}

// Run prints one receipt.
func (c *erasuresShow) Run(a *app) error {
	signed, err := c.find(a.work())
	if err != nil {
		return err
	}
	return showReceipt(a.out, signed, c.JSON)
}

func (c *erasuresShow) find(a *app) ([]byte, error) {
	if c.URL != "" {
		return c.ask(a, http.MethodGet, "/v1/erasures/"+url.PathEscape(c.ID), nil, nil)
	}
	receipt, err := inside(&c.configFlags, a, func(e *engine.Engine) (engine.ErasureReceipt, error) { return e.ErasureReceipt(a.ctx, c.ID) })
	return receipt.Signed, err
}

type erasuresTold struct {
	casework
	ID        string `arg:"" help:"The id of the erasure."`
	Recipient string `required:"" placeholder:"NAME" help:"Whom you told, as the receipt names them."`
	Change    bool   `help:"The id is that of a change (erasures changes), not of an erasure."`
	JSON      bool   `name:"json" help:"Print the signed receipt as JSON."`
}

// Help adds an example to --help.
func (erasuresTold) Help() string {
	return `For recipients without a webhook, or whom calls do not reach. The receipt of an erasure shows your name; a change that everybody knows of
is about nobody any more.

Examples:
  tactful erasures told 8f3a…c1 --recipient "Post House" --as "Ada B."
  tactful erasures told 77b0…2e --change --recipient "Post House" --as "Ada B."`
}

// Run notes it.
func (c *erasuresTold) Run(a *app) error {
	if c.Change {
		if _, err := c.call(a, http.MethodPost, "/v1/changes/"+url.PathEscape(c.ID)+"/told", map[string]string{"recipient": c.Recipient}, nil); err != nil {
			return err
		}
		if c.JSON {
			return showJSON(a.out, map[string]string{"id": c.ID, "told": c.Recipient})
		}
		_, err := fmt.Fprintln(a.out, "noted")
		return err
	}
	document, err := c.call(a, http.MethodPost, "/v1/erasures/"+url.PathEscape(c.ID)+"/told", map[string]string{"recipient": c.Recipient}, nil)
	if err != nil {
		return err
	}
	return showReceipt(a.out, document, c.JSON)
}

type erasuresChanges struct {
	casework
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (erasuresChanges) Help() string {
	return "Those with a webhook are called; tell the others by their own id of the person, and note it with `tactful erasures told --change`.\n\nExample:\n  tactful erasures changes --as \"Ada B.\""
}

// Run lists them.
func (c *erasuresChanges) Run(a *app) error {
	var answer struct {
		Changes []struct {
			ID         string    `json:"id"`
			What       string    `json:"what"`
			Time       time.Time `json:"time"`
			Recipients []struct {
				Name    string `json:"name"`
				Subject string `json:"subject"`
				Trouble string `json:"trouble,omitempty"`
			} `json:"recipients"`
		} `json:"changes"`
	}
	if _, err := c.call(a, http.MethodGet, "/v1/changes", nil, &answer); err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, answer.Changes)
	}
	rows := [][]string{{"ID", "WHAT", "TIME", "RECIPIENT", "THEY CALL THE PERSON", "WHY NOT YET"}}
	for _, change := range answer.Changes {
		for _, r := range change.Recipients {
			rows = append(rows, []string{change.ID, change.What, change.Time.Format("2006-01-02 15:04"), r.Name, r.Subject, r.Trouble})
		}
	}
	return showTable(a.out, rows)
}

type erasuresVerify struct {
	File      string `arg:"" type:"existingfile" help:"The signed receipt."`
	PublicKey string `placeholder:"KEY" help:"The key of whoever erased, in base64, from tactful erasures key; the receipt's own if left out."`
	JSON      bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (erasuresVerify) Help() string {
	return `Offline: no store, no server. Without --public-key it shows only that the receipt was not changed since it was signed, not by whom.

Examples:
  tactful erasures verify receipt.json --public-key "$(tactful erasures key)"
  tactful erasures verify receipt.json`
}

// maxReceiptFile bounds what is read of a file.
const maxReceiptFile = 1 << 20

// Run verifies.
func (c *erasuresVerify) Run(a *app) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	document, err := io.ReadAll(io.LimitReader(f, maxReceiptFile+1))
	if err != nil {
		return err
	}
	var key ed25519.PublicKey
	if c.PublicKey != "" {
		raw, err := base64.StdEncoding.DecodeString(c.PublicKey)
		if err != nil || len(raw) != ed25519.PublicKeySize {
			return tactful.InvalidField("--public-key", "is not an Ed25519 key in base64", "take it from tactful erasures key")
		}
		key = raw
	}
	r, err := engine.VerifyErasure(document, key)
	if err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, map[string]any{"valid": true, "id": r.ID, "state": r.State, "keyGiven": key != nil})
	}
	by := "by the key that you gave"
	if key == nil {
		by = "by the key in the receipt itself; give --public-key to know whose it is"
	}
	_, err = fmt.Fprintf(a.out, "valid: erasure %s, %s, last changed %s, signed %s\n", r.ID, r.State, r.Changed.Format(time.RFC3339), by)
	return err
}

type erasuresKey struct {
	configFlags
	serverFlags
	JSON bool `name:"json" help:"Print as JSON, also in the form that libraries for Standard Webhooks take."`
}

// Help adds an example to --help.
func (erasuresKey) Help() string {
	return "Publish it, and give it to recipients: it checks receipts and webhooks.\n\nExample:\n  tactful erasures key"
}

// Run prints the key.
func (c *erasuresKey) Run(a *app) error {
	key, err := c.find(a.work())
	if err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, map[string]string{"algorithm": "Ed25519", "publicKey": key, "webhookKey": "whpk_" + key})
	}
	_, err = fmt.Fprintln(a.out, key)
	return err
}

func (c *erasuresKey) find(a *app) (string, error) {
	if c.URL != "" {
		var answer struct{ PublicKey string }
		_, err := c.ask(a, http.MethodGet, "/v1/signing-key", nil, &answer)
		return answer.PublicKey, err
	}
	key, err := inside(&c.configFlags, a, func(e *engine.Engine) (ed25519.PublicKey, error) { return e.PublicKey(), nil })
	return base64.StdEncoding.EncodeToString(key), err
}
