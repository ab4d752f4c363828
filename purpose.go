package tactful

// Purpose names what data is used for. Consent is given per purpose, never for
// a bundle. Operators may declare more purposes in the configuration; these
// are the built-in ones.
type Purpose string

// The built-in purposes.
const (
	Recommendations Purpose = "recommendations" // picking items for this person from what they did with us
	Offers          Purpose = "offers"          // choosing offers for this person
	MessagesEmail   Purpose = "messages_email"
	MessagesPush    Purpose = "messages_push"
	MessagesSMS     Purpose = "messages_sms"
	MessagesLetter  Purpose = "messages_letter"
	Experiments     Purpose = "experiments" // taking part in tests of variants
	Improvement     Purpose = "improvement" // learning from this person's events for everybody's lists
	LocationUse     Purpose = "location"    // coarse place, never coordinates
	Protection      Purpose = "protection"  // panels that agreed to be measured so that others are protected; never serving
)

// Purposes returns the built-in purposes in their fixed order. The slice is the caller's.
func Purposes() []Purpose {
	return []Purpose{
		Recommendations, Offers, MessagesEmail, MessagesPush, MessagesSMS, MessagesLetter,
		Experiments, Improvement, LocationUse, Protection,
	}
}
