package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/tactful/tactful"
)

type rightsExport struct {
	personFlags
	Format   string `enum:"json,csv,html,portable" default:"json" help:"json, csv, html, or portable to take elsewhere."`
	Language string `help:"Of the explanations."`
	JSON     bool   `name:"json" help:"The same as --format json."`
	Out      string `short:"o" placeholder:"FILE" help:"Write there instead of to the terminal; readable by you alone."`
}

// Help adds examples to --help.
func (rightsExport) Help() string {
	return `Everything that is known, each field explained with its source, purpose, term and recipients. Cells that a spreadsheet would run are
made harmless.

Examples:
  tactful rights export u-1042 --format html -o copy.html --as "Ada B." --reason "her letter of 3 May"
  tactful rights export u-1042 --format portable --as "Ada B." --reason "she moves to another shop" > u-1042.json`
}

// Run writes a copy.
func (c *rightsExport) Run(a *app) error {
	if c.JSON {
		c.Format = "json"
	}
	text, err := c.call(a, http.MethodGet, c.path("/export", "format", c.Format, "language", c.Language), nil, nil)
	if err != nil {
		return err
	}
	if c.Out != "" {
		return os.WriteFile(c.Out, text, 0o600)
	}
	_, err = a.out.Write(text)
	return err
}

type rightsImport struct {
	personFlags
	File    string `arg:"" help:"What export --format portable wrote; - for standard input."`
	Request string `placeholder:"ID" help:"The request by which another operator entered this very file: you agree to it."`
	JSON    bool   `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (rightsImport) Help() string {
	return "The person must not be known here by other records. A file that says yes is refused: an operator alone says yes for nobody. Let the person bring it, or enter it as a request (rights open ID import --file FILE) to which another operator agrees with --request.\n\nExamples:\n  tactful rights import u-77 u-1042.json --as \"Ada B.\" --reason \"she brought her file\"\n  tactful rights import u-77 u-1042.json --request 8c1f… --as \"Bob C.\" --reason \"I have seen her and the file\""
}

// Run imports a file.
func (c *rightsImport) Run(a *app) error {
	text, err := readDocument(c.File)
	if err != nil {
		return err
	}
	body := map[string]any{"document": string(text)}
	if c.Request != "" {
		body["request"] = c.Request
	}
	var done struct {
		Consents int            `json:"consents"`
		Events   int            `json:"events"`
		Settings int            `json:"settings"`
		Refused  map[string]int `json:"refused"`
		Untaken  map[string]int `json:"untaken,omitempty"`
	}
	if _, err := c.call(a, http.MethodPost, c.path("/import"), body, &done); err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, done)
	}
	_, err = fmt.Fprintf(a.out, "%d consent records, %d events, %d settings taken; not taken: events %v, records %v\n", done.Consents, done.Events, done.Settings, done.Refused, done.Untaken)
	return err
}

// maxDocument is what the API takes of a person's file.
const maxDocument = 8 << 20

// readDocument reads what a person brought.
func readDocument(name string) ([]byte, error) {
	source := io.Reader(os.Stdin)
	switch name {
	case "":
		return nil, tactful.InvalidField("--file", "is missing", "name what export --format portable wrote; - for standard input")
	case "-":
	default:
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("open the file: %w", err)
		}
		defer file.Close()
		source = file
	}
	text, err := io.ReadAll(io.LimitReader(source, maxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	if len(text) > maxDocument {
		return nil, tactful.InvalidField("file", "is larger than 8 MiB", "bring a smaller one")
	}
	return text, nil
}

// documentHash names a file, so that two people can be sure to have the same.
func documentHash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

type rightsControl struct {
	personFlags
	What  string    `arg:"" enum:"restrict,unrestrict,object,unobject,pause,resume,show" help:"What to do."`
	Until time.Time `help:"For pause: until when (RFC 3339); 30 days if left out."`
	JSON  bool      `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (rightsControl) Help() string {
	return `You may stop things for somebody. To start them again (unrestrict, unobject, resume) is for the person, in their centre, or for
the key of your server, which passes on what they do. What they say by phone or letter is entered as a request (rights open ID lifting).

Examples:
  tactful rights control u-1042 restrict --as "Ada B." --reason "she disputes an order"
  tactful rights control u-1042 pause --until 2027-01-15T00:00:00Z --as "Ada B." --reason "he asked at the till"`
}

// Run switches something on or off and shows what is on.
func (c *rightsControl) Run(a *app) error {
	var err error
	switch c.What {
	case "restrict":
		_, err = c.call(a, http.MethodPut, c.path("/restriction"), nil, nil)
	case "unrestrict":
		_, err = c.call(a, http.MethodDelete, c.path("/restriction"), nil, nil)
	case "object":
		_, err = c.call(a, http.MethodPut, c.path("/objection"), nil, nil)
	case "unobject":
		_, err = c.call(a, http.MethodDelete, c.path("/objection"), nil, nil)
	case "pause":
		until := c.Until
		if until.IsZero() {
			until = time.Now().Add(30 * 24 * time.Hour)
		}
		_, err = c.call(a, http.MethodPut, c.path("/pause"), map[string]any{"until": until.UTC()}, nil)
	case "resume":
		_, err = c.call(a, http.MethodDelete, c.path("/pause"), nil, nil)
	}
	if err != nil {
		return err
	}
	var now struct {
		Restricted   bool      `json:"restricted"`
		Objected     time.Time `json:"objected,omitzero"`
		PausedUntil  time.Time `json:"pausedUntil,omitzero"`
		ClearedUntil time.Time `json:"clearedUntil,omitzero"`
	}
	if _, err := c.call(a, http.MethodGet, c.path("/controls"), nil, &now); err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, now)
	}
	moment := func(t time.Time) string {
		if t.IsZero() {
			return "no"
		}
		return t.Format(time.RFC3339)
	}
	return showTable(a.out, [][]string{{"RESTRICTED", "OBJECTED SINCE", "PAUSED UNTIL", "NOTHING KEPT FROM BEFORE"},
		{strconv.FormatBool(now.Restricted), moment(now.Objected), moment(now.PausedUntil), moment(now.ClearedUntil)}})
}

type rightsEvents struct {
	personFlags
	Limit int  `default:"100" help:"At most so many."`
	JSON  bool `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (rightsEvents) Help() string {
	return "Example:\n  tactful rights events u-1042 --as \"Ada B.\" --reason \"she disputes an order\""
}

// Run lists events.
func (c *rightsEvents) Run(a *app) error {
	type line struct {
		ID       string    `json:"id"`
		Action   string    `json:"action"`
		Item     string    `json:"item,omitempty"`
		Query    string    `json:"query,omitempty"`
		Quantity int       `json:"quantity,omitempty"`
		Time     time.Time `json:"time"`
		Source   string    `json:"source"`
		Declared bool      `json:"declared,omitempty"`
	}
	var answer struct {
		Events []line `json:"events"`
	}
	if _, err := c.call(a, http.MethodGet, c.path("/events", "limit", strconv.Itoa(c.Limit)), nil, &answer); err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, answer.Events)
	}
	rows := [][]string{{"EVENT", "TIME", "ACTION", "ITEM", "QUANTITY", "SOURCE"}}
	for _, e := range answer.Events {
		rows = append(rows, []string{e.ID, e.Time.Format(time.RFC3339), e.Action, e.Item, strconv.Itoa(e.Quantity), e.Source})
	}
	return showTable(a.out, rows)
}

type rightsForget struct {
	personFlags
	Event string    `help:"Id of one event."`
	Item  string    `help:"All events about one item."`
	From  time.Time `help:"First moment of a stretch of time, RFC 3339."`
	To    time.Time `help:"End of it."`
	All   bool      `help:"Everything they did up to now."`
	JSON  bool      `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (rightsForget) Help() string {
	return "Rows are removed for real and do not come back when they are sent again.\n\nExample:\n  tactful rights forget u-1042 --event 0a1b… --as \"Ada B.\" --reason \"she asked at the till\""
}

// Run forgets events.
func (c *rightsForget) Run(a *app) error {
	var done struct {
		Removed int       `json:"removed"`
		Forgets time.Time `json:"forgets"`
		Named   time.Time `json:"named"`
	}
	if _, err := c.call(a, http.MethodPost, c.path("/events/withdraw"), selectionBody(c.Event, c.Item, c.From, c.To, c.All), &done); err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, done)
	}
	_, err := fmt.Fprintf(a.out, "%d events are gone; the model is fitted without them by %s; receipts of past decisions may name their items until %s\n",
		done.Removed, done.Forgets.Format(time.RFC3339), done.Named.Format(time.DateOnly))
	return err
}

type rightsCorrect struct {
	personFlags
	Event    string `arg:"" help:"Id of the event."`
	NotMine  bool   `help:"Somebody else did this."`
	Quantity int    `help:"The right quantity."`
	Item     string `help:"The right item."`
	JSON     bool   `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (rightsCorrect) Help() string {
	return "Example:\n  tactful rights correct u-1042 0a1b… --quantity 1 --as \"Ada B.\" --reason \"she was charged twice\""
}

// Run corrects an event.
func (c *rightsCorrect) Run(a *app) error {
	if _, err := c.call(a, http.MethodPost, c.path("/events/correct"), correctionBody(c.Event, c.NotMine, c.Quantity, c.Item), nil); err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, map[string]string{"event": c.Event, "status": "corrected"})
	}
	_, err := fmt.Fprintln(a.out, "corrected; the next decision obeys")
	return err
}
