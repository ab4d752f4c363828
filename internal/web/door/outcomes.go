package door

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/tactful/tactful/engine"
)

// Tally counts the outcomes of events. Both words are of closed sets.
type Tally interface {
	Ingested(status, reason string)
}

// Outcomes is the answer to a delivery of events: how many of each fate, and
// the fate of each. Success is what Segment's clients look for.
type Outcomes struct {
	Success   bool      `json:"success,omitempty"`
	Accepted  int       `json:"accepted"`
	Duplicate int       `json:"duplicate"`
	Ignored   int       `json:"ignored"`
	Refused   int       `json:"refused"`
	Outcomes  []outcome `json:"outcomes"`
}

type outcome struct {
	Index     int    `json:"index"`
	MessageID string `json:"messageId,omitempty"`
	Status    string `json:"status"`
	Reason    string `json:"reason,omitempty"`
	Field     string `json:"field,omitempty"`
	Detail    string `json:"detail,omitempty"`
	Remedy    string `json:"remedy,omitempty"`
}

// AnswerOutcomes puts the engine's outcomes in words and counts them; tally may be nil.
func AnswerOutcomes(all []engine.Outcome, tally Tally) *Outcomes {
	answer := &Outcomes{Outcomes: make([]outcome, len(all))}
	for i, o := range all {
		switch o.Status {
		case engine.OutcomeAccepted:
			answer.Accepted++
		case engine.OutcomeDuplicate:
			answer.Duplicate++
		case engine.OutcomeIgnored:
			answer.Ignored++
		case engine.OutcomeRefused:
			answer.Refused++
		}
		answer.Outcomes[i] = outcome{
			Index: o.Index, MessageID: clip(o.MessageID, 256), Status: o.Status.String(), Reason: clip(o.Reason, 64),
			Field: clip(o.Field, 512), Detail: clip(o.Detail, 1024), Remedy: clip(o.Remedy, 1024),
		}
		if tally != nil {
			tally.Ingested(o.Status.String(), o.Reason)
		}
	}
	return answer
}

// WriteJSON answers 200 with v.
func WriteJSON(w http.ResponseWriter, v any) error {
	var buf bytes.Buffer
	if err := json.NewEncoder(&buf).Encode(v); err != nil {
		return fmt.Errorf("encode an answer: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(buf.Len()))
	w.WriteHeader(http.StatusOK)
	_, _ = buf.WriteTo(w) // the caller is gone; the access log has the status
	return nil
}
