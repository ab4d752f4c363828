package label

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/tactful/tactful"
)

// Bounds of what an operator writes, so that a decision fits a row.
const (
	MaxReasonBytes = 280
	maxNameBytes   = 128
	maxItemBytes   = 128
	maxRowBytes    = 16 << 10
)

type wireVote struct {
	Answer   string `json:"a"`
	Operator string `json:"o"`
	Key      string `json:"k,omitempty"`
	Person   string `json:"p"`
	Reason   string `json:"r"`
	Time     int64  `json:"t"` // seconds
	Print    string `json:"f"`
}

type wireDecision struct {
	Item  string     `json:"i"`
	Class string     `json:"c"`
	Votes []wireVote `json:"v"`
}

// EncodeDecision writes a decision as its row holds it.
func EncodeDecision(d *Decision) ([]byte, error) {
	w := wireDecision{Item: d.Item, Class: d.Class, Votes: make([]wireVote, len(d.Votes))}
	for i, v := range d.Votes {
		w.Votes[i] = wireVote{v.Answer.String(), v.Operator, v.Key, v.Person, v.Reason, v.Time.Unix(), v.Print}
	}
	text, err := json.Marshal(w)
	if err != nil || len(text) > maxRowBytes {
		return nil, tactful.Errorf(tactful.Internal, "a decision about a label does not fit its row")
	}
	return text, nil
}

// DecodeDecision reads what EncodeDecision wrote. A vote that it cannot read
// makes the whole of it unreadable: half a decision could show what two people hid.
func DecodeDecision(text []byte) (Decision, error) {
	bad := tactful.Errorf(tactful.Internal, "a decision about a label cannot be read")
	if len(text) > maxRowBytes {
		return Decision{}, bad
	}
	var w wireDecision
	reader := json.NewDecoder(bytes.NewReader(text))
	reader.DisallowUnknownFields()
	if err := reader.Decode(&w); err != nil {
		return Decision{}, bad
	}
	if _, err := reader.Token(); !errors.Is(err, io.EOF) {
		return Decision{}, bad
	}
	if w.Item == "" || len(w.Item) > maxItemBytes || !className.MatchString(w.Class) || len(w.Votes) == 0 || len(w.Votes) > MaxVotes {
		return Decision{}, bad
	}
	d := Decision{Item: w.Item, Class: w.Class}
	for _, v := range w.Votes {
		answer, known := ParseAnswer(v.Answer)
		if !known || v.Operator == "" || len(v.Operator) > 4*maxNameBytes || len(v.Reason) > MaxReasonBytes || v.Time < 0 || v.Time > 1<<40 {
			return Decision{}, bad
		}
		d.Votes = append(d.Votes, Vote{
			Answer: answer, Operator: v.Operator, Key: v.Key, Person: v.Person, Reason: v.Reason, Time: time.Unix(v.Time, 0).UTC(), Print: v.Print,
		})
	}
	return d, nil
}
