package tactful

import "time"

// Receipt is the record of one decision. The customer and the operator read the same one.
type Receipt struct {
	ID            string
	Time          time.Time
	Placement     Placement
	Level         Level
	ModelVersion  string // hash of the model file, "" if none was used
	PolicyVersion string // hash of the effective policy
	ConsentID     string // the consent record relied on, "" at level generic and context
	Evidence      []Used
	Shown         []Shown
	Withheld      []Withheld
	Judged        *Judged // every verdict on every candidate; nil in a receipt from before they were kept
	Integrity     Integrity
	Offer         *OfferRecord // of a decision about offers, nil for a list
	Feedback      []Feedback   // later reports on this decision
}

// Used is one piece of evidence that the decision used.
type Used struct {
	Item       string
	Action     Action
	Provenance Provenance
	Day        time.Time // the day only
	Share      float64   // share of the list's total score, 0..1
}

// Shown is one suggestion as it was shown.
type Shown struct {
	Item   string
	Score  float64
	Origin Origin
	Reason Reason
}

// Judged is what every guard said of every candidate, also of one that another
// guard had stopped already. Whatever is not in Rulings is a plain yes.
type Judged struct {
	Guards  []string // all that judged
	Count   int      // of the candidates
	Items   []ItemNo // the candidates of a list, ascending; none of offers
	Offers  []string // of offers, as campaign/creative, those that got more than a plain yes: the first MaxJudgedOffers
	Rulings []Ruled
}

// MaxJudgedOffers is how many offers one receipt names for their verdicts.
const MaxJudgedOffers = 200

// Ruled is one guard's verdict on some of the candidates.
type Ruled struct {
	Guard  string
	Ruling string  // demote, coarsen, withhold or unruled, which withholds too
	Detail uint8   // the guard's own code for why
	At     []int32 // places in Items or in Offers, ascending
}

// Integrity holds the five terms of contextual integrity (Nissenbaum): who
// sends what about whom to whom, under which principle.
type Integrity struct {
	Sender, Recipient, Subject, InformationType, Principle string
}

// FeedbackKind is what a person says about a decision.
type FeedbackKind uint8

// Feedback kinds. The zero value is refused.
const (
	FeedbackUnknown FeedbackKind = iota
	FeedbackShown
	FeedbackClicked
	FeedbackDismissed
	FeedbackCreepy // "this feels creepy"
	FeedbackWrong  // "that's wrong"
	FeedbackConverted
)

// Feedbacks counts the kinds, the unknown one included.
const Feedbacks = 7

var feedbackNames = [...]string{"unknown", "shown", "clicked", "dismissed", "creepy", "wrong", "converted"}

// String returns the wire word.
func (f FeedbackKind) String() string {
	if int(f) < len(feedbackNames) {
		return feedbackNames[f]
	}
	return feedbackNames[0]
}

// ParseFeedback reads a wire word.
func ParseFeedback(word string) (FeedbackKind, bool) {
	for i, name := range feedbackNames {
		if i > 0 && name == word {
			return FeedbackKind(i), true
		}
	}
	return FeedbackUnknown, false
}

// Feedback is one report on one suggestion of a decision, or on all of it.
type Feedback struct {
	Kind FeedbackKind
	Item string // "" means the whole list
	Time time.Time
}
