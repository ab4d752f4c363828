package decision

import "github.com/tactful/tactful"

// Candidate is an item that might be suggested.
type Candidate struct {
	Item          *tactful.Item  // from the catalogue snapshot; read only
	Score         float64        // sum of Contributions in their order, bit for bit
	Contributions []Contribution // the largest value in front; empty for filler, pins and popular lists
	Origin        tactful.Origin
	People        uint32 // distinct people who touched the item, for reasons of popularity

	// What the person wants of the item's topic, if that changed its place: each
	// Value has then been multiplied by the factor of the wish.
	Wish  tactful.TopicWish
	Topic string // the topic that counted, "" for none

	// The branch near the person that has the item, if that changed its place: each
	// Value has then been multiplied by NearFactor. "" where no place counted.
	Near string

	Offer *Offer // what makes it an offer, nil for a recommendation; Item is then what it advertises, nil for none
}

// Contribution is what one piece of evidence adds to a candidate's score.
type Contribution struct {
	Value   float64 // piece weight times model weight, times the factors of the candidate's wish and place
	Piece   int32   // index into Evidence.Pieces
	Support uint32  // distinct people behind the pair
}

// Ruling is what a guard decides about a candidate. The zero value refuses.
type Ruling uint8

// Rulings.
const (
	Unruled Ruling = iota // nobody decided: counts as refused
	Allow
	Demote   // may stay, but after everything allowed
	Coarsen  // may stay, but only with a coarser reason (specific)
	Withhold // may not be shown
)

var rulingWords = [...]string{"unruled", "allow", "demote", "coarsen", "withhold"}

// String returns the word of explanations.
func (r Ruling) String() string {
	if int(r) < len(rulingWords) {
		return rulingWords[r]
	}
	return rulingWords[0]
}

// ParseRuling reads a word of explanations.
func ParseRuling(word string) (Ruling, bool) {
	for i, name := range rulingWords {
		if name == word {
			return Ruling(i), true
		}
	}
	return Unruled, false
}

// Verdict is one guard's ruling on one candidate.
type Verdict struct {
	Ruling Ruling
	Detail uint8 // the guard's own code; words in guard.Detail
}

// Stops reports whether the verdict keeps the candidate out of the list.
func (v Verdict) Stops() bool { return v.Ruling == Unruled || v.Ruling == Withhold }
