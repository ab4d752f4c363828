package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
)

type rightsCommand struct {
	List    rightsList    `cmd:"" help:"List the queue, what is overdue first."`
	Show    rightsShow    `cmd:"" help:"Show one request with the person's words."`
	Of      rightsOf      `cmd:"" help:"List one person's requests."`
	Open    rightsOpen    `cmd:"" help:"Enter what somebody asks for, by phone, letter or a representative."`
	Take    rightsTake    `cmd:"" help:"Say that you work on a request."`
	Confirm rightsConfirm `cmd:"" help:"Say that the person was told that their request has come."`
	Release rightsRelease `cmd:"" help:"Agree to a request as the second pair of eyes."`
	Answer  rightsAnswer  `cmd:"" help:"End a request with an answer in words."`
	Refuse  rightsRefuse  `cmd:"" help:"Refuse a request, with a ground and the reason in words."`
	Extend  rightsExtend  `cmd:"" help:"Move the date to the latest that the law allows, and say why."`
	Cancel  rightsCancel  `cmd:"" help:"Take a request back."`
	Export  rightsExport  `cmd:"" help:"Write a copy of everything that is known about a person."`
	Import  rightsImport  `cmd:"" help:"Take what a person brought from elsewhere."`
	Control rightsControl `cmd:"" help:"Restrict, object or pause for a person, or end it."`
	Events  rightsEvents  `cmd:"" help:"List what a person did, each with its id."`
	Forget  rightsForget  `cmd:"" help:"Forget that a person did something: one event, a stretch of time, or all."`
	Correct rightsCorrect `cmd:"" help:"Correct one event in the person's words."`
}

// personFlags name a person.
type personFlags struct {
	casework
	Person    string `arg:"" help:"The id by which the shop knows the person."`
	Anonymous bool   `help:"The id is a browser's, not an account's."`
}

func (f *personFlags) path(rest string, query ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		if query[i+1] != "" {
			values.Set(query[i], query[i+1])
		}
	}
	if f.Anonymous {
		values.Set("kind", "anonymous")
	}
	path := "/v1/subjects/" + url.PathEscape(f.Person) + rest
	if len(values) > 0 {
		path += "?" + values.Encode()
	}
	return path
}

// requestFlags name a request.
type requestFlags struct {
	casework
	ID   string `arg:"" name:"request" help:"Id of the request."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// do does something to a request and says how it stands then.
func (f *requestFlags) do(a *app, verb string, body any) error {
	var now queuedLine
	if _, err := f.call(a, http.MethodPost, "/v1/requests/"+url.PathEscape(f.ID)+"/"+verb, body, &now); err != nil {
		return err
	}
	return showQueue(a, f.JSON, now, []queuedLine{now})
}

// whoLine is who did something to a request.
type whoLine struct {
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
}

func (w whoLine) String() string {
	if w.Name != "" {
		return w.Name
	}
	return w.Kind
}

// queuedLine is one request as it is printed, and as the API gives it.
type queuedLine struct {
	ID       string    `json:"id"`
	Right    string    `json:"right"`
	Channel  string    `json:"channel"`
	State    string    `json:"state"`
	Why      string    `json:"why,omitempty"`
	Region   string    `json:"region,omitempty"`
	Law      string    `json:"law,omitempty"`
	Received time.Time `json:"received"`
	Confirm  time.Time `json:"confirmBy,omitzero"`
	Heard    time.Time `json:"confirmed,omitzero"`
	Due      time.Time `json:"due"`
	Overdue  bool      `json:"overdue"`
	Extended bool      `json:"extended,omitempty"`
	Closed   time.Time `json:"closed,omitzero"`
	Ground   string    `json:"ground,omitempty"`
	Opened   whoLine   `json:"opened"`
	Released whoLine   `json:"released,omitzero"`
	Ended    whoLine   `json:"ended,omitzero"`
}

// rightLine is one request with its words.
type rightLine struct {
	Request    queuedLine     `json:"request"`
	Text       string         `json:"text,omitempty"`
	Decision   string         `json:"decision,omitempty"`
	Selection  map[string]any `json:"selection,omitempty"`
	Correction map[string]any `json:"correction,omitempty"`
	Yes        map[string]any `json:"yes,omitempty"`
	Lift       string         `json:"lift,omitempty"`
	Document   string         `json:"document,omitempty"`
	Proof      string         `json:"proof,omitempty"`
	Answers    []struct {
		Time time.Time `json:"time"`
		By   string    `json:"by"`
		Text string    `json:"text"`
	} `json:"answers,omitempty"`
}

func showQueue(a *app, asJSON bool, whole any, lines []queuedLine) error {
	if asJSON {
		return showJSON(a.out, whole)
	}
	rows := [][]string{{"REQUEST", "RIGHT", "STATE", "DUE", "CHANNEL", "LAW", "ENTERED BY", "WAITS FOR"}}
	for _, l := range lines {
		due := l.Due.Format(time.DateOnly)
		if l.Overdue {
			due += " OVERDUE"
		}
		if l.unheard() {
			due = "confirm by " + l.Confirm.Format(time.DateOnly) + ", " + due
		}
		rows = append(rows, []string{l.ID, l.Right, l.State, due, l.Channel, l.Law, l.Opened.String(), l.waits()})
	}
	return showTable(a.out, rows)
}

// unheard reports whether the person must still hear that the request has come.
func (l *queuedLine) unheard() bool {
	return !l.Confirm.IsZero() && l.Heard.IsZero() && l.Closed.IsZero()
}

func (l *queuedLine) waits() string {
	switch l.State {
	case "proving":
		return "the person: tactful link … --request " + l.ID
	case "waiting":
		if l.Why == "many_erasures" {
			return "a second operator: many erasures came with one key"
		}
		return "a second operator"
	case "received":
		return "an operator"
	}
	return ""
}

func showRights(a *app, asJSON bool, whole any, list []rightLine) error {
	if asJSON {
		return showJSON(a.out, whole)
	}
	for _, r := range list {
		if err := showQueue(a, false, nil, []queuedLine{r.Request}); err != nil {
			return err
		}
		for _, line := range [][2]string{{"asked", r.Text}, {"decision", r.Decision}, {"to be used again", r.Lift}, {"file", r.Document}, {"proof", r.Proof}} {
			if line[1] != "" {
				fmt.Fprintf(a.out, "  %s: %s\n", line[0], oneLine(line[1]))
			}
		}
		for _, detail := range []map[string]any{r.Selection, r.Correction, r.Yes} {
			if len(detail) > 0 {
				fmt.Fprintf(a.out, "  exactly: %v\n", detail)
			}
		}
		for _, answer := range r.Answers {
			fmt.Fprintf(a.out, "  %s %s: %s\n", answer.Time.Format("2006-01-02 15:04"), answer.By, oneLine(answer.Text))
		}
	}
	return nil
}

// oneLine keeps words of people from moving a terminal's cursor.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}

type rightsList struct {
	casework
	State string `enum:",received,proving,waiting,in_progress,done,refused,cancelled" default:"" help:"Only those in this state; all that are open if left out."`
	Right string `enum:",access,portability,rectification,restriction,objection,erasure,withdrawal,review,consent,lifting,import" default:"" help:"Only this right."`
	Limit int    `default:"100" help:"At most so many."`
	JSON  bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (rightsList) Help() string {
	return `The queue holds nothing of the person: what was said stands with them, and opening it is a look that they see.

Examples:
  tactful rights list --as "Ada B."
  TACTFUL_KEY=tk_… tactful rights list --state waiting --url http://127.0.0.1:8080`
}

// Run prints the queue.
func (c *rightsList) Run(a *app) error {
	query := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	if c.State != "" {
		query.Set("state", c.State)
	}
	if c.Right != "" {
		query.Set("kind", c.Right)
	}
	var answer struct {
		Requests []queuedLine `json:"requests"`
	}
	if _, err := c.call(a, http.MethodGet, "/v1/requests?"+query.Encode(), nil, &answer); err != nil {
		return err
	}
	return showQueue(a, c.JSON, answer.Requests, answer.Requests)
}

type rightsShow struct{ requestFlags }

// Help adds an example to --help.
func (rightsShow) Help() string {
	return "Example:\n  tactful rights show 8c1f… --as \"Ada B.\""
}

// Run prints one request.
func (c *rightsShow) Run(a *app) error {
	var r rightLine
	if _, err := c.call(a, http.MethodGet, "/v1/requests/"+url.PathEscape(c.ID), nil, &r); err != nil {
		return err
	}
	return showRights(a, c.JSON, r, []rightLine{r})
}

type rightsOf struct {
	personFlags
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (rightsOf) Help() string {
	return "Example:\n  tactful rights of u-1042 --as \"Ada B.\" --reason \"she asks how far we are\""
}

// Run prints a person's requests.
func (c *rightsOf) Run(a *app) error {
	var answer struct {
		Requests []rightLine `json:"requests"`
	}
	if _, err := c.call(a, http.MethodGet, c.path("/requests"), nil, &answer); err != nil {
		return err
	}
	return showRights(a, c.JSON, answer.Requests, answer.Requests)
}

type rightsOpen struct {
	personFlags
	Right    string    `arg:"" enum:"access,portability,rectification,restriction,objection,erasure,withdrawal,review,consent,lifting,import" help:"What is asked for."`
	Channel  string    `enum:"phone,letter,representative" default:"letter" help:"How it came."`
	Region   string    `placeholder:"CODE" help:"Where the person lives (ISO 3166), for the date."`
	Text     string    `help:"What they said, in words."`
	Proof    string    `help:"How you checked that it is them; without it they must show it by a link."`
	Decision string    `help:"Id of the decision that a human should look at (review)."`
	Event    string    `help:"Id of the event that is meant (withdrawal, rectification)."`
	From     time.Time `help:"First moment of a stretch of time (withdrawal), RFC 3339."`
	To       time.Time `help:"End of it."`
	All      bool      `help:"All events (withdrawal)."`
	NotMine  bool      `help:"The event is somebody else's (rectification)."`
	Quantity int       `help:"The right quantity (rectification)."`
	Item     string    `help:"The right item (rectification), or the item whose events are meant (withdrawal)."`
	Yes      []string  `placeholder:"PURPOSE" help:"A purpose that they say yes to (consent), after its text of today was read out or shown to them. Repeat it for more."`
	Level    string    `enum:",generic,context,personal,full" default:"" help:"The level that they choose (consent)."`
	Language string    `default:"en" help:"Of the text that was read out or shown (consent)."`
	Lift     string    `enum:",objection,restriction,pause,signal" default:"" help:"What they stopped and want used again (lifting)."`
	File     string    `help:"What they bring, as export --format portable wrote it (import); it stays with you, and whoever agrees sends the same."`
	JSON     bool      `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (rightsOpen) Help() string {
	return `What is entered for somebody is done only after another operator has released it, with a key or name of their own.

A yes, the end of a stop and a file that somebody brings are entered here too; they count from when they were said. A yes is to the text of
today: read it to them first (GET /v1/notices).

Examples:
  tactful rights open u-1042 consent --yes recommendations --level personal --channel phone --text "yes, please pick for me" --as "Ada B." --reason "he rang us up"
  tactful rights open u-1042 lifting --lift objection --channel letter --text "send me offers again" --as "Ada B." --reason "her letter of 3 May"
  tactful rights open u-1042 import --file u-1042.json --text "here is my data from the other shop" --as "Ada B." --reason "she came with it"
  tactful rights open u-1042 erasure --channel phone --region DE --proof "called back on the number on file" --as "Ada B." --reason "she rang us up"
  tactful rights open u-1042 withdrawal --all --channel letter --as "Ada B." --reason "her letter of 3 May"`
}

// Run enters a request.
func (c *rightsOpen) Run(a *app) error {
	body := map[string]any{"right": c.Right, "channel": c.Channel}
	for name, value := range map[string]string{"region": c.Region, "text": c.Text, "proof": c.Proof, "decision": c.Decision} {
		if value != "" {
			body[name] = value
		}
	}
	switch c.Right {
	case "withdrawal":
		body["selection"] = selectionBody(c.Event, c.Item, c.From, c.To, c.All)
	case "rectification":
		if c.Event != "" {
			body["correction"] = correctionBody(c.Event, c.NotMine, c.Quantity, c.Item)
		}
	case "consent":
		yes, err := c.spokenYes(a)
		if err != nil {
			return err
		}
		body["yes"] = yes
	case "lifting":
		body["lift"] = c.Lift
	case "import":
		text, err := readDocument(c.File)
		if err != nil {
			return err
		}
		body["document"] = documentHash(text)
	}
	var r rightLine
	if _, err := c.call(a, http.MethodPost, c.path("/requests"), body, &r); err != nil {
		return err
	}
	return showRights(a, c.JSON, r, []rightLine{r})
}

// spokenYes is to what they say yes, each with the text that counts today.
func (c *rightsOpen) spokenYes(a *app) (map[string]any, error) {
	yes := map[string]any{}
	if c.Level != "" {
		yes["level"] = c.Level
	}
	if len(c.Yes) == 0 {
		return yes, nil
	}
	var known struct {
		Notices []struct{ Purpose, Version, Language, Hash string } `json:"notices"`
	}
	if _, err := c.call(a, http.MethodGet, "/v1/notices?language="+url.QueryEscape(c.Language), nil, &known); err != nil {
		return nil, err
	}
	var answers []map[string]any
	for _, n := range known.Notices {
		if slices.Contains(c.Yes, n.Purpose) {
			answers = append(answers, map[string]any{"purpose": n.Purpose, "noticeVersion": n.Version, "noticeHash": n.Hash, "language": n.Language})
		}
	}
	if len(answers) < len(c.Yes) {
		return nil, tactful.InvalidField("--yes", "names a purpose without a text, or the same twice", "see GET /v1/notices")
	}
	yes["answers"] = answers
	return yes, nil
}

func selectionBody(event, item string, from, to time.Time, all bool) map[string]any {
	body := map[string]any{}
	if event != "" {
		body["event"] = event
	}
	if item != "" {
		body["item"] = item
	}
	if !from.IsZero() {
		body["from"] = from
	}
	if !to.IsZero() {
		body["to"] = to
	}
	if all {
		body["all"] = true
	}
	return body
}

func correctionBody(event string, notMine bool, quantity int, item string) map[string]any {
	body := map[string]any{"event": event}
	if notMine {
		body["notMine"] = true
	}
	if quantity != 0 {
		body["quantity"] = quantity
	}
	if item != "" {
		body["item"] = item
	}
	return body
}

type rightsTake struct{ requestFlags }

// Help adds an example to --help.
func (rightsTake) Help() string { return "Example:\n  tactful rights take 8c1f… --as \"Ada B.\"" }

// Run takes a request.
func (c *rightsTake) Run(a *app) error { return c.do(a, "take", nil) }

type rightsConfirm struct{ requestFlags }

// Help adds an example to --help.
func (rightsConfirm) Help() string {
	return "Where the law asks for it: in California within 10 business days, with how the request goes on. What came through the centre is confirmed by its page.\n\nExample:\n  tactful rights confirm 8c1f… --as \"Ada B.\""
}

// Run confirms a request.
func (c *rightsConfirm) Run(a *app) error { return c.do(a, "confirm", nil) }

type rightsRelease struct{ requestFlags }

// Help adds an example to --help.
func (rightsRelease) Help() string {
	return "Never by who entered it, and never with the key that asked.\n\nExample:\n  tactful rights release 8c1f… --as \"Bob C.\""
}

// Run releases a request.
func (c *rightsRelease) Run(a *app) error { return c.do(a, "release", nil) }

type rightsCancel struct {
	requestFlags
	Text string `arg:"" help:"Why; the person reads it."`
}

// Help adds an example to --help.
func (rightsCancel) Help() string {
	return "Only what an operator entered is cancelled; what the person asked for themself is answered or refused.\n\nExample:\n  tactful rights cancel 8c1f… \"We mixed up two names.\" --as \"Ada B.\""
}

// Run cancels a request.
func (c *rightsCancel) Run(a *app) error { return c.do(a, "cancel", map[string]any{"text": c.Text}) }

type rightsAnswer struct {
	requestFlags
	Text string `arg:"" help:"What the person reads."`
}

// Help adds an example to --help.
func (rightsAnswer) Help() string {
	return "Example:\n  tactful rights answer 8c1f… \"I looked: the list was made from one visit. We took it out.\" --as \"Ada B.\""
}

// Run answers a request.
func (c *rightsAnswer) Run(a *app) error { return c.do(a, "answer", map[string]any{"text": c.Text}) }

type rightsExtend struct {
	requestFlags
	Text string `arg:"" help:"Why; the person reads it."`
}

// Help adds an example to --help.
func (rightsExtend) Help() string {
	return "Example:\n  tactful rights extend 8c1f… \"The till's maker must answer first.\" --as \"Ada B.\""
}

// Run moves the date.
func (c *rightsExtend) Run(a *app) error { return c.do(a, "extend", map[string]any{"text": c.Text}) }

type rightsRefuse struct {
	requestFlags
	Ground string `arg:"" enum:"unfounded,excessive,not_identified,legal_duty,rights_of_others,legal_claim,nothing_there" help:"Why, in one word."`
	Text   string `arg:"" help:"The reason in words; the person reads it."`
}

// Help adds an example to --help.
func (rightsRefuse) Help() string {
	return "Example:\n  tactful rights refuse 8c1f… nothing_there \"We hold nothing of the kind.\" --as \"Ada B.\""
}

// Run refuses a request.
func (c *rightsRefuse) Run(a *app) error {
	return c.do(a, "refuse", map[string]any{"ground": c.Ground, "text": c.Text})
}
