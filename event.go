package tactful

import "time"

// Action is what a person did with an item. The zero value is unknown and is
// refused at the door.
type Action uint8

// Actions. Their learning weights are configuration.
const (
	ActionUnknown Action = iota
	Viewed
	Added   // put into the basket
	Removed // taken out of the basket
	Purchased
	Returned
	Declined  // refused delivery or offer
	Clicked   // followed a suggestion
	Dismissed // sent a suggestion away
	Saved     // wish list
	Searched  // a query, no item
)

var actionNames = [...]string{
	"unknown", "viewed", "added", "removed", "purchased", "returned", "declined",
	"clicked", "dismissed", "saved", "searched",
}

// Actions counts the values of Action, for tables indexed by it.
const Actions = len(actionNames)

// String returns the wire word.
func (a Action) String() string {
	if int(a) < len(actionNames) {
		return actionNames[a]
	}
	return actionNames[0]
}

// ParseAction reads a wire word.
func ParseAction(word string) (Action, bool) {
	for i, name := range actionNames {
		if i > 0 && name == word {
			return Action(i), true
		}
	}
	return ActionUnknown, false
}

// Provenance tells how a piece of knowledge came to us. Third-party knowledge
// has no value here: it is refused at the door.
type Provenance uint8

// Provenance values, strongest first; the zero value is unknown and serves nothing.
const (
	ProvenanceUnknown Provenance = iota
	Declared                     // the person told us
	Observed                     // the person did it with us
	Inferred                     // we concluded it; never outranks the other two
)

var provenanceNames = [...]string{"unknown", "declared", "observed", "inferred"}

// String returns the word used in receipts.
func (p Provenance) String() string {
	if int(p) < len(provenanceNames) {
		return provenanceNames[p]
	}
	return provenanceNames[0]
}

// Event is one thing one person did, after minimisation: it carries nothing
// that the configuration does not declare with purpose, source and retention.
type Event struct {
	MessageID  string            // the sender's id; a retry lands on itself
	Action     Action            // never ActionUnknown once stored
	Item       string            // catalogue id; "" for Searched
	Quantity   int32             // 1 or more; 0 is read as 1
	Value      int64             // unit price in hundredths, 0 if unknown
	Query      string            // for Searched, redacted
	Order      string            // order id shared by the lines of one order
	Session    string            // first-party session id, "" if none
	Source     string            // declared source: "web", "app", "till", "import", "simulated"
	Time       time.Time         // when it happened, UTC
	Provenance Provenance        // Declared or Observed
	Properties map[string]string // only declared ones
}
