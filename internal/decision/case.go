package decision

import (
	"time"

	"github.com/tactful/tactful"
)

// Case is everything a guard may know about one decision. It is a value made
// once per request; stages read it and never change it.
type Case struct {
	Now      time.Time
	Request  *tactful.Request
	Permit   Permit
	Evidence Evidence
	Wishes   *Wishes           // what the person declared, nil for nothing or where it may not be used
	Crowds   map[string]uint32 // category: at least so many distinct people touched it; from the model in use, shared, read only

	Shelves *Shelves // where each item stands; nil: not known
	Touched []uint32 // by ItemNo: so many distinct people touched it; from the model in use, shared, read only

	Intervals map[string]time.Duration // category: after so long people buy of it again; shared, read only

	Cues *Cues // what speaks for sensitive classes without being of them; nil: nothing is known to
	Told *Told // what lists of this week have told already

	Where *Where // the place that the person shares, nil for none

	Labels  *Labels // the classes of every item; nil: nobody looked, every item is of every class
	Asked   Classes // sensitive classes that this person asked for, each with an explicit consent
	Sought  Classes // classes that the present request itself is about: its page, its search words
	Around  Classes // harm classes that gather around the subject of a search: quality comes first there
	Visible bool    // others may see the answer: a letter, a push, a mail subject, a household screen, or one that the person said others see

	Showings *Showings      // what the person was shown and sent, for offers; nil: not known, and nothing may be shown
	Zone     *time.Location // the person's time zone, the shop's where they said none; for offers
}

// Permit is the consent stage's answer to "may this purpose use this person's
// data now, and how much of it?". The zero value permits nothing.
type Permit struct {
	Level     tactful.Level   // the level to serve at, already the minimum of wish, law and consent
	Purpose   tactful.Purpose // the purpose asked for
	Allowed   bool            // personal data may be used for Purpose
	ConsentID string          // the record relied on when Allowed
	Because   Because         // why the level is no higher
	GPC       bool            // Global Privacy Control is on, and honoured
	GPCKept   bool            // it is on record, and not only in this request
	Frozen    bool            // processing is restricted (GDPR 18): nothing is read
	Minor     bool            // known or declared to be a minor: no profiling, whoever agreed
}

// Because names what bounded a permit, for notes and the doctor command.
type Because uint8

// The bounds, in the order in which the consent stage checks them.
const (
	BecauseUnknown     Because = iota
	BecauseAllowed             // nothing bounded it
	BecauseNoSubject           // the request names nobody
	BecauseFrozen              // processing is restricted
	BecauseNoRecord            // no answer on record
	BecauseDenied              // asked and refused
	BecauseWithdrawn           // taken back
	BecauseExpired             // the record ran out
	BecauseNoticeStale         // the purpose text has changed since
	BecauseLevel               // the person chose a lower level
	BecauseRequest             // the request asked for a lower level
	BecauseGPC                 // Global Privacy Control binds this purpose
	BecausePurpose             // the purpose is not declared
	BecauseDevice              // the person keeps their history on their device
	BecauseObjected            // the person objected to direct marketing
	BecausePaused              // the person wants a pause
	BecauseMinor               // the person is known or declared to be a minor
)

var becauseWords = [...]string{
	"unknown", "allowed", "no_subject", "frozen", "no_record", "denied", "withdrawn",
	"expired", "notice_changed", "level", "request", "gpc", "unknown_purpose", "on_device",
	"objected", "paused", "minor",
}

// String returns the word used in outcomes and metrics.
func (b Because) String() string {
	if int(b) < len(becauseWords) {
		return becauseWords[b]
	}
	return becauseWords[0]
}

// Evidence is what a decision may rest on: pieces the person knows they gave.
type Evidence struct {
	Pieces []Piece // newest first
}

// Piece is one piece of evidence about one item.
type Piece struct {
	Item       tactful.ItemNo
	Listed     *tactful.Item // from the catalogue snapshot, nil if it is no longer listed
	Action     tactful.Action
	Provenance tactful.Provenance
	Origin     PieceOrigin
	Time       time.Time
	Weight     float64  // what it adds to the score; 0: it only shields (purchased guard); below 0: it speaks against
	Setting    Setting  // what the person said about it
	Event      EventKey // the stored event, zero if it came with the request
}

// EventKey names a stored event inside its subject's partition.
type EventKey [18]byte // day (2 bytes, big endian, days since 1970-01-01) || first 16 bytes of HMAC(message id)

// PieceOrigin says where a piece was read.
type PieceOrigin uint8

// Piece origins. The zero value serves nothing.
const (
	FromNowhere PieceOrigin = iota
	FromRequest             // the page, basket or session in the request
	FromHistory             // a stored event of this person
)

// Setting is what a person said about an item of their history.
type Setting uint8

// Settings. The zero value is "nothing said".
const (
	SettingNone   Setting = iota
	SettingUnused         // "don't use this"
	SettingGift           // "it was a gift"
	SettingWrong          // "that's wrong" of an interest; what somebody else did is removed instead
)

var settingWords = [...]string{"none", "unused", "gift", "wrong"}

// String returns the wire word.
func (s Setting) String() string {
	if int(s) < len(settingWords) {
		return settingWords[s]
	}
	return settingWords[0]
}

// ParseSetting reads a wire word.
func ParseSetting(word string) (Setting, bool) {
	for i, name := range settingWords {
		if name == word {
			return Setting(i), true
		}
	}
	return SettingNone, false
}
