package tactful

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Look says that somebody of the business opened one person's data: who, when,
// why and what of it. The person sees it under "who looked at me".
type Look struct {
	Time   time.Time // of a service the day only: it is counted once a day
	Kind   ActorKind // operator or service
	Name   string    // of the operator; for a service the words that the configuration has for "our website"
	Reason string    // free text by the operator; "" for a service. Treat it as data: escape it
	Opened Opened
}

// Opened is a set of kinds of data about one person.
type Opened uint16

// What can be opened. New kinds may be added at the end; none may change meaning.
const (
	OpenedOther       Opened = 1 << iota // something of the person that has no word here
	OpenedConsents                       // what they permitted
	OpenedHistory                        // what they did
	OpenedReceipts                       // what was decided about them, and why
	OpenedSuggestions                    // a list made for them, whose reasons name what they did
	OpenedPreferences                    // what they told about their wishes and needs
	OpenedRequests                       // their requests for rights
	OpenedExport                         // everything at once
	OpenedLooks                          // who looked
	OpenedExposure                       // whether a leaked key could have read them
	OpenedToChange                       // nothing was shown, something was changed for them
	OpenedLink                           // a link was made: a server's opens all of it once, an operator's proves one request
	OpenedRedeemed                       // a link that they made was used
	OpenedJoined                         // nothing was shown, a second history of the person was joined to theirs
	openedEnd
)

var openedWords = [...]string{"other", "consents", "history", "receipts", "suggestions", "preferences", "requests", "export", "looks", "exposure", "change", "link", "redeemed", "joined"}

// Words returns the words of the set in a fixed order.
func (o Opened) Words() []string {
	words := make([]string, 0, 2)
	for i, word := range openedWords {
		if o&(1<<i) != 0 {
			words = append(words, word)
		}
	}
	return words
}

// Known reports whether the set holds only kinds that have words.
func (o Opened) Known() bool { return o < openedEnd }

// Bounds of what an actor says, in characters.
const (
	MinReason    = 10
	MaxReason    = 300
	MaxActorName = 64
)

// ReasonHeader is where a caller of the API says why one person's data is opened.
const ReasonHeader = "Tactful-Reason"

// CheckReason refuses a reason that says nothing, or that could not be shown to
// the person as it is.
func CheckReason(reason string) error {
	n := utf8.RuneCountInString(strings.TrimSpace(reason))
	fault := func(detail string) error {
		return InvalidField(ReasonHeader, detail, fmt.Sprintf(
			"say in %d to %d characters why you open this person's data: in the header %s, or with --as and --reason; the person will see it", MinReason, MaxReason, ReasonHeader))
	}
	switch {
	case n == 0:
		return fault("is missing: whoever opens one person's data says why")
	case n < MinReason || n > MaxReason:
		return fault("is too short or too long")
	case !PlainLine(reason):
		return fault("is no plain line of text")
	case !worded(reason):
		return fault("says nothing: it has hardly a word")
	}
	return nil
}

// spaceless are the scripts that set no space between words.
var spaceless = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan}

// worded reports whether a text has two words, and some different letters.
func worded(text string) bool {
	letters, words := map[rune]bool{}, 0
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) }) {
		words++
		for _, r := range word {
			letters[unicode.ToLower(r)] = true
			if unicode.In(r, spaceless...) {
				words = 2
			}
		}
	}
	return words >= 2 && len(letters) >= 4
}

// PlainLine reports whether text can be shown as one line: UTF-8 without control
// characters and without marks that turn the direction of what stands around it.
func PlainLine(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
	})
}
