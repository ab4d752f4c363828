package tactful

import "time"

// Decision is the answer to a Request. It never exists without its receipt.
type Decision struct {
	ID          string // the receipt's id
	Time        time.Time
	Placement   Placement
	Level       Level        // the level it was really made at
	Suggestions []Suggestion // best first
	Withheld    []Withheld   // how many candidates each guard stopped, in the guards' order
	Note        string       // one sentence when the list is shorter or more general than asked, else ""
	GPC         bool         // Global Privacy Control came with the request, or above Generic is on record; it is honoured either way
	GPCKept     bool         // it is on record; never part of an answer
}

// Suggestion is one item of a list, with the reason it is there.
type Suggestion struct {
	Item   Item
	Score  float64 // sum of the contributions; 0 for filler and pins
	Origin Origin
	Reason Reason
}

// Origin says how a suggestion came into the list. Merchandising and filler
// are labelled as what they are.
type Origin uint8

// Origins. The zero value is unknown and never leaves the engine.
const (
	OriginUnknown Origin = iota
	Ranked               // scored from evidence
	Filler               // popular with everyone, to fill the list
	Pinned               // put there by the shop
	Boosted              // ranked from evidence, then lifted by the shop
	Bestseller           // popular with everyone, asked for as such
	Match                // answers the query
)

var originNames = [...]string{"unknown", "ranked", "filler", "pinned", "boosted", "bestseller", "match"}

// String returns the wire word.
func (o Origin) String() string {
	if int(o) < len(originNames) {
		return originNames[o]
	}
	return originNames[0]
}

// Reason is why a suggestion is there: one honest sentence and what it rests on.
type Reason struct {
	Key      string   // message catalogue key, for example "because.purchased"
	Sentence string   // rendered in Language
	Language string   // tag of the catalogue used
	Items    []string // ids of the person's own items behind it, largest share first
	Share    float64  // the named item's share of the score, 0..1
}

// Withheld counts the candidates that one guard stopped.
type Withheld struct {
	Guard string
	Count int
	Items []string // a few of them, for the receipt
}
