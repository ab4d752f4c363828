package coercion

// Category is a way of pressing or of being eerie. The first seven are those of
// Mathur et al. (2019), the rest are ours.
type Category uint8

// The categories. The zero value is calm copy.
const (
	Calm         Category = iota
	Urgency               // "ends tonight", countdowns
	Scarcity              // "only 2 left", "high demand"
	SocialProof           // "17 people are looking at this"
	Misdirection          // shaming who declines, words that hide the choice
	Obstruction           // leaving is made harder than coming
	Sneaking              // costs, subscriptions and permissions slipped in
	ForcedAction          // something else demanded first
	Emotion               // guilt, fear, pity
	Vulnerable            // a weak moment used: loneliness, debt, illness, grief
	Creepy                // tells the reader they were watched: acts, times, places, inferred states
	Categories
)

var categoryWords = [Categories]string{
	"calm", "urgency", "scarcity", "social_proof", "misdirection", "obstruction", "sneaking", "forced_action",
	"emotional_pressure", "vulnerable_state", "creepy",
}

// String returns the word used in files, receipts and metrics.
func (c Category) String() string {
	if c < Categories {
		return categoryWords[c]
	}
	return categoryWords[0]
}

// CategoryOf reads a word; the names of the public data set count as well.
func CategoryOf(word string) (Category, bool) {
	for i, w := range categoryWords {
		if w == word {
			return Category(i), true
		}
	}
	c, ok := publicNames[word]
	return c, ok
}

var publicNames = map[string]Category{
	"Not Dark Pattern": Calm, "Urgency": Urgency, "Scarcity": Scarcity, "Social Proof": SocialProof, "Misdirection": Misdirection,
	"Obstruction": Obstruction, "Sneaking": Sneaking, "Forced Action": ForcedAction,
}
