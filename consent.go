package tactful

import "time"

// Answer is what a person said to one purpose. The zero value is no answer,
// which permits nothing.
type Answer uint8

// Answers.
const (
	NoAnswer Answer = iota
	Granted
	Denied    // asked and refused
	Withdrawn // granted earlier and taken back
)

var answerNames = [...]string{"none", "granted", "denied", "withdrawn"}

// String returns the wire word.
func (a Answer) String() string {
	if int(a) < len(answerNames) {
		return answerNames[a]
	}
	return answerNames[0]
}

// ParseAnswer reads a wire word.
func ParseAnswer(word string) (Answer, bool) {
	for i, name := range answerNames {
		if i > 0 && name == word {
			return Answer(i), true
		}
	}
	return NoAnswer, false
}

// Consent is one append-only record: one person, one purpose, one answer, with
// the evidence that it was given. Fields follow ISO/IEC TS 27560 where it has them.
type Consent struct {
	ID            string    // record id, set by the engine
	Purpose       Purpose   // one purpose, never a bundle
	Answer        Answer    // what was said
	NoticeVersion string    // version of the text shown
	NoticeHash    string    // SHA-256 of the text shown, 64 hex digits
	Language      string    // BCP 47 tag of the text shown
	Method        string    // how: "form", "import", "segment", "rudderstack", "phone", ...
	Jurisdiction  string    // ISO 3166 code of the law applied, "" if unknown
	Time          time.Time // when it was said, UTC
	Expires       time.Time // zero: as long as the configuration says
	EnteredBy     string    // the operator who entered it for the person, "" if they said it themself
	AgreedBy      string    // the second operator who agreed to it, "" if none did
}

// Consents is what one person's recorded answers amount to now.
type Consents struct {
	Level     Level               // chosen level; LevelUnknown until someone chooses
	LevelTime time.Time           // when it was chosen, UTC; an older choice does not change it
	GPC       bool                // Sec-GPC: 1 was seen and is remembered
	Purposes  map[Purpose]Consent // the latest record for each purpose
}
