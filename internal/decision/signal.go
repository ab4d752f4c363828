package decision

import (
	"time"

	"github.com/tactful/tactful"
)

// Signal is what one delivery says about a person's consent, as it was sent:
// the ingest stage reads it, the consent stage judges it. The zero value says
// nothing, so the last recorded choice stands.
type Signal struct {
	Form    SignalForm
	Level   tactful.Level     // SignalNative: level chosen, LevelUnknown if none
	Answers []tactful.Consent // SignalNative: answers with their own evidence
	Yes     []string          // SignalSegment, SignalRudderStack: categories said yes to
	No      []string          // the same: categories said no to
	Any     bool              // RudderStack "or": one of a purpose's categories is enough
	Chosen  bool              // the message is the act of choosing, not a reminder of an earlier one
	Broken  bool              // there was a consent object that nobody can read: it denies this delivery
	Time    time.Time         // when it was said by the sender's own clock, UTC; zero if it does not say
	NoTime  time.Time         // the same corrected for that clock's error: a no counts as of then, a yes never
}

// SignalForm says whose consent object a Signal was.
type SignalForm uint8

// Signal forms. The zero value is no signal.
const (
	SignalNone SignalForm = iota
	SignalNative
	SignalSegment
	SignalRudderStack
)

var signalWords = [...]string{"none", "native", "segment", "rudderstack"}

// String returns the word recorded as the method of a consent.
func (f SignalForm) String() string {
	if int(f) < len(signalWords) {
		return signalWords[f]
	}
	return signalWords[0]
}
