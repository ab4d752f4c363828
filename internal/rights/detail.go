package rights

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/tactful/tactful"
)

// Detail is what exactly is asked. It is kept with the person.
type Detail struct {
	Receipt    string      `json:"receipt,omitempty"`    // the decision that a human should look at
	Selection  *Selection  `json:"selection,omitempty"`  // what to forget
	Correction *Correction `json:"correction,omitempty"` // what is wrong
	Yes        *Yes        `json:"yes,omitempty"`        // to what they say yes
	Lift       *Lift       `json:"lift,omitempty"`       // what may be used again
	Document   string      `json:"document,omitempty"`   // SHA-256 of the file that they bring
	Proof      string      `json:"proof,omitempty"`      // how the operator checked that it is them, in words
}

// Selection says which events to forget: one, all about an item, those of an
// hour or a day, or all.
type Selection struct {
	Event string    `json:"event,omitempty"` // id of one event
	Item  string    `json:"item,omitempty"`  // all events about one item
	From  time.Time `json:"from,omitzero"`   // with To: what happened from then
	To    time.Time `json:"to,omitzero"`     // until before then
	All   bool      `json:"all,omitempty"`
}

// longStretch is from when on a stretch of time is as good as all of it.
const longStretch = 7 * 24 * time.Hour

// Whole reports whether a whole history goes, or so long a stretch of it that it
// is as good as whole: what is asked for of many people at once is held back, as
// erasures are.
func (s Selection) Whole() bool {
	return s.All || !s.To.IsZero() && s.To.Sub(s.From) >= longStretch
}

// Validate names what is wrong with a selection: exactly one of the four.
func (s Selection) Validate(field string) error {
	ways := 0
	for _, given := range []bool{s.Event != "", s.Item != "", !s.From.IsZero() || !s.To.IsZero(), s.All} {
		if given {
			ways++
		}
	}
	switch {
	case ways != 1:
		return tactful.InvalidField(field, "does not say which events", "send one of: event, item, from with to, or all")
	case len(s.Item) > 128:
		return tactful.InvalidField(field+".item", "is too long", "send an item's id")
	case !s.All && s.Event == "" && s.Item == "" && !s.From.Before(s.To):
		return tactful.InvalidField(field, "is a range that ends before it begins", "send from and to, the later last")
	}
	return nil
}

// Correction says what is wrong with one event. Exactly one thing is.
type Correction struct {
	Event    string `json:"event"`              // id of the event
	NotMine  bool   `json:"notMine,omitempty"`  // somebody else did this
	Quantity int32  `json:"quantity,omitempty"` // it was so many
	Item     string `json:"item,omitempty"`     // it was another item
}

// MaxQuantity bounds what a person may say about one event.
const MaxQuantity = 100_000

// Validate names what is wrong with a correction.
func (c Correction) Validate(field string) error {
	switch {
	case c.Event == "":
		return tactful.InvalidField(field+".event", "is missing", "send the id of the event, as the list of events gives it")
	case c.Quantity < 0 || c.Quantity > MaxQuantity:
		return tactful.InvalidField(field+".quantity", "is out of range", "send 1 to 100000")
	case len(c.Item) > 128:
		return tactful.InvalidField(field+".item", "is too long", "send an item's id")
	case c.NotMine == (c.Quantity > 0 || c.Item != ""):
		return tactful.InvalidField(field, "does not say what is right", "send notMine, or the right quantity or item")
	}
	return nil
}

// Yes is what somebody says yes to, in words or on paper.
type Yes struct {
	Level   string  `json:"level,omitempty"` // word of a level
	Answers []YesTo `json:"answers,omitempty"`
}

// YesTo is one purpose, with the text that was read out or shown.
type YesTo struct {
	Purpose       string `json:"purpose"`
	NoticeVersion string `json:"noticeVersion,omitempty"`
	NoticeHash    string `json:"noticeHash"`
	Language      string `json:"language,omitempty"`
}

// maxYes bounds the answers of one request.
const maxYes = 64

// Validate names what is wrong with a yes. Which texts count the consent stage knows.
func (y *Yes) Validate(field string) error {
	if _, ok := tactful.ParseLevel(y.Level); !ok && y.Level != "" {
		return tactful.InvalidField(field+".level", "is unknown", "send generic, context, personal or full")
	}
	if y.Level == "" && len(y.Answers) == 0 || len(y.Answers) > maxYes {
		return tactful.InvalidField(field, "does not say to what", "send a level, answers, or both; at most 64")
	}
	for _, a := range y.Answers {
		if a.Purpose == "" || a.NoticeHash == "" || len(a.Purpose)+len(a.NoticeVersion)+len(a.NoticeHash)+len(a.Language) > 512 {
			return tactful.InvalidField(field+".answers", "has one without a purpose or a text", "send the purpose, and the hash of the text that was read out or shown")
		}
	}
	return nil
}

// Lift says which stop is to end.
type Lift struct {
	What  string    `json:"what"`           // objection, restriction, pause or signal
	Since time.Time `json:"since,omitzero"` // the stop that stood when it was entered: a later one is not meant
}

// Validate names what is wrong with it.
func (l *Lift) Validate(field string) error {
	switch l.What {
	case "objection", "restriction", "pause", "signal":
		return nil
	}
	return tactful.InvalidField(field, "is unknown", "send objection, restriction, pause or signal")
}

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

// MaxTextBytes bounds what is said in one request at once.
const MaxTextBytes = 4000

// ValidText checks words that people wrote.
func ValidText(field, text string) error {
	if len(text) > MaxTextBytes {
		return tactful.InvalidField(field, "is too long", "write at most 4000 bytes")
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' && r != '\r' }) {
		return tactful.InvalidField(field, "has control characters", "send plain text")
	}
	return nil
}

// Validate checks a detail against the kind of request.
func (d *Detail) Validate(kind Kind) error {
	switch {
	case (kind == Review) != (d.Receipt != ""):
		return tactful.InvalidField("receipt", "goes with a review, and only with one", "send the id of the decision")
	case (kind == Withdrawal) != (d.Selection != nil):
		return tactful.InvalidField("selection", "goes with a withdrawal, and only with one", "say which events are to be forgotten")
	case kind != Rectification && d.Correction != nil:
		return tactful.InvalidField("correction", "goes with a rectification only", "leave it out")
	case (kind == Agreement) != (d.Yes != nil):
		return tactful.InvalidField("yes", "goes with a consent, and only with one", "say to what they say yes")
	case (kind == Lifting) != (d.Lift != nil):
		return tactful.InvalidField("lift", "goes with a lifting, and only with one", "say what is to be used again")
	case (kind == Import) != (d.Document != ""), d.Document != "" && !sha256Hex.MatchString(d.Document):
		return tactful.InvalidField("document", "goes with an import, and only with one", "send the SHA-256 of the file, 64 hex digits")
	case len(d.Receipt) > 256:
		return tactful.InvalidField("receipt", "is too long", "send the id of the decision")
	}
	if d.Selection != nil {
		if err := d.Selection.Validate("selection"); err != nil {
			return err
		}
	}
	if d.Correction != nil {
		if err := d.Correction.Validate("correction"); err != nil {
			return err
		}
	}
	if d.Yes != nil {
		if err := d.Yes.Validate("yes"); err != nil {
			return err
		}
	}
	if d.Lift != nil {
		if err := d.Lift.Validate("lift"); err != nil {
			return err
		}
	}
	return ValidText("proof", d.Proof)
}

// Encode writes a detail as it is stored.
func (d *Detail) Encode() (string, error) {
	text, err := json.Marshal(d)
	return string(text), err
}

// DecodeDetail reads what Encode wrote.
func DecodeDetail(text string) (Detail, error) {
	var d Detail
	return d, strict([]byte(text), &d)
}
