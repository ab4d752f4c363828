package client

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tactful/tactful"
)

// Event is one thing one person did. MessageID and Time are set by Send where
// they are empty; Value is the price of one in hundredths.
type Event struct {
	Subject tactful.Alias
	tactful.Event
}

// Outcome is the fate of one event, at its place in what was sent.
type Outcome struct {
	MessageID string `json:"messageId"`
	Status    string `json:"status"` // accepted, duplicate, ignored or refused
	Reason    string `json:"reason"` // a short word, such as no_record: nobody permitted it
	Field     string `json:"field"`
	Detail    string `json:"detail"`
	Remedy    string `json:"remedy"`
}

// Stored reports whether the event is stored, now or from an earlier try.
func (o Outcome) Stored() bool { return o.Status == "accepted" || o.Status == "duplicate" }

const (
	maxDelivery = 500       // events
	maxBytes    = 300 << 10 // of a delivery; the server takes 500 KiB
)

// Send delivers events, in parts if they are many, and returns what became of
// each, in their order. A refused event is no error: somebody did not agree.
// What the server could not store just now is sent again. With an error the
// outcomes of the parts that were answered are returned, and the rest are zero.
func (c *Client) Send(ctx context.Context, events ...Event) ([]Outcome, error) {
	outcomes := make([]Outcome, len(events))
	waiting := make([]int, 0, len(events))
	bodies := make([]json.RawMessage, len(events))
	for i := range events {
		body, err := c.eventBody(&events[i])
		if err != nil {
			return outcomes, fmt.Errorf("send event %d: %w", i, err)
		}
		bodies[i] = body
		waiting = append(waiting, i)
	}
	for try := 0; ; try++ {
		var later []int
		for len(waiting) > 0 {
			n, bytes := 0, 0
			for n < len(waiting) && n < maxDelivery && (n == 0 || bytes+len(bodies[waiting[n]]) <= maxBytes) {
				bytes += len(bodies[waiting[n]])
				n++
			}
			part := waiting[:n]
			waiting = waiting[n:]
			if err := c.deliver(ctx, part, events, bodies, outcomes); err != nil {
				return outcomes, fmt.Errorf("send events: %w", err)
			}
			for _, i := range part {
				if outcomes[i].Reason == "unavailable" {
					later = append(later, i)
				}
			}
		}
		if len(later) == 0 {
			return outcomes, nil
		}
		if try >= c.opt.Retries {
			return outcomes, &tactful.Error{Kind: tactful.Unavailable, Detail: "not every event was stored", Remedy: "send those again whose reason is unavailable"}
		}
		timer := time.NewTimer(c.pause(try))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return outcomes, fmt.Errorf("send events: %w", ctx.Err())
		}
		waiting = later
	}
}

// deliver sends one part and writes down what became of it, once the answer is
// known to speak of each of its events, and of each once.
func (c *Client) deliver(ctx context.Context, part []int, events []Event, bodies []json.RawMessage, outcomes []Outcome) error {
	in := struct {
		Events []json.RawMessage `json:"events"`
	}{make([]json.RawMessage, len(part))}
	for at, i := range part {
		in.Events[at] = bodies[i]
	}
	var answer struct {
		Outcomes []struct {
			Index int
			Outcome
		}
	}
	err := c.do(ctx, call{method: http.MethodPost, path: []string{"v1", "events"}, in: in, out: &answer, repeat: freely})
	if err != nil {
		return err
	}
	if len(answer.Outcomes) != len(part) {
		return tactful.Errorf(tactful.Internal, "%d outcomes for %d events", len(answer.Outcomes), len(part))
	}
	told := make([]bool, len(part))
	for _, o := range answer.Outcomes {
		switch {
		case o.Index < 0 || o.Index >= len(part):
			return tactful.Errorf(tactful.Internal, "an outcome of an event that was not sent")
		case told[o.Index]:
			return tactful.Errorf(tactful.Internal, "two outcomes of one event, and none of another")
		case !named(events[part[o.Index]].MessageID, o.MessageID):
			return tactful.Errorf(tactful.Internal, "an outcome that names another event")
		}
		told[o.Index] = true
	}
	for _, o := range answer.Outcomes {
		outcomes[part[o.Index]] = o.Outcome
	}
	return nil
}

// named reports whether an outcome may be that of an event with this message id:
// a server leaves out an id that it does not read, cuts one that is too long, and
// hears one that is not UTF-8 in other words.
func named(sent, answered string) bool {
	return strings.HasPrefix(sent, answered) || !utf8.ValidString(sent)
}

// eventBody completes an event and writes it as the wire has it.
func (c *Client) eventBody(e *Event) (json.RawMessage, error) {
	if e.MessageID == "" {
		var drawn [16]byte
		if _, err := io.ReadFull(c.opt.Entropy, drawn[:]); err != nil {
			return nil, &tactful.Error{Kind: tactful.Internal, Detail: "no message id can be drawn", Err: err}
		}
		e.MessageID = "go-" + hex.EncodeToString(drawn[:])
	}
	if e.Time.IsZero() {
		e.Time = c.opt.Clock.Now()
	}
	body := map[string]any{"messageId": e.MessageID, "action": e.Action.String(), "time": e.Time.UTC().Format(time.RFC3339Nano)}
	switch e.Subject.Kind {
	case tactful.UserID:
		body["userId"] = e.Subject.ID
	case tactful.Anonymous:
		body["anonymousId"] = e.Subject.ID
	case tactful.NoAlias:
		return nil, e.Subject.Validate("subject")
	}
	for name, text := range map[string]string{"item": e.Item, "query": e.Query, "order": e.Order, "session": e.Session, "source": e.Source} {
		if text != "" {
			body[name] = text
		}
	}
	if e.Quantity != 0 {
		body["quantity"] = e.Quantity
	}
	if e.Value != 0 {
		body["price"] = json.Number(fmt.Sprintf("%d.%02d", e.Value/100, e.Value%100))
	}
	if e.Provenance != tactful.ProvenanceUnknown {
		body["provenance"] = e.Provenance.String()
	}
	if len(e.Properties) > 0 {
		body["properties"] = e.Properties
	}
	return json.Marshal(body)
}
