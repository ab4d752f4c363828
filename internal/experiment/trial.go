package experiment

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tactful/tactful"
)

// State is how far an experiment is. The zero value is none.
type State string

// The states, in their order.
const (
	Registered State = "registered" // locked; nobody has approved it
	Approved   State = "approved"
	Running    State = "running"
	Ended      State = "ended"
)

// Signed is who did something, when, and why.
type Signed struct {
	By   string    `json:"by,omitempty"`
	Key  string    `json:"key,omitempty"`
	Why  string    `json:"why,omitempty"`
	Time time.Time `json:"time,omitzero"`
}

// Trial is a registered experiment with what became of it. It names nobody who
// takes part.
type Trial struct {
	Document
	Lock     string   `json:"lock"` // of the document
	State    State    `json:"state"`
	Opened   Signed   `json:"opened"`
	Approved Signed   `json:"approved"`
	Started  Signed   `json:"started"`
	Stopped  Signed   `json:"stopped"`
	Span     Span     `json:"span"` // of the layer, while it runs
	Left     []uint64 `json:"left"` // how many left each arm, in the order of Names
	Last     *Look    `json:"last,omitempty"`
	Looks    int      `json:"looks"`

	Told time.Time `json:"told,omitzero"` // when the operator's alert of harm was answered
}

// Encode writes a trial for its row.
func (t *Trial) Encode() ([]byte, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("write an experiment: %w", err)
	}
	return text, nil
}

// DecodeTrial reads what Encode wrote, and refuses one whose document is not the
// one that was locked.
func DecodeTrial(text []byte) (*Trial, error) {
	t := &Trial{}
	if err := json.Unmarshal(text, t); err != nil {
		return nil, fmt.Errorf("read an experiment: %w", err)
	}
	if lock, err := t.Document.Lock(); err != nil || lock != t.Lock {
		return nil, tactful.Errorf(tactful.Internal, "an experiment is not what was registered")
	}
	if len(t.Left) != len(t.Registration.Arms) {
		return nil, tactful.Errorf(tactful.Internal, "an experiment does not count its arms")
	}
	return t, nil
}

// Ends is when the experiment is over at the latest; zero before it started.
func (t *Trial) Ends() time.Time {
	if t.Started.Time.IsZero() {
		return time.Time{}
	}
	return t.Started.Time.AddDate(0, 0, t.Registration.Stop.Days)
}
