package engine

import (
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/panel"
)

// Form says how a delivery's body is written.
type Form uint8

// Forms. The zero value is refused.
const (
	FormUnknown Form = iota
	Native           // {"events":[...]}, POST /v1/events
	SegmentBatch
	SegmentIdentify
	SegmentTrack
	SegmentPage
	SegmentScreen
	SegmentGroup
	SegmentAlias
)

// Trust says who stands behind a delivery.
type Trust uint8

// Trust. The zero value is the careful one.
const (
	Untrusted Trust = iota // anybody can have sent it: the key sits in a page
	Trusted                // somebody who keeps a secret: a server with its own key, a command, the shop itself
)

// Delivery is one body of events as it came through a door.
type Delivery struct {
	Form  Form
	Body  []byte // JSON, already decompressed, within the configured limit
	GPC   bool   // Sec-GPC was exactly "1"
	Trust Trust  // an untrusted delivery changes nobody's consent, level or names
}

// Outcome is the fate of one event of a delivery, in the order sent.
type Outcome struct {
	Index     int    // position in the delivery
	MessageID string // as sent; "" if there was none
	Status    OutcomeStatus
	Reason    string // for refusals: a short word ("no_record", "third_party", "invalid", ...)
	Field     string // for invalid ones: the JSON path at fault
	Detail    string // one plain sentence
	Remedy    string
}

// OutcomeStatus is accepted, refused, duplicate or ignored.
type OutcomeStatus uint8

// Outcome statuses. The zero value is refused.
const (
	OutcomeRefused   OutcomeStatus = iota
	OutcomeAccepted                // stored and durable
	OutcomeDuplicate               // the same messageId was stored before
	OutcomeIgnored                 // understood, needs no storing (page, screen, group)
)

// String returns the wire word.
func (s OutcomeStatus) String() string {
	switch s {
	case OutcomeAccepted:
		return "accepted"
	case OutcomeDuplicate:
		return "duplicate"
	case OutcomeIgnored:
		return "ignored"
	case OutcomeRefused:
		return "refused"
	}
	return "refused"
}

// ConsentChange is what a person says: a level, answers to purposes, or both.
type ConsentChange struct {
	Level   tactful.Level     // LevelUnknown: leave as it is
	Answers []tactful.Consent // ID is set by the engine
	GPC     *bool             // nil: leave as it is
	Mark    string            // Control.Mark: it counts only while they still stand so; "": however they stand
}

// Notice is the text of one purpose in one language, as it must be shown.
type Notice struct {
	Purpose  tactful.Purpose
	Version  string
	Language string
	Text     string
	Hash     string // SHA-256 of Text, hex; a grant names it
}

// HistoryEntry is one item of a person's history with what they said about it.
type HistoryEntry struct {
	Item    tactful.Item // Title is "" if the catalogue no longer lists it
	Action  tactful.Action
	Source  string    // "web", "import", "simulated", ...
	Day     time.Time // the day only
	Setting string    // none, unused, gift, wrong
	Event   string    // id of the newest event about it, by which it is corrected
}

// Health is what /readyz and the doctor read.
type Health struct {
	Ready       bool
	Reason      string // why not ready, "" when ready
	Items       int
	ModelHash   string
	ModelItems  int
	ModelPeople int
	Behind      time.Duration // how far the clock stands behind a time that was seen here
	Limited     string        // what is held back for now, "" for nothing
	SweepHeld   bool          // nothing is deleted, as the clock may have jumped ahead

	Harmed []string // experiments that harm stopped

	Panel *panel.Measures // as last released, nil for none since the start
}

// Tally counts outcomes since the start, for /metrics and the doctor.
type Tally struct {
	Accepted, Duplicate, Ignored uint64
	Refused                      map[string]uint64 // by reason word
	Decisions                    map[string]uint64 // by level word
	Withheld                     map[string]uint64 // by guard name
	Reports                      map[string]uint64 // what people said about decisions, by kind word
	Offers                       map[string]uint64 // decisions about offers: "mail made", "site none"
	Delivered                    map[string]uint64 // messages handed to tools: "mail sent", "push dropped"
}

// Diagnosis says in words why things are personalized or not.
type Diagnosis struct {
	Subjects  int
	Permitted int               // with a live grant for recommendations at level personal or full
	Because   map[string]int    // subjects by what bounds them
	Held      int               // newcomers from whom the model does not learn until somebody has looked
	Refusals  map[string]uint64 // events refused since the store was made, by reason
	Accepted  uint64
	Sentences []string // the findings, worst first
}

// TrainReport is what a fit did.
type TrainReport struct {
	People, Items, Pairs int64
	Columns              int
	Hash                 string
	Took                 time.Duration
	Blind                []Blindness   // groups whose difference the model cannot see
	PanelFit             time.Duration // of the full fit that a changed panel asked for; 0 if it did not change
}
