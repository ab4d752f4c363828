package forgotten

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/tactful/tactful"
)

// ID names one erasure: random, and about nobody.
type ID [16]byte

// String returns the 32 hex digits under which people ask for it.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// ParseID reads what String wrote; false for every other text.
func ParseID(text string) (ID, bool) {
	var id ID
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(id) || hex.EncodeToString(raw) != text {
		return ID{}, false
	}
	return ID(raw), true
}

// MarshalText writes the hex digits.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads them.
func (id *ID) UnmarshalText(text []byte) error {
	parsed, ok := ParseID(string(text))
	if !ok {
		return errUnreadable
	}
	*id = parsed
	return nil
}

// Step is one step of an erasure, in the order of their numbers.
type Step uint8

// The steps. Each may be repeated; a repetition changes nothing.
const (
	Freeze  Step = iota + 1 // nothing of the person is processed any more
	Cancel                  // what waits in queues in their name is taken out
	Unlearn                 // the model is one that never saw them
	Purge                   // their rows are gone, from the files too
	Tell                    // it is written down who is to be told
	Shred                   // their key is gone, from the files too
	Scan                    // everything was looked for again, and nothing found
)

var stepNames = [...]string{"unknown", "freeze", "cancel", "unlearn", "purge", "tell", "shred", "scan"}

// Steps are all of them in order.
func Steps() []Step { return []Step{Freeze, Cancel, Unlearn, Purge, Tell, Shred, Scan} }

// String returns the word used in receipts.
func (s Step) String() string {
	if int(s) < len(stepNames) {
		return stepNames[s]
	}
	return stepNames[0]
}

// Done is one step that is behind.
type Done struct {
	Step  Step      `json:"step"`
	Time  time.Time `json:"time"`
	Count int       `json:"count"` // of what the step removed or wrote down, by its own measure
}

// Telling is the telling of one recipient.
type Telling struct {
	Recipient string    `json:"recipient"`
	Received  string    `json:"received"`     // what they have had, in words
	ID        string    `json:"id,omitempty"` // what they call the person; gone once they have been told
	Known     bool      `json:"known"`        // whether there was such an id
	Told      time.Time `json:"told,omitzero"`
	By        string    `json:"by,omitempty"` // the operator who told them; "" for the engine
	Tries     int       `json:"tries"`
	Tried     time.Time `json:"tried,omitzero"`
	Next      time.Time `json:"next,omitzero"`
	Trouble   string    `json:"trouble,omitempty"` // why they do not know yet, in a closed set of words
}

// Found is what there was of a person when their erasure began.
type Found struct {
	Names  int `json:"names"`  // external ids
	Rows   int `json:"rows"`   // in the data
	Queued int `json:"queued"` // queues in which something waits in their name
	Items  int `json:"items"`  // that they had in the model
}

// Kind is what else recipients are told of (GDPR 19), by the same means as of
// an erasure.
type Kind string

// Kinds. The zero value is an erasure.
const (
	Corrected    Kind = "corrected"
	Restricted   Kind = "restricted"
	Unrestricted Kind = "unrestricted"
	Withdrawn    Kind = "withdrawn" // events were
)

// Erasure is one erasure. While it is under way it holds what its steps need to
// find the person; once it is done that is gone.
type Erasure struct {
	ID         ID            `json:"id"`
	Kind       Kind          `json:"kind,omitempty"`   // of a change that recipients are told of; "" for an erasure
	No         uint64        `json:"no"`               // counts up, so that an older copy of the data can be told
	Ref        tactful.Ref   `json:"ref,omitzero"`     // while under way
	Former     bool          `json:"former,omitempty"` // a second reference of somebody who is erased too: no receipt of its own
	Names      [][16]byte    `json:"names,omitempty"`  // partition ids of the external ids, while under way
	Found      Found         `json:"found"`            // before anything was taken away
	Tombstone  [16]byte      `json:"tombstone"`        // recognises the reference in older copies
	Suppressed [][16]byte    `json:"suppressed"`       // of the external ids
	Until      time.Time     `json:"until,omitzero"`   // the end of that
	Backups    time.Time     `json:"backups,omitzero"` // last day of older backups
	By         tactful.Actor `json:"by"`               // who asked
	Begun      time.Time     `json:"begun"`
	Steps      []Done        `json:"steps"`
	Tell       []Telling     `json:"tell"`
	Finished   time.Time     `json:"finished,omitzero"`
	Changed    time.Time     `json:"changed"` // the last time that anything here did
}

// Pass notes a step. Where it was noted before, that stays.
func (e *Erasure) Pass(step Step, now time.Time, count int) {
	if e.Passed(step) {
		return
	}
	e.Steps = append(e.Steps, Done{Step: step, Time: now, Count: count})
	e.Changed = now
}

// Passed reports whether a step is behind.
func (e *Erasure) Passed(step Step) bool {
	for i := range e.Steps {
		if e.Steps[i].Step == step {
			return true
		}
	}
	return false
}

// Waiting reports whether somebody is still to be told.
func (e *Erasure) Waiting() bool {
	if !e.Passed(Tell) {
		return false
	}
	for i := range e.Tell {
		if e.Tell[i].Told.IsZero() {
			return true
		}
	}
	return false
}

// errUnreadable says that bytes are not what this package writes.
var errUnreadable = errors.New("forgotten: row is not readable")

const version = 1

func encode(e *Erasure) ([]byte, error) {
	plain, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	return append([]byte{version}, plain...), nil
}

func decode(plain []byte) (*Erasure, error) {
	if len(plain) == 0 || plain[0] != version {
		return nil, errUnreadable
	}
	e := new(Erasure)
	decoder := json.NewDecoder(bytes.NewReader(plain[1:]))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(e); err != nil {
		return nil, errors.Join(errUnreadable, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errUnreadable
	}
	for _, done := range e.Steps {
		if done.Step < Freeze || done.Step > Scan {
			return nil, errUnreadable
		}
	}
	return e, nil
}
