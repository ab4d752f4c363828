package tactful

// Level is how far personalization may go for one person, chosen by that
// person. The zero value is unknown and counts as nothing chosen.
type Level uint8

// Levels from the most careful to the widest.
const (
	LevelUnknown Level = iota
	Generic            // the same for everyone, byte-identical; nothing but the consent row is read
	Context            // only this page or session
	Personal           // what you did with us
	Full               // also messages, and joining your devices
)

var levelNames = [...]string{"unknown", "generic", "context", "personal", "full"}

// String returns the word used on the wire.
func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return levelNames[LevelUnknown]
}

// ParseLevel reads a wire word. Unknown words give LevelUnknown and false.
func ParseLevel(word string) (Level, bool) {
	for i, name := range levelNames {
		if i > 0 && name == word {
			return Level(i), true
		}
	}
	return LevelUnknown, false
}
