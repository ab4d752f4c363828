package decision

import (
	"slices"
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
	Mode    ConsentMode       // Google Consent Mode, beside whatever Form says
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

// Said reports whether the delivery says anything about consent at all.
func (s *Signal) Said() bool { return s.Form != SignalNone || s.Mode.Said }

// The signals of Google Consent Mode v2 that say something about our purposes.
const (
	PersonalizationStorage = "personalization_storage"
	AnalyticsStorage       = "analytics_storage"
	AdPersonalization      = "ad_personalization"
	AdUserData             = "ad_user_data"
)

// ConsentMode is what a page's Google Consent Mode says: signals that are
// granted or denied, as a default until the visitor answers, or as an update
// afterwards. The zero value says nothing.
type ConsentMode struct {
	Said    bool
	Update  bool // the visitor has answered; else it is the page's default, which nobody said
	Granted []string
	Denied  []string
}

// Bars reports whether this very delivery must not be kept: a page that denies
// by default waits for an answer, so nothing is collected meanwhile, and nothing
// is recorded either, since nobody has said no.
func (m *ConsentMode) Bars() bool {
	return m.Said && !m.Update && (slices.Contains(m.Denied, PersonalizationStorage) || slices.Contains(m.Denied, AnalyticsStorage))
}
