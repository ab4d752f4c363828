package ingest

import (
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Rules is a checked Config. It is immutable and safe for concurrent use.
type Rules struct {
	c      Config
	screen Screen
}

// New checks a Config, with its defaults filled in, and makes it Rules.
func New(c Config) (*Rules, error) { return NewScreened(c, screens{}) }

// Screens returns the Screen that ships.
func Screens() Screen { return screens{} }

// NewScreened is New with another Screen. The replay harness plants leaks with
// it to prove that it would see them; no configuration reaches it.
func NewScreened(c Config, screen Screen) (*Rules, error) {
	c.Defaults()
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("check ingest configuration: %w", err)
	}
	return &Rules{c: c, screen: screen}, nil
}

// MaxBodyBytes is the largest body that Native and Segment read, for the door
// that has to stop reading there.
func (r *Rules) MaxBodyBytes() int { return r.c.MaxBodyBytes }

// Expires says when an event must be gone: its action's retention, or that of
// its shortest-lived property.
func (r *Rules) Expires(e *tactful.Event) time.Time {
	keep := r.c.Retention[e.Action.String()]
	for name := range e.Properties {
		keep = min(keep, r.c.Properties[name].Retention)
	}
	return e.Time.Add(keep)
}

// Keep drops the properties whose purpose is not among those given. The
// engine calls it with the purposes that the person's consent covers.
func (r *Rules) Keep(e *tactful.Event, purposes []tactful.Purpose) {
	for name := range e.Properties {
		if !slices.Contains(purposes, r.c.Properties[name].Purpose) {
			delete(e.Properties, name)
		}
	}
	if len(e.Properties) == 0 {
		e.Properties = nil
	}
}

// Delivery is one body, read: an entry for every incoming event in order.
type Delivery struct {
	Items    []Sent
	Dropped  map[string]int // what minimisation removed: field names of the interface, or "other"
	WriteKey string         // Segment: the key in the body, "" if none; a credential, never to be logged
}

// Sent is what became of one incoming event, or of one line of an order.
type Sent struct {
	Index     int             // position in the delivery; lines of one order share it
	MessageID string          // the sender's id, to answer with; Event holds only a digest of it
	Task      Task            // what to do
	Word      string          // why there is nothing to do: "page", "identify", ...
	Alias     tactful.Alias   // whose event it is
	Other     tactful.Alias   // for Join: the second name of the same person
	Event     tactful.Event   // for Store
	Signal    decision.Signal // consent object, on the first entry of an index; heeded even beside a Problem
	Problem   *tactful.Error  // refused; then nothing but Alias and Signal counts
}

// Task says what the engine is asked to do with a Sent.
type Task uint8

// Tasks. The zero value asks for nothing.
const (
	Ignore Task = iota // counted, nothing stored
	Store              // store Event if consent covers it
	Join               // Alias and Other are one person; needs level full
)

// Reasons for Ignore, as they stand in outcomes.
const (
	WordPage        = "page"
	WordScreen      = "screen"
	WordGroup       = "group"
	WordIdentify    = "identify"
	WordConsent     = "consent"
	WordNotCommerce = "not_commerce"
	WordNoProducts  = "no_products"
	WordSameName    = "same_name"
)
